"""What `carebot bench drive` prints."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from carebot.benchmarks.drive import DriveReport, Figure


def as_content(report: DriveReport) -> dict[str, Any]:
    """For a machine: never is null."""
    from carebot.benchmarks.drive import is_fast_enough

    figures = [
        {
            **{key: None if value == math.inf else value for key, value in asdict(figure).items()},
            "target": asdict(figure.target),
            "met": figure.is_met,
        }
        for figure in report.figures
    ]
    decoders = {name: {**asdict(speed), "met": is_fast_enough(speed)} for name, speed in report.decoders.items()}
    return {"figures": figures, "decoders": decoders}


def show(report: DriveReport) -> None:
    """For people."""
    console = Console()
    console.print(_times(report))
    if voided := sum(figure.voided for figure in report.figures):
        print(f"{voided} measurements were voided, because the machine had no time for the nodes or the board")
    console.print(_decoders(report))


def _times(report: DriveReport) -> Table:
    table = Table("milliseconds", "device", "times", "median", "p99", "worst", "target", "")
    for column in table.columns[2:6]:
        column.justify = "right"
    for figure in report.figures:
        judged = figure.target.judged.removesuffix("_ms")
        times = [_in_digits(value) for value in (figure.median_ms, figure.p99_ms, figure.worst_ms)]
        target = f"{judged} < {figure.target.below_ms:g}"
        table.add_row(_name(figure), figure.device, str(figure.count), *times, target, _mark(figure.is_met))
    return table


def _decoders(report: DriveReport) -> Table:
    from carebot.benchmarks.drive import DECODED_FRAMES_PER_S, DECODED_MB_PER_S, is_fast_enough

    target = f"≥ {DECODED_FRAMES_PER_S:,.0f} frames/s or {DECODED_MB_PER_S:g} MB/s"
    table = Table("decoder", "frames/s", "MB/s", "target", "")
    for name, speed in report.decoders.items():
        fast_enough = is_fast_enough(speed)
        table.add_row(name, f"{speed.frames_per_s:,.0f}", f"{speed.mb_per_s:.1f}", target, _mark(fast_enough))
    return table


def _name(figure: Figure) -> str:
    return f"{figure.name}, {figure.busy_processes} busy processes" if figure.busy_processes else figure.name


def _in_digits(milliseconds: float) -> str:
    return "never" if milliseconds == math.inf else f"{milliseconds:.1f}"


def _mark(is_met: bool) -> str:
    return "met" if is_met else "missed"
