"""`carebot routine` as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from carebot.commands.routine import app
from carebot.routines.library import OWN
from tests.routines.world import in_all, routine_file

CAREBOT = str(Path(sys.executable).with_name("carebot"))


def routine(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    command = [CAREBOT, "routine", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=100, input=typed, check=False)


def test_every_shipped_routine_is_listed():
    listed = json.loads(routine("list", "--json").stdout)
    assert {each["name"] for each in listed} == {path.stem for path in OWN.glob("*.yaml")}
    assert "medication_reminder (scheduled): Reminds a resident" in routine("list").stdout


def test_a_tree_is_drawn(tmp_path: Path):
    drawn = routine("show", "morning_check").stdout
    assert "├── ask how (expect: fine/help/yes/no" in drawn
    assert "│   ├── → help" in drawn
    own = routine_file(tmp_path, {"do": [{"wait": 3}]}, "own")
    assert "wait 3" in routine("show", str(own)).stdout
    missing = routine("show", "nothing")
    assert missing.returncode == 2
    assert missing.stderr.startswith("carebot: there is no routine 'nothing': use one of battery_low")


def test_files_are_checked_all_of_them(tmp_path: Path):
    good = routine_file(tmp_path, {"do": [{"go": "kitchen"}]}, "good")
    bad = routine_file(tmp_path, {"do": [{"go": "kitchen"}, {"dance": "tango"}]}, "bad")
    done = routine("check", str(good), str(bad))
    assert done.returncode == 2
    assert f"{good} is good." in done.stdout
    assert "there is no step 'dance'" in done.stdout
    assert routine("check", str(good), "--site", "home").returncode == 0
    elsewhere = routine_file(tmp_path, {"do": [{"go": "cellar"}]}, "elsewhere")
    found = json.loads(routine("check", str(elsewhere), "--site", "home", "--json").stdout)
    assert not found["ok"]
    assert "names the destination 'cellar'" in found["files"][0]["problem"]
    twin = tmp_path / "twin.yaml"
    twin.write_text(good.read_text("utf-8"), encoding="utf-8")
    assert "'good' is also the name of" in routine("check", str(good), str(twin)).stdout


def test_typed_for_machines_there_is_nothing_but_one_object():
    done = routine("run", "come_here", "--typed", "--json", typed="")
    assert set(json.loads(done.stdout)) == {"ok", "routine", "reason"}
    assert "Only in this terminal" in done.stderr


def test_typed_it_says_that_nothing_moves_and_plays_the_whole_routine():
    done = routine("run", "medication_reminder", "--typed", "--param", "medicine=white pill", typed="まだです\nはい\n")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "Only in this terminal: nothing moves, nobody is told, and no time is waited for."
    assert "would drive to: bedroom" in lines
    assert "takes that for: yes" in lines
    assert lines[-1] == "done"


def test_typed_nobody_answers_and_caregivers_would_be_told():
    done = routine("run", "morning_check", "--typed")
    assert "would call caregivers (help)" in done.stdout
    nowhere = routine("run", "morning_check", "--typed", "--somebody-in", "bathroom")
    assert "would tell whoever is called first" in nowhere.stdout  # the bathroom is private


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["medication_reminder", "--typed"], "the parameter medicine (text) must be given"),
        (["medication_reminder", "--typed", "--param", "medicine"], "write it as NAME=VALUE"),
        (["medication_reminder", "--typed", "--param", "medicine=a", "--param", "rounds=99"], "at most 10 is allowed"),
        (["nothing", "--typed"], "there is no routine 'nothing'"),
        (["goodnight", "--typed", "--somebody-in", "cellar"], "there is no room 'cellar'"),
        (["goodnight", "--typed", "--routines", "/nowhere"], "cannot be read"),
        (["goodnight", "--typed", "--site", "nowhere"], "there is no site 'nowhere'"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(arguments: list[str], words: str):
    done = routine("run", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("text", ["2024-12-05", "2024-13-45", "[2024-12-05]", "!!set {a}", "0x_"])
def test_what_is_no_json_is_the_text_that_was_typed(monkeypatch: pytest.MonkeyPatch, text: str):
    given = []

    def run_routine(_robot: str, _name: str, values: dict[str, str], *_rest: object) -> tuple[bool, str]:
        given.append(json.loads(values["medicine"]))
        return True, ""

    monkeypatch.setitem(sys.modules, "carebot.ros.running_routine", SimpleNamespace(run_routine=run_routine))
    monkeypatch.setitem(sys.modules, "carebot.ros.running", SimpleNamespace(running_robot=lambda _: "robot"))
    monkeypatch.setattr("carebot.bringup.environment.stay_on_this_machine", lambda: None)
    done = CliRunner().invoke(app, ["run", "medication_reminder", "--param", f"medicine={text}"])
    assert (done.exit_code, given) == (0, [text]), done.output


def test_an_approval_is_typed(tmp_path: Path):
    content = {
        "texts": {"hello": in_all("Hello.")},
        "do": [{"say": "hello", "needs_approval": {"by": "Aiko Tanaka", "otherwise": "skip"}}],
    }
    routine_file(tmp_path, content, "asking")
    asked = ["run", "asking", "--typed", "--routines", str(tmp_path)]
    assert "says (ja): Hello." in routine(*asked, typed="y\n").stdout
    refused = routine(*asked, typed="n\n")
    assert (refused.returncode, refused.stdout.splitlines()[-1]) == (1, "not done: Aiko Tanaka did not agree to it")
    assert "nobody agreed to it within 5 minutes" in routine(*asked).stdout


def test_a_name_that_is_no_utf_8_is_shown_as_bytes(tmp_path: Path):
    path = routine_file(tmp_path, {"do": [{"wait": 3}]}, "own").rename(tmp_path / os.fsdecode(b"\xff.yaml"))
    done = subprocess.run(
        [CAREBOT, "routine", "check", path, "--json"],
        capture_output=True,
        timeout=100,
        env={**os.environ, "PYTHONIOENCODING": "utf-8:strict"},
        check=False,
    )
    assert json.loads(done.stdout)["files"][0]["file"] == rf"{tmp_path}/\xff.yaml", done.stderr
