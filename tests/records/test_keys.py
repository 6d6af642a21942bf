"""Codes work once, sessions end, tokens end; a stolen file opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.records.keys import CODE_LIFE_S, IDLE_LIFE_S, SESSION_LIFE_S, KeyRing
from carebot.records.site import SiteDatabase
from tests.records.helpers import NOW_S


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SiteDatabase]:
    opened = SiteDatabase(tmp_path / "site.sqlite", "the test")
    yield opened
    opened.close()


@pytest.fixture
def ring(database: SiteDatabase) -> KeyRing:
    return KeyRing(database)


def test_a_code_works_once(ring: KeyRing):
    code = ring.new_code("Chie", NOW_S)
    assert ring.use_code(code, NOW_S + 1) == "Chie"
    assert ring.use_code(code, NOW_S + 2) is None


@pytest.mark.parametrize("later_s", [CODE_LIFE_S + 1, -3600.0])
def test_a_code_is_over_after_ten_minutes_and_when_the_clock_was_set_back(ring: KeyRing, later_s: float):
    assert ring.use_code(ring.new_code("Chie", NOW_S), NOW_S + later_s) is None


@pytest.mark.parametrize("code", ["", "x", "\ud800", "0" * 10_000, "'; DROP TABLE pairing_codes; --"])
def test_what_is_no_code_opens_nothing(ring: KeyRing, code: str):
    assert ring.use_code(code, NOW_S) is None


def test_a_session_lives_while_it_is_used_and_a_week_at_most(ring: KeyRing):
    session, now_s = ring.start_session("a1", "tablet", NOW_S), NOW_S
    assert ring.session(session.id, NOW_S + IDLE_LIFE_S + 1) is None
    while now_s < NOW_S + SESSION_LIFE_S - IDLE_LIFE_S / 2:
        now_s += IDLE_LIFE_S / 2
        assert ring.session(session.id, now_s) is not None
        ring.touch(session.id, now_s)
    assert ring.session(session.id, NOW_S + SESSION_LIFE_S + 1) is None


def test_signing_out_everywhere_ends_the_sessions_of_that_person_alone(database: SiteDatabase, ring: KeyRing):
    ended = [ring.start_session("a1", device, NOW_S) for device in ("phone", "tablet")]
    other = ring.start_session("a2", "tablet", NOW_S)
    assert ring.end_all_sessions("a1") == 2
    for keys in (ring, KeyRing(database)):
        assert [keys.session(each.id, NOW_S) for each in ended] == [None, None]
        assert keys.session(other.id, NOW_S) is not None


def test_an_ended_device_stays_ended(database: SiteDatabase, ring: KeyRing):
    session = ring.start_session("a1", "lost phone", NOW_S)
    ring.end_device("lost phone")
    ring.end_device("lost phone")
    assert ring.session(session.id, NOW_S) is None
    assert KeyRing(database).ended_devices() == {"lost phone"}


def test_a_token_has_its_scopes_until_it_is_over_or_ended(database: SiteDatabase, ring: KeyRing):
    token, text = ring.new_token("nurse call", ["alerts:read"], "Chie", 60.0, NOW_S)
    assert ring.token(text, NOW_S + 59) == token
    assert token.scopes == {"alerts:read"}
    assert ring.token(text, NOW_S + 60) is None
    assert KeyRing(database).token(text, NOW_S) == token
    assert ring.end_token(token.id)
    assert not ring.end_token(token.id)
    assert ring.token(text, NOW_S) is None


def test_the_file_holds_neither_codes_nor_tokens(tmp_path: Path, database: SiteDatabase, ring: KeyRing):
    code, (_, text) = ring.new_code("Chie", NOW_S), ring.new_token("app", [], "Chie", 60.0, NOW_S)
    database.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert code.encode() not in content
    assert text.encode() not in content


def test_what_is_over_is_forgotten(database: SiteDatabase, ring: KeyRing):
    ring.start_session("a1", "tablet", NOW_S)
    ring.new_token("app", [], "Chie", 60.0, NOW_S)
    ring.tidy(NOW_S + 2 * SESSION_LIFE_S)
    for keys in (ring, KeyRing(database)):
        assert keys.tokens() == []
