"""What the server takes note of by itself, over its own restarts."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebot.alerts import Answer, AnswerOutcome
from carebot.people import People
from carebot.tablet.access import Access
from carebot.tablet.books import open_books
from carebot.tablet.pairing import Pairing
from carebot.tablet.recorder import Recorder
from carebot.tablet.robot import CARE_ABSENT, RobotView
from carebot.tablet.services import Services
from carebot.tablet.sessions import Sessions
from tests.tablet.serve import person

NOON_S = 1_700_000_000.0
SOMEBODY = RobotView("robot", people=People(0.0, 640, 480, (person(1, 0.5),)), people_age_s=0.0, camera_age_s=0.0)
NOBODY = RobotView("robot", people=People(0.0, 640, 480), people_age_s=0.0, camera_age_s=0.0)


class Blind:
    """A robot that nobody looks at here: each look is given to the recorder."""

    def view(self) -> RobotView:
        return NOBODY

    async def answer(self, alert_id: str, answer: Answer, by: str, note: str, to: str = "") -> AnswerOutcome:
        return CARE_ABSENT


class Server:
    """As one start of the server has it; its wall clock says `wall_s`."""

    def __init__(self, folder: Path, wall_s: float) -> None:
        self.wall_s = wall_s
        self.books = open_books(folder / "site.sqlite", lambda: self.wall_s)
        access = Access(Sessions(b"0" * 32), self.books)
        self.recorder = Recorder(Services(Blind(), Pairing(lambda _: None), access, lambda: False))

    def look(self, view: RobotView, now_s: float) -> None:
        self.recorder.step(view, now_s)

    def close(self) -> None:
        self.books.close()


def test_when_somebody_was_seen_last_is_known_after_a_restart(tmp_path: Path):
    before = Server(tmp_path, NOON_S)
    before.look(SOMEBODY, 100.0)
    before.look(NOBODY, 101.0)
    before.wall_s += 61.0
    before.look(NOBODY, 162.0)
    before.close()
    after = Server(tmp_path, NOON_S + 3 * 3600.0)
    after.look(NOBODY, 5.0)
    assert after.recorder.last_seen_s == NOON_S
    after.look(SOMEBODY, 6.0)
    assert after.recorder.last_seen_s == NOON_S + 3 * 3600.0
    after.close()


def test_who_was_never_seen_is_not_said_to_have_been(tmp_path: Path):
    before = Server(tmp_path, NOON_S)
    before.look(NOBODY, 0.0)
    before.look(NOBODY, 61.0)
    before.close()
    after = Server(tmp_path, NOON_S + 60.0)
    after.look(NOBODY, 0.0)
    assert after.recorder.last_seen_s is None
    after.close()


@pytest.mark.parametrize("robot", ["robot", "another"])
def test_each_robot_has_seen_its_own(tmp_path: Path, robot: str):
    server = Server(tmp_path, NOON_S)
    server.books.activity.add("robot", {}, NOON_S, NOON_S - 5.0)
    assert server.books.activity.last_seen_s(robot) == {"robot": NOON_S - 5.0}.get(robot)
    server.close()
