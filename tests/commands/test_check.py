"""`carebot check site`, as somebody who writes a site file runs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from carebot.resources import share_dir

CAREBOT = Path(sys.executable).with_name("carebot")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The simulated home's, with its map beside it."""
    shutil.copytree(share_dir() / "sim" / "sites", tmp_path, dirs_exist_ok=True)
    return tmp_path / "home.yaml"


def check(site: Path, *more: str) -> subprocess.CompletedProcess[str]:
    with site.open("a", encoding="utf-8") as file:
        file.writelines(f"{line}\n" for line in more)
    return subprocess.run([CAREBOT, "check", "site", str(site)], capture_output=True, text=True, timeout=60)


def test_a_good_file_is_said_to_be_good(site: Path) -> None:
    done = check(site, "mqtt: {host: broker, buttons: [come_here]}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "is good" in done.stdout


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mqtt: {host: broker, buttons: [nonsense]}", "mqtt.buttons.0: there is no routine 'nonsense'"),
        ("mqtt: {host: broker, buttons: [medication_reminder]}", "mqtt.buttons.0: medication_reminder cannot be a"),
        ("triggers: [{id: a, routine: nonsense, when: {battery_below: 0.2}}]", "triggers.0.routine: there is no"),
        ("triggers: [{id: a, routine: battery_low, when: {somebody_in: mars}}]", "there is no zone or room 'mars'"),
        ("quiet_hours: [night]", "quiet_hours.0"),
    ],
)
def test_what_would_stop_a_node_is_told_before(site: Path, line: str, words: str) -> None:
    done = check(site, line)
    assert done.returncode == 2
    assert f"{site}, line " in done.stderr
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
