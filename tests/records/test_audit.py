"""A row that was changed, removed, added or emptied is found; what was erased openly is not held against the chain."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.errors import ConfigError, RecordsError
from carebot.records import retention
from carebot.records.audit import START, AuditLog, Break, Deed, chain_hash, verify_file
from carebot.records.site import SiteDatabase
from carebot.tablet.books import MOST_WAITING, Auditor
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


NAMING_HANAKO = (
    Deed("look", "Chie", "asks to look", "Hanako Sato, Ken Sato"),
    Deed("command", "Chie", "asked for a routine", "visit", {"with": {"resident": "Hanako Sato"}}),
    Deed("change", "Chie", "add schedule", "e1", {"content": {"residents": [{"name": "hanako  SATO"}]}}),
    Deed("command", "Chie", "routine was refused", "visit", {"why": "Hanako Sato's privacy is on."}),
    Deed("refusal", "ＨＡＮＡＫＯ Sato", "/audit"),
    Deed("change", "Chie", "add schedule", "e2", {"content": {"Hanako Sato": True}}),
)
NAMING_OTHERS = (
    Deed("change", "Chie", "changed a resident", "Hanako Satomi"),
    Deed("command", "Chie", "said through the robot", "Ken Sato, Hanako is here"),
)


def test_erasure_finds_a_whole_name_wherever_it_stands_and_leaves_nothing_in_the_files(
    database: SiteDatabase, log: AuditLog, tmp_path: Path
):
    numbers = [log.append(deed, NOW_S) for deed in (*NAMING_HANAKO, *NAMING_OTHERS)]
    assert log.erase_about("Hanako Sato", "Chie", NOW_S + 10) == len(NAMING_HANAKO)
    rows = {row.number: row.deed for row in log.newest()}
    assert [rows[number] for number in numbers] == [*[None] * len(NAMING_HANAKO), *NAMING_OTHERS]
    assert log.verify() is None
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir()).lower()
    assert b"hanako satomi" in content
    assert b"hanako sato" not in content.replace(b"hanako satomi", b"")
    with database.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA secure_delete").scalar_one() == 1


def test_japanese_names_are_found_without_spaces_around_them(log: AuditLog):
    log.append(Deed("command", "Chie", "said through the robot", "佐藤花子さん、お茶です"), NOW_S)
    log.append(Deed("command", "Chie", "said through the robot", "Annさんです"), NOW_S)
    assert log.erase_about("佐藤花子", "Chie", NOW_S) == 1
    assert log.erase_about("Ann", "Chie", NOW_S) == 1


def test_a_reader_delays_the_last_trace_until_the_next_erasure(log: AuditLog, path: Path, database: SiteDatabase):
    with contextlib.closing(sqlite3.connect(path)) as reader:
        reader.execute("BEGIN").execute("SELECT count(*) FROM audit").fetchone()
        assert log.erase_about("Aiko", "Chie", NOW_S) == 2
        assert not database.truncate_log()
    assert retention.apply(log, NOW_S + 3) == 0
    assert path.with_name("site.sqlite-wal").stat().st_size == 0


def test_after_its_time_the_content_goes_and_the_chain_stays(log: AuditLog):
    assert retention.apply(log, NOW_S + 3) == 0
    assert retention.apply(log, NOW_S + 2 * retention.YEAR_S) == 2, "the sign-in and the motion, not the answer"
    assert [row.deed is None for row in log.newest()] == [False, True, False, True]
    assert log.verify() is None
    assert retention.apply(log, NOW_S + 2 * retention.YEAR_S) == 0


def forge(path: Path, statement: str) -> None:
    """Change the rows, and compute the chain anew as anybody can who has no key."""
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)
        before, number = START, 0
        for number, at_s, kind, content in connection.execute(
            "SELECT number, at_s, kind, content FROM audit ORDER BY number"
        ).fetchall():
            content_hash = hashlib.sha256(content.encode()).hexdigest()
            before = chain_hash(before, number, at_s, kind, content_hash)
            values = (content_hash, before, number)
            connection.execute("UPDATE audit SET content_hash = ?, hash = ? WHERE number = ?", values)
        connection.execute("UPDATE audit_head SET number = ?, hash = ?", (number, before))


FORGERIES = [
    "UPDATE audit SET content = replace(content, 'Aiko', 'Emil')",
    "DELETE FROM audit WHERE number > 2",
    "UPDATE audit SET at_s = at_s",
]


@pytest.mark.parametrize("statement", FORGERIES)
def test_a_chain_computed_anew_without_the_key_is_found(log: AuditLog, path: Path, statement: str):
    forge(path, statement)
    assert log.verify() == Break(1, "it was changed")
    assert verify_file(path)[1] == log.verify()


def test_rows_cannot_be_cut_from_the_end_without_the_key(log: AuditLog, path: Path):
    with contextlib.closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DELETE FROM audit WHERE number = 3")
        connection.execute("UPDATE audit_head SET number = 2, hash = (SELECT hash FROM audit WHERE number = 2)")
    assert log.verify() == Break(2, "added")


def test_rows_of_before_the_key_stay_and_are_held_by_it(log: AuditLog, path: Path, database: SiteDatabase):
    key = path.with_name("audit.key")
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.unlink()
    forge(path, "UPDATE audit SET at_s = at_s")
    assert verify_file(path) == (3, None), "an audit of before there were keys"
    renewed = AuditLog(database)
    renewed.append(Deed("look", "Aiko", "looked"), NOW_S + 3)
    assert renewed.verify() is None
    assert AuditLog(database).append(Deed("look", "Aiko", "looked"), NOW_S + 4) == 5
    assert verify_file(path) == (5, None)
    forge(path, "DELETE FROM audit WHERE number > 3")
    assert verify_file(path) == (3, None), "the rows from before alone, as after a power cut"
    forge(path, "UPDATE audit SET at_s = at_s + 1 WHERE number = 1")
    assert verify_file(path)[1] == Break(3, "it or one before it was changed")
    forge(path, "DELETE FROM audit WHERE number > 2")
    assert verify_file(path)[1] == Break(3, "it was removed from the end")
    renewed.append(Deed("look", "Aiko", "looked"), NOW_S + 5)
    assert verify_file(path)[1] == Break(3, "rows before it were removed"), "a later deed does not hide it"


def test_a_missing_or_damaged_key_is_told(log: AuditLog, path: Path):
    key = path.with_name("audit.key")
    key.write_text("{}")
    with pytest.raises(RecordsError, match="is no key of an audit"):
        verify_file(path)
    key.unlink()
    assert verify_file(path)[1] == Break(1, "its key is missing (audit.key, beside the file)")


def test_deeds_given_up_while_the_disk_fails_are_counted_in_a_row(log: AuditLog, monkeypatch: pytest.MonkeyPatch):
    auditor, append = Auditor(log, lambda: NOW_S), log.append

    def full(deed: Deed, now_s: float) -> int:
        raise RecordsError("The disk is full: free some space.")

    monkeypatch.setattr(log, "append", full)
    for number in range(MOST_WAITING + 501):
        auditor.note(Deed("motion", "Bruno", f"stop {number}"))
    assert "full" in auditor.fault
    monkeypatch.setattr(log, "append", append)
    auditor.settle()
    assert auditor.fault == ""
    rows = [row.deed for row in log.newest(before=6)]
    assert rows[:2] == [Deed("motion", "Bruno", "stop 501"), Deed("change", "carebot", "501 deeds were not recorded")]
    assert log.newest(1)[0].number == 3 + 1 + MOST_WAITING
    auditor.settle()
    assert log.newest(1)[0].number == 3 + 1 + MOST_WAITING, "said once"


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
