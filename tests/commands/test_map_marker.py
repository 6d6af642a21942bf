"""`carebot map marker`: the charger's marker on paper, and how high it is to hang."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from carebot.cli import app
from carebot.commands.map_marker import hanging
from carebot.robot import load_robot
from carebot.site.places import Dock

DOCKS = [{"name": "one", "at": [1, 1]}, {"name": "two", "at": [2, 1], "marker_id": 9, "marker_m": 0.1}]


def said(*arguments: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["map", "marker", *arguments])
    return result.exit_code, result.output if result.exception is None else f"{result.output}{result.exception}"


@pytest.fixture
def site(tmp_path: Path) -> str:
    path = tmp_path / "site.yaml"
    path.write_text(yaml.safe_dump({"docks": DOCKS}), encoding="utf-8")
    return str(path)


def test_of_a_site(site: str, tmp_path: Path):
    out = tmp_path / "sheet.pdf"
    code, words = said(site, "--charger", "two", "--out", str(out))
    assert code == 0
    assert "marker 9 (DICT_4X4_50), its black square 100 mm wide" in words
    assert "Print it at 100 %" in words
    assert "cm above the floor" in words
    assert out.read_bytes().startswith(b"%PDF")


def test_of_a_number(tmp_path: Path):
    out = tmp_path / "sheet.png"
    code, words = said("3", "--size-mm", "80", "--json", "--out", str(out))
    content = json.loads(words)
    assert code == 0
    assert (content["marker_id"], content["size_mm"], content["dictionary"]) == (3, 80.0, "DICT_4X4_50")
    assert out.is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["50"], "has the markers 0 to 49"),
        (["3", "--size-mm", "900"], "give 20 to 500 millimetres"),
        (["SITE", "--charger", "one"], "the charger one has no marker_id: give it a number from 0 to 49"),
        (["SITE", "--charger", "three"], "has no charger 'three'; it has one, two"),
        (["3", "--out", "marker.docx"], "is written as .pdf or .png"),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(site: str, arguments: list[str], words: str):
    code, output = said(*[site if each == "SITE" else each for each in arguments])
    assert code != 0
    assert words in output


def test_nothing_is_drawn_for_a_robot_that_is_not_known(tmp_path: Path):
    out = tmp_path / "sheet.pdf"
    code, _ = said("3", "--robot", str(tmp_path / "nobody.yaml"), "--out", str(out))
    assert code != 0
    assert not out.exists()


def test_how_high_it_hangs_and_for_how_long_it_is_seen():
    dock = Dock(name="charger", at=(0.0, 0.0), marker_id=7)
    robot = load_robot("simulated")
    found = hanging(dock, robot)
    assert found is not None
    assert found.height_m == pytest.approx(1.07, abs=0.01)
    assert found.blind_m == 0.0
    large = hanging(dock.model_copy(update={"marker_m": 0.3}), robot)
    assert large is not None
    assert large.blind_m == pytest.approx(0.3 * 2 / 3 / 0.4520 - 0.18, abs=0.005)
