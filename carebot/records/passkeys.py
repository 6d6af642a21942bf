"""Passkeys by which people sign in: public keys alone, each of one account and of the one name this robot had then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Column, Float, ForeignKey, Integer, LargeBinary, Row, Table, Text, delete, insert, select, update

from carebot.records.accounts import RefusedError
from carebot.records.database import Database
from carebot.records.site import metadata

MOST_OF_ONE = 20

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", Integer, nullable=False),
    Column("host", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("made_s", Float, nullable=False),
    Column("used_s", Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey: `id` is the credential's (base64url), `public_key` its COSE key, `host` the name it works under.

    `sign_count` is the device's own counter, 0 where it has none; `used_s` is 0 where it never was.
    """

    id: str
    account_id: str
    public_key: bytes
    sign_count: int
    host: str
    label: str
    made_s: float
    used_s: float = 0.0


_NAMES = tuple(Passkey.__dataclass_fields__)


class PasskeyBook:
    """All passkeys; one that was removed opens nothing any more, also where the disk fails just then."""

    def __init__(self, database: Database) -> None:
        self._database = database
        with database.transaction() as connection:
            rows = connection.execute(select(passkeys).order_by(passkeys.c.made_s))
            self._known = {row.id: _passkey(row) for row in rows}

    def of(self, account_id: str) -> list[Passkey]:
        """Somebody's, the oldest first."""
        return [each for each in self._known.values() if each.account_id == account_id]

    def find(self, credential_id: str) -> Passkey | None:
        return self._known.get(credential_id)

    def add(self, passkey: Passkey) -> None:
        """Raises RefusedError where it is known already, or somebody has too many."""
        if passkey.id in self._known:
            raise RefusedError("This passkey is known already: use it to sign in.", "passkey_known")
        if len(self.of(passkey.account_id)) >= MOST_OF_ONE:
            raise RefusedError(f"There are {MOST_OF_ONE} passkeys already: remove one first.", "passkeys_many")
        with self._database.transaction() as connection:
            connection.execute(insert(passkeys).values({name: getattr(passkey, name) for name in _NAMES}))
        self._known[passkey.id] = passkey

    def used(self, credential_id: str, sign_count: int, now_s: float) -> None:
        """It has opened the door: what its device counts from now on."""
        values: dict[str, Any] = {"sign_count": sign_count, "used_s": now_s}
        self._known[credential_id] = replace(self._known[credential_id], **values)
        with self._database.transaction() as connection:
            connection.execute(update(passkeys).where(passkeys.c.id == credential_id).values(**values))

    def remove(self, which: Callable[[Passkey], bool]) -> list[Passkey]:
        """Remove those of which that is true. What is removed."""
        gone = [each for each in self._known.values() if which(each)]
        for each in gone:
            del self._known[each.id]
        if gone:
            with self._database.transaction() as connection:
                connection.execute(delete(passkeys).where(passkeys.c.id.in_([each.id for each in gone])))
        return gone


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(**{name: getattr(row, name) for name in _NAMES})
