"""YAML that is wrong is refused as one kind of error, in one line, and nothing in it is silently dropped."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from carebot.config import read_mapping, with_line
from carebot.errors import ConfigError
from carebot.strict_yaml import YamlError, compose_yaml, parse_yaml

REPOSITORY = Path(__file__).resolve().parent.parent
DEEP = "a: " + "[" * 3000


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("a: 1\nuntil_day: 2026-06-31", "line 2: '2026-06-31' cannot be read as a date"),
        ("a: 2020-01-01T00:00:00+99:99", "cannot be read as a date"),
        ("a: !!timestamp x", "'x' cannot be read as a date"),
        ("a: !!int x", "'x' cannot be read as a whole number"),
        ("a: !!int ''", "'' cannot be read as a whole number"),
        ("a: 0x_", "'0x_' cannot be read as a whole number"),
        ("a: " + "1" * 5000, "cannot be read as a whole number"),
        ("a: !!float x", "'x' cannot be read as a number"),
        ("a: !!bool x", "'x' cannot be read as true or false"),
        (DEEP, "it is nested too deeply"),
        ("a: &a\n  b: [*a]", "line 2: *a stands inside of what it means"),
        ("a: [", "while parsing"),
        ("schedule: [a]\nrooms: []\nschedule: [b]", "line 3: the key 'schedule' stands in line 1 already"),
        ("a: {b: 1, 'b': 2}", "line 1: the key 'b' stands in line 1 already"),
        ("1: a\n0x1: b", "line 2: the key '0x1' stands in line 1 already"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(YamlError) as refused:
        parse_yaml(text)
    assert sentence in str(refused.value)
    path = tmp_path / "m.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as error:
        read_mapping(path)
    assert str(error.value) == f"{path} is not valid YAML ({refused.value}): correct it there."
    assert "\n" not in str(error.value)


def test_merged_keys_may_be_said_anew() -> None:
    text = "a: &a {x: 1, y: 2}\nb: &b {<<: *a, x: 3}\nc: {<<: *a, <<: *b, y: 4}"
    assert parse_yaml(text) == yaml.safe_load(text)
    assert parse_yaml(text)["b"] == {"x": 3, "y": 2}


def test_a_line_is_not_sought_where_none_can_be_found(tmp_path: Path) -> None:
    path = tmp_path / "m.yaml"
    path.write_text(DEEP, encoding="utf-8")
    assert with_line(path, ["a"]) == str(path)
    with pytest.raises(YamlError, match="nested"):
        compose_yaml(DEEP)


def test_every_file_of_the_project_is_good() -> None:
    folders = ("carebot", "hardware", "launch", "models", "sim")
    files = [path for folder in folders for path in (REPOSITORY / folder).rglob("*.yaml")]
    assert len(files) > 100
    for path in files:
        parse_yaml(path.read_text(encoding="utf-8"))
