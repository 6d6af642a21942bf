"""Models that sherpa-onnx runs: streaming ones, and those that look at a whole turn at once.

A model of the second kind is run again and again on the turn so far, so that reflexes need not wait for its end.
"""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from carebot.conversation.hearing.recognisers.base import Recogniser, SpeechModel, Words
from carebot.conversation.hearing.recognisers.writing import why_not_of
from carebot.conversation.hearing.sound import RATE_HZ, Samples
from carebot.conversation.text import NAMES, Language
from carebot.errors import ModelError, SetupError

LOADS_WITHIN_S = 120.0
LOOKS_EVERY_S = 0.6
"""So much new sound at least, and half of what it has seen, and a model for whole turns looks at the turn so far: all
its looks together cost no more than three at the whole turn."""

TAIL_S = 0.4
"""Silence that is given at the end, so that a streaming model lets go of its last word."""


@dataclass(frozen=True, slots=True)
class Family:
    """How sherpa-onnx loads one family: class and constructor, the argument for each role of a file, what else it
    takes, and the name under which it wants the language ("" where it wants none)."""

    streams: bool
    constructor: str
    roles: dict[str, str]
    language_argument: str = ""
    knows: tuple[str, ...] = ()
    """The only languages that any model of the family knows; empty: that is up to the model."""

    def create(self, model: SpeechModel, language: Language, threads: int) -> Any:
        import sherpa_onnx

        kind = sherpa_onnx.OnlineRecognizer if self.streams else sherpa_onnx.OfflineRecognizer
        arguments: dict[str, Any] = {self.roles[role]: str(path) for role, path in model.files.items()}
        if self.language_argument:
            arguments[self.language_argument] = language
        return getattr(kind, self.constructor)(**arguments, num_threads=threads)


_TRANSDUCER = {"encoder": "encoder", "decoder": "decoder", "joiner": "joiner", "tokens": "tokens"}
_ONE_FILE = {"model": "model", "tokens": "tokens"}
_TWO_FILES = {"encoder": "encoder", "decoder": "decoder", "tokens": "tokens"}

FAMILIES: dict[str, Family] = {
    "zipformer-streaming": Family(True, "from_transducer", _TRANSDUCER),
    "zipformer-ctc-streaming": Family(True, "from_zipformer2_ctc", _ONE_FILE),
    "nemo-ctc-streaming": Family(True, "from_nemo_ctc", _ONE_FILE),
    "paraformer-streaming": Family(True, "from_paraformer", _TWO_FILES),
    "zipformer": Family(False, "from_transducer", _TRANSDUCER),
    "nemo-ctc": Family(False, "from_nemo_ctc", _ONE_FILE),
    "sense-voice": Family(False, "from_sense_voice", _ONE_FILE, "language", ("en", "ja")),
    "whisper": Family(False, "from_whisper", _TWO_FILES, "language"),
    "moonshine": Family(
        False,
        "from_moonshine",
        {
            "preprocessor": "preprocessor",
            "encoder": "encoder",
            "uncached_decoder": "uncached_decoder",
            "cached_decoder": "cached_decoder",
            "tokens": "tokens",
        },
    ),
    "moonshine-merged": Family(False, "from_moonshine_v2", _TWO_FILES),
}
"""By the registry's `family`; the keys of `roles` are the roles of its files there."""


def load_sherpa(model: SpeechModel, language: Language, threads: int = 1) -> Recogniser:
    """The recogniser of `model` for `language`.

    Raises:
        ModelError: the family is unknown, a file is missing or damaged, or the model does not know the language.
        SetupError: sherpa-onnx is not installed.
    """
    family = _checked(model, language)
    _try_out(model, language)
    recogniser = family.create(model, language, threads)
    named = f"{model.name} ({model.family}, sherpa-onnx)"
    return _Streaming(recogniser, language, named) if family.streams else _WholeTurns(recogniser, language, named)


def _checked(model: SpeechModel, language: Language) -> Family:
    family = FAMILIES.get(model.family)
    if family is None:
        raise ModelError(
            f"the model '{model.name}' is of the family '{model.family}', which is none for speech: "
            f"use one of {', '.join(FAMILIES)}."
        )
    languages = model.languages or family.knows
    if languages and language not in languages:
        raise ModelError(
            f"the model '{model.name}' knows {', '.join(languages)}, not {language}: choose a model for {language}."
        )
    missing = sorted(set(family.roles) - set(model.files))
    unknown = sorted(set(model.files) - set(family.roles))
    if missing or unknown:
        wrong = f"misses {', '.join(missing)}" if missing else f"does not take {', '.join(unknown)}"
        raise ModelError(
            f"the model '{model.name}' {wrong}: the family {model.family} has the files {', '.join(family.roles)}."
        )
    for path in model.files.values():
        if not path.is_file():
            raise ModelError(f"{path} of the model '{model.name}' is missing: pull the model, or check its registry.")
    why = "" if family.language_argument else why_not_of(language, model.files["tokens"])
    if why:
        raise ModelError(
            f"the model '{model.name}' is not a model for {NAMES[language]} ({why}): correct its languages in the "
            f"registry, and choose another one."
        )
    return family


def _try_out(model: SpeechModel, language: Language) -> None:
    """Load and run the model in a process of its own, since sherpa-onnx ends the process where it dislikes a file."""
    try:
        import sherpa_onnx  # noqa: F401
    except ImportError:
        raise SetupError("sherpa-onnx is not installed: install it with pip install 'sherpa-onnx>=1.11,<3'.") from None
    given = json.dumps([model.name, model.family, {role: str(path) for role, path in model.files.items()}, language])
    command = [sys.executable, "-c", f"from {__name__} import _try_here; _try_here()"]
    try:
        done = subprocess.run(command, input=given.encode(), capture_output=True, timeout=LOADS_WITHIN_S, check=False)
    except subprocess.TimeoutExpired:
        raise ModelError(
            f"the model '{model.name}' does not load within {LOADS_WITHIN_S:g} s: use a smaller one."
        ) from None
    if done.returncode:
        said = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if line.strip()]
        why = said[-1].strip()[:200].rstrip(".") if said else f"exit code {done.returncode}"
        raise ModelError(
            f"the model '{model.name}' cannot be loaded ({why}): it is damaged or not of the family {model.family}, so "
            f"pull it again or correct its registry."
        )


def _try_here() -> None:
    name, family, files, language = json.loads(sys.stdin.buffer.read())
    model = SpeechModel(name, family, {role: Path(path) for role, path in files.items()})
    recogniser = FAMILIES[family].create(model, language, 1)
    stream = recogniser.create_stream()
    stream.accept_waveform(RATE_HZ, np.zeros(RATE_HZ, np.float32))
    if FAMILIES[family].streams:
        while recogniser.is_ready(stream):
            recogniser.decode_stream(stream)
        recogniser.get_result(stream)
    else:
        recogniser.decode_stream(stream)


class _Streaming:
    """A model that takes sound as it comes."""

    def __init__(self, recogniser: Any, language: Language, name: str) -> None:
        self.name = name
        self.language: Language = language
        self._recogniser = recogniser
        self.begin()

    def begin(self) -> None:
        self._stream = self._recogniser.create_stream()

    def feed(self, samples: Samples) -> str:
        self._stream.accept_waveform(RATE_HZ, samples.astype(np.float32) / 32768.0)
        return self._decoded()

    def glance(self) -> str:
        return self._decoded()

    def finish(self) -> Words:
        self._stream.accept_waveform(RATE_HZ, np.zeros(int(TAIL_S * RATE_HZ), np.float32))
        self._stream.input_finished()
        return Words(self._decoded())

    def _decoded(self) -> str:
        while self._recogniser.is_ready(self._stream):
            self._recogniser.decode_stream(self._stream)
        return str(self._recogniser.get_result(self._stream)).strip()


class _WholeTurns:
    """A model that looks at all of a turn at once."""

    def __init__(self, recogniser: Any, language: Language, name: str) -> None:
        self.name = name
        self.language: Language = language
        self._recogniser = recogniser
        self.begin()

    def begin(self) -> None:
        self._heard: list[Samples] = []
        self._samples = self._seen_samples = 0
        self._said = ""

    def feed(self, samples: Samples) -> str:
        self._heard.append(samples)
        self._samples += len(samples)
        is_due = self._samples - self._seen_samples >= max(LOOKS_EVERY_S * RATE_HZ, self._seen_samples / 2)
        return self.glance() if is_due else self._said

    def glance(self) -> str:
        if self._samples > self._seen_samples:
            self._said = self._decoded()
        return self._said

    def finish(self) -> Words:
        return Words(self.glance())

    def _decoded(self) -> str:
        self._seen_samples = self._samples
        stream = self._recogniser.create_stream()
        stream.accept_waveform(RATE_HZ, np.concatenate(self._heard).astype(np.float32) / 32768.0)
        self._recogniser.decode_stream(stream)
        return str(stream.result.text).strip()
