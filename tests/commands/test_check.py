"""`carebot check site`, as somebody who writes a site file runs it."""

from __future__ import annotations

import re
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
    """What is said of the site with lines of `more` in the place of what stands there under their keys."""
    text = site.read_text(encoding="utf-8")
    for line in more:
        text = re.sub(rf"^{line.partition(':')[0]}:.*\n([ #-].*\n|\n)*", "", text, flags=re.MULTILINE)
    site.write_text(text + "".join(f"{line}\n" for line in more), encoding="utf-8")
    return subprocess.run([CAREBOT, "check", "site", str(site)], capture_output=True, text=True, timeout=60)


def test_a_good_file_is_said_to_be_good(site: Path) -> None:
    done = check(site, "mqtt: {host: broker, buttons: [come_here]}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "is good" in done.stdout


def test_a_key_that_stands_twice_and_a_day_that_is_none_are_named(site: Path) -> None:
    text = site.read_text(encoding="utf-8")
    for more, words in (("rooms: []", "the key 'rooms' stands in line"), ("mqtt: 2026-06-31", "'2026-06-31' cannot")):
        site.write_text(f"{text}{more}\n", encoding="utf-8")
        done = check(site)
        assert done.returncode == 2
        assert f"{site} is not valid YAML (line " in done.stderr
        assert words in done.stderr
        assert done.stderr.count("\n") == 1


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
