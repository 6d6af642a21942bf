"""Fetches the files of a model and shows how far it is."""

from __future__ import annotations

from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from carebot.perception import download
from carebot.perception.registry import ModelEntry, ModelFile


@dataclass(frozen=True, slots=True)
class Pulled:
    """One file that is in its place now; `fetched` is False where it was there before."""

    model: str
    role: str
    path: str
    bytes: int
    fetched: bool


def pull_entry(entry: ModelEntry) -> list[Pulled]:
    """Fetch what is missing of `entry`; raises PullError as `carebot.perception.download.pull` does."""
    with _progress() as progress:
        return [_pull(entry.name, file, progress) for file in entry.files]


def _pull(model: str, file: ModelFile, progress: Progress) -> Pulled:
    task = progress.add_task(file.path.name, total=None)
    fetched = download.pull(file, lambda here, total: _show(progress, task, here, total))
    size = file.path.stat().st_size
    _show(progress, task, size, size)
    return Pulled(model, file.role, str(file.path), size, fetched)


def _show(progress: Progress, task: TaskID, here: int, total: int | None) -> None:
    progress.update(task, completed=here, total=total)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    return Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
