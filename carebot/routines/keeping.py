"""For how long what routines have done and written down is kept: by the site's settings, looked at once an hour."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from carebot.config import FileModel
from carebot.errors import RecordsError
from carebot.records import routine_notes, routine_runs
from carebot.records.database import Database

DAY_S = 86_400.0
LOOK_EVERY_S = 3600.0

Days = Annotated[float, Field(ge=1, le=36_500)]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]

NOTES_DAYS: dict[str, float] = {"medicine_taken": 1825.0, "medicine_missed": 1825.0}
"""What a doctor may ask for stays for five years unless the site file says otherwise."""


class Keep(FileModel):
    """The site file's `keep`: days for `runs` (who asked for what and how it ended), for `notes` of all kinds, and for
    kinds of notes by their name."""

    runs_days: Days = 365.0
    notes_days: Days = 365.0
    notes_by_kind_days: dict[Kind, Days] = Field(default_factory=dict)

    def kinds(self) -> dict[str, float]:
        """Days by kind."""
        return {**NOTES_DAYS, **self.notes_by_kind_days}


class Keeping:
    """Removes what was kept for its time."""

    def __init__(self, database: Database, keep: Keep) -> None:
        self._database, self._keep = database, keep
        self._looked_s: float | None = None

    def tick(self, now_s: float) -> int:
        """How much was removed; cheap between two looks. Where the disk does not take it, it is tried an hour later."""
        if self._looked_s is not None and 0 <= now_s - self._looked_s < LOOK_EVERY_S:
            return 0
        self._looked_s = now_s
        kinds = {kind: now_s - days * DAY_S for kind, days in self._keep.kinds().items()}
        try:
            with self._database.transaction() as connection:
                removed = routine_notes.forget(connection, kinds, now_s - self._keep.notes_days * DAY_S)
                return removed + routine_runs.forget_over(connection, now_s - self._keep.runs_days * DAY_S)
        except RecordsError:
            return 0
