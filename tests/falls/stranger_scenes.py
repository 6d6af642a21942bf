"""What the stick figure does in the study of strangers: more than the tests' scenes, and nothing that trains."""

from __future__ import annotations

from dataclasses import replace

from tests.falls import scenes
from tests.falls.figures import (
    ALL_FOURS,
    BEND,
    CHAIR,
    FLOOR_SIT,
    KNEEL,
    LEAN_SIT,
    LIE_BACK,
    LIE_FRONT,
    LIE_SIDE,
    SQUAT,
    STAND,
    Move,
    Posture,
)

LOW_CHAIR = Posture(torso=-15, thigh=100, shin=-5, arm=40)
MATTRESS_SIT, MATTRESS_LIE = replace(FLOOR_SIT, support_m=0.3), replace(LIE_BACK, support_m=0.3)
SOFA_LIE, SOFA_SIDE = replace(LIE_BACK, torso=-75, support_m=0.42), replace(LIE_SIDE, support_m=0.42)
TIE_SHOES = Posture(torso=75, thigh=105, shin=-50, arm=5)
PLANK, SIT_UP = Posture(torso=78, thigh=-78, shin=-78, arm=0), Posture(torso=-20, thigh=120, shin=45, arm=60)

FALLS = {
    **scenes.FALLS,
    "backward onto the seat first": [
        *[Move(STAND, 1.5), Move(FLOOR_SIT, 0.6, fall=True), Move(LIE_BACK, 0.5), Move(LIE_BACK, 4)],
    ],
    "onto the knees first": [
        *[Move(STAND, 1.5), Move(KNEEL, 0.5, fall=True), Move(ALL_FOURS, 0.4), Move(LIE_FRONT, 0.5)],
        Move(LIE_FRONT, 4),
    ],
    "from a low chair sideways": [Move(LOW_CHAIR, 2), Move(LIE_SIDE, 0.7, fall=True), Move(LIE_SIDE, 4)],
    "while bending": [Move(STAND, 1), Move(BEND, 0.8), Move(LIE_FRONT, 0.6, fall=True), Move(LIE_FRONT, 4)],
    "slow slump": [
        *[Move(STAND, 1.5), Move(SQUAT, 0.9, fall=True), Move(LEAN_SIT, 0.5), Move(LIE_BACK, 0.5)],
        Move(LIE_BACK, 4),
    ],
    "while getting up from a chair": [
        *[Move(CHAIR, 2), Move(STAND, 1), Move(LIE_SIDE, 0.9, fall=True), Move(LIE_SIDE, 4)],
    ],
}

DAILY_LIFE = {
    **scenes.DAILY_LIFE,
    "drops into a low chair": [Move(STAND, 1.5), Move(LOW_CHAIR, 0.5), Move(LOW_CHAIR, 5)],
    "low chair and up": [Move(STAND, 1.5), Move(LOW_CHAIR, 0.7), Move(LOW_CHAIR, 3), Move(STAND, 1), Move(STAND, 1)],
    "ties shoes crouching": [
        *[Move(STAND, 1.5), Move(TIE_SHOES, 0.7), Move(TIE_SHOES, 5), Move(STAND, 1), Move(STAND, 1)],
    ],
    "crawls": [
        *[Move(STAND, 1.5), Move(KNEEL, 1.1), Move(ALL_FOURS, 1)],
        *[Move(ALL_FOURS, 4, walk_m=(1, 0)), Move(KNEEL, 1), Move(STAND, 1.2)],
    ],
    "push-ups": [
        *[Move(STAND, 1.5), Move(KNEEL, 1.1), Move(ALL_FOURS, 1), Move(PLANK, 0.8)],
        *[Move(LIE_FRONT, 0.9), Move(PLANK, 0.9)] * 3,
        *[Move(ALL_FOURS, 0.9), Move(KNEEL, 0.9), Move(STAND, 1)],
    ],
    "sit-ups": [
        *[Move(FLOOR_SIT, 2), Move(LIE_BACK, 1.5), Move(SIT_UP, 1), Move(LIE_BACK, 1)],
        *[Move(SIT_UP, 1), Move(LIE_BACK, 1), Move(SIT_UP, 1), Move(SIT_UP, 1)],
    ],
    "lies down on a mattress": [
        *[Move(STAND, 1.5), Move(MATTRESS_SIT, 1.2), Move(MATTRESS_SIT, 0.8), Move(MATTRESS_LIE, 1.4)],
        Move(MATTRESS_LIE, 4),
    ],
    "lies down on a sofa": [Move(STAND, 1.5), Move(CHAIR, 1), Move(CHAIR, 0.5), Move(SOFA_LIE, 1.2), Move(SOFA_LIE, 4)],
    "lies down on a sofa's side": [Move(STAND, 1.5), Move(CHAIR, 1), Move(SOFA_SIDE, 1.2), Move(SOFA_SIDE, 4)],
    "picks up twice": [
        *[Move(STAND, 1), Move(SQUAT, 0.7), Move(STAND, 0.8), Move(STAND, 0.5), Move(BEND, 0.6)],
        *[Move(STAND, 0.8), Move(STAND, 1)],
    ],
    "looks under the sofa": [
        *[Move(STAND, 1.5), Move(KNEEL, 1), Move(replace(ALL_FOURS, torso=105), 1)],
        *[Move(replace(ALL_FOURS, torso=105), 4), Move(KNEEL, 1), Move(STAND, 1.2)],
    ],
    "sits on the floor and gets up": [
        *[Move(STAND, 1.5), Move(SQUAT, 0.7), Move(FLOOR_SIT, 0.7), Move(FLOOR_SIT, 4)],
        *[Move(KNEEL, 1.2), Move(STAND, 1)],
    ],
}
