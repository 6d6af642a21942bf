"""The whole way from one picture to the people in it."""

from __future__ import annotations

from carebot.people import People
from carebot.perception.estimators.base import PoseEstimator
from carebot.perception.frames import Frame
from carebot.perception.tracker import Tracker


class PerceptionPipeline:
    """Frames in their order in, people out; holds no picture longer than the call."""

    def __init__(self, estimator: PoseEstimator, tracker: Tracker | None = None) -> None:
        self._estimator = estimator
        self._tracker = tracker or Tracker()

    @property
    def provider(self) -> str:
        """The execution provider that really runs."""
        return self._estimator.provider

    @property
    def fallback_reason(self) -> str | None:
        """Why that is not the provider wished for, in one sentence; None where it is."""
        return self._estimator.fallback_reason

    def step(self, frame: Frame) -> People:
        height_px, width_px = frame.image.shape[:2]
        observations = self._estimator.estimate(frame.image, frame.time_s)
        people = self._tracker.step(observations, frame.time_s, width_px / height_px)
        return People(frame.time_s, width_px, height_px, people)
