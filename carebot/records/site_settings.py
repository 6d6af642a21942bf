"""Settings that people change on the tablet; each says who changed it last."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Column, Float, Table, Text, select
from sqlalchemy.dialects.sqlite import insert

from carebot.records.database import Database
from carebot.records.site import metadata

settings = Table(
    "settings",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at_s", Float, nullable=False),
)


class SettingBook:
    """Values that JSON can hold, by their names; in memory too, so that they are known while the disk fails."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            self._known = {row.name: json.loads(row.value) for row in connection.execute(select(settings))}

    def value(self, name: str, default: Any) -> Any:
        """What was set, or `default`."""
        return self._known.get(name, default)

    def change(self, name: str, value: Any, by: str, now_s: float) -> None:
        """Set it. Raises RecordsError, and then nothing has changed."""
        values = {"value": json.dumps(value, ensure_ascii=False), "by": by, "at_s": now_s}
        row = insert(settings).values(name=name, **values)
        with self._database.transaction() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_=values))
        self._known[name] = value
