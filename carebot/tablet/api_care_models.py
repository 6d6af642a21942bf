"""The JSON of routines, runs, schedule and conversation."""

from __future__ import annotations

from datetime import date, datetime
from re import fullmatch
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from carebot.tablet.api_models import READABLE, Request, time_of
from carebot.tablet.caring import (
    Choice,
    OccurrenceView,
    Offer,
    Parameter,
    RunView,
    ScheduleLine,
    StepView,
    in_language,
)
from carebot.tablet.language import Texts
from carebot.tablet.refusals import label_of
from carebot.tablet.talking import CaptionNow, Line

LineId = Annotated[str, StringConstraints(pattern="^[a-z0-9][a-z0-9_-]{0,79}$")]
RoutineName = Annotated[str, StringConstraints(pattern="^[a-z][a-z0-9_]{0,59}$")]
TimeOfDay = Annotated[str, StringConstraints(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Text = Annotated[str, StringConstraints(max_length=500)]
Value = bool | int | float | Text | list[Text]
Given = Annotated[dict[str, Value], Field(max_length=40)]


def _written(value: object) -> object:
    if not (isinstance(value, str) and fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value)):
        raise ValueError("a date is written as 2030-12-31")
    return value


# In a strict model a date is one only in JSON itself, which FastAPI reads before; numbers and times are none.
WrittenDate = Annotated[date, Field(strict=False), BeforeValidator(_written)]


class ChoiceBody(BaseModel):
    """One thing that can be given."""

    value: str
    called: str = Field(description="In the caller's language.")


class ParameterBody(BaseModel):
    """What a routine wants to be told."""

    name: str
    called: str = Field(description="In the caller's language.")
    kind: str = Field(examples=["text", "number", "whole", "yes_no", "choice", "room", "resident"])
    needed: bool
    default: Any = Field(description="What holds where nothing is given; null where it must be given.")
    least: float | None
    most: float | None = Field(description="Of a text: characters.")
    choices: list[ChoiceBody]


class RoutineBody(BaseModel):
    """One routine that can be asked for."""

    name: str
    called: str = Field(description="In the caller's language.")
    about: str = Field(description="In the caller's language.")
    priority: str = Field(examples=["fall_response", "call", "scheduled", "requested", "idle"])
    own: bool = Field(description="Whether the site wrote it.")
    needs_approval: bool
    parameters: list[ParameterBody]


class RoutinesBody(BaseModel):
    """Every routine that can be asked for."""

    routines: list[RoutineBody]
    live: bool = Field(description="False where care is silent: then nothing can be started.")


class StartBody(Request):
    """What is given for a routine's parameters."""

    parameters: Given = Field(default_factory=dict)


class StartedBody(BaseModel):
    """The run that began, or waits for its turn."""

    run: str


class ApprovalBody(BaseModel):
    """A yes or no that a run waits for."""

    of: str = Field(description="Whose; empty: any caregiver's.")
    about: str = Field(description="What is to be agreed to; empty: the whole routine.")
    otherwise: str = Field(description="What is done where nobody answers.", examples=["do", "skip"])
    until: datetime


class StepBody(BaseModel):
    """One step of a run."""

    depth: int = Field(description="How deep it stands in loops and in what follows from an answer.")
    state: str = Field(examples=["done", "failed", "now", "broken_off", "comes", "may_come"])
    told: str = Field(description="In the caller's language.")
    until: datetime | None = Field(description="When the next round of a loop begins that waits for it.")


class RunBody(BaseModel):
    """One routine that is not over."""

    run: str
    routine: str
    state: str = Field(examples=["waiting", "running", "suspended", "paused", "ending"])
    step: str
    told: str = Field(description="What the robot does, in the caller's language.")
    requested_by: str
    requested_at: datetime
    ends_by: datetime | None = Field(description="Then it is stopped, if nothing interrupts it.")
    parameters: dict[str, Any]
    approval: ApprovalBody | None
    steps: list[StepBody]
    waits: str = Field(
        description="Why it does not go on; empty where it does.",
        examples=["approval", "quiet_hours", "other", "paused", "ending"],
    )
    waits_about: str = Field(description="The person, the other routine, or the reason of the end.")


class RunsBody(BaseModel):
    """Everything that is not over, the most urgent first."""

    runs: list[RunBody]
    live: bool
    fault: str = Field(description="Why nothing is recorded; empty where all is.")


class RunAnswerBody(Request):
    """A caregiver's word on a run."""

    answer: Literal["approve", "refuse", "pause", "go_on", "cancel"]


class EntryBody(Request):
    """One line of the schedule, due in exactly one of three ways: `at`, `cron` or `every_s`."""

    routine: RoutineName
    parameters: Given = Field(default_factory=dict)
    at: list[TimeOfDay] = Field(default_factory=list, max_length=48)
    days: list[Day] = Field(default_factory=list, max_length=7, description="Of `at`; none: every day.")
    cron: str = Field("", max_length=100, description="Five fields as in crontab(5).")
    every_s: float | None = Field(None, ge=60, le=604800)
    between: list[TimeOfDay] | None = Field(None, min_length=2, max_length=2, description="Of `every_s`.")
    from_day: WrittenDate | None = None
    until_day: WrittenDate | None = None
    if_missed: Literal["run", "skip", "tell"] = "run"
    run_within_s: float = Field(3600.0, ge=0, le=86400)
    enabled: bool = Field(True, description="False: it rests until it is enabled again.")

    def content(self) -> dict[str, Any]:
        """As it would stand in the site file."""
        said = self.model_dump(mode="json", exclude_unset=True)
        given = said.pop("parameters", {})
        return {**{key: value for key, value in said.items() if value is not None}, "with": given}


class NewEntryBody(EntryBody):
    """A new line of the schedule."""

    id: LineId


class PauseBody(Request):
    """Days on which entries are left out: all; those of one resident; or those that are named."""

    first_day: WrittenDate
    last_day: WrittenDate
    reason: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=READABLE)]
    resident: str = Field("", max_length=200)
    entries: list[LineId] = Field(default_factory=list, max_length=200)

    def content(self) -> dict[str, Any]:
        """As it would stand in the site file."""
        return self.model_dump(mode="json", exclude_unset=True)


class ScheduleLineBody(BaseModel):
    """An entry or a pause as it holds now."""

    id: str
    content: dict[str, Any] = Field(description="As it would stand in the site file.")
    in_file: bool = Field(description="Whether the site file has one of this id.")
    removed: bool = Field(description="A caregiver took it out: it does not hold.")
    changed_by: str = Field(description="Empty: the site file holds as it is.")
    changed_at: datetime | None


class ScheduleBody(BaseModel):
    """The schedule as it holds now."""

    time_zone: str
    revision: int
    entries: list[ScheduleLineBody]
    pauses: list[ScheduleLineBody]
    live: bool
    fault: str


class ChangedBody(BaseModel):
    """The line that was changed."""

    id: str


class OccurrenceBody(BaseModel):
    """One entry at one time."""

    entry: str
    routine: str
    due_at: datetime
    verdict: str = Field(examples=["planned", "paused", "run", "run_late", "missed", "missed_tell"])
    why: str = Field(description="Which pause leaves it out.")


class OccurrencesBody(BaseModel):
    """What became of the schedule and what is planned, in order of time."""

    occurrences: list[OccurrenceBody]
    whole: bool = Field(description="False where there are more than are listed.")


class SayBody(Request):
    """Something to be said through the robot."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=300, pattern=READABLE)]
    language: Literal["", "en", "fr", "ja"] = Field("", description="Empty: the resident's.")
    urgent: bool = Field(False, description="Before what waits, and in quiet hours too.")


class VoiceGiven(Request):
    """A recording as it is told from others: by its fingerprint, not its sound."""

    sha256: str
    urgent: bool


class SaidBody(BaseModel):
    """The line that waits to be said."""

    line: str


class ForgottenBody(BaseModel):
    """What there was of the conversation, and is no more."""

    exchanges: int = Field(description="Sentences with their answers that the robot remembered.")
    lines: int = Field(description="Lines of the conversation that were shown.")


class CaptionBody(BaseModel):
    """What the robot says now."""

    text: str
    language: str
    heard: bool
    why_not_heard: str


class LineBody(BaseModel):
    """Something that was said."""

    id: str
    at: datetime
    speaker: Literal["caregiver", "robot", "resident"]
    who: str
    text: str
    language: str
    state: str = Field(examples=["waiting", "saying", "said", "shown", "not_said", ""])
    why: str
    means: str = Field(examples=["voice", "text", ""])
    origin: str = Field(examples=["model", ""], description="Who made the robot's words: a language model, or carebot.")
    voice_s: float = Field(description="How long a caregiver's own voice sounds, which has no text; 0: words.")


class ConversationBody(BaseModel):
    """The conversation now and its latest lines, oldest first; kept in memory alone."""

    live: bool = Field(description="False where nothing can be said.")
    hears: str = Field(examples=["on", "off", "broken", ""], description="Whether the robot listens.")
    mute: bool = Field(description="True where no loudspeaker works: what is said is only shown.")
    now: CaptionBody | None
    lines: list[LineBody]


def routine_body(offer: Offer, texts: Texts) -> RoutineBody:
    words = texts.language
    return RoutineBody(
        name=offer.name,
        called=offer.spoken(words),
        about=offer.told(words),
        priority=offer.priority,
        own=offer.is_own,
        needs_approval=offer.needs_approval,
        parameters=[_parameter(each, texts) for each in offer.parameters],
    )


def _parameter(one: Parameter, texts: Texts) -> ParameterBody:
    return ParameterBody(
        name=one.name,
        called=label_of(one, texts),
        kind=one.kind,
        needed=one.is_needed,
        default=one.given,
        least=one.least,
        most=one.most,
        choices=[_choice(each, texts) for each in one.choices],
    )


def _choice(one: Choice, texts: Texts) -> ChoiceBody:
    return ChoiceBody(value=one.value, called=one.spoken(texts.language))


def run_body(run: RunView, texts: Texts) -> RunBody:
    asked = run.approval
    return RunBody(
        run=run.run,
        routine=run.routine,
        state=run.state,
        step=run.step,
        told=run.spoken(texts.language),
        requested_by=run.requested_by,
        requested_at=time_of(run.requested_at_s),
        ends_by=None if run.ends_by_s is None else time_of(run.ends_by_s),
        parameters=dict(run.given),
        approval=None
        if asked is None
        else ApprovalBody(of=asked.of, about=asked.about, otherwise=asked.otherwise, until=time_of(asked.until_s)),
        steps=[_step_body(each, texts) for each in run.steps],
        waits=run.waits,
        waits_about=run.waits_about,
    )


def _step_body(step: StepView, texts: Texts) -> StepBody:
    until = time_of(step.until_s) if step.until_s else None
    return StepBody(depth=step.depth, state=step.state, told=in_language(step.told, texts.language), until=until)


def line_body(line: ScheduleLine) -> ScheduleLineBody:
    return ScheduleLineBody(
        id=line.id,
        content=dict(line.content),
        in_file=line.is_in_file,
        removed=line.is_removed,
        changed_by=line.changed_by,
        changed_at=time_of(line.changed_at_s) if line.changed_at_s else None,
    )


def occurrence_body(one: OccurrenceView) -> OccurrenceBody:
    return OccurrenceBody(
        entry=one.entry, routine=one.routine, due_at=time_of(one.due_at_s), verdict=one.verdict, why=one.why
    )


def caption_body(now: CaptionNow | None) -> CaptionBody | None:
    if now is None:
        return None
    return CaptionBody(text=now.text, language=now.language, heard=now.is_heard, why_not_heard=now.why_not_heard)


def said_body(line: Line) -> LineBody:
    return LineBody(
        id=line.id,
        at=time_of(line.at_s),
        speaker=line.speaker,  # type: ignore[arg-type]
        who=line.who,
        text=line.text,
        language=line.language,
        state=line.state,
        why=line.why,
        means=line.means,
        origin=line.origin,
        voice_s=line.voice_s,
    )
