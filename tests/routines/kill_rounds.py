"""Run as a program: kills a process that reminds of medicine, ROUNDS times at random points, and recounts.

usage: kill_rounds.py FOLDER ROUNDS SEED. A child runs the real schedule, engine and records in simulated time, which it
keeps in shared memory, so that time goes on when it dies. What it says, asks, hears and tells goes into a file that is
the world's: written before anything else is done about it, and never taken back. The parent kills it with SIGKILL after
a random number of ticks (or of lines of that file, right when something was said), and starts another.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import signal
import struct
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from carebot.records.routine_runs import RunState
from carebot.records.schema import open_records
from carebot.routines.engine import Engine
from carebot.routines.file import load_routine
from carebot.routines.library import OWN
from carebot.routines.ports import DONE, Outcome, Ports
from carebot.routines.run_book import RunBook
from carebot.routines.schedule import Entry
from carebot.routines.schedule_book import ScheduleBook
from carebot.site.file import Site

SITE = Site.model_validate(
    {
        "time_zone": "Asia/Tokyo",
        "rooms": [{"name": "bedroom", "polygon": [[0, 0], [4, 0], [4, 4], [0, 4]]}],
        "residents": [{"name": "Hana Sato", "room": "bedroom"}],
    }
)
BEGIN_S = 1_779_937_200.0  # noon
TICK_S = 1.0
A_DAY = 24
GIVEN = {"rounds": 3, "repeat_after_s": 60, "time_to_take_s": 5}


class Clock:
    """Simulated time and the number of ticks, in memory that outlives the child."""

    def __init__(self) -> None:
        self._shared = mmap.mmap(-1, 16)
        self.set(BEGIN_S, 0)

    def set(self, now_s: float, ticks: int) -> None:
        self._shared[:] = struct.pack("dq", now_s, ticks)

    def get(self) -> tuple[float, int]:
        now_s, ticks = struct.unpack("dq", self._shared[:])
        return now_s, ticks


class Job:
    def __init__(
        self, outcome: Outcome, takes_s: float, line: dict[str, Any] | None = None, world: World | None = None
    ):
        self._outcome, self._takes_s, self._line, self._world = outcome, takes_s, line, world
        self._began_s: float | None = None

    def outcome(self, now_s: float) -> Outcome | None:
        self._began_s = now_s if self._began_s is None else self._began_s
        if now_s - self._began_s < self._takes_s:
            return None
        if self._line is not None and self._world is not None:
            self._world.write(self._line)
        return self._outcome

    def cancel(self) -> None:
        """Nothing happens outside."""


class World:
    """All ports but the records; every effect is a line of the file."""

    def __init__(self, path: Path, randomness: random.Random) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._random = randomness
        self._room = ""

    def write(self, line: dict[str, Any]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")

    def say(self, text: str, language: str, is_urgent: bool) -> Job:
        self.write({"said": text})
        return Job(DONE, self._random.choice((1.0, 4.0)))

    def ask(
        self,
        question: str,
        language: str,
        answers: Sequence[str],
        patience_s: float,
        repeats: int,
        *,
        is_urgent: bool = False,
    ) -> Job:
        self.write({"asked": question})
        answer = self._random.choice(("yes", "yes", "no", "none", "unclear"))
        return Job(Outcome(True, answer=answer), 3.0, {"heard": answer, "to": question}, self)

    def go(self, name: str, kind: str, time_limit_s: float) -> Job:
        self._room = name
        return Job(DONE, 5.0)

    def go_near(self, x_m: float, y_m: float, time_limit_s: float) -> Job:
        return Job(DONE, 5.0)

    def somebody_is_seen(self, now_s: float) -> bool:
        return self._room == "bedroom"

    def tell(self, who: str, title: str, body: str, about: str, now_s: float) -> Job:
        self.write({"told": body, "about": about})
        return Job(DONE, 0.0)

    def is_sent(self, about: str) -> bool:
        return True

    def language_of(self, who: str) -> str:
        return "en"

    def escalate(self, kind: str, reason: str, about: str, now_s: float) -> Job:
        raise NotImplementedError("no reminder raises an alarm")

    def alert_state(self, alert: str) -> str:
        return ""

    def alert_place_m(self, alert: str) -> tuple[float, float] | None:
        return None

    def answered_by(self, alert: str) -> str:
        return ""


def entries() -> list[Entry]:
    """One medicine each hour, so that every run has words of its own."""
    return [
        Entry.model_validate(
            {
                "id": f"pill-{hour}",
                "routine": "medication_reminder",
                "with": {"medicine": f"pill {hour}", **GIVEN},
                "at": [f"{hour:02d}:10"],
                "if_missed": "run",
            }
        )
        for hour in range(A_DAY)
    ]


def live(folder: Path, clock: Clock, seed: int, until_s: float) -> None:
    """The child: until the simulated end, or the kill."""
    now_s, ticks = clock.get()
    database = open_records(folder / "records.sqlite", "the child")
    book = RunBook(database)
    world = World(folder / "world.jsonl", random.Random(seed))
    ports = Ports(world, world, world, world, book)
    library = {"medication_reminder": load_routine(OWN / "medication_reminder.yaml")}
    schedule = ScheduleBook(database, entries(), (), SITE.time_zone, lambda name: library[name].priority, BEGIN_S)
    engine = Engine(library, SITE, (), ports, book, now_s)
    while now_s < until_s or engine.active():  # what has begun is brought to its end
        due = schedule.next_due()
        if not engine.active() and due:
            now_s = max(now_s, min(due[0][0], until_s))  # nothing happens until then
        now_s, ticks = now_s + TICK_S, ticks + 1
        clock.set(now_s, ticks)
        _, runs = schedule.step(now_s)
        for run in runs:
            engine.adopt(run, now_s)
        engine.tick(now_s)


def main(folder: Path, rounds: int, seed: int) -> None:
    randomness = random.Random(seed)
    clock, kills = Clock(), 0
    while True:
        is_last = kills >= rounds
        until_s = clock.get()[0] + 3 * 3600.0 if is_last else float("inf")
        child = os.fork()
        if child == 0:
            live(folder, clock, seed * 10_000 + kills, until_s)
            os._exit(0)
        if not is_last:
            wait_for_the_moment(child, folder / "world.jsonl", clock, randomness)
            os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            assert os.WEXITSTATUS(status) == 0, status
            break
        kills += 1
    print(json.dumps({"kills": kills, **recount(folder)}))


def wait_for_the_moment(child: int, log: Path, clock: Clock, randomness: random.Random) -> None:
    """Some ticks later, or the very moment when the next thing is said, asked, heard or told."""
    size = log.stat().st_size if log.exists() else 0
    _, begun = clock.get()
    ticks, at_a_line = randomness.randrange(0, 160), randomness.random() < 0.5
    until_s = time.monotonic() + 20.0
    while time.monotonic() < until_s and not _has_ended(child):
        if clock.get()[1] - begun >= ticks and not (at_a_line and log.exists() and log.stat().st_size == size):
            return
        if not at_a_line:
            time.sleep(randomness.random() * 1e-4)


def _has_ended(child: int) -> bool:
    return os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def recount(folder: Path) -> dict[str, Any]:
    """What must never be, counted over everything that happened."""
    lines = [json.loads(line) for line in (folder / "world.jsonl").read_text("utf-8").splitlines()]
    database = open_records(folder / "records.sqlite", "the recount")
    book = RunBook(database)
    runs = book.latest(limit=100_000)
    notes = book.notes(0, 1e12)
    ends = Counter(note.run_id for note in notes)
    with database.transaction() as connection:
        due = connection.exec_driver_sql("SELECT count(*) FROM schedule_occurrences").scalar()
    database.close()
    said = [line["said"] for line in lines if "said" in line]
    asked = [line["asked"] for line in lines if "asked" in line]
    prompts = Counter(text for text in said if "Please take it now" in text)
    by_medicine = Counter(str(run.parameters["medicine"]) for run in runs)
    told = {line["about"] for line in lines if "told" in line}
    missed = {note.run_id for note in notes if note.kind == "medicine_missed"}
    return {
        "due": due,
        "runs": len(runs),
        "taken": sum(note.kind == "medicine_taken" for note in notes),
        "missed": len(missed),
        "unfinished": sum(not run.state.is_over for run in runs),
        "failed": sum(run.state is RunState.FAILED for run in runs),
        "lost": sum(ends[run.id] == 0 for run in runs),
        "ended_twice": sum(ends[run.id] > 1 for run in runs),
        "prompted_twice": sum(max(0, prompts[_prompt(m)] - times) for m, times in by_medicine.items()),
        "asked_too_often": sum(
            max(0, sum(q == _question(m) for q in asked) - times * GIVEN["rounds"]) for m, times in by_medicine.items()
        ),
        "asked_again_openly": sum(question.startswith("Excuse me") for question in asked),
        "missed_and_not_told": sum(not any(about.startswith(f"{run_id}/") for about in told) for run_id in missed),
        "told_under_two_names": len(told) - len({about.partition("/")[0] for about in told}),
    }


def _prompt(medicine: str) -> str:
    return f"Hana Sato, it is time for your medicine: {medicine}. Please take it now."


def _question(medicine: str) -> str:
    return f"Have you taken your medicine, {medicine}?"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
