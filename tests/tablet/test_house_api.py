"""Contacts and quiet hours over the API: masked, audited, refused in words, and never one change over another."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from carebot.benchmarks.receiver import phones
from carebot.tablet.house_refusals import CODES
from carebot.tablet.language import catalogue, languages
from tests.tablet.running import RunningServer, paired, running

CONTACTS, QUIET = "/api/v1/contacts", "/api/v1/quiet-hours"
SECRETS = ("09012345678", "hunter2", "night@mail.example", "mail.example")
PASSWORD = "seven blue teapots"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path) as started:
        yield started


@pytest.fixture(scope="module")
def paired_client(server: RunningServer) -> Iterator[httpx.Client]:
    with paired(server, "Mika") as client:
        yield client


@pytest.fixture
def client(paired_client: httpx.Client) -> httpx.Client:
    """Whose house is as the site file says."""
    paired_client.post(f"{CONTACTS}/restore")
    for resident in ("", "佐藤ハナ", "伊藤ジロウ"):
        paired_client.post(f"{QUIET}/restore", json={"resident": resident})
    return paired_client


def detail(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    return str(answer.json()["detail"])


def ids(client: httpx.Client) -> dict[str, str]:
    return {each["name"]: each["id"] for each in client.get(CONTACTS).json()["contacts"]}


def chie(address: str = "json://127.0.0.1:9/secret-of-chie", **more: Any) -> dict[str, Any]:
    return {"name": "Chie", "language": "en", "reach": {"phone": address}, **more}


@pytest.mark.parametrize("language", languages())
def test_every_refusal_has_its_words(language: str):
    assert {f"house_{code}" for code in CODES} <= catalogue(language).keys()


def test_no_address_is_read_back_from_the_api_the_page_or_the_audit(client: httpx.Client, server: RunningServer):
    assert client.post(CONTACTS, json=chie(calls=["default/1"])).status_code == 201
    for path in (CONTACTS, "/settings", "/api/v1/audit"):
        text = client.get(path).text
        assert "Chie" in text or path != CONTACTS
        for secret in (*SECRETS, "secret-of-chie"):
            assert secret not in text, (path, secret)
    kept = server.folder / "records.settings.json"
    assert "secret-of-chie" in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_somebody_is_added_changed_and_taken_out_and_the_audit_says_by_whom(client: httpx.Client):
    made = client.post(CONTACTS, json=chie(calls=["default/2"]))
    assert made.status_code == 201
    path = made.headers["Location"]
    assert client.get(CONTACTS).json()["chains"][0]["levels"][1]["who"] == ["夜勤室", "Chie"]
    renamed = client.patch(path, json={"name": "千恵", "reach": {"app": "tablet"}, "drop": ["phone"], "calls": []})
    assert renamed.status_code == 200
    [found] = [each for each in client.get(CONTACTS).json()["contacts"] if each["name"] == "千恵"]
    assert (found["ways"], found["calls"]) == ([{"way": "app", "address": "tablet"}], [])
    assert client.delete(f"{CONTACTS}/{renamed.json()['id']}").status_code == 204
    assert "千恵" not in ids(client)
    rows = client.get("/api/v1/audit", params={"kind": "change"}).json()["rows"]
    deeds = [(row["who"], row["what"], row["about"]) for row in rows if "contact" in row["what"]]
    assert deeds[:3] == [
        ("Mika", "remove contact", "千恵"), ("Mika", "change contact", "Chie"), ("Mika", "add contact", "Chie"),
    ]  # fmt: skip
    changed = client.get(CONTACTS).json()["changed"]
    assert changed["by"] == "Mika"
    assert client.post(f"{CONTACTS}/restore").status_code == 200
    assert client.get(CONTACTS).json()["changed"] is None


def test_the_last_one_at_the_last_level_stays_and_it_is_said_in_the_callers_language(client: httpx.Client):
    night = ids(client)["夜勤室"]
    words = {
        "ja": "最後の段階（default）に連絡する人がいなくなります",
        "fr": "Il ne resterait personne",
        "en": "Then nobody",
    }
    for language, said in words.items():
        headers = {"Accept-Language": language}
        assert said in detail(client.delete(f"{CONTACTS}/{night}", headers=headers), 409)
        assert said in detail(client.patch(f"{CONTACTS}/{night}", json={"calls": []}, headers=headers), 409)
    assert client.post(CONTACTS, json=chie(calls=["default/2"])).status_code == 201
    assert client.delete(f"{CONTACTS}/{night}").status_code == 204


def test_a_change_of_what_somebody_else_has_changed_since_is_refused(client: httpx.Client):
    seen = client.get(CONTACTS).headers["ETag"]
    assert client.get(QUIET).headers["ETag"] == seen
    assert client.put(QUIET, json={"hours": []}, headers={"If-Match": seen}).status_code == 200
    aiko = ids(client)["Aiko Tanaka"]
    for headers in ({"If-Match": seen}, {"If-Match": '"nonsense"'}, {"If-Match": '"٣"'}, {"If-Match": '"99999999999"'}):
        assert "meanwhile" in detail(client.delete(f"{CONTACTS}/{aiko}", headers=_ascii(headers)), 412)
    assert "Aiko Tanaka" in ids(client)
    now = client.get(CONTACTS).headers["ETag"]
    assert client.delete(f"{CONTACTS}/{aiko}", headers={"If-Match": now}).status_code == 204
    assert client.put(QUIET, json={"hours": []}, headers={"If-Match": "*"}).status_code == 200


def _ascii(headers: dict[str, str]) -> dict[str, bytes]:
    return {name: value.encode() for name, value in headers.items()}


def test_a_key_adds_one_contact_however_often_it_is_sent(client: httpx.Client):
    answers = [client.post(CONTACTS, json=chie(), headers={"Idempotency-Key": "one"}) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {201}
    assert list(ids(client)).count("Chie") == 1
    assert "already" in detail(client.post(CONTACTS, json=chie()), 409)


@pytest.mark.parametrize(
    "address", ["x", "", "fax://1", "env:PATH", "relay:none", "file:///etc/passwd", "syslog://", "json://h\r\nX: y"]
)
def test_an_address_that_reaches_nobody_is_refused_by_its_way(client: httpx.Client, address: str):
    before = client.get(CONTACTS).json()
    said = detail(client.post(CONTACTS, json=chie(address)), 409)
    assert "phone" in said
    assert not address or address not in said
    assert client.get(CONTACTS).json() == before


@pytest.mark.parametrize(
    "body",
    [
        {"name": "C"},
        {"name": "", "reach": {"app": "tablet"}},
        {"name": "x" * 201, "reach": {"app": "tablet"}},
        {"name": "C", "reach": {"app": 1}},
        {"name": "C", "reach": {"x" * 41: "tablet"}},
        {"name": "C", "reach": {"app": "tablet"}, "calls": ["default"]},
        {"name": "C", "reach": {"app": "tablet"}, "calls": ["../etc/1"]},
        {"name": "C", "reach": {"app": "tablet"}, "relation": "cat"},
        {"name": "C", "reach": {"app": "tablet"}, "language": "de"},
        {"name": "C", "reach": {"app": "tablet"}, "new_level_s": 1},
        {"name": "C", "reach": {"app": "tablet"}, "more": 1},
    ],
)
def test_bodies_of_another_shape_are_explained(client: httpx.Client, body: dict[str, Any]):
    detail(client.post(CONTACTS, json=body), 422)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        ([{"from": "21:00", "to": "07:00"}, {"from": "06:00", "to": "08:00"}], "overlap"),
        ([{"from": "21:00", "to": "21:00"}], "same time"),
        ([{"from": "21:00"}], "both times"),
        ([{"from": f"{hour:02}:00", "to": f"{hour:02}:30"} for hour in range(9)], "too many"),
    ],
)
def test_hours_that_cannot_be_meant_are_refused(client: httpx.Client, hours: list[dict[str, str]], said: str):
    assert said in detail(client.put(QUIET, json={"hours": hours}), 409)
    assert client.get(QUIET).json()["quiet"][0]["hours"] == [{"from": "21:00", "to": "07:00"}]


def test_quiet_hours_of_the_house_and_of_a_resident(client: httpx.Client):
    late = [{"from": "23:00", "to": "09:00"}]
    assert client.put(QUIET, json={"resident": "佐藤ハナ", "hours": late}).status_code == 200
    held = {each["resident"]: each for each in client.get(QUIET).json()["quiet"]}
    assert held["佐藤ハナ"]["hours"] == late
    assert held["佐藤ハナ"]["changed"]["by"] == "Mika"
    assert held["伊藤ジロウ"]["hours"] == []
    assert held[""]["changed"] is None
    assert client.post(f"{QUIET}/restore", json={"resident": "佐藤ハナ"}).status_code == 200
    assert client.get(QUIET).json()["quiet"][1]["hours"] == []
    assert "already" in detail(client.post(f"{QUIET}/restore", json={}), 409)
    assert "no such resident" in detail(client.put(QUIET, json={"resident": "nobody", "hours": []}), 404)
    detail(client.put(QUIET, json={"hours": [{"from": "25:00", "to": "07:00"}]}), 422)


def test_a_trial_arrives_and_its_outcome_is_told(client: httpx.Client):
    with phones() as rung:
        made = client.post(CONTACTS, json=chie(f"{rung.address}/chie"))
        told = client.post(f"{made.headers['Location']}/trial").json()
        assert [(each["way"], each["state"]) for each in told["trial"]] == [("phone", "sent")]
        [letter] = rung.letters
        assert "DRILL" in letter.title
        assert "moment ago" in detail(client.post(f"{made.headers['Location']}/trial"), 409)
        rung.status = 403
        other = client.post(CONTACTS, json={**chie(f"{rung.address}/dai-4711"), "name": "Dai"})
        [failed] = client.post(f"{other.headers['Location']}/trial").json()["trial"]
        assert failed["state"] == "given_up"
        assert failed["error"]
        assert "4711" not in failed["error"]
    assert "no such contact" in detail(client.post(f"{CONTACTS}/none/trial"), 404).lower()


def test_what_the_disk_does_not_take_has_not_changed(client: httpx.Client, server: RunningServer):
    kept = server.folder / "records.settings.json"
    kept.unlink(missing_ok=True)
    kept.mkdir()  # nothing can be put in its place
    before = client.get(CONTACTS).json()
    said = detail(client.post(CONTACTS, json=chie()), 503)
    assert "Nothing was changed" in said
    assert client.get(CONTACTS).json() == before
    kept.rmdir()
    assert client.post(CONTACTS, json=chie()).status_code == 201
    assert "Chie" in json.loads(kept.read_text())["calls"]["caregivers"][-1]["name"]


def test_while_care_is_silent_nothing_is_changed_and_nothing_kept_for_later(own_server: RunningServer):
    own_server.do("care is silent")
    with paired(own_server) as client:
        assert client.get(CONTACTS).json()["live"] is False
        detail(client.post(CONTACTS, json=chie()), 503)
        detail(client.put(QUIET, json={"hours": []}), 503)
    assert not (own_server.folder / "records.settings.json").exists()


def test_a_nurse_changes_quiet_hours_of_those_she_is_responsible_for(own_server: RunningServer):
    hana = own_server.do("resident", name="佐藤ハナ")["id"]
    own_server.do("resident", name="伊藤ジロウ")
    own_server.do("account", name="Chie", password=PASSWORD, roles=[["administrator", "*"]])
    own_server.do("account", name="Nao", password=PASSWORD, roles=[["nurse_in_charge", hana]])
    with paired(own_server) as nurse:
        nurse.post("/api/v1/sign-in", json={"name": "Nao", "password": PASSWORD})
        assert nurse.put(QUIET, json={"resident": "佐藤ハナ", "hours": []}).status_code == 200
        said = detail(nurse.put(QUIET, json={"resident": "伊藤ジロウ", "hours": []}), 403)
        assert "伊藤ジロウ" in said
        detail(nurse.post(f"{QUIET}/restore", json={"resident": "伊藤ジロウ"}), 403)


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE deeds;--", "{{7*7}}", "<script>alert(1)</script>", "../../etc/x", "佐" * 200]
)
def test_whatever_a_name_holds_is_only_a_name(client: httpx.Client, text: str):
    made = client.post(CONTACTS, json={"name": text, "reach": {"app": "tablet"}, "calls": ["default/1"]})
    assert made.status_code == 201, made.text
    assert text in ids(client)
    page = client.get("/settings").text
    assert "<script>alert(1)" not in page
    assert client.delete(made.headers["Location"]).status_code == 204
