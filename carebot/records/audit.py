"""Who looked, answered, drove, changed or was refused: rows chained by hashes, none changed or lost unnoticed.

Each row's hash covers the row before it and a hash of its content, and is sealed with a secret that lies beside the
file (`audit_key`): without it nobody can write rows that hold, or compute the chain anew. Rows from before there was a
secret are chained by SHA-256 alone, and the secret's file says up to which row that is so and with which hash it ends.
Erasing a row's content, on request or when its time is over, keeps the chain: the content's hash stays, and a later row
says what was erased and by whom. The content carries random salt, so that a name cannot be guessed back from its hash.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Float, Integer, Row, Table, Text, create_engine, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from carebot.errors import ConfigError, RecordsError
from carebot.records.audit_key import SEALED, AuditKey, kept_key, key_path, read_key
from carebot.records.database import Database, explain
from carebot.records.site import metadata

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("at_s", Float, nullable=False),
    Column("kind", Text, nullable=False, index=True),
    Column("content", Text),
    Column("content_hash", Text, nullable=False),
    Column("hash", Text, nullable=False),
)
head = Table(
    "audit_head",
    metadata,
    Column("only", Integer, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("hash", Text, nullable=False),
)

START = "0" * 64
ERASURE = "erasure"
MAX_ROWS = 1000
_SPACED = r"[^\W\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff]"
"""A letter or digit of a writing that puts spaces between words: neither kanji nor kana."""


@dataclass(frozen=True, slots=True)
class Deed:
    """Something that somebody did. `kind` is one word of `retention.KEPT_S`; `about` is whom or what it concerned."""

    kind: str
    who: str
    what: str
    about: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row; `deed` is None where its content was erased."""

    number: int
    at_s: float
    kind: str
    deed: Deed | None


@dataclass(frozen=True, slots=True)
class Break:
    """The first row that is not what it was when it was written."""

    number: int
    why: str


class AuditLog:
    """Appends, reads and erases; the rows themselves never change."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._key: AuditKey | None = None
        self._leaves_traces = database.has_log()  # of a process that was killed, perhaps right after an erasure

    def append(self, deed: Deed, now_s: float) -> int:
        """Write one row and return its number. Raises RecordsError when the disk does not take it."""
        with self._database.transaction() as connection:
            return _append(connection, deed, now_s, self._kept_key(connection))

    def newest(self, limit: int = 100, kind: str | None = None, before: int | None = None) -> list[AuditRow]:
        """The latest rows first."""
        query = select(audit).order_by(audit.c.number.desc()).limit(min(limit, MAX_ROWS))
        query = query if kind is None else query.where(audit.c.kind == kind)
        query = query if before is None else query.where(audit.c.number < before)
        with self._database.transaction() as connection:
            return [_row(row) for row in connection.execute(query)]

    def erase_about(self, name: str, by: str, now_s: float) -> int:
        """Erase the content of every row in which `name` stands, and what the file keeps of it; how many there were."""
        named = _pattern(name)
        with self._database.transaction() as connection:
            rows = connection.execute(select(audit).where(audit.c.content.is_not(None), audit.c.kind != ERASURE))
            numbers = [row.number for row in rows if _names(row.content, named)]
            erased = self._erase(connection, numbers, by, "on request", now_s)
        return self._without_traces(erased)

    def erase_over(self, is_over: Callable[[str, float], bool], now_s: float) -> int:
        """Erase the content of every row whose kind and time say that its time is over; how many there were."""
        with self._database.transaction() as connection:
            rows = connection.execute(select(audit).where(audit.c.content.is_not(None), audit.c.kind != ERASURE))
            numbers = [row.number for row in rows if is_over(row.kind, row.at_s)]
            erased = self._erase(connection, numbers, "carebot", "its time was over", now_s)
        return self._without_traces(erased)

    def verify(self) -> Break | None:
        """The first broken row, or None."""
        with self._database.transaction() as connection:
            return verify(connection, read_key(key_path(self._database.path)))

    def _erase(self, connection: Connection, numbers: list[int], by: str, why: str, now_s: float) -> int:
        if not numbers:
            return 0
        for number in numbers:
            connection.execute(update(audit).where(audit.c.number == number).values(content=None))
        deed = Deed(ERASURE, by, "erased", detail={"rows": sorted(numbers), "why": why})
        _append(connection, deed, now_s, self._kept_key(connection))
        return len(numbers)

    def _without_traces(self, erased: int) -> int:
        """Where a reader was in the way, the next erasure or the next day's tidying does it."""
        if erased or self._leaves_traces:
            self._leaves_traces = not self._database.truncate_log()
        return erased

    def _kept_key(self, connection: Connection) -> AuditKey:
        if self._key is None:
            number, before = _newest(connection)
            self._key = kept_key(key_path(self._database.path), AuditKey(secrets.token_bytes(32), number + 1, before))
        return self._key


def _newest(connection: Connection) -> tuple[int, str]:
    """The number and the hash of the newest row."""
    last = connection.execute(select(head)).one_or_none()
    if last is None:
        return 0, START
    row = connection.execute(select(audit.c.hash).where(audit.c.number == last.number)).one_or_none()
    return last.number, last.hash if row is None else row.hash


def _append(connection: Connection, deed: Deed, now_s: float, key: AuditKey) -> int:
    last, before = _newest(connection)
    number, content = last + 1, _content(deed)
    content_hash = _sha256(content)
    chained = chain_hash(before, number, now_s, deed.kind, content_hash, key)
    values = {"number": number, "at_s": now_s, "kind": deed.kind, "content": content}
    connection.execute(insert(audit).values(**values, content_hash=content_hash, hash=chained))
    newest = {"number": number, "hash": _mark(number, chained, key)}
    connection.execute(update(head).values(**newest) if last else insert(head).values(only=1, **newest))
    return number


def verify(connection: Connection, key: AuditKey | None = None) -> Break | None:
    """Walk the chain from the first row to the newest one."""
    before, expected, erased, empty = START, 1, set(), []
    for row in connection.execute(select(audit).order_by(audit.c.number)):
        if row.number != expected:
            return Break(expected, "it was removed")
        if why := _wrong(row, before, key):
            return Break(row.number, why)
        if row.content is None:
            empty.append(row.number)
        elif _sha256(row.content) != row.content_hash:
            return Break(row.number, "its content was changed")
        elif row.kind == ERASURE:
            erased.update(json.loads(row.content)["detail"]["rows"])
        before, expected = row.hash, expected + 1
    if key is not None and not before.startswith(SEALED) and expected != key.first and expected > 1:
        return Break(expected, "it was removed from the end")
    return _break_at_the_end(connection, before, expected, [number for number in empty if number not in erased], key)


def _wrong(row: Row[Any], before: str, key: AuditKey | None) -> str:
    """What is wrong with a row's own link in the chain, or ""."""
    is_sealed = row.hash.startswith(SEALED)
    if is_sealed and key is None:
        return "its key is missing (audit.key, beside the file)"
    if not is_sealed and (before.startswith(SEALED) or (key is not None and row.number >= key.first)):
        return "it was changed"
    if key is not None and is_sealed and row.number not in (1, key.first) and not before.startswith(SEALED):
        return "rows before it were removed"
    if key is not None and not is_sealed and row.number == key.first - 1 and row.hash != key.before:
        return "it or one before it was changed"
    linked = chain_hash(before, row.number, row.at_s, row.kind, row.content_hash, key if is_sealed else None)
    return "" if hmac.compare_digest(row.hash, linked) else "it was changed"


def _break_at_the_end(
    connection: Connection, last: str, following: int, emptied: list[int], key: AuditKey | None
) -> Break | None:
    if emptied:
        return Break(emptied[0], "its content was removed, and no row says by whom")
    newest = connection.execute(select(head)).one_or_none()
    if newest is None:
        return None if following == 1 else Break(following - 1, "the mark of the newest row was removed")
    if (newest.number, newest.hash) == (following - 1, _mark(following - 1, last, key)):
        return None
    return (
        Break(following, "it was removed from the end") if newest.number >= following else Break(following - 1, "added")
    )


def verify_file(path: Path) -> tuple[int, Break | None]:
    """How many rows the file at `path` holds, and the first broken one; the tablet may be running meanwhile.

    Raises:
        ConfigError: there is no such file, or it holds no audit.
        RecordsError: it cannot be read.
    """
    if not path.is_file():
        raise ConfigError(f"{path} does not exist: start the tablet once, or name the file with --file.")
    engine = create_engine(f"sqlite:///file:{path.resolve()}?mode=ro&uri=true")
    try:
        with engine.connect() as connection:
            count = connection.execute(select(func.count()).select_from(audit)).scalar_one()
            return int(count), verify(connection, read_key(key_path(path)))
    except DBAPIError as error:
        if "no such table" in str(error.orig):
            raise ConfigError(f"{path} holds no audit: name the tablet's site.sqlite with --file.") from None
        raise RecordsError(explain(path, error)) from None
    finally:
        engine.dispose()


def chain_hash(before: str, number: int, at_s: float, kind: str, content_hash: str, key: AuditKey | None = None) -> str:
    """The hash of a row: of the hash before it, its number, time and kind, and its content's hash; sealed by a key."""
    text = json.dumps([before, number, repr(float(at_s)), kind, content_hash])
    return _sha256(text) if key is None else key.seal(text)


def _mark(number: int, newest: str, key: AuditKey | None) -> str:
    """What says that a row is the newest one: sealed too, else rows could be cut from the end."""
    return key.seal(json.dumps(["newest", number, newest])) if key and newest.startswith(SEALED) else newest


def _content(deed: Deed) -> str:
    values = {"who": deed.who, "what": deed.what, "about": deed.about, "detail": dict(deed.detail)}
    return json.dumps({**values, "salt": secrets.token_hex(16)}, ensure_ascii=False, sort_keys=True)


def _names(content: str, named: re.Pattern[str]) -> bool:
    values = {key: value for key, value in json.loads(content).items() if key != "salt"}
    return any(named.search(_comparable(text)) for text in _texts(values))


def _texts(value: Any) -> Iterator[str]:
    """Every string in what JSON can hold, keys too."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
    else:
        yield str(value)


def _pattern(name: str) -> re.Pattern[str]:
    """Where a name stands whole: "Ann" not in "Anna". Japanese has no spaces: "佐藤" is found in "佐藤さん" too."""
    wanted = _comparable(name)
    before = f"(?<!{_SPACED})" if re.match(_SPACED, wanted) else ""
    after = f"(?!{_SPACED})" if re.search(f"{_SPACED}$", wanted) else ""
    return re.compile(f"{before}{re.escape(wanted)}{after}")


def _comparable(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _row(row: Row[Any]) -> AuditRow:
    if row.content is None:
        return AuditRow(row.number, row.at_s, row.kind, None)
    values = json.loads(row.content)
    deed = Deed(row.kind, values["who"], values["what"], values["about"], values["detail"])
    return AuditRow(row.number, row.at_s, row.kind, deed)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
