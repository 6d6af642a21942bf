"""Who looked, answered, drove, changed or was refused: rows chained by hashes, none changed or lost unnoticed.

Each row's hash covers the row before it and a hash of its content (SHA-256). Erasing a row's content, on request or
when its time is over, therefore keeps the chain: the content's hash stays, and a later row says what was erased and by
whom. The content carries random salt, so that a name cannot be guessed back from its hash.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Float, Integer, Row, Table, Text, create_engine, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from carebot.errors import ConfigError, RecordsError
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

    def append(self, deed: Deed, now_s: float) -> int:
        """Write one row and return its number. Raises RecordsError when the disk does not take it."""
        with self._database.transaction() as connection:
            return append(connection, deed, now_s)

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
            erased = erase(connection, numbers, by, "on request", now_s)
        self._database.truncate_log()
        return erased

    def verify(self) -> Break | None:
        """The first broken row, or None."""
        with self._database.transaction() as connection:
            return verify(connection)


def append(connection: Connection, deed: Deed, now_s: float) -> int:
    """Write one row inside a transaction of the caller's."""
    last = connection.execute(select(head)).one_or_none()
    number, before = (1, START) if last is None else (last.number + 1, last.hash)
    content = _content(deed)
    content_hash = _sha256(content)
    chained = chain_hash(before, number, now_s, deed.kind, content_hash)
    values = {"number": number, "at_s": now_s, "kind": deed.kind, "content": content}
    connection.execute(insert(audit).values(**values, content_hash=content_hash, hash=chained))
    newest = {"number": number, "hash": chained}
    connection.execute(insert(head).values(only=1, **newest) if last is None else update(head).values(**newest))
    return number


def erase(connection: Connection, numbers: Iterable[int], by: str, why: str, now_s: float) -> int:
    """Take the content of rows away and say so in a new row; how many there were."""
    erased = sorted(set(numbers))
    if not erased:
        return 0
    for number in erased:
        connection.execute(update(audit).where(audit.c.number == number).values(content=None))
    append(connection, Deed(ERASURE, by, "erased", detail={"rows": erased, "why": why}), now_s)
    return len(erased)


def verify(connection: Connection) -> Break | None:
    """Walk the chain from the first row to the newest one."""
    before, expected, erased, empty = START, 1, set(), []
    for row in connection.execute(select(audit).order_by(audit.c.number)):
        if row.number != expected:
            return Break(expected, "it was removed")
        if row.hash != chain_hash(before, row.number, row.at_s, row.kind, row.content_hash):
            return Break(row.number, "it was changed")
        if row.content is None:
            empty.append(row.number)
        elif _sha256(row.content) != row.content_hash:
            return Break(row.number, "its content was changed")
        elif row.kind == ERASURE:
            erased.update(json.loads(row.content)["detail"]["rows"])
        before, expected = row.hash, expected + 1
    return _break_at_the_end(connection, before, expected, [number for number in empty if number not in erased])


def _break_at_the_end(connection: Connection, last: str, following: int, emptied: list[int]) -> Break | None:
    if emptied:
        return Break(emptied[0], "its content was removed, and no row says by whom")
    newest = connection.execute(select(head)).one_or_none()
    if newest is None:
        return None if following == 1 else Break(following - 1, "the mark of the newest row was removed")
    if (newest.number, newest.hash) == (following - 1, last):
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
            return int(count), verify(connection)
    except DBAPIError as error:
        if "no such table" in str(error.orig):
            raise ConfigError(f"{path} holds no audit: name the tablet's site.sqlite with --file.") from None
        raise RecordsError(explain(path, error)) from None
    finally:
        engine.dispose()


def chain_hash(before: str, number: int, at_s: float, kind: str, content_hash: str) -> str:
    """The hash of a row: of the hash before it, its number, time and kind, and its content's hash."""
    return _sha256(json.dumps([before, number, repr(float(at_s)), kind, content_hash]))


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
