"""`carebot demo`: see the robot notice a fall and a caregiver get the alert, without a robot."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from carebot.errors import ConfigError

if TYPE_CHECKING:
    from carebot.bringup.profile import Profile
    from carebot.demo.client import TabletClient
    from carebot.demo.listener import Listener
    from carebot.demo.timeline import Timeline
    from carebot.simulation.scenario import Scenario

LONGEST_S = 150.0


def demo(
    seconds: Annotated[
        float | None,
        typer.Option(min=5, help="End by itself after so many seconds, or when a slow machine has played all of it."),
    ] = None,
    scenario: Annotated[
        str, typer.Option(help="What the resident does; '--scenario list' names them.")
    ] = "morning_at_home",
    seed: Annotated[int, typer.Option(min=0, help="Where chance starts; no two seeds fall alike.")] = 0,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Where the tablet's page is served.")] = 8080,
    as_json: Annotated[bool, typer.Option("--json", help="Print the timeline as one JSON object at the end.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Print what the nodes say, too.")] = False,
) -> None:
    """A morning in a simulated home: the robot is driven after the resident, sees the fall, and calls on the tablet.

    The nodes, the pose models, the bytes to the motors and the page are those of a real robot.

    Works without a display, a GPU or a robot. With --seconds, exit code 0 only if the alert arrived at a connected
    client (or, in a scenario without a fall, if none was confirmed).
    """
    from carebot.simulation.scenario import Fall, load_scenario, scenario_names

    if scenario == "list":
        for name in scenario_names():
            print(f"{name:20} {load_scenario(name).description}")
        return
    played = load_scenario(scenario)
    a_fall_is_expected = any(isinstance(step, Fall) for step in played.script)
    with _own_world(), tempfile.NamedTemporaryFile("w", prefix="carebot-demo-", suffix=".log", delete=False) as log:
        show = _Show(quiet=as_json, log=log.name)
        say = _say_to(log.write, show, aloud=verbose)
        profile = _profile(scenario, seed, port, repeat=seconds is None)
        timeline = _play(profile, played, port, seconds, say, show)
    is_driven = played.robot is not None and bool(played.robot.drive)
    succeeded, sentence = timeline.verdict(a_fall_is_expected, is_driven)
    if as_json:
        print(json.dumps({"succeeded": succeeded, "message": sentence, "scenario": scenario, **timeline.as_dict()}))
    else:
        show.end(timeline, sentence)
    if seconds is not None and not succeeded:
        raise typer.Exit(1)


def _play(
    profile: Profile,
    scenario: Scenario,
    port: int,
    seconds: float | None,
    say: Callable[[str, str], None],
    show: _Show,
) -> Timeline:
    """Runs the robot for `seconds`, or until Ctrl-C."""
    from carebot.bringup.supervisor import Supervisor
    from carebot.demo.driver import Driver
    from carebot.demo.listener import Listener
    from carebot.demo.timeline import LAST, Timeline
    from carebot.simulation.scenario import Fall
    from carebot.tablet.server import bind

    bind("127.0.0.1", port).close()  # a port that is taken is said before anything starts
    timeline = Timeline()
    began_s = time.monotonic()
    a_fall_is_expected = any(isinstance(step, Fall) for step in scenario.script)

    def goes_on() -> bool:
        """A slow machine gets the time that it takes to play the fall."""
        gone_s = time.monotonic() - began_s
        if seconds is None or gone_s < seconds:
            return True
        return a_fall_is_expected and not timeline.has(LAST) and gone_s < max(LONGEST_S, seconds)

    with ExitStack() as stack:
        supervisor = stack.enter_context(Supervisor(profile, say))
        listener = stack.enter_context(Listener(profile.robot, timeline))
        if scenario.robot is not None and scenario.robot.drive:
            way, from_s = scenario.robot.way(), scenario.robot.from_s
            stack.enter_context(Driver(profile.robot, way, from_s, timeline))
        door = _Door(port, listener, timeline)
        stack.callback(door.close)
        try:
            while goes_on():
                if name := supervisor.step():
                    raise ConfigError(f"The demo's {name} could not start: see {show.log}.")
                door.knock()
                show.update(door, listener, timeline)
        except KeyboardInterrupt:
            show.interrupted()
    return timeline


class _Door:
    """Lets the demo's own client in as soon as the tablet is up, and knows the PIN that is left for people."""

    def __init__(self, port: int, listener: Listener, timeline: Timeline) -> None:
        self._port, self._listener, self._timeline = port, listener, timeline
        self._client: TabletClient | None = None
        self.invitation: tuple[str, str] | None = None

    def knock(self) -> None:
        from carebot.demo.client import TabletClient
        from carebot.tablet.invitation import read_invitation

        invitation = read_invitation(self._port)
        if invitation is None:
            return
        if self._client is None:
            self._client = TabletClient(invitation, self._on_alert)
        elif (invitation.url, invitation.pin) != self.invitation:
            self.invitation = invitation.url, invitation.pin

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _on_alert(self, alert: dict[str, object]) -> None:
        if alert["state"] == "confirmed" and not self._timeline.has("shown"):
            if self._listener.confirmed_at_s is not None:
                self._timeline.shown_after_s = max(0.0, time.monotonic() - self._listener.confirmed_at_s)
            self._timeline.add("shown", self._listener.now_s)


class _Show:
    """What the person at the terminal sees."""

    def __init__(self, quiet: bool, log: str) -> None:
        from rich.console import Console

        self.log = log
        self._console = Console(quiet=quiet, highlight=False)
        self._said: set[str] = set()
        self._pin: tuple[str, str] | None = None
        self._activity = ""
        self._console.print(f"Starting the simulated home and the robot's nodes; what they say goes to {log}.")

    def update(self, door: _Door, listener: Listener, timeline: Timeline) -> None:
        if door.invitation and door.invitation != self._pin:
            self._pin = door.invitation
            url, pin = self._pin
            self._console.print(
                f"\n  The caregiver's page: [bold]{url}[/bold]   PIN [bold]{pin[:3]} {pin[3:]}[/bold]\n"
                f"  Let something go wrong: ROS_DOMAIN_ID={os.environ.get('ROS_DOMAIN_ID', '0')} "
                f"carebot sim fault camera_lost --for 5 --robot {listener.robot}\n",
                soft_wrap=True,
            )
        if listener.activity != self._activity:
            self._activity = listener.activity
            self._console.print(f"[dim]{listener.now_s:6.1f} s  the resident: {self._activity}[/dim]")
        for mark in timeline.marks():
            if mark.name not in self._said:
                self._said.add(mark.name)
                self._print_mark(mark)

    def trouble(self, last_words: str, what: str) -> None:
        """A node's process has died: its last line, which is usually the reason, and what is done about it."""
        if last_words not in self._said:
            self._said.add(last_words)
            self._console.print(f"{last_words}\n{what}", style="yellow", markup=False)

    def interrupted(self) -> None:
        self._console.print("\nStopping.")

    def end(self, timeline: Timeline, sentence: str) -> None:
        from carebot.demo.timeline import MARKS

        self._console.print("\n[bold]Timeline[/bold] (simulated seconds)")
        for mark in timeline.marks():
            self._console.print(f"{mark.time_s:7.2f}  {MARKS[mark.name]}")
        if timeline.shown_after_s is not None:
            self._console.print(f"From confirmed to the client: {1e3 * timeline.shown_after_s:.0f} ms.")
        self._console.print(sentence)

    def _print_mark(self, mark: Any) -> None:
        from carebot.demo.timeline import MARKS

        colour = {"suspected": "yellow", "confirmed": "red", "shown": "green"}.get(mark.name, "default")
        detail = f": {mark.detail}" if mark.detail else ""
        self._console.print(f"[{colour}]{mark.time_s:6.1f} s  {MARKS[mark.name]}{detail}[/{colour}]")


def _profile(scenario: str, seed: int, port: int, repeat: bool) -> Profile:
    from carebot.bringup.profile import load_profile

    overrides = [f"simulation.scenario={scenario}", f"simulation.seed={seed}", f"tablet.port={port}"]
    if not repeat:
        overrides.append("simulation.repeat_after_s=0.0")
    return load_profile("demo", overrides)


@contextmanager
def _own_world() -> Iterator[None]:
    """A data folder and a ROS domain of its own, so that a demo touches no real robot's records or messages."""
    from carebot.bringup.environment import dds_environment

    changes = {"ROS_DOMAIN_ID": os.environ.get("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))}
    changes.update(dds_environment("this_machine", os.environ))
    with tempfile.TemporaryDirectory(prefix="carebot-demo-") as folder:
        changes["CAREBOT_DATA_DIR"] = folder
        before = {name: os.environ.get(name) for name in changes}
        os.environ.update(changes)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _say_to(write: Callable[[str], Any], show: _Show, aloud: bool) -> Callable[[str, str], None]:
    last: dict[str, str] = {}

    def say(name: str, line: str) -> None:
        write(f"{name:10} | {line}\n")
        if name == "bringup" and " ended " in line:
            show.trouble(last.get(line.split()[0], ""), line)
        last[name] = line
        if aloud:
            print(f"{name:10} | {line}", flush=True)

    return say
