"""Care tells somebody that the robot hears nothing when it lasts, once, and when it is over."""

from __future__ import annotations

from typing import Any

from std_msgs.msg import String

from carebot.ros import qos
from carebot.ros.hearing_watch import TOLD_AFTER_S, HearingWatch
from tests.ros.conftest import Peer


class Told:
    """Caregivers who read French."""

    def __init__(self) -> None:
        self.titles: list[str] = []
        self.changes = 0

    def change(self) -> None:
        self.changes += 1

    def language_of(self, _who: str) -> str:
        return "fr"

    def tell(self, _who: str, title: str, body: str, _about: str, _now_s: float) -> Any:
        assert body
        self.titles.append(title)


def test_somebody_is_told_when_it_lasts_and_when_it_is_over(peer: Peer) -> None:
    told = Told()
    watch = HearingWatch(peer, told, told.change)  # type: ignore[arg-type]
    out = peer.create_publisher(String, "hearing_fault", qos.HEARING_FAULT)
    out.publish(String(data="it is unplugged."))
    peer.wait_until(watch.health, "the fault")
    since_s = watch._since_s
    watch.tick(since_s + TOLD_AFTER_S - 0.1)
    assert not told.titles
    for after_s in (0.0, 1.0, 5000.0):
        watch.tick(since_s + TOLD_AFTER_S + after_s)
    assert told.titles == ["Le robot n'entend rien"]
    out.publish(String())
    peer.wait_until(lambda: not watch.health(), "the end")
    assert told.titles[1:] == ["Le robot entend de nouveau"]
    assert told.changes == 2


def test_a_moment_is_nobodys_message(peer: Peer) -> None:
    told = Told()
    watch = HearingWatch(peer, told, told.change)  # type: ignore[arg-type]
    out = peer.create_publisher(String, "hearing_fault", qos.HEARING_FAULT)
    out.publish(String(data="it is unplugged."))
    peer.wait_until(watch.health, "the fault")
    out.publish(String())
    peer.wait_until(lambda: not watch.health(), "the end")
    watch.tick(watch._since_s + 10 * TOLD_AFTER_S)
    assert not told.titles
