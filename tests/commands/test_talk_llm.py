"""`carebot talk --llm` with a real server: who made each sentence, and what is said of wrong options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carebot.benchmarks.llm_server import MODEL, Answer, llm_server
from carebot.cli import app
from carebot.errors import ConfigError


def talk(*arguments: str | Path, lines: str = "") -> Result:
    return CliRunner().invoke(app, ["talk", *map(str, arguments)], input=lines)


def test_the_model_answers_what_no_template_knows() -> None:
    answer = Answer(text=("What a day. ", "Are you warm?"))
    with llm_server(lambda _: answer) as server:
        lines = "what time is it\nI was in the garden\n"
        result = talk("--llm", server.url, "--model", MODEL, "--json", lines=lines)
    assert result.exit_code == 0, result.output
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert ([part["by"] for part in first["parts"]], first["intent"]) == (["template"], "Time")
    assert second["answer"] == "What a day. Are you warm?"
    assert [part["by"] for part in second["parts"]] == ["model", "model"]
    assert 0 <= second["parts"][0]["ms"] <= second["parts"][1]["ms"] <= second["ms"]


def test_tools_are_shown_as_questions_and_acts() -> None:
    answer = Answer(calls=(("start_routine", '{"routine": "tea"}'),))
    with llm_server(lambda _: answer) as server:
        result = talk("--llm", server.url, "--model", MODEL, "--routine", "tea", lines="I was in the garden\nyes\n")
    assert "Shall I start this: tea?" in result.stdout
    assert "template, model: tool" in result.stdout
    assert "asks for start_routine (routine: tea)" in result.stdout


def test_a_server_that_is_not_there_is_told_and_the_talk_goes_on() -> None:
    result = talk("--llm", "http://127.0.0.1:1/v1", "--model", MODEL, "--json", lines="I was in the garden\nhello\n")
    assert result.exit_code == 0, result.output
    assert "Nobody answers at http://127.0.0.1:1/v1" in result.stderr
    first, second = (json.loads(line) for line in result.stdout.splitlines())
    assert first["parts"][0]["why"] == "unreachable"
    assert second["answer"] == "Hello."


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--llm", "http://127.0.0.1:1/v1"], "--model"),
        (["--model", "x"], "--llm"),
        (["--llm", "ftp://x", "--model", "x"], "--llm"),
        (["--llm", "http://127.0.0.1:1/v1", "--model", ""], "--model"),
        (["--llm", "http://127.0.0.1:1/v1", "--model", "x", "--first-sentence-s", "0"], "--first-sentence-s"),
        (["--llm", "https://x/v1", "--model", "x", "--key-file", "nowhere"], "nowhere"),
        (["--llm", "https://x/v1", "--model", "x", "--ca-file", "nowhere"], "nowhere"),
    ],
)
def test_wrong_options_are_told_in_a_sentence(arguments: list[str], named: str) -> None:
    result = talk(*arguments, lines="hello\n")
    assert isinstance(result.exception, ConfigError)
    assert named in str(result.exception)
