"""All tables of the records' file, in the order in which they came: the one list that every opener of the file uses."""

from __future__ import annotations

from pathlib import Path

from carebot.records import alert_store, notices, outbox, routine_notes, routine_runs, schedule
from carebot.records.database import Database

MIGRATIONS = (
    *alert_store.MIGRATIONS,
    *outbox.MIGRATIONS,
    *schedule.MIGRATIONS,
    *routine_runs.MIGRATIONS,
    *alert_store.LATER_MIGRATIONS,
    *routine_notes.MIGRATIONS,
    alert_store.add_offers,
    *notices.MIGRATIONS,
)


def open_records(path: Path, holder: str) -> Database:
    """The records' file at `path`, opened at its first use; `holder` names this program to a second writer."""
    return Database(path, MIGRATIONS, holder)
