"""`kill -9` at any point: no reminder of a medicine is lost, none is given twice, and what was missed is told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

KILLS = 40


@pytest.mark.slow
def test_no_reminder_is_lost_or_given_twice(tmp_path: Path):
    script = Path(__file__).with_name("kill_rounds.py")
    command = [sys.executable, str(script), str(tmp_path), str(KILLS), "1"]
    found = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(found)
    assert found["kills"] == KILLS
    assert found["due"] == found["runs"] == found["taken"] + found["missed"] > KILLS / 3
    for what in ("unfinished", "lost", "ended_twice", "prompted_twice", "asked_too_often", "missed_and_not_told"):
        assert found[what] == 0, (what, found)
    assert found["told_under_two_names"] == 0
