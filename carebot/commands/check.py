"""`carebot check`: whether files that people write can be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from carebot.errors import ConfigError

app = typer.Typer(help="Check files before a robot depends on them.", no_args_is_help=True)


@app.command()
def robot(
    file: Annotated[str, typer.Argument(help="A robot file, or the name of a robot that carebot ships.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    urdf: Annotated[Path | None, typer.Option(help="Write the robot's URDF here.")] = None,
) -> None:
    """Check a robot file to the last key, its controller's settings included; ends with 2 where it cannot be used."""
    from carebot.chassis.build import load_checked
    from carebot.robot import robot_path

    try:
        found = load_checked(file)
    except ConfigError as error:
        if not as_json:
            raise
        print(json.dumps({"ok": False, "problem": str(error)}))
        raise typer.Exit(error.exit_code) from None
    if urdf is not None:
        from carebot.chassis.urdf import urdf as urdf_of

        _write(urdf, urdf_of(found))
    if as_json:
        print(json.dumps({"ok": True, "file": str(robot_path(file)), "robot": found.model_dump()}))
        return
    base, limits = found.base, found.limits
    print(f"{robot_path(file)} is good.")
    print(f"  {found.name}: {found.description or 'no description'}")
    print(
        f"  {base.kinematics}, {base.motor_count} motors, wheels of {base.wheel_radius_m:g} m, "
        f"{base.track_width_m:g} m apart"
    )
    print(f"  up to {limits.max_speed_m_s:g} m/s and {limits.max_yaw_rad_s:g} rad/s, driven by {found.controller.name}")


@app.command()
def site(
    file: Annotated[Path, typer.Argument(help="A site file: rooms, residents, caregivers.")],
    routines: Annotated[Path | None, typer.Option(help="A folder of routines of your own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Check a site file to the last key, its schedule and calls included; ends with 2 where it cannot be used."""
    from carebot.site_editor.whole import check_map, load_whole

    try:
        whole = load_whole(file, routines)
        warnings = [*whole.warnings, *check_map(whole.site, file)]
    except ConfigError as error:
        if not as_json:
            raise
        print(json.dumps({"ok": False, "problem": str(error)}))
        raise typer.Exit(error.exit_code) from None
    names = {
        "residents": [each.name for each in whole.site.residents],
        "caregivers": list(whole.people),
        "schedule": [each.id for each in whole.agenda.schedule],
    }
    rooms = [room.name for room in whole.site.rooms]
    if as_json:
        places = list(whole.site.destinations())
        content = {"ok": True, "file": str(file), "rooms": rooms, "destinations": places, **names}
        print(json.dumps({**content, "warnings": warnings}))
        return
    print(f"{file} is good.")
    for what, some in {"rooms": rooms, **names}.items():
        print(f"  {what}: {', '.join(some) or 'none'}")
    for warning in warnings:
        typer.echo(f"warning: {file}: {warning}", err=True)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{path} cannot be written ({error.strerror}): choose another place.") from None
