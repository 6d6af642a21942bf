"""Why something was not done is told in the caregiver's language: every reason that the source can give."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

import carebot
from carebot.navigation.planner import NoWay
from carebot.reasons import is_known, reason_in
from carebot.routines.own_texts import catalogue
from carebot.site.file import Site
from tests.routines.world import SITE, House, own_library

ROOT = Path(carebot.__file__).parent
SOURCES = [*(ROOT / "routines").glob("*.py"), ROOT / "navigation" / "person_trip.py", ROOT / "ros" / "routine_ports.py"]
SOURCES += [ROOT / "ros" / "routine_senses.py", *(ROOT / "navigation").glob("dock*.py")]
SOURCES += [ROOT / "navigation" / f"{name}.py" for name in ("navigator", "follow_trip", "planner", "goals")]
SOURCES += [ROOT / "conversation" / "speaking" / "queue.py", ROOT / "conversation" / "speaking" / "quiet_hours.py"]
SOURCES += [ROOT / "routines" / "schedule_book.py"]
GIVES = {"Outcome": (1,), "Refusal": (0,), "_end": (1, 2), "_ended": (1,), "_look_round": (1,), "_retry": (0,)}
GIVES |= {"NoWay": (0,), "_blocked": (0,), "_give_up": (0,), "Progress": (3,), "Ended": (2,)}
"""Which arguments of a call may be the reason."""
RETURNS = ("quiet_hours.py", "schedule_book.py", "queue.py")
"""Files whose functions return one."""


def sentences(path: Path) -> Iterator[str]:
    """The reasons in one file, with a 7 for whatever is put in."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for value in _said_in(node, returns=path.name in RETURNS):
            yield from _sample(value)


def _said_in(node: ast.AST, *, returns: bool) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        return [node.args[place] for place in GIVES.get(name, ()) if len(node.args) > place]
    if isinstance(node, ast.Assign) and any(getattr(each, "attr", "") == "failure" for each in node.targets):
        return [node.value]
    return [node.value] if isinstance(node, ast.Return) and node.value is not None and returns else []


def _sample(value: ast.expr) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and " " in value.value:
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in value.values)


FOUND = sorted({sentence for path in SOURCES for sentence in sentences(path)} - {"7.", "7: 7."})


def test_the_source_is_really_read():
    assert len(FOUND) > 20
    assert "the way back took too long" in FOUND


@pytest.mark.parametrize("sentence", FOUND)
def test_every_reason_of_the_source_has_words_in_each_language(sentence: str):
    of_a_step = sentence.replace("7: 7", "go: the way back took too long").replace("7: ", "go: ")
    assert is_known(of_a_step), sentence


def test_every_entry_has_three_languages_and_the_same_places():
    entries = yaml.safe_load((ROOT / "reasons" / "reasons.yaml").read_text(encoding="utf-8"))
    for each in entries:
        assert set(each) == set(catalogue()), each
        for words in each.values():
            places = set(re.findall(r"\{(\w+)\}", each["en"]))
            assert set(re.findall(r"\{(\w+)\}", words)) <= places, each
    assert len({each["en"] for each in entries}) == len(entries)


def test_the_steps_name_is_left_out_and_a_reason_in_a_reason_is_told_as_well():
    told = "how: the robot could not come back (everything that leads there is too narrow for the robot or blocked)"
    assert reason_in(told, "ja") == "ロボットが戻れませんでした(そこへ行く道がふさがっているか、狭すぎます)"
    assert reason_in(told, "en") == told
    assert reason_in("something else", "fr") == "something else"
    assert reason_in("", "ja") == ""
    assert NoWay("x").reason == "x"


@pytest.mark.parametrize(("language", "words"), [("ja", "道がふさがって"), ("fr", "passages sont bloqués")])
def test_a_caregiver_reads_why_in_their_language(monkeypatch: pytest.MonkeyPatch, language: str, words: str):
    house = House(own_library(), Site.model_validate({**SITE.model_dump(), "language": language}))
    monkeypatch.setattr(house.world, "language_of", lambda _who: language)
    reason = "everything that leads there is too narrow for the robot or blocked"
    monkeypatch.setattr(house.world, "go", lambda *_: house.world._task(_failed(reason), 0.5))
    house.end(house.request("go_to_charger"), 1000)
    assert words in house.world.told[-1][2]
    house.close()


def _failed(reason: str):
    from carebot.routines.ports import Outcome

    return Outcome(False, reason)
