"""Hearing over real ROS: microphones and topics that vanish and come back, seen by diagnostics and by care."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from carebot_interfaces.action import Ask, Say
from carebot_interfaces.msg import Caption, HelpCall, Sound, Utterance
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.action import ActionClient
from rclpy.clock import Clock, ClockType
from std_msgs.msg import String
from std_srvs.srv import Trigger

from carebot.benchmarks.speech_sounds import Voice, as_samples
from carebot.conversation.hearing.sound import BLOCK_S, BLOCK_SAMPLES, RATE_HZ
from carebot.ros import qos
from carebot.ros.resident_sound import ResidentSound
from carebot.ros.resident_voice import ResidentVoice
from carebot.simulation.scenario import load_scenario
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

    def said(self) -> list[str]:
        """What the robot said."""
        return [each.text for each in self.captions if each.who == "robot" and each.text]

    def caption(self) -> str:
        """What stands there now."""
        return self.captions[-1].text if self.captions else ""

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


class Speaker:
    """A microphone elsewhere: sound on the topic `audio`, in real time, for as long as it is on."""

    def __init__(self, peer: Peer, kind: type, pack: Callable[[np.ndarray], Any]) -> None:
        self._peer, self._kind, self._pack = peer, kind, pack
        self._rng = np.random.default_rng(0)
        self._left = np.zeros(0, np.int16)
        self.turn_on()
        self._due_s = time.monotonic()
        peer.create_timer(BLOCK_S / 2, self._play, clock=Clock(clock_type=ClockType.STEADY_TIME))

    def turn_on(self) -> None:
        self._out = self._peer.create_publisher(self._kind, "audio", 10)
        self._due_s = time.monotonic()

    def turn_off(self) -> None:
        self._peer.destroy_publisher(self._out)
        self._out = None

    def say(self, *texts: str, pause_s: float = 0.0) -> None:
        said = [as_samples(Voice("flite", "slt").say(text)) for text in texts]
        pause = np.zeros(int(pause_s * RATE_HZ), np.int16)
        self._left = np.concatenate([part for each in said for part in (each, pause)])

    def _play(self) -> None:
        while self._out is not None and self._due_s <= time.monotonic():
            samples = self._rng.integers(-20, 21, BLOCK_SAMPLES).astype(np.int16)
            spoken, self._left = self._left[:BLOCK_SAMPLES], self._left[BLOCK_SAMPLES:]
            samples[: len(spoken)] += spoken
            self._out.publish(self._pack(samples))
            self._due_s += BLOCK_S


HEARS_A_TOPIC = {"speaker": "none", "language": "en", "microphone": "topic:audio", "speech_model": "pocketsphinx"}


@pytest.mark.skipif(not Voice("flite", "slt").is_there, reason="flite is not installed")
def test_a_topic_is_heard_and_its_publisher_may_die_and_come_back(peer: Peer, start) -> None:
    seen = Bystander(peer)
    calls = peer.collect(HelpCall, "help_calls", qos.FALL_ALERTS)
    node = start(conversation=HEARS_A_TOPIC)
    seen.wait_for("conversation: hearing", "nobody publishes sound on the topic /test_robot/audio")
    speaker = Speaker(peer, Sound, lambda samples: Sound(rate_hz=RATE_HZ, channels=1, samples=samples))
    seen.wait_for("conversation: hearing", "hears")
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
    speaker.say("please help me")
    peer.wait_until(lambda: calls, "the call")
    assert calls[0].means == "voice"

    speaker.turn_off()
    seen.wait_for("conversation: hearing", "hears nothing: ")
    speaker.turn_on()
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears again")
    assert node.stop() == 0


@pytest.mark.skipif(not Voice("flite", "slt").is_there, reason="flite is not installed")
def test_an_answer_that_was_not_surely_heard_is_asked_again_and_its_words_are_the_answer(peer: Peer, start) -> None:
    """pocketsphinx is never sure of an "I am fine", however well it hears it."""
    seen = Bystander(peer)
    start(conversation=HEARS_A_TOPIC)
    speaker = Speaker(peer, Sound, lambda samples: Sound(rate_hz=RATE_HZ, channels=1, samples=samples))
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
    phases: list[tuple[str, int]] = []
    client = ActionClient(peer, Ask, "ask")
    peer.wait_until(client.server_is_ready, "the node")
    goal = Ask.Goal(question="Well?", language="en", answers=["fine", "help"], patience_s=60.0, repeats=1)
    sending = client.send_goal_async(
        goal, lambda message: phases.append((message.feedback.phase, message.feedback.times_asked))
    )
    peer.wait_until(lambda: sending.done() and ("listening", 1) in phases, "the question")
    speaker.say("I am fine")
    peer.wait_until(lambda: ("listening", 2) in phases, "the question again")
    speaker.say("I am fine")
    getting = sending.result().get_result_async()
    peer.wait_until(getting.done, "the outcome")
    result = getting.result().result
    assert (result.answer, result.means, result.times_asked) == ("unclear", "voice", 2)
    assert result.heard


@pytest.mark.skipif(not Voice("flite", "slt").is_there, reason="flite is not installed")
def test_a_spoken_stop_is_the_emergency_stop_and_ends_what_is_being_said(peer: Peer, start) -> None:
    seen = Bystander(peer)
    stops: list[Trigger.Request] = []

    def stop(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        stops.append(request)
        response.success = True
        return response

    peer.create_service(Trigger, "emergency_stop", stop)
    start(conversation=HEARS_A_TOPIC)
    speaker = Speaker(peer, Sound, lambda samples: Sound(rate_hz=RATE_HZ, channels=1, samples=samples))
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
    client = ActionClient(peer, Say, "say")
    peer.wait_until(client.server_is_ready, "the node")
    talking = client.send_goal_async(a_minute())
    peer.wait_until(lambda: talking.done() and seen.caption().startswith("word"), "the small talk")
    ended = talking.result().get_result_async()
    speaker.say("please stop")
    peer.wait_until(lambda: stops and ended.done(), "the emergency stop")
    assert not ended.result().result.is_said
    peer.wait_until(lambda: "I am stopping." in seen.said(), "the answer")


@pytest.mark.skipif(not Voice("flite", "slt").is_there, reason="flite is not installed")
@pytest.mark.parametrize(("own", "turns"), [("", 2), (", end_silence_s: 3", 1)])
def test_who_pauses_long_is_not_taken_to_have_ended(peer: Peer, start, tmp_path: Path, own: str, turns: int) -> None:
    site = tmp_path / "site.yaml"
    site.write_text(f"residents: [{{name: Hana{own}}}]\n", encoding="utf-8")
    seen = Bystander(peer)
    start(conversation={**HEARS_A_TOPIC, "site": str(site)})
    speaker = Speaker(peer, Sound, lambda samples: Sound(rate_hz=RATE_HZ, channels=1, samples=samples))
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
    speaker.say("the weather is nice today", "and the roses are in bloom", pause_s=1.5)
    peer.wait_until(lambda: seen.said(), "an answer")
    peer.spin(6.0)
    assert len({each.turn for each in seen.captions if each.who != "robot" and each.is_final}) == turns


def a_minute() -> Say.Goal:
    return Say.Goal(text="word " * 120)


@pytest.mark.skipif(not Voice("flite", "slt").is_there, reason="flite is not installed")
def test_while_words_are_only_shown_it_hears(peer: Peer, start) -> None:
    seen = Bystander(peer)
    calls = peer.collect(HelpCall, "help_calls", qos.FALL_ALERTS)
    start(conversation=HEARS_A_TOPIC)
    speaker = Speaker(peer, Sound, lambda samples: Sound(rate_hz=RATE_HZ, channels=1, samples=samples))
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
    client = ActionClient(peer, Say, "say")
    peer.wait_until(client.server_is_ready, "the node")
    client.send_goal_async(a_minute())
    peer.wait_until(lambda: seen.caption().startswith("word"), "the words that are shown")
    speaker.say("please help me")
    peer.wait_until(lambda: calls, "the call")
    assert seen.caption()


@pytest.mark.skipif(not Voice("flite", "slt").is_there, reason="flite is not installed")
def test_a_call_begun_before_the_robots_own_voice_is_heard_and_nothing_while_it_sounds(
    peer: Peer, start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The turn would be open for 5 s after its last word: what ends it is the robot's voice."""
    settings = tmp_path / "asound.conf"
    settings.write_text("pcm.!default { type null }\nctl.!default { type null }\n")
    monkeypatch.setenv("ALSA_CONFIG_PATH", str(settings))
    seen = Bystander(peer)
    calls = peer.collect(HelpCall, "help_calls", qos.FALL_ALERTS)
    start(conversation={**HEARS_A_TOPIC, "speaker": "", "end_silence_s": 5.0})
    speaker = Speaker(peer, Sound, lambda samples: Sound(rate_hz=RATE_HZ, channels=1, samples=samples))
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")
    peer.wait_until(lambda: seen.state("conversation: speech") == "can be heard", "the loudspeaker")
    client = ActionClient(peer, Say, "say")
    peer.wait_until(client.server_is_ready, "the node")

    speaker.say("I fell")
    peer.wait_until(lambda: "fell" in seen.caption(), "what is heard so far")
    assert not calls
    client.send_goal_async(a_minute())
    peer.wait_until(lambda: calls, "the call")
    assert (calls[0].means, "fell" in calls[0].words) == ("voice", True)

    peer.wait_until(lambda: seen.caption().startswith("word"), "the robot's own voice")
    speaker.say("please help me")
    peer.spin(5.0)
    assert len(calls) == 1


@pytest.mark.parametrize("stamped", [False, True])
def test_sound_of_audio_common_is_heard(peer: Peer, start, stamped: bool) -> None:
    messages = pytest.importorskip("audio_common_msgs.msg")
    seen = Bystander(peer)

    def packed(samples: np.ndarray) -> Any:
        data = messages.AudioData(data=samples.tobytes())
        return messages.AudioDataStamped(audio=data) if stamped else data

    Speaker(peer, messages.AudioDataStamped if stamped else messages.AudioData, packed)
    start(conversation=HEARS_A_TOPIC)
    peer.wait_until(lambda: seen.state("conversation: hearing") == "hears", "that it hears")


def test_a_topic_of_another_type_is_said(peer: Peer, start) -> None:
    seen = Bystander(peer)
    peer.create_publisher(String, "audio", 10)
    start(conversation=HEARS_A_TOPIC)
    seen.wait_for("conversation: hearing", "is of the type std_msgs/msg/String, which is no sound: use carebot_inter")


@pytest.mark.parametrize("message", [Sound(rate_hz=0, channels=1, samples=[1]), Sound(rate_hz=16000, channels=0)])
def test_what_is_no_sound_is_said(peer: Peer, start, message: Sound) -> None:
    seen = Bystander(peer)
    out = peer.create_publisher(Sound, "audio", 10)
    peer.create_timer(BLOCK_S, lambda: out.publish(message))
    start(conversation=HEARS_A_TOPIC)
    seen.wait_for("conversation: hearing", "gives what is no sound: its rate and channels must be above 0")


@pytest.mark.skipif(not Voice("espeak-ng", "en-us").is_there, reason="espeak-ng is not installed")
def test_the_simulated_resident_answers_aloud(peer: Peer, start, tmp_path: Path) -> None:
    path = tmp_path / "calls.yaml"
    path.write_text('description: Calls.\nscript: [{stand: 60}]\nanswers: [{says: "help me please", after_s: 1}]\n')
    calls = peer.collect(HelpCall, "help_calls", qos.FALL_ALERTS)
    sound = ResidentSound(peer)
    ResidentVoice(peer, load_scenario(str(path)), sound)
    start(conversation=HEARS_A_TOPIC)
    client = ActionClient(peer, Ask, "ask")
    peer.wait_until(client.server_is_ready, "the node")
    goal = Ask.Goal(question="Are you all right?", language="en", answers=["fine", "help"], patience_s=20.0, repeats=0)
    client.send_goal_async(goal)
    peer.wait_until(lambda: calls, "the call")
    assert calls[0].means == "voice"
    sound.close()
