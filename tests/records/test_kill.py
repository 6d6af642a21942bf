"""`kill -9` at any moment loses no alert that anyone was told of."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_a_hundred_kills_lose_nothing(tmp_path: Path):
    script = Path(__file__).with_name("kill_rounds.py")
    command = [sys.executable, str(script), str(tmp_path / "records.sqlite"), "100"]
    result = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    print(result)
    assert result["rounds"] == 100
    assert result["told"] > 100
    assert result["lost"] == 0
