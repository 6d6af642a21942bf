"""Where one can sit and lie in a world: frames that its furniture carries.

A frame whose name begins with `seat` lies on the middle of the front half of a seat, x the way the sitter faces. Beds
have one on each side (`seat_left`, `seat_right`) and a frame `lying` where the hips rest, x towards the head; sofas, on
which one lies with bent legs, have a frame `lying_curled`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import hypot

from carebot.errors import ConfigError
from carebot.simulation.sdf.description import World
from carebot.simulation.sdf.poses import Pose3D


@dataclass(frozen=True, slots=True)
class Seat:
    """Where one sits: the middle of the front half of the seat, its height, and the way the sitter faces."""

    x_m: float
    y_m: float
    height_m: float
    facing_rad: float


@dataclass(frozen=True, slots=True)
class Bed:
    """Where one lies: the place on its edge to sit down, and where hips and head then rest."""

    edge: Seat
    hips_m: tuple[float, float]
    head_direction_rad: float
    curled: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """By the furniture's name in the world: the seats on its sides, and the bed for each side of those to lie on."""

    seats: dict[str, tuple[Seat, ...]]
    beds: dict[str, tuple[Bed, ...]]

    def seat(self, name: str, from_m: tuple[float, float]) -> Seat:
        """The side of that seat that is nearest to somebody who stands there."""
        return min(self.seats[name], key=lambda seat: hypot(seat.x_m - from_m[0], seat.y_m - from_m[1]))

    def bed(self, name: str, from_m: tuple[float, float]) -> Bed:
        """The side of that bed that is nearest to somebody who stands there."""
        return min(self.beds[name], key=lambda bed: hypot(bed.edge.x_m - from_m[0], bed.edge.y_m - from_m[1]))

    def require_seat(self, name: str, step: str, world: str) -> None:
        """Raises ConfigError, beginning with `step`, where nobody can sit on that."""
        _require(name, self.seats, f"{step} (sit_down): nobody can sit on", world)

    def require_bed(self, name: str, step: str, world: str) -> None:
        """Raises ConfigError, beginning with `step`, where nobody can lie on that."""
        _require(name, self.beds, f"{step} (lie_down): nobody can lie on", world)


def places_of(world: World) -> Places:
    """All places of a world to sit and to lie."""
    seats: dict[str, list[Seat]] = {}
    lying: dict[str, tuple[Pose3D, bool]] = {}
    for full_name, pose in world.frames.items():
        furniture, _, name = full_name.rpartition("::")
        if furniture and name.startswith("seat"):
            x, y, z = pose.position
            seats.setdefault(furniture, []).append(Seat(float(x), float(y), float(z), pose.yaw_rad))
        elif furniture and name in ("lying", "lying_curled"):
            lying[furniture] = pose, name == "lying_curled"
    beds = {name: tuple(_bed(seat, *where) for seat in seats.get(name, ())) for name, where in lying.items()}
    return Places({name: tuple(sides) for name, sides in seats.items()}, beds)


def _bed(edge: Seat, lying: Pose3D, curled: bool) -> Bed:
    return Bed(edge, (float(lying.position[0]), float(lying.position[1])), lying.yaw_rad, curled)


def _require(name: str, known: dict[str, tuple[Seat, ...]] | dict[str, tuple[Bed, ...]], what: str, world: str) -> None:
    if not known.get(name):
        raise ConfigError(f"{what} '{name}' in the world {world}: use one of {', '.join(known) or 'none'}.")
