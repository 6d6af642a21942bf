"""Day, evening and night in a world that is loaded: which of its lights shine, and how much comes from walls and sky.

Lights whose names begin with `night` are lamps, which shine in the evening and at night; all others are daylight.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from carebot.simulation.sdf.description import World

Light = Literal["day", "evening", "night"]
LIGHTS: tuple[Light, ...] = ("day", "evening", "night")
SKY_PX = 6 * 64 * 64 * 3


@dataclass(frozen=True, slots=True)
class _Mood:
    """`daylight` is the part of the day's that is left, `ambient` what walls and sky give, in parts of the scene's."""

    daylight: float
    lamps: bool
    ambient: float
    diffuse: float
    sky: int


MOODS: dict[Light, _Mood] = {
    "day": _Mood(1.0, False, 1.0, 0.10, 1),
    "evening": _Mood(0.40, True, 0.55, 0.06, 3),
    "night": _Mood(0.0, True, 0.24, 0.03, 12),
}


def set_light(world: World, model: Any, light: Light) -> None:
    """Change a compiled mujoco.MjModel of the world once from full daylight to `light`."""
    mood = MOODS[light]
    for source in world.lights:
        index = model.light(source.name).id
        is_lamp = source.name.rpartition("::")[2].startswith("night")
        model.light_active[index] = mood.lamps if is_lamp else mood.daylight > 0
        if not is_lamp:
            model.light_diffuse[index] *= mood.daylight
    model.vis.headlight.ambient[:] *= mood.ambient
    model.vis.headlight.diffuse[:] = mood.diffuse
    model.mat_emission[:] *= max(mood.daylight, 0.2)
    sky = model.tex_adr[model.texture("sky").id]
    model.tex_data[sky : sky + SKY_PX] //= mood.sky
