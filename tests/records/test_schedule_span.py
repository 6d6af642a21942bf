"""Between which times the schedule can be asked what is due: one rule for the API and for care."""

from __future__ import annotations

import math

import pytest

from carebot.records.schedule import DAY_S, FURTHEST_AHEAD_S, MOST_DAYS_S, why_not_between

NOW_S = 1_900_000_000.0


@pytest.mark.parametrize(
    ("since_s", "until_s"),
    [(NOW_S, NOW_S + 1.0), (0.0, MOST_DAYS_S), (NOW_S + FURTHEST_AHEAD_S - DAY_S, NOW_S + FURTHEST_AHEAD_S)],
)
def test_a_span_within_reach_is_told(since_s: float, until_s: float):
    assert why_not_between(since_s, until_s, NOW_S) == ""


@pytest.mark.parametrize(
    ("since_s", "until_s"),
    [
        (NOW_S, NOW_S),
        (NOW_S, NOW_S - 1.0),
        (-1.0, 1.0),
        (NOW_S, NOW_S + MOST_DAYS_S + 1.0),
        (NOW_S + FURTHEST_AHEAD_S, NOW_S + FURTHEST_AHEAD_S + 1.0),
        (NOW_S, math.inf),
        (math.nan, NOW_S),
        (-math.inf, NOW_S),
    ],
)
def test_a_span_beyond_reach_is_refused_with_what_to_do(since_s: float, until_s: float):
    assert "at most 32 days" in why_not_between(since_s, until_s, NOW_S)
