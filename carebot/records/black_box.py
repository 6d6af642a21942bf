"""Keeps the robot's last minutes on the disk, and for good those around an accident, however it all ends."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from mcap.writer import Writer
from pydantic import Field

from carebot.errors import CarebotError
from carebot.files import to_disk
from carebot.records import black_box_files as files
from carebot.records.writer_lock import WriterLock

Why = Literal["alarm", "stop", "crash", "torn"]
"""An alert was confirmed, the emergency stop was pressed, a node fell silent, the recorder itself was cut off."""

S = 10**9
PIECE_S = 30
BEFORE_S, AFTER_S, LONGEST_AFTER_S = 300, 60, 300
"""What is kept around an accident; what happens meanwhile is kept with it."""
MOST_KEPT = 5
RING_SHARE = 0.4
"""Of the room, for the last minutes: all of them may have to be copied into the rest."""
RETRY_S = 10


@dataclass(frozen=True, slots=True)
class BlackBoxParameters:
    """How much is kept."""

    minutes: Annotated[float, Field(ge=1.0, le=600.0)] = 10.0
    """So many of the last minutes are there, where their room is enough."""

    most_mb: Annotated[float, Field(ge=1.0, le=100_000.0)] = 50.0
    """All files together, in megabytes."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One that is recorded: its whole name, its type (`sensor_msgs/msg/LaserScan`) and that type's definition."""

    name: str
    kind: str
    definition: str


@dataclass(slots=True)
class _Pin:
    why: Why
    at_ns: int
    until_ns: int
    first_piece: int

    def is_over(self, now_ns: int) -> bool:
        """Also where the clock was set back."""
        return not self.at_ns <= now_ns < self.until_ns


class BlackBox:
    """`add` what was heard, `pin` what happened, `tick` once a second, each with the time now; one thread.

    Nothing raises for the disk's sake: `fault` says in a sentence why nothing is recorded, and it is tried again.
    A kill loses what was heard since the last tick.
    """

    def __init__(self, folder: Path, parameters: BlackBoxParameters | None = None) -> None:
        given = parameters or BlackBoxParameters()
        self._folder, self._lock = folder, WriterLock(folder / "lock", "a black box")
        self._most_pieces = round(given.minutes * 60 / PIECE_S) + 1
        self._most_bytes = given.most_mb * 1e6
        self._piece: _Piece | None = None
        self._next_number: int | None = None
        self._pin: _Pin | None = None
        self._failed_ns: int | None = None
        self.fault = ""

    def add(self, topic: Topic, data: bytes, now_ns: int) -> None:
        """Record a serialised message."""
        self._try(lambda: self._piece_now(now_ns).add(topic, data, now_ns), now_ns)

    def pin(self, why: Why, now_ns: int) -> None:
        """Keep the minutes around now."""
        if self._pin is None:
            first = (self._next_number or 0) - 1 - BEFORE_S // PIECE_S
            self._pin = _Pin(why, now_ns, now_ns + AFTER_S * S, first)
        else:
            self._pin.until_ns = min(now_ns + AFTER_S * S, self._pin.at_ns + LONGEST_AFTER_S * S)

    def tick(self, now_ns: int) -> None:
        """Bring to the disk what was heard, keep what is pinned, and make room."""
        self._try(lambda: self._tick(now_ns), now_ns)

    def close(self, now_ns: int) -> None:
        """End the recording well; a pin that waits for its last minute has it now."""
        if self._pin is not None:
            self._pin.until_ns = now_ns
        self._try(lambda: self._end(now_ns), now_ns)
        self._lock.release()

    def size_bytes(self) -> int:
        return sum(map(files.size_bytes, (*files.pieces(self._folder), *files.kept(self._folder))))

    def _try(self, work: Callable[[], None], now_ns: int) -> None:
        if self._failed_ns is not None and 0 <= now_ns - self._failed_ns < RETRY_S * S:
            return
        try:
            self._begin(now_ns)
            work()
        except CarebotError as error:
            self._fail(str(error), now_ns)
        except OSError as error:
            said = f"{self._folder} cannot be written ({error.strerror}): make room there, or make it writable."
            self._fail(said, now_ns)

    def _fail(self, sentence: str, now_ns: int) -> None:
        self.fault, self._failed_ns = sentence, now_ns
        if self._piece is not None:
            self._piece.abandon()
            self._piece = None

    def _begin(self, now_ns: int) -> None:
        if self._next_number is not None:
            return
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock.acquire()
        for half in self._folder.glob("*.half"):
            half.unlink()
        there = files.pieces(self._folder)
        self._next_number = files.number_of(there[-1]) + 1 if there else 0
        if there and files.is_torn(there[-1]):
            torn_ns = there[-1].stat().st_mtime_ns
            self._pin = _Pin("torn", torn_ns, now_ns, self._next_number - 1 - BEFORE_S // PIECE_S)

    def _piece_now(self, now_ns: int) -> _Piece:
        if self._piece is None:
            assert self._next_number is not None
            self._piece = _Piece(files.piece_path(self._folder, self._next_number), now_ns)
            self._next_number += 1
        return self._piece

    def _tick(self, now_ns: int) -> None:
        self._piece_now(now_ns).flush()
        if self._pin is not None and self._pin.is_over(now_ns):
            self._end(now_ns)
        elif not 0 <= now_ns - self._piece_now(now_ns).began_ns < PIECE_S * S or self._is_piece_large():
            self._end_piece()
        self._make_room()
        self.fault, self._failed_ns = "", None

    def _is_piece_large(self) -> bool:
        return self._piece is not None and files.size_bytes(self._piece.path) > self._most_bytes * RING_SHARE / 10

    def _end(self, now_ns: int) -> None:
        self._end_piece()
        if self._pin is not None and self._pin.is_over(now_ns):
            self._keep(self._pin)
            self._pin = None

    def _end_piece(self) -> None:
        if self._piece is not None:
            self._piece.finish()
            self._piece = None

    def _keep(self, pin: _Pin) -> None:
        wanted = [path for path in files.pieces(self._folder) if files.number_of(path) >= pin.first_piece]
        self._make_room_to_keep(sum(map(files.size_bytes, wanted)))
        path = files.kept_path(self._folder, pin.at_ns / S, pin.why)
        half = path.with_suffix(".half")
        try:
            with half.open("wb") as file:
                files.join(wanted, file)
                file.flush()
                os.fsync(file.fileno())
            half.replace(path)
        except OSError:
            half.unlink(missing_ok=True)
            raise
        to_disk(self._folder)

    def _make_room_to_keep(self, more_bytes: int) -> None:
        there = files.kept(self._folder)
        while there and (
            len(there) >= MOST_KEPT
            or sum(map(files.size_bytes, there)) + more_bytes > self._most_bytes * (1 - RING_SHARE)
        ):
            there.pop(0).unlink()

    def _make_room(self) -> None:
        there = files.pieces(self._folder)
        while len(there) > self._most_pieces or (
            len(there) > 1 and sum(map(files.size_bytes, there)) > self._most_bytes * RING_SHARE * 0.9
        ):
            there.pop(0).unlink()


class _Piece:
    """The file that is being written."""

    def __init__(self, path: Path, began_ns: int) -> None:
        self.path, self.began_ns = path, began_ns
        self._file = path.open("xb")
        self._writer = Writer(self._file)
        self._writer.start("ros2", "carebot")
        self._channels: dict[str, int] = {}
        self._holds_something = False

    def add(self, topic: Topic, data: bytes, now_ns: int) -> None:
        if topic.name not in self._channels:
            kind = self._writer.register_schema(topic.kind, "ros2msg", topic.definition.encode())
            self._channels[topic.name] = self._writer.register_channel(topic.name, "cdr", kind)
        self._writer.add_message(self._channels[topic.name], now_ns, data, now_ns)

    def flush(self) -> None:
        self._writer.flush()  # type: ignore[no-untyped-call]
        self._holds_something = self._holds_something or bool(self._channels)

    def finish(self) -> None:
        self._writer.finish()  # type: ignore[no-untyped-call]
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """After a failure: what was flushed before stays."""
        with contextlib.suppress(OSError):  # that failure again
            self._file.close()
        if not self._holds_something:
            with contextlib.suppress(OSError):
                self.path.unlink()
