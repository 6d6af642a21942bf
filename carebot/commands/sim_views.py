"""How `carebot sim check` shows a loaded world: sentences for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from carebot.simulation.sdf.build import LoadedWorld
    from carebot.simulation.sdf.description import World
    from carebot.simulation.sdf.passages import Passage


def show_world(loaded: LoadedWorld, passages: Sequence[Passage], as_json: bool) -> None:
    """Models, sensors, drives, doors, and what was not read."""
    if as_json:
        print(json.dumps(as_dict(loaded, passages), indent=2, ensure_ascii=False))
        return
    world = loaded.world
    _sentence(
        f"{world.file}: the world '{world.name}' with {len(world.models)} models, {len(world.links)} links, "
        f"{len(world.joints)} joints, {len(world.lights)} lights; steps of {world.scene.step_s:g} s."
    )
    _table(("model", "links", "joints", "kg", "moves"), [_model_row(world, model) for model in world.models])
    if world.sensors:
        rows = [(sensor.name, _kind(sensor), f"{sensor.rate_hz:g}") for sensor in world.sensors]
        _table(("sensor", "kind", "a second"), rows)
    for passage in passages:
        _sentence(f"{'good' if passage.fits else 'NARROW'}: {passage}.")
    for note in world.notes:
        _sentence(f"not loaded: {note}")
    _sentence(f"{len(world.notes)} kinds of things were not loaded." if world.notes else "Everything was loaded.")


def as_dict(loaded: LoadedWorld, passages: Sequence[Passage]) -> dict[str, Any]:
    world = loaded.world
    return {
        "file": str(world.file),
        "world": world.name,
        "step_s": world.scene.step_s,
        "gravity_m_s2": [float(value) for value in world.scene.gravity],
        "models": [_model_dict(world, model) for model in world.models],
        "joints": {joint.name: joint.kind for joint in world.joints},
        "lights": [light.name for light in world.lights],
        "sensors": [
            {"name": sensor.name, "kind": _kind(sensor), "rate_hz": sensor.rate_hz, "topic": sensor.topic}
            for sensor in world.sensors
        ],
        "drives": [
            {
                "model": drive.model,
                "left": list(drive.left),
                "right": list(drive.right),
                "separation_m": drive.separation_m,
                "wheel_radius_m": drive.radius_m,
            }
            for drive in world.drives
        ],
        "doorways": [
            {
                "name": passage.name,
                "clear_m": round(passage.clear_m, 4),
                "robot_m": round(passage.robot_m, 4),
                "fits": passage.fits,
            }
            for passage in passages
        ],
        "not_loaded": [
            {"file": str(note.file), "line": note.line, "what": note.what, "times": note.times} for note in world.notes
        ],
    }


def _model_dict(world: World, model: str) -> dict[str, Any]:
    links = [link for link in world.links if link.model == model]
    names = {link.name for link in links}
    return {
        "name": model,
        "static": all(link.static for link in links),
        "links": [link.name for link in links],
        "joints": sum(joint.child in names for joint in world.joints),
        "mass_kg": round(sum(link.inertia.mass_kg for link in links if link.inertia and not link.static), 4),
        "position_m": [round(float(value), 6) for value in world.frames[model].position],
        "yaw_rad": round(world.frames[model].yaw_rad, 6),
    }


def _model_row(world: World, model: str) -> tuple[str, ...]:
    facts = _model_dict(world, model)
    mass = "" if facts["static"] else f"{facts['mass_kg']:.1f}"
    return (model, str(len(facts["links"])), str(facts["joints"]), mass, "no" if facts["static"] else "yes")


def _kind(sensor: object) -> str:
    kind = getattr(sensor, "kind", None)
    return str(kind or type(sensor).__name__.removesuffix("Sensor").lower())


def _table(columns: Sequence[str], rows: Sequence[tuple[str, ...]]) -> None:
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    Console().print(table)


def _sentence(text: str) -> None:
    Console().print(text, markup=False, highlight=False, soft_wrap=True)
