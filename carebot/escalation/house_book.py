"""What caregivers change of the site: who is called, and when nothing may disturb. The site file stays the operator's.

Changes lie in a file of their own beside the records. Contacts and chains are changed as a whole: from the first
change on, those of the tablet hold, whatever the site file says later, until they are restored. Quiet hours are changed
for the house and for each resident by themselves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from carebot.config import FileModel
from carebot.errors import RecordsError
from carebot.escalation import contacts
from carebot.escalation.contacts import ContactError, Wanted
from carebot.escalation.plan import Caregiver, EscalationPlan, Level
from carebot.files import write_whole
from carebot.site.hours import Hours, Quiet, hours_problem

HOUSE = ""
"""Whose quiet hours those of the house are."""

_HOURS_WORDS = {
    "hours_many": "There are too many quiet hours: join some.",
    "hours_empty": "Quiet hours must not begin and end at the same time.",
    "hours_overlap": "Two of the quiet hours overlap: correct one of them.",
}


class Calls(FileModel):
    """Contacts and chains as they were changed; `of_file` tells whether the site file's have changed since."""

    caregivers: tuple[Caregiver, ...]
    escalation: dict[str, tuple[Level, ...]]
    by: str
    at_s: float
    of_file: str


class HoursOf(FileModel):
    """Quiet hours as they were changed."""

    hours: tuple[Hours, ...]
    by: str
    at_s: float


class Overlay(FileModel):
    """The whole file."""

    revision: int = Field(default=0, ge=0)
    calls: Calls | None = None
    quiet: dict[str, HoursOf] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed:
    """Who changed something last, and when."""

    by: str
    at_s: float


ProblemOf = Callable[[EscalationPlan], str]
"""Why a plan does not fit what else this home has, in a sentence; empty where it does."""


class HouseBook:
    """The plan and the quiet hours as they hold; the single writer of the file at `path`.

    `fault` says why changes of before do not hold, `warning` what the operator should know. A change is on disk before
    it holds; where the disk does not take it, RecordsError is raised and nothing has changed.
    """

    def __init__(
        self, path: Path, plan: EscalationPlan, quiet: Quiet, problem_of: ProblemOf = lambda _plan: ""
    ) -> None:
        self._path, self._file_plan, self._file_quiet = path, plan, quiet
        self.problem_of = problem_of
        self._unreadable = self.fault = ""
        self._is_damaged = False
        self._overlay = self._loaded()
        self.plan, fault = self._plan_of(self._overlay)
        self.quiet, self.fault = self._quiet_of(self._overlay), self.fault or fault

    @property
    def revision(self) -> int:
        """Another one after each change."""
        return self._overlay.revision

    @property
    def warning(self) -> str:
        """What holds although the site file says otherwise meanwhile."""
        calls = self._overlay.calls
        if calls is None or self.fault or calls.of_file == _digest(self._file_plan):
            return ""
        return (
            f"The site file's contacts have changed since {calls.by} changed them on the tablet: what the tablet shows "
            "holds, until the site file's are restored there."
        )

    @property
    def contacts_changed(self) -> Changed | None:
        """Who changed contacts last; None where the site file's hold."""
        calls = self._overlay.calls
        return Changed(calls.by, calls.at_s) if calls and not self.fault else None

    def quiet_changed(self, resident: str = HOUSE) -> Changed | None:
        """Who changed these quiet hours last; None where the site file's hold."""
        found = self._overlay.quiet.get(resident)
        return Changed(found.by, found.at_s) if found else None

    def add_contact(self, wanted: Wanted, by: str, now_s: float) -> str:
        """Add somebody; their id. Raises ContactError and RecordsError."""
        self._set_calls(contacts.added(self.plan, wanted), by, now_s)
        return contacts.contact_id(self.plan.caregivers[-1].name)

    def change_contact(self, identity: str, wanted: Wanted, by: str, now_s: float) -> str:
        """Change somebody; their id from now on. Raises ContactError and RecordsError."""
        number = self.plan.caregivers.index(contacts.contact(self.plan, identity))
        self._set_calls(contacts.changed(self.plan, identity, wanted), by, now_s)
        return contacts.contact_id(self.plan.caregivers[number].name)

    def remove_contact(self, identity: str, by: str, now_s: float) -> None:
        """Take somebody out. Raises ContactError and RecordsError."""
        self._set_calls(contacts.removed(self.plan, identity), by, now_s)

    def restore_contacts(self) -> None:
        """Let the site file's contacts and chains hold again. Raises ContactError and RecordsError."""
        if self._overlay.calls is None:
            raise ContactError("contacts_of_file", "The site file's contacts hold already.")
        if self.plan.escalation and not self._file_plan.escalation:
            raise ContactError("file_calls_nobody", "The site file calls nobody: its contacts cannot be restored.")
        self._check_rest(self._file_plan)
        self._keep(calls=None)

    def set_quiet(
        self, resident: str, hours: Iterable[Mapping[str, Any]], known: Iterable[str], by: str, now_s: float
    ) -> None:
        """Set the quiet hours of the house or of one of the `known` residents; none, and the house's hold for them.

        Raises ContactError and RecordsError.
        """
        if resident != HOUSE and resident not in known:
            raise ContactError("resident_unknown", f"The site file has no resident '{resident[:80]}'.")
        try:
            good = tuple(Hours.model_validate(dict(each)) for each in hours)
        except ValidationError:
            raise ContactError("hours_invalid", "Quiet hours need two times of day, such as 21:00 and 07:00.") from None
        if problem := hours_problem(good):
            raise ContactError(problem, _HOURS_WORDS[problem])
        self._keep(quiet={**self._overlay.quiet, resident: HoursOf(hours=good, by=by, at_s=now_s)})

    def restore_quiet(self, resident: str) -> None:
        """Let what the site file says of these quiet hours hold again. Raises ContactError and RecordsError."""
        if resident not in self._overlay.quiet:
            raise ContactError("hours_of_file", "The site file's quiet hours hold already.")
        self._keep(quiet={key: each for key, each in self._overlay.quiet.items() if key != resident})

    def _set_calls(self, plan: EscalationPlan, by: str, now_s: float) -> None:
        self._check_rest(plan)
        self._keep(
            calls=Calls(
                caregivers=plan.caregivers,
                escalation=plan.escalation,
                by=by,
                at_s=now_s,
                of_file=_digest(self._file_plan),
            )
        )

    def _check_rest(self, plan: EscalationPlan) -> None:
        if problem := self.problem_of(plan):
            raise ContactError("contact_needed", problem, reason=problem)

    def _keep(self, **parts: Any) -> None:
        if self._unreadable:
            raise RecordsError(self._unreadable)
        overlay = self._overlay.model_copy(update={"revision": self._overlay.revision + 1, **parts})
        plan, fault = self._plan_of(overlay)
        content = json.dumps(overlay.model_dump(mode="json", by_alias=True), ensure_ascii=False, indent=1)
        try:
            self._put_damaged_aside()
            write_whole(self._path, content.encode())
        except OSError as error:
            raise RecordsError(
                f"{self._path} cannot be written ({error.strerror}): make its folder writable, or free some space."
            ) from None
        self._overlay, self.plan, self.quiet, self.fault = overlay, plan, self._quiet_of(overlay), fault

    def _put_damaged_aside(self) -> None:
        """To be looked at, before it is written over."""
        if self._is_damaged:
            aside = self._path.with_name(f"{self._path.name}.damaged")
            aside.unlink(missing_ok=True)
            aside.hardlink_to(self._path)
            self._is_damaged = False

    def _loaded(self) -> Overlay:
        try:
            return Overlay.model_validate_json(self._path.read_bytes())
        except FileNotFoundError:
            return Overlay()
        except OSError as error:
            self.fault = self._unreadable = (
                f"{self._path} cannot be read ({error.strerror}): the site file's contacts and quiet hours hold, and "
                "nothing can be changed: make it readable and start anew."
            )
        except ValidationError:  # its values may be secrets
            self.fault = f"{self._path} is damaged: the site file's contacts and quiet hours hold; set yours anew."
            self._is_damaged = True
        return Overlay()

    def _plan_of(self, overlay: Overlay) -> tuple[EscalationPlan, str]:
        """What holds, and why not what was changed."""
        if overlay.calls is None:
            return self._file_plan, ""
        content = self._file_plan.model_dump() | overlay.calls.model_dump(include={"caregivers", "escalation"})
        try:
            plan = EscalationPlan.model_validate(content)
            problem = self.problem_of(plan)
        except ValidationError as error:
            problem = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        if not problem:
            return plan, ""
        fault = f"The contacts in {self._path} cannot be used ({problem.rstrip('.')}): the site file's are called."
        return self._file_plan, fault

    def _quiet_of(self, overlay: Overlay) -> Quiet:
        own = {name: each.hours for name, each in overlay.quiet.items() if name != HOUSE}
        house = overlay.quiet.get(HOUSE)
        return Quiet(house.hours if house else self._file_quiet.house, {**self._file_quiet.residents, **own})


def settings_path(records: Path) -> Path:
    """Where changes of the house lie, for the records at `records`."""
    return records.with_name(f"{records.stem}.settings.json")


def _digest(plan: EscalationPlan) -> str:
    """Of what the site file says: a hash, as it holds secrets."""
    told = plan.model_dump_json(include={"caregivers", "escalation"})
    return hashlib.sha256(told.encode()).hexdigest()
