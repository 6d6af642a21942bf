"""A routine in the terminal: what would be said, asked, driven and told is printed, and answers are typed."""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from carebot.conversation.understanding import how_are_they, understand
from carebot.records.routine_runs import Run, RunState
from carebot.records.schema import open_records
from carebot.routines.engine import PERIOD_S, Engine
from carebot.routines.file import Routine
from carebot.routines.ports import DONE, Outcome, Ports
from carebot.routines.run_book import RunBook
from carebot.site.file import Site
from carebot.site.values import Language

FIRST_LINE = "Only in this terminal: nothing moves, nobody is told, and no time is waited for."


class Ended:
    """A job that has ended already."""

    def __init__(self, outcome: Outcome = DONE) -> None:
        self._outcome = outcome

    def outcome(self, _now_s: float) -> Outcome:
        return self._outcome

    def cancel(self) -> None:
        """There is nothing to break off."""


class Terminal:
    """All ports but the records. `people_in` are the rooms in which somebody would be seen."""

    def __init__(self, people_in: Sequence[str]) -> None:
        self._people_in, self._room = tuple(people_in), ""

    def say(self, text: str, language: str, is_urgent: bool) -> Ended:
        _print(f"says{' at once' if is_urgent else ''} ({language}): {text}")
        return Ended()

    def ask(
        self,
        question: str,
        language: Any,
        answers: Sequence[str],
        _patience_s: float,
        _repeats: int,
        *,
        is_urgent: bool = False,  # noqa: ARG002
    ) -> Ended:
        _print(f"asks ({language}; {', '.join(answers) or 'any words'}): {question}")
        typed = _typed("your answer, Enter for none")
        answer = kind_of(typed, language, answers)
        _print(f"takes that for: {answer}")
        return Ended(Outcome(True, answer=answer, heard=typed))

    def go(self, name: str, kind: str, _time_limit_s: float) -> Ended:
        if kind == "person":
            _print(f"would look round: {name or 'where it stands'}")
            return Ended()
        _print(f"would drive to: {name or 'its charger'}")
        self._room = name
        return Ended()

    def go_near(self, x_m: float, y_m: float, _time_limit_s: float) -> Ended:
        _print(f"would drive near {x_m:.1f}, {y_m:.1f} m on the map")
        return Ended()

    def somebody_is_seen(self, _now_s: float) -> bool:
        return self._room in self._people_in

    def tell(self, who: str, title: str, body: str, _about: str, _now_s: float) -> Ended:
        _print(f"would tell {who or 'whoever is called first'}: {title}: {body}")
        return Ended()

    def is_sent(self, _about: str) -> bool:
        return True

    def language_of(self, _who: str) -> str:
        return "en"

    def escalate(self, kind: str, reason: str, _about: str, _now_s: float) -> Ended:
        _print(f"would call caregivers ({kind}): {reason}")
        return Ended()

    def alert_state(self, _alert: str) -> str:
        return ""

    def alert_place_m(self, _alert: str) -> None:
        return None

    def answered_by(self, _alert: str) -> str:
        return ""


def kind_of(typed: str, language: Language, expected: Sequence[str]) -> str:
    """Which kind of answer was typed: one of `expected`, or heard, unclear, none."""
    if not typed:
        return "none"
    if not expected:
        return "heard"
    meaning = understand(typed, language)
    named = {"Yes": "yes", "No": "no"}.get(meaning.intent, "") if meaning else ""
    candidates = (typed.lower(), named, how_are_they(typed, language))
    return next((each for each in candidates if each in expected), "unclear")


def run_in_terminal(
    library: dict[str, Routine],
    site: Site,
    caregivers: tuple[str, ...],
    name: str,
    given: dict[str, Any],
    people_in: Sequence[str],
) -> Run:
    """Play it to its end, as fast as it goes."""
    _print(FIRST_LINE)
    with tempfile.TemporaryDirectory(prefix="carebot-routine-") as folder:
        database = open_records(Path(folder) / "records.sqlite", "carebot routine run")
        try:
            book = RunBook(database)
            terminal = Terminal(people_in)
            ports = Ports(terminal, terminal, terminal, terminal, book)
            now_s = time.time()
            engine = Engine(library, site, caregivers, ports, book, now_s)
            run = engine.request(name, given, "terminal", now_s)
            return _played(engine, run, now_s)
        finally:
            database.close()


def _played(engine: Engine, run: Run, now_s: float) -> Run:
    told = ""
    while not run.state.is_over:
        now_s += PERIOD_S
        engine.tick(now_s)
        told = _follow(engine, run, told, now_s)
        run = engine.run(run.id) or run
    return run


def _follow(engine: Engine, run: Run, told: str, now_s: float) -> str:
    """Print what is waited for, once; an approval is asked for here."""
    active = next((each for each in engine.active() if each.run.id == run.id), None)
    if active is None:
        return told
    waits = active.context.waits_for or (active.run.state is RunState.WAITING and "routine")
    now = f"{active.context.step} {active.context.told}"
    if waits and now != told:
        who = active.context.routine.file.needs_approval
        typed = _typed(f"approval{f' of {who.by}' if who and who.by else ''}: y, n, or Enter to let the time pass")
        if typed[:1].lower() in ("y", "n"):
            by = str(active.context.journal.get(str(waits)).get("who", "")) or (who.by if who else "") or "terminal"
            engine.approve(run.id, typed[0].lower() == "y", by, now_s)
    elif now != told and active.context.step and "wait" in active.context.told:
        _print(active.context.told)
    return now


def _print(line: str) -> None:
    print(line, flush=True)


def _typed(prompt: str) -> str:
    """The next line of the input; empty where there is none any more."""
    if sys.stdin.isatty():
        print(f"  [{prompt}] > ", end="", flush=True)
    line = sys.stdin.buffer.readline().decode("utf-8", "replace")
    if line and not sys.stdin.isatty():
        print(f"  > {line.rstrip()}")
    return line.strip()
