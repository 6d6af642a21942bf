"""A drill without a robot: the whole chain is called, in messages that say DRILL, and each way's outcome is seen."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from carebot.escalation.carrier import MessengerProcess
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.plan import EscalationPlan, Level
from carebot.records.outbox import Message, MessageState
from carebot.records.schema import open_records

POLL_S = 0.05
LAST_DELIVERIES_S = 30.0


@dataclass(frozen=True, slots=True)
class Call:
    """One person, one way: whether and how quickly it arrived, or why not."""

    level: int
    who: str
    by: str
    arrived: bool
    after_s: float
    error: str


@dataclass(frozen=True, slots=True)
class DrillReport:
    """Every call of the drill; `answered_by` is empty where nobody answered."""

    chain: str
    answered_by: str
    calls: tuple[Call, ...]

    @property
    def is_good(self) -> bool:
        """Whether every call arrived."""
        return bool(self.calls) and all(call.arrived for call in self.calls)


def run_drill(
    plan: EscalationPlan,
    chain: str,
    level_s: float,
    folder: Path,
    answer: Callable[[], str],
    tell: Callable[[Call], None],
) -> DrillReport:
    """Call everybody of `chain`, each level after `level_s`, until `answer` gives a name or all were called once.

    Records of the drill are kept in `folder`; `tell` hears of each call as soon as it has an outcome.
    """
    database = open_records(folder / "drill.sqlite", "carebot drill")
    messenger = MessengerProcess(folder / "spool")
    try:
        desk = EscalationDesk(database, hurried(plan, chain, level_s), messenger)
        return _Drill(desk, chain, tell).run(answer)
    finally:
        messenger.close(within_s=LAST_DELIVERIES_S)
        database.close()


def hurried(plan: EscalationPlan, chain: str, level_s: float) -> EscalationPlan:
    """`plan` with `level_s` for each level, and the last one not repeated."""
    levels = plan.levels(chain)
    quick = [Level.model_construct(tell=level.tell, for_s=level_s) for level in levels[:-1]]
    last = [Level.model_construct(tell=level.tell, for_s=24 * 3600.0) for level in levels[-1:]]
    return plan.model_copy(update={"escalation": {**plan.escalation, chain: (*quick, *last)}})


class _Drill:
    def __init__(self, desk: EscalationDesk, chain: str, tell: Callable[[Call], None]) -> None:
        self._desk, self._chain, self._tell = desk, chain, tell
        self._told: dict[tuple[int, str, str], Call] = {}

    def run(self, answer: Callable[[], str]) -> DrillReport:
        drill = self._desk.start_drill(self._chain, time.time())
        levels_left = True
        answered_by = ""
        until_s = float("inf")
        while levels_left or (self._is_waiting(drill.id) and time.monotonic() < until_s):
            self._desk.tick([], time.time())
            self._look(drill.id)
            answered_by = answered_by or answer()
            if answered_by:
                self._desk.answer_drill(drill.id, answered_by)
            if levels_left and (answered_by or self._is_at_the_end(drill.id)):
                levels_left, until_s = False, time.monotonic() + LAST_DELIVERIES_S
            time.sleep(POLL_S)
        return DrillReport(self._chain, answered_by, tuple(self._told.values()))

    def _is_at_the_end(self, drill_id: str) -> bool:
        case = self._desk.case(drill_id)
        return case is None or case.level == len(self._desk.plan.levels(self._chain)) - 1

    def _is_waiting(self, drill_id: str) -> bool:
        return any(message.is_pending and not message.error for message in self._desk.messages(drill_id))

    def _look(self, drill_id: str) -> None:
        for message in self._desk.messages(drill_id):
            call = _outcome(message)
            if call is not None and (key := (call.level, call.who, call.by)) not in self._told:
                self._told[key] = call
                self._tell(call)


def _outcome(message: Message) -> Call | None:
    arrived = message.state is MessageState.SENT
    if not arrived and not message.error:
        return None
    after_s = max(0.0, message.done_at_s - message.queued_at_s) if arrived else 0.0
    return Call(message.level, message.who, message.by, arrived, round(after_s, 3), message.error)
