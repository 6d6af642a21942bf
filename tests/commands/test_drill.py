"""`carebot drill` as a process, calling a real receiver."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from carebot.benchmarks.receiver import Phones, phones
from carebot.escalation.contacts import contact_id
from carebot.escalation.house_book import HouseBook, settings_path
from carebot.site.hours import Quiet
from tests.escalation.helpers import plan

CAREBOT = str(Path(sys.executable).with_name("carebot"))


@pytest.fixture
def http() -> Iterator[Phones]:
    with phones() as kept:
        yield kept


def site(tmp_path: Path, address: str) -> Path:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump(plan(address).model_dump(mode="json"), allow_unicode=True))
    return path


def drill(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [CAREBOT, "drill", *arguments], capture_output=True, text=True, timeout=100, input=typed, check=False
    )


def test_every_level_is_called_and_every_message_says_drill(tmp_path: Path, http: Phones):
    done = drill(str(site(tmp_path, http.address)), "--level-seconds", "0.2", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["ok"]
    assert report["answered_by"] == ""
    reached = {(call["who"], call["by"]) for call in report["calls"] if call["arrived"]}
    assert reached == {("Aiko", "tablet"), ("Aiko", "phone"), ("Ben", "phone")}
    assert all(letter.title.startswith(("DRILL", "訓練")) for letter in http.letters)


def test_an_answer_stops_it(tmp_path: Path, http: Phones):
    done = drill(str(site(tmp_path, http.address)), "--level-seconds", "3600", typed="Ben\n")
    assert done.returncode == 0, done.stderr
    assert "answered by Ben" in done.stdout
    assert "/ben" not in http.paths()


def test_somebody_who_cannot_be_reached_ends_in_1(tmp_path: Path, http: Phones):
    http.status = 500
    done = drill(str(site(tmp_path, http.address)), "--level-seconds", "0.2")
    assert done.returncode == 1
    assert "NOT REACHED: It was not sent" in done.stdout


def test_bad_input_is_named(tmp_path: Path):
    assert "does not exist" in drill(str(tmp_path / "no.yaml")).stderr
    path = site(tmp_path, "json://localhost:1")
    unknown = drill(str(path), "--chain", "fire")
    assert unknown.returncode == 2
    assert "no chain 'fire'" in unknown.stderr
    shown = drill(str(path), "--check")
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[0] == "1. Aiko by phone and tablet; then 60 s"


def test_with_the_records_those_are_called_whom_the_tablets_say(tmp_path: Path, http: Phones):
    records = tmp_path / "records.sqlite"
    changed = HouseBook(settings_path(records), plan(http.address), Quiet())
    changed.remove_contact(contact_id("Aiko"), "Mika", 0.0)
    done = drill(str(site(tmp_path, http.address)), "--records", str(records), "--level-seconds", "0.2", "--json")
    assert done.returncode == 0, done.stderr
    assert {call["who"] for call in json.loads(done.stdout)["calls"]} == {"Ben"}
    none = drill(str(site(tmp_path, http.address)), "--records", str(tmp_path / "x.sqlite"), "--check")
    assert (none.returncode, "Aiko" in none.stdout) == (0, True)
    assert "nothing was changed on a tablet" in none.stderr
    settings_path(records).write_text("{")
    damaged = drill(str(site(tmp_path, http.address)), "--records", str(records), "--check")
    assert damaged.returncode == 2
    assert "is damaged" in damaged.stderr
    assert "Traceback" not in damaged.stderr
