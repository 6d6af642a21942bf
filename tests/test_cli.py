"""What the `carebot` command says when the system refuses: one sentence, an exit code, and no traceback."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

CAREBOT = str(Path(sys.executable).with_name("carebot"))
LONG = "x" * 300


def run(words: str, encoding: str = "utf-8") -> subprocess.CompletedProcess[str]:
    """`words` as in bash, after `carebot`; its exit code is that of the command that failed last."""
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    environment.pop("PYTHONUNBUFFERED", None)
    line = ["bash", "-o", "pipefail", "-c", f"{shlex.quote(CAREBOT)} {words}"]
    return subprocess.run(
        line, capture_output=True, text=True, timeout=100, check=False, env=environment, encoding=encoding
    )


@pytest.mark.parametrize("words", ["sim list | true", "sim list --json | true", "--help | true", "profiles | true"])
def test_a_reader_that_leaves_is_no_error_to_speak_of(words: str) -> None:
    done = run(words)
    assert (done.returncode, done.stderr) == (1, "")


def test_an_error_is_said_although_nobody_reads_on() -> None:
    done = run("sim run dance | true")
    assert done.returncode == 2
    assert "There is no scenario 'dance'" in done.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
@pytest.mark.parametrize("words", ["sim list", "sim list --json", "models verify", "--help"])
def test_a_full_disk_is_one_sentence(words: str) -> None:
    done = run(f"{words} >/dev/full")
    assert done.returncode == 1
    assert done.stderr == "carebot: nothing more can be written (No space left on device): free some space.\n"


def test_the_version_is_that_of_the_package() -> None:
    done = run("--version")
    assert (done.returncode, done.stdout) == (0, f"carebot {version('carebot')}\n")


def test_a_closed_output_is_no_error() -> None:
    done = run("profiles >&-")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("encoding", ["latin-1", "cp932", "ascii"])
def test_what_an_encoding_has_not_is_written_as_in_json(encoding: str) -> None:
    said = {language: run(f"talk --lang {language} --text --json <<< stop", encoding) for language in ("ja", "fr")}
    assert [done.returncode for done in said.values()] == [0, 0]
    answers = {language: json.loads(done.stdout)["answer"] for language, done in said.items()}
    assert answers == {"ja": "止まります。", "fr": "Je m'arrête."}


@pytest.mark.parametrize(
    "words",
    [
        f"eval falls {LONG}",
        f"eval speech {LONG}",
        f"up {LONG}",
        f"routine list --site {LONG}",
        f"sim film faint --out {LONG}.mp4",
        f"talk --wav {LONG}.wav",
    ],
)
def test_a_name_that_is_too_long_is_one_sentence(words: str) -> None:
    done = run(words)
    assert done.returncode == 2
    assert "cannot be used (File name too long): check the name" in done.stderr
    assert len([line for line in done.stderr.splitlines() if line.startswith("carebot: ")]) == 1
    assert "Traceback" not in done.stderr


REFUSED = "carebot: ~nouser/x.yaml: there is no home folder of that user here: write the whole path.\n"


@pytest.mark.parametrize("words", ["check robot", "routine list --site", "up", "sim check", "watch"])
def test_a_home_folder_that_nobody_knows_is_one_sentence(words: str) -> None:
    done = run(f"{words} '~nouser/x.yaml'")
    assert (done.returncode, done.stderr) == (2, REFUSED)


def test_the_folder_for_data_may_be_nobodys_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREBOT_DATA_DIR", "~nouser/x.yaml")
    done = run("models list")
    assert (done.returncode, done.stderr) == (2, REFUSED)
