"""`carebot go`: send the robot to a room, a place or its charger."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from typing import Annotated, Any

import typer


def go(
    name: Annotated[str, typer.Argument(metavar="ROOM|PLACE|dock", help="A name of the site file; dock: the charger.")],
    robot: Annotated[str, typer.Option(help="The robot's ROS namespace.")] = "carebot_sim",
    within_s: Annotated[float, typer.Option("--within", min=0, help="Give up after so many seconds; 0: 300.")] = 0.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Send a running robot there and wait until it has arrived; Ctrl-C calls it off. Ends with 1 where it gives up."""
    from carebot.bringup.environment import dds_environment

    os.environ.update(dds_environment("this_machine", os.environ))
    from carebot_interfaces.action import GoTo

    from carebot.ros import going

    kind, wanted = ("dock", "") if name == "dock" else ("", name)
    goal = GoTo.Goal(kind=kind, name=wanted, time_limit_s=float(within_s))
    result = going.go(robot, goal, _Listener(as_json).hear)
    if as_json:
        print(json.dumps({"ok": result.arrived, "name": name, **asdict(result)}))
    elif result.arrived:
        print(f"arrived after {result.duration_s:.0f} s at {result.x_m:.2f}, {result.y_m:.2f}")
    else:
        print(f"not arrived: {result.reason}")
    if not result.arrived:
        raise typer.Exit(1)


class _Listener:
    """Tells on the terminal each time something else is being done."""

    def __init__(self, is_quiet: bool) -> None:
        self._is_quiet, self._told = is_quiet, ("", "")

    def hear(self, feedback: Any) -> None:
        now = feedback.phase, feedback.reason
        if now != self._told and not self._is_quiet:
            why = f": {feedback.reason}" if feedback.reason else f", {feedback.left_m:.1f} m to go"
            typer.echo(f"{feedback.phase.replace('_', ' ')}{why}", err=True)
        self._told = now
