"""Contacts as they are changed on a tablet: nobody is left without anybody to tell, and no address is read back."""

from __future__ import annotations

import pytest

from carebot.escalation import contacts
from carebot.escalation.contacts import ContactError, Wanted, added, calls_of, changed, contact_id, removed
from tests.escalation.helpers import plan

AIKO, BEN = contact_id("Aiko"), contact_id("Ben")
CHIE = Wanted("Chie", "ja", "daughter", {"phone": "json://localhost:1/chie"}, calls=["default/2"])
SECRETS = [
    "twilio://AC0123456789:t0ken4secret@15551234567/15557654321",
    "mailtos://robot:hunter2hunter2@mail.example.org/?to=night.desk@example.org",
    "ntfys://very-secret-topic-name",
    "line://ABCDEFGHIJKLMNOP/1234567890",
    "json://user:pw@h/x",
]


def code(act, *arguments: object) -> str:
    with pytest.raises(ContactError) as caught:
        act(*arguments)
    return caught.value.code


def test_somebody_new_is_called_at_the_levels_that_are_named():
    made = added(plan(), CHIE)
    assert [each.name for each in made.caregivers] == ["Aiko", "Ben", "Chie"]
    assert made.caregivers[-1].relation == "daughter"
    assert calls_of(made, "Chie") == ["default/2"]
    assert [tell.who for tell in made.levels("default")[1].tell] == ["Ben", "Chie"]


def test_one_level_more_than_there_are_is_a_new_last_one():
    made = added(plan(), Wanted("Chie", reach={"app": "tablet"}, calls=["default/4"], new_level_s=300))
    assert [level.for_s for level in made.levels("default")] == [60, 60, 120, 300]
    assert calls_of(made, "Chie") == ["default/4"]


def test_the_first_contact_of_a_home_that_called_nobody_begins_the_default_chain():
    empty = plan(caregivers=[], escalation={})
    made = added(empty, Wanted("Chie", reach={"app": "tablet"}, calls=["default/1"]))
    assert made.first_called() == ("Chie",)
    assert code(added, empty, Wanted("Chie", reach={"app": "tablet"}, calls=["help/1"])) == "level_unknown"


def test_the_last_of_the_last_level_stays():
    alone = removed(plan(), AIKO)
    assert calls_of(alone, "Ben") == ["default/1", "default/2"]
    assert code(removed, alone, BEN) == "contact_last"
    assert code(changed, alone, BEN, Wanted(calls=[])) == "contact_last"
    assert code(changed, alone, BEN, Wanted(calls=["default/1"])) == "contact_last"


def test_every_chain_keeps_somebody_at_its_last_level():
    levels = [{"tell": [{"who": "Aiko"}], "for_s": 60}]
    both = plan(escalation={"default": levels, "help": [{"tell": [{"who": "Ben"}], "for_s": 60}]})
    assert code(removed, both, BEN) == "contact_last"


def test_a_level_that_is_left_without_anybody_is_taken_out():
    assert [level.for_s for level in removed(plan(), AIKO).levels("default")] == [60, 120]


def test_a_new_last_level_may_take_the_place_of_the_old_one():
    alone = removed(plan(), AIKO)
    made = changed(alone, BEN, Wanted(calls=["default/3"]))
    assert calls_of(made, "Ben") == ["default/1"]
    assert made.levels("default")[0].for_s == contacts.NEW_LEVEL_S


def test_a_new_name_stands_in_the_chains_too():
    made = changed(plan(), AIKO, Wanted(name="Aiko Tanaka"))
    assert made.caregiver("Aiko") is None
    assert calls_of(made, "Aiko Tanaka") == ["default/1", "default/3"]
    assert made.levels("default")[2].tell[0].by == ("phone",)


def test_ways_are_set_dropped_and_otherwise_kept():
    made = changed(plan(), AIKO, Wanted(reach={"mail": "mailtos://a:b@example.org"}, drop=["tablet"]))
    assert dict(made.caregivers[0].reach) == {
        "phone": "json://localhost:1/aiko",
        "mail": "mailtos://a:b@example.org",
    }
    assert code(changed, plan(), AIKO, Wanted(drop=["phone", "tablet"])) == "contact_no_way"
    assert code(changed, plan(), AIKO, Wanted(drop=["fax"])) == "way_unknown"


def test_a_level_that_named_a_way_that_is_gone_takes_all_the_others():
    made = changed(plan(), AIKO, Wanted(drop=["phone"]))
    assert made.ways(made.levels("default")[2].tell[0]) == ("tablet",)


@pytest.mark.parametrize(
    "address",
    [
        "nonsense", "", "fax://1", "json://", "relay:none", "env:HOME", "syslog://", "dbus://", "windows://",
        "json://localhost\n/x", "json://" + "x" * 3000, "mailto://", "file:///etc/passwd",
    ],
)  # fmt: skip
def test_addresses_that_reach_nobody_are_refused_without_being_repeated(address: str):
    with pytest.raises(ContactError) as caught:
        added(plan(), Wanted("Chie", reach={"phone": address}))
    assert caught.value.code == "address_refused"
    assert not address or address not in str(caught.value)


def test_a_variable_of_the_site_file_may_be_used_again_but_none_is_found_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIKO_LINE", "json://localhost:1/x")
    monkeypatch.setenv("OTHER_LINE", "json://localhost:1/y")
    known = plan(
        caregivers=[{"name": "Aiko", "reach": {"line": "env:AIKO_LINE"}}],
        escalation={"default": [{"tell": [{"who": "Aiko"}], "for_s": 60}]},
    )
    assert (
        added(known, Wanted("Chie", reach={"line": "env:AIKO_LINE"})).address("Chie", "line") == "json://localhost:1/x"
    )
    assert code(added, known, Wanted("Chie", reach={"line": "env:OTHER_LINE"})) == "address_refused"


NAMES = [("", "contact_name"), (" \x00", "contact_name"), ("x" * 201, "contact_name"), ("Ben", "contact_exists")]


@pytest.mark.parametrize(("name", "expected"), NAMES)
def test_names_that_cannot_be_used(name: str, expected: str):
    assert code(added, plan(), Wanted(name, reach={"app": "tablet"})) == expected


@pytest.mark.parametrize("unknown", [{"language": "xx"}, {"relation": "cat"}])
def test_languages_and_relations_that_there_are_not(unknown: dict[str, str]):
    assert code(added, plan(), Wanted("Chie", reach={"app": "tablet"}, **unknown)) == "contact_invalid"


@pytest.mark.parametrize(
    "call", ["default/5", "default/0", "default/-1", "default/x", "help/1", "", "default/99999999"]
)
def test_levels_that_there_are_not(call: str):
    assert code(added, plan(), Wanted("Chie", reach={"app": "tablet"}, calls=[call])) == "level_unknown"


def test_who_is_gone_is_unknown():
    assert code(removed, plan(), "0" * 16) == "contact_unknown"
    assert code(changed, plan(), "0" * 16, Wanted()) == "contact_unknown"


@pytest.mark.parametrize("address", SECRETS)
def test_a_masked_address_holds_at_most_two_signs_of_it(address: str):
    shown = contacts.masked(address)
    kind, _, hint = shown.partition("://…")
    assert address.startswith(kind)
    assert len(hint) <= 2


def test_names_of_the_house_are_no_secrets_and_nothing_else_is_shown():
    assert [contacts.masked(each) for each in ("tablet", "relay:nurse_call", "env:AIKO_LINE")] == [
        "tablet", "relay:nurse_call", "env:AIKO_LINE",
    ]  # fmt: skip
    assert contacts.masked("0901234567") == "…"


def test_what_a_service_says_does_not_repeat_the_address():
    said = "Failed to send to +1 555 765 4321 (15557654321) at mail.example.org for night.desk: t0ken4secret"
    shown = said
    for address in SECRETS:
        shown = contacts.without_address(shown, address)
    for part in ("15557654321", "mail.example.org", "night.desk", "t0ken4secret"):
        assert part not in shown
