"""`kill -9` of care in any state: nobody is forgotten, nobody is told twice at the same level."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebot.benchmarks.care_kills import measure


@pytest.mark.slow
def test_kills_lose_nothing_and_tell_nobody_twice(tmp_path: Path):
    report = measure(12, tmp_path, print)
    print(report)
    assert report.kills == 12
    assert report.alerts > 12
    assert report.messages > report.alerts
    assert (report.lost, report.told_twice, report.unsettled, report.alerts_lost) == (0, 0, 0, 0)
