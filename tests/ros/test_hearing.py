"""Hearing over real ROS: a microphone that vanishes and comes back, seen by diagnostics and by care."""

from __future__ import annotations

import pytest
from carebot_interfaces.msg import Caption, Utterance
from diagnostic_msgs.msg import DiagnosticArray
from std_msgs.msg import String

from carebot.ros import qos
from tests.conversation.hearing.wired import NAME, Wire, wire
from tests.ros.conftest import Peer

__all__ = ["wire"]

pytest.importorskip("pocketsphinx")


class Bystander:
    """What others learn of the robot's hearing."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.faults = peer.collect(String, "hearing_fault", qos.HEARING_FAULT)
        self.captions = peer.collect(Caption, "captions", qos.CAPTIONS)
        self.states = peer.collect(DiagnosticArray, "diagnostics")
        self.typed = peer.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)

    def state(self, part: str) -> str:
        """The newest sentence of that part."""
        found = [each.message for states in self.states for each in states.status if each.name == part]
        return found[-1] if found else ""

    def wait_for(self, part: str, sentence: str) -> None:
        self.peer.wait_until(lambda: sentence in self.state(part), f"'{sentence}' of {part}, not {self.state(part)!r}")


def test_a_microphone_that_vanishes_is_said_and_taken_up_again(peer: Peer, start, wire: Wire) -> None:
    seen = Bystander(peer)
    wire.plug_in()
    node = start(
        conversation={"speaker": "none", "language": "en", "microphone": NAME, "speech_model": "pocketsphinx"},
        care={"records": str(wire.configuration.with_name("records.sqlite"))},
    )
    seen.wait_for("conversation: hearing", "hears")
    assert seen.faults[-1].data == ""

    wire.unplug()
    peer.wait_until(lambda: seen.faults[-1].data, "the fault")
    assert "'wired' has given no sound" in seen.faults[-1].data or "no sound has come" in seen.faults[-1].data
    seen.wait_for("conversation: hearing", "hears nothing: ")
    seen.wait_for("care: hearing", "the robot hears nothing: ")

    seen.typed.publish(Utterance(text="hello"))
    peer.wait_until(lambda: any(each.text.startswith("Hello") for each in seen.captions if each.who == "robot"), "hi")

    wire.plug_in()
    peer.wait_until(lambda: not seen.faults[-1].data, "the end of the fault")
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
    assert node.stop() == 0


def test_a_muted_microphone_is_said(peer: Peer, start, wire: Wire) -> None:
    seen = Bystander(peer)
    wire.level = 0
    wire.plug_in()
    start(conversation={"speaker": "none", "language": "en", "microphone": NAME, "speech_model": "pocketsphinx"})
    seen.wait_for("conversation: hearing", "exact silence: check whether it is muted")
    wire.level = 30
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
