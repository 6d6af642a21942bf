"""What is kept for its time goes, by kind; what is not over stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebot.records import routine_notes, routine_runs
from carebot.records.routine_notes import Note
from carebot.records.routine_runs import Run, RunState
from carebot.records.schema import open_records
from carebot.routines.keeping import DAY_S, LOOK_EVERY_S, Keep, Keeping

NOW_S = 1_780_000_000.0


def test_each_kind_goes_when_its_time_is_over(tmp_path: Path):
    database = open_records(tmp_path / "records.sqlite", "the test")
    ages = {"medicine_taken": 400, "drunk": 400, "exercised": 20, "night_absent": 20}
    with database.transaction() as connection:
        for kind, days in ages.items():
            routine_notes.add(connection, [Note(kind, "1", kind, "Hana", {}, NOW_S - days * DAY_S)])
        for state in (RunState.SUCCEEDED, RunState.SUSPENDED):
            run = Run(state.value, "tea", state=state, changed_at_s=NOW_S - 400 * DAY_S)
            routine_runs.save(connection, [run])
    keeping = Keeping(database, Keep(notes_by_kind_days={"night_absent": 10}))
    assert keeping.tick(NOW_S) == 3
    with database.transaction() as connection:
        assert [note.kind for note in routine_notes.between(connection, 0, NOW_S)] == ["medicine_taken", "exercised"]
        assert [run.id for run in routine_runs.latest(connection)] == ["suspended"]
    assert keeping.tick(NOW_S + LOOK_EVERY_S + 365 * DAY_S) == 1
    database.close()


@pytest.mark.parametrize("days", [0, -1, 1e9, float("nan")])
def test_days_that_make_no_sense_are_refused(days: float):
    with pytest.raises(ValueError, match="runs_days"):
        Keep(runs_days=days)
