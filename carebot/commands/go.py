"""`carebot go`: send the robot to a room, a place, its charger, a pose on the map, or to somebody, or behind them."""

from __future__ import annotations

import json
from dataclasses import asdict
from math import isfinite, radians
from typing import Annotated, Any

import typer

from carebot.errors import ConfigError


def go(
    name: Annotated[
        str, typer.Argument(metavar="ROOM|PLACE|dock", help="A name of the site file; dock: the charger.")
    ] = "",
    pose: Annotated[
        tuple[float, float, float] | None,
        typer.Option("--pose", metavar="X Y YAW", help="Instead of a name: metres and degrees on the map."),
    ] = None,
    person: Annotated[
        bool, typer.Option("--person", help="In front of somebody: here, or where they are looked for in ROOM|PLACE.")
    ] = False,
    follow: Annotated[
        bool, typer.Option("--follow", help="Follow whoever is nearest, for the time of --within (0: 600 s).")
    ] = False,
    robot: Annotated[str, typer.Option(help="The robot's ROS namespace; without, the one that runs.")] = "",
    within_s: Annotated[float, typer.Option("--within", min=0, help="Give up after so many seconds; 0: 300.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send a running robot there and wait until it has arrived; Ctrl-C calls it off. Ends with 1 where it gives up."""
    wanted = _wanted(name, pose, person, follow)
    from carebot.bringup.environment import stay_on_this_machine

    stay_on_this_machine()
    from carebot_interfaces.action import GoTo

    from carebot.ros import going
    from carebot.ros.running import running_robot

    listener = _Listener(as_json)
    with listener.status:
        result = going.go(
            robot or running_robot("navigation"), GoTo.Goal(**wanted, time_limit_s=float(within_s)), listener.hear
        )
    if as_json:
        print(json.dumps({"ok": result.arrived, "name": name, **asdict(result)}))
    elif result.arrived:
        note = f": {result.note}" if result.note else ""
        print(f"arrived after {result.duration_s:.0f} s at {result.x_m:.2f}, {result.y_m:.2f}{note}")
    else:
        print(f"not arrived: {result.reason}")
    if not result.arrived:
        raise typer.Exit(1)


def _wanted(name: str, pose: tuple[float, float, float] | None, person: bool, follow: bool) -> dict[str, Any]:
    """The fields of the action's goal."""
    if person and follow:
        raise ConfigError("--person goes to somebody once, --follow stays with them: give one of the two.")
    if (person or follow) and pose is not None:
        kind = "person" if person else "follow"
        raise ConfigError(f"--{kind}: give no --pose; a room or a place says where to look.")
    if person or follow:
        return {"kind": "person" if person else "follow", "name": name}
    if (pose is None) == (name == ""):
        raise ConfigError("name a room or a place, or give --pose X Y YAW, and not both.")
    if pose is None:
        return {"kind": "dock"} if name == "dock" else {"name": name}
    if not all(map(isfinite, pose)):
        raise ConfigError("--pose: X, Y and YAW must be numbers: metres, metres and degrees on the map.")
    return {"kind": "pose", "x_m": pose[0], "y_m": pose[1], "yaw_rad": radians(pose[2])}


class _Listener:
    """Tells on the terminal what is being done and how far it is still."""

    def __init__(self, is_quiet: bool) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, quiet=is_quiet)
        self.status = self._console.status("sending the robot")
        self._told = ("", "")

    def hear(self, feedback: Any) -> None:
        phase = feedback.phase.replace("_", " ")
        left = f", {feedback.left_m:.1f} m to go" if feedback.left_m > 0 else ""
        self.status.update(f"{phase}{left}")
        now = feedback.phase, feedback.reason
        if now != self._told:
            self._console.print(f"{phase}{f': {feedback.reason}' if feedback.reason else left}", highlight=False)
        self._told = now
