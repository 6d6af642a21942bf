"""Every operation of the API, asked by somebody of every role: what is not theirs is refused and recorded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from carebot.records.accounts import Role
from tests.tablet.running import RunningServer, cookies_of, paired, running

PASSWORD = "seven blue teapots"
ROLES = {role.value[0].upper(): role.value for role in Role}
"""C caregiver, N nurse in charge, F family, T technician, A administrator."""

MAY = {
    "GET /health": "CNFTA",
    "POST /api/v1/pair": "CNFTA",
    "GET /api/v1/session": "CNFTA",
    "PUT /api/v1/session": "CNFTA",
    "GET /api/v1/alerts": "CNFTA",
    "GET /api/v1/alerts/{id}": "CNFTA",
    "GET /api/v1/alerts/{id}/replay": "CN",
    "POST /api/v1/alerts/{id}/answer": "CN",
    "GET /api/v1/alerts/{id}/told": "CN",
    "GET /api/v1/map": "CNT",
    "POST /api/v1/trip": "CNT",
    "DELETE /api/v1/trip": "CNT",
    "GET /api/v1/routines": "CN",
    "POST /api/v1/routines/{name}/runs": "CN",
    "GET /api/v1/runs": "CN",
    "POST /api/v1/runs/{id}/answer": "CN",
    "GET /api/v1/schedule": "CN",
    "GET /api/v1/schedule/occurrences": "CN",
    "POST /api/v1/schedule/entries": "N",
    "PUT /api/v1/schedule/entries/{id}": "N",
    "DELETE /api/v1/schedule/entries/{id}": "N",
    "POST /api/v1/schedule/entries/{id}/restore": "N",
    "POST /api/v1/schedule/pauses": "N",
    "DELETE /api/v1/schedule/pauses/{id}": "N",
    "POST /api/v1/schedule/pauses/{id}/restore": "N",
    "GET /api/v1/conversation": "CN",
    "DELETE /api/v1/conversation": "CN",
    "POST /api/v1/say": "CN",
    "POST /api/v1/say/voice": "CN",
    "DELETE /api/v1/say/{id}": "CN",
    "GET /api/v1/robot": "CNTA",
    "GET /api/v1/robots": "CNTA",
    "GET /api/v1/robots/{name}": "CNTA",
    "GET /api/v1/parts": "CNTA",
    "GET /api/v1/people": "CN",
    "GET /api/v1/black-box": "TA",
    "GET /api/v1/black-box/{id}": "TA",
    "POST /api/v1/emergency_stop": "CNFTA",
    "POST /api/v1/emergency_stop/reset": "CNT",
    "GET /api/v1/residents": "CNFA",
    "GET /api/v1/residents/{id}": "CNFA",
    "POST /api/v1/residents": "NA",
    "PUT /api/v1/residents/{id}": "NA",
    "DELETE /api/v1/residents/{id}": "NA",
    "PUT /api/v1/residents/{id}/consents/{what}": "NA",
    "GET /api/v1/activity": "CN",
    "GET /api/v1/noticed": "CN",
    "GET /api/v1/export/alerts.csv": "N",
    "GET /api/v1/export/activity.csv": "N",
    "GET /api/v1/export/nights.csv": "N",
    "GET /api/v1/export/medicines.csv": "N",
    "GET /api/v1/export/exercises.csv": "N",
    "GET /api/v1/export/noticed.csv": "N",
    "GET /api/v1/export/gait.csv": "N",
    "GET /api/v1/export/fhir": "N",
    "GET /api/v1/accounts": "A",
    "POST /api/v1/accounts": "A",
    "PATCH /api/v1/accounts/{id}": "A",
    "POST /api/v1/devices/codes": "NA",
    "DELETE /api/v1/devices/{id}": "NA",
    "GET /api/v1/tokens": "A",
    "POST /api/v1/tokens": "A",
    "DELETE /api/v1/tokens/{id}": "A",
    "GET /api/v1/audit": "NA",
    "GET /api/v1/audit/verdict": "NA",
    "POST /api/v1/audit/erasures": "A",
    "GET /api/v1/push/key": "CNFTA",
    "GET /api/v1/push/subscriptions": "CNFTA",
    "POST /api/v1/push/subscriptions": "CNFTA",
    "DELETE /api/v1/push/subscriptions/{id}": "CNFTA",
    "POST /api/v1/push/trial": "CNFTA",
    "PUT /api/v1/push/names": "NA",
    "GET /api/v1/passkeys": "CNFTA",
    "DELETE /api/v1/passkeys/{id}": "CNFTA",
    "DELETE /api/v1/accounts/{id}/passkeys": "A",
    "GET /api/v1/contacts": "NA",
    "POST /api/v1/contacts": "NA",
    "PATCH /api/v1/contacts/{id}": "NA",
    "DELETE /api/v1/contacts/{id}": "NA",
    "POST /api/v1/contacts/{id}/trial": "NA",
    "POST /api/v1/contacts/restore": "NA",
    "GET /api/v1/quiet-hours": "NA",
    "PUT /api/v1/quiet-hours": "NA",
    "POST /api/v1/quiet-hours/restore": "NA",
}
BODIES = {
    "POST /api/v1/pair": {"pin": "000000", "name": " "},
    "PUT /api/v1/session": {"name": "x"},
    "POST /api/v1/alerts/{id}/answer": {"answer": "acknowledge"},
    "POST /api/v1/trip": {"name": "kitchen"},
    "POST /api/v1/routines/{name}/runs": {"parameters": {}},
    "POST /api/v1/runs/{id}/answer": {"answer": "cancel"},
    "POST /api/v1/schedule/entries": {"id": "tea", "routine": "come_here", "at": ["08:00"]},
    "PUT /api/v1/schedule/entries/{id}": {"routine": "come_here", "at": ["08:00"]},
    "POST /api/v1/schedule/pauses": {"first_day": "2026-12-01", "last_day": "2026-12-02", "reason": "holiday"},
    "POST /api/v1/say": {"text": "Hello"},
    "POST /api/v1/residents": {"name": "x", "robot": "elsewhere"},
    "PUT /api/v1/residents/{id}": {"name": "x"},
    "PUT /api/v1/residents/{id}/consents/{what}": {"given": True},
    "POST /api/v1/accounts": {"name": "Zoe", "password": PASSWORD, "grants": []},
    "PATCH /api/v1/accounts/{id}": {"closed": True},
    "POST /api/v1/tokens": {"name": "x", "scopes": ["alerts:read"], "days": 1},
    "POST /api/v1/audit/erasures": {"name": "nobody at all"},
    "POST /api/v1/push/subscriptions": {"endpoint": "https://nobody.example/x", "p256dh": "A" * 87, "auth": "A" * 22},
    "PUT /api/v1/push/names": {"given": False},
    "POST /api/v1/contacts": {"name": "x", "reach": {"app": "tablet"}},
    "PATCH /api/v1/contacts/{id}": {"relation": ""},
    "PUT /api/v1/quiet-hours": {"hours": []},
    "POST /api/v1/quiet-hours/restore": {},
}


@dataclass
class House:
    """A server on which one person of each role is signed in."""

    server: RunningServer
    people: dict[str, httpx.Client]
    resident: str
    alert: str

    def ask(self, who: str, operation: str) -> httpx.Response:
        method, _, path = operation.partition(" ")
        values = {"id": self.alert if "alerts" in path else "none", "name": "none", "what": "live_view"}
        return self.people[who].request(method, path.format(**values), json=BODIES.get(operation))


def sign_in(client: httpx.Client, name: str) -> None:
    answer = client.post("/api/v1/sign-in", json={"name": name, "password": PASSWORD})
    assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running(tmp_path_factory.mktemp("house")) as server, paired(server, "tablet of the house") as admin:
        alert = server.do("hear", fall="a", kind="confirmed")["id"]
        resident = admin.post("/api/v1/residents", json={"name": "Hanako"}).json()["id"]
        add_account(admin, "administrator", [{"role": "administrator"}])
        sign_in(admin, "administrator")
        people = {"A": admin}
        for letter, role in ROLES.items():
            if letter != "A":
                add_account(admin, role, [{"role": role, "resident": resident}])
                device = httpx.Client(base_url=server.url, timeout=10, trust_env=False)
                paired_with = device.post("/api/v1/pair", json={"pin": server.pin(), "name": role})
                assert paired_with.status_code == 200
                sign_in(device, role)
                people[letter] = device
        yield House(server, people, resident, alert)
        for client in people.values():
            client.close()


def add_account(admin: httpx.Client, name: str, grants: list[dict[str, str]]) -> str:
    answer = admin.post("/api/v1/accounts", json={"name": name, "password": PASSWORD, "grants": grants})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_the_table_names_every_operation(house: House):
    paths = house.people["A"].get("/api/v1/openapi.json").json()["paths"]
    assert {f"{method.upper()} {path}" for path, methods in paths.items() for method in methods} == set(MAY)


@pytest.mark.parametrize("who", ROLES)
@pytest.mark.parametrize("operation", MAY)
def test_everybody_may_do_what_is_theirs_and_nothing_else(house: House, who: str, operation: str):
    answer = house.ask(who, operation)
    if who in MAY[operation]:
        assert answer.status_code not in (401, 403, 500), answer.text
    else:
        assert answer.status_code == 403, answer.text
        assert answer.headers["content-type"] == "application/problem+json"


def test_refusals_are_in_the_audit(house: House):
    assert house.ask("F", "GET /api/v1/people").status_code == 403
    rows = house.people["A"].get("/api/v1/audit", params={"kind": "refusal", "limit": 1000}).json()["rows"]
    assert ("family", "/api/v1/people") in {(row["who"], row["what"]) for row in rows}
    assert house.people["A"].get("/api/v1/audit/verdict").json()["whole"] is True


@pytest.mark.parametrize("who", ROLES)
def test_who_may_drive_is_said_before_the_socket_opens(house: House, who: str):
    cookies = cookies_of(house.people[who])
    address = re.sub("^http", "ws", house.server.url) + "api/v1/teleop"
    with (
        pytest.raises(Exception) as refused,  # noqa: PT011 - the server of these tests has no wheels
        connect(address, additional_headers={"Cookie": cookies}, proxy=None) as connection,
    ):
        connection.recv(timeout=10)
    assert not isinstance(refused.value, ConnectionClosed | TimeoutError)
    row = house.people["A"].get("/api/v1/audit", params={"kind": "refusal", "limit": 1}).json()["rows"][0]
    assert row["what"] == "/api/v1/teleop"
    assert ("cannot be driven" in row["detail"]["why"]) is (who in "CNT")


def test_family_sees_alerts_and_days_only_where_the_resident_said_yes(house: House):
    family, admin = house.people["F"], house.people["A"]
    assert family.get("/api/v1/alerts").json()["alerts"] == []
    assert family.get(f"/api/v1/alerts/{house.alert}").status_code == 404
    consents = f"/api/v1/residents/{house.resident}/consents"
    assert admin.put(f"{consents}/family_alerts", json={"given": True}).status_code == 200
    assert admin.put(f"{consents}/family_activity", json={"given": True}).status_code == 200
    assert [each["id"] for each in family.get("/api/v1/alerts").json()["alerts"]] == [house.alert]
    assert family.get("/api/v1/activity").status_code == 200
    answered = family.post(f"/api/v1/alerts/{house.alert}/answer", json={"answer": "acknowledge"})
    assert answered.status_code == 403
    for what in ("family_alerts", "family_activity"):
        assert admin.put(f"{consents}/{what}", json={"given": False}).status_code == 200
    assert family.get("/api/v1/alerts").json()["alerts"] == []


def test_a_device_on_which_nobody_is_signed_in_opens_nothing(house: House):
    with paired(house.server, "a new tablet") as device:
        for operation in MAY:
            if operation not in ("GET /health", "POST /api/v1/pair", "GET /api/v1/session", "PUT /api/v1/session"):
                method, _, path = operation.partition(" ")
                assert device.request(method, path, json=BODIES.get(operation)).status_code == 401, operation


def test_roles_taken_away_are_gone_at_once_and_everywhere(house: House):
    admin = house.people["A"]
    account = add_account(admin, "Dora", [{"role": "caregiver"}])
    with paired(house.server, "Dora's phone") as dora:
        sign_in(dora, "Dora")
        assert dora.get("/api/v1/people").status_code == 200
        changed = admin.patch(f"/api/v1/accounts/{account}", json={"grants": [{"role": "technician"}]})
        assert changed.status_code == 200
        assert dora.get("/api/v1/people").status_code == 401
        sign_in(dora, "Dora")
        assert dora.get("/api/v1/people").status_code == 403


def test_a_change_that_is_refused_changes_nothing(house: House):
    admin = house.people["A"]
    account = add_account(admin, "Fumi", [{"role": "caregiver"}])
    change = {"grants": [{"role": "administrator"}], "closed": True, "password": "aaaaaaaaaaaa"}
    assert admin.patch(f"/api/v1/accounts/{account}", json=change).status_code == 409
    found = next(each for each in admin.get("/api/v1/accounts").json()["accounts"] if each["id"] == account)
    assert (found["closed"], [grant["role"] for grant in found["grants"]]) == (False, ["caregiver"])


def test_signing_out_leaves_the_device_paired(house: House):
    add_account(house.people["A"], "Emil", [{"role": "caregiver"}])
    with paired(house.server, "Emil's phone") as emil:
        sign_in(emil, "Emil")
        old = dict(emil.cookies)
        assert emil.post("/api/v1/sign-out", json={"everywhere": True}).status_code == 200
        assert emil.get("/api/v1/people").status_code == 401
        assert httpx.get(f"{house.server.url}api/v1/people", cookies=old, trust_env=False).status_code == 401
        sign_in(emil, "Emil")


def test_the_first_account_is_an_administrators(tmp_path):
    with running(tmp_path) as server, paired(server) as client:
        body = {"name": "Aiko", "password": PASSWORD, "grants": [{"role": "caregiver"}]}
        answer = client.post("/api/v1/accounts", json=body)
        assert answer.status_code == 409
        assert "administrator" in answer.json()["detail"]


def test_an_apps_token_does_what_its_scopes_name(house: House):
    admin = house.people["A"]
    made = admin.post("/api/v1/tokens", json={"name": "nurse call", "scopes": ["alerts:read"], "days": 1}).json()
    with httpx.Client(base_url=house.server.url, timeout=10, trust_env=False) as app:
        app.headers["Authorization"] = f"Bearer {made['token']}"
        assert [each["id"] for each in app.get("/api/v1/alerts").json()["alerts"]] == [house.alert]
        refused = app.post(f"/api/v1/alerts/{house.alert}/answer", json={"answer": "acknowledge"})
        assert refused.status_code == 403
        with app.stream("GET", "/api/v1/events") as stream:  # it may not read the robot, in a stream either
            names = (line for line in stream.iter_lines() if line.startswith("event:"))
            assert next(name for name in names if name != "event: alert") == "event: connected"
        assert admin.delete(f"/api/v1/tokens/{made['id']}").status_code == 204
        assert app.get("/api/v1/alerts").status_code == 401
