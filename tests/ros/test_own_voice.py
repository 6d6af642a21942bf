"""Somebody's own voice over real ROS: the conversation node plays it where it would have spoken, and keeps nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from action_msgs.msg import GoalStatus
from carebot_interfaces.action import Say
from carebot_interfaces.msg import Caption
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.action import ActionServer, GoalResponse

from carebot.reasons import is_known
from carebot.ros import qos
from carebot.ros.own_voice import take_voice
from carebot.ros.tablet_talking import TabletTalking
from carebot.tablet.talking import Line
from tests.ros.conftest import Peer
from tests.ros.test_conversation_node import Partner
from tests.ros.test_tablet_going import told
from tests.tones import tone, tone_seconds, wav


@pytest.fixture
def partner(peer: Peer) -> Partner:
    return Partner(peer)


def voice(recording: bytes, **more: Any) -> Say.Goal:
    return Say.Goal(**{"voice_wav": recording, "voice_of": "Aiko", "origin": "caregiver", **more})


def health_of(partner: Partner, health: list[DiagnosticArray]) -> dict[str, str]:
    partner.peer.wait_until(lambda: health, "diagnostics")
    return {each.key: each.value for each in health[-1].status[0].values}


def test_it_is_played_between_the_words_with_a_caption_in_the_residents_language(
    partner: Partner, start, tmp_path: Path
) -> None:
    node = start(conversation={"speaker": str(tmp_path / "said.wav"), "language": "fr"})
    partner.wait_for_node()
    goals = [Say.Goal(text="Bonjour."), voice(wav(tone(2.0))), Say.Goal(text="Au revoir.")]
    handles = [partner.send(partner.say_client, goal) for goal in goals]
    assert [partner.result(each)[0] for each in handles] == [Say.Result(is_said=True)] * 3
    partner.peer.wait_until(lambda: len(partner.texts()) == 3, "the captions")
    assert partner.texts() == ["Bonjour.", "Aiko : message vocal, 2 s", "Au revoir."]
    caption = next(each for each in partner.captions if "vocal" in each.text)
    assert (caption.origin, caption.is_heard, caption.turn) == (
        "caregiver",
        True,
        bytes(handles[1].goal_id.uuid).hex(),
    )
    assert node.stop() == 0
    heard = (tmp_path / "said.wav").read_bytes()
    assert tone_seconds(heard) == pytest.approx(2.0, abs=0.2)
    assert len(heard) > len(wav(tone(2.5)))  # the words are there as well


def test_the_longest_one_comes_through_whole(partner: Partner, start, tmp_path: Path) -> None:
    node = start(conversation={"speaker": str(tmp_path / "said.wav"), "language": "ja"})
    partner.wait_for_node()
    assert partner.result(partner.send(partner.say_client, voice(wav(tone(15.5)))))[0].is_said
    assert partner.texts() == ["Aikoさんの声の伝言です（16秒）"]
    assert node.stop() == 0
    assert tone_seconds((tmp_path / "said.wav").read_bytes()) == pytest.approx(15.5, abs=0.2)


def test_it_is_called_off_while_it_waits(partner: Partner, start, tmp_path: Path) -> None:
    node = start(conversation={"speaker": str(tmp_path / "said.wav"), "language": "en"})
    partner.wait_for_node()
    talk = partner.send(partner.say_client, Say.Goal(text="word " * 20_000))
    handle = partner.send(partner.say_client, voice(wav(tone())))
    for each in (handle, talk):
        partner.peer.wait_until(each.cancel_goal_async().done, "the cancellation")
    result, status = partner.result(handle)
    assert (result.is_said, result.reason, status) == (False, "it was called off", GoalStatus.STATUS_CANCELED)
    assert node.stop() == 0
    assert tone_seconds((tmp_path / "said.wav").read_bytes()) < 0.2


def test_in_quiet_hours_only_an_urgent_one_is_played(partner: Partner, start, tmp_path: Path) -> None:
    quiet = {"quiet_from": "00:00", "quiet_until": "23:59"}
    node = start(conversation={"speaker": str(tmp_path / "said.wav"), "language": "en", **quiet})
    partner.wait_for_node()
    result, _ = partner.result(partner.send(partner.say_client, voice(wav(tone(3.0)), voice_of="")))
    assert not result.is_said
    assert "quiet hour" in result.reason
    urgent, _ = partner.result(partner.send(partner.say_client, voice(wav(tone(1.0)), is_urgent=True)))
    assert urgent.is_said
    assert partner.texts() == ["Spoken message, 3 s", "Spoken message from Aiko, 1 s"]
    assert node.stop() == 0
    assert tone_seconds((tmp_path / "said.wav").read_bytes()) == pytest.approx(1.0, abs=0.2)


def test_where_there_is_no_loudspeaker_it_is_said_and_so_is_what_cannot_be_played(partner: Partner, start) -> None:
    start(conversation={"speaker": "none", "language": "en"})
    health = partner.peer.collect(DiagnosticArray, "diagnostics")
    partner.wait_for_node()
    for goal, reason in (
        (voice(wav(tone())), "the robot has no loudspeaker"),
        (voice(wav(tone(), channels=2)), "2 channels"),
        (voice(b"hello"), "no WAV file"),
        (voice(wav(tone()), language="de"), "there is no language 'de'"),
    ):
        result, status = partner.result(partner.send(partner.say_client, goal))
        assert (result.is_said, status) == (False, GoalStatus.STATUS_ABORTED)
        assert reason in result.reason
    assert partner.texts() == []
    assert health_of(partner, health)["loudspeaker"] == "none"


def test_a_goal_that_ros_keeps_has_no_sound_any_more() -> None:
    for recording in (wav(tone()), b"no sound at all"):
        goal = voice(recording)
        try:
            take_voice(goal)
        except OSError:
            assert recording == b"no sound at all"
        assert len(goal.voice_wav) == 0
    assert take_voice(Say.Goal(text="Hello.")) is None


def test_from_the_tablet_it_waits_sounds_and_was_said_in_one_line_that_is_the_caregivers(
    peer: Peer, start, tmp_path: Path
) -> None:
    talking = TabletTalking(peer)
    start(conversation={"speaker": str(tmp_path / "said.wav"), "language": "ja"})
    peer.wait_until(lambda: talking.talk().is_there, "the conversation")
    words = told(peer, talking.say("One. " * 30, "en", False, "Ben"))
    spoken = told(peer, talking.say_voice(wav(tone(2.0)), 2.0, False, "Aiko"))
    assert spoken.accepted
    states: list[str] = []

    def is_over() -> bool:
        now = next(each for each in talking.talk().lines if each.id == spoken.id)
        states.extend([now.state] if now.state not in states else [])
        return now.state == "said"

    peer.wait_until(is_over, "its end")
    assert states[0] == "waiting"
    assert [(each.id, each.who, each.text, each.voice_s) for each in talking.talk().lines] == [
        (words.id, "Ben", "One. " * 30, 0.0),
        (spoken.id, "Aiko", "", 2.0),
    ]
    assert tone_seconds((tmp_path / "said.wav").read_bytes()) > 1.8
    assert not talking.talk().is_mute


def test_the_tablet_knows_that_there_is_no_loudspeaker_and_why_it_was_not_said(peer: Peer, start) -> None:
    talking = TabletTalking(peer)
    start(conversation={"speaker": "none", "language": "en"})
    peer.wait_until(lambda: talking.talk().is_there and talking.talk().is_mute, "word of the loudspeaker")
    spoken = told(peer, talking.say_voice(wav(tone()), 1.0, False, "Aiko"))
    peer.wait_until(lambda: talking.talk().lines[0].state == "not_said", "its end")
    assert (talking.talk().lines[0].id, talking.talk().lines[0].why) == (spoken.id, "the robot has no loudspeaker")
    assert is_known(talking.talk().lines[0].why)


def test_a_caption_of_ones_own_voice_says_that_it_sounds_and_stands_in_no_line_of_its_own(peer: Peer) -> None:
    server = ActionServer(peer, Say, "say", lambda handle: Say.Result(), goal_callback=lambda _: GoalResponse.ACCEPT)
    captions = peer.create_publisher(Caption, "captions", qos.CAPTIONS)
    talking = TabletTalking(peer)
    peer.wait_until(lambda: talking.talk().is_there and captions.get_subscription_count(), "each other")
    talking._put(Line("one", 0.0, "caregiver", "Aiko", "", "", "waiting", voice_s=2.0))
    captions.publish(Caption(who="robot", text="Aiko, 2 s", language="en", origin="caregiver", turn="one"))
    peer.wait_until(lambda: talking.talk().now is not None, "the caption")
    assert [(each.id, each.state) for each in talking.talk().lines] == [("one", "saying")]
    server.destroy()
