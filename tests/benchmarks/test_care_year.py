"""The year of schedule in small: nothing missed, nothing doubled, over both changes of the clock."""

from __future__ import annotations

from carebot.benchmarks.care_year import measure


def test_a_year_misses_and_doubles_nothing():
    report = measure(residents=4, a_day=24, step_s=60.0)
    assert report.runs == report.entries * 365
    assert (report.missed, report.doubled, report.late) == (0, 0, 0)
