"""sherpa-onnx runs small models made here, streaming and at once; models that cannot be used get a sentence, and none
of them takes the process with it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from carebot.conversation.hearing.recognisers import choice
from carebot.conversation.hearing.recognisers.base import Recogniser, SpeechModel
from carebot.conversation.hearing.recognisers.choice import choose_recogniser
from carebot.conversation.hearing.recognisers.sherpa import FAMILIES, load_sherpa
from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ, Samples
from carebot.errors import ModelError, SetupError
from tests.conversation.hearing.tiny_models import write_offline, write_streaming, write_tokens

pytest.importorskip("sherpa_onnx")

LOUD = (16000 * np.random.default_rng(0).standard_normal(RATE_HZ).clip(-2, 2)).astype(np.int16)
QUIET = np.zeros(RATE_HZ, np.int16)


@pytest.fixture
def offline(tmp_path: Path) -> SpeechModel:
    files = {"model": write_offline(tmp_path), "tokens": write_tokens(tmp_path)}
    return SpeechModel("tiny", "nemo-ctc", files, ("en",))


@pytest.fixture
def streaming(tmp_path: Path) -> SpeechModel:
    files = {"model": write_streaming(tmp_path), "tokens": write_tokens(tmp_path)}
    return SpeechModel("tiny-streaming", "nemo-ctc-streaming", files, ("en", "fr"))


def feed(recogniser: Recogniser, samples: Samples) -> list[str]:
    return [recogniser.feed(samples[at : at + BLOCK_SAMPLES]) for at in range(0, len(samples), BLOCK_SAMPLES)]


def test_a_streaming_model_hears_before_the_end(streaming: SpeechModel) -> None:
    recogniser = load_sherpa(streaming, "en")
    recogniser.begin()
    assert set(feed(recogniser, QUIET)) == {""}
    partial = feed(recogniser, LOUD)
    assert partial[-1] == "stop"
    assert recogniser.finish().text == "stop"
    recogniser.begin()
    assert recogniser.finish().text == ""
    assert "sherpa-onnx" in recogniser.name


def test_a_model_for_whole_turns_looks_again_and_again_but_seldom(offline: SpeechModel) -> None:
    recogniser = load_sherpa(offline, "en")
    recogniser.begin()
    assert feed(recogniser, LOUD)[-1] == "stop"
    assert recogniser.finish().text == "stop"
    recogniser.begin()
    feed(recogniser, QUIET)
    assert recogniser.glance() == ""
    assert recogniser.finish().text == ""


def test_a_pause_is_worth_a_look(offline: SpeechModel) -> None:
    recogniser = load_sherpa(offline, "en")
    recogniser.begin()
    assert feed(recogniser, LOUD[: RATE_HZ // 4])[-1] == ""
    assert recogniser.glance() == "stop"


def test_a_model_of_another_language_is_refused(offline: SpeechModel) -> None:
    with pytest.raises(ModelError, match="'tiny' knows en, not ja: choose a model for ja"):
        load_sherpa(offline, "ja")
    with pytest.raises(ModelError, match="knows en, ja, not fr"):
        load_sherpa(SpeechModel("sense", "sense-voice", {}), "fr")


def test_a_damaged_model_does_not_end_the_process(offline: SpeechModel) -> None:
    offline.files["model"].write_bytes(b"this is no model" * 100)
    with pytest.raises(
        ModelError, match=r"'tiny' cannot be loaded \(.+\): it is damaged or not of the family nemo-ctc"
    ):
        load_sherpa(offline, "en")


def test_a_model_of_another_family_does_not_end_the_process(offline: SpeechModel) -> None:
    with pytest.raises(ModelError, match="'tiny' cannot be loaded"):
        load_sherpa(replace(offline, family="sense-voice"), "en")


def test_files_that_are_missing_or_of_another_role_are_named(offline: SpeechModel, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="misses tokens: the family nemo-ctc has the files model, tokens"):
        load_sherpa(replace(offline, files={"model": offline.files["model"]}), "en")
    with pytest.raises(ModelError, match="does not take joiner"):
        load_sherpa(replace(offline, files={**offline.files, "joiner": tmp_path}), "en")
    with pytest.raises(ModelError, match=r"nowhere\.onnx of the model 'tiny' is missing"):
        load_sherpa(replace(offline, files={**offline.files, "model": tmp_path / "nowhere.onnx"}), "en")
    with pytest.raises(ModelError, match="family 'yolo', which is none for speech: use one of zipformer"):
        load_sherpa(replace(offline, family="yolo"), "en")


def test_every_family_exists_in_sherpa() -> None:
    import inspect

    import sherpa_onnx

    for family in FAMILIES.values():
        kind = sherpa_onnx.OnlineRecognizer if family.streams else sherpa_onnx.OfflineRecognizer
        taken = inspect.signature(getattr(kind, family.constructor)).parameters
        wanted = {*family.roles.values(), "num_threads", *filter(None, [family.language_argument])}
        assert wanted <= set(taken), family.constructor


def test_the_first_model_that_knows_the_language_and_is_there_is_chosen(
    offline: SpeechModel, streaming: SpeechModel, tmp_path: Path
) -> None:
    away = SpeechModel("away", "nemo-ctc", {"model": tmp_path / "no.onnx", "tokens": tmp_path / "no.txt"}, ("fr", "ja"))
    assert choose_recogniser("fr", [away, offline, streaming]).name.startswith("tiny-streaming")
    assert choose_recogniser("en", [away, offline, streaming]).name.startswith("tiny (")
    with pytest.raises(ModelError, match=r"'away' for Japanese is not on this machine: .*carebot models pull away"):
        choose_recogniser("ja", [away, offline])


def test_no_model_for_the_language_says_so_and_what_goes_on() -> None:
    with pytest.raises(ModelError, match=r"no speech model for French: .*typed text and the tablet go on working"):
        choose_recogniser("fr", [])
    with pytest.raises(ModelError, match="pocketsphinx knows English only, not Japanese"):
        choose_recogniser("ja", [], "pocketsphinx")
    with pytest.raises(ModelError, match="no speech model 'other' in the registry: use one of pocketsphinx"):
        choose_recogniser("en", [], "other")


def test_without_the_extras(offline: SpeechModel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(SetupError, match=r"pip install 'sherpa-onnx>=1\.11,<3'"):
        load_sherpa(offline, "en")
    with pytest.raises(SetupError, match=r"pip install 'pocketsphinx>=5,<6'"):
        choose_recogniser("en", [], "pocketsphinx")
    monkeypatch.setattr(choice.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(SetupError, match="no speech model for English: install pocketsphinx"):
        choose_recogniser("en", [])
