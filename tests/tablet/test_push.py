"""Web Push: what leaves the robot, read by a push service and a browser written for it."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from carebot.errors import SetupError
from carebot.tablet.push_key import load_push_key
from carebot.tablet.push_service import is_push_service
from tests.tablet.push_endpoint import Browser, PushEndpoint
from tests.tablet.running import RunningServer, paired

PASSWORD = "seven blue teapots"
AT = "/api/v1/push/subscriptions"


@dataclass
class House:
    """`witness` is the push service of a colleague, who is woken by whatever wakes anybody."""

    server: RunningServer
    client: httpx.Client
    push: PushEndpoint
    witness: PushEndpoint

    def until_the_witness_hears(self, of: str) -> None:
        """Whatever else wakes this tablet was begun before that: a second alert is looked at after the first."""
        for fall in (of, f"{of} again"):
            alert = self.server.do("hear", fall=fall, kind="confirmed")["id"]
            self.witness.wait_until(lambda alert=alert: any(each["about"] == alert for each in self.witness.heard))


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    push, witness = PushEndpoint(Browser()), PushEndpoint(Browser())
    monkeypatch.setenv("PUSH_SERVICES", f"{push.origin} {witness.origin}")
    server = RunningServer(tmp_path)
    with paired(server) as client:
        yield House(server, client, push, witness)
    server.close()
    push.close()
    witness.close()


def subscribe(house: House) -> str:
    answer = house.client.post(AT, json=house.push.subscription)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_an_alert_wakes_a_tablet_and_its_answer_is_told_too(house: House):
    house.server.do("resident", name="佐藤 ハル", reading="", room="12", robot="")
    subscribe(house)
    alert = house.server.do("hear", fall="a", kind="suspected")["id"]
    house.server.do("hear", fall="a", kind="confirmed")
    said = house.push.wait_for(1)[0]
    assert said["about"] == alert
    assert (said["mood"], said["urgency"], said["ttl"]) == ("urgent", "high", "3600")
    assert (said["title"], said["body"], said["lang"]) == ("Alarm", "12", "en")
    assert said["key"] == house.client.get("/api/v1/push/key").json()["key"]
    assert said["sub"] == "mailto:care@home.example"
    house.client.post(f"/api/v1/alerts/{alert}/answer", json={"answer": "acknowledge"})
    assert house.push.wait_for(2)[1]["mood"] == "over"
    other = house.server.do("hear", fall="b", kind="confirmed")["id"]
    assert house.push.wait_for(3)[2]["about"] == other, "each is told once"


def test_a_lock_screen_shows_no_name_and_no_health_until_somebody_allows_names(house: House):
    house.server.do("resident", name="佐藤 ハル", reading="", room="12", robot="")
    subscribe(house)
    house.server.do("hear", fall="a", kind="confirmed")
    shown = house.push.wait_for(1)[0]
    assert set(shown) - {"ttl", "urgency", "key", "sub"} == {"about", "title", "body", "mood", "lang"}
    for word in ("佐藤", "fall", "Fall", "floor"):
        assert word not in shown["title"] + shown["body"]
    assert house.client.put("/api/v1/push/names", json={"given": True}).status_code == 200
    house.server.do("hear", fall="b", kind="confirmed")
    assert house.push.wait_for(2)[1]["body"] == "佐藤 ハル, 12"


def tell_news(house: House, title: str, who: str = "Aiko", ago_s: float = 0.0) -> None:
    house.server.do("news", who=who, title=title, body="Hana has not confirmed her medicine.", ago_s=ago_s)


def test_news_wake_a_tablet_once_and_say_no_more_than_an_alarm(house: House):
    house.server.do("resident", name="佐藤 ハル", reading="", room="12", robot="")
    subscribe(house)
    tell_news(house, "first")
    said = house.push.wait_for(1)[0]
    assert set(said) - {"ttl", "urgency", "key", "sub"} == {"about", "title", "body", "mood", "lang"}
    assert (said["about"], said["mood"], said["urgency"]) == ("first", "news", "normal")
    assert (said["title"], said["body"]) == ("Message from the robot", "12")
    tell_news(house, "second")
    assert [each["about"] for each in house.push.wait_for(2)] == ["first", "second"], "each once"


def test_news_are_for_the_tablets_of_their_caregiver_and_where_there_is_none_for_all(house: House):
    subscribe(house)
    with paired(house.server, "Ben") as ben:
        assert ben.post(AT, json=house.witness.subscription).status_code == 201
        tell_news(house, "for Ben", "Ben")
        house.witness.wait_for(1)
        tell_news(house, "for Chie, who has no tablet", "Chie")
        assert [each["about"] for each in house.push.wait_for(1)] == ["for Chie, who has no tablet"]
        assert [each["about"] for each in house.witness.wait_for(2)] == ["for Ben", "for Chie, who has no tablet"]


def test_old_news_wake_nobody_nor_do_news_again_after_a_restart(house: House):
    tell_news(house, "before this tablet asked to be woken")
    house.server.do("time passes", seconds=1.0)
    subscribe(house)
    house.server.do("time passes", seconds=2 * 3600.0)
    tell_news(house, "of an hour ago", ago_s=3500.0 - 2 * 3600.0)
    house.push.wait_for(1)
    with closing(sqlite3.connect(house.server.folder / "site.sqlite")) as file:
        written = "select count(*) from news_told"
        house.push.wait_until(lambda: file.execute(written).fetchone() == (1,))
    house.server.kill()
    house.server = house.server.restart()
    house.server.do("time passes", seconds=2 * 3600.0)
    tell_news(house, "of an hour ago", ago_s=3500.0 - 2 * 3600.0)
    tell_news(house, "too old", ago_s=3700.0 - 2 * 3600.0)
    tell_news(house, "new", ago_s=-2 * 3600.0)
    assert [each["about"] for each in house.push.wait_for(2)] == ["of an hour ago", "new"]
    house.server.close()


def test_news_that_did_not_get_through_before_a_restart_are_sent_after_it(house: House):
    subscribe(house)
    house.push.answer = "503"
    tell_news(house, "waits", ago_s=-1.0)
    house.push.wait_until(lambda: house.push.tries >= 1)
    house.server.kill()
    house.server, house.push.answer = house.server.restart(), "201"
    tell_news(house, "waits", ago_s=-1.0)
    assert [each["about"] for each in house.push.wait_for(1)] == ["waits"]
    house.server.close()


def test_whoever_may_not_read_news_is_not_woken_by_them(house: House):
    house.server.do("account", name="Adm", password=PASSWORD, roles=[["administrator", "*"]])
    house.server.do("account", name="Nina", password=PASSWORD, roles=[["nurse_in_charge", "*"]])
    client = house.client
    with paired(house.server, "Nina") as colleague:
        assert colleague.post("/api/v1/sign-in", json={"name": "Nina", "password": PASSWORD}).status_code == 200
        assert colleague.post(AT, json=house.witness.subscription).status_code == 201
        assert client.post("/api/v1/sign-in", json={"name": "Adm", "password": PASSWORD}).status_code == 200
        subscribe(house)
        tell_news(house, "for whoever administers", "Adm")
        assert [each["about"] for each in house.witness.wait_for(1)] == ["for whoever administers"]
        assert house.push.heard == []


@pytest.mark.parametrize("status", ["404", "410"])
def test_what_the_push_service_no_longer_knows_is_removed(house: House, status: str):
    subscribe(house)
    house.push.answer = status
    house.server.do("hear", fall="a", kind="confirmed")
    house.push.wait_until(lambda: house.client.get(AT).json()["subscriptions"] == [])


def test_a_push_service_that_is_down_is_tried_again_until_somebody_answers(house: House):
    subscribe(house)
    house.push.answer = "503"
    house.server.do("hear", fall="a", kind="confirmed")
    house.push.wait_until(lambda: house.push.tries >= 1)
    house.push.answer = "201"
    assert house.push.wait_for(1)[0]["mood"] == "urgent"


def test_a_push_service_that_hangs_holds_up_nobody(house: House):
    subscribe(house)
    house.push.answer = "hang"
    alert = house.server.do("hear", fall="a", kind="confirmed")["id"]
    house.push.wait_until(lambda: house.push.tries >= 1)
    answered = house.client.post(f"/api/v1/alerts/{alert}/answer", json={"answer": "acknowledge"}, timeout=2.0)
    assert answered.status_code == 200
    other = PushEndpoint(Browser())
    other.close()
    assert house.client.get("/health", timeout=2.0).status_code == 200


def test_a_trial_says_whether_it_went_out(house: House):
    assert house.client.post("/api/v1/push/trial").status_code == 404
    subscribe(house)
    assert house.client.post("/api/v1/push/trial").status_code == 200
    assert house.push.heard[0]["title"] == "Trial"
    house.push.answer = "500"
    told = house.client.post("/api/v1/push/trial")
    assert told.status_code == 503
    assert "says 500" in told.json()["detail"]


def test_who_signed_out_or_may_not_see_alerts_is_not_woken(house: House):
    house.server.do("account", name="Adm", password=PASSWORD, roles=[["administrator", "*"]])
    house.server.do("account", name="Nina", password=PASSWORD, roles=[["nurse_in_charge", "*"], ["caregiver", "*"]])
    client = house.client
    with paired(house.server, "Nina") as colleague:
        assert colleague.post("/api/v1/sign-in", json={"name": "Nina", "password": PASSWORD}).status_code == 200
        assert colleague.post(AT, json=house.witness.subscription).status_code == 201
        assert client.post("/api/v1/sign-in", json={"name": "Adm", "password": PASSWORD}).status_code == 200
        subscribe(house)
        house.until_the_witness_hears("an administrator sees no alerts")
        assert house.push.heard == []
        client.post("/api/v1/sign-out", json={})
        assert client.post("/api/v1/sign-in", json={"name": "Nina", "password": PASSWORD}).status_code == 200
        subscribe(house)
        house.server.do("hear", fall="b", kind="confirmed")
        house.push.wait_until(lambda: any(each["mood"] == "urgent" for each in house.push.heard))
        client.post("/api/v1/sign-out", json={})
        house.until_the_witness_hears("somebody who signed out")
        told = {each["about"] for each in house.push.heard}
        late = house.server.do("hear", fall="somebody who signed out", kind="confirmed")["id"]
        assert told
        assert late not in told


def test_subscriptions_are_each_ones_own_and_kept(house: House):
    kept = subscribe(house)
    with paired(house.server, "Ben") as other:
        assert [each["here"] for each in other.get(AT).json()["subscriptions"]] == [False], "whoever pairs sees all"
    server = house.server
    server.kill()
    house.server = server.restart()
    mine = house.client.get(AT).json()["subscriptions"]
    assert [(each["id"], each["here"]) for each in mine] == [(kept, True)]
    assert house.client.delete(f"{AT}/{kept}").status_code == 204
    assert house.client.delete(f"{AT}/{kept}").status_code == 404
    house.server.close()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"endpoint": "http://127.0.0.1:22/x"}, 409),
        ({"endpoint": "https://evil.example/fcm.googleapis.com"}, 409),
        ({"endpoint": "file:///etc/passwd"}, 422),
        ({"p256dh": "A" * 87}, 409),
        ({"auth": "A" * 30}, 409),
        ({"more": 1}, 422),
    ],
)
def test_what_is_no_subscription_is_refused(house: House, change: dict[str, object], status: int):
    answer = house.client.post(AT, json={**house.push.subscription, **change})
    assert answer.status_code == status, answer.text
    assert house.client.get(AT).json()["subscriptions"] == []


@pytest.mark.parametrize(
    ("endpoint", "is_one"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("https://wns2-par02p.notify.windows.com/w/?token=abc", True),
        ("http://fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://push.apple.com.evil/x", False),
        ("https://me@fcm.googleapis.com/x", False),
        ("https://evilpush.apple.com.attacker.net/x", False),
        ("https://[::1", False),
        ("https://own.example:8443/x", True),
    ],
)
def test_only_known_push_services_are_posted_to(endpoint: str, is_one: bool):
    assert is_push_service(endpoint, ("https://own.example:8443/",)) is is_one


def test_the_key_is_made_once_and_private(tmp_path: Path):
    path = tmp_path / "tablet" / "push-key.pem"
    made = load_push_key(path)
    assert load_push_key(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    load_push_key(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for broken in (b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        path.write_bytes(broken)
        with pytest.raises(SetupError, match="remove it"):
            load_push_key(path)
