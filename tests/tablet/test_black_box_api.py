"""The black box's recordings leave over the API to whoever may have them, whole, and not unrecorded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from carebot.records.black_box import BlackBox, S, Topic
from carebot.ros.replay import read_recording
from tests.tablet.running import RunningServer, paired, running

BUMPER = Topic("/robot/bumper", "std_msgs/msg/Bool", "bool data")
PRESSED = b"\x00\x01\x00\x00\x01"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RunningServer]:
    with running(tmp_path) as server:
        yield server


def record(folder: Path) -> None:
    """Two seconds in which the bumper was pressed, and an alarm."""
    box, now_ns = BlackBox(folder / "black_box"), time.time_ns()
    for second in range(2):
        box.add(BUMPER, PRESSED, now_ns + second * S)
        box.tick(now_ns + second * S)
    box.pin("alarm", now_ns + 2 * S)
    box.close(now_ns + 3 * S)


def test_what_was_heard_and_what_was_kept_are_told_and_open_as_a_recording(server: RunningServer, tmp_path: Path):
    with paired(server, "Tom") as client:
        assert client.get("/api/v1/black-box").json() == {"recordings": []}
        record(server.folder)
        told = client.get("/api/v1/black-box").json()["recordings"]
        assert [each["why"] for each in told] == ["last", "alarm"]
        for each in told:
            answer = client.get(f"/api/v1/black-box/{each['id']}")
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "no-store"
            path = tmp_path / "taken.mcap"
            path.write_bytes(answer.content)
            heard = list(read_recording(path))
            assert [(one.topic, one.message.data) for one in heard] == [("bumper", True)] * 2
        rows = client.get("/api/v1/audit", params={"kind": "look"}).json()["rows"]
        assert [(row["who"], row["what"], row["about"]) for row in rows] == [
            ("Tom", "took a recording of the black box", told[1]["id"]),
            ("Tom", "took a recording of the black box", "last"),
        ]


def test_no_other_file_leaves(server: RunningServer):
    record(server.folder)
    (server.folder / "black_box" / "kept-secret").write_text("secret")
    with paired(server) as client:
        for name in ("secret", "lock", "..%2Fsecret", "%2e%2e", "piece-0000000000", "*"):
            assert client.get(f"/api/v1/black-box/{name}").status_code in (404, 405), name
        assert client.get("/api/v1/audit", params={"kind": "look"}).json()["rows"] == []
