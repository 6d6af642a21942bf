"""`carebot talk` and `carebot eval speech` by ear, with an operator's model that sherpa-onnx really runs: in loud sound
it hears "stop", in anything else nothing. And what nobody should give them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner, Result

from carebot.benchmarks.llm_server import MODEL, Answer, llm_server
from carebot.cli import app
from carebot.conversation.hearing.recording import read_recording
from carebot.conversation.hearing.sound import RATE_HZ
from carebot.errors import CarebotError
from tests.conversation.hearing.tiny_models import write_streaming, write_tokens
from tests.conversation.hearing.wired import NAME, Wire, wire

__all__ = ["wire"]

pytest.importorskip("sherpa_onnx")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder whose registry has the tiny model for French and Japanese."""
    return make_registry(tmp_path, monkeypatch, "▁stop")


@pytest.fixture
def garden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The same with a model that hears "jardin" in loud sound, which no template understands."""
    return make_registry(tmp_path, monkeypatch, "▁jardin")


def make_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, heard: str) -> Path:
    models = tmp_path / "data" / "models"
    models.mkdir(parents=True)
    entries = [("model", write_streaming(models)), ("tokens", write_tokens(models, heard))]
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


@pytest.fixture
def sentence(speech: Path, tmp_path: Path) -> Path:
    """A short one: a word that is heard again and again is refused."""
    samples = np.concatenate([block.samples for block in read_recording(speech)])
    path = tmp_path / "sentence.wav"
    soundfile.write(path, np.concatenate((samples[: int(1.6 * RATE_HZ)], np.zeros(RATE_HZ, np.int16))), RATE_HZ)
    return path


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


@pytest.mark.parametrize("name", ["missing", "²"])
def test_no_microphone(data_dir: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("ALSA_CONFIG_PATH", "/nowhere")
    error = failure(run("talk", "--lang", "fr", "--mic", "--microphone", name))
    assert "the microphone" in str(error)
    assert error.exit_code == 1


def test_a_microphone_that_vanishes_ends_the_talk_with_a_sentence(data_dir: Path, wire: Wire) -> None:
    wire.plug_in()
    wire.unplug_after(1.0)
    result = run("talk", "--lang", "fr", "--mic", "--microphone", NAME)
    assert f"listening to {NAME} at 16000 Hz" in result.stderr
    assert "has given no sound for 2 s" in str(failure(result))


def with_llm(url: str, *arguments: str) -> list[dict[str, Any]]:
    result = run("talk", "--lang", "fr", "--llm", url, "--model", MODEL, "--json", *arguments)
    assert result.exit_code in (0, 1), result.output
    return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]


def test_a_language_model_answers_what_is_heard(garden: Path, sentence: Path) -> None:
    with llm_server(lambda _: Answer(text=("Le jardin est beau. ", "Y allez-vous ?"))) as server:
        events = with_llm(server.url, "--wav", str(sentence))
        asked = [request["messages"][-1]["content"] for request in server.requests]
    answers = [each for each in events if each["event"] == "answer"]
    finals = [each["text"] for each in events if each["event"] == "final" and each["text"]]
    assert answers
    assert [each["heard"] for each in answers] == finals
    assert answers[0]["answer"] == "Le jardin est beau. Y allez-vous ?"
    assert [part["by"] for part in answers[0]["parts"]] == ["model", "model"]
    assert "jardin" in asked[0]


def test_a_call_that_is_heard_never_goes_to_the_model(data_dir: Path, speech: Path) -> None:
    with llm_server(lambda _: Answer(text=("Bonjour.",))) as server:
        events = with_llm(server.url, "--wav", str(speech))
        assert server.requests == []
    answers = [each for each in events if each["event"] == "answer"]
    assert answers[0]["acts"][0]["name"] == "stop"
    assert {part["by"] for each in answers for part in each["parts"]} == {"template"}


def test_without_the_server_what_is_heard_gets_the_template(garden: Path, sentence: Path) -> None:
    events = with_llm("http://127.0.0.1:1/v1", "--wav", str(sentence))
    answer = next(each for each in events if each["event"] == "answer")
    assert answer["parts"][0]["by"] == "template"
    assert answer["parts"][0]["why"] == "unreachable"


def test_a_language_model_answers_a_microphone(garden: Path, sentence: Path, wire: Wire) -> None:
    wire.plays(np.concatenate([block.samples for block in read_recording(sentence)]))
    wire.plug_in()
    wire.unplug_after(10.0)
    with llm_server(lambda _: Answer(text=("Le jardin est beau.",))) as server:
        events = with_llm(server.url, "--mic", "--microphone", NAME)
    answer = next(each for each in events if each["event"] == "answer")
    assert (answer["answer"], answer["parts"][0]["by"]) == ("Le jardin est beau.", "model")


def test_a_labelled_folder(data_dir: Path, tmp_path: Path, speech: Path) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    (folder / "speech.wav").write_bytes(speech.read_bytes())
    soundfile.write(folder / "silence.flac", np.zeros(36 * RATE_HZ), RATE_HZ)
    (folder / "broken.wav").write_bytes(b"no sound at all")
    rows = [
        "Path, Text, Language",
        "speech.wav,Stop !,FR",
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
    assert [row["rate"] for row in report["recordings"][2:]] == [None, None]
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
