"""The end of a turn by its sound: features as Whisper's, models that are none, and what a pause then means."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from carebot.conversation.hearing.ears import Ears
from carebot.conversation.hearing.sound import RATE_HZ, Samples
from carebot.conversation.hearing.turn_ends import BANDS, FRAMES, SmartTurn, whisper_features
from carebot.errors import ConfigError, ModelError
from carebot.speech_models import load_turn_end
from tests.conversation.hearing.scripted import LoudIsVoice, Scripted
from tests.conversation.hearing.test_ears import finals, hear

TONE = (8000 * np.sin(2 * np.pi * 1000.0 * np.arange(2 * RATE_HZ) / RATE_HZ)).astype(np.int16)


def write_model(
    path: Path, gain: float = 1.0, squash: str = "Sigmoid", shape: tuple[int, int] = (BANDS, FRAMES)
) -> Path:
    """The mean of the features, times `gain`, as a likelihood."""
    nodes = [
        helper.make_node("ReduceMean", ["input_features"], ["mean"], axes=[1, 2], keepdims=0),
        helper.make_node("Mul", ["mean", "gain"], ["scaled"]),
        helper.make_node(squash, ["scaled"], ["likelihood"]),
    ]
    graph = helper.make_graph(
        nodes,
        "turn end",
        [helper.make_tensor_value_info("input_features", TensorProto.FLOAT, ["batch", *shape])],
        [helper.make_tensor_value_info("likelihood", TensorProto.FLOAT, ["batch"])],
        [helper.make_tensor("gain", TensorProto.FLOAT, [1], [gain])],
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), str(path))
    return path


def test_features_are_where_the_sound_is() -> None:
    features = whisper_features(TONE)
    assert features.shape == (BANDS, FRAMES)
    loud = features[:, FRAMES - 100]
    assert 22 <= int(loud.argmax()) <= 28  # 1 kHz is 15 of 44.8 mel, so band 26 of 80
    assert loud.max() - features[:, 300].max() == pytest.approx(2.0, abs=0.01)  # eight decades, a quarter each
    assert whisper_features(np.zeros(10, np.int16)).max() == whisper_features(np.zeros(10, np.int16)).min()


@pytest.mark.parametrize("seconds", [0.5, 3.0, 12.0])
def test_features_are_those_of_whisper_itself(seconds: float) -> None:
    whisper = pytest.importorskip("transformers.models.whisper.feature_extraction_whisper")
    samples = np.random.default_rng(0).integers(-3000, 3000, int(seconds * RATE_HZ)).astype(np.int16)
    last = samples[-FRAMES * 160 :].astype(np.float32) / 32768.0
    made = whisper.WhisperFeatureExtractor(chunk_length=8)(
        np.pad(last, (FRAMES * 160 - len(last), 0)), sampling_rate=RATE_HZ, return_tensors="np", do_normalize=True
    )
    assert whisper_features(samples) == pytest.approx(made.input_features[0], abs=1e-5)


def test_a_model_answers_with_a_likelihood(tmp_path: Path) -> None:
    model = SmartTurn(write_model(tmp_path / "model.onnx"))
    assert 0.0 < model.probability(TONE) < 1.0
    assert model.probability(TONE) != model.probability(TONE[:RATE_HZ])


def test_what_is_no_such_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.onnx").write_bytes(b"no model")
    with pytest.raises(ModelError, match=r"broken\.onnx cannot be used for the end of turns"):
        SmartTurn(tmp_path / "broken.onnx")
    other = write_model(tmp_path / "other.onnx", shape=(80, 3000))
    with pytest.raises(ModelError, match=r"not a smart-turn model of version 3.*\(1, 80, 800\): it has input_features"):
        SmartTurn(other)
    wild = write_model(tmp_path / "wild.onnx", gain=100.0, squash="Identity")
    with pytest.raises(ModelError, match="which is no likelihood"):
        SmartTurn(wild)


class Always:
    """A model that is of one opinion."""

    def __init__(self, likelihood: float) -> None:
        self.likelihood, self.seen_s = likelihood, list[float]()

    def probability(self, samples: Samples) -> float:
        self.seen_s.append(len(samples) / RATE_HZ)
        return self.likelihood


@pytest.mark.parametrize(("likelihood", "after_s"), [(0.95, 0.15), (0.5, 0.7), (0.05, 1.4)])
def test_how_it_sounded_shortens_or_lengthens_the_wait(likelihood: float, after_s: float) -> None:
    model = Always(likelihood)
    ears = Ears(LoudIsVoice(), Scripted("what time is it"), turn_end=model)
    [final] = finals(hear(ears, ("silence", 1.0), ("voice", 1.0), ("silence", 2.0)))
    assert final.text == "what time is it"
    assert final.heard_s - final.end_s == pytest.approx(after_s, abs=0.05)
    assert len(model.seen_s) == 1
    assert not ears.is_listening_to_voice


def test_somebody_who_goes_on_is_asked_about_again_and_only_the_last_eight_seconds_are_seen() -> None:
    model = Always(0.05)
    ears = Ears(LoudIsVoice(), Scripted("remind me to call my son"), turn_end=model)
    said = hear(ears, ("voice", 1.0), ("silence", 1.2), ("voice", 9.0), ("silence", 2.0))
    assert len(finals(said)) == 1
    assert len(model.seen_s) == 2
    assert model.seen_s[1] == pytest.approx(8.0, abs=0.04)


def register(folder: Path, path: Path, role: str = "model") -> None:
    (folder / "models").mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    (folder / "models" / "registry.toml").write_text(
        '[[model]]\nname = "smart-turn"\ntask = "turn-end"\nfamily = "smart-turn"\nlicence = "BSD-2-Clause"\n'
        f'description = "For tests."\n[[model.file]]\nrole = "{role}"\nfile = "{path}"\nsha256 = "{digest}"\n'
    )


def test_the_registrys_model_is_used_where_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path / "data"))
    assert load_turn_end(None) is None
    with pytest.raises(ModelError, match="no model 'smart-turn' of the end of turns in the registry: there is none"):
        load_turn_end("smart-turn")
    path = write_model(tmp_path / "model.onnx")
    register(tmp_path / "data", path)
    assert load_turn_end(None) is not None
    write_model(path, gain=2.0)
    with pytest.raises(ModelError, match="its sha256 is"):
        load_turn_end("smart-turn")
    path.unlink()
    assert load_turn_end(None) is None
    with pytest.raises(ModelError, match="put it there"):
        load_turn_end("smart-turn")


def test_an_entry_without_a_model_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAREBOT_DATA_DIR", str(tmp_path / "data"))
    register(tmp_path / "data", write_model(tmp_path / "model.onnx"), role="landmarks")
    with pytest.raises(ConfigError, match="model"):
        load_turn_end("smart-turn")
