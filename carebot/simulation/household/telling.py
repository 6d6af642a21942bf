"""Word to caregivers and alarms, by care's own books; messages arrive at once, and are written down."""

from __future__ import annotations

from carebot.alerts import Alert, FallEvent, FallEventKind
from carebot.escalation.delivery import Parcel
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.plan import EscalationPlan
from carebot.escalation.spool import Fate, Result
from carebot.records.alert_book import AlertBook
from carebot.routines.ports import DONE, Job, Outcome, Refusal
from carebot.simulation.household.happened import Diary


class Postman:
    """A messenger whose every parcel arrives."""

    def __init__(self) -> None:
        self._carried: set[str] = set()

    def carry(self, parcel: Parcel) -> None:
        self._carried.add(parcel.key)

    def fate(self, key: str) -> Fate:
        return Fate.ENDED if key in self._carried else Fate.NOT_BEGUN

    def result(self, key: str) -> Result:
        return Result(key, "", 0.0)

    def tend(self) -> bool:
        return True


class Kept:
    """Done once it is on disk."""

    def __init__(self, desk: EscalationDesk, about: str) -> None:
        self._desk, self._about = desk, about

    def outcome(self, _now_s: float) -> Outcome | None:
        return DONE if self._desk.is_kept(self._about) else None

    def cancel(self) -> None:
        """What was given to be told is told."""


class SimulatedMessages:
    """The port Messages."""

    def __init__(self, book: AlertBook, desk: EscalationDesk, plan: EscalationPlan, diary: Diary) -> None:
        self._book, self._desk, self._plan, self._diary = book, desk, plan, diary
        self._told: set[tuple[str, str]] = set()

    def tell(self, who: str, title: str, body: str, about: str, now_s: float) -> Job:
        people = (who,) if who else self._plan.first_called()
        if not people:
            return Refusal("the site file names nobody who is to be told")
        for person in people:
            self._desk.news(person, title, body, about, now_s)
            if (person, about) not in self._told:
                self._told.add((person, about))
                self._diary.add("told", body, who=person)
        return Kept(self._desk, about)

    def is_sent(self, about: str) -> bool:
        return self._desk.is_sent(about)

    def language_of(self, who: str) -> str:
        person = self._plan.caregiver(who or next(iter(self._plan.first_called()), ""))
        return person.language if person else "en"

    def escalate(self, kind: str, reason: str, about: str, now_s: float) -> Job:
        event = FallEvent(FallEventKind.CONFIRMED, 0, 0, now_s, 1.0, "routine", reason)
        self._book.hear(about, event, seen_at_s=now_s, now_s=now_s, kind=kind)
        return Kept(self._desk, about)

    def alert_state(self, alert: str) -> str:
        found = self._alert(alert)
        return found.state.value if found else ""

    def alert_place_m(self, alert: str) -> tuple[float, float] | None:
        found = self._alert(alert)
        return found.known_at_m if found else None

    def answered_by(self, alert: str) -> str:
        found = self._alert(alert)
        return (found.acknowledged_by or found.resolved_by) if found else ""

    def _alert(self, alert: str) -> Alert | None:
        return next((each for each in self._book.recent(100) if each.id == alert), None)
