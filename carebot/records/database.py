"""The SQLite file that keeps what must never be lost: opened carefully, written by one process, durable at each commit.

SQLite's write-ahead log with `synchronous=FULL` makes every commit reach the disk before it returns, so that a killed
process or a pulled plug loses nothing that was committed (https://sqlite.org/wal.html, https://sqlite.org/pragma.html).
"""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from carebot.errors import RecordsError
from carebot.records.writer_lock import WriterLock
from carebot.resources import data_dir

APPLICATION_ID = 0x43415245
"""Marks a SQLite file as one of ours ("CARE")."""

BUSY_TIMEOUT_S = 0.5
"""How long to wait for another program that has the file open; care must not fall silent meanwhile."""

Migration = Callable[[Connection], None]


def default_path() -> Path:
    """Where this machine's records are kept."""
    return data_dir() / "records.sqlite"


class Database:
    """One SQLite file, opened at the first transaction and again after anything went wrong.

    `migrations` are the steps from an empty file to the newest schema, oldest first; the file remembers how many it has
    seen. `holder` names this program to a second one that wants to write.
    """

    def __init__(self, path: Path, migrations: Sequence[Migration], holder: str = "carebot") -> None:
        self.path = path
        self._migrations = tuple(migrations)
        self._lock = WriterLock(path.with_name(path.name + ".lock"), holder)
        self._engine: Engine | None = None
        self._inode: int | None = None
        self.openings = 0  # how often the file was opened: after another opening it may hold something else

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One transaction: on disk when the block ends, undone when it raises.

        Raises:
            RecordsError: the folder or the file cannot be written, the disk is full, or the file is not one of ours.
            SetupError: another process is the writer.
        """
        engine = self._opened()
        try:
            with engine.begin() as connection:
                yield connection
        except DBAPIError as error:
            self._close_engine()
            raise RecordsError(explain(self.path, error)) from error

    def has_log(self) -> bool:
        """Whether the write-ahead log holds anything."""
        log = self.path.with_name(self.path.name + "-wal")
        return log.exists() and log.stat().st_size > 0

    def truncate_log(self) -> bool:
        """Move what was committed into the file and empty the write-ahead log, which else keeps what was overwritten.

        False where a reader or the disk is in the way; a later try does it.
        """
        try:
            connection = self._opened().raw_connection()
            try:
                busy = connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            finally:
                connection.close()
        except (sqlite3.Error, DBAPIError, RecordsError):
            return False
        return not busy

    def close(self) -> None:
        """Close the file and let another writer in."""
        self._close_engine()
        self._lock.release()

    def is_intact(self) -> bool:
        """False when somebody removed or replaced the file: what is written then goes nowhere until it is reopened."""
        try:
            return self.path.stat().st_ino == self._inode
        except OSError:
            return False

    def _opened(self) -> Engine:
        if self._engine is not None and self.is_intact():
            return self._engine
        self.close()
        _make_private_folder(self.path.parent)
        self._lock.acquire()
        _make_private_file(self.path)
        engine = _engine(self.path)
        try:
            with engine.begin() as connection:
                self._migrate(connection)
        except (DBAPIError, RecordsError) as error:
            engine.dispose()
            if isinstance(error, RecordsError):
                raise
            raise RecordsError(explain(self.path, error)) from error
        self._engine, self._inode = engine, self.path.stat().st_ino
        self.openings += 1
        return engine

    def _migrate(self, connection: Connection) -> None:
        version = _pragma(connection, "user_version")
        if _pragma(connection, "application_id") != APPLICATION_ID and not _is_empty(connection):
            raise RecordsError(f"{self.path} is a database of another program: move it away or choose another folder.")
        if version > len(self._migrations):
            raise RecordsError(
                f"{self.path} was written by a newer carebot (schema {version}, this one knows "
                f"{len(self._migrations)}): update carebot or choose another folder."
            )
        if version == len(self._migrations):
            return
        for migrate in self._migrations[version:]:
            migrate(connection)
        connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.exec_driver_sql(f"PRAGMA user_version = {len(self._migrations)}")

    def _close_engine(self) -> None:
        if self._engine is not None:
            self._engine.dispose()
        self._engine = None


def explain(path: Path, error: DBAPIError) -> str:
    """What a database error means, in one sentence that names the file and what to do."""
    words = str(error.orig).lower()
    for symptom, sentence in _SYMPTOMS.items():
        if symptom in words:
            return sentence.format(path=path, folder=path.parent)
    return f"{path} cannot be used ({error.orig}): check the disk and the file."


_SYMPTOMS = {
    "full": "The disk that holds {path} is full: free some space, and what waits is written by itself.",
    "readonly": "{path} is read-only: make the file and its folder writable for the user who runs carebot.",
    "unable to open": "{path} cannot be opened: make the folder {folder} writable for the user who runs carebot.",
    "not a database": "{path} is not a database: move it away or choose another folder.",
    "malformed": "{path} is damaged: move it away (sqlite3's .recover may rescue it) or restore a copy.",
    "locked": "{path} is held by another program: close what has it open.",
    "disk i/o": "The disk that holds {path} fails to read or write: check the disk.",
}


def _engine(path: Path) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=StaticPool,
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S},
    )
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy, not the driver, says when a transaction begins
    connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is erased is overwritten, not only unlinked


def _on_begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _pragma(connection: Connection, name: str) -> int:
    return int(connection.exec_driver_sql(f"PRAGMA {name}").scalar_one())


def _is_empty(connection: Connection) -> bool:
    return int(connection.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar_one()) == 0


def _make_private_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise RecordsError(
            f"The folder {folder} for the records cannot be made ({error.strerror}): make it or choose another one."
        ) from None


def _make_private_file(path: Path) -> None:
    """Records are about people's health: only their owner may read them."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if stat.S_IMODE(os.fstat(descriptor).st_mode) & 0o077:
                os.fchmod(descriptor, 0o600)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise RecordsError(
            f"{path} cannot be written ({error.strerror}): make the file and its folder writable, or free some space."
        ) from None
