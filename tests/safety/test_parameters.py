from __future__ import annotations

import math
from dataclasses import fields
from typing import Any

import pytest

from carebot.safety.parameters import ORDERED, PLAUSIBLE, SafetyParameters
from carebot.safety.world import Sensor

NUMBERS = [field.name for field in fields(SafetyParameters) if field.name != "fitted"]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("value", [0.0, -0.1, math.nan, math.inf, -math.inf])
def test_what_is_not_positive_and_finite_is_refused_by_name(name: str, value: float) -> None:
    bad: dict[str, Any] = {name: value}
    with pytest.raises(ValueError, match=rf"^SafetyParameters.{name} must be a positive number, not {value!r}\.$"):
        SafetyParameters(**bad)


@pytest.mark.parametrize(("smaller", "larger"), ORDERED)
def test_contradictions_are_refused(smaller: str, larger: str) -> None:
    value = getattr(SafetyParameters(), larger)
    others = {name: value * 2 for one, name in ORDERED if one == smaller and name != larger}
    bad: dict[str, Any] = {**others, smaller: value}
    message = rf"^SafetyParameters.{smaller} \({value}\) must be less than {larger} \({value}\)\.$"
    with pytest.raises(ValueError, match=message):
        SafetyParameters(**bad)


@pytest.mark.parametrize("name", list(PLAUSIBLE))
def test_a_wrong_unit_is_refused(name: str) -> None:
    bound, unit = PLAUSIBLE[name]
    bad: dict[str, Any] = {name: bound * 1.001}
    message = rf"^SafetyParameters.{name} is .* more than {bound} {unit} is not plausible: check the unit\.$"
    with pytest.raises(ValueError, match=message):
        SafetyParameters(**bad)
    good: dict[str, Any] = {name: bound}
    assert getattr(SafetyParameters(**good), name) == bound


def test_a_length_in_centimetres_is_refused() -> None:
    with pytest.raises(ValueError, match="front_m is 25"):
        SafetyParameters(front_m=25.0)


def test_whole_numbers_are_numbers() -> None:
    with pytest.raises(ValueError, match="margin_m must be a positive number, not 0"):
        SafetyParameters(margin_m=0)
    assert SafetyParameters(fitted=()).fitted == ()


def test_lidar_and_bumper_are_expected_unless_said_otherwise() -> None:
    assert SafetyParameters().fitted == (Sensor.SCAN, Sensor.BUMPER)


def test_no_command_can_be_made_to_live_longer_than_a_quarter_of_a_second() -> None:
    with pytest.raises(ValueError, match="command_lifetime_s"):
        SafetyParameters(command_lifetime_s=0.3)
