"""Residents and their consents, and what their days were like."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.errors import SetupError
from carebot.records.activity import ActivityBook, Doing
from carebot.records.consent import Consent, Resident, ResidentBook
from carebot.records.site import SiteDatabase
from tests.records.helpers import NOW_S


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SiteDatabase]:
    opened = SiteDatabase(tmp_path / "site.sqlite", "the test")
    yield opened
    opened.close()


def test_without_a_recorded_yes_it_is_a_no(database: SiteDatabase):
    book = ResidentBook(database)
    resident = book.save(Resident("", "田中 花子", "たなか はなこ", "101"))
    assert not any(resident.allows(what) for what in Consent)
    book.decide(resident.id, Consent.FAMILY_ALERTS, True, "Chie", NOW_S)
    book.decide(resident.id, Consent.LIVE_VIEW, True, "Chie", NOW_S)
    book.decide(resident.id, Consent.LIVE_VIEW, False, "Chie", NOW_S + 1)
    for reader in (book, ResidentBook(database)):
        found = reader.find(resident.id)
        assert found is not None
        assert [what for what in Consent if found.allows(what)] == [Consent.FAMILY_ALERTS]


def test_writing_a_resident_anew_keeps_the_consents(database: SiteDatabase):
    book = ResidentBook(database)
    resident = book.save(Resident("", "Hanako"))
    book.decide(resident.id, Consent.FAMILY_ALERTS, True, "Chie", NOW_S)
    assert book.save(Resident(resident.id, "Hanako Tanaka", room="102")).allows(Consent.FAMILY_ALERTS)


def test_a_removed_residents_consents_go_too(database: SiteDatabase):
    book = ResidentBook(database)
    resident = book.save(Resident("", "Hanako"))
    book.decide(resident.id, Consent.FAMILY_ALERTS, True, "Chie", NOW_S)
    assert book.remove(resident.id)
    assert not book.remove(resident.id)
    assert not book.save(Resident(resident.id, "another")).allows(Consent.FAMILY_ALERTS)


def test_an_hour_adds_up(database: SiteDatabase):
    book, hour_s = ActivityBook(database), 3600.0
    began_s = NOW_S // hour_s * hour_s
    book.add("kitchen", {Doing.UP: 30.0, Doing.SITTING: 30.0}, began_s + 60)
    book.add("kitchen", {Doing.UP: 60.0}, began_s + 120)
    book.add("kitchen", {Doing.LYING: 60.0}, began_s + hour_s)
    book.add("another", {Doing.LYING: 60.0}, began_s)
    hours = book.hours("kitchen", began_s, began_s + hour_s)
    assert [(hour.began_s, hour.spent_s) for hour in hours] == [
        (began_s, {Doing.UP: 90.0, Doing.SITTING: 30.0}),
        (began_s + hour_s, {Doing.LYING: 60.0}),
    ]


def test_one_tablet_writes(database: SiteDatabase, tmp_path: Path):
    ResidentBook(database)
    second = SiteDatabase(tmp_path / "site.sqlite", "a second one")
    with pytest.raises(SetupError, match="the test"):
        ResidentBook(second)
    second.close()
