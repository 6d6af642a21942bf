"""After a fall, with real nodes: asked, answered, and what becomes of the alert; nothing changes where nobody asks."""

from __future__ import annotations

import math

import pytest
from carebot_interfaces.msg import Alerts, Caption, FallAlert, Utterance
from carebot_interfaces.msg import People as PeopleMsg
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus

from carebot.alerts import Alert, Exchange
from carebot.people import People
from carebot.ros import qos
from carebot.ros.convert import alert_from_msg, people_to_msg
from tests.ros.conftest import Peer
from tests.ros.test_falls_node import FPS, fall, person

SLOW_TO_CONFIRM = {"confirm_after_s": 1000.0}
"""What confirms is the answer, then, and not the time on the floor."""


class Home:
    """A person before the camera, and what the robot makes of them."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.lists = peer.collect(Alerts, "alerts", qos.ALERTS)
        self.falls = peer.collect(FallAlert, "fall_alerts", qos.FALL_ALERTS)
        self.captions = peer.collect(Caption, "captions", qos.CAPTIONS)
        self.people = peer.create_publisher(PeopleMsg, "people", qos.PEOPLE)
        self.typed = peer.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)
        self.health = peer.collect(DiagnosticArray, "diagnostics")
        self._pictures = self._empty = 0

    def see(self, duration_s: float, angle_rad: float | None = None) -> None:
        """Pictures of somebody who stands for three seconds and falls then, or of one at `angle_rad`."""
        for _ in range(int(duration_s * FPS)):
            time_s = self._pictures / FPS
            self._pictures += 1
            shown = person(fall(time_s) if angle_rad is None else angle_rad)
            self.people.publish(people_to_msg(People(1000.0 + time_s, 640, 480, (shown,)), "eye"))
            self.peer.spin(0.01)

    def wait_for_nodes(self, *, can_ask: bool = True) -> None:
        """Until the falls node is told of pictures, of nobody yet, and has found whom it asks."""

        def watches() -> bool:
            self._empty += 1
            self.people.publish(people_to_msg(People(500.0 + self._empty / FPS, 640, 480, ()), "eye"))
            states = [{each.key: each.value for each in status.values} for status in self._falls_health()]
            return bool(states) and states[-1].get("can_ask") == str(can_ask)

        self.peer.wait_for_readers(self.typed, "conversation")
        self.peer.wait_until(lambda: self.lists, "care")
        self.peer.wait_until(watches, "the falls node to watch")

    def _falls_health(self) -> list[DiagnosticStatus]:
        return [each for sent in self.health for each in sent.status if each.name == "falls: people"]

    def fall_down(self) -> None:
        """Until the robot has asked."""
        self.wait_for_nodes()
        self.see(5.0)
        self.peer.wait_until(lambda: "Are you all right?" in [each.text for each in self.captions], "the question")

    def alert(self) -> Alert | None:
        return alert_from_msg(self.lists[-1].alerts[0]) if self.lists and self.lists[-1].alerts else None

    def exchanges(self) -> list[Exchange]:
        alerts = [alert_from_msg(each) for each in self.lists[-1].alerts]
        return [exchange for alert in alerts for exchange in alert.exchanges]

    def wait_for_exchange(self) -> Alert:
        self.peer.wait_until(lambda: self.alert() is not None and self.alert().exchanges, "the exchange")
        found = self.alert()
        assert found is not None
        return found


@pytest.fixture
def home(peer: Peer, start) -> Home:
    start(conversation={"speaker": "none", "language": "en"}, care={})
    return Home(peer)


def test_who_asks_for_help_is_confirmed_at_once_and_the_words_are_in_the_record(peer: Peer, start, home: Home) -> None:
    start(falls=SLOW_TO_CONFIRM)
    home.fall_down()
    home.typed.publish(Utterance(text="please help me"))
    peer.wait_until(lambda: [each.reason_code for each in home.falls] == ["fell", "asked_for_help"], "the confirmation")
    home.wait_for_exchange()
    # The words came while the fall was only suspected: they are an alert of their own as well.
    peer.wait_until(lambda: any(each.question for each in home.exchanges()), "the question in the record")
    asked = next(each for each in home.exchanges() if each.question)
    assert (asked.question, asked.answer, asked.heard, asked.means) == (
        "Are you all right?", "help", "please help me", "text"
    )  # fmt: skip
    assert {alert.kind for alert in home.lists[-1].alerts} == {"fall", "help"}


def test_who_does_not_answer_is_confirmed(peer: Peer, start, home: Home) -> None:
    start(falls={**SLOW_TO_CONFIRM, "ask_patience_s": 0.3, "ask_repeats": 1})
    home.fall_down()
    peer.wait_until(lambda: [each.reason_code for each in home.falls] == ["fell", "no_answer"], "the confirmation")
    exchange = home.wait_for_exchange().exchanges[0]
    assert (exchange.answer, exchange.heard, exchange.means, exchange.times_asked) == ("none", "", "", 2)


def test_fine_ends_nothing_while_the_person_stays_down_and_ends_it_once_they_are_up(
    peer: Peer, start, home: Home
) -> None:
    start(falls={"confirm_after_s": 4.0})
    home.fall_down()
    home.typed.publish(Utterance(text="I am fine"))
    assert home.wait_for_exchange().exchanges[0].answer == "fine"
    assert [each.event for each in home.falls] == [FallAlert.SUSPECTED]
    home.see(5.0, math.pi / 2)
    peer.wait_until(lambda: [each.reason_code for each in home.falls] == ["fell", "stayed_down"], "the confirmation")
    home.see(2.0, 0.0)
    peer.wait_until(lambda: home.falls[-1].event == FallAlert.RECOVERED, "the recovery")
    peer.wait_until(lambda: home.alert().state.value == "recovered", "care")
    assert home.alert().is_open


def test_who_gets_up_while_asked_has_answered_by_that(peer: Peer, start, home: Home) -> None:
    start(falls=SLOW_TO_CONFIRM)
    home.fall_down()
    home.see(3.0, 0.0)
    peer.wait_until(lambda: home.falls[-1].event == FallAlert.RECOVERED, "the recovery")
    exchange = home.wait_for_exchange().exchanges[0]
    assert (exchange.answer, exchange.means, exchange.heard) == ("fine", "posture", "")
    peer.wait_until(lambda: home.captions[-1].text == "", "silence")


@pytest.mark.parametrize("named", [{"ask_language": "ja"}, {"site": "home"}])
def test_in_japanese(peer: Peer, start, home: Home, named: dict[str, str]) -> None:
    start(falls={**SLOW_TO_CONFIRM, **named})
    home.wait_for_nodes()
    home.see(5.0)
    peer.wait_until(lambda: "大丈夫ですか。" in [each.text for each in home.captions], "the question")
    home.typed.publish(Utterance(text="痛い、動けない", language="ja"))
    peer.wait_until(lambda: home.falls[-1].reason_code == "asked_for_help", "the confirmation")


def test_where_asking_is_not_wanted_nobody_is_asked(peer: Peer, start, home: Home) -> None:
    start(falls={"confirm_after_s": 1.0, "ask": False})
    home.wait_for_nodes(can_ask=False)
    home.see(8.0)
    peer.wait_until(lambda: [each.reason_code for each in home.falls] == ["fell", "stayed_down"], "the confirmation")
    assert not [each.text for each in home.captions if each.text]
