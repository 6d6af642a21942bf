"""The behaviours of which a routine's tree is made: they decide at the tick, and what they begin is begun after it."""

from __future__ import annotations

import logging
import typing
from collections.abc import Iterable, Iterator
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status
from py_trees.decorators import Decorator

from carebot.routines import approval as approvals
from carebot.routines import journal as keys
from carebot.routines.conditions import Condition
from carebot.routines.leaf import LeafKeys
from carebot.routines.moment import Moment, Place, RunContext
from carebot.routines.own_texts import own_text
from carebot.routines.ports import Job, Outcome
from carebot.routines.steps import LeafStep, Loop, Rounds, Step

WAY_BACK_S = 300.0

_LOG = logging.getLogger("carebot.routines")


def spot_key(base: str, rounds: Iterable[int]) -> str:
    """The key of something in the tree, in those rounds of the loops around it."""
    return "#".join(part for part in (base, ".".join(map(str, rounds))) if part)


class Spot:
    """Where in the journal something in the tree is kept: `key` names the round of each loop around it."""

    def __init__(self, base: str, loops: tuple[str, ...], context: RunContext) -> None:
        self._base, self._loops, self._context = base, loops, context

    @property
    def key(self) -> str:
        return spot_key(self._base, [self._context.rounds.get(loop, 1) for loop in self._loops])


class Node(Behaviour):
    """Something in the tree of one run, with a spot in its journal."""

    def __init__(self, step: Step, loops: tuple[str, ...], context: RunContext, mark: str = "") -> None:
        super().__init__(name=f"{step.name or 'sequence'}{mark}")
        self._context, self._step = context, step
        self._spot = Spot(step.key + mark, loops, context)

    @property
    def key(self) -> str:
        return self._spot.key


class Doing(Node):
    """A leaf at work. What has ended before, in an earlier life of the run, is remembered and not done again."""

    def __init__(self, step: LeafStep, loops: tuple[str, ...], context: RunContext) -> None:
        super().__init__(step, loops, context)
        self._leaf_step, self._leaf = step, step.leaf
        self._job: Job | None = None
        self._result: Outcome | None = None
        self._way_back: Job | None = None
        self._began_s: float | None = None
        self._keys: LeafKeys | None = None
        self._was_broken_off = False

    @property
    def keyword(self) -> str:
        """What it does; `look` for a wait until somebody is seen."""
        until = getattr(self._keys, "until", None)
        looks = until is not None and any(part.somebody_is_seen is not None for part in until.parts())
        return "look" if looks else self._leaf.keyword

    @property
    def answer(self) -> str:
        """How it ended, where that has kinds."""
        return str(self._context.journal.get(self.key).get("answer", ""))

    def initialise(self) -> None:
        self._job = self._result = self._way_back = self._began_s = self._keys = None

    def update(self) -> Status:
        entry = self._context.journal.get(self.key)
        if "result" in entry:
            return self._recalled(entry)
        if self._began_s is None:
            return self._begin(entry)
        if self._way_back is not None:
            return self._come_back(self._way_back)
        outcome = self._outcome()
        return Status.RUNNING if outcome is None else self._finish(outcome)

    def terminate(self, new_status: Status) -> None:
        if new_status is Status.INVALID:
            self.break_off()
        self._job = self._way_back = self._began_s = None

    def break_off(self) -> None:
        """Stop what is under way, if anything is."""
        if self._began_s is None:
            return
        for job in (self._job, self._way_back):
            if job is not None:
                self._cancel(job)
        self._context.journal.put(self.key, cut_off=True)
        self._job = self._way_back = self._began_s = None

    def _cancel(self, job: Job) -> None:
        try:
            job.cancel()
        except Exception:  # noqa: BLE001 - a leaf of somebody else's must not end care
            _LOG.exception("the step %s of %s cannot be broken off", self._step.name, self._context.run.id)

    def _recalled(self, entry: Any) -> Status:
        if entry["result"] == "done":
            return Status.SUCCESS
        self._context.failure = entry.get("reason", "")
        return Status.FAILURE

    def _begin(self, entry: Any) -> Status:
        context = self._context
        try:
            self._keys = self._leaf_step.keys(context.replacements())
        except (ValueError, KeyError) as error:
            return self._finish(Outcome(False, f"what it was given does not fit ({error})"))
        self._began_s = context.now_s
        was_cut_off = bool(entry.get("cut_off"))
        self._was_broken_off = "begun_s" in entry and not was_cut_off
        if "begun_s" in entry and not self._leaf.may_begin_again(self._keys, was_cut_off):
            return self._finish(Outcome(True))
        if self._leaf.changes_place:
            context.way_back = None
        if context.way_back is not None and self._leaf.needs_place:
            return self._turn_back(context.way_back)
        self._start_after_commit()
        return Status.RUNNING

    def _turn_back(self, place: Place) -> Status:
        context = self._context
        self._way_back = context.ports.travel.go(place.name, place.kind, WAY_BACK_S)
        context.now_doing(self._step.name, "return", context.spoken(place.name, context.site.language))
        return Status.RUNNING

    def _come_back(self, job: Job) -> Status:
        outcome = job.outcome(self._context.now_s)
        if outcome is None and self._spent_s() > WAY_BACK_S:
            self._cancel(job)
            outcome = Outcome(False, "the way back took too long")
        if outcome is None:
            return Status.RUNNING
        self._way_back, self._context.way_back = None, None
        if not outcome.is_done:
            return self._finish(Outcome(False, f"the robot could not come back ({outcome.reason})"))
        self._began_s = self._context.now_s
        self._start_after_commit()
        return Status.RUNNING

    def _start_after_commit(self) -> None:
        context, entry = self._context, self._context.journal.get(self.key)
        context.journal.put(self.key, begun_s=entry.get("begun_s", context.now_s), cut_off=False)
        context.effects.append(self._start)

    def _start(self) -> None:
        if self._began_s is None:  # broken off since
            return
        context = self._context
        begun_s = float(context.journal.get(self.key)["begun_s"])
        moment = Moment(context, f"{context.run.id}/{self.key}", begun_s, self._was_broken_off)
        try:
            context.now_doing(self._step.name, self._leaf.keyword, self._leaf.told(self._keys, moment))
            begun = self._leaf.start(self._keys, moment)
        except Exception as error:  # noqa: BLE001 - a leaf of somebody else's must not end care
            begun = Outcome(False, f"the step {self._leaf.keyword} is broken ({error!r})")
        if isinstance(begun, Outcome):
            self._result = begun
        else:
            self._job = begun

    def _outcome(self) -> Outcome | None:
        found = self._result
        if found is None and self._job is not None:
            found = self._polled(self._job)
        if found is None and self._spent_s() > self._limit_s():
            if self._job is not None:
                self._cancel(self._job)
            found = Outcome(False, f"it took longer than {self._limit_s():g} s")
        return found

    def _polled(self, job: Job) -> Outcome | None:
        try:
            return job.outcome(self._context.now_s)
        except Exception as error:  # noqa: BLE001 - as above
            return Outcome(False, f"the step {self._leaf.keyword} is broken ({error!r})")

    def _finish(self, outcome: Outcome) -> Status:
        context, leaf = self._context, self._leaf
        is_good = outcome.is_done and (bool(self._leaf_step.when) or self._is_good(outcome.answer))
        reason = outcome.reason or (f"the answer was {outcome.answer}" if not is_good else "")
        result = "done" if is_good else "failed"
        context.journal.put(self.key, result=result, answer=outcome.answer, reason=self._told(reason))
        context.ended_step(self._step.name, outcome.answer, outcome.heard, not is_good)
        if outcome.room:
            context.journal.put(keys.FOUND, room=outcome.room)
        if outcome.counted is not None:
            context.journal.put(keys.COUNTED, number=outcome.counted)
        place = leaf.place(self._keys, outcome) if leaf.changes_place and outcome.is_done and self._keys else None
        if place is not None:
            context.journal.replace(keys.PLACE, {"name": place[0], "kind": place[1]})
        if not is_good:
            context.failure = self._told(reason)
        return Status.SUCCESS if is_good else Status.FAILURE

    def _is_good(self, answer: str) -> bool:
        return not answer or not self._leaf.good_answers or answer in self._leaf.good_answers

    def _told(self, reason: str) -> str:
        return f"{self._step.name}: {reason}" if reason else ""

    def _spent_s(self) -> float:
        assert self._began_s is not None
        self._began_s = min(self._began_s, self._context.now_s)  # a clock that was set back
        return self._context.now_s - self._began_s

    def _limit_s(self) -> float:
        return limit_s(self._step, self._context) or self._leaf.limit_s(self._keys)


class AnswerIs(Behaviour):
    """Succeeds where the step before ended with one of `answers`; with `is_other`, with none of them."""

    def __init__(self, doing: Doing, answers: frozenset[str], is_other: bool = False) -> None:
        super().__init__(name="otherwise" if is_other else " or ".join(sorted(answers)))
        self._doing, self._answers, self._is_other = doing, answers, is_other

    def update(self) -> Status:
        is_among = self._doing.answer in self._answers
        return Status.SUCCESS if is_among != self._is_other else Status.FAILURE


class Guard(Node):
    """Whether the condition of a step held when the step was come to; it is asked once."""

    def __init__(
        self, step: Step, condition: Condition, loops: tuple[str, ...], context: RunContext, wanted: bool
    ) -> None:
        super().__init__(step, loops, context, mark="?")
        self._condition, self._wanted = condition, wanted

    def update(self) -> Status:
        entry = self._context.journal.get(self.key)
        if "held" not in entry:
            self._context.journal.put(self.key, held=self._context.holds(self._condition))
        held = self._context.journal.get(self.key)["held"]
        return Status.SUCCESS if held == self._wanted else Status.FAILURE


class Approving(Node):
    """Waits for a caregiver's yes; fails without it."""

    def __init__(self, step: Step, loops: tuple[str, ...], context: RunContext) -> None:
        super().__init__(step, loops, context, mark="!")

    def update(self) -> Status:
        assert self._step.approval is not None
        context = self._context
        agreed = approvals.verdict(context, self.key, self._step.approval, self._step.name)
        if agreed is None:
            context.waits_for = self.key
            anybody = own_text("anybody", context.site.language)
            context.now_doing(self._step.name, "approval", context.journal.get(self.key)["who"] or anybody)
            return Status.RUNNING
        context.waits_for = ""
        return Status.SUCCESS if agreed else Status.FAILURE

    def terminate(self, new_status: Status) -> None:
        if new_status is Status.INVALID and self._context.waits_for == self.key:
            self._context.waits_for = ""


class Limit(Decorator):
    """Fails where what is inside takes too long, restarts included."""

    def __init__(self, child: Behaviour, step: Step, loops: tuple[str, ...], context: RunContext) -> None:
        super().__init__(name=f"{step.name} in time", child=child)
        self._spot = Spot(f"{step.key}<", loops, context)
        self._step, self._context = step, context

    def update(self) -> Status:
        key, journal = self._spot.key, self._context.journal
        entry = journal.get(key)
        if entry.get("is_over"):
            return self._over()
        if "began_s" not in entry:
            journal.put(key, began_s=self._context.now_s)
        elif self.decorated.status is Status.RUNNING:
            spent_s = self._context.now_s - entry["began_s"]
            if spent_s > (limit_s(self._step, self._context) or 0.0):
                journal.put(key, is_over=True)
                return self._over()
        return self.decorated.status

    def _over(self) -> Status:
        self._context.failure = f"{self._step.name}: it took longer than {limit_s(self._step, self._context):g} s"
        return Status.FAILURE


class Looping(Decorator):
    """Does what is inside again. Each round is counted on disk, and a tick begins at most one."""

    def __init__(self, child: Behaviour, step: Loop, loops: tuple[str, ...], context: RunContext) -> None:
        super().__init__(name=step.name, child=child)
        self._spot = Spot(f"{step.key}@", loops, context)
        self._loop, self._context = step, context
        self._rounds: Rounds | None = None

    def initialise(self) -> None:
        entry = self._context.journal.get(self._spot.key)
        self._context.rounds[self._loop.key] = int(entry.get("round", 1))
        try:
            self._rounds = self._loop.rounds(self._context.replacements())
        except ValueError as error:
            self._rounds, self._context.failure = None, f"{self._loop.name}: {error}"

    def tick(self) -> Iterator[Behaviour]:
        if self.status is not Status.RUNNING:
            self.initialise()
        if self._rounds is None:
            yield from self._as(Status.FAILURE)
        elif self._is_pausing(self._rounds):
            yield from self._as(Status.SUCCESS if self._has_ended() else Status.RUNNING)
        else:
            self._note_begin()
            yield from self.decorated.tick()
            yield from self._as(self._after(self.decorated.status, self._rounds))

    @property
    def others_meanwhile(self) -> bool:
        """Whether others may run in its pauses."""
        return self._loop.others_meanwhile

    def rests_until_s(self) -> float | None:
        """Until when it leaves the robot to others; None where it does not."""
        rounds = self._rounds if self.others_meanwhile and self.status is Status.RUNNING else None
        return self._next_s(rounds) if rounds is not None and self._is_pausing(rounds) else None

    def update(self) -> Status:
        """Never asked: `tick` decides."""
        return self.status

    def _as(self, status: Status) -> Iterator[Behaviour]:
        if status is not Status.RUNNING:
            self.stop(status)
        self.status = status
        yield self

    def _is_pausing(self, rounds: Rounds) -> bool:
        entry = self._context.journal.get(self._spot.key)
        if "since_s" not in entry or entry.get("begun") == entry.get("round"):
            return False
        return self._context.now_s < self._next_s(rounds)

    def _next_s(self, rounds: Rounds) -> float:
        key, journal, now_s = self._spot.key, self._context.journal, self._context.now_s
        entry = journal.get(key)
        began_s, since_s = float(entry.get("began_s", now_s)), float(entry["since_s"])
        if max(began_s, since_s) > now_s:  # the clock was set back: the pause is no longer for it
            began_s, since_s = min(began_s, now_s), min(since_s, now_s)
            journal.put(key, began_s=began_s, since_s=since_s)
        return rounds.next_s(began_s, since_s)

    def _note_begin(self) -> None:
        """When this round began, once, also where it is taken up again."""
        count = self._context.rounds[self._loop.key]
        key, journal = self._spot.key, self._context.journal
        if journal.get(key).get("begun") != count:
            journal.put(key, begun=count, began_s=self._context.now_s)

    def _has_ended(self) -> bool:
        return self._loop.until is not None and self._context.holds(self._loop.until)

    def _after(self, status: Status, rounds: Rounds) -> Status:
        if status is Status.RUNNING:
            return Status.RUNNING
        if status is Status.SUCCESS and (self._loop.is_retry or self._has_ended()):
            return Status.SUCCESS
        if status is Status.FAILURE and not self._loop.is_retry:
            return Status.FAILURE
        if self._has_ended():
            return Status.SUCCESS
        count = self._context.rounds[self._loop.key]
        if rounds.times is not None and count >= rounds.times:
            return Status.FAILURE if self._loop.is_retry else Status.SUCCESS
        self._context.rounds[self._loop.key] = count + 1
        self._context.journal.put(self._spot.key, round=count + 1, since_s=self._context.now_s)
        return Status.RUNNING


def leaves_at_work(tree: Behaviour) -> list[str]:
    """The keywords of the leaves that are under way in a run's tree; a wait that looks for somebody is a look."""
    doing = [each for each in tree.iterate() if isinstance(each, Doing) and each.status is Status.RUNNING]
    return [each.keyword for each in doing]


def loops_with_rests(tree: Behaviour) -> list[Looping]:
    """Those of a run's tree in whose pauses others may run."""
    return [each for each in tree.iterate() if isinstance(each, Looping) and each.others_meanwhile]


def rests_until_s(tree: Behaviour, loops: Iterable[Looping]) -> float | None:
    """Until when a run does nothing but wait for the next round of one of `loops`; None where it does something."""
    found = [until_s for each in loops if (until_s := each.rests_until_s()) is not None]
    return max(found) if found and not leaves_at_work(tree) else None


def break_off(tree: Behaviour) -> None:
    """Stop every leaf that is under way in a run's tree, also where a step has raised in the middle of a tick."""
    for each in tree.iterate():
        if isinstance(each, Doing):
            each.break_off()


def limit_s(step: Step, context: RunContext) -> float | None:
    """The time limit that the file states for a step; None where it states none."""
    limit = step.time_limit_s
    if isinstance(limit, str):
        limit = typing.cast(float, context.replacements()[limit.strip("{}")])
    return limit
