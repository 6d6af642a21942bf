"""A real care node tells what became of medicines and which exercises were done, and refuses times in a sentence."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from carebot_interfaces.msg import ExerciseDone, MedicineDue
from carebot_interfaces.srv import LookBack

from carebot.errors import RecordsError
from carebot.records import routine_notes, routine_runs
from carebot.records import schedule as store
from carebot.records.database import Database
from carebot.records.routine_notes import Note
from carebot.records.routine_runs import Run, RunState
from carebot.records.schema import open_records
from carebot.ros.look_back_desk import LookBackDesk
from carebot.routines.schedule import Entry
from carebot.routines.schedule_book import ScheduleBook
from tests.ros.conftest import Peer, Running
from tests.routines.world import SITE, START_S

PILL = {"medicine": "the white pill"}
DAY_S = 86_400.0
ENTRY = {"id": "pill", "routine": "medication_reminder", "cron": "0 0 29 2 *", "with": PILL}


def asked(peer: Peer, since_s: float, until_s: float) -> LookBack.Response:
    client = peer.create_client(LookBack, "look_back")
    peer.wait_until(client.service_is_ready, "the service look_back")
    answer = client.call_async(LookBack.Request(since_s=since_s, until_s=until_s))
    peer.wait_until(answer.done, "an answer of care")
    return answer.result()


def fill(database: Database, noon_s: float) -> None:
    """A medicine that was taken, one that was left out, and an exercise."""
    run = Run(
        "a", "medication_reminder", PILL, requested_at_s=noon_s, changed_at_s=noon_s + 60.0, state=RunState.SUCCEEDED
    )
    notes = (
        Note("a", "do.1", "medicine_taken", "Hana Sato/the white pill", {}, noon_s + 60.0),
        Note("b", "do.9", "exercised", "", {"movement": "arm_raises", "times": 5}, noon_s + 120.0),
    )
    with database.transaction() as connection:
        routine_runs.save(connection, [run])
        routine_notes.add(connection, notes)
        store.add_occurrence(connection, "pill", noon_s + 180.0, "paused", "in hospital", noon_s)


def is_told(answer: LookBack.Response, day: str) -> None:
    assert (answer.accepted, answer.message) == (True, "")
    about = {"day": day, "resident": "Hana Sato", "medicine": "the white pill"}
    assert answer.medicines == [
        MedicineDue(due="12:00", became="taken", at="12:01", **about),
        MedicineDue(due="12:03", became="left_out", why="in hospital", **about),
    ]
    assert answer.exercises == [ExerciseDone(day=day, at="12:02", resident="Hana Sato", movement="arm_raises", times=5)]


def test_a_care_node_tells_what_its_records_hold_and_refuses_times_in_a_sentence(
    peer: Peer, start: Callable[..., Running], tmp_path: Path
) -> None:
    records, site = tmp_path / "records.sqlite", tmp_path / "site.yaml"
    content = SITE.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
    site.write_text(json.dumps({**content, "schedule": [ENTRY]}), encoding="utf-8")
    noon_s = time.time() // DAY_S * DAY_S - 2 * DAY_S + 3 * 3600.0  # in Tokyo
    database = open_records(records, "the test")
    fill(database, noon_s)
    database.close()
    care = start(care={"site": str(site), "records": str(records)})
    is_told(asked(peer, noon_s, noon_s + DAY_S), time.strftime("%Y-%m-%d", time.gmtime(noon_s)))
    for since_s, until_s in ((noon_s, noon_s), (noon_s - 500 * DAY_S, noon_s), (math.nan, noon_s), (noon_s, math.inf)):
        refused = asked(peer, since_s, until_s)
        assert (refused.accepted, refused.medicines) == (False, [])
        assert refused.message.startswith("Name two times of the last 400 days")
    assert care.stop() == 0


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_records(tmp_path / "records.sqlite", "the test")
    yield opened
    opened.close()


@pytest.fixture
def desk(peer: Peer, database: Database) -> LookBackDesk:
    book = ScheduleBook(
        database, (Entry.model_validate(ENTRY),), (), SITE.time_zone, lambda _: 7, START_S, lambda _: ""
    )
    return LookBackDesk(peer, database, book, SITE)


@pytest.mark.usefixtures("desk")
def test_half_a_character_in_the_records_is_told_as_a_question_mark(peer: Peer, database: Database) -> None:
    now_s = time.time()
    run = Run("a", "medication_reminder", {"medicine": "drops \ud800"}, requested_at_s=now_s - 60.0)
    with database.transaction() as connection:
        routine_runs.save(connection, [run])
    answer = asked(peer, now_s - 120.0, now_s)
    assert [each.medicine for each in answer.medicines] == ["drops ?"]


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("error", "words"), [(RecordsError("The disk is full."), "disk"), (OverflowError(), "cannot be read")]
)
def test_what_the_records_cannot_tell_is_refused_and_ends_no_callback(
    peer: Peer, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def broken(*_: object) -> None:
        raise error

    monkeypatch.setattr("carebot.ros.look_back_desk.medicines", broken)
    answer = asked(peer, time.time() - 60.0, time.time())
    assert not answer.accepted
    assert words in answer.message
