"""`carebot sim fault`: let something go wrong in a simulation that runs."""

from __future__ import annotations

from typing import Annotated

import typer
import yaml

from carebot.errors import ConfigError, DeviceError
from carebot.strict_yaml import YamlError, parse_yaml

WAIT_S = 10.0


def fault(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The fault, such as camera_lost; 'list' names them.")],
    lasting: Annotated[float, typer.Option("--for", min=0, help="Seconds; 0: until it is cleared.")] = 0.0,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="KEY=VALUE", help="What the fault needs, such as delay_s=0.3.")
    ] = None,
    clear: Annotated[bool, typer.Option("--clear", help="The fault is over; with the name 'all', every one.")] = False,
    robot: Annotated[str, typer.Option(help="The robot's ROS namespace.")] = "carebot_sim",
) -> None:
    """Let something go wrong now in the simulation that `carebot up sim` or `carebot demo` runs."""
    from carebot.simulation.faults import FAULTS

    if name == "list":
        for each, kind in FAULTS.items():
            needs = ", ".join(key for key in kind.model_fields if key not in ("at_s", "for_s"))
            print(f"{each:22} {' '.join((kind.__doc__ or '').split())}{f' [{needs}]' if needs else ''}")
        return
    if name not in FAULTS and not (clear and name == "all"):
        raise ConfigError(f"There is no fault '{name}': use one of {', '.join(FAULTS)}.")
    settings = yaml.safe_dump(dict(_pair(text) for text in setting or ()))
    accepted, message = _order("" if name == "all" else name, settings, lasting, clear, robot)
    print(message)
    if not accepted:
        raise typer.Exit(1)


def _pair(text: str) -> tuple[str, object]:
    key, equals, value = text.partition("=")
    if not key or not equals:
        raise ConfigError(f"--set {text}: write KEY=VALUE, for example delay_s=0.3.")
    try:
        return key, parse_yaml(value)
    except YamlError as error:
        raise ConfigError(f"--set {text}: {error}: write a value as in YAML.") from None


def _order(name: str, settings: str, lasting_s: float, clear: bool, robot: str) -> tuple[bool, str]:
    """Ask the simulation node; raises DeviceError where none answers."""
    import threading

    from carebot.bringup.environment import stay_on_this_machine

    stay_on_this_machine()
    from carebot_interfaces.srv import InjectFault

    from carebot.ros.beside import node_beside

    with node_beside("fault", robot) as node:
        client = node.create_client(InjectFault, "inject_fault")
        if not client.wait_for_service(WAIT_S):
            raise DeviceError(
                f"No simulation of the robot '{robot}' answers: start one with `carebot up sim`, or give its --robot."
            )
        answered = threading.Event()
        request = InjectFault.Request(fault=name, settings=settings, for_s=lasting_s, clear=clear)
        future = client.call_async(request)
        future.add_done_callback(lambda _: answered.set())
        if not answered.wait(WAIT_S):
            raise DeviceError(
                f"The simulation of the robot '{robot}' does not answer: see what `carebot up sim` prints."
            )
        answer = future.result()
        return bool(answer.accepted), str(answer.message)
