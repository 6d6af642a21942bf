"""A recording is fed to the real falls node again."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebot.errors import ConfigError
from carebot.ros.replay import read_recording, replay
from carebot.simulation.recording import Recorder
from carebot.simulation.runner import run_scenario
from tests.ros.conftest import ROBOT


@pytest.mark.slow
def test_nodes_find_the_recorded_fall_again(start, tmp_path: Path) -> None:
    path = tmp_path / "fall.mcap"
    scenario = tmp_path / "short.yaml"
    scenario.write_text("{description: d, script: [stand: 1, fall: trip_forward, lie: 4]}", encoding="utf-8")
    with Recorder(path, "short", 1_700_000_000 * 10**9) as recorder:
        run_scenario(str(scenario), 0, "keypoints", [recorder.add])
    start(falls={"use_sim_time": True})
    said: list[tuple[float, str]] = []
    replay(path, ROBOT, lambda time_s, line: said.append((time_s, line)))
    assert any("suspected" in line and 1.0 < time_s < 5.0 for time_s, line in said), said


def test_what_is_no_recording_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mcap"
    broken.write_bytes(b"\x89MCAP0\r\n and then nothing")
    for path in (broken, tmp_path / "missing.mcap"):
        with pytest.raises(ConfigError, match=path.name):
            list(read_recording(path))
