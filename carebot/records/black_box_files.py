"""The files of a black box: pieces of what was heard last, and recordings that are kept. Readable without ROS."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import IO

from mcap.exceptions import McapError
from mcap.records import Channel, McapRecord, Message, Schema
from mcap.stream_reader import StreamReader
from mcap.writer import MCAP0_MAGIC, Writer
from zstandard import ZstdError

from carebot.resources import data_dir

LAST = "last"
"""The identifier of what was heard last."""
TORN = (McapError, ZstdError, struct.error, ValueError, FileNotFoundError)
"""What the reader raises where a file ends too early, or goes on with zeros after a power cut."""
_MOST_RECORD_BYTES = 2**24
"""A torn file may say that the next record is as long as the memory."""


@dataclass(frozen=True, slots=True)
class Recording:
    """One that can be taken along: what was heard last, or around something that happened at `at_s`."""

    id: str
    why: str
    at_s: float
    size_bytes: int


def black_box_dir(namespace: str) -> Path:
    """Of the robot with this ROS namespace."""
    return data_dir() / "black_box" / (namespace.strip("/") or "robot")


def recordings(folder: Path) -> list[Recording]:
    """What was heard last, then those that are kept, the newest first."""
    last = pieces(folder)
    found = [Recording(LAST, LAST, _changed_s(last[-1]), sum(map(size_bytes, last)))] if last else []
    for path in reversed(kept(folder)):
        _, at, why = path.stem.split("-", 2)
        found.append(Recording(f"{at}-{why}", why, float(at), size_bytes(path)))
    return found


def read_recording(folder: Path, identifier: str) -> bytes | None:
    """The whole mcap file; None where there is no such recording."""
    if identifier == LAST:
        whole = BytesIO()
        join(pieces(folder), whole)
        return whole.getvalue()
    path = next((path for path in kept(folder) if path.stem == f"kept-{identifier}"), None)
    return None if path is None else path.read_bytes()


def kept_path(folder: Path, at_s: float, why: str) -> Path:
    return folder / f"kept-{at_s:010.0f}-{why}.mcap"


def piece_path(folder: Path, number: int) -> Path:
    return folder / f"piece-{number:010d}.mcap"


def number_of(piece: Path) -> int:
    return int(piece.stem.removeprefix("piece-"))


def kept(folder: Path) -> list[Path]:
    """The oldest first."""
    return sorted(folder.glob("kept-*-*.mcap"))


def pieces(folder: Path) -> list[Path]:
    """The oldest first."""
    return sorted(folder.glob("piece-*.mcap"))


def size_bytes(path: Path) -> int:
    """0 where it is gone by now."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def is_torn(path: Path) -> bool:
    """Whether its writer never came to its end."""
    with path.open("rb") as file:
        file.seek(max(0, size_bytes(path) - len(MCAP0_MAGIC)))
        return file.read() != MCAP0_MAGIC


def join(paths: Iterable[Path], into: IO[bytes]) -> None:
    """Write as one recording what is whole in `paths`; raises OSError."""
    writer = Writer(into)
    writer.start("ros2", "carebot")
    channels: dict[str, int] = {}
    for path in paths:
        _add(path, writer, channels)
    writer.finish()  # type: ignore[no-untyped-call]


def _add(path: Path, writer: Writer, channels: dict[str, int]) -> None:
    schemas: dict[int, Schema] = {}
    here: dict[int, int] = {}
    for record in _whole_records(path):
        if isinstance(record, Schema):
            schemas[record.id] = record
        elif isinstance(record, Channel) and record.id not in here:
            if record.topic not in channels:
                schema = schemas[record.schema_id]
                known = writer.register_schema(schema.name, schema.encoding, schema.data)
                channels[record.topic] = writer.register_channel(record.topic, record.message_encoding, known)
            here[record.id] = channels[record.topic]
        elif isinstance(record, Message):
            writer.add_message(here[record.channel_id], record.log_time, record.data, record.publish_time)


def _whole_records(path: Path) -> Iterator[McapRecord]:
    """Up to where its writer was killed; nothing of a file that made room for newer ones meanwhile."""
    try:
        with path.open("rb") as file:
            yield from StreamReader(file, validate_crcs=True, record_size_limit=_MOST_RECORD_BYTES).records
    except TORN:
        return


def _changed_s(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0
