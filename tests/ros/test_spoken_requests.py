"""A resident's sentence, typed or spoken, becomes a routine that runs: real conversation, real care, and a navigation
of a few lines beside them."""

from __future__ import annotations

import shutil
import subprocess
import time
import wave
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from carebot_interfaces.msg import (
    Caption,
    People,
    Person,
    ResidentReply,
    ResidentRequest,
    RoutineRuns,
    SpokenNames,
    Utterance,
)
from carebot_interfaces.srv import AnswerRoutine
from std_msgs.msg import Bool, Float64

from carebot.benchmarks.receiver import phones
from carebot.ros import qos
from tests.ros.conftest import Peer
from tests.ros.test_routines import ROOMS, Rest

HANA = "Hana Sato"


class Home:
    """A resident's home: what is said in it, what the robot says, where it drives, who is told."""

    def __init__(self, peer: Peer, rest: Rest, start: Any, folder: Path) -> None:
        self.peer, self.rest, self._start, self._folder = peer, rest, start, folder
        self.captions = peer.collect(Caption, "captions", qos.CAPTIONS)
        self.replies = peer.collect(ResidentReply, "request_replies", qos.SPOKEN_ONCE)
        self.requests: list[Any] = []
        self.names = peer.collect(SpokenNames, "spoken_names", qos.latched(1))
        self.runs = peer.collect(RoutineRuns, "routines", qos.ROUTINES)
        self.typed = peer.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)
        self.people = peer.create_publisher(People, "people", qos.PEOPLE)
        self.answers = peer.create_client(AnswerRoutine, "answer_routine")

    def open(
        self,
        address: str = "",
        language: str = "en",
        wheels: bool = True,
        keys: dict[str, Any] | None = None,
        **more: Any,
    ) -> Any:
        """The nodes, until they know of each other; `keys` stand in the site file besides."""
        if wheels:
            self.rest.navigation()
        site: dict[str, Any] = {
            "rooms": [{**room, "called": {"en": f"the {room['name']}"}} for room in ROOMS],
            "residents": [{"name": HANA, "called": "Mrs Sato", "language": language, "room": "bedroom"}],
            **(keys or {}),
        }
        if address:
            site["caregivers"] = [
                {"name": "Aiko", "reach": {"phone": f"{address}/Aiko"}},
                {"name": "Yui Sato", "relation": "daughter", "reach": {"phone": f"{address}/Yui"}},
            ]
            site["escalation"] = {"default": [{"tell": [{"who": "Aiko"}], "for_s": 3600}]}
        path = self._folder / "site.yaml"
        path.write_text(yaml.safe_dump(site), encoding="utf-8")
        care = {"site": str(path), "records": str(self._folder / "records.sqlite")}
        node = self._start(conversation={"speaker": "none", "site": str(path), **more}, care=care)
        self.peer.wait_until(lambda: self.names, "the names")
        self.peer.wait_until(lambda: self.peer.count_subscribers("requests"), "care")
        self.peer.wait_until(lambda: self.typed.get_subscription_count(), "the conversation")
        self.peer.spin(0.5)
        return node

    def type(self, text: str) -> None:
        self.typed.publish(Utterance(text=text))

    def said(self) -> list[str]:
        return [each.text for each in self.captions if each.text and each.who == "robot"]

    def hears(self, text: str) -> None:
        """Until the robot says so, sentence after sentence; somebody is seen wherever it drives."""
        self.peer.wait_until(lambda: self._seen() and text in " ".join(self.said()), text)

    def drives(self, where: str) -> None:
        self.peer.wait_until(lambda: self._seen() and ("go_to", where) in self.rest.log, f"the way to {where}")

    def _seen(self) -> bool:
        if self.rest.log:  # nobody is where the robot stands before it drives
            self.people.publish(People(people=[Person(track_id=1, confidence=0.9)]))
        return True


@pytest.fixture
def home(peer: Peer, start: Any, tmp_path: Path) -> Iterator[Home]:
    rest = Rest(peer)
    yield Home(peer, rest, start, tmp_path)
    rest.close()


def test_come_here_and_it_comes(home: Home) -> None:
    home.open()
    home.type("please come here")
    home.hears("I am coming.")
    home.drives("bedroom")
    home.hears("Here I am. What can I do for you?")
    home.peer.wait_until(lambda: [each.what for each in home.replies] == ["begun", "done"], "the replies")
    assert {each.request for each in home.replies} == {home.replies[0].request}
    origins = {each.text: each.origin for each in home.captions if each.who == "robot" and each.text}
    assert origins["I am coming."] == "template"
    assert origins["What can I do for you?"] == "routine"


def test_what_is_still_planned_today_is_told_with_what_was_asked_for_meanwhile(home: Home) -> None:
    noon = (12 - time.gmtime().tm_hour) % 24  # a zone where it is noon now, so that the day has an evening left
    zone = f"Etc/GMT-{noon}" if noon <= 12 else f"Etc/GMT+{24 - noon}"
    dinner = {"id": "dinner", "routine": "meal_reminder", "at": ["23:40", "00:10"], "with": {"resident": HANA}}
    home.open(keys={"time_zone": zone, "schedule": [dinner]})
    home.type("what is my schedule")
    home.hears("Still to come today: 11:40 PM Meal.")
    home.type("remind me to water the flowers at 11 pm")
    home.hears("Shall I remind you at 11:00 PM: water the flowers?")
    home.type("yes")
    home.hears("I will remind you: water the flowers.")
    home.type("what is my schedule")
    home.hears("Still to come today: 11:00 PM water the flowers, 11:40 PM Meal.")


def test_led_to_a_room_by_the_name_it_has_in_the_site_file(home: Home) -> None:
    home.open()
    home.type("take me to the kitchen")
    home.hears("Please wait, I will show you the way.")
    home.hears("I will show you the way: the kitchen. Please follow me.")
    home.drives("kitchen")
    assert home.said().count("I will ask to show you the way: the kitchen.") == 0  # no promise before care's answer


def test_word_is_sent_to_a_daughter_after_a_yes(home: Home) -> None:
    with phones() as rung:
        home.open(rung.address)
        home.type("call my daughter")
        home.hears("Shall I ask for a call to your family?")
        assert rung.paths() == []
        home.type("yes")
        home.hears("I am sending word to Yui Sato.")
        home.peer.wait_until(lambda: rung.paths() == ["/Yui"], "the daughter's phone")
        assert f"{HANA} would like to talk to you." in rung.letters[-1].message


def test_a_no_sends_nothing(home: Home) -> None:
    with phones() as rung:
        home.open(rung.address)
        home.type("call Aiko")
        home.hears("Shall I send word to Aiko?")
        home.type("no")
        home.hears("All right, I will not do it.")
        assert (rung.paths(), home.replies) == ([], [])


def test_whom_it_cannot_reach_a_caregiver_hears_of(home: Home) -> None:
    with phones() as rung:
        home.open(rung.address)
        home.type("call my brother")
        home.hears("Shall I ask for a call to your family?")
        home.type("yes")
        home.hears("I do not know how to reach them. I am telling a caregiver that you would like to talk to them.")
        home.peer.wait_until(lambda: rung.paths() == ["/Aiko"], "Aiko's phone")
        assert "brother" in rung.letters[-1].message


def test_a_reminder_is_planned_and_one_about_medicine_goes_to_a_caregiver(home: Home) -> None:
    with phones() as rung:
        home.open(rung.address)
        home.type("remind me to water the flowers at 8 pm")
        home.hears("Shall I remind you at 8:00 PM: water the flowers?")
        home.type("yes")
        home.hears("I will remind you: water the flowers.")
        home.type("remind me to take my pills at 8 pm")
        home.hears("Shall I remind you at 8:00 PM: take my pills?")
        home.type("yes")
        home.peer.wait_until(lambda: home.replies[-1].what == ResidentReply.REFUSED, "the refusal")
        home.peer.wait_until(lambda: rung.paths() == ["/Aiko"], "Aiko's phone")
        assert "take my pills" in rung.letters[-1].message
        home.peer.wait_until(lambda: any("so that nothing goes wrong" in each for each in home.said()), "the reason")


def test_a_routine_that_waits_for_a_caregiver(home: Home) -> None:
    with phones() as rung:
        home.open(rung.address)
        home.type("start the morning check")
        home.hears("Shall I start this: Morning check?")
        home.type("yes")
        home.hears("I have asked a caregiver whether I may. Please wait a moment.")
        home.peer.wait_until(lambda: home.runs and home.runs[-1].runs and home.runs[-1].runs[0].needs_approval)
        home.peer.wait_until(lambda: rung.paths() == ["/Aiko"], "Aiko asked")
        assert HANA in rung.letters[-1].message
        assert home.rest.log == []
        request = AnswerRoutine.Request(run=home.runs[-1].runs[0].run, answer="refuse", by="Aiko")
        assert home.peer.wait_until(home.answers.service_is_ready, "the service") is None
        home.answers.call_async(request)
        home.hears("I may not do that now: no caregiver has agreed to it.")
        assert [each.what for each in home.replies] == ["waits", "failed"]
        assert home.rest.log == []


def test_without_wheels_it_says_so(home: Home) -> None:
    home.open(wheels=False)
    home.type("come here")
    home.hears("I cannot drive at the moment.")
    assert "I am coming." not in home.said()


def test_in_japanese(home: Home) -> None:
    home.open(language="ja")
    home.type("来てください")
    home.hears("はい、そちらへ行きます。")
    home.drives("bedroom")


def test_where_nobody_answers_it_says_so_after_a_while(home: Home, start: Any) -> None:
    heard = home.peer.collect(ResidentRequest, "requests", qos.SPOKEN_ONCE)
    start(conversation={"speaker": "none", "language": "en"})
    home.peer.wait_until(lambda: home.typed.get_subscription_count(), "the conversation")
    home.peer.wait_until(lambda: home.peer.count_publishers("requests"), "the conversation")
    home.peer.spin(0.5)
    home.type("come here")
    home.peer.wait_until(lambda: heard, "the request")
    home.hears("I am sorry, I cannot do that yet.")


@pytest.mark.skipif(shutil.which("flite") is None, reason="flite is missing: apt-get brings it")
def test_a_spoken_wish_is_carried_out(home: Home, tmp_path: Path) -> None:
    pytest.importorskip("pocketsphinx")
    home.open(microphone=str(spoken(tmp_path / "come.wav", "come here please")))
    home.hears("I am coming.")
    home.drives("bedroom")
    heard = [each for each in home.captions if each.origin == "voice"]
    assert (heard[-1].who, heard[-1].is_final, heard[-1].text) == (HANA, True, "come here please")
    assert not heard[0].is_final
    assert len({each.turn for each in heard}) == 1
    answer = next(each for each in home.captions if each.text == "I am coming.")
    assert answer.turn == heard[0].turn


def spoken(path: Path, text: str, lead_s: int = 4) -> Path:
    """`text` by a synthetic voice, with silence before and after it."""
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", str(path)], check=True)
    with wave.open(str(path)) as file:
        rate_hz, sound = file.getframerate(), file.readframes(file.getnframes())
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(bytes(2 * lead_s * rate_hz) + sound + bytes(2 * 3 * rate_hz))
    return path


def test_privacy_that_is_asked_for_closes_the_camera_and_opens_it_again(home: Home) -> None:
    closed = home.peer.collect(Float64, "camera_off_until", qos.latched(1))
    is_off = home.peer.create_publisher(Bool, "camera_is_off", qos.latched(1))
    private = home.peer.collect(Bool, "privacy", qos.latched(1))
    with phones() as rung:
        home.open(rung.address)
        home.type("stop watching me")
        home.hears("I am switching my camera off.")
        home.peer.wait_until(lambda: closed and closed[-1].data > 0, "the wish that the camera be off")
        is_off.publish(Bool(data=True))
        home.hears("My camera is off now.")
        home.peer.wait_until(lambda: rung.letters and "sees no falls" in rung.letters[-1].message, "Aiko's phone")
        assert private[-1].data
        home.type("you may watch again")
        home.peer.wait_until(lambda: closed[-1].data == 0, "the wish that the camera be on")
        is_off.publish(Bool(data=False))
        home.hears("I can see again.")
        assert not private[-1].data


def test_privacy_that_nobody_can_give_is_not_claimed(peer: Peer, start: Any) -> None:
    people = peer.create_publisher(People, "people", qos.PEOPLE)  # a camera sees, and there is no care
    captions = peer.collect(Caption, "captions", qos.CAPTIONS)
    typed = peer.create_publisher(Utterance, "typed_utterances", qos.SPOKEN_ONCE)
    start(conversation={"speaker": "none"})
    peer.wait_until(lambda: typed.get_subscription_count() and people.get_subscription_count(), "the conversation")
    typed.publish(Utterance(text="privacy on"))
    peer.wait_until(lambda: any("cannot switch my camera off" in each.text for each in captions), "the truth")


def test_privacy_of_the_camera_is_that_of_words(peer: Peer, start: Any) -> None:
    is_off = peer.create_publisher(Bool, "camera_is_off", qos.latched(1))
    private = peer.collect(Bool, "privacy", qos.latched(1))
    start(conversation={"speaker": "none"})
    peer.wait_until(lambda: private and is_off.get_subscription_count(), "the conversation")
    is_off.publish(Bool(data=True))
    peer.wait_until(lambda: private[-1].data, "privacy")
    is_off.publish(Bool(data=False))
    peer.wait_until(lambda: not private[-1].data, "its end")
