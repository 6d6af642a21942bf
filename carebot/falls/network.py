"""The trained posture network: what a person does, from the last seconds of their joints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from carebot.errors import ModelError
from carebot.falls.body import Body
from carebot.falls.classifier import Guess
from carebot.falls.window import CHANNELS, STEPS, window_of
from carebot.resources import models_dir
from carebot.small_model import load_small_model

MODEL = "fall_postures.onnx"
CLASSES = ("upright", "sitting", "low", "falling", "down", "resting")


@cache
def shipped_network() -> PostureNetwork:
    """The one that carebot ships; raises ModelError."""
    return PostureNetwork(models_dir() / MODEL)


class PostureNetwork:
    """A `FallClassifier`. Runs on one thread of the CPU: it is smaller than the way to a GPU.

    Raises:
        ModelError: the file is not there, is damaged, or is another model.
    """

    def __init__(self, path: Path) -> None:
        self._session = load_small_model(path, "postures", "install carebot again")
        shapes = [tuple(each.shape[1:]) for each in (*self._session.get_inputs(), *self._session.get_outputs())]
        if shapes != [(CHANNELS, STEPS), (len(CLASSES),)]:
            raise ModelError(f"{path} is another model (its shapes are {shapes}): install carebot again.")

    def guess(self, bodies: Sequence[Body]) -> Guess | None:
        """What the person does at the end of `bodies`; None where no trunk was seen."""
        window = window_of([body.time_s for body in bodies], [body.joints for body in bodies])
        if window is None:
            return None
        (probabilities,) = self._session.run(None, {"window": window[np.newaxis]})
        return Guess(*(float(value) for value in probabilities[0]))
