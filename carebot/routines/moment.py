"""A run as its steps see it: who is spoken to, in which language, what was answered, and what has to be kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carebot.reasons import reason_in
from carebot.records.routine_notes import Note
from carebot.records.routine_runs import Run
from carebot.routines import journal as keys
from carebot.routines.conditions import Condition, at_site, is_parameter
from carebot.routines.file import Routine
from carebot.routines.filling import as_text, resolved
from carebot.routines.journal import Journal
from carebot.routines.own_texts import has_own_text, own_text
from carebot.routines.ports import Ports
from carebot.site.file import Site
from carebot.site.places import Named


@dataclass(frozen=True, slots=True)
class Place:
    """Where a step has brought the robot: to `name` of the site file, as the action GoTo takes it."""

    name: str
    kind: str


BY_ITSELF = ("schedule", "trigger ")
"""How the names of those who ask begin where nobody does."""


@dataclass
class RunContext:
    """One run under way. `values` are the parameters', given or default; `now_s` is the present tick's.

    `busy_with` is what runs instead. `effects` are begun once what they are about is on disk; `notes` and `finds` go
    there with the next commit.
    """

    run: Run
    routine: Routine
    values: Mapping[str, Any]
    site: Site
    ports: Ports
    journal: Journal
    now_s: float
    effects: list[Callable[[], None]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    finds: list[tuple[str, str, int]] = field(default_factory=list)
    rounds: dict[str, int] = field(default_factory=dict)
    way_back: Place | None = None
    step: str = ""
    told: str = ""
    doing: tuple[str, str] = ("", "")
    failure: str = ""
    waits_for: str = ""
    is_quiet: bool = False
    ended: tuple[bool, str] | None = None
    busy_with: Routine | None = None

    @property
    def may_disturb(self) -> bool:
        """Whether it begins and is heard in quiet hours: what somebody asked for, what is urgent or its file allows."""
        return self.routine.may_disturb or not self.run.requested_by.startswith(BY_ITSELF)

    @property
    def resident(self) -> str:
        """Whom the routine is about: the value of its first parameter of that kind; empty where there is none."""
        kinds = self.routine.file.parameters.items()
        return next((str(self.values[name]) for name, each in kinds if each.kind == "resident"), "")

    @property
    def language(self) -> str:
        """In which the resident is spoken to."""
        return self.site.language_of(self.resident)

    def replacements(self) -> dict[str, Any]:
        """What `{name}` stands for in the keys of steps."""
        resident = self.site.resident(self.resident)
        return {
            **self.values,
            "called": resident.address if resident else "",
            "own_room": (resident and resident.room) or "",
            "own_bed": self.site.bed_of(self.resident),
            "found_in": str(self.journal.get(keys.FOUND).get("room", "")),
            "counted": int(self.journal.get(keys.COUNTED).get("number", 0)),
        }

    def text(self, name: str, language: str) -> str:
        """The routine's text with everything put in; in the first language that it has where not in this one."""
        if not name:
            return ""
        words = self.routine.file.texts[name]
        spoken = next((each for each in words if each == language), next(iter(words)))
        return words[spoken].format_map(self._in_texts(spoken)).strip()

    def spoken(self, name: str, language: str) -> str:
        """What a room, a place or a charger is called aloud."""
        some: Iterable[Named] = (*self.site.rooms, *self.site.places, *self.site.docks)
        found = next((each for each in some if each.name == name), None)
        return found.spoken(language) if found else name.replace("_", " ")  # type: ignore[arg-type]

    def holds(self, condition: Condition) -> bool:
        """Whether a condition holds now."""
        if condition.not_ is not None:
            return not self.holds(condition.not_)
        if condition.all is not None:
            return all(map(self.holds, condition.all))
        if condition.any is not None:
            return any(map(self.holds, condition.any))
        return self._holds_plainly(condition)

    def ended_step(self, name: str, answer: str, heard: str, has_failed: bool) -> None:
        """Remember how a named step ended."""
        said = {**self.journal.get(keys.SAID), name: {"answer": answer, "failed": has_failed}}
        if heard:
            said["@heard"] = {"answer": heard, "failed": False}
        self.journal.replace(keys.SAID, said)

    def now_doing(self, step: str, keyword: str, what: str) -> None:
        """Tell whoever watches."""
        self.step, self.doing = step, (keyword, what)
        self.told = self.told_in(self.site.language)

    def doing_nothing(self) -> None:
        """There is nothing to watch."""
        self.step = self.told = ""
        self.doing = ("", "")

    def told_in(self, language: str) -> str:
        """What the robot does, in words of that language; empty where nothing is under way."""
        keyword, what = self.doing
        key = f"doing_{keyword}"
        return own_text(key, language, what=what) if has_own_text(key) else f"{keyword} {what}".strip()

    def _holds_plainly(self, condition: Condition) -> bool:
        said: Mapping[str, Any] = self.journal.get(keys.SAID)
        if condition.answer is not None:
            return said.get(condition.answer.of, {}).get("answer") in condition.answer.is_
        if condition.done is not None:
            return said.get(condition.done, {}).get("failed") is False
        if condition.failed is not None:
            return said.get(condition.failed, {}).get("failed") is True
        if condition.time is not None:
            return condition.time.holds(at_site(self.now_s, self.site.time_zone))
        if condition.touched is not None:
            return self.ports.touch.is_touched(self.now_s) is condition.touched
        if condition.camera_is_off is not None:
            return self.ports.eyes.are_closed() is condition.camera_is_off
        if condition.somebody_is_seen is not None:
            return self.ports.people.somebody_is_seen(self.now_s) is condition.somebody_is_seen
        if condition.somebody_was_up is not None:
            within_s = float(resolved(condition.somebody_was_up.within_s, self.replacements()))
            return self.ports.rest.was_up_within(within_s, self.now_s)
        if condition.parameter is not None:
            return is_parameter(self.values, condition.parameter)
        if condition.recorded is not None:
            subject = as_text(resolved(condition.recorded.subject, self.replacements()))
            at_s = self.ports.records.last_note_s(condition.recorded.kind, subject)
            within_s = resolved(condition.recorded.within_s, self.replacements())
            return at_s is not None and self.now_s - at_s <= float(within_s)
        return self._holds_of_alert(condition)

    def _holds_of_alert(self, condition: Condition) -> bool:
        alert = str(self.values[condition.alert_is_open or condition.alert_is_answered or ""])
        if condition.alert_is_open is not None:
            return self.ports.messages.alert_state(alert) not in ("", "resolved")
        return self.ports.messages.answered_by(alert) != ""

    def _in_texts(self, language: str) -> dict[str, str]:
        shown = {name: self._shown(name, value, language) for name, value in self.values.items()}
        ending = self.journal.get(keys.ENDING)
        heard = self.journal.get(keys.SAID).get("@heard", {})
        return {
            **shown,
            "called": str(self.replacements()["called"]),
            "own_room": self.spoken(str(self.replacements()["own_room"]), language),
            "found_in": self.spoken(str(self.replacements()["found_in"]), language),
            "counted": as_text(self.replacements()["counted"]),
            "reason": reason_in(str(ending.get("reason", "") or self.failure or self.run.outcome), language),
            "heard": str(heard.get("answer", "")),
            "time": at_site(self.now_s, self.site.time_zone).strftime("%H:%M"),
            "busy_with": self.busy_with.called(language) if self.busy_with else "",
        }

    def _shown(self, name: str, value: Any, language: str) -> str:
        kind = self.routine.file.parameters[name].kind
        if kind in ("room", "destination"):
            return self.spoken(str(value), language)
        if kind == "rooms":
            return as_text([self.spoken(each, language) for each in value])
        if kind == "alert":
            return self.ports.messages.answered_by(str(value))
        return as_text(value)


@dataclass(frozen=True, slots=True)
class Moment:
    """A step of a run that begins now. `identity` is the same for this step after every restart.

    `began_s` is when it began first, `is_interrupted` whether it has begun before and was broken off by a restart.
    """

    context: RunContext
    identity: str
    began_s: float
    is_interrupted: bool

    @property
    def ports(self) -> Ports:
        return self.context.ports

    @property
    def now_s(self) -> float:
        return self.context.now_s

    @property
    def language(self) -> str:
        """In which the resident is spoken to."""
        return self.context.language

    @property
    def must_be_heard(self) -> bool:
        """Whether it is a quiet hour, and the routine is one that may disturb in it."""
        return self.context.is_quiet and self.context.may_disturb

    def text(self, name: str, language: str = "") -> str:
        """The routine's text `name`, in the resident's language where none is named."""
        return self.context.text(name, language or self.language)

    def own_text(self, key: str, **values: object) -> str:
        """A sentence of the engine's own."""
        return own_text(key, self.language, **values)

    def title(self, language: str) -> str:
        """What the routine is called."""
        return self.context.routine.called(language)

    def spoken(self, name: str) -> str:
        """What a room or place is called, for whoever watches."""
        return self.context.spoken(name, self.context.site.language)

    def called(self, resident: str) -> str:
        """How that resident is addressed; the routine's own where none is named."""
        found = self.context.site.resident(resident or self.context.resident)
        return found.address if found else ""

    def searchable(self, rooms: Iterable[str], who: str) -> list[str]:
        """Where to look for somebody, the likeliest first; never where the robot may not enter or not watch."""
        site = self.context.site
        allowed = [room.name for room in site.rooms if room.consent.enter and room.consent.camera]
        wanted = list(rooms)
        if wanted:
            return [room for room in wanted if room in allowed]
        found = self.ports.records.times_found(who, at_site(self.now_s, site.time_zone).hour)
        resident = site.resident(who or self.context.resident)
        own = resident.room if resident else None
        return sorted(allowed, key=lambda room: (-found.get(room, 0), room != own))

    def found(self, who: str, room: str) -> None:
        """Somebody was found: in `room`, or where the robot happened to be (empty)."""
        if room:
            hour = at_site(self.now_s, self.context.site.time_zone).hour
            self.context.finds.append((who, room, hour))

    def note(self, kind: str, subject: str, content: Mapping[str, Any]) -> None:
        """Have something written down, once for this step."""
        step = self.identity.partition("/")[2]
        self.context.notes.append(Note(self.context.run.id, step, kind, subject, content, self.now_s))

    def holds(self, condition: Condition) -> bool:
        """Whether a condition holds now."""
        return self.context.holds(condition)

    def end(self, is_done: bool, reason: str) -> None:
        """Let the routine end here."""
        self.context.ended = is_done, reason
