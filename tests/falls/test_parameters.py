from __future__ import annotations

import dataclasses
import math

import pytest

from carebot.falls import FallParameters


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(FallParameters)])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_number_that_cannot_be_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(ValueError, match=name):
        FallParameters(**{name: value})


def test_confirmation_takes_two_seconds_unless_told_otherwise() -> None:
    assert FallParameters().confirm_after_s == 2.0
    assert FallParameters(confirm_after_s=5.0).confirm_after_s == 5.0
