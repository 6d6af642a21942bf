from __future__ import annotations

import pytest

from carebot.alerts import Alert, AlertState
from carebot.tablet.frame import alarm_of
from carebot.tablet.robot import RobotView


def fall(state: AlertState, beside: int = 0, code: str = "stayed_down") -> Alert:
    evidence = {"upright_beside": float(beside)} if beside else {}
    return Alert("a", "fall", state, 1, 0.0, 0.0, True, 0.9, code, "lies on the floor", evidence)


@pytest.mark.parametrize(
    ("alerts", "sound"),
    [
        ([], "none"),
        ([fall(AlertState.RESOLVED)], "none"),
        ([fall(AlertState.SUSPECTED)], "soft"),
        ([fall(AlertState.CONFIRMED)], "urgent"),
        ([fall(AlertState.CONFIRMED, beside=1)], "urgent"),
        ([fall(AlertState.CONFIRMED, beside=2)], "soft"),
        ([fall(AlertState.CONFIRMED, beside=2), fall(AlertState.CONFIRMED)], "urgent"),
        ([fall(AlertState.CONFIRMED, code="long_lie")], "urgent"),
        ([fall(AlertState.ACKNOWLEDGED)], "none"),
    ],
)
def test_one_confirmed_fall_without_helpers_makes_it_urgent(alerts: list[Alert], sound: str) -> None:
    assert alarm_of(RobotView(alerts=tuple(alerts)), "Aiko") == sound
