"""How far a run is, step by step, for people who watch: from the file's steps and what the journal knows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from carebot.routines.filling import as_text
from carebot.routines.moment import Moment, RunContext
from carebot.routines.nodes import spot_key
from carebot.routines.own_texts import has_own_text, own_text
from carebot.routines.steps import Group, LeafStep, Loop, Rounds, Step

MOST_LINES = 60
LONGEST_WHAT = 160


class LineState(Enum):
    """What became of a step: it may come where a condition is still open; it was broken off where nothing runs now."""

    DONE = "done"
    FAILED = "failed"
    NOW = "now"
    BROKEN_OFF = "broken_off"
    COMES = "comes"
    MAY_COME = "may_come"


AHEAD = (LineState.COMES, LineState.MAY_COME)


@dataclass(frozen=True, slots=True)
class Line:
    """One step. `what` is what it is about; of a loop, `round` is the present one of `times` (0: without a limit).

    `until_s` is when the next round begins, where the loop waits for that (seconds since 1970 UTC), else 0.
    """

    depth: int
    state: LineState
    keyword: str
    what: str = ""
    round: int = 0
    times: int = 0
    until_s: float = 0.0

    def told_in(self, language: str) -> str:
        """The step in words."""
        if self.round:
            key = "step_round_of" if self.times else "step_round"
            return own_text(key, language, round=self.round, times=self.times)
        key = f"step_{self.keyword}" + ("" if self.what else "_plain")
        if not has_own_text(key):
            key = f"step_{self.keyword}"
        return own_text(key, language, what=self.what) if has_own_text(key) else f"{self.keyword} {self.what}".strip()


@dataclass(frozen=True, slots=True)
class _At:
    """Where in the tree: how deep, in which rounds of the loops around, and whether it is sure to be come to."""

    depth: int = 0
    rounds: tuple[int, ...] = ()
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class _Part:
    """The lines of a step and of all below, and whether it was come to."""

    lines: tuple[Line, ...] = ()
    has_begun: bool = False


class Progress:
    """Of one run. What a step is about is worked out when it is first seen and when it begins, not at every look."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._about: dict[str, tuple[str, str]] = {}

    def lines(self, is_ending: bool, is_under_way: bool) -> tuple[Line, ...]:
        """Every step that was come to or will or may be, at most `MOST_LINES`: those around the present one."""
        routine = self._context.routine
        found = self._in_order(routine.body.steps, _At()).lines
        if is_ending and routine.ending is not None:
            found = (*_over(found), *self._in_order(routine.ending.steps, _At()).lines)
        if not is_under_way:
            found = tuple(replace(each, state=LineState.BROKEN_OFF) if _is_now(each) else each for each in found)
        found = tuple(each for each, before in zip(found, (None, *found), strict=False) if not _is_said(each, before))
        now = next((number for number, each in enumerate(found) if each.state is not LineState.DONE), 0)
        begin = max(0, min(now - MOST_LINES // 4, len(found) - MOST_LINES))
        return found[begin : begin + MOST_LINES]

    def _in_order(self, steps: tuple[Step, ...], at: _At) -> _Part:
        return _joined([self._step(each, at) for each in steps])

    def _step(self, step: Step, at: _At) -> _Part:
        if step.condition is None:
            return self._asking(step, at)
        held = self._entry(step.key + "?", at).get("held")
        if held:
            return _Part(self._asking(step, at).lines, True)
        if held is False:
            return _Part(self._step(step.otherwise, at).lines if step.otherwise else (), True)
        perhaps = replace(at, is_sure=False)
        otherwise = self._step(step.otherwise, perhaps).lines if step.otherwise else ()
        return _Part((*self._asking(step, perhaps).lines, *otherwise))

    def _asking(self, step: Step, at: _At) -> _Part:
        """The step after its approval, where it needs one."""
        if step.approval is None:
            return self._action(step, at)
        asked = self._entry(step.key + "!", at)
        agreed = asked.get("agreed")
        state = LineState.NOW if asked and agreed is None else _ended(agreed, at)
        approval = Line(at.depth, state, "approval", str(asked.get("who", "")))
        rest = () if agreed is False else self._action(step, at).lines
        return _Part((approval, *rest), bool(asked))

    def _action(self, step: Step, at: _At) -> _Part:
        if isinstance(step, LeafStep):
            return self._leaf(step, at)
        if isinstance(step, Loop):
            return self._loop(step, at)
        assert isinstance(step, Group)
        return self._selector(step, at) if step.is_selector else self._in_order(step.steps, at)

    def _selector(self, step: Group, at: _At) -> _Part:
        """What comes after the first that worked is not needed."""
        parts: list[_Part] = []
        for each in step.steps:
            parts.append(self._step(each, replace(at, is_sure=at.is_sure and not parts)))
            if parts[-1].has_begun and all(line.state is LineState.DONE for line in parts[-1].lines):
                break
        return _joined(parts)

    def _leaf(self, step: LeafStep, at: _At) -> _Part:
        entry = self._entry(step.key, at)
        has_begun = "begun_s" in entry or "result" in entry
        result = {"done": True, "failed": False}.get(entry.get("result", ""))
        state = LineState.NOW if has_begun and result is None else _ended(result, at)
        line = Line(at.depth, state, step.leaf.keyword, self._what(step, at, has_begun))
        answer = str(entry.get("answer", ""))
        branch = step.when.get(answer, step.when.get("otherwise")) if result is not None and answer else None
        return _Part((line, *(self._step(branch, replace(at, depth=at.depth + 1)).lines if branch else ())), has_begun)

    def _loop(self, step: Loop, at: _At) -> _Part:
        entry, limits = self._entry(step.key + "@", at), self._limits(step)
        number = int(entry.get("round", 1))
        body = self._step(step.body, _At(at.depth + 1, (*at.rounds, number), at.is_sure))
        has_begun = body.has_begun or number > 1
        waits = number > 1 and not body.has_begun
        until_s = limits.next_s(float(entry.get("began_s", 0.0)), float(entry.get("since_s", 0.0))) if waits else 0.0
        state = LineState.NOW if has_begun else _ended(None, at)
        return _Part((Line(at.depth, state, "repeat", "", number, limits.times or 0, until_s), *body.lines), has_begun)

    def _limits(self, step: Loop) -> Rounds:
        try:
            return step.rounds(self._context.replacements())
        except ValueError:
            return Rounds()

    def _entry(self, base: str, at: _At) -> Mapping[str, Any]:
        return self._context.journal.get(spot_key(base, at.rounds))

    def _what(self, step: LeafStep, at: _At, has_begun: bool) -> str:
        mark = spot_key(step.key, at.rounds) if has_begun else ""
        known = self._about.get(step.key)
        if known is None or (mark and known[0] != mark):
            known = self._about[step.key] = mark, self._worked_out(step, mark)
        return known[1]

    def _worked_out(self, step: LeafStep, mark: str) -> str:
        context = self._context
        try:
            keys = step.keys(context.replacements())
            found = step.leaf.told(keys, Moment(context, f"{context.run.id}/{mark}", context.now_s, False))
        except Exception:  # noqa: BLE001 - known only when it begins, or a leaf of somebody else's that is broken
            return ""
        return as_text(found)[:LONGEST_WHAT]


def _is_now(line: Line) -> bool:
    return line.state is LineState.NOW


def _is_said(line: Line, before: Line | None) -> bool:
    """Whether the line before says it already: either of two ways that end alike may come."""
    return line == before and line.state is LineState.MAY_COME


def _ended(result: bool | None, at: _At) -> LineState:
    if result is None:
        return LineState.COMES if at.is_sure else LineState.MAY_COME
    return LineState.DONE if result else LineState.FAILED


def _joined(parts: list[_Part]) -> _Part:
    """What comes before the last that was come to is over."""
    last = max((number for number, part in enumerate(parts) if part.has_begun), default=-1)
    lines = [line for number, part in enumerate(parts) for line in (_over(part.lines) if number < last else part.lines)]
    return _Part(tuple(lines), last >= 0)


def _over(lines: tuple[Line, ...]) -> Iterator[Line]:
    """Of what is over: what never came is gone, and a loop that went on has ended."""
    for line in lines:
        if line.state not in AHEAD:
            yield replace(line, state=LineState.DONE, until_s=0.0) if _is_now(line) else line
