"""Escalation as a pure function: which alerts are open and what the time is → who is to be told now.

Decisions worth knowing:

* Nobody is skipped. After an hour without power the next level is told, and has its full time; not the one that would
  be due by the clock.
* A clock that was set back makes a level start anew; nobody waits longer than one level's time for that.
* A fall that was only suspected waits for its confirmation (seconds later); then nothing but a named person's answer
  ends the escalation. "Got up again" does not.
* The last level is repeated for ever, in rounds, and each round is also said aloud.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from carebot.alerts import Alert, AlertState, Told, ToldState
from carebot.escalation.plan import EscalationPlan
from carebot.records.outbox import Case, Purpose

DRILL = "drill"
"""The kind of an alert that is none: people are called to try the chain."""


@dataclass(frozen=True, slots=True)
class Telling:
    """`who` is to be told by the way `by`."""

    purpose: Purpose
    level: int
    round: int
    who: str
    by: str


@dataclass(frozen=True, slots=True)
class Move:
    """One step of one escalation: the case as it is now, and who is to be told. `is_unheard`: a round at the last
    level, after everybody has had their time."""

    case: Case
    alert: Alert
    tellings: tuple[Telling, ...]
    is_unheard: bool = False


def moves(cases: Mapping[str, Case], alerts: Iterable[Alert], plan: EscalationPlan, now_s: float) -> list[Move]:
    """What is to be done now; `alerts` are all that are open, and those whose escalation is not closed yet.

    Applying a move and asking again at the same time gives nothing more for that alert.
    """
    found = (_move(cases.get(alert.id), alert, plan, now_s) for alert in alerts)
    return [move for move in found if move is not None]


def may_open(alert: Alert, plan: EscalationPlan) -> bool:
    """Whether somebody is to be called for `alert` who was not yet."""
    is_sure = alert.is_unanswered and alert.state is not AlertState.SUSPECTED
    return is_sure and bool(plan.levels(plan.chain_for(alert.kind)))


def planned(case: Case, plan: EscalationPlan) -> list[Told]:
    """Who is called next, and when, if nobody answers until then."""
    levels = plan.levels(case.chain)
    if case.is_closed or not levels or case.level < 0:
        return []
    at_s = case.entered_at_s + levels[min(case.level, len(levels) - 1)].for_s
    following = replace(case, level=min(case.level + 1, len(levels) - 1))
    return [Told(case.alert_id, each.who, each.by, ToldState.PLANNED, at_s) for each in tellings_of(following, plan)]


def _move(case: Case | None, alert: Alert, plan: EscalationPlan, now_s: float) -> Move | None:
    if not alert.is_unanswered:
        return None if case is None or case.is_closed else Move(replace(case, is_closed=True), alert, ())
    if case is None or case.is_closed:
        return _opened(case, alert, plan, now_s) if may_open(alert, plan) else None
    if now_s < case.entered_at_s:
        return Move(replace(case, entered_at_s=now_s), alert, ())
    levels = plan.levels(case.chain)
    if not levels or now_s - case.entered_at_s < levels[min(case.level, len(levels) - 1)].for_s:
        return None
    return _next(case, alert, plan, now_s)


def _opened(earlier: Case | None, alert: Alert, plan: EscalationPlan, now_s: float) -> Move:
    """The first level; a new round where the alert came back after it had been answered (see `alert_life`)."""
    chain = plan.chain_for(alert.kind)
    round_ = 0 if earlier is None else earlier.round + 1
    case = Case(alert.id, chain, 0, round_, now_s, now_s, alert.kind == DRILL)
    return Move(case, alert, tellings_of(case, plan))


def _next(case: Case, alert: Alert, plan: EscalationPlan, now_s: float) -> Move:
    last = len(plan.levels(case.chain)) - 1
    if case.level < last:
        moved = replace(case, level=case.level + 1, entered_at_s=now_s)
        return Move(moved, alert, tellings_of(moved, plan))
    repeated = replace(case, level=last, round=case.round + 1, entered_at_s=now_s)
    return Move(repeated, alert, tellings_of(repeated, plan), is_unheard=True)


def tellings_of(case: Case, plan: EscalationPlan) -> tuple[Telling, ...]:
    """Everybody who is told at the case's level; each once, also where the file names them twice."""
    level = plan.levels(case.chain)[case.level]
    each = [
        Telling(Purpose.ALARM, case.level, case.round, tell.who, by) for tell in level.tell for by in plan.ways(tell)
    ]
    return tuple(dict.fromkeys(each))


def tellings_until(case: Case, plan: EscalationPlan) -> tuple[Telling, ...]:
    """Everybody who is told at the case's level or an earlier one."""
    levels = range(min(case.level + 1, len(plan.levels(case.chain))))
    return tuple(each for level in levels for each in tellings_of(replace(case, level=level), plan))
