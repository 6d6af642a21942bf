"""What the app sees and asks of care: routines, runs and the schedule. No ROS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from carebot.tablet.looking_back import LookedBack

SILENT_AFTER_S = 2.0
"""Care speaks twice a second; after this silence nothing is known of it."""

Words = Mapping[str, str]
"""The same words by language."""

RunAnswer = Literal["approve", "refuse", "pause", "go_on", "cancel"]
Change = Literal["set", "remove", "pause", "unpause", "restore"]


def in_language(words: Words, language: str) -> str:
    """The words in that language; in the first that there is where not in this one."""
    return words.get(language) or next(iter(words.values()), "")


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can be given for a parameter."""

    value: str
    called: Words = field(default_factory=dict)

    def spoken(self, language: str) -> str:
        return in_language(self.called, language) or self.value


@dataclass(frozen=True, slots=True)
class Parameter:
    """What a routine wants to be told; `given` holds where nothing is."""

    name: str
    kind: str
    given: Any = None
    is_needed: bool = False
    least: float | None = None
    most: float | None = None
    choices: tuple[Choice, ...] = ()
    about: Words = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Offer:
    """One routine that can be asked for; `priority` is its class, `is_own` says that the site wrote it."""

    name: str
    priority: str
    called: Words
    about: Words
    parameters: tuple[Parameter, ...] = ()
    is_own: bool = False
    needs_approval: bool = False

    def spoken(self, language: str) -> str:
        """What people call it."""
        return in_language(self.called, language) or self.name

    def told(self, language: str) -> str:
        """What it does."""
        return in_language(self.about, language)

    def values(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """What holds for each parameter where `given` is given."""
        return {each.name: given.get(each.name, each.given) for each in self.parameters}


@dataclass(frozen=True, slots=True)
class Approval:
    """A yes or no that a run waits for: of the person `of` (empty: of any caregiver), about `about` (empty: all of it).

    Without an answer until `until_s` (seconds since 1970 UTC) it is done (`do`) or left out (`skip`).
    """

    of: str
    about: str
    otherwise: str
    until_s: float


StepState = Literal["done", "failed", "now", "broken_off", "comes", "may_come"]


@dataclass(frozen=True, slots=True)
class StepView:
    """One step of a run, so deep in the tree. `until_s`: when the next round begins of a loop that waits for it."""

    depth: int
    state: StepState
    told: Words
    until_s: float | None = None


@dataclass(frozen=True, slots=True)
class RunView:
    """One routine that is not over. `told` is what the robot does; `ends_by_s` is when it is stopped, while it runs.

    `waits` is why it does not go on: approval, quiet_hours, other, paused, ending, or empty; `waits_about` is the
    person, the other routine, or the reason of the end.
    """

    run: str
    routine: str
    state: str
    requested_by: str
    requested_at_s: float
    told: Words = field(default_factory=dict)
    step: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    ends_by_s: float | None = None
    approval: Approval | None = None
    steps: tuple[StepView, ...] = ()
    waits: str = ""
    waits_about: str = ""

    def spoken(self, language: str) -> str:
        """What the robot does, in that language."""
        return in_language(self.told, language)


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """An entry or a pause of the schedule, as it would stand in the site file, and who changed it last.

    One that a caregiver took out (`is_removed`) still shows what the site file says.
    """

    id: str
    content: Mapping[str, Any]
    is_in_file: bool = False
    is_removed: bool = False
    changed_by: str = ""
    changed_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class ScheduleView:
    """The schedule as it holds now; `revision` is another one after each change."""

    time_zone: str = "UTC"
    revision: int = 0
    entries: tuple[ScheduleLine, ...] = ()
    pauses: tuple[ScheduleLine, ...] = ()
    fault: str = ""

    def line_of(self, change: str, line_id: str) -> ScheduleLine | None:
        """The line that such a change is about: an entry may have the id of a pause."""
        lines = self.pauses if change in ("pause", "unpause") else (*self.entries, *self.pauses)
        return next((each for each in lines if each.id == line_id), None)


@dataclass(frozen=True, slots=True)
class OccurrenceView:
    """One entry at one time: planned or paused; or what became of it: run, run_late, missed, missed_tell."""

    entry: str
    routine: str
    due_at_s: float
    verdict: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class CareView:
    """Care as it was last heard of: `age_s` seconds ago, None where never. `fault`: why nothing is recorded."""

    language: str = "en"
    offers: tuple[Offer, ...] = ()
    runs: tuple[RunView, ...] = ()
    schedule: ScheduleView = field(default_factory=ScheduleView)
    fault: str = ""
    age_s: float | None = None

    @property
    def is_silent(self) -> bool:
        return self.age_s is None or self.age_s > SILENT_AFTER_S

    def offer(self, name: str) -> Offer | None:
        return next((each for each in self.offers if each.name == name), None)

    def run(self, run: str) -> RunView | None:
        return next((each for each in self.runs if each.run == run), None)

    def under_way(self, offer: Offer, given: Mapping[str, Any]) -> RunView | None:
        """A run of the same routine with the same values that is not over."""
        values = offer.values(given)
        return next((run for run in self.runs if run.routine == offer.name and offer.values(run.given) == values), None)


@dataclass(frozen=True, slots=True)
class CareOutcome:
    """What care says to a command: `code` is why not, for programs (unknown, exists, invalid, not_recorded, silent).

    With `unanswered` it is not known whether it was done: care was asked, and did not answer in time.
    """

    accepted: bool
    code: str = ""
    message: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleChange:
    """A caregiver's change of an entry or a pause; `must_be_new` refuses where there is one of that id."""

    what: Change
    id: str
    by: str
    content: Mapping[str, Any] = field(default_factory=dict)
    must_be_new: bool = False


class CaringRobot(Protocol):
    """Care, as the app speaks to it: `care` returns at once, the rest waits for care and says when it is silent."""

    def care(self) -> CareView: ...

    async def start(self, routine: str, given: Mapping[str, Any], by: str) -> CareOutcome:
        """Ask for a routine; `id` of the outcome is its run."""

    async def answer_run(self, run: str, answer: RunAnswer, by: str) -> CareOutcome: ...

    async def change_schedule(self, change: ScheduleChange) -> CareOutcome: ...

    async def look_back(self, since_s: float, until_s: float) -> LookedBack | None:
        """What became of medicines, and which exercises were done; None where care is silent."""

    async def look_ahead(self, since_s: float, until_s: float) -> tuple[tuple[OccurrenceView, ...], bool] | None:
        """What became of the schedule and what is planned, and whether that is all; None where care is silent."""
