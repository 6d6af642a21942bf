"""How long a tick of the routine engine takes, with many routines loaded and all of them asked for."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np

from carebot.records.schema import open_records
from carebot.routines.engine import PERIOD_S, Engine
from carebot.routines.file import Routine, load_routine
from carebot.routines.library import OWN, files_in
from carebot.routines.ports import DONE, Outcome, Ports
from carebot.routines.run_book import RunBook
from carebot.site.file import load_site, site_path

TARGET_MS = 5.0
BEGIN_S = 1_780_000_000.0
GIVEN: dict[str, dict[str, Any]] = {
    "resident_reminder": {"what": "the doctor comes"},
    "medication_reminder": {"medicine": "the white pill"},
    "guide_to_room": {"room": "kitchen"},
    "call_family": {"who": "Aiko Tanaka"},
}


@dataclass(frozen=True, slots=True)
class TickReport:
    """Milliseconds a tick, at ten ticks a simulated second: by the clock, with the disk's syncs and whatever else the
    machine does; and of the processor's time, which the target is for."""

    routines: int
    ticks: int
    runs_done: int
    median_ms: float
    p99_ms: float
    worst_ms: float
    cpu_median_ms: float
    cpu_p99_ms: float

    @property
    def is_good(self) -> bool:
        return self.cpu_p99_ms < TARGET_MS


class Lasting:
    """A job that takes as long as the real one would."""

    def __init__(self, takes_s: float, outcome: Outcome = DONE) -> None:
        self._takes_s, self._outcome = takes_s, outcome
        self._began_s: float | None = None

    def outcome(self, now_s: float) -> Outcome | None:
        self._began_s = now_s if self._began_s is None else self._began_s
        return self._outcome if now_s - self._began_s >= self._takes_s else None

    def cancel(self) -> None:
        """Nothing is under way."""


class Household:
    """All ports but the records: a resident who answers, rooms that are reached."""

    def say(self, _text: str, _language: str, _is_urgent: bool) -> Lasting:
        return Lasting(3.0)

    def ask(
        self,
        _question: str,
        _language: str,
        answers: Sequence[str],
        _patience_s: float,
        _repeats: int,
        *,
        is_urgent: bool = False,  # noqa: ARG002
    ) -> Lasting:
        return Lasting(6.0, Outcome(True, answer=answers[0] if answers else "heard"))

    def go(self, _name: str, _kind: str, _time_limit_s: float) -> Lasting:
        return Lasting(15.0)

    def go_near(self, _x_m: float, _y_m: float, _time_limit_s: float) -> Lasting:
        return Lasting(15.0)

    def somebody_is_seen(self, now_s: float) -> bool:
        return now_s % 60 > 50

    def tell(self, _who: str, _title: str, _body: str, _about: str, _now_s: float) -> Lasting:
        return Lasting(0.0)

    def is_sent(self, _about: str) -> bool:
        return True

    def language_of(self, _who: str) -> str:
        return "en"

    def escalate(self, _kind: str, _reason: str, _about: str, _now_s: float) -> Lasting:
        return Lasting(0.0)

    def alert_state(self, _alert: str) -> str:
        return ""

    def alert_place_m(self, _alert: str) -> None:
        return None

    def answered_by(self, _alert: str) -> str:
        return ""


def measure(routines: int, minutes: float, folder: Path) -> TickReport:
    """Run `routines` routines, asked for again whenever they are over, for so many simulated minutes."""
    site = load_site(site_path("home"))
    library = _copies(routines, folder)
    database = open_records(folder / "records.sqlite", "carebot bench care")
    book, household = RunBook(database), Household()
    ports = Ports(household, household, household, household, book)
    engine = Engine(library, site, ("Aiko Tanaka",), ports, book, BEGIN_S)
    try:
        return _timed(engine, library, round(minutes * 60 / PERIOD_S))
    finally:
        database.close()


def _timed(engine: Engine, library: dict[str, Routine], ticks: int) -> TickReport:
    spent_ms, cpu_ms = np.zeros(ticks), np.zeros(ticks)
    asked = 0
    for tick in range(ticks):
        now_s = BEGIN_S + tick * PERIOD_S
        waiting = {active.run.routine for active in engine.active()}
        for name in library.keys() - waiting:
            engine.request(name, GIVEN.get(name.rpartition("_copy")[0] or name, {}), "bench", now_s)
            asked += 1
        begun_s, cpu_s = time.perf_counter(), time.process_time()
        engine.tick(now_s)
        spent_ms[tick] = 1e3 * (time.perf_counter() - begun_s)
        cpu_ms[tick] = 1e3 * (time.process_time() - cpu_s)
    median_ms, p99_ms = np.percentile(spent_ms, (50, 99))
    cpu_median_ms, cpu_p99_ms = np.percentile(cpu_ms, (50, 99))
    return TickReport(
        routines=len(library),
        ticks=ticks,
        runs_done=asked - len(engine.active()),
        median_ms=round(float(median_ms), 3),
        p99_ms=round(float(p99_ms), 3),
        worst_ms=round(float(spent_ms.max()), 3),
        cpu_median_ms=round(float(cpu_median_ms), 3),
        cpu_p99_ms=round(float(cpu_p99_ms), 3),
    )


def _copies(number: int, folder: Path) -> dict[str, Routine]:
    """The shipped routines, and copies of them under other names, until there are so many."""
    shipped = files_in(OWN)
    found: dict[str, Routine] = {}
    for copy in count():
        for path in shipped:
            if len(found) == number:
                return found
            text, name = path.read_text("utf-8"), path.stem if copy == 0 else f"{path.stem}_copy{copy}"
            file = folder / f"{name}.yaml"
            file.write_text(text.replace(f"\nname: {path.stem}\n", f"\nname: {name}\n"), encoding="utf-8")
            found[name] = load_routine(file)
    raise AssertionError("count() has no end")
