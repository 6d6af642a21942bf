"""The example in the docs, as a process of its own, against the real server over HTTPS: a whole shift."""

from __future__ import annotations

import os
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from carebot.tablet.certificate import ensure
from tests.tablet.running import RunningServer
from tests.tablet.test_roles import add_account, sign_in

SHIFT = Path(__file__).resolve().parents[2] / "docs" / "examples" / "shift.py"
SCOPES = ["alerts:read", "alerts:answer", "routines:run", "schedule:read"]
WAIT_S = 30.0


class House:
    """A robot, Ben's tablet, and a token for the shift."""

    def __init__(self, folder: Path) -> None:
        self.certificates = ensure(folder / "tls")
        self.server = RunningServer(folder, certificates=self.certificates)
        trusted = ssl.create_default_context(cafile=self.certificates.authority)
        self.ben = httpx.Client(base_url=self.server.url, verify=trusted, trust_env=False, timeout=10)
        self.ben.post("/api/v1/pair", json={"pin": self.server.pin(), "name": "Ben"}).raise_for_status()
        add_account(self.ben, "Ann", [{"role": "administrator"}])
        sign_in(self.ben, "Ann")
        body = {"name": "shift", "scopes": SCOPES, "days": 1}
        self.token = self.ben.post("/api/v1/tokens", json=body).json()["token"]
        add_account(self.ben, "Ben", [{"role": "nurse_in_charge"}])
        sign_in(self.ben, "Ben")

    def begin(self, *arguments: str, token: str = "") -> subprocess.Popen[str]:
        command = [sys.executable, str(SHIFT), self.server.url, "--ca", str(self.certificates.authority), *arguments]
        environment = {**os.environ, "CAREBOT_TOKEN": token or self.token}
        pipe = subprocess.PIPE
        return subprocess.Popen(command, env=environment, stdout=pipe, stderr=subprocess.STDOUT, text=True)

    def wait_for(self, found: Callable[[], object]) -> None:
        until_s = time.monotonic() + WAIT_S
        while not found():
            assert time.monotonic() < until_s
            time.sleep(0.05)

    def runs(self) -> list[str]:
        return [each["run"] for each in self.ben.get("/api/v1/runs").json()["runs"]]

    def alert(self, alert: str) -> dict[str, str]:
        return dict(self.ben.get(f"/api/v1/alerts/{alert}").json())

    def close(self) -> None:
        self.ben.close()
        self.server.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.close()


def test_a_whole_shift(house: House):
    with house.begin("--colleague", "Ben", "--patience-s", "8", "--alerts", "2") as shift:
        house.wait_for(house.runs)
        [run] = house.runs()
        house.ben.post(f"/api/v1/runs/{run}/answer", json={"answer": "cancel"}).raise_for_status()
        first = house.server.do("hear", fall="a", kind="confirmed")["id"]
        house.wait_for(lambda: house.alert(first)["offered_to"] == "Ben")
        house.ben.post(f"/api/v1/alerts/{first}/answer", json={"answer": "acknowledge"}).raise_for_status()
        house.wait_for(lambda: house.alert(first)["acknowledged_by"] == "Ben")
        second = house.server.do("hear", fall="b", kind="confirmed")["id"]
        printed, _ = shift.communicate(timeout=60)
    assert shift.returncode == 0, printed
    lines = printed.splitlines()
    assert lines[0].startswith("due ")
    assert [line for line in lines if not line.startswith("due ")] == [
        "come_here: drives to: the kitchen",
        "come_here is over",
        "ALERT dropped from standing to the floor in 0.6 s and has not moved since: I am coming",
        "Ben has taken over",
        "ALERT dropped from standing to the floor in 0.6 s and has not moved since: I am coming",
        "resolved",
    ]
    ended = house.alert(second)
    assert (ended["state"], ended["verdict"], ended["note"]) == ("resolved", "real", "Helped up, drank some water.")


def test_a_wrong_token_and_another_robots_authority_end_in_a_sentence(house: House, tmp_path: Path):
    with house.begin(token="carebot_" + "x" * 40) as shift:
        printed, _ = shift.communicate(timeout=60)
    assert shift.returncode == 1
    assert printed.startswith("The robot refuses (401): ")
    other = ensure(tmp_path / "another robot's").authority
    with house.begin("--ca", str(other)) as shift:
        printed, _ = shift.communicate(timeout=60)
    assert shift.returncode == 1
    assert printed.startswith("No connection to the robot: [SSL: CERTIFICATE_VERIFY_FAILED]")


def test_it_is_short():
    assert len(SHIFT.read_text("utf-8").splitlines()) < 120
