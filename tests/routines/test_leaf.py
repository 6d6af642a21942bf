"""Steps of somebody else's, and the examples of the documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest
import yaml

from carebot.errors import SetupError
from carebot.records.routine_runs import RunState
from carebot.routines import leaf as leaf_module
from carebot.routines.agenda import Agenda
from carebot.routines.file import check_at_site, load_routine
from carebot.routines.leaf import Leaf, LeafKeys, leaves
from carebot.routines.moment import Moment
from carebot.routines.ports import DONE, Outcome
from tests.routines.world import CAREGIVERS, SITE, House, routine_file

DOCS = Path(__file__).parents[2] / "docs" / "routines.md"
WAVES: list[int] = []


class WaveKeys(LeafKeys):
    times: int = 3


class Wave(Leaf):
    keyword, keys, short = "wave", WaveKeys, "times"

    def start(self, keys: WaveKeys, moment: Moment) -> Outcome:
        WAVES.append(keys.times)
        return DONE


class Twin(Wave):
    keyword = "say"


def points(value: str) -> list[EntryPoint]:
    return [EntryPoint("wave", f"{__name__}:{value}", leaf_module.ENTRY_POINTS)]


@pytest.fixture
def with_wave(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(leaf_module, "entry_points", lambda group: points("Wave"))
    leaves.cache_clear()
    yield
    leaves.cache_clear()


@pytest.mark.usefixtures("with_wave")
def test_a_step_of_another_package_is_checked_and_done(tmp_path: Path):
    house = House({"trial": load_routine(routine_file(tmp_path, {"do": [{"wave": 5}, {"wave": {}}]}))})
    assert house.end(house.request("trial")).state is RunState.SUCCEEDED
    assert WAVES == [5, 3]
    house.close()
    with pytest.raises(ValueError, match=r"do.0.wave: Input should be a valid integer"):
        load_routine(routine_file(tmp_path, {"do": [{"wave": "often"}]}))


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("Nothing", "cannot be loaded"),
        ("WAVES", "cannot be loaded"),
        ("WaveKeys", "is no carebot.routines.leaf.Leaf"),
        ("Twin", "is called say, as another"),
    ],
)
def test_a_step_that_cannot_be_used_is_named(value: str, words: str):
    with pytest.raises(SetupError, match=words):
        leaf_module._loaded(points(value))


def examples(of: str) -> list[dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL)
    return [content for content in map(yaml.safe_load, blocks) if of in content]


def test_the_examples_of_the_documentation_are_good(tmp_path: Path):
    [routine] = examples("do")
    check_at_site(load_routine(routine_file(tmp_path, routine, "tea")), SITE, CAREGIVERS)
    [agenda] = examples("schedule")
    assert len(Agenda.model_validate(agenda).schedule) == 3


def test_every_step_and_its_keys_are_documented():
    text = DOCS.read_text("utf-8")
    for keyword, leaf in leaves().items():
        row = next((line for line in text.splitlines() if line.startswith(f"| `{keyword}`")), "")
        assert row, keyword
        for name, field in leaf.keys.model_fields.items():
            assert f"`{field.alias or name}`" in row, (keyword, name)
        for answer in leaf.answers - {"yes", "no", "fine", "help"}:
            assert f"`{answer}`" in row, (keyword, answer)
