"""The engine: one routine runs at a time, the most urgent; every other waits, and none is forgotten.

`tick(now_s)` is called ten times a second. It decides, commits what it has decided, and only then begins what has an
effect outside (something said, a trip), so that after a crash nothing is begun of which the record does not know.

A routine that goes on after an interruption or a restart gets a new tree, whose steps look up in the run's journal what
became of them. What was answered, said and recorded stays; where the robot was brought, it goes again.

What a step raises that nobody has foreseen ends its own run, and no other.
"""

from __future__ import annotations

import contextlib
import logging
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from py_trees.behaviour import Behaviour
from py_trees.common import Status

from carebot.records.routine_runs import Run, RunState
from carebot.routines import approval as approvals
from carebot.routines import journal as keys
from carebot.routines.conditions import at_site
from carebot.routines.file import Routine
from carebot.routines.journal import Journal
from carebot.routines.moment import Place, RunContext
from carebot.routines.nodes import Looping, break_off, leaves_at_work, loops_with_rests, rests_until_s
from carebot.routines.parameters import GivenError, filled
from carebot.routines.ports import Ports
from carebot.routines.progress import Line, Progress
from carebot.routines.run_book import Changes, RunBook
from carebot.routines.steps import Approval
from carebot.routines.tree import build
from carebot.site.file import Site
from carebot.site.hours import Hours, Quiet

_LOG = logging.getLogger("carebot.routines")

PERIOD_S = 0.1
LONGEST_TICK_S = 1.0
"""More than this between two ticks is not time in which a routine has run: the clock was set, or the machine slept."""
CLOCK_EVERY_S = 30.0
LEAST_REST_S = 20.0
"""In a shorter pause nothing less urgent is worth beginning."""
ENDING_WITHIN_S = 60.0
KEPT_RUNS = 200
MOST_WAITING = 100
LEAVE_WITHIN_S = 600.0
"""So long a caregiver has for what a resident asked for."""

PAUSED_BY = " paused it"
"""How the outcome of a run ends that rests; its beginning is who wanted that."""


class Active:
    """A run that is not over, with its tree while it runs or is ending, and what is told `beside` while it waits."""

    def __init__(self, context: RunContext) -> None:
        self.context = context
        self.tree: Behaviour | None = None
        self.loops: list[Looping] = []
        self.beside: Behaviour | None = None
        self.ticked_s = self.noted_s = context.now_s
        self.ending_since_s = context.now_s
        self.rest: tuple[float, float] | None = None
        """From when until when it left the robot to others, in a pause of its own."""
        self._progress = Progress(context)

    @property
    def run(self) -> Run:
        return self.context.run

    @property
    def ran_s(self) -> float:
        """For how long it has run, without interruptions."""
        return float(self.context.journal.get(keys.CLOCK).get("ran_s", 0.0))

    def rests(self) -> bool:
        """Whether that goes on; not where the clock was set back behind its beginning."""
        return self.rest is not None and self.rest[0] <= self.context.now_s < self.rest[1]

    def steps(self) -> tuple[Line, ...]:
        """How far it is, for people who watch; nothing where it has not begun."""
        if self.run.state is RunState.WAITING:
            return ()
        return self._progress.lines(self.run.state is RunState.ENDING, self.tree is not None)


class Engine:
    """All runs of one robot. `library` are the routines by name."""

    def __init__(
        self,
        library: Mapping[str, Routine],
        site: Site,
        caregivers: tuple[str, ...],
        ports: Ports,
        book: RunBook,
        now_s: float,
        quiet_hours: Sequence[Hours] = (),
    ) -> None:
        self._library, self._site, self._caregivers, self._ports = library, site, caregivers, ports
        self._quiet = site.quiet(tuple(quiet_hours))
        self._book = book
        self._active: dict[str, Active] = {}
        self._over: dict[str, Run] = {}
        self._changes = Changes()
        self._is_loaded = False
        self._take_up(now_s)

    # what changes while it runs

    def know_caregivers(self, names: tuple[str, ...]) -> None:
        """From now on these may be named in what is given for a routine's parameters."""
        self._caregivers = names

    def know_quiet(self, quiet: Quiet) -> None:
        """From now on these are the quiet hours."""
        self._quiet = quiet

    # what is asked of it

    def request(self, name: str, given: Mapping[str, Any], by: str, now_s: float, run_id: str = "") -> Run:
        """Have a routine run as soon as it may. One that is asked for again while it is not over is not run twice,
        and of one `run_id` never.

        Raises:
            GivenError: there is no such routine, or what was given for its parameters cannot be used.
        """
        routine = self._library.get(name)
        if routine is None:
            raise GivenError(f"there is no routine '{name[:60]}': use one of {', '.join(sorted(self._library))}")
        values = filled(routine.file.parameters, given, self._site, self._caregivers)
        known = self._known(run_id) if run_id else self._same(name, values)
        if known is not None:
            return known
        if len(self._active) >= MOST_WAITING:
            raise GivenError(f"{len(self._active)} routines are waiting already: cancel some first")
        identity = run_id or f"{name}@{uuid.uuid4().hex[:12]}"
        run = Run(identity, name, dict(given), routine.priority, by, now_s, changed_at_s=now_s)
        self._changes.runs[run.id] = run
        self.adopt(run, now_s)
        return run

    def request_leave(self, run_id: str, what: str, within_s: float = LEAVE_WITHIN_S) -> None:
        """Have a run that waits wait for a caregiver's yes, too: a resident asked for it. `what` is shown to them."""
        active = self._active.get(run_id)
        if active is not None and active.run.state is RunState.WAITING and not active.context.journal.get(keys.LEAVE):
            active.context.journal.put(keys.LEAVE, within_s=within_s, what=what)

    def adopt(self, run: Run, now_s: float) -> None:
        """Take in a run that is on the record already, or will be, such as one of the schedule."""
        if run.id in self._active or run.id in self._over:
            return
        active = self._enter(run, {}, now_s)
        if active is not None and run.state is RunState.ENDING:
            self._grow_ending(active, now_s)

    def reload(self) -> None:
        """Take in, at the next tick, whatever has come onto the record."""
        self._is_loaded = False

    def cancel(self, run_id: str, by: str, now_s: float) -> str:
        """End a run because the person `by` wants it; a sentence where that cannot be, else empty."""
        active, problem = self._asked(run_id, by)
        if active is None:
            return problem
        self._halt(active)
        self._close(active, RunState.CANCELLED, f"{by} cancelled it", now_s)
        self._commit(now_s)
        return ""

    def pause(self, run_id: str, by: str, now_s: float) -> str:
        """Let a run rest until `go_on`; a sentence where that cannot be, else empty."""
        active, problem = self._asked(run_id, by)
        if active is None or active.run.state is RunState.ENDING:
            return problem or "It is ending already."
        self._halt(active)
        self._change(active, RunState.PAUSED, f"{by}{PAUSED_BY}", now_s)
        self._commit(now_s)
        return ""

    def go_on(self, run_id: str, by: str, now_s: float) -> str:
        """Let a paused run go on; a sentence where that cannot be, else empty."""
        active, problem = self._asked(run_id, by)
        if active is None or active.run.state is not RunState.PAUSED:
            return problem or "It is not paused."
        self._change(active, RunState.SUSPENDED, "", now_s)
        self._commit(now_s)
        return ""

    def approve(self, run_id: str, is_agreed: bool, by: str, now_s: float) -> str:
        """Take a caregiver's answer to what waits for it; a sentence where it cannot be taken, else empty."""
        active, problem = self._asked(run_id, by)
        if active is None:
            return problem
        problem = approvals.answer(active.context, active.context.waits_for or keys.APPROVAL, is_agreed, by)
        self._commit(now_s)
        return problem

    def tick(self, now_s: float) -> None:
        """Decide, commit, begin."""
        if not self._is_loaded:
            self._take_up(now_s)
        at = at_site(now_s, self._site.time_zone)
        for active in list(self._active.values()):
            active.context.now_s, active.context.is_quiet = now_s, self._quiet.holds(active.context.resident, at)
            with self._on_its_own(active, now_s):
                self._judge(active, now_s)
        self._choose(now_s)
        for active in list(self._active.values()):
            with self._on_its_own(active, now_s):
                if active.tree is not None:
                    self._step(active, active.tree, now_s)
                self._step_beside(active)
        self._commit(now_s)
        self._act(now_s)

    def close(self, now_s: float) -> None:
        """Break off what is under way, to be taken up at the next start."""
        for active in self._active.values():
            self._halt(active)
            self._stop_beside(active)
        self._commit(now_s)

    # what is told of it

    def running(self) -> Active | None:
        """The one that runs."""
        return next((each for each in self._active.values() if each.run.state is RunState.RUNNING), None)

    def at_work(self) -> list[str]:
        """The keywords of the leaves that are at work now, of all runs."""
        trees = [each for active in self._active.values() for each in (active.tree, active.beside) if each is not None]
        return [keyword for tree in trees for keyword in leaves_at_work(tree)]

    def active(self) -> list[Active]:
        """Everything that is not over, the most urgent first."""
        return sorted(self._active.values(), key=_urgency)

    def why_waiting(self, active: Active) -> tuple[str, str]:
        """Why a run does not go on: approval, quiet_hours, other, paused, ending, or empty; and who or what that is."""
        state, context = active.run.state, active.context
        if state is RunState.PAUSED:
            return "paused", active.run.outcome.removesuffix(PAUSED_BY)
        if state is RunState.ENDING:
            return "ending", active.run.outcome
        asked = context.journal.get(context.waits_for or keys.APPROVAL)
        if "asked_s" in asked and "agreed" not in asked:
            return "approval", str(asked.get("who", ""))
        if state is RunState.RUNNING:
            return "", ""
        if context.is_quiet and not context.may_disturb:
            return "quiet_hours", ""
        running = self.running()
        return ("other", running.run.routine) if running and not active.rests() else ("", "")

    def run(self, run_id: str) -> Run | None:
        """One run, as long as it is remembered."""
        active = self._active.get(run_id)
        return active.run if active else self._over.get(run_id)

    @property
    def fault(self) -> str:
        """Why nothing is recorded; empty where all is."""
        return self._book.fault

    # taking up

    def _take_up(self, now_s: float) -> None:
        found = self._book.unfinished(now_s)
        if found is None:
            return
        self._is_loaded = True
        for run, steps in found:
            if run.id not in self._active and run.id not in self._over:
                active = self._enter(run, steps, now_s)
                if active is not None:
                    self._after_restart(active, now_s)

    def _enter(self, run: Run, steps: Mapping[str, Mapping[str, Any]], now_s: float) -> Active | None:
        routine = self._library.get(run.routine)
        if routine is None:
            self._keep(replace(run, state=RunState.FAILED, outcome="there is no such routine", changed_at_s=now_s))
            return None
        try:
            values = filled(routine.file.parameters, run.parameters, self._site, self._caregivers)
        except GivenError as error:
            self._keep(replace(run, state=RunState.FAILED, outcome=f"{error}", changed_at_s=now_s))
            return None
        active = Active(RunContext(run, routine, values, self._site, self._ports, Journal(steps), now_s))
        self._active[run.id] = active
        return active

    def _after_restart(self, active: Active, now_s: float) -> None:
        run, journal = active.run, active.context.journal
        if run.state is RunState.ENDING:
            self._grow_ending(active, now_s)
            return
        if run.state is RunState.WAITING:
            return
        if journal.get(keys.FILE).get("digest") != active.context.routine.digest:
            self._end(active, "its file was changed while it was under way", now_s)
        elif run.state is RunState.RUNNING:
            self._broken_off(active, now_s)

    def _broken_off(self, active: Active, now_s: float) -> None:
        alive_s = max(active.run.changed_at_s, active.context.journal.get(keys.CLOCK).get("at_s", 0.0))
        if now_s - alive_s > active.context.routine.file.taken_up_within_s:
            self._end(active, f"the robot was off for {(now_s - alive_s) / 60:.0f} minutes", now_s)
        elif active.context.routine.file.after_restart == "end":
            self._end(active, "the robot was restarted in the middle of it", now_s)
        else:
            self._change(active, RunState.SUSPENDED, "", now_s)

    # choosing

    def _judge(self, active: Active, now_s: float) -> None:
        """What has waited for too long does not begin any more."""
        run, limit_s = active.run, active.context.routine.file.taken_up_within_s
        if run.state is RunState.WAITING and now_s - run.requested_at_s > limit_s:
            self._end(active, f"it could not begin within {limit_s / 60:g} minutes", now_s)
        elif run.state in (RunState.SUSPENDED, RunState.PAUSED) and now_s - _interrupted_s(active) > limit_s:
            self._end(active, f"it was interrupted for more than {limit_s / 60:g} minutes", now_s)
        elif run.state is RunState.WAITING:
            self._judge_approval(active, now_s)

    def _judge_approval(self, active: Active, now_s: float) -> None:
        approval = _approval_of(active)
        what = str(active.context.journal.get(keys.LEAVE).get("what", ""))
        if approval is not None and approvals.verdict(active.context, keys.APPROVAL, approval, what) is False:
            self._end(active, active.context.failure, now_s)

    def _choose(self, now_s: float) -> None:
        running = self.running()
        resting = [each for each in self._active.values() if each.run.state is RunState.SUSPENDED and each.rests()]
        ready = [each for each in self._active.values() if self._is_ready(each)] or ([] if running else resting)
        ready = [each for each in ready if not each.context.is_quiet or each.context.may_disturb]
        if not ready:
            return
        best = min(ready, key=_urgency)
        if running is not None:
            rests_s = rests_until_s(running.tree, running.loops) if running.tree is not None else None
            if best.run.priority > running.run.priority:
                self._preempt(running, best, now_s)
            elif rests_s is not None and rests_s - now_s > self._least_rest_s(running, best):
                self._halt(running)
                running.rest = now_s, rests_s
                self._change(running, RunState.SUSPENDED, "", now_s)
            else:
                return
        with self._on_its_own(best, now_s):
            self._start(best, now_s)

    @staticmethod
    def _is_ready(active: Active) -> bool:
        if active.run.state is RunState.SUSPENDED:
            return not active.rests()
        is_waiting = active.run.state is RunState.WAITING
        needs = _approval_of(active)
        return is_waiting and (needs is None or bool(active.context.journal.get(keys.APPROVAL).get("agreed")))

    @staticmethod
    def _least_rest_s(running: Active, other: Active) -> float:
        """An equal has its turn, however short the pause: it is not broken off when that is over."""
        return 0.0 if other.run.priority == running.run.priority else LEAST_REST_S

    def _preempt(self, running: Active, by: Active, now_s: float) -> None:
        self._halt(running)
        if running.context.routine.file.when_preempted == "resume":
            self._change(running, RunState.SUSPENDED, f"{by.run.routine} is more urgent", now_s)
        else:
            self._end(running, f"{by.run.routine} was more urgent", now_s)

    def _start(self, active: Active, now_s: float) -> None:
        context = active.context
        place = context.journal.get(keys.PLACE)
        context.way_back = Place(place["name"], place["kind"]) if place and place["name"] else None
        if place and place["kind"] == "dock":
            context.way_back = Place(place["name"], "dock")
        context.journal.put(keys.FILE, digest=context.routine.digest)
        context.rounds.clear()
        context.failure, active.rest = "", None
        active.tree, active.ticked_s = build(context.routine.body, context), now_s
        active.loops = loops_with_rests(active.tree)
        self._change(active, RunState.RUNNING, "", now_s)

    # waiting

    def _step_beside(self, active: Active) -> None:
        """What a run that something else goes before has to be told, is told at once, and once."""
        if active.beside is None and self._has_to_wait(active):
            self._grow_beside(active)
        if active.beside is None:
            return
        active.beside.tick_once()
        if active.beside.status is not Status.RUNNING:
            active.beside = None
            active.context.journal.put(keys.WAITED, is_told=True)
            if active.tree is None:
                active.context.doing_nothing()

    def _has_to_wait(self, active: Active) -> bool:
        running = self.running()
        may_begin = self._is_ready(active) and (not active.context.is_quiet or active.context.may_disturb)
        return may_begin and running is not None and running is not active

    def _grow_beside(self, active: Active) -> None:
        running, waiting, context = self.running(), active.context.routine.waiting, active.context
        if waiting is None or running is None or context.journal.get(keys.WAITED):
            return
        context.busy_with = running.context.routine
        active.beside = build(waiting, context)

    @staticmethod
    def _stop_beside(active: Active) -> None:
        if active.beside is not None:
            break_off(active.beside)
            active.beside = None

    # running

    def _step(self, active: Active, tree: Behaviour, now_s: float) -> None:
        tree.tick_once()
        if active.run.state is RunState.ENDING:
            self._step_ending(active, tree, now_s)
            return
        self._count_time(active, now_s)
        limit_s = active.context.routine.file.time_limit_s
        if active.context.ended is not None:
            is_done, reason = active.context.ended
            self._halt(active)
            self._close(active, RunState.SUCCEEDED, "", now_s) if is_done else self._end(active, reason, now_s)
        elif tree.status is Status.SUCCESS:
            self._close(active, RunState.SUCCEEDED, "", now_s)
        elif tree.status is Status.FAILURE:
            self._end(active, active.context.failure or "a step could not be done", now_s)
        elif active.ran_s > limit_s:
            self._end(active, f"it took longer than {limit_s / 60:g} minutes", now_s)

    @contextlib.contextmanager
    def _on_its_own(self, active: Active, now_s: float) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever it is, it must not end care
            step = active.context.step or active.run.routine
            _LOG.exception("the step %s of %s is broken: that run fails, the others go on", step, active.run.id)
            self._fail(active, f"the step {step} is broken ({error!r})", now_s)

    def _fail(self, active: Active, reason: str, now_s: float) -> None:
        if active.run.id not in self._active:
            return
        if active.run.state is RunState.ENDING:
            self._halt(active)
            self._close(active, RunState.FAILED, active.run.outcome, now_s)
        else:
            self._end(active, reason, now_s)

    def _count_time(self, active: Active, now_s: float) -> None:
        spent_s = min(max(now_s - active.ticked_s, 0.0), LONGEST_TICK_S)
        active.ticked_s = now_s
        journal, ran_s = active.context.journal, active.ran_s + spent_s
        if abs(now_s - active.noted_s) >= CLOCK_EVERY_S or not journal.is_on_disk(keys.FILE):
            active.noted_s = now_s
            journal.put(keys.CLOCK, ran_s=ran_s, at_s=now_s)
        else:
            journal.remember(keys.CLOCK, ran_s=ran_s, at_s=now_s)

    def _end(self, active: Active, reason: str, now_s: float) -> None:
        """The routine is over before its end: what is to be told of that comes now, beside whatever runs."""
        self._halt(active)
        self._stop_beside(active)
        active.context.journal.put(keys.ENDING, reason=reason)
        active.context.ended = None
        self._change(active, RunState.ENDING, reason, now_s)
        self._grow_ending(active, now_s)

    def _grow_ending(self, active: Active, now_s: float) -> None:
        ending = active.context.routine.ending
        if ending is None:
            self._close(active, RunState.FAILED, active.run.outcome, now_s)
        else:
            active.tree, active.ending_since_s = build(ending, active.context), now_s

    def _step_ending(self, active: Active, tree: Behaviour, now_s: float) -> None:
        if tree.status is not Status.RUNNING or abs(now_s - active.ending_since_s) > ENDING_WITHIN_S:
            self._halt(active)
            self._close(active, RunState.FAILED, active.run.outcome, now_s)

    @staticmethod
    def _halt(active: Active) -> None:
        """Break off whatever its tree has under way."""
        if active.tree is not None:
            break_off(active.tree)
        active.tree = None
        active.context.effects.clear()
        active.context.waits_for = ""
        active.context.doing_nothing()

    def _close(self, active: Active, state: RunState, outcome: str, now_s: float) -> None:
        self._change(active, state, outcome, now_s)
        active.tree = None
        self._stop_beside(active)
        self._gather(active)
        del self._active[active.run.id]
        self._over[active.run.id] = active.run
        for run_id in list(self._over)[:-KEPT_RUNS]:
            del self._over[run_id]

    # keeping

    def _change(self, active: Active, state: RunState, outcome: str, now_s: float) -> None:
        active.context.run = replace(active.run, state=state, outcome=outcome, changed_at_s=now_s)
        self._keep(active.run)

    def _keep(self, run: Run) -> None:
        self._changes.runs[run.id] = run
        if run.state.is_over:
            self._over[run.id] = run

    def _gather(self, active: Active) -> None:
        context = active.context
        if context.journal.dirty:
            self._changes.steps.setdefault(active.run.id, {}).update(context.journal.dirty)
            context.journal.dirty = {}
        self._changes.notes += context.notes
        self._changes.finds += context.finds
        context.notes, context.finds = [], []

    def _commit(self, now_s: float) -> None:
        for active in self._active.values():
            self._gather(active)
        changes, self._changes = self._changes, Changes()
        self._book.write(changes, now_s)

    def _act(self, now_s: float) -> None:
        """Begin what was decided."""
        for active in list(self._active.values()):
            effects, active.context.effects = active.context.effects, []
            with self._on_its_own(active, now_s):
                for effect in effects:
                    effect()

    def _known(self, run_id: str) -> Run | None:
        """A run of that identity, however old."""
        return self.run(run_id) or self._book.find(run_id)

    def _same(self, name: str, values: Mapping[str, Any]) -> Run | None:
        """A run of the same that is not over, whether its values were given or are the default ones."""
        found = (each for each in self._active.values() if each.run.routine == name)
        return next((each.run for each in found if each.context.values == values), None)

    def _asked(self, run_id: str, by: str) -> tuple[Active | None, str]:
        if not by.strip():
            return None, "That needs the name of the person who wants it."
        active = self._active.get(run_id)
        return active, "" if active else f"There is no run '{run_id[:80]}' under way: look at the list again."


def _approval_of(active: Active) -> Approval | None:
    """The whole run's: the file's own, or a resident's wish."""
    leave = active.context.journal.get(keys.LEAVE)
    own = active.context.routine.file.needs_approval
    return own if own is not None or not leave else Approval(within_s=leave["within_s"], otherwise="skip")


def _interrupted_s(active: Active) -> float:
    """Since when it could not go on."""
    return max(active.run.changed_at_s, active.rest[1] if active.rest is not None else 0.0)


def _urgency(active: Active) -> tuple[int, float, str]:
    """What goes first is the smallest."""
    return -active.run.priority, active.run.requested_at_s, active.run.id
