"""What technicians look for after a fault: what nodes logged, and the recordings of the black box."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol


@dataclass(frozen=True, slots=True)
class LogLine:
    """What a node logged, in English."""

    at_s: float
    level: Literal["warn", "error"]
    node: str
    text: str


class LoggingRobot(Protocol):
    """`log` returns at once: the last lines of the robot's nodes, the newest first; the same object until one comes."""

    def log(self) -> Sequence[LogLine]: ...


@dataclass(frozen=True, slots=True)
class Traces:
    """Where they are found."""

    logging: LoggingRobot
    black_box: Path
