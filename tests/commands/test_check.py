"""`carebot check site`, as somebody who writes a site file runs it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from carebot.resources import share_dir

CAREBOT = Path(sys.executable).with_name("carebot")
QUIETLY: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60}


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
    return subprocess.run([CAREBOT, "check", "site", str(site)], **QUIETLY)


def test_a_good_file_is_said_to_be_good(site: Path) -> None:
    done = check(site, "mqtt: {host: broker, buttons: [come_here]}")
    assert (done.returncode, done.stderr) == (0, "")
    assert "is good" in done.stdout


@pytest.mark.parametrize("instead", ["", "escalation: {}"])
def test_where_nobody_is_called_that_is_said(site: Path, instead: str) -> None:
    content = yaml.safe_load(site.read_text(encoding="utf-8"))
    del content["escalation"]
    site.write_text(yaml.safe_dump(content), encoding="utf-8")
    done = check(site, instead)
    assert done.returncode == 0
    assert done.stderr.startswith(f"warning: {site}: nobody is called when somebody falls")
    assert done.stderr.count("\n") == 1
    found = json.loads(subprocess.run([CAREBOT, "check", "site", str(site), "--json"], **QUIETLY).stdout)
    assert (found["ok"], len(found["warnings"])) == (True, 1)


@pytest.mark.parametrize("name", ["nix.yaml", ".", "m" * 300, "home.yaml", '"a\\0b"'])
def test_a_map_that_cannot_be_used_is_told(site: Path, name: str) -> None:
    text = site.read_text(encoding="utf-8")
    site.write_text(text.replace("map: home_map.yaml", f"map: {name}"), encoding="utf-8")
    done = check(site)
    assert done.returncode == 2
    assert f"{site}, line " in done.stderr
    assert ": map: " in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_map_of_the_wrong_scale_is_doubted(site: Path) -> None:
    drawn = site.with_name("home_map.yaml")
    drawn.write_text(drawn.read_text(encoding="utf-8").replace("resolution: 0.05", "resolution: 0.1"), encoding="utf-8")
    done = check(site)
    assert done.returncode == 0
    assert (
        f"warning: {site}: the door bedroom_door is 2.50 m wide on the map, and 0.88 m by the site file" in done.stderr
    )


def test_a_mistyped_key_is_told_with_all_that_there_are(site: Path) -> None:
    done = check(site, "caregiver: []")
    assert done.returncode == 2
    for key in ("residents", "caregivers", "escalation", "schedule", "triggers", "mqtt"):
        assert key in done.stderr.partition("use one of ")[2]


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
        ("triggers: [{id: a, routine: fall_response, when: {alert: fal}}]", "triggers.0.when.alert: Input should be"),
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
