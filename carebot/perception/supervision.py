"""Whether a camera can be trusted now: it gives pictures, new ones, of something, in time.

A pure core: hand every new frame and the time to `CameraWatch.step`, and call it with None when nothing new came, at
least ten times a second; each trouble is then noticed within a second of its beginning, and cleared by the first
good frame.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, fields
from typing import Literal

import numpy as np

from carebot.errors import ConfigError
from carebot.perception.frames import Frame, Image

Status = Literal["ok", "starting", "vanished", "frozen", "black", "stale"]

_LEAST_ALIKE = 3
_LUMINANCE = np.array([0.114, 0.587, 0.299], np.float32)  # BGR, ITU-R BT.601


@dataclass(frozen=True, slots=True)
class CameraWatchParameters:
    """When a camera is in trouble. All times in seconds.

    `frozen_after_s` is for pictures that are alike to the last bit. A real sensor's noise makes that impossible, also
    through lossy compression: still H.264 scenes with noise of 1 of 255 grey levels repeated a picture for 0.13 s at
    most, recordings of rooms never; noise of 0.5 levels reached 0.8 s. A camera whose denoising is that strong needs
    more. A recording or a rendering without noise repeats rightly: None there (see `noiseless`).
    """

    start_within_s: float = 10.0  # from the first step to the first frame
    vanish_after_s: float = 0.9  # without a frame
    stale_after_s: float = 0.5  # a frame's time behind or ahead of the clock when it comes
    frozen_after_s: float | None = 0.9  # the same picture, at least three times; None never
    black_after_s: float = 0.5  # dark and even, at least two frames
    black_mean: float = 16.0  # luminance 0..255, at most
    black_spread: float = 8.0  # standard deviation of the luminance, at most
    rate_window_s: float = 2.0  # frames_per_s is an average over this

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not 0.0 < value < float("inf"):
                raise ConfigError(f"The camera watch's {field.name} is {value}: give a number above 0.")

    @classmethod
    def noiseless(cls) -> CameraWatchParameters:
        """For recordings and renderings, where the same picture again is no trouble."""
        return cls(frozen_after_s=None)


@dataclass(frozen=True, slots=True)
class CameraHealth:
    """What is known of a camera at one moment; `reason` is a sentence for people.

    `frame_age_s` is the newest frame's age by its own stamp, None before the first one.
    """

    status: Status
    frame_age_s: float | None
    frames_per_s: float
    reason: str

    @property
    def is_ok(self) -> bool:
        return self.status == "ok"


@dataclass(slots=True)
class _Run:
    """Pictures in a row that have something in common."""

    since_s: float = 0.0
    count: int = 0

    def lasts(self, duration_s: float, least: int, now_s: float) -> bool:
        return self.count >= least and now_s - self.since_s >= duration_s


class CameraWatch:
    """Follows one camera. Times must be those of the clock that stamps its frames; a clock set back is forgiven."""

    def __init__(self, parameters: CameraWatchParameters | None = None) -> None:
        self._parameters = parameters or CameraWatchParameters()
        self._start_s: float | None = None
        self._now_s = 0.0
        self._last: Frame | None = None
        self._lag_s = 0.0
        self._arrivals: deque[float] = deque()
        self._alike = _Run()
        self._black = _Run()

    def step(self, frame: Frame | None, now_s: float) -> CameraHealth:
        """The camera's health at `now_s`; `frame` is the newest one, None where there is none since the last step."""
        self._follow_clock(now_s)
        if frame is not None and frame is not self._last:
            self._take(frame)
        self._forget_old_arrivals()
        status, reason = self._judge()
        return CameraHealth(status, self._age_s(), self._frames_per_s(), reason)

    def _follow_clock(self, now_s: float) -> None:
        if self._start_s is None:
            self._start_s = now_s
        elif now_s < self._now_s:
            self._shift(now_s - self._now_s)
        self._now_s = now_s

    def _shift(self, by_s: float) -> None:
        self._start_s = (self._start_s or 0.0) + by_s
        self._alike.since_s += by_s
        self._black.since_s += by_s
        self._arrivals = deque(time_s + by_s for time_s in self._arrivals)

    def _take(self, frame: Frame) -> None:
        if self._silence_s() >= self._parameters.vanish_after_s:
            self._alike, self._black = _Run(), _Run()
        self._count(self._alike, self._last is not None and is_same_picture(frame.image, self._last.image), at_least=1)
        self._count(self._black, self._is_black(frame.image), at_least=0)
        self._last = frame
        self._lag_s = self._now_s - frame.time_s
        self._arrivals.append(self._now_s)

    def _count(self, run: _Run, goes_on: bool, at_least: int) -> None:
        if goes_on and run.count:
            run.count += 1
        else:
            run.since_s, run.count = self._now_s, 1 if goes_on else at_least

    def _is_black(self, image: Image) -> bool:
        mean, spread = luminance(image)
        return mean <= self._parameters.black_mean and spread <= self._parameters.black_spread

    def _forget_old_arrivals(self) -> None:
        while len(self._arrivals) > 1 and self._arrivals[0] < self._now_s - self._parameters.rate_window_s:
            self._arrivals.popleft()

    def _silence_s(self) -> float:
        return self._now_s - self._arrivals[-1] if self._arrivals else 0.0

    def _age_s(self) -> float | None:
        return max(0.0, self._lag_s + self._silence_s()) if self._arrivals else None

    def _frames_per_s(self) -> float:
        if len(self._arrivals) < 2 or self._silence_s() >= self._parameters.vanish_after_s:
            return 0.0
        duration_s = self._arrivals[-1] - self._arrivals[0]
        return (len(self._arrivals) - 1) / duration_s if duration_s > 0.0 else 0.0

    def _judge(self) -> tuple[Status, str]:
        if self._last is None:
            return self._judge_start()
        return self._judge_silence() or self._judge_lag() or self._judge_picture() or ("ok", self._good())

    def _judge_start(self) -> tuple[Status, str]:
        waited_s = self._now_s - (self._start_s or 0.0)
        if waited_s < self._parameters.start_within_s:
            return "starting", f"The camera's first picture has been awaited for {waited_s:.1f} s."
        return "vanished", f"The camera has given no picture for {waited_s:.1f} s since the start: check that it is on."

    def _judge_silence(self) -> tuple[Status, str] | None:
        silence_s = self._silence_s()
        if silence_s < self._parameters.vanish_after_s:
            return None
        return "vanished", f"No picture has come for {silence_s:.1f} s: check the camera's cable, power and network."

    def _judge_lag(self) -> tuple[Status, str] | None:
        if abs(self._lag_s) <= self._parameters.stale_after_s:
            return None
        if self._lag_s > 0.0:
            return "stale", f"The pictures come {self._lag_s:.1f} s late: check the network and the camera's clock."
        return "stale", f"The pictures are stamped {-self._lag_s:.1f} s in the future: set the camera's clock right."

    def _judge_picture(self) -> tuple[Status, str] | None:
        limits, now_s = self._parameters, self._now_s
        if self._black.lasts(limits.black_after_s, 2, now_s):
            lasted_s = now_s - self._black.since_s
            return "black", f"The picture has been black for {lasted_s:.1f} s: uncover the lens or light the room."
        if limits.frozen_after_s is not None and self._alike.lasts(limits.frozen_after_s, _LEAST_ALIKE, now_s):
            lasted_s = now_s - self._alike.since_s
            return "frozen", f"The picture has not changed at all for {lasted_s:.1f} s: restart the camera."
        return None

    def _good(self) -> str:
        return f"The camera gives {self._frames_per_s():.1f} pictures a second."


def is_same_picture(one: Image, other: Image) -> bool:
    """Whether two pictures are alike to the last bit; a coarse look first, since nearly all differ there already."""
    return (
        one.shape == other.shape and np.array_equal(one[::16, ::16], other[::16, ::16]) and np.array_equal(one, other)
    )


def luminance(image: Image) -> tuple[float, float]:
    """Mean and standard deviation, 0..255, of the luminance of about fifty points a side."""
    stride = max(1, min(image.shape[:2]) // 50)
    grey = image[::stride, ::stride].astype(np.float32) @ _LUMINANCE
    return float(grey.mean()), float(grey.std())
