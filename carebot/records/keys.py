"""What opens the tablet besides a password: one-time codes, sessions that end, and tokens of other apps.

Only SHA-256 hashes of codes and tokens are kept: whoever reads the file cannot use them.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column, Float, Row, Table, Text, delete, insert, or_, select, update

from carebot.records.database import Database
from carebot.records.site import metadata

CODE_LIFE_S = 10 * 60.0
IDLE_LIFE_S = 12 * 3600.0
"""A shift: a session that nobody touches for so long ends."""

SESSION_LIFE_S = 7 * 86400.0
SEEN_EVERY_S = 60.0
TOKEN_PREFIX = "carebot_"

codes = Table(
    "pairing_codes",
    metadata,
    Column("hash", Text, primary_key=True),
    Column("made_by", Text, nullable=False),
    Column("expires_s", Float, nullable=False),
)
sessions = Table(
    "sessions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, nullable=False, index=True),
    Column("device", Text, nullable=False),
    Column("started_s", Float, nullable=False),
    Column("seen_s", Float, nullable=False),
)
ended_devices = Table("ended_devices", metadata, Column("device", Text, primary_key=True))
tokens = Table(
    "tokens",
    metadata,
    Column("id", Text, primary_key=True),
    Column("hash", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("scopes", Text, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("expires_s", Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class AppToken:
    """A token of another app: what it may do, who made it, and until when it works (seconds since 1970 UTC)."""

    id: str
    name: str
    scopes: frozenset[str]
    made_by: str
    expires_s: float


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A person signed in on a device."""

    id: str
    account_id: str
    device: str
    started_s: float
    seen_s: float


class KeyRing:
    """All keys; in memory too, so that they open while the disk fails. Times are seconds since 1970 UTC."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            self._sessions = {row.id: _session(row) for row in connection.execute(select(sessions))}
            self._tokens = {row.hash: _token(row) for row in connection.execute(select(tokens))}

    def new_code(self, made_by: str, now_s: float) -> str:
        """A code that pairs one device within ten minutes."""
        code = secrets.token_urlsafe(16)
        values = {"hash": _hash(code), "made_by": made_by, "expires_s": now_s + CODE_LIFE_S}
        with self._database.transaction() as connection:
            connection.execute(delete(codes).where(codes.c.expires_s < now_s))
            connection.execute(insert(codes).values(values))
        return code

    def use_code(self, code: str, now_s: float) -> str | None:
        """Who made the code, once; None when it is unknown, used or too old."""
        with self._database.transaction() as connection:
            row = connection.execute(select(codes).where(codes.c.hash == _hash(code))).one_or_none()
            connection.execute(delete(codes).where(codes.c.hash == _hash(code)))
        return str(row.made_by) if row is not None and 0 <= row.expires_s - now_s <= CODE_LIFE_S else None

    def start_session(self, account_id: str, device: str, now_s: float) -> OpenSession:
        session = OpenSession(secrets.token_hex(16), account_id, device, now_s, now_s)
        values = {name: getattr(session, name) for name in OpenSession.__slots__}
        with self._database.transaction() as connection:
            connection.execute(insert(sessions).values(values))
        self._sessions[session.id] = session
        return session

    def session(self, session_id: str, now_s: float) -> OpenSession | None:
        """The session, unless it was ended or is over."""
        session = self._sessions.get(session_id)
        if session is None or now_s - session.started_s > SESSION_LIFE_S or now_s - session.seen_s > IDLE_LIFE_S:
            return None
        return session

    def touch(self, session_id: str, now_s: float) -> None:
        """Somebody used the session."""
        session = self._sessions.get(session_id)
        if session is None or now_s - session.seen_s < SEEN_EVERY_S:
            return
        self._sessions[session_id] = replace(session, seen_s=now_s)
        with self._database.transaction() as connection:
            connection.execute(update(sessions).where(sessions.c.id == session_id).values(seen_s=now_s))

    def end_session(self, session_id: str) -> None:
        self._sessions.pop(session_id, None)
        with self._database.transaction() as connection:
            connection.execute(delete(sessions).where(sessions.c.id == session_id))

    def end_all_sessions(self, account_id: str) -> int:
        """Sign out everywhere; how many sessions there were."""
        self._sessions = {key: value for key, value in self._sessions.items() if value.account_id != account_id}
        with self._database.transaction() as connection:
            return connection.execute(delete(sessions).where(sessions.c.account_id == account_id)).rowcount

    def end_device(self, device: str) -> None:
        """What was paired is paired no longer."""
        self._sessions = {key: value for key, value in self._sessions.items() if value.device != device}
        with self._database.transaction() as connection:
            connection.execute(delete(sessions).where(sessions.c.device == device))
            connection.execute(insert(ended_devices).prefix_with("OR IGNORE").values(device=device))

    def ended_devices(self) -> frozenset[str]:
        with self._database.transaction() as connection:
            return frozenset(connection.execute(select(ended_devices.c.device)).scalars())

    def new_token(
        self, name: str, scopes: Iterable[str], made_by: str, life_s: float, now_s: float
    ) -> tuple[AppToken, str]:
        """A token for another app, and its text, which is never shown again."""
        text = TOKEN_PREFIX + secrets.token_urlsafe(32)
        token = AppToken(secrets.token_hex(8), name, frozenset(scopes), made_by, now_s + life_s)
        values = {"id": token.id, "hash": _hash(text), "name": name, "scopes": " ".join(sorted(token.scopes))}
        with self._database.transaction() as connection:
            connection.execute(insert(tokens).values(**values, made_by=made_by, expires_s=token.expires_s))
        self._tokens[_hash(text)] = token
        return token, text

    def token(self, text: str, now_s: float) -> AppToken | None:
        """The token, unless it is unknown, ended or too old."""
        token = self._tokens.get(_hash(text)) if text.startswith(TOKEN_PREFIX) else None
        return None if token is None or token.expires_s <= now_s else token

    def tokens(self) -> list[AppToken]:
        return sorted(self._tokens.values(), key=lambda token: token.name)

    def end_token(self, token_id: str) -> bool:
        """Whether there was one."""
        self._tokens = {key: token for key, token in self._tokens.items() if token.id != token_id}
        with self._database.transaction() as connection:
            return connection.execute(delete(tokens).where(tokens.c.id == token_id)).rowcount > 0

    def tidy(self, now_s: float) -> None:
        """Forget what is over."""
        over = or_(sessions.c.started_s < now_s - SESSION_LIFE_S, sessions.c.seen_s < now_s - IDLE_LIFE_S)
        with self._database.transaction() as connection:
            connection.execute(delete(sessions).where(over))
            connection.execute(delete(codes).where(codes.c.expires_s < now_s))
            connection.execute(delete(tokens).where(tokens.c.expires_s < now_s))
        self._sessions = {key: each for key, each in self._sessions.items() if self.session(key, now_s) is not None}
        self._tokens = {key: each for key, each in self._tokens.items() if each.expires_s >= now_s}


def _session(row: Row[Any]) -> OpenSession:
    return OpenSession(row.id, row.account_id, row.device, row.started_s, row.seen_s)


def _token(row: Row[Any]) -> AppToken:
    return AppToken(row.id, row.name, frozenset(row.scopes.split()), row.made_by, row.expires_s)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
