"""A thread that reads a blocking source, so that nobody else waits for a camera."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType

from typing_extensions import Self

from carebot.clock import Clock
from carebot.errors import SourceError
from carebot.perception.frames import Frame
from carebot.perception.sources._opencv import OPEN_TIMEOUT_S, READ_TIMEOUT_S
from carebot.perception.sources.base import FrameSource

_JOIN_TIMEOUT_S = OPEN_TIMEOUT_S + READ_TIMEOUT_S + 1.0
_LONGEST_NAP_S = 0.05

_log = logging.getLogger(__name__)


class Backoff:
    """How long to wait before each next try: 0.5 s, then double, at most 10 s."""

    def __init__(self, first_s: float = 0.5, limit_s: float = 10.0) -> None:
        self._first_s = first_s
        self._limit_s = limit_s
        self._wait_s = first_s

    def next_s(self) -> float:
        wait_s, self._wait_s = self._wait_s, min(self._limit_s, 2.0 * self._wait_s)
        return wait_s

    def reset(self) -> None:
        self._wait_s = self._first_s


class LiveReader:
    """Opens a source in a thread of its own, keeps its newest frame, and opens it anew when it vanishes.

    `open_it` is called for each (re)connection, in the thread: `lambda: open_source(spec, clock)`. A source that is
    already open may be handed over as `first`. Frames are numbered through all connections.

    With `pace`, a recording is played in real time as if it were a camera, its frames stamped in the time of `clock`;
    without, as fast as it can be read, in its own time. With `loop` it starts again at its end. A live source is
    always read at its own pace.
    """

    def __init__(
        self,
        open_it: Callable[[], FrameSource],
        clock: Clock,
        *,
        first: FrameSource | None = None,
        pace: bool = False,
        loop: bool = False,
        backoff: Backoff | None = None,
    ) -> None:
        self._open_it = open_it
        self._clock = clock
        self._first = first
        self._pace = pace
        self._loop = loop
        self._backoff = backoff or Backoff()
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._newest: Frame | None = None
        self._sequence = 0
        self._problem: str | None = None
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="carebot-camera", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str | None:
        """The sentence that says why there are no frames now; None while they come."""
        return self._problem

    @property
    def ended(self) -> bool:
        """Whether a recording was read to its end; its last frame may still be waiting in `latest`."""
        return self._ended

    def latest(self) -> Frame | None:
        """The newest frame, once; None where nothing came since the last call. Never waits."""
        with self._lock:
            frame, self._newest = self._newest, None
        return frame

    def close(self) -> None:
        """Stop reading and close the source; waits for a read under way, at most as long as its time limit."""
        self._stop.set()
        self._thread.join(_JOIN_TIMEOUT_S)
        if self._thread.is_alive():
            _log.warning("The camera's thread did not stop within %.0f s.", _JOIN_TIMEOUT_S)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _run(self) -> None:
        while not (self._stop.is_set() or self._ended):
            try:
                self._play()
            except SourceError as error:
                self._report(str(error))
                self._stop.wait(self._backoff.next_s())

    def _play(self) -> None:
        with self._connect() as source:
            paced = self._pace and not source.is_live
            pacer = Pacer(self._clock, self._stop) if paced else None
            while not self._stop.is_set() and (frame := source.read()) is not None:
                self._keep(frame if pacer is None else replace(frame, time_s=pacer.wait_until_due(frame.time_s)))
        self._ended = not (self._loop or self._stop.is_set())

    def _connect(self) -> FrameSource:
        source, self._first = self._first, None
        return source or self._open_it()

    def _keep(self, frame: Frame) -> None:
        if self._stop.is_set():
            return
        with self._lock:
            self._newest = replace(frame, sequence=self._sequence)
        self._sequence += 1
        self._problem = None
        self._backoff.reset()

    def _report(self, problem: str) -> None:
        if problem != self._problem:  # once, not at every try
            _log.warning("%s", problem)
        self._problem = problem


class Pacer:
    """Holds frames of a recording back until their time has come on `clock`, which may itself be a simulation's.

    Where the clock is set back, the recording goes on from where it is.
    """

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock = clock
        self._stop = stop
        self._now_s = clock.now_s()
        self._start_s: float | None = None

    def wait_until_due(self, time_s: float) -> float:
        """Wait until the frame of `time_s` into the recording is due, or `stop`; its time on the clock."""
        if self._start_s is None:
            self._start_s = self._clock.now_s() - time_s
        left_s = self._left_s(time_s)
        while left_s > 0.0 and not self._stop.wait(min(left_s, _LONGEST_NAP_S)):
            left_s = self._left_s(time_s)
        return self._start_s + time_s

    def _left_s(self, time_s: float) -> float:
        now_s = self._clock.now_s()
        self._start_s = (self._start_s or 0.0) + min(0.0, now_s - self._now_s)
        self._now_s = now_s
        return self._start_s + time_s - now_s
