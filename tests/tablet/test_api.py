"""The API of a real server, asked over a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.tablet.running import RunningServer, paired, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server")) as started:
        yield started


@pytest.fixture
def stranger(server: RunningServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.url, timeout=10, trust_env=False) as client:
        yield client


def is_problem(answer: httpx.Response, status: int) -> dict[str, object]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == status
    assert problem["detail"].endswith((".", ")"))
    return dict(problem)


CLOSED = [
    ("GET", "/api/v1/alerts"),
    ("GET", "/api/v1/alerts/x"),
    ("POST", "/api/v1/alerts/x/answer"),
    ("GET", "/api/v1/robot"),
    ("GET", "/api/v1/people"),
    ("GET", "/api/v1/events"),
    ("GET", "/api/v1/session"),
    ("PUT", "/api/v1/session"),
    ("GET", "/"),
    ("GET", "/_nicegui_ws/socket.io/?EIO=4&transport=polling"),
    ("GET", "/_nicegui/auto/index/"),
    ("GET", "/static/../api/v1/alerts"),
    ("GET", "/docs"),
    ("GET", "/nothing"),
]


@pytest.mark.parametrize(("method", "path"), CLOSED)
def test_a_stranger_sees_nothing(stranger: httpx.Client, method: str, path: str):
    is_problem(stranger.request(method, path), 401)


@pytest.mark.parametrize("token", ["x", "e30.e30.e30", "ünicode".encode().decode("latin-1")])
def test_a_forged_token_opens_nothing(stranger: httpx.Client, token: str):
    headers = {"Authorization": f"Bearer {token}".encode("latin-1")}
    is_problem(stranger.get("/api/v1/alerts", headers=headers), 401)
    is_problem(stranger.get("/api/v1/alerts", headers={"Cookie": f"carebot_session={token}".encode("latin-1")}), 401)


def test_a_stranger_with_a_browser_is_led_to_pairing(stranger: httpx.Client):
    answer = stranger.get("/", headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/pair")
    assert "PIN" in stranger.get("/pair").text


@pytest.mark.parametrize(("accept", "word"), [("ja", "番号"), ("fr-CH", "Associer"), ("de", "Pair this tablet")])
def test_the_pairing_page_speaks_the_browsers_language(stranger: httpx.Client, accept: str, word: str):
    assert word in stranger.get("/pair", headers={"Accept-Language": accept}).text


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"pin": 1}', b'{"pin": null, "name": "A"}', b'{"pin":"1","name":""}', b"\xff"]
)
def test_a_malformed_pairing_is_explained(stranger: httpx.Client, body: bytes):
    answer = stranger.post("/api/v1/pair", content=body, headers={"Content-Type": "application/json"})
    is_problem(answer, 400 if body == b"\xff" else 422)


def test_a_name_of_nothing_readable_is_refused_before_the_pin_counts(stranger: httpx.Client, server: RunningServer):
    pin = server.pin()
    is_problem(stranger.post("/api/v1/pair", json={"pin": pin, "name": "\u200b\n"}), 422)
    assert server.pin() == pin


def test_wrong_pins_have_to_wait_and_the_right_one_works_once(tmp_path):
    with (
        running(tmp_path) as server,
        paired(server, "Aiko") as aiko,
        httpx.Client(base_url=server.url, trust_env=False) as client,
    ):
        pin = server.pin()
        wrong = "000000" if pin != "000000" else "000001"
        for _ in range(2):
            is_problem(client.post("/api/v1/pair", json={"pin": wrong, "name": "A"}), 401)
        late = client.post("/api/v1/pair", json={"pin": wrong, "name": "A"})
        is_problem(late, 429)
        assert int(late.headers["retry-after"]) >= 1
        is_problem(client.post("/api/v1/pair", json={"pin": pin, "name": "A"}), 429)
        rows = aiko.get("/api/v1/audit?kind=sign-in").json()["rows"]
        told = [(row["who"], row["what"], row["about"]) for row in rows]
        assert told[:3] == [("A", "gave a wrong PIN", "127.0.0.1")] * 3  # what came too early was no try
        assert told[3][:2] == ("Aiko", "paired a device")


def test_the_cookie_is_kept_from_scripts_and_other_sites(server: RunningServer, stranger: httpx.Client):
    answer = stranger.post("/api/v1/pair", json={"pin": server.pin(), "name": "Aiko"})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    token = answer.json()["token"]
    with httpx.Client(base_url=server.url, trust_env=False) as other:
        assert other.get("/api/v1/session", headers={"Authorization": f"Bearer {token}"}).json()["name"] == "Aiko"


@pytest.mark.parametrize("host", ["evil.example", "", "localhost.evil.example", "127.0.0.1.evil.example", "[", "a b"])
def test_another_host_name_is_refused(client: httpx.Client, host: str):
    answer = client.get("/api/v1/alerts", headers={"Host": host})
    assert answer.status_code in (400, 421)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://["])
def test_another_website_cannot_speak_in_a_caregivers_name(client: httpx.Client, origin: str):
    is_problem(client.post("/api/v1/alerts/x/answer", json={"answer": "real"}, headers={"Origin": origin}), 403)


def test_a_huge_body_is_refused(client: httpx.Client):
    is_problem(client.post("/api/v1/alerts/x/answer", content=b"x" * 100_000), 413)
    is_problem(client.post("/api/v1/alerts/x/answer", content=iter([b"x"])), 411)


def test_alerts_are_listed_and_answered(server: RunningServer, client: httpx.Client):
    alert_id = server.do("hear", fall="api", kind="confirmed")["id"]
    body = client.get("/api/v1/alerts").json()
    assert body["live"] is True
    listed = next(alert for alert in body["alerts"] if alert["id"] == alert_id)
    assert listed["reason"].startswith("dropped from standing")
    assert listed["evidence"]["drop_s"] == 0.6
    assert listed["raised_at"].endswith("Z")
    answered = client.post(f"/api/v1/alerts/{alert_id}/answer", json={"answer": "acknowledge"}).json()
    assert (answered["state"], answered["acknowledged_by"]) == ("acknowledged", "Aiko")
    with paired(server, "Ben") as ben:
        problem = is_problem(ben.post(f"/api/v1/alerts/{alert_id}/answer", json={"answer": "acknowledge"}), 409)
        assert "Aiko" in str(problem["detail"])
        done = ben.post(f"/api/v1/alerts/{alert_id}/answer", json={"answer": "real", "by": "Cho", "note": "bruise"})
        assert (done.json()["verdict"], done.json()["resolved_by"]) == ("real", "Cho")
    assert client.get(f"/api/v1/alerts/{alert_id}").json()["note"] == "bruise"
    still_open = client.get("/api/v1/alerts", params={"only_open": True}).json()["alerts"]
    assert alert_id not in [alert["id"] for alert in still_open]


def test_a_long_name_is_known_to_its_end(server: RunningServer, client: httpx.Client):
    name = "".join(chr(0x4E00 + 37 * each) + chr(0x627 + each % 20) + chr(0xC0 + each % 20) for each in range(100))
    assert len(name) == 300
    assert client.put("/api/v1/session", json={"name": name}).json()["name"] == name
    assert client.get("/api/v1/session").json()["name"] == name
    alert = server.do("hear", fall="long name", kind="confirmed")["id"]
    answered = client.post(f"/api/v1/alerts/{alert}/answer", json={"answer": "acknowledge"})
    assert answered.json()["acknowledged_by"] == name
    ones_own = client.post(f"/api/v1/alerts/{alert}/answer", json={"answer": "real", "by": name})
    assert ones_own.status_code == 200, ones_own.text
    grows = "x" + "\u0958" * 150  # of 301 signs once it is composed
    for too_long in (name + "x", grows):
        for method, path in (("PUT", "session"), ("POST", "residents"), ("POST", "accounts"), ("POST", "tokens")):
            more = {"accounts": {"password": "seven blue teapots", "grants": []}}
            more["tokens"] = {"scopes": ["alerts:read"], "days": 1}
            answer = client.request(method, f"/api/v1/{path}", json={"name": too_long, **more.get(path, {})})
            assert "300" in str(is_problem(answer, 422)["detail"]), path
    french = client.put("/api/v1/session", json={"name": grows}, headers={"Accept-Language": "fr"})
    assert french.json()["detail"].endswith("raccourcissez-le.")


@pytest.mark.parametrize("alert_id", ["x", "..", "'; DROP TABLE alerts;--", "%00", "a" * 99])
def test_an_unknown_alert_is_not_found(client: httpx.Client, alert_id: str):
    path = f"/api/v1/alerts/{httpx.QueryParams({'': alert_id})}".replace("?", "").replace("/=", "/")
    assert client.get(path).status_code in (404, 307)
    is_problem(client.post("/api/v1/alerts/unknown/answer", json={"answer": "real"}), 404)


@pytest.mark.parametrize(
    "body",
    [{}, {"answer": "maybe"}, {"answer": "real", "by": "\n"}, {"answer": "real", "note": "x" * 2001}, [], "real"],
)
def test_an_answer_that_makes_no_sense_is_explained(server: RunningServer, client: httpx.Client, body: object):
    alert_id = server.do("hear", fall="nonsense", kind="suspected")["id"]
    is_problem(client.post(f"/api/v1/alerts/{alert_id}/answer", json=body), 422)


def test_the_robot_and_the_people_it_sees(client: httpx.Client):
    robot = client.get("/api/v1/robot").json()
    assert (robot["connected"], robot["sees"]) == (True, True)
    assert robot["provider"] == "CPUExecutionProvider"
    people = client.get("/api/v1/people").json()
    assert len(people["people"]) == 3
    nose = people["people"][0]["keypoints"][0]
    assert nose["name"] == "nose"
    assert 0 < nose["x"] < 1


def test_a_caregiver_takes_over_the_device(client: httpx.Client):
    assert client.put("/api/v1/session", json={"name": " 田中  愛子 "}).json()["name"] == "田中 愛子"
    assert client.get("/api/v1/session").json()["name"] == "田中 愛子"
    newest = client.get("/api/v1/audit?kind=sign-in").json()["rows"][0]
    assert (newest["who"], newest["what"]) == ("田中 愛子", "took over a tablet")


def test_changes_are_streamed(server: RunningServer, client: httpx.Client):
    with client.stream("GET", "/api/v1/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(line for line in lines if line.startswith("event: robot"))
        alert_id = server.do("hear", fall="streamed", kind="suspected")["id"]
        assert next(line for line in lines if line.startswith(f"id: {alert_id}:1"))
        data = json.loads(next(line for line in lines if line.startswith("data:"))[5:])
        assert data["state"] == "suspected"
        server.do("hear", fall="streamed", kind="confirmed")
        assert next(line for line in lines if line == f"id: {alert_id}:2")


def test_the_openapi_description_covers_every_route_and_problem(stranger: httpx.Client):
    description = stranger.get("/api/v1/openapi.json").json()
    assert description["openapi"].startswith("3.1")
    assert set(description["paths"]) == {
        "/health",
        "/api/v1/pair",
        "/api/v1/session",
        "/api/v1/alerts",
        "/api/v1/alerts/{id}",
        "/api/v1/alerts/{id}/answer",
        "/api/v1/alerts/{id}/replay",
        "/api/v1/alerts/{id}/told",
        "/api/v1/robot",
        "/api/v1/map",
        "/api/v1/trip",
        "/api/v1/emergency_stop",
        "/api/v1/emergency_stop/reset",
        "/api/v1/robots",
        "/api/v1/robots/{name}",
        "/api/v1/parts",
        "/api/v1/people",
        "/api/v1/residents",
        "/api/v1/residents/{id}",
        "/api/v1/residents/{id}/consents/{what}",
        "/api/v1/activity",
        "/api/v1/noticed",
        "/api/v1/export/alerts.csv",
        "/api/v1/export/activity.csv",
        "/api/v1/export/nights.csv",
        "/api/v1/export/medicines.csv",
        "/api/v1/export/exercises.csv",
        "/api/v1/export/noticed.csv",
        "/api/v1/export/gait.csv",
        "/api/v1/export/fhir",
        "/api/v1/accounts",
        "/api/v1/accounts/{id}",
        "/api/v1/devices/codes",
        "/api/v1/devices/{id}",
        "/api/v1/tokens",
        "/api/v1/tokens/{id}",
        "/api/v1/audit",
        "/api/v1/audit/verdict",
        "/api/v1/audit/erasures",
        "/api/v1/push/key",
        "/api/v1/push/names",
        "/api/v1/push/subscriptions",
        "/api/v1/push/subscriptions/{id}",
        "/api/v1/push/trial",
        "/api/v1/contacts",
        "/api/v1/contacts/restore",
        "/api/v1/contacts/{id}",
        "/api/v1/contacts/{id}/trial",
        "/api/v1/quiet-hours",
        "/api/v1/quiet-hours/restore",
        "/api/v1/passkeys",
        "/api/v1/passkeys/{id}",
        "/api/v1/accounts/{id}/passkeys",
        "/api/v1/conversation",
        "/api/v1/routines",
        "/api/v1/routines/{name}/runs",
        "/api/v1/runs",
        "/api/v1/runs/{id}/answer",
        "/api/v1/black-box",
        "/api/v1/black-box/{id}",
        "/api/v1/say",
        "/api/v1/say/voice",
        "/api/v1/say/{id}",
        "/api/v1/schedule",
        "/api/v1/schedule/entries",
        "/api/v1/schedule/entries/{id}",
        "/api/v1/schedule/entries/{id}/restore",
        "/api/v1/schedule/occurrences",
        "/api/v1/schedule/pauses",
        "/api/v1/schedule/pauses/{id}",
        "/api/v1/schedule/pauses/{id}/restore",
    }
    answer = description["paths"]["/api/v1/alerts/{id}/answer"]["post"]
    assert {"200", "401", "404", "409", "422", "503"} <= set(answer["responses"])
    assert answer["security"]


def test_every_answer_forbids_other_networks(stranger: httpx.Client):
    for path in ("/health", "/pair", "/static/carebot.css"):
        policy = stranger.get(path).headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy


def test_a_lost_robot_is_said_to_be_lost(tmp_path):
    with running(tmp_path) as server, paired(server) as client:
        server.do("silence")
        with client.stream("GET", "/api/v1/events") as stream:
            lines = (line for line in stream.iter_lines() if line.startswith('data: {"name"'))
            assert next(line for line in lines if '"connected":false' in line)
        assert client.get("/api/v1/alerts").json()["live"] is False


def test_the_server_ends_with_streams_open(tmp_path, capfd: pytest.CaptureFixture[str]):
    with running(tmp_path) as server, paired(server) as client, client.stream("GET", "/api/v1/events") as stream:
        next(stream.iter_lines())
        assert server.close() == 0
    assert "Traceback" not in capfd.readouterr().err
