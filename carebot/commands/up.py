"""`carebot up`, `carebot service` and `carebot profiles`: run a robot's software on this machine."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

Profile = Annotated[str, typer.Argument(help="a profile's name (see `carebot profiles`) or a YAML file")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="change a parameter of a node, e.g. perception.source=0"),
]


def up(
    profile: Profile,
    overrides: Overrides = None,
) -> None:
    """Start the nodes of PROFILE, start again what dies, and stop all on Ctrl-C."""
    from carebot.bringup.profile import load_profile
    from carebot.bringup.supervisor import Supervisor

    loaded = load_profile(profile, overrides or [])
    width = max(len("bringup"), *(len(process.name) for process in loaded.processes))
    with Supervisor(loaded, _Printer(width).say) as supervisor:
        raise typer.Exit(supervisor.run())


def service(
    profile: Profile,
    overrides: Overrides = None,
    user: Annotated[str, typer.Option(help="who runs it; best an account of the robot's own")] = "carebot",
) -> None:
    """Print the systemd unit that runs PROFILE from the machine's start on."""
    from carebot.bringup.service import unit

    print(unit(profile, overrides or [], user, Path(sys.executable).parent / "carebot"), end="")


def profiles(
    as_json: Annotated[bool, typer.Option("--json", help="for machines")] = False,
) -> None:
    """List the profiles that carebot ships."""
    from carebot.bringup.profile import load_profile, profile_names

    loaded = {name: load_profile(name) for name in profile_names()}
    if as_json:
        print(json.dumps({name: profile.model_dump(mode="json") for name, profile in loaded.items()}))
        return
    for name, profile in loaded.items():
        print(f"{name:12} {profile.description}")
        for process in profile.processes:
            print(f"{'':12}   {process.name}: {', '.join(process.nodes)}")


class _Printer:
    """Prints lines under the name of their process, in its colour on a terminal."""

    COLOURS = (36, 32, 33, 35, 34, 31)

    def __init__(self, width: int) -> None:
        self._width = width
        self._colours: dict[str, int] = {}
        self._in_colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def say(self, name: str, line: str) -> None:
        head = f"{name:{self._width}} | "
        if self._in_colour:
            colour = self._colours.setdefault(name, self.COLOURS[len(self._colours) % len(self.COLOURS)])
            head = f"\x1b[{colour}m{head}\x1b[0m"
        print(head + line, flush=True)
