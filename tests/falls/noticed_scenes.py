"""What the stick figure does that is worth remembering and no alarm."""

from __future__ import annotations

from collections.abc import Sequence

from carebot.falls import FallMonitor
from carebot.falls.noticing import Noticing
from carebot.geometry import CameraMounting
from carebot.noticed import Noticed, NoticedKind
from carebot.people import People
from tests.falls.figures import ALL_FOURS, CHAIR, CHAIR_PICK_UP, FLOOR_SIT, LIE_BACK, STAND, Move, Posture

LUNGE = Posture(torso=45, thigh=50, shin=-30)
WALL_SQUAT = Posture(torso=0, thigh=85, shin=-5)
HALF_UP = Posture(torso=45, thigh=60, shin=-20)

STUMBLES = {
    "standing": [Move(STAND, 3), Move(LUNGE, 0.4, fall=True), Move(STAND, 0.6), Move(STAND, 5)],
    "walking": [
        *[Move(STAND, 3, walk_m=(1, 0)), Move(LUNGE, 0.4, fall=True, walk_m=(0.3, 0)), Move(STAND, 0.7)],
        Move(STAND, 5, walk_m=(0.6, 0)),
    ],
}
SLIDES = {
    "down a wall": [Move(STAND, 3), Move(WALL_SQUAT, 1.6), Move(FLOOR_SIT, 1), Move(FLOOR_SIT, 5)],
    "very slowly": [Move(STAND, 3), Move(WALL_SQUAT, 3.5), Move(FLOOR_SIT, 2), Move(FLOOR_SIT, 5)],
}
TRY = [Move(HALF_UP, 1), Move(CHAIR, 0.8), Move(CHAIR, 3)]
FLOOR_TRY = [Move(ALL_FOURS, 1.5), Move(FLOOR_SIT, 1.2), Move(FLOOR_SIT, 3)]
STRUGGLES = {
    "from a chair": [Move(CHAIR, 3), *TRY, *TRY, *TRY],
    "from a chair, and up at last": [Move(CHAIR, 3), *TRY, *TRY, Move(STAND, 1.5), Move(STAND, 2)],
    "from the floor": [Move(STAND, 2), Move(FLOOR_SIT, 2), Move(FLOOR_SIT, 3), *FLOOR_TRY, *FLOOR_TRY, *FLOOR_TRY],
}
QUIET = {
    "bows": [Move(STAND, 3), Move(Posture(torso=45), 0.5), Move(STAND, 0.6), Move(STAND, 5)],
    "picks up quickly": [
        *[Move(STAND, 3), Move(Posture(torso=60, thigh=60, shin=-30), 0.8)],
        *[Move(Posture(torso=60, thigh=60, shin=-30), 0.5), Move(STAND, 0.8), Move(STAND, 5)],
    ],
    "knee bends": [Move(STAND, 3), *[Move(LUNGE, 0.5), Move(STAND, 0.5), Move(STAND, 1.2)] * 5],
    "gets up at the first try": [Move(CHAIR, 4), Move(STAND, 1.2), Move(STAND, 4)],
    "tries twice": [Move(CHAIR, 3), *TRY, Move(STAND, 1.5), Move(STAND, 4)],
    "leans to a table again and again": [
        Move(CHAIR, 3), *[Move(CHAIR_PICK_UP, 1), Move(CHAIR, 1), Move(CHAIR, 1.5)] * 4,
    ],
    "rests and turns on the floor": [Move(LIE_BACK, 20)],
}  # fmt: skip


def noticed(
    pictures: Sequence[People], mounting: CameraMounting | None = None, *, with_walks: bool = False
) -> list[Noticed]:
    monitor, noticing = FallMonitor(mounting=mounting), Noticing(mounting)
    found = []
    for picture in pictures:
        monitor.step(picture)
        found += noticing.step(picture, monitor.observations())
    return [each for each in found if with_walks or each.kind is not NoticedKind.WALK]
