"""A routine's steps as its file says them: read into values, every name and limit checked before anything runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, TypeVar

from pydantic import Field, ValidationError

from carebot.config import EntryError, FileModel
from carebot.routines.conditions import Condition, parameters_named, steps_named
from carebot.routines.filling import resolved, yes_no_as_text
from carebot.routines.leaf import Leaf, LeafKeys, leaves, references
from carebot.routines.parameters import Parameter

Path = tuple[str | int, ...]

COMPOSITES = ("sequence", "selector", "repeat", "retry")
COMMON = ("name", "if", "else", "when", "time_limit_s", "needs_approval", "may_fail")
Model = TypeVar("Model", bound=FileModel)
DEEPEST = 20
MOST_STEPS = 500


class Approval(FileModel):
    """Waits for `by` (empty: any caregiver) to agree; after `within_s`, `otherwise` is what happens: do it, or not."""

    by: str = ""
    within_s: Annotated[float, Field(ge=5, le=86_400)] = 300.0
    otherwise: Literal["do", "skip"]


class Rounds(FileModel):
    """Of a loop: `times` (without, for ever), the least pause between two, and the least time from begin to begin."""

    times: Annotated[int, Field(ge=1, le=100_000)] | None = None
    pause_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0
    every_s: Annotated[float, Field(ge=0, le=86_400)] = 0.0

    def next_s(self, began_s: float, ended_s: float) -> float:
        """When the round after one that began and ended then may begin."""
        return max(ended_s + self.pause_s, began_s + self.every_s)


_ROUNDS = tuple(Rounds.model_fields)
_OF_LOOPS = ("do", *_ROUNDS, "until", "others_meanwhile")


class _Common(FileModel):
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")] | None = None
    time_limit_s: Any = None
    needs_approval: Approval | None = None
    may_fail: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What every step may have besides its action. `path` is where it stands in the file: its name in the record."""

    path: Path
    name: str
    condition: Condition | None = None
    otherwise: Step | None = None
    time_limit_s: float | str | None = None
    approval: Approval | None = None
    may_fail: bool = False

    @property
    def key(self) -> str:
        return ".".join(str(part) for part in self.path)

    def inner(self) -> tuple[Step, ...]:
        """The steps right below."""
        return (self.otherwise,) if self.otherwise else ()

    def all(self) -> Iterator[Step]:
        """This step and all below."""
        yield self
        for step in self.inner():
            yield from step.all()


@dataclass(frozen=True, slots=True)
class LeafStep(Step):
    """A leaf with its keys as written, and by what its end goes on: an answer's kind → steps."""

    leaf: Leaf = field(kw_only=True)
    raw: Mapping[str, Any] = field(kw_only=True)
    when: Mapping[str, Step] = field(kw_only=True, default_factory=dict)

    def inner(self) -> tuple[Step, ...]:
        return (*self.when.values(), *Step.inner(self))

    def keys(self, values: Mapping[str, Any]) -> LeafKeys:
        """The leaf's keys with the parameters' values; raises ValueError with a sentence."""
        return checked_keys(self.leaf, self.raw, values)


@dataclass(frozen=True, slots=True)
class Group(Step):
    """Steps in order: all of them (sequence), or until one succeeds (selector)."""

    is_selector: bool = field(kw_only=True)
    steps: tuple[Step, ...] = field(kw_only=True)

    def inner(self) -> tuple[Step, ...]:
        return (*self.steps, *Step.inner(self))


@dataclass(frozen=True, slots=True)
class Loop(Step):
    """Steps done again: `repeat` ends after its times, `retry` at the first success; both where `until` holds. With
    `others_meanwhile` any other routine may run in the pauses."""

    body: Step = field(kw_only=True)
    is_retry: bool = field(kw_only=True)
    raw: Mapping[str, Any] = field(kw_only=True)
    until: Condition | None = field(kw_only=True, default=None)
    others_meanwhile: bool = field(kw_only=True, default=False)

    def inner(self) -> tuple[Step, ...]:
        return (self.body, *Step.inner(self))

    def rounds(self, values: Mapping[str, Any]) -> Rounds:
        """How often and with what pause, with the parameters' values; raises ValueError with a sentence."""
        return _validated(Rounds, resolved(self.raw, values))


def read_steps(
    raw: Any,
    at: Path,
    parameters: Mapping[str, Parameter],
    texts: Sequence[str],
    builtins: Mapping[str, Any],
    before: Sequence[Group] = (),
) -> Group:
    """`raw`, which stands at `at` in the file, as a sequence; `before` are steps that conditions may speak of as well.

    Raises:
        EntryError: with the sentence and the keys that lead to what cannot be used.
    """
    samples = {**builtins, **{name: parameter.sample for name, parameter in parameters.items()}}
    reader = _Reader(parameters, frozenset(texts), samples)
    group = reader.sequence(raw, at, 0)
    reader.check_names(group, before)
    return group


class _Reader:
    def __init__(self, parameters: Mapping[str, Parameter], texts: frozenset[str], samples: Mapping[str, Any]) -> None:
        self._parameters, self._texts, self._samples = parameters, texts, samples
        self._count = 0

    # the grammar

    def sequence(self, raw: Any, at: Path, depth: int) -> Group:
        return Group(at, "", is_selector=False, steps=self._several(raw, at, depth))

    def _several(self, raw: Any, at: Path, depth: int) -> tuple[Step, ...]:
        if not isinstance(raw, list) or not raw:
            raise EntryError("must be a list of steps, each after a dash, and hold at least one", *at)
        return tuple(self._step(each, (*at, number), depth + 1) for number, each in enumerate(raw))

    def _step(self, raw: Any, at: Path, depth: int) -> Step:
        self._count += 1
        if self._count > MOST_STEPS or depth > DEEPEST:
            raise EntryError(f"at most {MOST_STEPS} steps, {DEEPEST} inside of each other: make it shorter", *at)
        if not isinstance(raw, dict):
            raise EntryError(f"a step is a key and what belongs to it, such as say: hello, not {raw!r:.40}", *at)
        action = self._action(raw, at)
        common = self._common(raw, at, action, depth)
        if action in COMPOSITES:
            if "when" in raw:
                raise EntryError("belongs to steps that end with an answer, such as ask", *at, "when")
            return self._composite(action, raw[action], at, common, depth)
        return self._leaf_step(leaves()[action], raw, at, common, depth)

    def _action(self, raw: dict[Any, Any], at: Path) -> str:
        known = {*COMPOSITES, *leaves()}
        for key in raw:
            if key not in known and key not in COMMON:
                raise EntryError(f"there is no step '{key}': use one of {', '.join(sorted(known))}", *at, key)
        actions = [key for key in raw if key in known]
        if len(actions) != 1:
            found = "none of" if not actions else f"{' and '.join(actions)} of"
            raise EntryError(f"a step has exactly one of {', '.join(sorted(known))}; this has {found} them", *at)
        return str(actions[0])

    def _common(self, raw: dict[str, Any], at: Path, action: str, depth: int) -> dict[str, Any]:
        plain = {key: raw[key] for key in ("name", "time_limit_s", "needs_approval", "may_fail") if key in raw}
        try:
            common = _Common.model_validate(plain)
        except ValidationError as error:
            raise _entry_error(error, at) from None
        limit = self._filled(common.time_limit_s, (*at, "time_limit_s"))
        is_number = isinstance(limit, (int, float)) and not isinstance(limit, bool)
        if limit is not None and not (is_number and 1 <= limit <= 86_400):
            raise EntryError(f"must be 1 to 86400 seconds, but it is {limit!r:.60}", *at, "time_limit_s")
        if common.needs_approval is not None:
            self._filled(common.needs_approval.by, (*at, "needs_approval", "by"))
        if "else" in raw and "if" not in raw:
            raise EntryError("belongs to an if", *at, "else")
        return {
            "name": common.name or action,
            "condition": self._condition(raw["if"], (*at, "if")) if "if" in raw else None,
            "otherwise": self.sequence(raw["else"], (*at, "else"), depth) if "else" in raw else None,
            "time_limit_s": common.time_limit_s,
            "approval": common.needs_approval,
            "may_fail": common.may_fail,
        }

    def _composite(self, action: str, raw: Any, at: Path, common: dict[str, Any], depth: int) -> Step:
        inside = (*at, action)
        if action in ("sequence", "selector"):
            steps = self._several(raw, inside, depth)
            return Group(at, **common, is_selector=action == "selector", steps=steps)
        if not isinstance(raw, dict) or "do" not in raw:
            raise EntryError("needs do, with the steps that are done again", *inside)
        unknown = next((key for key in raw if key not in _OF_LOOPS), None)
        if unknown is not None:
            raise EntryError(f"is unknown here: use one of {', '.join(_OF_LOOPS)}", *inside, unknown)
        others_meanwhile = raw.get("others_meanwhile", False)
        if not isinstance(others_meanwhile, bool):
            raise EntryError(f"must be true or false, but it is {others_meanwhile!r:.60}", *inside, "others_meanwhile")
        plain = {key: value for key, value in raw.items() if key in _ROUNDS}
        try:
            Rounds.model_validate(self._filled(plain, inside))
        except ValidationError as error:
            raise _entry_error(error, inside) from None
        until = self._condition(raw["until"], (*inside, "until")) if "until" in raw else None
        body = self.sequence(raw["do"], (*inside, "do"), depth)
        is_retry = action == "retry"
        return Loop(
            at, **common, body=body, is_retry=is_retry, raw=plain, until=until, others_meanwhile=others_meanwhile
        )

    def _leaf_step(self, leaf: Leaf, raw: dict[str, Any], at: Path, common: dict[str, Any], depth: int) -> LeafStep:
        inside, content = (*at, leaf.keyword), raw[leaf.keyword]
        keys = content if isinstance(content, dict) else {leaf.short: content} if leaf.short else content
        if content is None:
            keys = {}
        if not isinstance(keys, dict):
            raise EntryError(f"must hold keys and values: {', '.join(leaf.keys.model_fields)}", *inside)
        self._check_names_in(leaf, keys, inside, is_short=not isinstance(content, dict))
        filled = self._filled(keys, inside)
        try:
            made = leaf.keys.model_validate(filled)
        except ValidationError as error:
            is_short = not isinstance(content, dict)
            raise _entry_error(error, inside, drop=1 if is_short and content is not None else 0) from None
        if problem := leaf.check(made, self._parameters):
            raise EntryError(problem, *inside)
        for part in vars(made).values():
            if isinstance(part, Condition):
                self._check_condition(part, inside)
        when = self._when(leaf, made, raw["when"], (*at, "when"), depth) if "when" in raw else {}
        return LeafStep(at, **common, leaf=leaf, raw=keys, when=when)

    def _when(self, leaf: Leaf, made: LeafKeys, raw: Any, at: Path, depth: int) -> dict[str, Step]:
        if not leaf.answers:
            raise EntryError(f"{leaf.keyword} ends with no answer: only some steps have when", *at)
        if not isinstance(raw, dict) or not raw:
            raise EntryError("must say for each answer what follows", *at)
        may_come = self._may_come(leaf, made)
        found: dict[str, Step] = {}
        for written, steps in raw.items():
            answer = yes_no_as_text(written)
            if answer not in may_come:
                raise EntryError(
                    f"'{answer}' never comes here: use {', '.join(sorted(may_come))}", *at, _as_written(written)
                )
            found[answer] = self.sequence(steps, (*at, str(answer)), depth)
        return found

    @staticmethod
    def _may_come(leaf: Leaf, made: LeafKeys) -> set[str]:
        expected = set(getattr(made, leaf.expects)) if leaf.expects else set(leaf.answers)
        always = {"unclear", "none"} if leaf.expects else set()
        any_words = {"heard"} if leaf.expects and not expected else set()
        return expected | always | any_words | {"otherwise"}

    # what is named

    def _condition(self, raw: Any, at: Path) -> Condition:
        try:
            found = Condition.read(raw)
        except ValueError as error:
            raise EntryError(str(error), *at) from None
        self._check_condition(found, at)
        return found

    def _check_condition(self, condition: Condition, at: Path) -> None:
        for name in parameters_named(condition):
            if name not in self._parameters:
                raise EntryError(f"there is no parameter '{name}': use {_listed(self._parameters)}", *at)
        for part in condition.parts():
            if part.recorded is not None:
                self._filled(part.recorded.subject, at)
            timed = part.recorded or part.somebody_was_up
            if timed is not None and isinstance(self._filled(timed.within_s, at), (bool, str)):
                raise EntryError("within_s must be a number of seconds, or a parameter that is one", *at)

    def _check_names_in(self, leaf: Leaf, keys: Mapping[str, Any], at: Path, *, is_short: bool) -> None:
        for name, target in references(leaf.keys).items():
            value = keys.get(name)
            if target != "text" or not value:
                continue
            where = at if is_short else (*at, name)
            if not isinstance(value, str):
                raise EntryError(f"must be the name of a text, but it is {value!r:.60}", *where)
            if value not in self._texts:
                raise EntryError(f"there is no text '{value}': use {_listed(self._texts)}", *where)

    def _filled(self, raw: Any, at: Path) -> Any:
        try:
            return resolved(raw, self._samples)
        except KeyError as error:
            known = _listed(self._samples)
            raise EntryError(f"there is no parameter '{error.args[0]}': use {known}", *at) from None

    def check_names(self, top: Group, before: Sequence[Group]) -> None:
        """Names of steps are there once, and conditions speak of steps that are there."""
        named = {step.name: step for group in before for step in group.all() if _is_named(step)}
        for step in filter(_is_named, top.all()):
            if step.name in named:
                raise EntryError(f"two steps are called '{step.name}': tell them apart", *step.path, "name")
            named[step.name] = step
        for step in top.all():
            for condition, where in _conditions_of(step):
                for name in steps_named(condition):
                    if not isinstance(named.get(name), LeafStep):
                        known = _listed([each.name for each in named.values() if isinstance(each, LeafStep)])
                        raise EntryError(f"there is no step called '{name}': use {known}", *step.path, *where)


def _is_named(step: Step) -> bool:
    """Whether the file gives it a name of its own."""
    action = step.leaf.keyword if isinstance(step, LeafStep) else ""
    return step.name not in ("", action, *COMPOSITES)


def _conditions_of(step: Step) -> Iterator[tuple[Condition, Path]]:
    if step.condition is not None:
        yield step.condition, ("if",)
    if isinstance(step, Loop) and step.until is not None:
        yield step.until, ("retry" if step.is_retry else "repeat", "until")


def checked_keys(leaf: Leaf, raw: Mapping[str, Any], values: Mapping[str, Any]) -> LeafKeys:
    """A leaf's keys with the parameters' values; raises ValueError with a sentence."""
    return _validated(leaf.keys, resolved(raw, values))


def _validated(model: type[Model], content: Any) -> Model:
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ValueError(f"{key}: {first['msg'].removeprefix('Value error, ')}") from None


def _entry_error(error: ValidationError, at: Path, drop: int = 0) -> EntryError:
    first = error.errors()[0]
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "the key is unknown here"
    elif first["type"] != "missing" and not isinstance(first["input"], dict):
        message = f"{message}, but it is {first['input']!r:.60}"
    return EntryError(message, *at, *first["loc"][drop:])


def _as_written(key: Any) -> str:
    return str(yes_no_as_text(key))


def _listed(names: Any) -> str:
    return f"one of {', '.join(sorted(names))}" if names else "none, there is none"
