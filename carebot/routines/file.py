"""A routine's file: read and checked once, to the last name, with sentences that name file, line and key."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import Field, model_validator
from typing_extensions import Self

from carebot.config import EntryError, FileModel, check, read_mapping, with_line
from carebot.errors import ConfigError
from carebot.routines.filling import names_in
from carebot.routines.leaf import references
from carebot.routines.parameters import Parameter, name_problem
from carebot.routines.steps import Approval, Group, LeafStep, Step, read_steps
from carebot.routines.triggers import Trigger
from carebot.site.file import Site
from carebot.site.values import Language

LANGUAGES: tuple[Language, ...] = get_args(Language)

PRIORITIES = {"idle": 10, "requested": 20, "scheduled": 30, "call": 40, "fall_response": 50}
"""Classes of urgency; a higher one goes first, and interrupts a lower one."""

BUILTINS = {"called": "somebody", "own_room": "a_room", "own_bed": "a_bed", "found_in": "a_room", "counted": 1}
"""What every routine knows besides its parameters: how the resident is addressed, the room that is their own, the one
in which somebody was found last, and how many repetitions were counted last."""
IN_TEXTS = ("reason", "heard", "time", "busy_with")
"""What texts may name besides: why it ended or a step failed, the last words that were heard, the time of day, and
what the robot does instead."""

Words = dict[Language, Annotated[str, Field(min_length=1, max_length=600)]]


class RoutineFile(FileModel):
    """What a routine's file may say. `priority` is its class; `time_limit_s` counts while it runs.

    `taken_up_within_s`: one that could not begin, or was broken off, for longer than this is not taken up any more.
    `by_resident`: whether a resident who asks for it gets it, gets it with a caregiver's yes, or does not.
    `if_not_done` is done where the routine ends in another way than it should, `while_waiting` at once where it could
    begin or go on but for something that goes first. `in_quiet_hours`: it begins in the site's quiet hours as well, and
    is heard. `triggers` start it unless the site file says otherwise.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
    called: Words
    about: Words
    priority: Literal["fall_response", "call", "scheduled", "requested", "idle"]
    time_limit_s: Annotated[float, Field(ge=5, le=86_400)]
    when_preempted: Literal["resume", "end"] = "resume"
    after_restart: Literal["resume", "end"] = "resume"
    taken_up_within_s: Annotated[float, Field(ge=0, le=7 * 86_400)] = 3600.0
    needs_approval: Approval | None = None
    in_quiet_hours: bool = False
    triggers: tuple[Trigger, ...] = ()
    by_resident: Literal["free", "approved", "never"] = "approved"
    parameters: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Parameter] = Field(default_factory=dict)
    texts: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")], Words] = Field(default_factory=dict)
    do: list[Any]
    while_waiting: list[Any] = Field(default_factory=list)
    if_not_done: list[Any] = Field(default_factory=list)

    @model_validator(mode="before")
    @classmethod
    def _starts_itself(cls, raw: Any) -> Any:
        """A trigger in a routine's own file starts that routine."""
        if isinstance(raw, dict) and isinstance(raw.get("triggers"), list):
            own = [{"routine": raw.get("name"), **each} if isinstance(each, dict) else each for each in raw["triggers"]]
            return {**raw, "triggers": own}
        return raw

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        for name in self.parameters:
            if name in BUILTINS or name in IN_TEXTS:
                raise EntryError(f"'{name}' is carebot's own: use another name", "parameters", name)
        known = {*self.parameters, *BUILTINS, *IN_TEXTS}
        for name, words in self.texts.items():
            for language, text in words.items():
                try:
                    unknown = sorted(names_in(text) - known)
                except ValueError as error:
                    raise EntryError(str(error), "texts", name, language) from None
                if unknown:
                    sentence = f"there is no parameter '{unknown[0]}': use one of {', '.join(sorted(known))}"
                    raise EntryError(sentence, "texts", name, language)
        return self


@dataclass(frozen=True, slots=True)
class Routine:
    """A routine that can be run. `digest` tells one state of its file from another."""

    file: RoutineFile
    body: Group
    ending: Group | None
    path: Path
    digest: str
    waiting: Group | None = None

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def priority(self) -> int:
        return PRIORITIES[self.file.priority]

    def steps(self) -> Iterator[Step]:
        """Every step of it."""
        for group in (self.waiting, self.body, self.ending):
            if group is not None:
                yield from group.all()

    @property
    def may_disturb(self) -> bool:
        """Whether it begins in quiet hours."""
        return self.file.in_quiet_hours or self.priority >= PRIORITIES["call"]

    def called(self, language: str) -> str:
        """What people call it; in the first language that the file has where not in this one."""
        found = (words for each, words in self.file.called.items() if each == language)
        return next(found, next(iter(self.file.called.values())))


def load_routine(path: Path, languages: Iterable[Language] = LANGUAGES) -> Routine:
    """The routine in `path`, whose texts must be there in `languages`.

    Raises:
        ConfigError: naming file, line and key of what cannot be used.
    """
    content = read_mapping(path)
    file = check(content, RoutineFile, path)
    try:
        _check_languages(file, tuple(languages))
        texts = tuple(file.texts)
        waiting = _read_beside(file.while_waiting, "while_waiting", file, ())
        before = () if waiting is None else (waiting,)
        body = read_steps(file.do, ("do",), file.parameters, texts, BUILTINS, before)
        ending = _read_beside(file.if_not_done, "if_not_done", file, (*before, body))
        _check_approval(file)
    except EntryError as error:
        key = ".".join(str(part) for part in error.keys)
        raise ConfigError(f"{with_line(path, error.keys)}: {key}: {error}.") from None
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return Routine(file, body, ending, path, digest, waiting)


def check_at_site(routine: Routine, site: Site, caregivers: tuple[str, ...]) -> None:
    """Raises ConfigError where the routine names a room, a place, a person that the site has not."""
    for name, parameter in routine.file.parameters.items():
        if parameter.default is not None:
            _refuse(name_problem(parameter.kind, parameter.default, site, caregivers), routine, "parameters", name)
    for step in routine.steps():
        if step.approval is not None and "{" not in step.approval.by:
            problem = name_problem("caregiver", step.approval.by, site, caregivers)
            _refuse(problem, routine, *step.path, "needs_approval", "by")
        if isinstance(step, LeafStep):
            for key, target in references(step.leaf.keys).items():
                value = step.raw.get(key, "")
                if target != "text" and value and "{" not in str(value):
                    problem = name_problem(target, value, site, caregivers)
                    _refuse(problem, routine, *step.path, step.leaf.keyword, key)
    approval = routine.file.needs_approval
    if approval is not None and "{" not in approval.by:
        _refuse(name_problem("caregiver", approval.by, site, caregivers), routine, "needs_approval", "by")


def _refuse(problem: str, routine: Routine, *keys: str | int) -> None:
    if problem:
        key = ".".join(str(part) for part in keys)
        raise ConfigError(f"{with_line(routine.path, keys)}: {key} {problem}.")


def _check_languages(file: RoutineFile, languages: tuple[Language, ...]) -> None:
    named: Mapping[str, Words] = {"called": file.called, "about": file.about}
    for name, words in named.items():
        _check_words(words, languages, name)
    for name, words in file.texts.items():
        _check_words(words, languages, "texts", name)


def _check_words(words: Words, languages: tuple[Language, ...], *keys: str) -> None:
    missing = [language for language in languages if language not in words]
    if missing:
        raise EntryError(f"the language {missing[0]} is missing: write it in {', '.join(languages)}", *keys)


def _read_beside(raw: list[Any], key: str, file: RoutineFile, before: tuple[Group, ...]) -> Group | None:
    """Steps that are done beside whatever else the robot does."""
    if not raw:
        return None
    group = read_steps(raw, (key,), file.parameters, tuple(file.texts), BUILTINS, before)
    for step in group.all():
        if isinstance(step, LeafStep) and not step.leaf.in_background:
            sentence = f"{step.leaf.keyword} cannot be done while the robot may be busy otherwise: tell or record it"
            raise EntryError(sentence, *step.path)
    return group


def _check_approval(file: RoutineFile) -> None:
    known = {*file.parameters, *BUILTINS}
    try:
        unknown = sorted(names_in(file.needs_approval.by) - known) if file.needs_approval else []
    except ValueError as error:
        raise EntryError(str(error), "needs_approval", "by") from None
    if unknown:
        sentence = f"there is no parameter '{unknown[0]}': use one of {', '.join(sorted(known))}"
        raise EntryError(sentence, "needs_approval", "by")
