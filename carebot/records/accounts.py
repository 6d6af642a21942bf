"""Who may sign in: accounts with roles, each for some residents or all; passwords as argon2id; lock-out that grows.

Passwords are hashed with argon2-cffi's defaults (argon2id, RFC 9106's second recommendation). An unknown name costs the
same time and the same wait as a wrong password, so that nobody learns who has an account.

Wrong passwords are counted for each name on each device, so that whoever holds one tablet shuts nobody out elsewhere:
three are free, then the wait doubles up to 15 minutes (about 110 tries on the first day, 96 on each later one). Over
all devices 30 are free after each right password, then the wait doubles up to a minute: some 1,500 tries a day, half a
million a year, however many paired devices somebody has. Three words drawn from 2,000 (8e9 passwords) are then found in
a year with a chance of 1 in 15,000. A passkey cannot be guessed and waits for nothing.
"""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import (
    Boolean,
    Column,
    Connection,
    Float,
    ForeignKey,
    Integer,
    Row,
    Table,
    Text,
    delete,
    insert,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as insert_or_update

from carebot.records.database import Database
from carebot.records.site import metadata

EVERY_RESIDENT = "*"
MIN_PASSWORD_LENGTH = 10
MAX_PASSWORD_LENGTH = 200
MAX_NAME_LENGTH = 300
FREE_FAILURES = 3
MAX_DELAY_S = 900.0
FREE_FAILURES_OF_ALL = 30
MAX_DELAY_OF_ALL_S = 60.0

_ON = "\n"  # between a name and a device in the key of their failures

accounts = Table(
    "accounts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),  # the name as it is compared
    Column("password", Text, nullable=False),
    Column("closed", Boolean, nullable=False, default=False),
)
grants = Table(
    "grants",
    metadata,
    Column("account_id", Text, ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("resident_id", Text, primary_key=True),
)
failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("closed_until_s", Float, nullable=False),
)


class Role(str, Enum):
    """What somebody is to a resident or to the robot."""

    CAREGIVER = "caregiver"
    NURSE_IN_CHARGE = "nurse_in_charge"
    FAMILY = "family"
    TECHNICIAN = "technician"
    ADMINISTRATOR = "administrator"


@dataclass(frozen=True, slots=True)
class Grant:
    """One role, for one resident or for `EVERY_RESIDENT`."""

    role: Role
    resident_id: str = EVERY_RESIDENT


@dataclass(frozen=True, slots=True)
class Account:
    """A person who may sign in."""

    id: str
    name: str
    grants: frozenset[Grant]
    closed: bool = False

    @property
    def roles(self) -> frozenset[Role]:
        return frozenset(grant.role for grant in self.grants)


@dataclass(frozen=True, slots=True)
class SignIn:
    """What came of a try: the account; or None, and for how long further tries are not even looked at."""

    account: Account | None
    wait_s: float = 0.0


class RefusedError(ValueError):
    """A change that must not be made, with the reason in one sentence; `code` names the reason."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class AccountBook:
    """All accounts; kept in memory too, so that people signed in stay so while the disk fails."""

    def __init__(self, database: Database, hasher: PasswordHasher | None = None) -> None:
        self._database = database
        self._known_accounts: dict[str, Account] = {}
        self._load()
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    def is_set_up(self) -> bool:
        """Whether there is an administrator, without whom nothing else may be done."""
        return any(Role.ADMINISTRATOR in account.roles for account in self.all() if not account.closed)

    def all(self) -> list[Account]:
        """Every account, closed ones too, by name."""
        return list(self._known_accounts.values())

    def find(self, account_id: str) -> Account | None:
        return self._known_accounts.get(account_id)

    def create(self, name: str, password: str, given: Iterable[Grant]) -> Account:
        """A new account. Raises RefusedError when the name is taken or the password is too weak."""
        name, password = _composed(name), _composed(password)
        check_password(password, name)
        hashed, account_id = self._hasher.hash(password), secrets.token_hex(8)
        with self._database.transaction() as connection:
            if _id_of(connection, name) is not None:
                raise RefusedError(
                    f"There is an account called {name!r:.60} already: choose another name.", "account_exists"
                )
            values = {"id": account_id, "name": name, "key": _key(name), "password": hashed, "closed": False}
            connection.execute(insert(accounts).values(values))
            _set_grants(connection, account_id, given)
        return self._loaded(account_id)

    def sign_in(self, name: str, password: str, now_s: float, device: str = "") -> SignIn:
        """Try a password on a device; after a few wrong ones every further one makes the wait longer."""
        key = _key(name)[:MAX_NAME_LENGTH]
        here = f"{key}{_ON}{device}"
        with self._database.transaction() as connection:
            wait_s = max(_closed_until(connection, key), _closed_until(connection, here)) - now_s
            row = connection.execute(select(accounts).where(accounts.c.key.in_(_keys(key)))).first()
        if wait_s > 0:
            return SignIn(None, wait_s)
        hashed = self._nobody if row is None else row.password
        is_right = any(self._is_right(hashed, each) for each in dict.fromkeys((_composed(password), password)))
        if row is None or row.closed or not is_right:
            with self._database.transaction() as connection:
                of_all_s = _failed(connection, key, now_s, FREE_FAILURES_OF_ALL, MAX_DELAY_OF_ALL_S)
                return SignIn(None, max(of_all_s, _failed(connection, here, now_s, FREE_FAILURES, MAX_DELAY_S)))
        self._after_success(row.id, row.password, password, (key, here))
        return SignIn(self.find(row.id))

    def let_in(self, account_id: str) -> Account | None:
        """Somebody who has shown by a passkey who they are, however many passwords others got wrong."""
        account = self.find(account_id)
        return None if account is None or account.closed else account

    def change(
        self,
        account_id: str,
        given: Iterable[Grant] | None = None,
        closed: bool | None = None,
        password: str | None = None,
    ) -> Account:
        """Change what is given: all of it, or nothing.

        Raises RefusedError when the account is unknown, the password is too weak or nobody would administer any more.
        """
        account = self._known(account_id)
        values: dict[str, Any] = {} if closed is None else {"closed": closed}
        if password is not None:
            password = _composed(password)
            check_password(password, account.name)
            values["password"] = self._hasher.hash(password)
        with self._database.transaction() as connection:
            if values:
                connection.execute(update(accounts).where(accounts.c.id == account_id).values(values))
            if password is not None:
                key = _key(account.name)[:MAX_NAME_LENGTH]
                everywhere = failures.c.key.startswith(f"{key}{_ON}", autoescape=True)
                connection.execute(delete(failures).where((failures.c.key == key) | everywhere))
            if given is not None:
                _set_grants(connection, account_id, given)
            if given is not None or closed is not None:
                _refuse_without_administrator(connection)
        return self._loaded(account_id)

    def _load(self) -> None:
        with self._database.transaction() as connection:
            rows = connection.execute(select(accounts).order_by(accounts.c.key)).all()
            self._known_accounts = {row.id: _account(connection, row) for row in rows}

    def _loaded(self, account_id: str) -> Account:
        self._load()
        return self._known_accounts[account_id]

    def _known(self, account_id: str) -> Account:
        account = self.find(account_id)
        if account is None:
            raise RefusedError("There is no such account: look at the list again.", "account_unknown")
        return account

    def _is_right(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False

    def _after_success(self, account_id: str, hashed: str, password: str, keys: tuple[str, ...]) -> None:
        with self._database.transaction() as connection:
            connection.execute(delete(failures).where(failures.c.key.in_(keys)))
            if self._hasher.check_needs_rehash(hashed):
                values = {"password": self._hasher.hash(password)}
                connection.execute(update(accounts).where(accounts.c.id == account_id).values(values))


def check_password(password: str, name: str = "") -> None:
    """Raises RefusedError where a password is too short, too long, the name, or one sign again and again."""
    if not MIN_PASSWORD_LENGTH <= len(password) <= MAX_PASSWORD_LENGTH:
        rule = f"A password needs {MIN_PASSWORD_LENGTH} to {MAX_PASSWORD_LENGTH} signs: take a few words."
        raise RefusedError(rule, "password_weak")
    if len(set(password)) < 4 or password.casefold() == name.casefold():
        raise RefusedError("This password is easily guessed: take a few words.", "password_weak")


def _account(connection: Connection, row: Row[Any]) -> Account:
    given = connection.execute(select(grants).where(grants.c.account_id == row.id))
    return Account(row.id, row.name, frozenset(Grant(Role(g.role), g.resident_id) for g in given), row.closed)


def _id_of(connection: Connection, name: str) -> str | None:
    found = connection.execute(select(accounts.c.id).where(accounts.c.key.in_(_keys(_key(name))))).scalars().first()
    return None if found is None else str(found)


def _composed(text: str) -> str:
    """One spelling of what keyboards put together in several ways (か + ゛, e + ´)."""
    return unicodedata.normalize("NFC", text)


def _key(name: str) -> str:
    return _composed(name.casefold())


def _keys(key: str) -> tuple[str, ...]:
    """How the key may stand in a file of before names were composed."""
    return key, unicodedata.normalize("NFD", key)


def _set_grants(connection: Connection, account_id: str, given: Iterable[Grant]) -> None:
    connection.execute(delete(grants).where(grants.c.account_id == account_id))
    for grant in set(given):
        values = {"account_id": account_id, "role": grant.role.value, "resident_id": grant.resident_id}
        connection.execute(insert(grants).values(values))


def _refuse_without_administrator(connection: Connection) -> None:
    query = select(accounts.c.id).join(grants).where(grants.c.role == Role.ADMINISTRATOR.value, ~accounts.c.closed)
    if connection.execute(query).first() is None:
        raise RefusedError(
            "Somebody has to stay administrator: give the role to another person first.", "last_administrator"
        )


def _closed_until(connection: Connection, key: str) -> float:
    found = connection.execute(select(failures.c.closed_until_s).where(failures.c.key == key)).scalar_one_or_none()
    return float("-inf") if found is None else float(found)


def _failed(connection: Connection, key: str, now_s: float, free: int, max_delay_s: float) -> float:
    counted = connection.execute(select(failures.c.count).where(failures.c.key == key)).scalar_one_or_none()
    count = 1 + (counted or 0)
    wait_s = min(2.0 ** min(count - free, 20), max_delay_s) if count > free else 0.0
    values = {"count": count, "closed_until_s": now_s + wait_s}
    statement = insert_or_update(failures).values(key=key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=values))
    return wait_s
