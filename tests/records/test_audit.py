"""A row that was changed, removed, added or emptied is found; what was erased openly is not held against the chain."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.errors import ConfigError, RecordsError
from carebot.records import retention
from carebot.records.audit import AuditLog, Deed, verify_file
from carebot.records.site import SiteDatabase
from tests.records.helpers import NOW_S


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "site.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[SiteDatabase]:
    opened = SiteDatabase(path, "the test")
    yield opened
    opened.close()


@pytest.fixture
def log(database: SiteDatabase) -> AuditLog:
    log = AuditLog(database)
    log.append(Deed("sign-in", "Aiko", "signed in", "Aiko"), NOW_S)
    log.append(Deed("answer", "Aiko", "acknowledge", "a1", {"taken": True}), NOW_S + 1)
    log.append(Deed("motion", "Bruno", "emergency stop"), NOW_S + 2)
    return log


def test_an_empty_audit_is_whole(database: SiteDatabase):
    assert AuditLog(database).verify() is None


def test_deeds_are_read_as_they_were_written_the_newest_first(log: AuditLog):
    rows = log.newest()
    assert [row.number for row in rows] == [3, 2, 1]
    assert rows[1].deed == Deed("answer", "Aiko", "acknowledge", "a1", {"taken": True})
    assert [row.number for row in log.newest(kind="motion")] == [3]
    assert [row.number for row in log.newest(before=3, limit=1)] == [2]
    assert log.verify() is None


BY_HAND = {
    "UPDATE audit SET content = replace(content, 'Aiko', 'Emil') WHERE number = 2": (2, "its content was changed"),
    "UPDATE audit SET at_s = at_s + 1 WHERE number = 2": (2, "it was changed"),
    "UPDATE audit SET kind = 'look' WHERE number = 1": (1, "it was changed"),
    "UPDATE audit SET content = NULL WHERE number = 2": (2, "its content was removed, and no row says by whom"),
    "DELETE FROM audit WHERE number = 1": (1, "it was removed"),
    "DELETE FROM audit WHERE number = 2": (2, "it was removed"),
    "DELETE FROM audit WHERE number = 3": (3, "it was removed from the end"),
    "DELETE FROM audit": (1, "it was removed from the end"),
    "DELETE FROM audit_head": (3, "the mark of the newest row was removed"),
}


@pytest.mark.parametrize("statement", BY_HAND)
def test_what_somebody_does_to_the_file_is_found(log: AuditLog, path: Path, statement: str):
    with sqlite3.connect(path) as connection:
        connection.execute(statement)
    connection.close()
    found = log.verify()
    assert found is not None
    assert (found.number, found.why) == BY_HAND[statement]
    assert verify_file(path)[1] == found


def test_erasure_on_request_keeps_the_chain_and_says_so(log: AuditLog):
    assert log.erase_about("Aiko", "Chie", NOW_S + 10) == 2
    rows = log.newest()
    assert [row.deed is None for row in rows] == [False, False, True, True]
    assert rows[0].deed == Deed("erasure", "Chie", "erased", detail={"rows": [1, 2], "why": "on request"})
    assert log.verify() is None
    assert log.erase_about("Aiko", "Chie", NOW_S + 11) == 0


def test_after_its_time_the_content_goes_and_the_chain_stays(database: SiteDatabase, log: AuditLog):
    assert retention.apply(database, NOW_S + 3) == 0
    assert retention.apply(database, NOW_S + 2 * retention.YEAR_S) == 2, "the sign-in and the motion, not the answer"
    assert [row.deed is None for row in log.newest()] == [False, True, False, True]
    assert log.verify() is None
    assert retention.apply(database, NOW_S + 2 * retention.YEAR_S) == 0


def test_a_running_tablets_file_can_be_verified(log: AuditLog, path: Path):
    assert verify_file(path) == (3, None)
    assert log.append(Deed("look", "Aiko", "looked"), NOW_S) == 4


def test_files_that_hold_no_audit(tmp_path: Path):
    with pytest.raises(ConfigError, match="does not exist"):
        verify_file(tmp_path / "none.sqlite")
    other = tmp_path / "other.sqlite"
    sqlite3.connect(other).execute("CREATE TABLE songs (title TEXT)").connection.close()
    with pytest.raises(ConfigError, match="holds no audit"):
        verify_file(other)
    broken = tmp_path / "broken.sqlite"
    broken.write_text("shopping list " * 100)
    with pytest.raises(RecordsError, match="not a database"):
        verify_file(broken)
