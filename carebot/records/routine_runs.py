"""Routines that were asked for, how they ended, and the journal by which one is taken up after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import Column, Connection, Float, Index, Integer, MetaData, Table, Text, delete, select
from sqlalchemy.dialects.sqlite import insert

_metadata = MetaData()

runs = Table(
    "routine_runs",
    _metadata,
    Column("id", Text, primary_key=True),
    Column("routine", Text, nullable=False),
    Column("parameters", Text, nullable=False),
    Column("priority", Integer, nullable=False),
    Column("requested_by", Text, nullable=False),
    Column("requested_at_s", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("changed_at_s", Float, nullable=False),
    Index("routine_runs_by_state", "state"),
)

journal = Table(
    "routine_journal",
    _metadata,
    Column("run_id", Text, primary_key=True),
    Column("step", Text, primary_key=True),
    Column("content", Text, nullable=False),
)


class RunState(str, Enum):
    """WAITING for its turn (or for an approval), RUNNING, SUSPENDED by a more urgent one or a restart, PAUSED by a
    person, ENDING (over in another way than it should be, which is still to be told); or over."""

    WAITING = "waiting"
    RUNNING = "running"
    SUSPENDED = "suspended"
    PAUSED = "paused"
    ENDING = "ending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_over(self) -> bool:
        return self in (RunState.SUCCEEDED, RunState.FAILED, RunState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Run:
    """One routine that was asked for. A higher `priority` goes first. `outcome` says in a sentence how it ended."""

    id: str
    routine: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0
    requested_by: str = ""
    requested_at_s: float = 0.0
    state: RunState = RunState.WAITING
    outcome: str = ""
    changed_at_s: float = 0.0


def create_tables(connection: Connection) -> None:
    """The tables of runs."""
    _metadata.create_all(connection)


MIGRATIONS = (create_tables,)


def save(connection: Connection, changed: Iterable[Run]) -> None:
    """Store each run as it is now."""
    for run in changed:
        row = _row(run)
        connection.execute(insert(runs).values(row).on_conflict_do_update(index_elements=["id"], set_=row))


def add(connection: Connection, run: Run) -> None:
    """Store a new run; one that is known already (an occurrence of the schedule) stays as it is."""
    connection.execute(insert(runs).values(_row(run)).on_conflict_do_nothing())


def unfinished(connection: Connection) -> list[Run]:
    """What is not over, oldest first."""
    states = [state.value for state in RunState if not state.is_over]
    query = select(runs).where(runs.c.state.in_(states)).order_by(runs.c.requested_at_s)
    return [_run(row) for row in connection.execute(query).mappings()]


def find(connection: Connection, run_id: str) -> Run | None:
    """One run, however old."""
    row = connection.execute(select(runs).where(runs.c.id == run_id)).mappings().one_or_none()
    return None if row is None else _run(row)


def latest(connection: Connection, routine: str = "", limit: int = 100) -> list[Run]:
    """The latest runs, newest first; of one routine where it is named."""
    query = select(runs).order_by(runs.c.requested_at_s.desc()).limit(limit)
    if routine:
        query = query.where(runs.c.routine == routine)
    return [_run(row) for row in connection.execute(query).mappings()]


def requested_between(connection: Connection, routine: str, since_s: float, until_s: float) -> list[Run]:
    """The runs of a routine that were asked for, or due, from `since_s` until before `until_s`, oldest first."""
    at = runs.c.requested_at_s
    query = select(runs).where(runs.c.routine == routine, at >= since_s, at < until_s).order_by(at)
    return [_run(row) for row in connection.execute(query).mappings()]


def write_journal(connection: Connection, run_id: str, steps: Mapping[str, Mapping[str, Any]]) -> None:
    """Store what became of steps of a run."""
    for step, content in steps.items():
        row = {"run_id": run_id, "step": step, "content": json.dumps(dict(content))}
        update = insert(journal).values(row).on_conflict_do_update(index_elements=["run_id", "step"], set_=row)
        connection.execute(update)


def read_journal(connection: Connection, run_id: str) -> dict[str, dict[str, Any]]:
    """What became of each step of a run so far."""
    rows = connection.execute(select(journal).where(journal.c.run_id == run_id))
    return {row.step: json.loads(row.content) for row in rows}


def forget_journals(connection: Connection, run_ids: Iterable[str]) -> None:
    """Remove what became of the steps of runs that are over: what was heard in them is nobody's business any more."""
    over = list(run_ids)
    if over:
        connection.execute(delete(journal).where(journal.c.run_id.in_(over)))


def forget_over(connection: Connection, before_s: float) -> int:
    """Remove runs that were over before that time, with their journals; how many there were."""
    states = [state.value for state in RunState if state.is_over]
    old = select(runs.c.id).where(runs.c.state.in_(states), runs.c.changed_at_s < before_s)
    connection.execute(delete(journal).where(journal.c.run_id.in_(old)))
    return connection.execute(delete(runs).where(runs.c.id.in_(old))).rowcount


def _row(run: Run) -> dict[str, Any]:
    return {
        "id": run.id,
        "routine": run.routine,
        "parameters": json.dumps(dict(run.parameters)),
        "priority": run.priority,
        "requested_by": run.requested_by,
        "requested_at_s": run.requested_at_s,
        "state": run.state.value,
        "outcome": run.outcome,
        "changed_at_s": run.changed_at_s,
    }


def _run(row: Any) -> Run:
    return Run(**{**row, "parameters": json.loads(row["parameters"]), "state": RunState(row["state"])})
