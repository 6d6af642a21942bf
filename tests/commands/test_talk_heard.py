"""`carebot talk` and `carebot eval speech` by ear, with an operator's model that sherpa-onnx really runs: in loud sound
it hears "stop", in anything else nothing. And what nobody should give them."""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from carebot.cli import app
from carebot.conversation.hearing.sound import RATE_HZ
from carebot.errors import CarebotError
from tests.conversation.hearing.test_microphone import FakePortAudio
from tests.conversation.hearing.tiny_models import write_streaming, write_tokens

pytest.importorskip("sherpa_onnx")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose registry has the tiny model for French and Japanese."""
    models = tmp_path / "data" / "models"
    models.mkdir(parents=True)
    entries = [("model", write_streaming(models)), ("tokens", write_tokens(models))]
    files = "".join(
        f'[[model.file]]\nrole = "{role}"\nfile = "{path.name}"\nsha256 = "{_sha256(path)}"\n' for role, path in entries
    )
    (models / "registry.toml").write_text(
        '[[model]]\nname = "tiny"\ntask = "speech"\nfamily = "nemo-ctc-streaming"\nlicence = "Apache-2.0"\n'
        f'description = "For tests."\nlanguages = ["fr", "ja"]\n{files}'
    )
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path / "data"))
    return tmp_path / "data"


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def speech(shared_data: Path) -> Path:
    return shared_data / "audio" / "test_fr.wav"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


def failure(result: Result) -> CarebotError:
    """The error that the `carebot` command turns into one sentence."""
    assert isinstance(result.exception, CarebotError), result.output
    return result.exception


def test_a_recording_with_its_stages(data_dir: Path, speech: Path) -> None:
    result = run("talk", "--lang", "fr", "--wav", str(speech), "--json")
    assert result.exit_code == 0, result.output
    events = [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]
    kinds = [event["event"] for event in events]
    assert kinds.index("partial") < kinds.index("final") < kinds.index("answer")
    first = next(event for event in events if event["event"] == "partial")
    assert [call["kind"] for call in first["reflexes"]] == ["stop"]
    final = next(event for event in events if event["event"] == "final")
    assert 0.0 <= final["start_s"] < final["end_s"] < final["heard_s"]
    assert final["level_dbfs"] < 0.0
    answer = next(event for event in events if event["event"] == "answer")
    assert [act["name"] for act in answer["acts"]] == ["stop"]


def test_for_people(data_dir: Path, speech: Path) -> None:
    result = run("talk", "--lang", "fr", "--wav", str(speech))
    assert "without waiting for the end: stop" in result.stdout
    assert "> stop" in result.stdout
    assert "asks for stop" in result.stdout
    assert "hearing fr with tiny" in result.stderr


def test_silence_and_noise_bring_no_words(data_dir: Path, tmp_path: Path) -> None:
    noise = 0.02 * np.random.default_rng(0).standard_normal(20 * RATE_HZ)
    for name, sound in (("silence", np.zeros(20 * RATE_HZ)), ("noise", noise)):
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, sound, RATE_HZ)
        result = run("talk", "--lang", "fr", "--wav", str(path))
        assert result.exit_code == 0
        assert result.stdout == ""


def test_clipping_and_samples_that_are_no_numbers_are_told(data_dir: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.wav"
    sound = np.clip(5.0 * np.sin(np.arange(RATE_HZ) / 5.0), -1.0, 1.0)
    sound[:10] = np.nan
    soundfile.write(path, sound, RATE_HZ, subtype="FLOAT")
    result = run("talk", "--lang", "fr", "--wav", str(path))
    assert "10 samples are no numbers" in result.stderr
    assert "is clipped" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "sentence", "code"),
    [
        (("--lang", "fr", "--wav", "nowhere.wav"), "nowhere.wav does not exist", 2),
        (("--lang", "en", "--wav", "x.wav", "--speech", "tiny"), "'tiny' knows fr, ja, not en", 2),
        (("--lang", "fr", "--wav", "x.wav", "--speech", "other"), "no speech model 'other'", 2),
        (("--lang", "fr", "--wav", "x.wav", "--mic"), "give only one", 2),
        (("--lang", "fr", "--wav", "x.wav", "--end-silence-s", "0.01"), "--end-silence-s: the silence", 2),
    ],
)
def test_what_cannot_be_used_gets_a_sentence(
    data_dir: Path, arguments: tuple[str, ...], sentence: str, code: int
) -> None:
    error = failure(run("talk", *arguments))
    assert sentence in str(error)
    assert error.exit_code == code


def test_no_model_for_the_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path))
    error = failure(run("talk", "--lang", "ja", "--mic"))
    assert "no speech model for Japanese" in str(error)
    assert "typed text and the tablet go on working" in str(error)


def test_a_file_that_is_not_the_registrys_is_refused(data_dir: Path, speech: Path) -> None:
    (data_dir / "models" / "tokens.txt").write_text("▁go 0\n▁no 1\n<blk> 2\n")
    assert "is refused: its sha256 is" in str(failure(run("talk", "--lang", "fr", "--wav", str(speech))))


def test_no_microphone(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakePortAudio(microphones=0))
    error = failure(run("talk", "--lang", "fr", "--mic"))
    assert "a microphone cannot be opened" in str(error)
    assert error.exit_code == 1


def test_a_labelled_folder(data_dir: Path, tmp_path: Path, speech: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "speech.wav").write_bytes(speech.read_bytes())
    soundfile.write(folder / "silence.flac", np.zeros(36 * RATE_HZ), RATE_HZ)
    (folder / "broken.wav").write_bytes(b"no sound at all")
    rows = [
        "path,text,language",
        "speech.wav,Stop !,fr",
        "silence.flac,,ja",
        "broken.wav,rien,fr",
        "silence.flac,hello,en",
    ]
    (folder / "transcripts.csv").write_text("\n".join(rows))
    result = run("eval", "speech", str(folder), "--json", "--model", "tiny")
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert [row["problem"] == "" for row in report["recordings"]] == [True, True, False, False]
    assert report["recordings"][0]["heard"].startswith("stop")
    assert report["errors"]["fr"]["unit"] == "word"
    assert report["errors"]["ja"] == {
        "unit": "character",
        "rate": 0.0,
        "units": 0,
        "replaced": 0,
        "left_out": 0,
        "added": 0,
    }
    assert report["false_voice_per_hour"] == 0.0
    assert report["silent_hours"] == pytest.approx(0.01)
    assert report["real_time_factor"] > 0.0
    assert "broken.wav is no sound that can be read" in result.stderr
    assert "'tiny' knows fr, ja, not en" in result.stderr


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (None, "transcripts.csv does not exist: write one with the columns path, text, language"),
        ("path,text\na.wav,x\n", "the column language is missing"),
        ("path,text,language\na.wav,x,de\n", "line 2: language: 'de' is none of en, ja, fr"),
        ("path,text,language\n,x,fr\n", "line 2: path: it is empty"),
        ("path,text,language\n", "names no recording"),
    ],
)
def test_tables_that_cannot_be_used(tmp_path: Path, table: str | None, sentence: str) -> None:
    if table is not None:
        (tmp_path / "transcripts.csv").write_text(table)
    error = failure(run("eval", "speech", str(tmp_path)))
    assert sentence in str(error)
    assert error.exit_code == 2
