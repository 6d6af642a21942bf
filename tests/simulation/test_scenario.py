from __future__ import annotations

from pathlib import Path

import pytest

from carebot.errors import ConfigError
from carebot.simulation.scenario import Fall, Scenario, WalkTo, load_scenario, scenario_names

NEEDED = {
    "fall_forward",
    "fall_backward",
    "fall_sideways",
    "faint",
    "sit_on_chair",
    "pick_up",
    "lie_on_bed",
    "walk_about",
}


def written(folder: Path, text: str) -> Path:
    path = folder / "own.yaml"
    path.write_text(text, encoding="utf-8")
    return path


BROKEN = {
    "an unknown activity": ("description: x\nscript: [{jump: 2}]", "the activity 'jump' is unknown"),
    "an unknown key": ("description: x\ncolour: red\nscript: [{stand: 2}]", "the key 'colour' is unknown"),
    "an unknown key of a step": (
        "description: x\nscript: [{fall: {kind: faint, speed: 3}}]",
        "the key 'speed' is unknown",
    ),
    "an unknown kind of fall": ("description: x\nscript: [{fall: {kind: fly}}]", "script step 1 (fall): kind"),
    "a place outside the room": (
        "description: x\nscript: [{walk_to: [9, 9]}]",
        "script step 1 (walk_to): nobody can stand at [9.0, 9.0], outside of the world",
    ),
    "a time that is not a number": ("description: x\nscript: [{stand: long}]", "script step 1 (stand): for_s"),
    "a time that is infinite": ("description: x\nscript: [{stand: .inf}]", "script step 1 (stand): for_s"),
    "two activities in one step": (
        "description: x\nscript: [{stand: 2, sit: 1}]",
        "script step 1 must be one activity",
    ),
    "sitting without a seat": (
        "description: x\nscript: [{stand: 1}, {sit: 1}]",
        "script step 2: 'sit' is not possible",
    ),
    "walking while on the floor": (
        "description: x\nscript: [{fall: faint}, {walk_to: [3, 0]}]",
        "'walk_to' is not possible while lying on the floor",
    ),
    "no script": ("description: x", "script"),
    "an empty script": ("description: x\nscript: []", "script"),
    "a script that is a word": ("description: x\nscript: walk", "script"),
    "an unknown resident": ("description: x\nresident: nobody\nscript: [{stand: 1}]", "must be one of hana"),
    "a camera in the floor": ("description: x\ncamera: {height_m: -1}\nscript: [{stand: 1}]", "camera.height_m"),
    "following and going to somebody": (
        "description: x\nrobot: {goes_to: person, follows: person}\nscript: [{stand: 1}]",
        "follows: the robot goes to somebody or follows them",
    ),
    "following along a way": (
        "description: x\nrobot: {follows: person, drive: [[1, 0]]}\nscript: [{stand: 1}]",
        "follows: the robot drives by itself",
    ),
    "not a mapping": ("- stand: 2", "must hold keys and values"),
    "not YAML": ("script: [", "is not valid YAML"),
    "nothing": ("", "nothing"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_bad_file_is_refused_in_one_sentence_that_names_file_and_key(case: str, tmp_path: Path) -> None:
    text, complaint = BROKEN[case]
    with pytest.raises(ConfigError) as caught:
        load_scenario(written(tmp_path, text))
    message = str(caught.value)
    assert "own.yaml" in message
    assert complaint in message
    assert "\n" not in message


def test_name_that_is_not_shipped_is_refused_with_those_that_are() -> None:
    with pytest.raises(ConfigError, match=r"no scenario 'dance'.*fall_forward"):
        load_scenario("dance")


def test_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        load_scenario(tmp_path / "nowhere.yaml")


def test_every_shipped_scenario_can_be_loaded() -> None:
    assert set(scenario_names()) >= NEEDED
    for name in scenario_names():
        assert load_scenario(name).description


def test_steps_can_be_written_short_and_long(tmp_path: Path) -> None:
    text = "description: x\nscript: [{walk_to: [3, 0.5]}, {walk_to: {to: [3, 0], stop: false}}, {fall: faint}]"
    script = load_scenario(written(tmp_path, text)).script
    assert script == (WalkTo(to=(3, 0.5)), WalkTo(to=(3, 0), stop=False), Fall(kind="faint"))


def test_scenario_can_be_made_without_a_file() -> None:
    with pytest.raises(ValueError, match="not possible"):
        Scenario.model_validate({"description": "x", "script": [{"sit": 2}]})


def test_the_recipe_in_the_docs_is_a_scenario(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "simulation.md").read_text(encoding="utf-8")
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(page.partition("```yaml\n")[2].partition("```")[0], encoding="utf-8")
    assert load_scenario(recipe).world == "home"
