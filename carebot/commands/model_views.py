"""How `carebot models` shows what it found: a table for people, JSON for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from carebot.commands.model_checks import FileCheck, presence
from carebot.perception.registry import ModelEntry

if TYPE_CHECKING:
    from carebot.commands.model_bench import Timing
    from carebot.commands.model_pull import Pulled


def show_list(entries: Sequence[ModelEntry], as_json: bool) -> None:
    if as_json:
        _print_json([_entry_json(entry) for entry in entries])
        return
    _print_table(("name", "task", "family", "licence", "input", "files"), [_entry_row(entry) for entry in entries])
    for entry in entries:
        _sentence(f"{entry.name}: {entry.description}")


def show_checks(checks: Sequence[FileCheck], as_json: bool) -> None:
    if as_json:
        _print_json([asdict(check) for check in checks])
        return
    _print_table(("model", "file", "state"), [(check.model, check.path, check.state) for check in checks])
    for check in checks:
        if check.fault:
            _sentence(check.fault)


def show_pulled(pulled: Sequence[Pulled], as_json: bool) -> None:
    if as_json:
        _print_json([asdict(each) for each in pulled])
        return
    for each in pulled:
        _sentence(f"{each.path} is {'pulled and' if each.fetched else 'here already and'} verified.")


def show_timings(timings: Sequence[Timing], as_json: bool) -> None:
    if as_json:
        _print_json([asdict(timing) for timing in timings])
        return
    rows = [(each.model, each.role, f"{each.cpu_ms:.2f}", f"{each.wall_ms:.2f}", each.provider) for each in timings]
    _print_table(("model", "file", "CPU ms", "wall ms", "ran on"), rows)
    for reason in dict.fromkeys(each.fallback_reason for each in timings if each.fallback_reason):
        _sentence(reason)


def _entry_json(entry: ModelEntry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "task": entry.task,
        "family": entry.family,
        "licence": entry.licence,
        "description": entry.description,
        "registry": str(entry.registry),
        "detector": entry.detector.name if entry.detector else None,
        "files": [
            {
                "role": file.role,
                "path": str(file.path),
                "sha256": file.sha256,
                "url": file.url,
                "input_size": file.input_size,
                "state": presence(file),
            }
            for file in entry.files
        ],
    }


def _entry_row(entry: ModelEntry) -> tuple[str, ...]:
    sizes = (f"{file.input_size[0]}×{file.input_size[1]}" for file in entry.files if file.input_size)
    states = dict.fromkeys(presence(file) for file in entry.files)
    return (entry.name, entry.task, entry.family, entry.licence, ", ".join(sizes), ", ".join(states))


def _print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(cell, overflow="fold") for cell in row))
    Console().print(table)


def _sentence(text: str) -> None:
    Console().print(text, markup=False, highlight=False, soft_wrap=True)


def _print_json(value: object) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))
