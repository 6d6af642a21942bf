"""The conversation node with a language model that is a real HTTP server: with consent only, never before reflexes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from carebot_interfaces.srv import ForgetSaid
from diagnostic_msgs.msg import DiagnosticArray
from std_msgs.msg import Bool, Empty
from std_srvs.srv import Trigger

from carebot.benchmarks.llm_server import MODEL, Answer, llm_server
from carebot.records.consent import Consent, Resident, ResidentBook, recorded
from carebot.records.site import SiteDatabase
from carebot.ros import qos
from tests.ros.test_conversation_node import Partner, partner  # noqa: F401 - a fixture

HANA = "Hana Sato"
UNKNOWN = "I am sorry, I did not understand."
STORY = "tell me about the sea"


def consents(folder: Path, given: bool | None, what: Consent = Consent.LANGUAGE_MODEL) -> Path:
    """The tablet's file, with what Aiko recorded for Hana."""
    path = folder / "site.sqlite"
    database = SiteDatabase(path)
    book = ResidentBook(database)
    hana = next((each for each in book.all()), None) or book.save(Resident("", HANA))
    if given is not None:
        book.decide(hana.id, what, given, "Aiko", 1_780_000_000.0)
    database.close()
    return path


def site(folder: Path) -> str:
    path = folder / "home.yaml"
    path.write_text(f"language: en\nresidents:\n  - {{name: {HANA}}}\n", encoding="utf-8")
    return str(path)


def node(start: Callable[..., Any], url: str, folder: Path, given: bool | None = True, **more: Any) -> Any:
    llm = {"url": url, "model": MODEL, **more}
    known = {"site": site(folder), "consents": str(consents(folder, given))}
    return start(conversation={"speaker": "none", **known, "llm": llm})


def test_a_consent_is_a_recorded_yes_of_that_resident(tmp_path: Path) -> None:
    path = consents(tmp_path, True)
    decision = recorded(path, [HANA], Consent.LANGUAGE_MODEL)
    assert decision is not None
    assert (decision.given, decision.by) == (True, "Aiko")
    assert recorded(path, [], Consent.LANGUAGE_MODEL) == decision  # the only resident
    assert recorded(path, ["Ken"], Consent.LANGUAGE_MODEL) is None
    assert recorded(path, [HANA], Consent.LIVE_VIEW) is None
    assert recorded(tmp_path / "nowhere.sqlite", [HANA], Consent.LANGUAGE_MODEL) is None
    (tmp_path / "broken.sqlite").write_bytes(b"nonsense" * 100)
    assert recorded(tmp_path / "broken.sqlite", [HANA], Consent.LANGUAGE_MODEL) is None


def test_its_words_are_marked_in_the_captions(partner: Partner, start: Any, tmp_path: Path) -> None:  # noqa: F811
    with llm_server(lambda _: Answer(text=("The sea is wide ", "and blue. ", "Do you like it?"))) as server:
        node(start, server.url, tmp_path)
        partner.wait_for_node()
        partner.type(STORY)
        partner.peer.wait_until(lambda: "Do you like it?" in partner.texts(), "the answer")
        by = {each.text: (each.who, each.origin) for each in partner.captions if each.text}
        assert by[STORY] == (HANA, "text")
        assert by["The sea is wide and blue."] == by["Do you like it?"] == ("robot", "model")
        assert len({each.turn for each in partner.captions if each.text}) == 1
        partner.type("what is your name")
        partner.peer.wait_until(lambda: "I am not a person." in partner.texts(), "the template")
        assert partner.captions[-1].origin in ("template", "")
        assert len(server.requests) == 1


@pytest.mark.parametrize("given", [None, False])
def test_without_consent_it_is_never_asked(partner: Partner, start: Any, tmp_path: Path, given: bool | None) -> None:  # noqa: F811
    with llm_server(lambda _: Answer(text=("The sea is wide.",))) as server:
        node(start, server.url, tmp_path, given)
        health = partner.peer.collect(DiagnosticArray, "diagnostics")
        partner.wait_for_node()
        partner.type(STORY)
        partner.peer.wait_until(lambda: UNKNOWN in partner.texts(), "the template")
        assert server.requests == []
        partner.peer.wait_until(
            lambda: any("has not consented" in each.message for sent in health for each in sent.status), "its state"
        )


def test_with_consent_it_is_told_what_was_said_until_somebody_has_it_forgotten(
    partner: Partner,  # noqa: F811
    start: Any,
    tmp_path: Path,
) -> None:
    peer = partner.peer
    forgotten = peer.collect(Empty, "said_forgotten", qos.SPOKEN_ONCE)
    forget = peer.create_client(ForgetSaid, "forget_said")

    def asked(resident: str, by: str) -> ForgetSaid.Response:
        answer = forget.call_async(ForgetSaid.Request(resident=resident, by=by))
        peer.wait_until(answer.done, "an answer")
        return answer.result()

    def tell(story: str) -> str:
        before = len(server.requests)
        partner.type(story)
        peer.wait_until(lambda: len(server.requests) > before and not partner.captions[-1].text, story)
        return json.dumps(server.requests[-1])

    with llm_server(lambda _: Answer(text=("The sea is wide.",))) as server:
        consents(tmp_path, True, Consent.CONVERSATION_MEMORY)
        node(start, server.url, tmp_path)
        partner.wait_for_node()
        peer.wait_until(forget.service_is_ready, "the service")
        tell(STORY)
        assert STORY in tell("and the second sea")
        refused = asked("Ken", "Aiko")
        assert (refused.accepted, refused.code, refused.talks_with, refused.exchanges) == (False, "other", HANA, 0)
        assert asked(HANA, " ").code == "nobody"
        assert not forgotten
        done = asked(HANA, "Aiko")
        assert (done.accepted, done.exchanges) == (True, 2)
        peer.wait_until(lambda: forgotten, "word of it")
        assert STORY not in tell("and the third sea")
        assert asked(HANA, "Aiko").exchanges == 1
        tell(STORY)
        consents(tmp_path, False, Consent.CONVERSATION_MEMORY)
        peer.wait_until(lambda: tell("and the fourth sea") and asked(HANA, "Aiko").exchanges == 0, "a no")


def test_in_privacy_it_is_not_asked_and_no_word_is_shown(partner: Partner, start: Any, tmp_path: Path) -> None:  # noqa: F811
    with llm_server(lambda _: Answer(text=("The sea is wide.",))) as server:
        node(start, server.url, tmp_path)
        private = partner.peer.collect(Bool, "privacy", qos.latched(1))
        partner.wait_for_node()
        partner.type("privacy on")
        partner.peer.wait_until(lambda: private and private[-1].data, "privacy")
        partner.peer.wait_until(lambda: "Stop and help are still heard." in partner.texts(), "the answer")
        seen = len(partner.utterances)
        partner.type(STORY)
        partner.peer.wait_until(lambda: UNKNOWN in partner.texts(), "the template")
        assert (server.requests, len(partner.utterances)) == ([], seen)
        assert STORY not in [each.text for each in partner.captions]
        partner.type("help me")
        partner.peer.wait_until(lambda: partner.calls, "the call")
        partner.type("privacy off")
        partner.peer.wait_until(lambda: not private[-1].data, "the end of privacy")
        partner.type(STORY)
        partner.peer.wait_until(lambda: "The sea is wide." in partner.texts(), "the model")


def test_stop_does_not_wait_for_it_and_silences_it(partner: Partner, start: Any, tmp_path: Path) -> None:  # noqa: F811
    asked, stops = threading.Event(), list[float]()

    def model(_: Mapping[str, Any]) -> Answer:
        asked.set()
        return Answer(text=("The sea ", "is ", "wide."), pause_s=1.0)

    def stop(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        stops.append(time.monotonic())
        return response

    partner.peer.create_service(Trigger, "emergency_stop", stop)
    with llm_server(model) as server:
        node(start, server.url, tmp_path, first_sentence_s=20.0, answer_s=20.0)
        partner.wait_for_node()
        partner.type(STORY)
        partner.peer.wait_until(asked.is_set, "the question to the model")
        partner.type("stop")
        partner.peer.wait_until(lambda: stops, "the emergency stop")
        partner.peer.wait_until(lambda: "I am stopping." in partner.texts(), "the answer")
        partner.type("what time is it")
        partner.peer.wait_until(lambda: any("It is" in each for each in partner.texts()), "the next answer")
        until_s = time.monotonic() + 4.0  # the model would have ended by then
        partner.peer.wait_until(lambda: time.monotonic() > until_s)
        assert "The sea is wide." not in partner.texts()


@pytest.mark.parametrize("fault", ["hangs", "garbage", "cut", "reset", "huge"])
def test_a_model_that_fails_is_a_template(partner: Partner, start: Any, tmp_path: Path, fault: Any) -> None:  # noqa: F811
    with llm_server(lambda _: Answer(fault=fault)) as server:
        node(start, server.url, tmp_path, first_sentence_s=1.0)
        partner.wait_for_node()
        partner.type(STORY)
        partner.peer.wait_until(lambda: UNKNOWN in partner.texts(), "the template")
        assert len(server.requests) == 1
        partner.type("hello")
        partner.peer.wait_until(lambda: any("Hello" in each for each in partner.texts()), "the dialogue goes on")


def test_a_server_that_is_down_is_a_template_and_its_state(partner: Partner, start: Any, tmp_path: Path) -> None:  # noqa: F811
    node(start, "http://127.0.0.1:9/v1", tmp_path)
    health = partner.peer.collect(DiagnosticArray, "diagnostics")
    partner.wait_for_node()
    partner.type(STORY)
    partner.peer.wait_until(lambda: UNKNOWN in partner.texts(), "the template")
    partner.peer.wait_until(
        lambda: any("Nobody answers at" in each.message for sent in health for each in sent.status),
        "the state of the model",
    )


@pytest.mark.parametrize(
    ("llm", "said"),
    [
        ({"url": "http://127.0.0.1:9/v1"}, "llm.url and llm.model"),
        ({"url": "ftp://x", "model": "m"}, "llm.url"),
        ({"url": "http://127.0.0.1:9/v1", "model": "m", "ca_file": "/no/where.pem"}, "/no/where.pem"),
    ],
)
def test_parameters_of_the_model_that_cannot_be_used(start: Any, llm: dict[str, Any], said: str) -> None:
    running = start(conversation={"speaker": "none", "llm": llm})
    assert running.wait() == 2
    assert any(said in line for line in running.lines), running.lines
    assert not any("Traceback" in line for line in running.lines)
