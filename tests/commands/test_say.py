"""`carebot say` as people use it, and with what nobody should say."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from carebot.cli import app

CAREBOT = str(Path(sys.executable).with_name("carebot"))


def say(*arguments: str, given: str | bytes = "") -> Result:
    return CliRunner().invoke(app, ["say", *arguments], input=given)


def seconds(path: Path) -> float:
    with wave.open(str(path)) as heard:
        return heard.getnframes() / heard.getframerate()


def test_japanese_into_a_file_with_the_time_to_its_first_sound(tmp_path: Path) -> None:
    path = tmp_path / "said.wav"
    result = say("大丈夫ですか。8時0分です。", "--wav", str(path))
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[:2] == ["大丈夫ですか。", "8時0分です。"]
    assert "first sound after" in result.stdout
    assert 1.5 < seconds(path) < 6.0


def test_slower_takes_longer(tmp_path: Path) -> None:
    lasted = []
    for rate in ("0.5", "1.5"):
        result = say("こんにちは。", "--rate", rate, "--wav", str(tmp_path / "said.wav"), "--json")
        report = json.loads(result.stdout)
        assert report["seconds"] == pytest.approx(seconds(tmp_path / "said.wav"), abs=0.01)
        assert report["language"] == "ja"
        assert report["first_sound_ms"] > 0
        lasted.append(report["seconds"])
    assert lasted[0] > 2 * lasted[1]


@pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")
def test_the_input_is_said_whatever_bytes_it_holds(tmp_path: Path) -> None:
    result = say("-", "--lang", "en", "--wav", str(tmp_path / "said.wav"), given=b"Hello.\xff\x00\n" + b"word. " * 50)
    assert result.exit_code == 0, result.output
    assert "51 sentences" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "exit_code", "said"),
    [
        (["🙂", "--wav", "{folder}/said.wav"], 1, "there are no words in the text"),
        (["Hello.", "--wav", "{folder}/no/said.wav"], 2, "cannot be written"),
        (["Hallo.", "--lang", "de"], 2, "--lang"),
        (["Hello.", "--rate", "9"], 2, "--rate"),
    ],
)
def test_what_cannot_be_said_is_answered_in_a_sentence(tmp_path: Path, arguments, exit_code, said) -> None:
    command = [CAREBOT, "say", *(each.format(folder=tmp_path) for each in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == exit_code
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_loudspeaker_the_words_are_shown_and_the_exit_code_says_so() -> None:
    if list(Path("/proc/asound").glob("card*")):
        pytest.skip("this machine has a sound card")
    done = subprocess.run([CAREBOT, "say", "はい。"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "はい。" in done.stdout
    assert "loudspeaker" in done.stderr or "PortAudio" in done.stderr
