"""What caregivers change of the site: on disk before it holds, over the site file, and never in the way of calling."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
from pathlib import Path

import pytest

from carebot.errors import RecordsError
from carebot.escalation.contacts import ContactError, Wanted, contact_id
from carebot.escalation.house_book import Changed, HouseBook
from carebot.escalation.plan import EscalationPlan
from carebot.site.hours import Hours, Quiet
from tests.escalation.helpers import NOW_S, plan

NIGHT = {"from": "21:00", "to": "07:00"}
LATE = {"from": "23:00", "to": "09:00"}
HANA = ("佐藤ハナ",)
SECRET = "json://localhost:1/secret-of-chie"
CHIE = Wanted("Chie", reach={"phone": SECRET}, calls=["default/1"])


def span(content: dict[str, str]) -> Hours:
    return Hours.model_validate(content)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "records.settings.json"


def book(path: Path, of_file: EscalationPlan | None = None, **more: object) -> HouseBook:
    return HouseBook(path, of_file or plan(), Quiet((span(NIGHT),)), **more)  # type: ignore[arg-type]


def test_changes_hold_over_the_site_file_and_after_a_restart(path: Path):
    first = book(path)
    identity = first.add_contact(CHIE, "Mika", NOW_S)
    first.set_quiet(HANA[0], [LATE], HANA, "Mika", NOW_S + 1)
    for each in (first, book(path)):
        assert identity == contact_id("Chie")
        assert each.plan.address("Chie", "phone") == SECRET
        assert each.quiet.of(HANA[0]) == (span(LATE),)
        assert each.quiet.of() == (span(NIGHT),)
        assert each.contacts_changed == Changed("Mika", NOW_S)
        assert each.quiet_changed(HANA[0]) == Changed("Mika", NOW_S + 1)
        assert each.revision == 2
        assert (each.fault, each.warning) == ("", "")


def test_the_file_is_its_users_alone(path: Path):
    os.umask(0o022)
    book(path).add_contact(CHIE, "Mika", NOW_S)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_restored_is_the_site_files(path: Path):
    made = book(path)
    made.add_contact(CHIE, "Mika", NOW_S)
    made.set_quiet("", [], HANA, "Mika", NOW_S)
    assert made.quiet.of() == ()
    made.restore_contacts()
    made.restore_quiet("")
    for each in (made, book(path)):
        assert each.plan == plan()
        assert each.quiet.of() == (span(NIGHT),)
        assert each.contacts_changed is None
    for again, code in ((made.restore_contacts, "contacts_of_file"), (lambda: made.restore_quiet(""), "hours_of_file")):
        with pytest.raises(ContactError) as caught:
            again()
        assert caught.value.code == code


def test_a_site_file_that_calls_nobody_is_not_restored(path: Path):
    empty = plan(caregivers=[], escalation={})
    made = book(path, empty)
    made.add_contact(CHIE, "Mika", NOW_S)
    with pytest.raises(ContactError, match="calls nobody"):
        made.restore_contacts()
    assert book(path, empty).plan.first_called() == ("Chie",)


def test_a_full_disk_changes_nothing(path: Path):
    made = book(path)
    made.add_contact(CHIE, "Mika", NOW_S)
    before, content = (made.plan, made.revision), path.read_bytes()
    limits, heard = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))
    try:
        with pytest.raises(RecordsError, match="free some space"):
            made.remove_contact(contact_id("Chie"), "Mika", NOW_S)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, heard)
    assert (made.plan, made.revision) == before
    assert path.read_bytes() == content
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    made.remove_contact(contact_id("Chie"), "Mika", NOW_S)
    assert book(path).plan.caregiver("Chie") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b'{"revision": -1}', b'{"calls": {"caregivers": 3}}'])
def test_of_a_damaged_file_nothing_holds_and_nothing_is_lost(path: Path, content: bytes):
    path.write_bytes(content)
    made = book(path)
    assert made.plan == plan()
    assert str(path) in made.fault
    assert path.read_bytes() == content, "it is left alone until something is changed"
    made.add_contact(CHIE, "Mika", NOW_S)
    assert path.with_name(f"{path.name}.damaged").read_bytes() == content
    assert made.fault == book(path).fault == ""


def test_a_file_that_cannot_be_read_is_not_written_over(path: Path):
    path.mkdir()
    made = book(path)
    assert "cannot be read" in made.fault
    with pytest.raises(RecordsError, match="cannot be read"):
        made.add_contact(CHIE, "Mika", NOW_S)
    assert path.is_dir()


def test_contacts_that_fit_the_site_file_no_longer_are_told_and_its_own_are_called(path: Path):
    with_relay = plan(relays={"nurse_call": {"port": "/dev/null"}})
    made = book(path, with_relay)
    made.change_contact(contact_id("Ben"), Wanted(reach={"lamp": "relay:nurse_call"}), "Mika", NOW_S)
    made.set_quiet("", [LATE], HANA, "Mika", NOW_S)
    later = book(path)
    assert later.plan == plan()
    assert "cannot be used" in later.fault
    assert "nurse_call" in later.fault
    assert later.quiet.of() == (span(LATE),)
    later.set_quiet("", [NIGHT], HANA, "Mika", NOW_S)
    assert "cannot be used" in later.fault, "other changes do not hide it"
    assert book(path, with_relay).plan.address("Ben", "lamp") == "relay:nurse_call", "and lose nothing"


def test_a_site_file_that_has_changed_since_is_told(path: Path):
    book(path).add_contact(CHIE, "Mika", NOW_S)
    other = plan(address="json://localhost:2")
    assert "have changed since Mika" in book(path, other).warning
    assert book(path, other).plan.address("Ben", "phone") == "json://localhost:1/ben"


def test_who_is_needed_elsewhere_stays(path: Path):
    made = book(path, problem_of=lambda plan: "" if plan.caregiver("Aiko") else "The schedule's tea names Aiko.")
    with pytest.raises(ContactError, match="names Aiko") as caught:
        made.remove_contact(contact_id("Aiko"), "Mika", NOW_S)
    assert caught.value.code == "contact_needed"
    assert not path.exists()


@pytest.mark.parametrize(
    ("hours", "code"),
    [
        ([NIGHT, LATE], "hours_overlap"),
        ([{"from": "08:00", "to": "08:00"}], "hours_empty"),
        ([{"from": "25:00", "to": "08:00"}], "hours_invalid"),
        ([{"from": "22:00"}], "hours_invalid"),
        ([{"from": "22:00", "to": "07:00", "x": 1}], "hours_invalid"),
    ],
)
def test_hours_that_cannot_be_meant(path: Path, hours: list[dict[str, str]], code: str):
    made = book(path)
    with pytest.raises(ContactError) as caught:
        made.set_quiet("", hours, HANA, "Mika", NOW_S)
    assert caught.value.code == code
    with pytest.raises(ContactError) as caught:
        made.set_quiet("somebody", [NIGHT], HANA, "Mika", NOW_S)
    assert caught.value.code == "resident_unknown"


def test_what_is_kept_is_readable_by_a_person(path: Path):
    book(path).set_quiet(HANA[0], [LATE], HANA, "Mika", NOW_S)
    assert json.loads(path.read_text())["quiet"]["佐藤ハナ"]["hours"] == [LATE]
