"""The window of `carebot sim run --view`, on a real X server without a screen."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from carebot.errors import DeviceError
from carebot.simulation.viewer import check_display

STANDING = "description: Stands.\nscript: [{stand: 3}]\n"
WIDTH_PX, HEIGHT_PX = 640, 480


def test_without_a_display_there_is_a_sentence() -> None:
    with pytest.raises(DeviceError, match="carebot sim film"):
        check_display({}, "linux")
    check_display({"DISPLAY": ":0"}, "linux")
    check_display({}, "darwin")


@dataclass(frozen=True)
class Screen:
    """An X server's screen, as it keeps it in a file."""

    display: str
    file: Path

    def colours(self) -> int:
        """How many colours there are on it."""
        pixels = np.frombuffer(self.file.read_bytes()[-WIDTH_PX * HEIGHT_PX * 4 :], np.uint32)
        return len(np.unique(pixels))


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    if shutil.which("Xvfb") is None:
        pytest.skip("Xvfb is not installed: apt-get install xvfb")
    size = f"{WIDTH_PX}x{HEIGHT_PX}x24"
    command = ["Xvfb", "-displayfd", "1", "-screen", "0", size, "-fbdir", str(tmp_path), "-nolisten", "tcp"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        try:
            assert server.stdout is not None
            yield Screen(f":{server.stdout.readline().strip()}", tmp_path / "Xvfb_screen0")
        finally:
            server.terminate()


def test_window_shows_the_home_and_closes_in_peace(screen: Screen, tmp_path: Path) -> None:
    scenario = tmp_path / "stands.yaml"
    scenario.write_text(STANDING, encoding="utf-8")
    blank = screen.colours()
    command = [sys.executable, "-c", "from carebot.cli import main; main()", "sim", "run", str(scenario), "--view"]
    surroundings = {**os.environ, "DISPLAY": screen.display}
    with subprocess.Popen(
        command, env=surroundings, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as run:
        most = blank
        while run.poll() is None:
            most = max(most, screen.colours())
            time.sleep(0.1)
        said = run.communicate()[0]
    assert run.returncode == 0, said
    assert "simulated seconds" in said
    assert most > 200, "a room, a robot and somebody in it have many colours"
