"""Which browsers were woken for which news: each once, also over a restart."""

from __future__ import annotations

from sqlalchemy import Column, Float, Table, Text, delete, select
from sqlalchemy.dialects.sqlite import insert

from carebot.records.database import Database
from carebot.records.site import metadata

KEPT_S = 2 * 24 * 3600.0
"""Twice as long as news are shown."""

news_told = Table(
    "news_told",
    metadata,
    Column("subscription", Text, primary_key=True),
    Column("news", Text, primary_key=True),
    Column("at_s", Float, nullable=False),
)


class NewsToldBook:
    """Pairs of ids: a subscription's and the news'. In memory too: nobody is woken again while the disk fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            self._known = {(row.subscription, row.news): row.at_s for row in connection.execute(select(news_told))}

    def has(self, subscription: str, news: str) -> bool:
        """Whether that browser was woken for it."""
        return (subscription, news) in self._known

    def add(self, subscription: str, news: str, now_s: float) -> None:
        """It was. Raises RecordsError, and is known all the same until the process ends."""
        self._known[subscription, news] = now_s
        row = insert(news_told).values(subscription=subscription, news=news, at_s=now_s).on_conflict_do_nothing()
        with self._database.transaction() as connection:
            connection.execute(row)

    def tidy(self, now_s: float) -> None:
        """Forget what is shown no longer."""
        self._known = {pair: at_s for pair, at_s in self._known.items() if now_s - at_s < KEPT_S}
        with self._database.transaction() as connection:
            connection.execute(delete(news_told).where(news_told.c.at_s <= now_s - KEPT_S))
