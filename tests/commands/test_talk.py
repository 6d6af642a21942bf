"""`carebot talk` as people use it: typed, piped, and with what nobody should type."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from typer.testing import CliRunner, Result

from carebot.cli import app

CAREBOT = str(Path(sys.executable).with_name("carebot"))


def talk(*arguments: str, lines: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["talk", *arguments], input=lines)


def test_for_machines() -> None:
    result = talk("--lang", "en", "--text", "--json", lines="help me\n\ncall my son\nyes\n")
    assert result.exit_code == 0, result.output
    replies = [json.loads(line) for line in result.stdout.splitlines()]
    assert [[act["name"] for act in reply["acts"]] for reply in replies] == [["help"], [], ["call_family"]]
    assert [reply["intent"] for reply in replies] == ["help", "CallFamily", "Yes"]
    assert all(reply["ms"] >= 0 and reply["heard"] and reply["answer"] for reply in replies)


def test_for_people() -> None:
    result = talk("--lang", "ja", "--name", "佐藤", lines="こんにちは\n止まって\n")
    assert "こんにちは、佐藤さん。" in result.stdout
    assert "asks for stop" in result.stdout


def test_routines_are_those_that_were_named() -> None:
    assert "Shall I start this: tea?" in talk("--routine", "tea", lines="start the tea\n").stdout
    assert "not understood" in talk(lines="start the tea\n").stdout


def test_bytes_that_are_no_text_and_very_long_lines() -> None:
    result = talk("--json", lines=b"\xff\xfe\x00\n" + b"a" * 100_000 + b"\nwhat time is it\n")
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["intent"] for line in result.stdout.splitlines()] == ["", "", "Time"]


def test_a_closed_input_is_told_in_a_sentence() -> None:
    command = ["sh", "-c", 'exec "$0" talk <&-', CAREBOT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "carebot: the standard input is closed: leave it open, or hear a recording with --wav.\n"


def test_an_unknown_language_is_refused() -> None:
    result = talk("--lang", "de")
    assert result.exit_code == 2
    assert "--lang" in result.output
