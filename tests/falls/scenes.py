"""What the stick figure does: falls that must be noticed and days that must be left in peace."""

from __future__ import annotations

from collections.abc import Sequence

from carebot.alerts import FallEvent
from carebot.falls import FallMonitor
from carebot.geometry import Rectangle
from carebot.people import People
from tests.falls.figures import (
    ALL_FOURS,
    BED_LIE,
    BED_SIT,
    BEND,
    CHAIR,
    CHAIR_PICK_UP,
    CURLED,
    DEG,
    FLOOR_SIT,
    KNEEL,
    LIE_BACK,
    LIE_FRONT,
    LIE_SIDE,
    SQUAT,
    STAND,
    Camera,
    Figure,
    Move,
    camera_at,
    film,
    seen,
)

FALLS = {
    "backward": [Move(STAND, 1.5), Move(LIE_BACK, 0.9, fall=True), Move(LIE_BACK, 4)],
    "forward": [Move(STAND, 1.5), Move(LIE_FRONT, 0.9, fall=True), Move(LIE_FRONT, 4)],
    "sideways": [Move(STAND, 1.5), Move(LIE_SIDE, 0.9, fall=True), Move(LIE_SIDE, 4)],
    "collapse": [Move(STAND, 1.5), Move(SQUAT, 0.5, fall=True), Move(CURLED, 0.7), Move(CURLED, 4)],
    "from a chair": [Move(CHAIR, 1.5), Move(ALL_FOURS, 0.6, fall=True), Move(LIE_FRONT, 0.6), Move(LIE_FRONT, 4)],
    "from a bed": [Move(BED_LIE, 2), Move(LIE_BACK, 0.45, fall=True), Move(LIE_BACK, 4)],
    "while walking": [
        Move(STAND, 2, walk_m=(1, 0)),
        Move(LIE_FRONT, 0.9, fall=True, walk_m=(0.3, 0)),
        Move(LIE_FRONT, 4),
    ],
}

DAILY_LIFE = {
    "sits down": [Move(STAND, 1.5), Move(CHAIR, 1), Move(CHAIR, 4)],
    "drops into a chair": [Move(STAND, 1.5), Move(CHAIR, 0.6), Move(CHAIR, 4)],
    "bends": [Move(STAND, 1.5), Move(BEND, 0.8), Move(BEND, 3), Move(STAND, 1), Move(STAND, 1)],
    "squats": [Move(STAND, 1.5), Move(SQUAT, 0.6), Move(SQUAT, 4)],
    "kneels": [Move(STAND, 1.5), Move(KNEEL, 1), Move(KNEEL, 4)],
    "sits on the floor": [Move(STAND, 1.5), Move(SQUAT, 0.8), Move(FLOOR_SIT, 0.8), Move(FLOOR_SIT, 4)],
    "picks up from a chair": [Move(CHAIR, 1.5), Move(CHAIR_PICK_UP, 0.6), Move(CHAIR_PICK_UP, 3), Move(CHAIR, 1)],
    "lies down slowly": [
        Move(STAND, 1.5),
        Move(KNEEL, 1.5),
        Move(FLOOR_SIT, 2),
        Move(FLOOR_SIT, 1),
        Move(LIE_BACK, 2.5),
        Move(LIE_BACK, 4),
    ],
    "goes to bed": [Move(STAND, 1.5), Move(BED_SIT, 1.2), Move(BED_SIT, 1), Move(BED_LIE, 1.5), Move(BED_LIE, 4)],
    "goes on all fours": [Move(STAND, 1.5), Move(KNEEL, 1.2), Move(ALL_FOURS, 1.2), Move(ALL_FOURS, 4)],
    "walks about": [Move(STAND, 3, walk_m=(1, 1.5)), Move(STAND, 3, walk_m=(-1, -2))],
    "walks away and sits": [Move(STAND, 3, walk_m=(0, 3)), Move(CHAIR, 1), Move(CHAIR, 4)],
}


def shot(
    moves: Sequence[Move],
    *,
    height_m: float = 1.1,
    distance_m: float = 4.0,
    facing_deg: float = 90.0,
    fps: float = 15.0,
    world: bool = True,
    jitter: float = 0.01,
    missing: Sequence[int] = (),
    roll_deg: float = 0.0,
) -> tuple[Camera, list[People]]:
    """The scene from a camera that looks at the figure: (camera, what the pose model reports)."""
    camera = camera_at(height_m, distance_m, roll_deg * DEG)
    figure = Figure(feet_m=(0.0, distance_m), facing_rad=facing_deg * DEG)
    frames = film(moves, fps=fps, figure=figure)
    return camera, seen(frames, camera, world=world, jitter=jitter, missing=missing)


def watch(
    camera: Camera, pictures: Sequence[People], bed_zones: Sequence[Rectangle] = ()
) -> tuple[FallMonitor, list[FallEvent]]:
    monitor = FallMonitor(mounting=camera.mounting, bed_zones=bed_zones)
    return monitor, [event for picture in pictures for event in monitor.step(picture)]


def kinds(events: Sequence[FallEvent]) -> list[str]:
    return [event.kind.value for event in events]
