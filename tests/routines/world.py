"""A scripted world for routines: what is said and asked, where the robot goes, who is seen, who is told. No clock."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml

from carebot.records.database import Database
from carebot.records.routine_runs import Run, RunState
from carebot.records.schema import open_records
from carebot.routines.engine import PERIOD_S, Engine
from carebot.routines.file import Routine, load_routine
from carebot.routines.library import OWN, files_in
from carebot.routines.ports import DONE, Outcome, Ports
from carebot.routines.run_book import RunBook
from carebot.site.file import Site
from carebot.site.hours import Hours

SITE = Site.model_validate(
    {
        "time_zone": "Asia/Tokyo",
        "language": "en",
        "rooms": [
            {"name": "bedroom", "called": {"en": "the bedroom"}, "polygon": [[0, 0], [4, 0], [4, 4], [0, 4]]},
            {"name": "kitchen", "called": {"en": "the kitchen"}, "polygon": [[4, 0], [8, 0], [8, 4], [4, 4]]},
            {"name": "living_room", "polygon": [[8, 0], [12, 0], [12, 4], [8, 4]]},
            {"name": "bathroom", "polygon": [[0, 4], [4, 4], [4, 8], [0, 8]], "consent": {"camera": False}},
        ],
        "zones": [{"name": "bed", "kind": "bed", "polygon": [[0.2, 2.9], [1.2, 2.9], [1.2, 3.9], [0.2, 3.9]]}],
        "places": [{"name": "entrance", "called": {"en": "the entrance"}, "at": [1, 1]}],
        "docks": [{"name": "charger", "called": {"en": "the charger"}, "at": [0.5, 0.5]}],
        "residents": [{"name": "Hana Sato", "called": "Mrs Sato", "language": "en", "room": "bedroom"}],
    }
)
CAREGIVERS = ("Aiko", "Ben")
START_S = 1_780_000_000.0 - 1_780_000_000.0 % 86_400 + 3 * 3600  # noon in Tokyo


class Task:
    """A job that ends after `takes_s` with `outcome`; None: never."""

    def __init__(self, outcome: Outcome, takes_s: float | None, ended: Callable[[Outcome], None] = lambda _: None):
        self._outcome, self._takes_s, self._ended = outcome, takes_s, ended
        self._began_s: float | None = None
        self.is_cancelled = False

    def outcome(self, now_s: float) -> Outcome | None:
        self._began_s = now_s if self._began_s is None else self._began_s
        if self._takes_s is None or now_s - self._began_s < self._takes_s:
            return None
        self._ended(self._outcome)
        return self._outcome

    def cancel(self) -> None:
        self.is_cancelled = True


class Movements:
    """Somebody who exercises: a repetition each `every_s`, until `most`; unseen where `is_seen` is false."""

    def __init__(self, every_s: float = 3.0, most: int = 100) -> None:
        self.every_s, self.most = every_s, most
        self.began_s = 0.0
        self.is_seen, self.stopped, self.is_closed = True, False, False

    def count(self, now_s: float) -> int | None:
        return min(self.most, int((now_s - self.began_s) / self.every_s)) if self.is_seen else None

    def is_stopped(self) -> bool:
        return self.stopped

    def close(self) -> None:
        self.is_closed = True


class Slumber:
    """Somebody who is looked at for a while."""

    def __init__(self, rests: str) -> None:
        self._rests = rests

    def verdict(self) -> str:
        return self._rests

    def close(self) -> None:
        pass


class World:
    """All ports. `log` is everything that was begun, in order: ("say", text), ("ask", …), ("go", …), ("tell", who)."""

    def __init__(self) -> None:
        self.log: list[tuple[str, str]] = []
        self.told: list[tuple[str, str, str]] = []
        self.urgent: list[str] = []
        self.is_touched_now = False
        self.closed_until_s = 0.0
        self.camera_fails = ""
        self.follows: Outcome = Outcome(False, "this robot cannot follow anybody yet")
        self.follows_s: float | None = 0.0
        self.movement: Movements | None = None
        self.alarms: list[tuple[str, str]] = []
        self.tasks: list[Task] = []
        self.answers: list[str] = []
        self.heard = ""
        self.standing = "charger"
        self.rooms_known: set[str] = set()
        self.people_in: set[str] = {"bedroom"}
        self.blocked: set[str] = set()
        self.states: dict[str, str] = {}
        self.answering: dict[str, str] = {}
        self.alert_places: dict[str, tuple[float, float]] = {}
        self.near_it = "there"
        self.says_s: float | None = 1.0
        self.asks_s: float | None = 2.0
        self.drives_s: float | None = 5.0
        self.no_voice = ""
        self.is_online = True
        self.rests = "resting"
        self.up_s: float | None = None
        self._abouts: set[str] = set()

    # Voice

    def say(self, text: str, language: str, is_urgent: bool) -> Task:
        self.log.append(("say", text))
        self.urgent += [text] if is_urgent else []
        return self._task(Outcome(False, self.no_voice) if self.no_voice else DONE, self.says_s)

    def ask(
        self, question: str, language: str, answers: Sequence[str], patience_s: float, repeats: int, *, is_urgent=False
    ) -> Task:
        self.urgent += [question] if is_urgent else []
        self.log.append(("ask", question))
        if self.no_voice:
            return self._task(Outcome(False, self.no_voice), 0.0)
        answer = self.answers.pop(0) if self.answers else "none"
        assert answer in (*answers, "heard", "unclear", "none")
        return self._task(Outcome(True, answer=answer, heard=self.heard), self.asks_s)

    # Travel

    def go(self, name: str, kind: str, time_limit_s: float) -> Task:
        if kind == "person" and name:
            is_there = name in self.people_in
            self.log.append(("look_round", name))
            return self._task(DONE if is_there else Outcome(False, "nobody is to be seen here"), 1.0)
        self.log.append(("go", name or kind))
        if name in self.blocked or "all" in self.blocked:
            return self._task(Outcome(False, "a chair is in the way"), 1.0)
        there = name or (self.standing if kind == "person" else "charger")
        return self._task(DONE, self.drives_s, lambda _: setattr(self, "standing", there))

    def go_near(self, x_m: float, y_m: float, time_limit_s: float) -> Task:
        """To `near_it`, whatever the spot is."""
        self.log.append(("go_near", f"{x_m:g} {y_m:g}"))
        if "all" in self.blocked:
            return self._task(Outcome(False, "a chair is in the way"), 1.0)
        return self._task(DONE, self.drives_s, lambda _: setattr(self, "standing", self.near_it))

    # People

    def somebody_is_seen(self, now_s: float) -> bool:
        return self.standing in self.people_in

    # Messages

    def tell(self, who: str, title: str, body: str, about: str, now_s: float) -> Task:
        if about not in self._abouts:
            self._abouts.add(about)
            self.told.append((who, title, body))
        return self._task(DONE, 0.0)

    def is_sent(self, about: str) -> bool:
        return about in self._abouts and self.is_online

    def language_of(self, who: str) -> str:
        return "en"

    def escalate(self, kind: str, reason: str, about: str, now_s: float) -> Task:
        if about not in self._abouts:
            self._abouts.add(about)
            self.alarms.append((kind, reason))
        return self._task(DONE, 0.0)

    def alert_state(self, alert: str) -> str:
        return self.states.get(alert, "")

    def alert_place_m(self, alert: str) -> tuple[float, float] | None:
        return self.alert_places.get(alert)

    def answered_by(self, alert: str) -> str:
        return self.answering.get(alert, "")

    # Company, Exercise, Eyes, Touch

    def follow(self, who: str, time_limit_s: float) -> Task:
        self.log.append(("follow", who))
        return self._task(self.follows, self.follows_s)

    def watch(self, movement: str, now_s: float) -> Movements | None:
        self.log.append(("watch", movement))
        if self.movement is not None:
            self.movement.began_s = now_s
        return self.movement

    # Rest

    def observe(self, bed: str) -> Slumber | None:
        self.log.append(("observe", bed))
        return Slumber(self.rests) if self.rests else None

    def was_up_within(self, seconds: float, now_s: float) -> bool:
        return self.up_s is not None and now_s - self.up_s <= seconds

    def close_until(self, until_s: float) -> Task:
        if self.camera_fails:
            return self._task(Outcome(False, self.camera_fails), 0.0)
        self.log.append(("camera", "off" if until_s else "on"))
        self.closed_until_s = until_s
        return self._task(DONE, 0.5)

    def are_closed(self) -> bool:
        return self.closed_until_s > 0

    def is_touched(self, now_s: float) -> bool:
        return self.is_touched_now

    def room_here(self) -> str:
        return self.standing if self.standing in self.rooms_known else ""

    def _task(self, outcome: Outcome, takes_s: float | None, ended: Callable[[Outcome], None] = lambda _: None) -> Task:
        self.tasks.append(Task(outcome, takes_s, ended))
        return self.tasks[-1]

    def of(self, what: str) -> list[str]:
        return [text for kind, text in self.log if kind == what]

    @property
    def said(self) -> list[str]:
        return self.of("say")

    @property
    def asked(self) -> list[str]:
        return self.of("ask")

    @property
    def went(self) -> list[str]:
        return self.of("go")


def own_library() -> dict[str, Routine]:
    return {routine.name: routine for routine in map(load_routine, files_in(OWN))}


def routine_file(folder: Path, content: dict[str, Any] | str, name: str = "trial") -> Path:
    """A routine's file; a mapping is completed with what every routine needs."""
    path = folder / f"{name}.yaml"
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
        return path
    words = {"en": "Trial", "ja": "試し", "fr": "Essai"}
    whole = {"name": name, "called": words, "about": words, "priority": "requested", "time_limit_s": 600, **content}
    path.write_text(yaml.safe_dump(whole, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return path


def in_all(text: str) -> dict[str, str]:
    return {"en": text, "ja": text, "fr": text}


SHARED_MEMORY = Path("/dev/shm")


class House:
    """An engine with its records in a real file, in a world that goes on when the engine crashes.

    The file is in memory where the machine has such a place: each step waits for the disk otherwise.
    """

    def __init__(self, library: dict[str, Routine], site: Site = SITE, quiet_hours: Sequence[Hours] = ()) -> None:
        place = SHARED_MEMORY if SHARED_MEMORY.is_dir() else None
        self._folder = tempfile.TemporaryDirectory(prefix="carebot-test-", dir=place)
        self.folder, self.library, self.site = Path(self._folder.name), library, site
        self.world = World()
        self.quiet_hours = tuple(quiet_hours)
        self.now_s = START_S
        self._start()

    def _start(self) -> None:
        self.database: Database = open_records(self.folder / "records.sqlite", "the test")
        self.book = RunBook(self.database)
        world = self.world
        ports = Ports(world, world, world, world, self.book, world, world, world, world, world, world)
        self.engine = Engine(self.library, self.site, CAREGIVERS, ports, self.book, self.now_s, self.quiet_hours)

    def crash(self, away_s: float = 10.0) -> None:
        """Everything in memory is gone, in the middle of whatever was under way."""
        self.database.close()
        self.now_s += away_s
        self._start()

    def close(self) -> None:
        self.database.close()
        self._folder.cleanup()

    def request(self, name: str, by: str = "Aiko", **given: Any) -> Run:
        return self.engine.request(name, given, by, self.now_s)

    def forward(self, seconds: float) -> None:
        until_s = self.now_s + seconds
        while self.now_s < until_s - 1e-6:
            self.now_s += PERIOD_S
            self.engine.tick(self.now_s)

    def until(self, condition: Callable[[], object], within_s: float = 600.0) -> None:
        until_s = self.now_s + within_s
        while not condition():
            assert self.now_s < until_s, (self.world.log, [each.run for each in self.engine.active()])
            self.forward(PERIOD_S)

    def end(self, run: Run, within_s: float = 7300.0) -> Run:
        """The run as it is when it is over."""
        self.until(lambda: self.state(run).is_over, within_s)
        found = self.engine.run(run.id)
        assert found is not None
        return found

    def state(self, run: Run) -> RunState:
        found = self.engine.run(run.id)
        assert found is not None, run
        return found.state

    def notes(self) -> list[tuple[str, str]]:
        return [(note.kind, note.subject) for note in self.book.notes(0, self.now_s + 1)]
