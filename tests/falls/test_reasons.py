"""A reason claims no more than the numbers show: where a fall began is said only where it was seen."""

import pytest

from carebot.alerts import FallEventKind, FallStart, fall_start
from carebot.falls.features import PersonFeatures
from carebot.falls.person_state import Step
from carebot.falls.reasons import evidence, reason


def fall(**features: float) -> Step:
    seen = PersonFeatures(time_s=1.0, confidence=0.9, x=0.5, y=0.5, length_px=300.0, drop_s=0.6, **features)
    return Step(FallEventKind.SUSPECTED, "fell", seen, 0.0, 0.0)


@pytest.mark.parametrize(
    ("drop_bl", "trunk_height_bl", "floor_is_seen", "start"),
    [
        (0.55, 0.1, True, FallStart.STANDING),
        (0.36, 0.2, True, FallStart.STANDING),  # hit a table on the way, and came to rest above the floor
        (0.30, 0.1, True, FallStart.SEAT),
        (0.30, 0.1, False, FallStart.UNSEEN),
        (0.30, 0.6, False, FallStart.UNSEEN),  # heights over a floor that was guessed prove nothing
        (0.45, 0.1, False, FallStart.STANDING),  # no seat is that high
    ],
)
def test_where_a_fall_began(drop_bl: float, trunk_height_bl: float, floor_is_seen: bool, start: FallStart) -> None:
    step = fall(drop_bl=drop_bl, trunk_height_bl=trunk_height_bl, floor_is_seen=floor_is_seen)
    assert fall_start(evidence(step)) is start


@pytest.mark.parametrize(
    ("features", "sentence"),
    [
        ({"drop_bl": 0.5}, "dropped from standing to the floor in 0.6 s"),
        ({"drop_bl": 0.3}, "dropped to the floor in 0.6 s"),
        (
            {"drop_bl": 0.3, "trunk_height_bl": 0.1, "floor_is_seen": True},
            "dropped from a seat or bed to the floor in 0.6 s",
        ),
    ],
)
def test_the_sentence_claims_a_start_only_where_it_is_known(features: dict[str, float], sentence: str) -> None:
    assert reason(fall(**features)) == sentence


def test_no_numbers_claim_nothing() -> None:
    assert fall_start({}) is FallStart.UNSEEN
