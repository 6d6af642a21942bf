"""The adherence report: every medicine of the plan is in it, once, as the records have it, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from carebot.cli import app
from carebot.records import schedule as store
from carebot.records.routine_notes import Note
from carebot.records.routine_runs import Run, RunState
from carebot.routines.adherence import LeftOut, counts, report
from tests.routines.world import SITE, START_S, House, own_library

HANA, ZONE = "Hana Sato", "Asia/Tokyo"
PILL = {"medicine": "the white pill"}


@pytest.fixture
def house() -> Iterator[House]:
    made = House(own_library())
    yield made
    made.close()


def reminded(run: str, due_s: float, state: RunState = RunState.SUCCEEDED, **given: str) -> Run:
    return Run(
        run, "medication_reminder", {**PILL, **given}, requested_by="schedule", requested_at_s=due_s, state=state
    )


def noted(run: str, kind: str, at_s: float) -> Note:
    return Note(run, "do.1", f"medicine_{kind}", f"{HANA}/the white pill", {}, at_s)


def test_each_becomes_what_the_records_say():
    runs = [
        reminded("a", START_S),
        reminded("b", START_S + 3600),
        reminded("c", START_S + 7200),
        reminded("d", START_S + 10_800, RunState.RUNNING),
        reminded("e", START_S + 14_400, RunState.CANCELLED),
        reminded("f", START_S + 18_000),
    ]
    notes = [noted("a", "taken", START_S + 60), noted("b", "taken", START_S + 3600 + 2400), noted("c", "missed", 0.0)]
    lines = report(runs, notes, [], ZONE, 1800.0, HANA)
    assert [line.became for line in lines] == ["taken", "late", "missed", "open", "not_known", "left_out"]
    assert (lines[0].due, lines[0].at, lines[1].late_min) == ("12:00", "12:01", 40)
    assert {line.resident for line in lines} == {HANA}


def test_by_resident_and_day_whatever_the_order_and_other_routines_are_not_in_it():
    other = Run("x", "hydration_reminder", requested_at_s=START_S)
    runs = [reminded("b", START_S + 86_400, resident=HANA), other, reminded("a", START_S, resident="Ken Sato")]
    runs.append(reminded("c", START_S, resident=HANA))
    lines = report(runs, [], [], ZONE, 1800.0)
    assert [(line.resident, line.day) for line in lines] == [
        (HANA, "2026-05-28"),
        (HANA, "2026-05-29"),
        ("Ken Sato", "2026-05-28"),
    ]


def test_left_out_on_purpose_is_not_missed():
    away = LeftOut(START_S, PILL, "in hospital", is_on_purpose=True)
    off = LeftOut(START_S + 60, PILL, "the robot was off", is_on_purpose=False)
    assert counts(report([], [], [away, off], ZONE, 1800.0)) == {"left_out": 1, "missed": 1}


def records_of(house: House, folder: Path) -> tuple[str, ...]:
    """Two reminders that were played through, and one day that was left out; the options that name the files."""
    house.world.answers = ["yes"]
    house.end(house.request("medication_reminder", **PILL))
    house.world.answers = []
    house.forward(60)
    house.end(house.request("medication_reminder", medicine="=drops"))
    with house.database.transaction() as connection:
        store.add_occurrence(connection, "pill", START_S - 60, "paused", "in hospital", START_S)
    site = SITE.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    site["schedule"] = [{"id": "pill", "routine": "medication_reminder", "at": ["11:59"], "with": PILL}]
    path = folder / "site.yaml"
    path.write_text(yaml.safe_dump(site), encoding="utf-8")
    days = ("--since", "2026-05-28", "--until", "2026-05-28")
    return ("--records", str(house.folder / "records.sqlite"), "--site", str(path), *days)


def run(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["routine", "report", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_says_it_plainly_as_csv_and_as_json_while_care_goes_on(house: House, tmp_path: Path):
    options = records_of(house, tmp_path)
    plain = run(*options)
    assert "11:59  the white pill: left out (in hospital)" in plain
    assert "12:00  the white pill: confirmed at 12:00" in plain
    assert "1 confirmed, 1 not confirmed, 1 left out" in plain
    rows = list(csv.DictReader(io.StringIO(run(*options, "--csv"))))
    assert [row["became"] for row in rows] == ["left_out", "taken", "missed"]
    assert rows[2]["medicine"] == "'=drops"  # no formula
    found = json.loads(run(*options, "--json"))
    assert found["counts"] == {"left_out": 1, "taken": 1, "missed": 1}
    assert [line["medicine"] for line in found["lines"]] == ["the white pill", "the white pill", "=drops"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (("--since", "yesterday"), "is no day: write it as 2026-06-01"),
        (("--since", "2026-06-02"), "is after 2026-05-28"),
        (("--resident", "Nobody"), "no such resident"),
        (("--records", "nowhere.sqlite"), "there are no records"),
    ],
)
def test_wrong_use_is_told_in_a_sentence(house: House, tmp_path: Path, changes: tuple[str, ...], words: str):
    from carebot.errors import ConfigError

    with pytest.raises(ConfigError, match=words):
        CliRunner().invoke(app, ["routine", "report", *records_of(house, tmp_path), *changes], catch_exceptions=False)


def test_a_file_that_is_not_cares_is_told(house: House, tmp_path: Path):
    from carebot.errors import RecordsError

    options = records_of(house, tmp_path)
    broken = tmp_path / "broken.sqlite"
    broken.write_bytes(b"no database at all " * 100)
    with pytest.raises(RecordsError, match="cannot be read"):
        CliRunner().invoke(app, ["routine", "report", *options, "--records", str(broken)], catch_exceptions=False)
