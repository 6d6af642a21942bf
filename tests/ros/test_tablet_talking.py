"""What the tablet shows of a conversation: who said what, and which words a language model made."""

from __future__ import annotations

from carebot_interfaces.msg import Caption, Utterance
from std_msgs.msg import Empty

from carebot.ros import qos
from carebot.ros.tablet_talking import TabletTalking
from carebot.tablet.language import Texts
from carebot.tablet.page_talk import lines_html
from tests.ros.conftest import Peer


def test_a_models_words_are_marked_and_what_is_heard_is_nothing_that_the_robot_said(peer: Peer) -> None:
    talking = TabletTalking(peer)
    out = peer.create_publisher(Caption, "captions", qos.CAPTIONS)
    for who, text, origin in (
        ("Hana", "tell me about the", "voice"),
        ("robot", "The sea is wide.", "model"),
        ("robot", "Good night.", "template"),
    ):
        out.publish(Caption(who=who, text=text, language="en", origin=origin, is_heard=True))
    peer.wait_until(lambda: len(talking.talk().lines) == 2, "both lines")
    assert [(each.speaker, each.text, each.origin) for each in talking.talk().lines] == [
        ("robot", "The sea is wide.", "model"),
        ("robot", "Good night.", ""),
    ]
    shown = lines_html(talking.talk(), Texts("en"))
    assert shown.count("(words of a language model)") == 1


def test_what_is_forgotten_by_a_word_is_shown_no_more(peer: Peer) -> None:
    talking = TabletTalking(peer)
    said = peer.create_publisher(Utterance, "utterances", qos.SPOKEN_ONCE)
    forgotten = peer.create_publisher(Empty, "said_forgotten", qos.SPOKEN_ONCE)
    peer.wait_until(lambda: said.get_subscription_count() and forgotten.get_subscription_count(), "the tablet")
    said.publish(Utterance(text="between you and me", language="en", who="Hana"))
    peer.wait_until(lambda: talking.talk().lines, "the line")
    forgotten.publish(Empty())
    peer.wait_until(lambda: not talking.talk().lines, "its end")
