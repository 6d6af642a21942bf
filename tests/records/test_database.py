"""What the file does when the disk, the folder or the file itself is not as it should be."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from sqlalchemy import Connection

from carebot.alerts import Answer
from carebot.errors import RecordsError, SetupError
from carebot.records import alert_store
from carebot.records.alert_book import open_alert_book
from carebot.records.database import Database
from tests.records.helpers import NOW_S, fall_event


def database(path: Path) -> Database:
    return Database(path, alert_store.MIGRATIONS, "the test")


def fail_to_open(path: Path) -> str:
    broken = database(path)
    with pytest.raises(RecordsError) as caught, broken.transaction():
        pass
    broken.close()
    message = str(caught.value)
    assert path.name in message or path.parent.name in message
    assert "\n" not in message
    assert message.endswith(".")
    return message


def hear_one(book, fall: str = "a"):
    return book.hear(fall, fall_event("confirmed"), seen_at_s=NOW_S, now_s=NOW_S)


def test_a_file_that_is_not_a_database(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    path.write_text("shopping list: milk, bread " * 100)
    assert "not a database" in fail_to_open(path)
    assert path.read_text().startswith("shopping list")


def test_a_database_of_another_program(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    assert "another program" in fail_to_open(path)


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    hear_one(book)
    book.close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "newer carebot" in fail_to_open(path)


def test_a_damaged_file(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    for number in range(50):
        hear_one(book, str(number))
    book.close()
    content = bytearray(path.read_bytes())
    content[4096:] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(bytes(content))
    book = open_alert_book(path)
    assert "damaged" in book.fault
    assert hear_one(book, "new").down
    book.close()


def test_a_row_that_makes_no_sense(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    hear_one(book)
    book.close()
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alerts SET state = 'dancing'")
    connection.commit()
    connection.close()
    book = open_alert_book(path)
    assert "damaged" in book.fault
    book.close()


def test_a_folder_that_is_a_file(tmp_path: Path):
    (tmp_path / "data").write_text("")
    fail_to_open(tmp_path / "data" / "records.sqlite")


@pytest.mark.skipif(os.geteuid() != 0, reason="without root a folder is made read-only by its mode, tested below")
def test_a_read_only_file_system(tmp_path: Path):
    with tiny_disk(tmp_path / "disk") as disk:
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        assert "Read-only" in fail_to_open(disk / "records.sqlite")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write into a read-only folder")
def test_a_read_only_folder(tmp_path: Path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o500)
    assert "Permission denied" in fail_to_open(folder / "records.sqlite")


def test_records_are_private_to_their_owner(tmp_path: Path):
    path = tmp_path / "new" / "folder" / "records.sqlite"
    book = open_alert_book(path)
    hear_one(book)
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    book.close()


def test_a_file_left_open_to_all_is_closed_to_them(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    path.touch(mode=0o644)
    book = open_alert_book(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    book.close()


def test_a_path_with_signs_that_mean_something_in_addresses(tmp_path: Path):
    path = tmp_path / "a?b#c %20&d" / "records.sqlite"
    book = open_alert_book(path)
    assert book.fault == ""
    assert path.is_file()
    book.close()


def test_commits_reach_the_disk(tmp_path: Path):
    opened = database(tmp_path / "records.sqlite")
    with opened.transaction() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2  # FULL
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 500
    opened.close()


def _create_and_fail(connection: Connection) -> None:
    connection.exec_driver_sql("CREATE TABLE half (done TEXT)")
    connection.exec_driver_sql("SELECT * FROM nowhere")


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path):
    opened = database(tmp_path / "records.sqlite")
    with pytest.raises(RecordsError, match="cannot be used"), opened.transaction() as connection:
        _create_and_fail(connection)
    with opened.transaction() as connection:
        assert not connection.exec_driver_sql("SELECT * FROM sqlite_master WHERE name = 'half'").all()
    opened.close()


@pytest.mark.parametrize("statement", ["UPDATE alert_history SET who = 'nobody'", "DELETE FROM alert_history"])
def test_the_history_cannot_be_rewritten(tmp_path: Path, statement: str):
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    hear_one(book)
    book.close()
    connection = sqlite3.connect(path)
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        connection.execute(statement)
    connection.close()


def test_a_second_writer_in_this_process_is_refused(tmp_path: Path):
    first = open_alert_book(tmp_path / "records.sqlite", "the first one")
    with pytest.raises(SetupError, match=r"the first one \(process \d+\)"):
        open_alert_book(tmp_path / "records.sqlite")
    first.close()
    open_alert_book(tmp_path / "records.sqlite").close()


HOLD = """
import sys, time
from pathlib import Path
from carebot.records.alert_book import open_alert_book
book = open_alert_book(Path(sys.argv[1]), "a care node elsewhere")
print("holding", flush=True)
sys.stdin.read()
"""


def test_a_second_process_is_refused_until_the_first_is_killed(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    command = [sys.executable, "-c", textwrap.dedent(HOLD), str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"holding\n"
        with pytest.raises(SetupError, match=rf"a care node elsewhere \(process {holder.pid}\)"):
            open_alert_book(path)
        holder.kill()
    open_alert_book(path).close()


def test_a_file_that_is_taken_away_is_written_anew(tmp_path: Path):
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    first = hear_one(book, "a")
    for file in tmp_path.glob("records.sqlite*"):
        file.unlink()
    hear_one(book, "b")
    book.settle()
    assert book.fault == ""
    book.close()
    again = open_alert_book(path)
    assert len(again.open_alerts()) == 2
    assert [line.what for line in again.history(first.id)] == ["restored"]
    again.close()


class tiny_disk:  # noqa: N801 - reads as a word of the tests
    """A file system of 512 KiB in memory; the test skips where this user may not mount one."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Path:
        self.path.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=512k,mode=700", "tmpfs", str(self.path)]
        if subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("this user may not mount a small tmpfs")
        return self.path

    def __exit__(self, *_: object) -> None:
        subprocess.run(["umount", "-l", str(self.path)], check=True)


def fill(disk: Path) -> Path:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (4096, 512, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


@pytest.mark.skipif(not Path("/bin/mount").exists(), reason="no mount command")
def test_a_full_disk_never_keeps_an_alert_from_the_caregivers(tmp_path: Path):
    with tiny_disk(tmp_path / "disk") as disk:
        path = disk / "records.sqlite"
        book = open_alert_book(path)
        hear_one(book, "before")
        ballast = fill(disk)
        alerts = [hear_one(book, f"during {number}") for number in range(60)]
        assert all(alert.down for alert in alerts)
        assert "full" in book.fault
        assert str(path) in book.fault
        outcome = book.answer(alerts[-1].id, Answer.ACKNOWLEDGE, "Aiko", "", now_s=NOW_S)
        assert outcome.accepted
        assert not book.settle()
        assert len(book.open_alerts()) == 61
        waiting = book.waiting
        assert waiting > 0

        ballast.unlink()
        assert book.settle()
        assert (book.fault, book.waiting) == ("", 0)
        book.close()
        again = open_alert_book(path)
        assert len(again.open_alerts()) == 61
        assert {alert.acknowledged_by for alert in again.open_alerts()} == {"", "Aiko"}
        again.close()


@pytest.mark.skipif(not Path("/bin/mount").exists(), reason="no mount command")
def test_a_disk_that_is_full_from_the_start(tmp_path: Path):
    with tiny_disk(tmp_path / "disk") as disk:
        ballast = fill(disk)
        book = open_alert_book(disk / "records.sqlite")
        assert "full" in book.fault or "space" in book.fault
        alert = hear_one(book)
        assert book.open_alerts() == (alert,)
        ballast.unlink()
        assert book.settle()
        book.close()


def test_what_waited_is_judged_against_what_the_file_holds(tmp_path: Path):
    """The file could not be read at first, and it knows that Aiko had already resolved this fall."""
    path = tmp_path / "records.sqlite"
    book = open_alert_book(path)
    alert = hear_one(book)
    book.answer(alert.id, Answer.REAL, "Aiko", "", now_s=NOW_S)
    book.close()
    elsewhere = path.rename(tmp_path / "elsewhere.sqlite")
    path.write_text("not a database, for now " * 50)
    book = open_alert_book(path)
    assert "not a database" in book.fault
    assert hear_one(book).is_open
    elsewhere.replace(path)
    assert book.settle()
    assert book.recent(5)[0].resolved_by == "Aiko"
    assert book.open_alerts() == ()
    book.close()
