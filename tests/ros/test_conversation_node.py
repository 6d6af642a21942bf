"""Conversation over real ROS: said, asked, answered in each way; stop and help before all else."""

from __future__ import annotations

import math
import shutil
import subprocess
import time
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from action_msgs.msg import GoalStatus
from carebot_interfaces.action import Ask, Say
from carebot_interfaces.msg import Alerts, Caption, HelpCall, MotionState, ResidentRequest, Utterance
from carebot_interfaces.msg import People as PeopleMsg
from diagnostic_msgs.msg import DiagnosticArray
from rclpy.action import ActionClient
from std_msgs.msg import Bool, String
from std_srvs.srv import Trigger

from carebot.conversation.touch import STOOD_S
from carebot.people import People, Person
from carebot.ros import qos
from carebot.ros.convert import alert_from_msg, people_to_msg
from tests.ros.conftest import Peer
from tests.ros.test_falls_node import person

SILENT = {"speaker": "none", "language": "en"}
WELL = ["fine", "help"]


class Partner:
    """The test's end of everything that the node offers."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer
        self.captions = peer.collect(Caption, "captions", qos.CAPTIONS)
        self.calls = peer.collect(HelpCall, "help_calls", qos.FALL_ALERTS)
        self.utterances = peer.collect(Utterance, "utterances", qos.SPOKEN_ONCE)
        self.typed = peer.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)
        self.bumper = peer.create_publisher(Bool, "bumper", 1)
        self.people = peer.create_publisher(PeopleMsg, "people", qos.PEOPLE)
        many = {"goal_service_qos_profile": qos.GOALS, "result_service_qos_profile": qos.GOALS}
        self.say_client, self.ask_client = ActionClient(peer, Say, "say", **many), ActionClient(peer, Ask, "ask")
        self.feedback: list[Any] = []

    def wait_for_node(self) -> None:
        self.peer.wait_until(lambda: self.say_client.server_is_ready() and self.ask_client.server_is_ready(), "servers")
        self.peer.wait_until(
            lambda: self.typed.get_subscription_count() and self.bumper.get_subscription_count(), "subscriptions"
        )

    def send(self, client: ActionClient, goal: Any) -> Any:
        sending = client.send_goal_async(goal, lambda message: self.feedback.append(message.feedback))
        self.peer.wait_until(sending.done, "an answer to the goal")
        assert sending.result().accepted
        return sending.result()

    def result(self, handle: Any) -> tuple[Any, int]:
        got = handle.get_result_async()
        self.peer.wait_until(got.done, "a result")
        return got.result().result, got.result().status

    def say(self, text: str, **more: Any) -> Any:
        return self.send(self.say_client, Say.Goal(text=text, **more))

    def ask(self, answers: list[str], patience_s: float = 20.0, repeats: int = 0, **more: Any) -> Any:
        goal = Ask.Goal(question="Well?", answers=answers, patience_s=patience_s, repeats=repeats, **more)
        handle = self.send(self.ask_client, goal)
        self.peer.wait_until(lambda: "Well?" in self.texts(), "the question")
        return handle

    def type(self, text: str, language: str = "", who: str = "") -> None:
        self.typed.publish(Utterance(text=text, language=language, who=who))

    def press(self) -> None:
        """And let go."""
        for pressed in (True, False):
            self.bumper.publish(Bool(data=pressed))
            self.peer.spin(0.2)

    def touch_until_it_says(self, text: str) -> None:
        """The node may not have met the test's bumper yet; a press soon after another is no touch."""
        again_s = 0.0

        def has_said() -> bool:
            nonlocal again_s
            if text not in self.texts() and time.monotonic() >= again_s:
                self.press()
                again_s = time.monotonic() + STOOD_S + 1.0
            return text in self.texts()

        self.peer.wait_until(has_said, text)

    def texts(self) -> list[str]:
        return [caption.text for caption in self.captions if caption.text and caption.who == "robot"]


@pytest.fixture
def partner(peer: Peer) -> Partner:
    return Partner(peer)


def test_said_with_captions_and_progress(partner: Partner, start, tmp_path: Path) -> None:
    node = start(conversation={**SILENT, "speaker": str(tmp_path / "said.wav")})
    partner.wait_for_node()
    result, status = partner.result(partner.say("Good morning. It is 8:00."))
    assert (result.is_said, result.reason, status) == (True, "", GoalStatus.STATUS_SUCCEEDED)
    assert [each.said for each in partner.feedback] == ["Good morning.", "Good morning. It is 8:00."]
    said = ["Good morning.", "It is 8:00."]
    partner.peer.wait_until(lambda: partner.texts() == said and not partner.captions[-1].text, "both captions")
    assert all(
        each.is_heard and each.language == "en" and each.who == "robot" for each in partner.captions if each.text
    )
    assert node.stop() == 0
    with wave.open(str(tmp_path / "said.wav")) as heard:
        assert 1.0 < heard.getnframes() / heard.getframerate() < 6.0


@pytest.mark.parametrize(
    ("goal", "reason"),
    [
        (Say.Goal(text=""), "no words"),
        (Say.Goal(text="🙂"), "no words"),
        (Say.Goal(text="Hallo", language="de"), "there is no language 'de': use one of en, ja, fr"),
        (Say.Goal(text="a" * 250_000), "250000 characters"),
    ],
)
def test_what_cannot_be_said_is_answered_with_the_reason(partner: Partner, start, goal, reason) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    result, status = partner.result(partner.send(partner.say_client, goal))
    assert (result.is_said, status) == (False, GoalStatus.STATUS_ABORTED)
    assert reason in result.reason


def test_called_off_in_the_middle_and_the_next_is_said(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    handle = partner.say("word " * 20_000)  # 100 kB
    partner.peer.wait_until(partner.texts, "the first words")
    began_s = time.monotonic()
    cancelling = handle.cancel_goal_async()
    partner.peer.wait_until(cancelling.done, "the cancellation")
    result, status = partner.result(handle)
    assert (result.is_said, result.reason, status) == (False, "it was called off", GoalStatus.STATUS_CANCELED)
    assert time.monotonic() - began_s < 20.0  # it would have gone on for hours
    assert partner.result(partner.say("Yes."))[0].is_said


def test_fifty_at_once_are_all_said(partner: Partner, start, tmp_path: Path) -> None:
    start(conversation={**SILENT, "speaker": str(tmp_path / "said.wav")})
    partner.wait_for_node()
    sending = [partner.say_client.send_goal_async(Say.Goal(text=f"Number {n}.")) for n in range(50)]
    partner.peer.wait_until(lambda: all(each.done() for each in sending), "50 goals")
    results = [partner.result(each.result())[0] for each in sending]
    assert all(result.is_said for result in results)


def test_an_urgent_line_interrupts_and_the_other_is_begun_again(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    talk = partner.say("This is a rather long sentence about the weather of today and of tomorrow.")
    partner.peer.wait_until(partner.texts, "the small talk")
    assert partner.result(partner.say("Fire!", is_urgent=True))[0].is_said
    assert partner.result(talk)[0].is_said
    texts = partner.texts()
    assert texts[0] == texts[2]
    assert texts[1] == "Fire!"


def test_announcements_of_care_are_said_in_their_language(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    announcements = partner.peer.create_publisher(String, "announcements", qos.ANNOUNCEMENTS)
    partner.peer.wait_until(announcements.get_subscription_count, "the node")
    announcements.publish(String(data="まだ応答がありません。"))
    partner.peer.wait_until(lambda: "まだ応答がありません。" in partner.texts(), "the announcement")
    assert [each.language for each in partner.captions if each.text] == ["ja"]


def test_without_a_loudspeaker_captions_go_on_and_the_state_says_so(partner: Partner, start) -> None:
    if list(Path("/proc/asound").glob("card*")):
        pytest.skip("this machine has a sound card")
    start(conversation={"language": "en"})
    health = partner.peer.collect(DiagnosticArray, "diagnostics")
    partner.wait_for_node()
    result, _ = partner.result(partner.say("Good morning."))
    assert result.is_said
    assert "loudspeaker" in result.reason or "PortAudio" in result.reason
    [caption] = [each for each in partner.captions if each.text]
    assert (caption.text, caption.is_heard) == ("Good morning.", False)
    assert caption.why_not_heard == result.reason
    partner.peer.wait_until(lambda: "only shown" in health[-1].status[0].message, "the state")


def test_what_another_resident_types_answers_nothing_that_this_one_was_asked(
    partner: Partner, start, tmp_path: Path
) -> None:
    site = tmp_path / "site.yaml"
    site.write_text("residents: [{name: Hana}, {name: Taro}]\n", encoding="utf-8")
    start(conversation={"speaker": "none", "site": str(site)})
    partner.wait_for_node()
    partner.type("call the nurse", who="Hana")
    partner.peer.wait_until(lambda: "Shall I call a caregiver?" in partner.texts(), "the question")
    partner.type("yes", who="Taro")
    partner.peer.wait_until(lambda: "Good." in partner.texts(), "an answer to Taro")
    assert partner.calls == []
    partner.type("yes", who="Hana")
    partner.peer.wait_until(lambda: partner.calls and "Yes, I am passing it on." in partner.texts(), "the call")

    asked = partner.ask(WELL)
    partner.type("I am fine", who="Taro")
    partner.peer.wait_until(lambda: "I am glad to hear that, Taro." in partner.texts(), "an answer to Taro")
    partner.type("help me", who="Taro")
    partner.peer.wait_until(lambda: len(partner.calls) == 2, "Taro's call")
    partner.type("I am fine", who="Hana")
    assert partner.result(asked)[0].heard == "I am fine"
    partner.type("repeat", who="Hana")
    partner.peer.wait_until(lambda: partner.texts().count("Well?") == 2, "what was said to Hana last")


def test_what_a_routine_said_or_asked_is_repeated_and_no_alarms_words(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    partner.result(partner.say("Lunch is ready. It is soup.", origin="routine"))
    partner.result(partner.say("Somebody has fallen!", is_urgent=True))
    partner.result(partner.say("C'est prêt.", language="fr"))
    partner.type("repeat please")
    partner.peer.wait_until(lambda: partner.texts().count("It is soup.") == 2, "the same again")
    assert partner.texts().count("Lunch is ready.") == 2

    asked = partner.ask(WELL)
    partner.type("I am fine")
    partner.result(asked)
    partner.type("repeat please")
    partner.peer.wait_until(lambda: partner.texts().count("Well?") == 2, "the question again")


@pytest.mark.parametrize(
    ("wish", "promise", "limit"),
    [
        ("louder", "I will speak louder.", "I am speaking as loudly as I can already."),
        ("slower", "I will speak more slowly.", "I am speaking as slowly as I can already."),
    ],
)
def test_what_its_voice_cannot_do_is_not_promised(partner: Partner, start, wish: str, promise: str, limit: str) -> None:
    start(conversation={**SILENT, "voice": {"volume": 0.9, "rate": 0.45}})
    partner.wait_for_node()
    for text in (promise, limit):
        partner.type(wish)
        partner.peer.wait_until(lambda text=text: text in partner.texts(), text)
    assert partner.texts() == [promise, limit]


def test_a_question_is_louder_each_time_as_far_as_that_goes(partner: Partner, start, tmp_path: Path) -> None:
    node = start(conversation={**SILENT, "speaker": str(tmp_path / "said.wav"), "voice": {"volume": 0.3}})
    partner.wait_for_node()
    assert partner.result(partner.ask(WELL, patience_s=0.2, repeats=4))[0].times_asked == 5
    assert node.stop() == 0
    with wave.open(str(tmp_path / "said.wav")) as heard:
        sound = np.abs(np.frombuffer(heard.readframes(heard.getnframes()), np.int16).astype(float))
    whole = len(sound) // 5
    peaks = [sound[at * whole : (at + 1) * whole].max() for at in range(5)]
    assert peaks[1] / peaks[0] == pytest.approx(1.6, rel=0.05)
    assert peaks[2] / peaks[1] == pytest.approx(1.6, rel=0.05)
    assert peaks[3] / peaks[2] == pytest.approx(1.0 / (0.3 * 1.6**2), rel=0.05)
    assert peaks[4] == pytest.approx(peaks[3], rel=0.02)


def test_typed_words_are_answered_and_passed_on(partner: Partner, start) -> None:
    start(conversation={"speaker": "none", "site": "home"})
    partner.wait_for_node()
    partner.type("こんにちは")
    partner.peer.wait_until(partner.texts, "an answer")
    assert partner.texts() == ["こんにちは、ハナさん。"]
    assert (partner.utterances[0].text, partner.utterances[0].means) == ("こんにちは", "text")


def test_odd_words_are_survived(partner: Partner, start) -> None:
    node = start(conversation=SILENT)
    partner.wait_for_node()
    for text in ("", "\0\x07", "🙂" * 1000, "a" * 100_000, "?!"):
        partner.type(text, language="xx")
    partner.peer.wait_until(lambda: len(partner.utterances) == 5, "all utterances")
    assert node.stop() == 0


def test_what_nobody_carries_out_is_not_promised(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    partner.type("come here")
    partner.peer.wait_until(lambda: "I am sorry, I cannot do that yet." in partner.texts(), "an honest answer")
    requests = partner.peer.collect(ResidentRequest, "requests", qos.SPOKEN_ONCE)
    partner.peer.wait_until(lambda: partner.peer.count_publishers("requests"), "the node")
    partner.peer.wait_until(lambda: _typed_until(partner, "come here", requests), "the request")
    assert requests[0].name == "come"


def _typed_until(partner: Partner, text: str, heard: list[Any]) -> bool:
    """The node may not have noticed its listener yet."""
    partner.type(text)
    partner.peer.spin(0.3)
    return bool(heard)


def test_help_becomes_an_alert_with_the_words_and_a_caregiver_can_be_called(partner: Partner, start) -> None:
    start(conversation=SILENT, care={})
    lists = partner.peer.collect(Alerts, "alerts", qos.ALERTS)
    partner.wait_for_node()
    partner.type("Help! I have fallen down.")
    partner.peer.wait_until(lambda: lists and lists[-1].alerts, "an alert")
    alert = alert_from_msg(lists[-1].alerts[0])
    assert (alert.kind, alert.state.value) == ("help", "confirmed")
    assert "help" in alert.exchanges[0].heard.casefold()
    assert alert.exchanges[0].means == "text"
    partner.peer.wait_until(lambda: any("raising an alert" in text for text in partner.texts()), "the answer")
    partner.type("call the nurse")
    partner.peer.wait_until(lambda: "Shall I call a caregiver?" in partner.texts(), "the question")
    partner.type("yes")
    partner.peer.wait_until(lambda: len(partner.calls) == 2, "the second call")
    assert partner.calls[1].rule == "wants_caregiver"


def test_stop_is_the_emergency_stop_and_silences(partner: Partner, start) -> None:
    stops: list[Any] = []

    def stop(request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        stops.append(request)
        response.success = True
        return response

    partner.peer.create_service(Trigger, "emergency_stop", stop)
    start(conversation=SILENT)
    partner.wait_for_node()
    talk = partner.say("word " * 1000)
    partner.peer.wait_until(partner.texts, "the small talk")
    partner.type("stop")
    partner.peer.wait_until(lambda: stops, "the emergency stop")
    assert not partner.result(talk)[0].is_said
    partner.peer.wait_until(lambda: "I am stopping." in partner.texts(), "the answer")


def test_asked_and_answered_by_typing(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    handle = partner.ask(WELL)
    partner.type("yes, I am fine")
    result, status = partner.result(handle)
    assert (result.answer, result.means, result.times_asked) == ("fine", "text", 1)
    assert result.heard == "yes, I am fine"
    assert status == GoalStatus.STATUS_SUCCEEDED
    assert not partner.calls


def test_asked_and_answered_by_a_call_for_help_which_is_also_an_alert(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    handle = partner.ask(WELL)
    partner.type("助けて")
    assert partner.result(handle)[0].answer == "help"
    partner.peer.wait_until(lambda: partner.calls, "the call")


def test_silence_is_asked_again_and_then_told(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    result, _ = partner.result(partner.ask(WELL, patience_s=0.2, repeats=2))
    assert (result.answer, result.heard, result.means, result.times_asked) == ("none", "", "", 3)
    phases = [(each.phase, each.times_asked) for each in partner.feedback]
    assert phases == [(phase, times) for times in (1, 2, 3) for phase in ("asking", "listening")]
    assert partner.texts().count("Well?") == 3


def test_asked_and_answered_by_touching_the_bumper(partner: Partner, start) -> None:
    start(conversation={**SILENT, "ask_when_touched": False})
    partner.wait_for_node()
    partner.bumper.publish(Bool(data=True))  # pressed before the question: no answer
    partner.peer.spin(0.3)
    handle = partner.ask(WELL)
    for pressed in (False, True):
        partner.bumper.publish(Bool(data=pressed))
        partner.peer.spin(0.3)
    result, _ = partner.result(handle)
    assert (result.answer, result.means) == ("help", "bumper")


def test_who_touches_a_robot_that_stands_is_asked_and_calls_by_another_touch(partner: Partner, start) -> None:
    start(conversation={**SILENT, "language": "ja", "quiet_from": "00:00", "quiet_until": "23:59"}, care={})
    lists = partner.peer.collect(Alerts, "alerts", qos.ALERTS)
    partner.wait_for_node()
    partner.touch_until_it_says("必要でしたら、もう一度さわってください。")
    assert partner.texts()[-2:] == ["助けが必要ですか。", "必要でしたら、もう一度さわってください。"]
    assert all(each.is_heard for each in partner.captions if each.text)
    assert partner.calls == []
    partner.peer.wait_until(lambda: partner.press() or partner.calls, "the call")
    assert (partner.calls[0].rule, partner.calls[0].means, partner.calls[0].language) == ("touched", "bumper", "ja")
    partner.peer.wait_until(lambda: lists and lists[-1].alerts, "an alert")
    assert alert_from_msg(lists[-1].alerts[0]).state.value == "confirmed"


@pytest.mark.parametrize(
    ("typed", "rules"), [("no thank you", []), ("yes please", ["touched"]), ("I fell", ["fallen"])]
)
def test_who_touched_it_may_also_answer_in_words(partner: Partner, start, typed: str, rules: list[str]) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    partner.touch_until_it_says("Do you need help?")
    partner.type(typed)
    said = "All right." if not rules else "I heard you."
    partner.peer.wait_until(lambda: said in partner.texts(), "the answer")
    partner.peer.spin(0.5)
    assert [each.rule for each in partner.calls] == rules


def test_nobody_is_asked_by_a_robot_that_drives_into_something_nor_in_privacy(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    partner.touch_until_it_says("Do you need help?")
    partner.type("no")
    partner.peer.wait_until(lambda: "All right." in partner.texts(), "the answer")
    motion = partner.peer.create_publisher(MotionState, "motion_state", qos.latched(1))
    partner.peer.wait_for_readers(motion, "conversation")
    partner.peer.spin(STOOD_S)
    motion.publish(MotionState(vx_m_s=0.4))
    partner.peer.spin(0.3)
    partner.press()
    motion.publish(MotionState())
    partner.press()
    partner.type("privacy on")
    partner.peer.wait_until(lambda: any("Privacy is on" in each for each in partner.texts()), "privacy")
    for _ in range(40):
        motion.publish(MotionState())
        partner.peer.spin(0.1)
    partner.press()
    partner.peer.spin(0.5)
    assert partner.texts().count("Do you need help?") == 1
    assert partner.calls == []


def test_asked_and_answered_by_getting_up(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    partner.peer.wait_until(partner.people.get_subscription_count, "the node")
    handle = partner.ask(WELL)
    got = handle.get_result_async()
    visitor = Person(2, 0.9, person(0.0).keypoints + np.float32([0.3, 0.0, 0.0]))
    number = 0
    while not got.done() and number < 120:
        angle_rad = math.pi / 2 if number < 36 else 0.0
        shown = (person(angle_rad), visitor)
        partner.people.publish(people_to_msg(People(1000.0 + number / 12.0, 640, 480, shown)))
        partner.peer.spin(0.02)
        number += 1
    partner.peer.wait_until(got.done, "an answer")
    assert number > 36 + 10  # the visitor, who stood all the time, answers nothing
    assert (got.result().result.answer, got.result().result.means) == ("fine", "posture")


def test_a_question_can_be_called_off_and_the_next_is_asked(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    first = partner.ask(WELL)
    second = partner.send(partner.ask_client, Ask.Goal(question="Tea?", answers=["yes", "no"], patience_s=20.0))
    cancelling = first.cancel_goal_async()
    partner.peer.wait_until(cancelling.done, "the cancellation")
    assert partner.result(first)[1] == GoalStatus.STATUS_CANCELED
    partner.peer.wait_until(lambda: "Tea?" in partner.texts(), "the next question")
    partner.type("yes please")
    assert partner.result(second)[0].answer == "yes"


def test_an_urgent_question_goes_before_one_that_is_not(partner: Partner, start) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    tea = partner.send(partner.ask_client, Ask.Goal(question="Tea?", answers=["yes", "no"], patience_s=20.0))
    partner.peer.wait_until(lambda: "Tea?" in partner.texts(), "the first question")
    urgent = partner.ask(WELL, is_urgent=True)
    partner.type("I am fine")
    assert partner.result(urgent)[0].answer == "fine"
    partner.peer.wait_until(lambda: partner.texts().count("Tea?") == 2, "the first question again")
    partner.type("no")
    assert partner.result(tea)[0].answer == "no"


@pytest.mark.parametrize(
    "goal",
    [Ask.Goal(question=""), Ask.Goal(question="🙂"), Ask.Goal(question="Wie?", language="de")],
)
def test_a_question_that_cannot_be_asked_is_refused(partner: Partner, start, goal) -> None:
    start(conversation=SILENT)
    partner.wait_for_node()
    result, status = partner.result(partner.send(partner.ask_client, goal))
    assert (result.answer, result.times_asked, status) == ("none", 0, GoalStatus.STATUS_ABORTED)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"language": "de"}, "language"),
        ({"quiet_from": "25:00"}, "quiet_from"),
        ({"quiet_from": "22:00"}, "quiet_until"),
        ({"end_silence_s": 0.1}, "end_silence_s"),
        ({"site": "nowhere.yaml"}, "nowhere.yaml"),
        ({"site": "home", "resident": "Nobody"}, "there is no resident 'Nobody'"),
        ({"speaker": "/no/where.wav"}, "cannot be written"),
        ({"voice": {"rate": 9.0}}, "voice.rate"),
    ],
)
def test_parameters_that_cannot_be_used_are_named(start, parameters, said) -> None:
    node = start(conversation=parameters)
    assert node.wait() == 2
    assert any(said in line for line in node.lines), node.lines
    assert not any("Traceback" in line for line in node.lines)


def test_quiet_hours_are_quiet_but_for_what_is_urgent(partner: Partner, start) -> None:
    start(conversation={**SILENT, "quiet_from": "00:00", "quiet_until": "23:59"})
    partner.wait_for_node()
    result, _ = partner.result(partner.say("Good evening."))
    assert "quiet hour (00:00 to 23:59)" in result.reason
    assert partner.result(partner.say("Fire!", is_urgent=True))[0].reason == ""
    heard = {each.text: each.is_heard for each in partner.captions if each.text}
    assert heard == {"Good evening.": False, "Fire!": True}


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is missing: apt-get brings it")
def test_a_voice_calls_for_help_before_its_turn_is_over(partner: Partner, start, tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    spoken = tmp_path / "help.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", "help me please", "-o", str(spoken)], check=True)
    with wave.open(str(spoken)) as file:
        rate_hz, sound = file.getframerate(), file.readframes(file.getnframes())
    silence = bytes(2 * 3 * rate_hz)
    with wave.open(str(tmp_path / "room.wav"), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(silence + sound + silence)
    start(conversation={**SILENT, "microphone": str(tmp_path / "room.wav")})
    health = partner.peer.collect(DiagnosticArray, "diagnostics")
    partner.peer.wait_until(lambda: partner.calls, "the call")
    assert (partner.calls[0].means, partner.calls[0].language) == ("voice", "en")
    assert "help" in partner.calls[0].words
    partner.peer.wait_until(lambda: "heard to its end" in health[-1].status[1].message, "the end of the recording")
    assert len(partner.calls) == 1


@pytest.mark.parametrize(("microphone", "said"), [("no such microphone", "microphone"), ("missing.wav", "missing.wav")])
def test_without_its_microphone_it_says_so_and_goes_on(partner: Partner, start, microphone: str, said: str) -> None:
    pytest.importorskip("pocketsphinx")
    start(conversation={**SILENT, "microphone": microphone})
    health = partner.peer.collect(DiagnosticArray, "diagnostics")
    partner.wait_for_node()
    partner.peer.wait_until(
        lambda: health and "hears nothing" in health[-1].status[1].message and said in health[-1].status[1].message,
        "why nothing is heard",
    )
    partner.type("hello")
    partner.peer.wait_until(partner.texts, "an answer")
