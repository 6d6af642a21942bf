"""What a resident asked for by voice → what the robot does about it, or why it does not: the policy, and nothing else.

A resident may have the robot come or follow, be led somewhere, have word sent to somebody and be reminded. Of other
routines each says itself (`by_resident`) whether a resident's word is enough, whether a caregiver has to agree, or
neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any

from carebot.conversation.leash.checks import delicate
from carebot.conversation.text import Language, words
from carebot.routines.file import Routine
from carebot.routines.parameters import GivenError, filled
from carebot.site.file import Resident, Site

FAMILY = "family"
MOST_WHAT = 100
REMINDER = "resident_reminder"
WISH_ENTRY = "wish-"
"""How entries of the schedule begin that a resident asked for."""
DELICATE = ("dosage", "intake", "money")
"""Matters in which a reminder by a mistaken robot does harm: medicine taken twice, money given away."""
DRIVES = ("come_here", "follow_me", "guide_to_room", "go_to_charger")
"""Routines that are nothing without wheels: they are refused at once where nobody drives."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a resident asked for and, where that is needed, said yes to; see ResidentRequest."""

    name: str
    details: Mapping[str, str] = field(default_factory=dict)
    who: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """Start `routine` now; `text` is what to say meanwhile. `needs_approval`: a caregiver has to agree.

    `is_at_once`: what matters of it happens even where it has to wait for its turn.
    """

    routine: str
    parameters: Mapping[str, Any]
    text: str
    needs_approval: bool = False
    is_at_once: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """Put this entry into the schedule."""

    entry: Mapping[str, Any]
    text: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Refuse:
    """Do not do it; `text` says why. `tell`: caregivers hear of it, as they can do what the robot must not."""

    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    tell: bool = False


Answer = Start | Plan | Refuse


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to whom word can be sent; `relation` is what they are to a resident (daughter, son, friend, …)."""

    name: str
    relation: str = ""


class Policy:
    """`library` are the routines by name, `contacts` the caregivers of the site file."""

    def __init__(self, library: Mapping[str, Routine], site: Site, contacts: tuple[Contact, ...] = ()) -> None:
        self._library, self._site, self._contacts = library, site, contacts

    def answer(self, wish: Wish, now: datetime) -> Answer:
        """What to do about `wish`; `now` is the local time of the home."""
        resident = self._resident(wish.who)
        if resident is None and self._site.residents:
            return Refuse("wish_who")
        who = resident.name if resident else ""
        answer = _ANSWERS.get(wish.name, Policy._unknown)(self, wish, who, now)
        return self._checked(answer)

    def startable(self) -> dict[str, Routine]:
        """What a resident may ask for by name, with or without a caregiver's yes."""
        return {
            name: each for name, each in self._library.items() if each.file.by_resident != "never" and self._fits(each)
        }

    def language_of(self, who: str) -> Language:
        """In which `who` is answered."""
        resident = self._resident(who)
        return self._site.language_of(resident.name if resident else "")

    def _fits(self, routine: Routine) -> bool:
        """Whether nothing but the resident has to be named for it."""
        needed = (each for each in routine.file.parameters.values() if each.default is None)
        return all(each.kind == "resident" for each in needed)

    def _resident(self, who: str) -> Resident | None:
        residents = self._site.residents
        if not who:
            return residents[0] if len(residents) == 1 else None
        return next((each for each in residents if who in (each.name, each.called)), None)

    def _checked(self, answer: Answer) -> Answer:
        """The same, or a refusal where what was named cannot be used here."""
        if isinstance(answer, Refuse):
            return answer
        name = answer.routine if isinstance(answer, Start) else REMINDER
        given = answer.parameters if isinstance(answer, Start) else answer.entry["with"]
        routine = self._library.get(name)
        if routine is None:
            return Refuse("wish_unknown")
        if routine.file.by_resident == "never":
            return Refuse("wish_never")
        try:
            filled(routine.file.parameters, given, self._site, tuple(each.name for each in self._contacts))
        except GivenError:
            return Refuse("wish_not_here")
        return answer

    def _come(self, _wish: Wish, who: str, _now: datetime) -> Answer:
        return Start("come_here", {"resident": who}, "wish_come")

    def _follow(self, _wish: Wish, who: str, _now: datetime) -> Answer:
        return Start("follow_me", {"resident": who}, "wish_begun")

    def _go_away(self, _wish: Wish, _who: str, _now: datetime) -> Answer:
        return Start("go_to_charger", {}, "wish_go_away")

    def _guide(self, wish: Wish, who: str, _now: datetime) -> Answer:
        room = wish.details.get("room", "")
        found = self._site.room(room)
        if room not in self._site.destinations() or (found is not None and not found.consent.enter):
            return Refuse("wish_not_here")
        return Start("guide_to_room", {"room": room, "resident": who}, "wish_guide")

    def _call_family(self, wish: Wish, who: str, _now: datetime) -> Answer:
        contact = self._contact(wish.details)
        if contact is None:
            return Refuse("wish_nobody", tell=True)
        return Start("call_family", {"who": contact.name, "resident": who}, "wish_begun")

    def _contact(self, details: Mapping[str, str]) -> Contact | None:
        person, relation = details.get("person", ""), details.get("relative", "")
        if person:
            return next((each for each in self._contacts if each.name == person), None)
        family = [each for each in self._contacts if each.relation]
        if relation == FAMILY:
            return next(iter(family), None)
        return next((each for each in family if each.relation == relation), None)

    def _remind(self, wish: Wish, who: str, now: datetime) -> Answer:
        what, at = wish.details.get("what", "").strip()[:MOST_WHAT], wish.details.get("at", "")
        try:
            at_clock = time.fromisoformat(at)
        except ValueError:
            return Refuse("wish_when")
        if not what:
            return Refuse("wish_when")
        due = now.replace(hour=at_clock.hour, minute=at_clock.minute, second=0, microsecond=0)
        if delicate(what, self.language_of(who)) in DELICATE:
            return Refuse("wish_delicate", {"what": what}, tell=True)
        due += timedelta(days=1 if due <= now else 0)
        day = due.date().isoformat()
        identity = hashlib.sha256(f"{who} {day} {at} {what}".encode()).hexdigest()[:12]
        entry = {
            "id": f"{WISH_ENTRY}{identity}",
            "routine": REMINDER,
            "with": {"resident": who, "what": what} if who else {"what": what},
            "at": [f"{due:%H:%M}"],
            "from_day": day,
            "until_day": day,
        }
        return Plan(entry, "wish_remind", {"what": what})

    def _privacy_on(self, _wish: Wish, who: str, _now: datetime) -> Answer:
        return Start("privacy_time", {"resident": who}, "wish_privacy", is_at_once=True)

    def _privacy_off(self, _wish: Wish, _who: str, _now: datetime) -> Answer:
        return Start("privacy_end", {}, "", is_at_once=True)

    def _start(self, wish: Wish, who: str, _now: datetime) -> Answer:
        routine = self._called(wish.details.get("routine", ""))
        if routine is None:
            return Refuse("wish_unknown")
        if routine.file.by_resident == "never":
            return Refuse("wish_never")
        takes = next((name for name, each in routine.file.parameters.items() if each.kind == "resident"), "")
        waits = routine.file.by_resident == "approved" or wish.details.get("waits_for") == "caregiver"
        text = "wish_waits" if waits or routine.file.needs_approval is not None else "wish_begun"
        return Start(routine.name, {takes: who} if takes and who else {}, text, waits)

    def _called(self, said: str) -> Routine | None:
        """By its name, or by what it is called in any language."""
        found = self._library.get(said)
        if found is not None or not said:
            return found
        for routine in self._library.values():
            if any(
                words(called, language) == words(said, language) for language, called in routine.file.called.items()
            ):
                return routine
        return None

    def _unknown(self, _wish: Wish, _who: str, _now: datetime) -> Answer:
        return Refuse("wish_unknown")


_ANSWERS = {
    "come": Policy._come,
    "follow": Policy._follow,
    "go_away": Policy._go_away,
    "guide": Policy._guide,
    "call_family": Policy._call_family,
    "remind": Policy._remind,
    "start_routine": Policy._start,
    "privacy_on": Policy._privacy_on,
    "privacy_off": Policy._privacy_off,
}
