"""Looks at the robot that all pages share."""

import os
from pathlib import Path

import pytest

from carebot.alerts import Answer, AnswerOutcome
from carebot.tablet.access import Access
from carebot.tablet.books import open_books
from carebot.tablet.glance import LOOK_S, Glances
from carebot.tablet.pairing import Pairing
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services
from carebot.tablet.sessions import Sessions


class CountedRobot:
    def __init__(self) -> None:
        self.looks = 0

    def view(self) -> RobotView:
        self.looks += 1
        return RobotView(name=f"robot {self.looks}")

    async def answer(self, alert_id: str, answer: Answer, by: str, note: str, to: str = "") -> AnswerOutcome:
        raise NotImplementedError


@pytest.mark.parametrize(("after_s", "looks"), [(0.0, 1), (LOOK_S - 0.001, 1), (LOOK_S, 2), (-0.1, 2)])
def test_a_look_is_shared_for_a_moment(after_s: float, looks: int) -> None:
    now_s = [5.0]
    glances = Glances(robot := CountedRobot(), lambda: now_s[0])
    glances.view()
    now_s[0] += after_s
    assert glances.view().name == f"robot {looks}"
    assert robot.looks == looks


def test_asking_for_whom_the_robot_is_there_does_not_look_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An alarm on fifty tablets asks some hundred times at once: a look each time delayed it by a tenth of a second."""
    access = Access(Sessions(os.urandom(32)), open_books(tmp_path / "site.sqlite"))
    services = Services(robot := CountedRobot(), Pairing(lambda _: None), access, lambda: False)
    monkeypatch.setattr(services.glances, "_now_s", lambda: 5.0)
    for _ in range(3):
        services.residents_here()
    assert robot.looks == 1
