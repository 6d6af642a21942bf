"""Care that takes a command and says no more: nothing is kept for later, and nothing is claimed that is not known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import rclpy
from carebot_interfaces.action import RunRoutine
from carebot_interfaces.srv import AnswerRoutine, ChangeHouse, ChangeSchedule
from rclpy.action import ActionServer, CancelResponse
from rclpy.node import Node
from rclpy.task import Future

from carebot.ros import tablet_caring, tablet_house
from carebot.ros.tablet_caring import TabletCaring
from carebot.ros.tablet_house import TabletHouse
from carebot.tablet.caring import ScheduleChange
from carebot.tablet.house import HouseChange
from tests.ros.conftest import ROBOT, Peer
from tests.ros.test_tablet_going import told


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (tablet_caring, tablet_house):
        monkeypatch.setattr(module, "ANSWER_TIMEOUT_S", 1.0)


@pytest.fixture
def mute(peer: Peer) -> Iterator[Node]:
    """A care node that hangs: its services are there, and nobody answers."""
    node = rclpy.create_node("care", namespace=ROBOT)
    kinds = {"answer_routine": AnswerRoutine, "change_schedule": ChangeSchedule, "change_house": ChangeHouse}
    for name, kind in kinds.items():
        node.create_service(kind, name, lambda _, response: response)
    yield node
    node.destroy_node()


def test_a_routine_that_care_takes_and_says_nothing_of_is_called_off(peer: Peer) -> None:
    called_off: list[str] = []
    done = Future()

    async def execute(handle: Any) -> RunRoutine.Result:
        await done
        handle.canceled()
        return RunRoutine.Result()

    def cancel(handle: Any) -> CancelResponse:
        called_off.append(handle.request.name)
        return CancelResponse.ACCEPT

    server = ActionServer(peer, RunRoutine, "run_routine", execute, cancel_callback=cancel)
    caring = TabletCaring(peer)
    peer.wait_until(lambda: caring._goals.server_is_ready(), "care")
    assert told(peer, caring.start("go_to_charger", {}, "Aiko")).code == "unanswered"
    peer.wait_until(lambda: called_off == ["go_to_charger"], "the end of the routine")
    done.set_result(None)
    peer.spin(0.2)
    server.destroy()


def test_what_care_was_asked_and_did_not_answer_may_be_done(peer: Peer, mute: Node) -> None:
    caring, house = TabletCaring(peer), TabletHouse(peer)
    clients = (caring._answers, caring._changes, house._client)
    peer.wait_until(lambda: all(each.service_is_ready() for each in clients), "care")
    for words in (
        caring.answer_run("a run", "pause", "Aiko"),
        caring.change_schedule(ScheduleChange("remove", "morning", "Aiko")),
        house.change_house(HouseChange("remove_contact", "ben", "Aiko")),
    ):
        assert told(peer, words).code == "unanswered"


def test_what_care_was_not_asked_is_not_done(peer: Peer) -> None:
    caring = TabletCaring(peer)
    assert told(peer, caring.answer_run("a run", "pause", "Aiko")).code == "silent"
    assert told(peer, caring.start("go_to_charger", {}, "Aiko")).code == "silent"
