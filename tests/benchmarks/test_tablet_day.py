"""When a day's memory counts as growth."""

from __future__ import annotations

import pytest

pytest.importorskip("rclpy")

from carebot.benchmarks.tablet_day import DayReport, day_lines


def report(*memory_mb: float) -> DayReport:
    return DayReport(len(memory_mb) - 1, 30.0, 50, 20, 120, 1_000, memory_mb, 2880.0)


def test_what_fills_in_the_first_half_is_no_growth() -> None:
    filled = report(*(200.0 + 4 * hour for hour in range(12)), 250.0, *[251.0, 250.0] * 6)
    assert filled.hours == 24
    assert abs(filled.growth_mb_a_day) < 1.0
    assert all(filled.goals().values())
    assert day_lines(filled)[-1] == "  growth < 10 MB a day: reached"


def test_what_goes_on_growing_is() -> None:
    leaking = report(*(200.0 + 0.5 * hour for hour in range(25)))
    assert leaking.growth_mb_a_day == pytest.approx(12.0)
    assert day_lines(leaking)[-2:] == ["  growth from hour 12 on: 12.0 MB a day", "  growth < 10 MB a day: MISSED"]
