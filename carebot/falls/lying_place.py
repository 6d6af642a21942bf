"""What the place where somebody is says about lying there."""

from enum import Enum


class LyingPlace(Enum):
    """FURNITURE: a bed or sofa is there. EXERCISE: people go down to the floor there on purpose, at this time."""

    FLOOR = "floor"
    FURNITURE = "furniture"
    EXERCISE = "exercise"
