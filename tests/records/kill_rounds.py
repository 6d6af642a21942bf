"""Run as a program: kills a writing process ROUNDS times at random moments and counts what was told but not kept.

usage: kill_rounds.py FILE ROUNDS. A child hears falls and answers them, and tells each through a pipe once the book has
returned it; the parent kills it with SIGKILL, opens the book, and looks for all that was told.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from pathlib import Path

from carebot.alerts import Answer, FallEvent, FallEventKind
from carebot.records.alert_book import AlertBook, open_alert_book


def tell_until_killed(path: Path, pipe: int, first: int) -> None:
    book = open_alert_book(path)
    for number in range(first, first + 100_000):
        event = FallEvent(
            FallEventKind.CONFIRMED, number, 1, float(number), 0.9, "dropped", "Dropped.", {"drop_s": 0.5}
        )
        alert = book.hear(f"fall {number}", event, seen_at_s=float(number), now_s=float(number))
        tell(pipe, alert.id, alert.revision)
        if number % 2:
            outcome = book.answer(alert.id, Answer.REAL, "Aiko", "", now_s=float(number))
            assert outcome.alert is not None
            tell(pipe, outcome.alert.id, outcome.alert.revision)


def tell(pipe: int, alert_id: str, revision: int) -> None:
    os.write(pipe, json.dumps([alert_id, revision]).encode() + b"\n")


def one_round(path: Path, first: int, after_lines: int) -> dict[str, int]:
    """The newest revision of each alert that was told before the kill."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        tell_until_killed(path, writing, first)
        os._exit(3)
    os.close(writing)
    told: dict[str, int] = {}
    with os.fdopen(reading) as lines:
        for count, line in enumerate(lines):
            alert_id, revision = json.loads(line)
            told[alert_id] = revision
            if count == after_lines:
                os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, status
    return told


def lost(book: AlertBook, told: dict[str, int]) -> list[str]:
    return [alert_id for alert_id, revision in told.items() if len(book.history(alert_id)) < revision]


def main(path: Path, rounds: int) -> None:
    random.seed(1)
    told: dict[str, int] = {}
    for number in range(rounds):
        told |= one_round(path, number * 100_000, after_lines=random.randrange(12))
    book = open_alert_book(path)
    assert book.fault == "", book.fault
    print(json.dumps({"rounds": rounds, "told": len(told), "lost": len(lost(book, told))}))


main(Path(sys.argv[1]), int(sys.argv[2]))
