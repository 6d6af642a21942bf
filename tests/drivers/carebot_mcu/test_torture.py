"""The firmware under the compiler's sanitisers, told anything in any order."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.drivers.carebot_mcu.conftest import FIRMWARE


@pytest.mark.slow
def test_nothing_that_is_said_breaks_it_or_keeps_it_moving(tmp_path: Path) -> None:
    if not (shutil.which("gcc") and shutil.which("make")):
        pytest.skip("gcc and make are not here, so the firmware cannot be built for this computer")
    command = ["make", "-C", str(FIRMWARE), "torture", f"BUILD={tmp_path}"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    if built.returncode and "cannot find" in built.stderr:
        pytest.skip("gcc's sanitiser libraries are not here")
    assert built.returncode == 0, built.stderr
    done = subprocess.run([tmp_path / "torture", "4000", "20"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "4000 rounds\n"), done.stdout + done.stderr
