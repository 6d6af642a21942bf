"""The numbers that decide about falls, each with its unit and meaning."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class FallParameters:
    """Thresholds of the fall rules.

    Lengths are in body lengths (bl): the height of the standing person as this camera sees it, so that neither distance
    nor stature matters. Raises ValueError where a number is not positive and finite.
    """

    confirm_after_s: float = 2.0
    """How long a person must stay down after the suspicion before the fall is confirmed, in seconds."""

    down_after_s: float = 0.3
    """How long the body must lie before it counts as down, in seconds; shorter looks like the end of a squat."""

    fall_within_s: float = 2.0
    """The longest time between being high and lying low that still is a fall, in seconds; slower is lying down."""

    fall_drop_bl: float = 0.2
    """How far the trunk must drop within that time, in body lengths; from standing 0.55, a chair 0.3, a bed 0.25."""

    fall_speed_bl_s: float = 0.4
    """The downward speed that shoulders or hips must reach, in body lengths per second. Falls reach 0.6 to 2, lying
    down on purpose 0.3; sitting down 0.6, which is why speed alone means nothing."""

    low_height_bl: float = 0.25
    """A tilted trunk with its higher end (shoulders or hips) below this height lies, in body lengths; all fours 0.3."""

    flat_height_bl: float = 0.22
    """A trunk with its higher end below this lies whatever its angle seems to be: along the camera's axis a lying torso
    looks upright, but small. In body lengths; a squat gives 0.3."""

    guessed_floor_bl: float = 0.08
    """How much too low the floor may be taken for where no feet were seen, in body lengths. Allowed for after a plain
    fall only."""

    plain_drop_bl: float = 0.3
    """A drop of the trunk that is plainly one to the floor, in body lengths."""

    lying_angle_rad: float = math.radians(55.0)
    """A torso further than this from the vertical may lie, in radians."""

    risen_height_bl: float = 0.35
    """A trunk with its middle above this height has risen from the floor, in body lengths. A chair gives 0.4."""

    recover_after_s: float = 1.0
    """How long the person must be up again before the fall counts as recovered, in seconds."""

    lost_after_s: float = 0.8
    """How long a person who vanished while falling may stay out of sight before that is suspected, in seconds."""

    lost_speed_bl_s: float = 0.6
    """How fast shoulders or hips must still have been going down at the last sight of a person who vanished while
    falling, in body lengths per second: more than above, because nobody saw the landing."""

    found_lying_after_s: float = 5.0
    """How long a person lies without a fall having been seen before that is suspected, in seconds. Waiting
    alone confirms it after `long_lie_after_s`, and only over a floor that was seen."""

    long_lie_after_s: float = 60.0
    """How long a person lies on the floor without moving before that is more urgent by itself, in seconds."""

    forget_after_s: float = 10.0
    """How long the memory of a person who is out of sight is kept for the next one found near by, in seconds."""

    forget_fall_after_s: float = 600.0
    """The same of a person whose fall has not ended, in seconds: whoever is found lying near by is that person, and no
    second fall."""

    hand_over_bl: float = 1.2
    """How near a new person must appear to a lost one to inherit the fall, in body lengths."""

    minimum_confidence: float = 0.3
    """Keypoints below this confidence (0..1) count as missing."""

    network_down: float = 0.8
    """From which probability on the posture network's "lies on the floor" counts as lying, 0..1."""

    network_down_after_fall: float = 0.5
    """The same where rules and network both saw the person fall just before, 0..1."""

    network_steady_s: float = 0.6
    """Over how long that probability is averaged, in seconds: a quick sit-up looks like lying for a moment."""

    network_falling: float = 0.7
    """From which probability on the posture network's "falls" counts as a fall for `fall_within_s`, 0..1."""

    network_speed_bl_s: float = 0.25
    """Who has not gone down faster than this lately has not fallen, whatever the network says, in body lengths per
    second: so fast shoulders or hips get even in falls away from a camera under the ceiling."""

    network_resting: float = 0.8
    """From which probability on the posture network is sure that somebody lies (on furniture, or lay already), 0..1."""

    calm_falling: float = 0.15
    """Only below this probability of "falls", all the while, a drop that the rules measured may be no fall, 0..1."""

    calm_shallow: float = 0.08
    """Below this probability of "falls", all the while, a drop from less than standing height is no fall, 0..1."""

    calm_down: float = 0.06
    """And only below this probability of "lies on the floor", or where the person lay already before the drop, 0..1."""

    calm_after_s: float = 1.0
    """How long the network must see nothing of a fall until the matter is closed, in seconds."""

    def __post_init__(self) -> None:
        for each in fields(self):
            value = getattr(self, each.name)
            if not (math.isfinite(value) and value > 0):
                raise ValueError(f"FallParameters.{each.name} must be a positive number, not {value!r}.")
