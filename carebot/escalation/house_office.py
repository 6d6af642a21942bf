"""Where caregivers' changes of contacts and quiet hours are taken: who wants what, whether it can be, and how it holds.

What is told of it holds no address as it is: a page that shows it gives none away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from carebot.errors import RecordsError
from carebot.escalation import contacts
from carebot.escalation.contacts import ContactError, Wanted
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.house_book import HOUSE, Changed, HouseBook
from carebot.escalation.plan import Caregiver
from carebot.printable import printable_name
from carebot.records.outbox import Message
from carebot.site.hours import Hours

TRY_AGAIN_AFTER_S = 30.0
TRY_CONTACT = "try_contact"


@dataclass(frozen=True, slots=True)
class HouseChange:
    """`by` wants `what` done to `subject` (a contact's id, a resident's name). `revision` is what they have seen; a
    change of another one is refused. None: whatever holds."""

    what: str
    subject: str
    content: Mapping[str, Any]
    by: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class HouseOutcome:
    """What became of it: `code` and `values` say why not, for programs, `message` in a sentence."""

    code: str = ""
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    id: str = ""

    @property
    def accepted(self) -> bool:
        return not self.code


class HouseOffice:
    """`took` is called once a change holds: those who call people and those who keep quiet take it up."""

    def __init__(
        self,
        book: HouseBook,
        desk: EscalationDesk,
        residents: Sequence[str],
        took: Callable[[HouseBook], None] = lambda _book: None,
    ) -> None:
        self.book, self._desk, self._residents, self._took = book, desk, tuple(residents), took

    def change(self, change: HouseChange, now_s: float) -> HouseOutcome:
        """Carry it out; it is on disk and holds when it was accepted, and else nothing has changed."""
        try:
            identity = self._carry_out(change, now_s)
        except ContactError as error:
            return HouseOutcome(error.code, str(error), error.values)
        except RecordsError as error:
            return HouseOutcome("not_recorded", f"Nothing was changed. {error}", {"reason": str(error)})
        if change.what != TRY_CONTACT:
            self._took(self.book)
        return HouseOutcome(id=identity)

    def told(self) -> dict[str, Any]:
        """Contacts, chains and who changed what, as JSON can hold it."""
        book, plan = self.book, self.book.plan
        return {
            "contacts": [self._contact(each) for each in plan.caregivers],
            "chains": [
                {
                    "name": chain,
                    "levels": [{"for_s": level.for_s, "who": [tell.who for tell in level.tell]} for level in levels],
                }
                for chain, levels in plan.escalation.items()
            ],
            "relays": sorted(plan.relays),
            "contacts_changed": _changed(book.contacts_changed),
            "quiet": [self._quiet(name) for name in (HOUSE, *self._residents)],
            "warning": book.warning,
        }

    def _contact(self, person: Caregiver) -> dict[str, Any]:
        return {
            "id": contacts.contact_id(person.name),
            "name": person.name,
            "language": person.language,
            "relation": person.relation or "",
            "ways": [{"way": way, "address": contacts.masked(address)} for way, address in person.reach.items()],
            "calls": contacts.calls_of(self.book.plan, person.name),
            "trial": [self._trial(message) for message in self._desk.trial(person.name)],
        }

    def _trial(self, message: Message) -> dict[str, Any]:
        address = self.book.plan.address(message.who, message.by) or ""
        error = contacts.without_address(message.error, address)
        return {"way": message.by, "state": message.state.value, "at_s": message.queued_at_s, "error": error}

    def _quiet(self, resident: str) -> dict[str, Any]:
        own = self.book.quiet.house if resident == HOUSE else self.book.quiet.residents.get(resident, ())
        return {
            "resident": resident,
            "hours": [_span(each) for each in own],
            "changed": _changed(self.book.quiet_changed(resident)),
        }

    def _carry_out(self, change: HouseChange, now_s: float) -> str:
        by = printable_name(change.by)
        if not by:
            raise ContactError("no_name", "A change needs the name of the person who makes it.")
        if change.revision is not None and change.revision != self.book.revision:
            raise ContactError("changed_meanwhile", "Somebody has changed the settings meanwhile: look at them again.")
        acts: dict[str, Callable[[HouseChange, str, float], str]] = {
            "add_contact": self._add,
            "change_contact": self._change,
            "remove_contact": self._remove,
            TRY_CONTACT: self._try_out,
            "quiet_hours": self._set_quiet,
            "restore_contacts": self._restore_contacts,
            "restore_quiet_hours": self._restore_quiet,
        }
        if change.what not in acts:
            known = ", ".join(acts)
            raise ContactError("invalid", f"The change {change.what[:40]!r} is unknown: use one of {known}.")
        return acts[change.what](change, by, now_s)

    def _add(self, change: HouseChange, by: str, now_s: float) -> str:
        return self.book.add_contact(_wanted(change.content), by, now_s)

    def _change(self, change: HouseChange, by: str, now_s: float) -> str:
        return self.book.change_contact(change.subject, _wanted(change.content), by, now_s)

    def _remove(self, change: HouseChange, by: str, now_s: float) -> str:
        self.book.remove_contact(change.subject, by, now_s)
        return change.subject

    def _try_out(self, change: HouseChange, _by: str, now_s: float) -> str:
        who = contacts.contact(self.book.plan, change.subject).name
        latest = max((each.queued_at_s for each in self._desk.trial(who)), default=0.0)
        if abs(now_s - latest) < TRY_AGAIN_AFTER_S or not self._desk.try_out(who, now_s):
            raise ContactError("trial_soon", "The trial before was a moment ago: wait for its outcome.")
        return change.subject

    def _set_quiet(self, change: HouseChange, by: str, now_s: float) -> str:
        hours = change.content.get("hours")
        if not isinstance(hours, list) or not all(isinstance(each, dict) for each in hours):
            raise ContactError("hours_invalid", "Quiet hours need two times of day, such as 21:00 and 07:00.")
        self.book.set_quiet(change.subject, hours, self._residents, by, now_s)
        return ""

    def _restore_contacts(self, _change: HouseChange, _by: str, _now_s: float) -> str:
        self.book.restore_contacts()
        return ""

    def _restore_quiet(self, change: HouseChange, _by: str, _now_s: float) -> str:
        self.book.restore_quiet(change.subject)
        return ""


def _span(hours: Hours) -> dict[str, str]:
    return {"from": hours.from_, "to": hours.to}


def _changed(change: Changed | None) -> dict[str, Any] | None:
    return None if change is None else {"by": change.by, "at_s": change.at_s}


def _wanted(content: Mapping[str, Any]) -> Wanted:
    try:
        return Wanted(**content)
    except TypeError:
        raise ContactError("invalid", "The content of a change has keys that are not known.") from None
