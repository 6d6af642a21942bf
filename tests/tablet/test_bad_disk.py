"""The tablet on a disk that is full or read-only, two people who send the robot at once, and a wrong clock."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.tablet.push_endpoint import Browser
from tests.tablet.running import RunningServer, paired

PASSWORD = "seven blue teapots"
FCM = "https://fcm.googleapis.com/fcm/send/nobody"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Three megabytes of their own, where this user may mount them."""
    path = tmp_path / "disk"
    path.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", str(path)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small tmpfs")
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


def fill(disk: Path) -> Callable[[], None]:
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 512) == 512:
                pass
        except OSError:
            pass
    return ballast.unlink


def make_read_only(disk: Path) -> Callable[[], None]:
    """As where somebody put a read-only copy in the file's place; a mount that is written to cannot be made so."""
    path, copy = disk / "site.sqlite", disk / "copy.sqlite"
    copy.write_bytes(path.read_bytes())
    subprocess.run(["mount", "--bind", str(copy), str(path)], check=True)
    subprocess.run(["mount", "-o", "remount,bind,ro", str(path)], check=True)
    return lambda: subprocess.run(["umount", str(path)], check=True) and None


def refused_changes(client: httpx.Client) -> dict[str, int]:
    """What each change answers."""
    push = Browser().subscription(FCM)
    answers = {
        "trip": client.post("/api/v1/trip", json={"name": "kitchen"}, timeout=30),
        "look": client.post("/api/v1/looks", json={"reason": "no answer"}, timeout=30),
        "names": client.put("/api/v1/push/names", json={"given": True}, timeout=30),
        "subscription": client.post("/api/v1/push/subscriptions", json=push, timeout=30),
        "resident": client.post("/api/v1/residents", json={"name": "Hana"}, timeout=30),
    }
    for name, answer in answers.items():
        if answer.status_code == 503:
            assert "site.sqlite" in answer.json()["detail"], name
    return {name: answer.status_code for name, answer in answers.items()}


@pytest.mark.parametrize("spoil", [fill, make_read_only])
def test_nothing_happens_unrecorded_and_handing_over_works_all_the_same(
    disk: Path, spoil: Callable[[Path], Callable[[], None]]
):
    server = RunningServer(disk, wheels=True)
    try:
        with paired(server) as client:
            server.do("resident", name="Haru", reading="", room="12", robot="")
            server.do("consent", to="live_view", given=True)
            server.do("account", name="Nina", password=PASSWORD, roles=[["nurse_in_charge", "*"], ["caregiver", "*"]])
            assert client.post("/api/v1/sign-in", json={"name": "Nina", "password": PASSWORD}).status_code == 200
            alert = server.do("hear", fall="a", kind="confirmed")["id"]
            mend = spoil(disk)
            assert set(refused_changes(client).values()) == {503}
            assert client.get("/api/v1/map").json()["trip"] is None
            assert server.do("looked")["active"] is False
            assert client.get("/api/v1/push/subscriptions").json()["subscriptions"] == []
            path = f"/api/v1/alerts/{alert}/answer"
            assert client.post(path, json={"answer": "acknowledge"}, timeout=30).status_code == 200
            over = client.post(path, json={"answer": "hand_over", "to": "Ben", "note": "階段" * 50}, timeout=30)
            assert over.status_code == 200, over.text
            mend()
            assert set(refused_changes(client).values()) <= {200, 201}
            audit = client.get("/api/v1/audit", params={"kind": "answer"}).json()["rows"]
            assert {row["what"] for row in audit} == {"acknowledge", "hand_over"}, "what waited was written"
            assert client.get("/api/v1/audit/verdict").json()["whole"] is True
    finally:
        server.close()


def test_of_two_who_send_the_robot_at_once_one_trip_is_left_and_both_are_recorded(tmp_path: Path):
    server = RunningServer(tmp_path, wheels=True)
    try:
        with paired(server, "Aiko") as aiko, paired(server, "Ben") as ben, ThreadPoolExecutor(8) as pool:
            for _ in range(5):
                sent = [
                    pool.submit(client.post, "/api/v1/trip", json={"name": name})
                    for client, name in ((aiko, "kitchen"), (ben, "living_room"))
                ]
                assert {each.result().status_code for each in sent} == {200}
                trip = aiko.get("/api/v1/map").json()["trip"]
                assert (trip["by"], trip["name"]) in {("Aiko", "kitchen"), ("Ben", "living_room")}
                assert trip == ben.get("/api/v1/map").json()["trip"], "both see the same one"
            rows = aiko.get("/api/v1/audit", params={"kind": "motion"}).json()["rows"]
            assert sorted(row["who"] for row in rows if row["what"] == "sent the robot") == ["Aiko"] * 5 + ["Ben"] * 5
    finally:
        server.close()
