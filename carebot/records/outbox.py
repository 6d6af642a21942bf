"""Who is to be told of an emergency and who was: the state of each escalation, and each message with its attempts.

A message's identity is what it is about, for whom, at which level and in which round; the table refuses a second one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    select,
)
from sqlalchemy.dialects.sqlite import insert

_metadata = MetaData()

cases = Table(
    "escalation_cases",
    _metadata,
    Column("alert_id", Text, primary_key=True),
    Column("chain", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("opened_at_s", Float, nullable=False),
    Column("entered_at_s", Float, nullable=False),
    Column("is_drill", Boolean, nullable=False),
    Column("is_closed", Boolean, nullable=False),
    Column("answered_by", Text, nullable=False),
)

messages = Table(
    "escalation_messages",
    _metadata,
    Column("alert_id", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("level", Integer, nullable=False),
    Column("round", Integer, nullable=False),
    Column("who", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at_s", Float, nullable=False),
    Column("state", Text, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("try_at_s", Float, nullable=False),
    Column("done_at_s", Float, nullable=False),
    Column("error", Text, nullable=False),
    Column("may_be_repeated", Boolean, nullable=False),
    UniqueConstraint("alert_id", "purpose", "level", "round", "who", "by", name="nobody_is_told_twice"),
    Index("escalation_messages_by_state", "state"),
)


@dataclass(frozen=True, slots=True)
class Case:
    """How far the escalation of one alert is. Times are seconds since 1970 UTC.

    `level` counts from 0; -1 before anybody was told. `round` counts the repetitions of the last level from 0.
    `answered_by` is kept for drills only: for alerts, the book of alerts knows.
    """

    alert_id: str
    chain: str
    level: int
    round: int
    opened_at_s: float
    entered_at_s: float
    is_drill: bool = False
    is_closed: bool = False
    answered_by: str = ""


class Purpose(str, Enum):
    """What a message says: that somebody is needed, that somebody has answered, a routine's plain news, or a trial."""

    ALARM = "alarm"
    ANSWERED = "answered"
    NEWS = "news"
    TRIAL = "trial"


class MessageState(str, Enum):
    """WAITING for `try_at_s`; UNDER_WAY with the messenger; SENT; GIVEN_UP because it can never be sent."""

    WAITING = "waiting"
    UNDER_WAY = "under_way"
    SENT = "sent"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True)
class Message:
    """One message to one person by one way.

    `attempt` counts from 1 once it is under way. `may_be_repeated` says that an earlier attempt was cut off in the
    middle, so that it may have arrived. `error` is why the last attempt failed.
    """

    id: str
    alert_id: str
    purpose: Purpose
    level: int
    round: int
    who: str
    by: str
    title: str
    body: str
    queued_at_s: float
    state: MessageState = MessageState.WAITING
    attempt: int = 0
    try_at_s: float = 0.0
    done_at_s: float = 0.0
    error: str = ""
    may_be_repeated: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether it still has to reach its person."""
        return self.state in (MessageState.WAITING, MessageState.UNDER_WAY)


def create_tables(connection: Connection) -> None:
    """The tables of escalation."""
    _metadata.create_all(connection)


MIGRATIONS = (create_tables,)


def save(connection: Connection, changed_cases: Iterable[Case], changed_messages: Iterable[Message]) -> None:
    """Store each as it is now; what was sent stays sent."""
    for case in changed_cases:
        row = asdict(case)
        connection.execute(insert(cases).values(row).on_conflict_do_update(index_elements=["alert_id"], set_=row))
    for message in changed_messages:
        row = _message_row(message)
        is_sent = messages.c.state == MessageState.SENT.value
        update = insert(messages).values(row).on_conflict_do_update(index_elements=["id"], set_=row, where=~is_sent)
        connection.execute(update)


def open_cases(connection: Connection) -> list[Case]:
    """The escalations that are not closed."""
    rows = connection.execute(select(cases).where(~cases.c.is_closed)).mappings()
    return [Case(**row) for row in rows]


def case_of(connection: Connection, alert_id: str) -> Case | None:
    """One escalation, however old."""
    row = connection.execute(select(cases).where(cases.c.alert_id == alert_id)).mappings().one_or_none()
    return None if row is None else Case(**row)


def messages_of(connection: Connection, alert_ids: Iterable[str]) -> list[Message]:
    """Every message of some alerts, oldest first."""
    query = select(messages).where(messages.c.alert_id.in_(list(alert_ids))).order_by(messages.c.queued_at_s)
    return [_message(row) for row in connection.execute(query).mappings()]


def is_known(connection: Connection, message_id: str) -> bool:
    """Whether there is a message of that identity."""
    return connection.execute(select(messages.c.id).where(messages.c.id == message_id)).first() is not None


def pending_messages(connection: Connection) -> list[Message]:
    """What still has to reach somebody, oldest first."""
    states = [MessageState.WAITING.value, MessageState.UNDER_WAY.value]
    query = select(messages).where(messages.c.state.in_(states)).order_by(messages.c.queued_at_s)
    return [_message(row) for row in connection.execute(query).mappings()]


def latest_news(connection: Connection, most: int) -> list[Message]:
    """The latest plain news, the newest first."""
    is_news = messages.c.purpose == Purpose.NEWS.value
    query = select(messages).where(is_news).order_by(messages.c.queued_at_s.desc()).limit(most)
    return [_message(row) for row in connection.execute(query).mappings()]


def _message_row(message: Message) -> dict[str, Any]:
    return {**asdict(message), "purpose": message.purpose.value, "state": message.state.value}


def _message(row: Any) -> Message:
    return Message(**{**row, "purpose": Purpose(row["purpose"]), "state": MessageState(row["state"])})
