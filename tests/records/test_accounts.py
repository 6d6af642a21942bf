"""Who may sign in, for how long a wrong password closes the door, and who must stay."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import update

from carebot.records.accounts import MAX_DELAY_S, AccountBook, Grant, RefusedError, Role, accounts
from carebot.records.site import SiteDatabase
from tests.records.helpers import NOW_S

PASSWORD = "seven blue teapots"
FAST = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SiteDatabase]:
    opened = SiteDatabase(tmp_path / "site.sqlite", "the test")
    yield opened
    opened.close()


@pytest.fixture
def book(database: SiteDatabase) -> AccountBook:
    return AccountBook(database, FAST)


def test_nobody_is_there_at_first_and_no_password_opens(book: AccountBook):
    assert not book.is_set_up()
    assert book.all() == []
    assert book.sign_in("admin", "admin", NOW_S).account is None


def test_the_right_password_opens_whatever_the_case_of_the_name(book: AccountBook):
    made = book.create("Aïko Ô", PASSWORD, [Grant(Role.CAREGIVER)])
    assert book.sign_in("aïko ô", PASSWORD, NOW_S).account == made
    assert book.sign_in("Aïko Ô", PASSWORD + " ", NOW_S).account is None


def test_accounts_outlive_the_process(database: SiteDatabase, book: AccountBook):
    made = book.create("Aiko", PASSWORD, [Grant(Role.FAMILY, "r1"), Grant(Role.CAREGIVER, "r2")])
    again = AccountBook(database, FAST)
    assert again.find(made.id) == made
    assert again.sign_in("Aiko", PASSWORD, NOW_S).account == made


def test_the_file_holds_no_password(tmp_path: Path, database: SiteDatabase, book: AccountBook):
    book.create("Aiko", PASSWORD, [Grant(Role.CAREGIVER)])
    database.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"$argon2id$" in content
    assert PASSWORD.encode() not in content


def test_the_wait_doubles_with_each_wrong_password_up_to_a_quarter_of_an_hour(book: AccountBook):
    book.create("Aiko", PASSWORD, [Grant(Role.CAREGIVER)])
    now_s, waits = NOW_S, []
    for _ in range(16):
        wait_s = book.sign_in("Aiko", "wrong", now_s).wait_s
        waits.append(wait_s)
        now_s += wait_s
    assert waits[:6] == [0, 0, 0, 2, 4, 8]
    assert waits[-1] == MAX_DELAY_S


def test_while_the_door_is_closed_even_the_right_password_waits(book: AccountBook):
    made = book.create("Aiko", PASSWORD, [Grant(Role.CAREGIVER)])
    for _ in range(4):
        book.sign_in("Aiko", "wrong", NOW_S)
    assert book.sign_in("Aiko", PASSWORD, NOW_S + 1).wait_s == pytest.approx(1)
    assert book.sign_in("Aiko", PASSWORD, NOW_S + 2).account == made
    assert book.sign_in("Aiko", "wrong", NOW_S + 3).wait_s == 0, "the right password starts the count anew"


def test_a_wrong_password_on_one_tablet_shuts_nobody_out_on_another(book: AccountBook):
    made = book.create("Aiko", PASSWORD, [Grant(Role.CAREGIVER)])
    now_s, tries = NOW_S, 0
    while now_s < NOW_S + 86_400:
        now_s += book.sign_in("Aiko", "wrong", now_s, "stolen").wait_s
        tries += 1
    assert tries < 112
    assert book.sign_in("Aiko", PASSWORD, now_s - 1, "stolen").wait_s > 0
    assert book.sign_in("Aiko", PASSWORD, now_s, "mine").account == made
    assert book.sign_in("Aiko", PASSWORD, now_s - 1, "stolen").wait_s > 0, "the thief waits on"
    book.change(made.id, password="nine green kettles")
    assert book.sign_in("Aiko", "nine green kettles", now_s - 1, "stolen").account == made


def test_many_devices_together_try_once_a_minute(book: AccountBook):
    book.create("Aiko", PASSWORD, [Grant(Role.CAREGIVER)])
    waits = [book.sign_in("Aiko", "wrong", NOW_S + 60 * n, f"device {n}").wait_s for n in range(40)]
    assert waits == [0.0] * 30 + [2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert book.sign_in("Aiko", PASSWORD, NOW_S + 60 * 39 + 59, "mine").wait_s == pytest.approx(1)


def test_an_unknown_name_waits_like_a_known_one(book: AccountBook):
    assert [book.sign_in("nobody", "wrong", NOW_S).wait_s for _ in range(4)] == [0, 0, 0, 2]


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "aaaaaaaaaaaa", "Aiko Tanaka"])
def test_weak_passwords_are_refused(book: AccountBook, password: str):
    with pytest.raises(RefusedError, match=r"take a few words\.$"):
        book.create("aiko tanaka", password, [])
    assert book.all() == []


def test_a_name_is_taken_once(book: AccountBook):
    book.create("Aiko", PASSWORD, [])
    with pytest.raises(RefusedError, match="choose another name"):
        book.create("AIKO", PASSWORD, [])


def test_the_last_administrator_stays(book: AccountBook):
    first = book.create("Aiko", PASSWORD, [Grant(Role.ADMINISTRATOR)])
    with pytest.raises(RefusedError, match="stay administrator"):
        book.change(first.id, closed=True)
    with pytest.raises(RefusedError, match="stay administrator"):
        book.change(first.id, [Grant(Role.CAREGIVER)])
    assert book.find(first.id) == first
    book.create("Bruno", PASSWORD, [Grant(Role.ADMINISTRATOR)])
    assert book.change(first.id, closed=True).closed


def test_a_closed_account_opens_nothing_until_it_is_opened_again(book: AccountBook):
    book.create("Chie", PASSWORD, [Grant(Role.ADMINISTRATOR)])
    aiko = book.create("Aiko", PASSWORD, [Grant(Role.CAREGIVER)])
    book.change(aiko.id, closed=True)
    assert book.sign_in("Aiko", PASSWORD, NOW_S).account is None
    book.change(aiko.id, closed=False)
    assert book.sign_in("Aiko", PASSWORD, NOW_S).account is not None


def test_a_new_password_ends_the_old_one(book: AccountBook):
    aiko = book.create("Aiko", PASSWORD, [])
    book.change(aiko.id, password="nine green kettles")
    assert book.sign_in("Aiko", PASSWORD, NOW_S).account is None
    assert book.sign_in("Aiko", "nine green kettles", NOW_S).account == aiko


def test_a_change_is_made_whole_or_not_at_all(database: SiteDatabase, book: AccountBook):
    chie = book.create("Chie", PASSWORD, [Grant(Role.ADMINISTRATOR)])
    aiko = book.create("Aiko", PASSWORD, [Grant(Role.CAREGIVER)])
    with pytest.raises(RefusedError, match="guessed"):
        book.change(aiko.id, [Grant(Role.ADMINISTRATOR)], True, "aaaaaaaaaaaa")
    with pytest.raises(RefusedError, match="stay administrator"):
        book.change(chie.id, [Grant(Role.CAREGIVER)], None, "nine green kettles")
    for known in (book, AccountBook(database, FAST)):
        assert known.all() == [aiko, chie]
        assert known.sign_in("Chie", PASSWORD, NOW_S).account == chie
    changed = book.change(aiko.id, [Grant(Role.TECHNICIAN)], False, "nine green kettles")
    assert changed.roles == {Role.TECHNICIAN}
    assert book.sign_in("Aiko", "nine green kettles", NOW_S).account == changed


@pytest.mark.parametrize("name", ["'; DROP TABLE accounts; --", "<script>", "../../x", "名" * 300])
def test_names_are_only_text(book: AccountBook, name: str):
    made = book.create(name, PASSWORD, [])
    assert book.sign_in(name, PASSWORD, NOW_S).account == made
    assert [account.name for account in book.all()] == [name]


def test_a_name_and_a_password_are_the_same_however_a_keyboard_puts_them_together(book: AccountBook):
    made = book.create("がく", "ぱぴぷぺぽ ばびぶべぼ", [Grant(Role.CAREGIVER)])
    apart = [unicodedata.normalize("NFD", each) for each in ("がく", "ぱぴぷぺぽ ばびぶべぼ")]
    assert apart[0] != "がく"
    assert book.sign_in(*apart, NOW_S).account == made
    with pytest.raises(RefusedError, match="already"):
        book.create(apart[0], PASSWORD, [])
    book.change(made.id, password=apart[1] + "!")
    assert book.sign_in("がく", "ぱぴぷぺぽ ばびぶべぼ!", NOW_S).account == made


def test_what_was_kept_before_spellings_were_joined_still_opens(database: SiteDatabase, book: AccountBook):
    made = book.create("x", PASSWORD, [Grant(Role.CAREGIVER)])
    name, password = (unicodedata.normalize("NFD", each) for each in ("がく", "ぱぴぷぺぽ ばびぶべぼ"))
    with database.transaction() as connection:
        values = {"name": name, "key": name.casefold(), "password": FAST.hash(password)}
        connection.execute(update(accounts).values(values))
    signed_in = AccountBook(database, FAST).sign_in("がく", password, NOW_S).account
    assert signed_in is not None
    assert signed_in.id == made.id
