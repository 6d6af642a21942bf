"""What people write into a routine's file: each mistake is refused with file, line and key."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import pytest

from carebot.errors import ConfigError
from carebot.routines.conditions import Condition
from carebot.routines.file import check_at_site, load_routine
from carebot.routines.library import OWN, files_in, load_library
from carebot.routines.parameters import GivenError, filled
from tests.routines.world import CAREGIVERS, SITE, in_all, routine_file

HEAD = """\
name: trial
called: {en: Trial, ja: 試し, fr: Essai}
about: {en: A trial., ja: 試しです。, fr: Un essai.}
priority: requested
time_limit_s: 600
parameters:
  room: {kind: room, default: kitchen}
  times: {kind: whole, default: 2, least: 1, most: 5}
texts:
  hello: {en: Hello, ja: こんにちは, fr: Bonjour}
do:
"""


def refusal(tmp_path: Path, steps: str, head: str = HEAD) -> str:
    path = routine_file(tmp_path, head + textwrap.indent(textwrap.dedent(steps).strip("\n"), "  "))
    with pytest.raises(ConfigError) as error:
        load_routine(path)
    assert str(path) in str(error.value)
    assert error.value.exit_code == 2
    return str(error.value)


@pytest.mark.parametrize(
    ("steps", "line", "words"),
    [
        ("- sing: hello", 12, "there is no step 'sing': use one of ask, camera, count, dock"),
        ("- say: helo", 12, "do.0.say: there is no text 'helo': use one of hello"),
        ("- say: [hello]", 12, "do.0.say: must be the name of a text, but it is ['hello']"),
        ("- say: {text: {en: Hello}}", 12, "do.0.say.text: must be the name of a text, but it is {'en': 'Hello'}"),
        ("- notify: [hello]", 12, "do.0.notify: must be the name of a text"),
        ("- end: {as: done, text: [hello]}", 12, "do.0.end.text: must be the name of a text"),
        ("- say: {text: hello, loud: true}", 12, "do.0.say.loud: the key is unknown here"),
        ("- say: {urgent: yes}", 12, "do.0.say.text: Field required"),
        ("- ask: {text: hello, patience_s: long}", 12, "patience_s: Input should be a valid number"),
        ("- ask: {text: hello, patience_s: 0}", 12, "patience_s: Input should be greater than or equal to 1"),
        ("- ask: {text: hello, expect: [maybe]}", 12, "do.0.ask.expect.0: Input should be 'yes', 'no', 'fine' or 'hel"),
        ("- ask: {text: hello, expect: [yes, yes]}", 12, "expects 'yes' twice"),
        (
            "- go: '{rom}'",
            12,
            "there is no parameter 'rom': use one of called, counted, found_in, own_bed, own_room, room, times",
        ),
        ("- say: hello\n  go: kitchen", 12, "say and go of them"),
        ("- name: empty", 12, "this has none of them"),
        ("- hello", 12, "a step is a key and what belongs to it"),
        ("- sequence: []", 12, "must be a list of steps"),
        ("- repeat: {times: 3}", 12, "do.0.repeat: needs do"),
        ("- repeat: {times: 0, do: [{say: hello}]}", 12, "do.0.repeat.times: Input should be greater than or equal to"),
        ("- repeat: {often: 3, do: [{say: hello}]}", 12, "do.0.repeat.often: is unknown here"),
        ("- say: hello\n  when: {yes: [{say: hello}]}", 13, "say ends with no answer"),
        (
            "- ask: {text: hello, expect: [yes, no]}\n  when:\n    yes: [{say: hello}]\n    fine: [{say: hello}]",
            15,
            "'fine' never comes here: use no, none, otherwise, unclear, yes",
        ),
        ("- say: hello\n  else: [{say: hello}]", 13, "do.0.else: belongs to an if"),
        ("- say: hello\n  if: {answer: {of: nobody, is: [yes]}}", 13, "there is no step called 'nobody'"),
        ("- say: hello\n  if: {weather: fine}", 13, "do.0.if: weather: Extra inputs are not permitted"),
        ("- say: hello\n  if: {done: a, failed: b}", 13, "a condition has exactly one of the keys answer, time"),
        ("- say: hello\n  if: {done: , failed: }", 13, "has exactly one of the keys answer, time"),
        ("- say: hello\n  if: {not: }", 13, "and what belongs to it"),
        ("- say: hello\n  if: {alert_is_open: ''}", 13, "alert_is_open: String should have at least 1 character"),
        ("- say: hello\n  if: {parameter: {name: room, is: }}", 13, "parameter.is: nothing stands behind it"),
        ("- say: hello\n  if: {time: {from: '25:00', to: '06:00'}}", 13, "'25:00' is no time of day"),
        ("- say: hello\n  if: {parameter: {name: colour, is: red}}", 13, "there is no parameter 'colour'"),
        ("- say: hello\n  name: a\n- say: hello\n  name: a", 15, "do.1.name: two steps are called 'a'"),
        ("- say: hello\n  time_limit_s: 0", 13, "time_limit_s: must be 1 to 86400 seconds, but it is 0"),
        ("- say: hello\n  needs_approval: {within_s: 60}", 13, "needs_approval.otherwise: Field required"),
        ("- end: {as: failed}", 12, "as: failed needs a text that says why"),
        ("- wait: for ever", 12, "do.0.wait: Input should be a valid number"),
        ("- wait: {for_s: 5, until: {never: 1}}", 12, "do.0.wait.until: never: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_step_is_refused_with_its_line(tmp_path: Path, steps: str, line: int, words: str):
    sentence = refusal(tmp_path, steps)
    assert words in sentence
    assert f"line {line}:" in sentence, sentence


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("priority: requested", "priority: first", "line 4: priority: Input should be 'fall_response', 'call'"),
        ("time_limit_s: 600", "time_limit_s: for ever", "line 5: time_limit_s: Input should be a valid number"),
        ("time_limit_s: 600\n", "", "time_limit_s: Field required"),
        ("time_limit_s: 600", "time_limit_s: 600\nsped: 3", "line 6: the key 'sped' is unknown"),
        ("name: trial", "name: Trial 1", "line 1: name: String should match"),
        ("ja: こんにちは, ", "", "line 10: texts.hello: the language ja is missing"),
        (", fr: Essai", "", "line 2: called: the language fr is missing"),
        (
            "en: Hello",
            "en: 'Hello {nme}'",
            "line 10: texts.hello.en: there is no parameter 'nme': use one of busy_with",
        ),
        ("en: Hello", "en: 'Hello {room!r}'", "line 10: texts.hello.en: '{room}' is no name"),
        ("en: Hello", "de: Hallo", "line 10: texts.hello.de"),
        ("most: 5", "most: 0", "line 8: parameters.times: least (1) is above most (0)"),
        ("default: 2", "default: 9", "line 8: parameters.times: its default is 9: at most 5 is allowed"),
        ("default: 2", "default: two", "line 8: parameters.times: its default must be a whole number, but it is 'two'"),
        ("kind: whole", "kind: hole", "line 8: parameters.times.kind: Input should be 'text', 'number'"),
        ("  room:", "  called:", "line 7: parameters.called: 'called' is carebot's own"),
        ("texts:", "name: again\ntexts:", "line 9: the key 'name' stands in line 1 already"),
        ("  hello:", "  hello: {en: H, ja: H, fr: H}\n  hello:", "line 11: the key 'hello' stands in line 10 already"),
        ("do:", "do: {", "is not valid YAML"),
        (
            "do:",
            "needs_approval: {by: '{who}', otherwise: do}\ndo:",
            "line 11: needs_approval.by: there is no parameter",
        ),
        (
            "do:",
            "if_not_done: [{say: hello}]\ndo:",
            "if_not_done.0: say cannot be done while the robot may be busy otherwise",
        ),
    ],
)
def test_a_wrong_head_is_refused_with_its_line(tmp_path: Path, old: str, new: str, words: str):
    assert old in HEAD
    assert words in refusal(tmp_path, "- say: hello", HEAD.replace(old, new, 1))


@pytest.mark.parametrize("content", ["", "[]", "just words", "do: *nothing", "\0"])
def test_what_is_no_routine_at_all(tmp_path: Path, content: str):
    with pytest.raises(ConfigError, match=r"trial\.yaml"):
        load_routine(routine_file(tmp_path, content))


def test_a_file_that_is_not_there():
    with pytest.raises(ConfigError, match="does not exist"):
        load_routine(Path("nowhere.yaml"))


def test_an_alias_that_holds_itself_and_steps_without_end(tmp_path: Path):
    assert "*a stands inside of what it means" in refusal(tmp_path, "- &a\n  sequence: [*a]")
    assert "inside of each other" in refusal(tmp_path, "- " + "{sequence: [" * 30 + "{say: hello}" + "]}" * 30)


def at_site(tmp_path: Path, **content: Any) -> None:
    check_at_site(load_routine(routine_file(tmp_path, content)), SITE, CAREGIVERS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"do": [{"go": "attic"}]}, r"line \d+: do.0.go.to names the destination 'attic', which the site has not: one"),
        ({"do": [{"find_person": "Mr X"}]}, "names the resident 'Mr X', which the site has not: one of Hana Sato"),
        ({"do": [{"observe_rest": {"bed": "sofa"}}]}, "names the bed 'sofa', which the site has not: one of bed"),
        ({"do": [{"find_person": {"rooms": ["kitchen", "cellar"]}}]}, "names the room 'cellar'"),
        (
            {"texts": {"a": in_all("a")}, "do": [{"notify": {"text": "a", "who": "Zoe"}}]},
            "names the caregiver 'Zoe', which the site has not: one of Aiko, Ben",
        ),
        (
            {"parameters": {"to": {"kind": "room", "default": "attic"}}, "do": [{"go": "{to}"}]},
            "parameters.to names the room 'attic'",
        ),
        (
            {"needs_approval": {"by": "Zoe", "otherwise": "do"}, "do": [{"wait": 1}]},
            "needs_approval.by names the caregiver 'Zoe'",
        ),
    ],
)
def test_what_the_site_does_not_know_is_refused(tmp_path: Path, content: dict[str, Any], words: str):
    with pytest.raises(ConfigError, match=words):
        at_site(tmp_path, **content)


@pytest.mark.parametrize("key", [field.alias or name for name, field in Condition.model_fields.items()])
def test_a_condition_with_nothing_behind_its_key_is_refused(tmp_path: Path, key: str):
    for steps in (f"- say: hello\n  if: {{{key}: }}", f"- wait: {{for_s: 5, until: {{not: {{{key}: }}}}}}"):
        assert "a condition has exactly one of the keys" in refusal(tmp_path, steps)


def test_yes_and_no_need_no_quotes(tmp_path: Path):
    head = HEAD.rstrip("\n")
    steps = "\n- ask: {text: hello, expect: [yes, no]}\n  when:\n    yes: [{say: hello}]\n    no: [{say: hello}]"
    routine = load_routine(routine_file(tmp_path, head + textwrap.indent(steps, "  ")))
    assert set(next(iter(routine.body.steps)).when) == {"yes", "no"}  # type: ignore[attr-defined]


def test_a_site_needs_only_the_languages_that_are_spoken_there(tmp_path: Path):
    words = {"en": "Trial"}
    routine_file(tmp_path, {"called": words, "about": words, "texts": {"a": {"en": "A"}}, "do": [{"say": "a"}]})
    assert "trial" in load_library(tmp_path, SITE, CAREGIVERS)


def test_two_files_of_one_name_are_refused_and_a_sites_own_replaces_carebots(tmp_path: Path):
    routine_file(tmp_path, {"do": [{"wait": 1}]}, "goodnight")
    assert load_library(tmp_path, SITE, CAREGIVERS)["goodnight"].path.parent == tmp_path
    (tmp_path / "other.yaml").write_text((tmp_path / "goodnight.yaml").read_text("utf-8"), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"other.yaml: name: 'goodnight' is also the name of .*goodnight.yaml"):
        load_library(tmp_path, SITE, CAREGIVERS)
    with pytest.raises(ConfigError, match="cannot be read"):
        load_library(tmp_path / "nowhere", SITE, CAREGIVERS)


@pytest.mark.parametrize("path", files_in(OWN), ids=lambda path: path.stem)
def test_every_shipped_routine_is_good_and_named_as_its_file(path: Path):
    routine = load_routine(path)
    check_at_site(routine, SITE, CAREGIVERS)
    assert routine.name == path.stem


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"times": 6}, "the parameter times is 6: at most 5 is allowed"),
        ({"times": "3"}, "times must be a whole number"),
        ({"times": True}, "times must be a whole number"),
        ({"times": float("nan")}, "times must be a whole number"),
        ({"room": "attic"}, "room names the room 'attic'"),
        ({"room": 3}, "room must be a name"),
        ({"rom": "kitchen"}, "there is no parameter 'rom': use one of room, times"),
    ],
)
def test_what_is_given_for_a_parameter_is_checked(tmp_path: Path, given: dict[str, Any], words: str):
    routine = load_routine(routine_file(tmp_path, HEAD + "  - say: hello"))
    with pytest.raises(GivenError, match=words):
        filled(routine.file.parameters, given, SITE, CAREGIVERS)
