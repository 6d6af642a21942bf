"""Passkeys on disk: each of one account, gone with it, and opening nothing once removed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from carebot.records.accounts import FREE_FAILURES, AccountBook, Grant, RefusedError, Role
from carebot.records.passkeys import MOST_OF_ONE, Passkey, PasskeyBook
from carebot.records.site import SiteDatabase

NOW_S = 1_800_000_000.0
PASSWORD = "seven blue teapots"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SiteDatabase]:
    made = SiteDatabase(tmp_path / "site.sqlite", "the test")
    yield made
    made.close()


@pytest.fixture
def accounts(database: SiteDatabase) -> AccountBook:
    return AccountBook(database, PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@pytest.fixture
def key(accounts: AccountBook) -> Passkey:
    aiko = accounts.create("Aiko", PASSWORD, [Grant(Role.ADMINISTRATOR)])
    return Passkey("a-b_c", aiko.id, b"\x00key", 0, "robot.local", "phone", NOW_S)


def test_they_outlive_a_restart_with_what_their_device_counts(database: SiteDatabase, key: Passkey):
    book = PasskeyBook(database)
    book.add(key)
    book.used(key.id, 7, NOW_S + 1)
    assert PasskeyBook(database).of(key.account_id) == [replace(key, sign_count=7, used_s=NOW_S + 1)]
    book.remove(lambda each: each.id == key.id)
    assert book.find(key.id) is PasskeyBook(database).find(key.id) is None


def test_one_key_is_nobody_elses_and_nobody_has_too_many(database: SiteDatabase, key: Passkey):
    book = PasskeyBook(database)
    book.add(key)
    with pytest.raises(RefusedError, match="known already"):
        book.add(replace(key, label="again"))
    for number in range(MOST_OF_ONE - 1):
        book.add(replace(key, id=f"other-{number}"))
    with pytest.raises(RefusedError, match="remove one first"):
        book.add(replace(key, id="one more"))


def test_a_file_of_before_passkeys_gets_their_table(tmp_path: Path):
    path = tmp_path / "site.sqlite"
    first = SiteDatabase(path, "the test")
    with first.transaction() as connection:
        connection.exec_driver_sql("DROP TABLE passkeys")
        connection.exec_driver_sql("PRAGMA user_version = 2")
    first.close()
    again = SiteDatabase(path, "the test")
    assert PasskeyBook(again).of("anybody") == []
    again.close()


def test_wrong_passwords_do_not_shut_the_passkey_out(accounts: AccountBook, key: Passkey):
    for _ in range(FREE_FAILURES + 2):
        accounts.sign_in("Aiko", "wrong", NOW_S)
    assert accounts.sign_in("Aiko", PASSWORD, NOW_S + 0.1).wait_s > 0
    assert accounts.let_in(key.account_id) == accounts.find(key.account_id)


def test_a_closed_account_and_nobodys_are_not_let_in(accounts: AccountBook, key: Passkey):
    accounts.create("Ben", PASSWORD, [Grant(Role.ADMINISTRATOR)])
    accounts.change(key.account_id, closed=True)
    assert accounts.let_in(key.account_id) is None
    assert accounts.let_in("nobody") is None
