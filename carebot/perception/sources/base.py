"""What every picture source is, and the few lines that all of them share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from types import TracebackType
from typing import Protocol

from typing_extensions import Self

from carebot.perception.frames import Frame


class FrameSource(Protocol):
    """Gives pictures one after the other; `read` may block, so a node reads a live source through a `LiveReader`.

    `name` is safe to print: it never holds a password. `frame_count` and `fps` are None where nobody knows them.
    `incomplete` says what of a recording is missing, once that is known; "" where nothing is.
    """

    @property
    def name(self) -> str: ...
    @property
    def is_live(self) -> bool: ...
    @property
    def frame_count(self) -> int | None: ...
    @property
    def fps(self) -> float | None: ...
    @property
    def incomplete(self) -> str: ...

    def read(self) -> Frame | None:
        """The next picture; None at the end of a recording.

        Raises:
            SourceError: a live source gave nothing within its time limit, or vanished.
        """

    def close(self) -> None: ...
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Source(ABC):
    """The common part of the sources in this folder; `close` may be called twice."""

    def __init__(self, name: str, *, is_live: bool, frame_count: int | None = None, fps: float | None = None) -> None:
        self.name = name
        self.is_live = is_live
        self.frame_count = frame_count
        self.fps = fps
        self.incomplete = ""

    @abstractmethod
    def read(self) -> Frame | None: ...

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
