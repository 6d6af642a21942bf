"""Browsers that want to be woken by Web Push: where to post, and with which keys to encrypt."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Column, Float, Row, Table, Text, delete, select
from sqlalchemy.dialects.sqlite import insert

from carebot.records.database import Database
from carebot.records.site import metadata

MOST = 500
"""Subscriptions of one robot; the oldest goes where another comes."""

subscriptions = Table(
    "push_subscriptions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("endpoint", Text, nullable=False, unique=True),
    Column("p256dh", Text, nullable=False),
    Column("auth", Text, nullable=False),
    Column("account_id", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("made_s", Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """One browser on one device, of one account (empty where nobody signs in) and the name its holder went by.

    `endpoint` is the push service's address (RFC 8030), `p256dh` and `auth` the browser's keys (RFC 8291, base64url).
    `label` says what kind of device it is, `language` in which texts it is told.
    """

    endpoint: str
    p256dh: str
    auth: str
    account_id: str
    device: str
    name: str
    label: str = ""
    language: str = "en"
    made_s: float = 0.0
    id: str = ""


_NAMES = tuple(Subscription.__dataclass_fields__)


class SubscriptionBook:
    """All subscriptions; in memory too, so that people are woken while the disk fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            rows = connection.execute(select(subscriptions).order_by(subscriptions.c.made_s))
            self._known = {row.id: _subscription(row) for row in rows}

    def all(self) -> list[Subscription]:
        """The oldest first."""
        return list(self._known.values())

    def save(self, wanted: Subscription) -> Subscription:
        """Write it; one with the same endpoint is replaced, for a browser has one."""
        values = {name: getattr(wanted, name) for name in _NAMES} | {"id": secrets.token_hex(8)}
        made = Subscription(**values)
        replaced = [each.id for each in self.all() if each.endpoint == made.endpoint]
        replaced += [each.id for each in self.all()][: max(0, len(self._known) + 1 - MOST)]
        with self._database.transaction() as connection:
            connection.execute(delete(subscriptions).where(subscriptions.c.id.in_(replaced)))
            connection.execute(insert(subscriptions).values(values))
        self._forget(replaced)
        self._known[made.id] = made
        return made

    def remove(self, which: Callable[[Subscription], bool]) -> list[Subscription]:
        """Remove those of which that is true; they are not told any more even where the disk fails. What is removed."""
        gone = [each for each in self.all() if which(each)]
        if gone:
            self._forget([each.id for each in gone])
            with self._database.transaction() as connection:
                connection.execute(delete(subscriptions).where(subscriptions.c.id.in_([each.id for each in gone])))
        return gone

    def _forget(self, ids: list[str]) -> None:
        for each in ids:
            self._known.pop(each, None)


def _subscription(row: Row[Any]) -> Subscription:
    return Subscription(**{name: getattr(row, name) for name in _NAMES})
