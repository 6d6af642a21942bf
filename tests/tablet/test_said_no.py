"""What is refused is told in the caregiver's language, whoever refuses it: API, accounts, safety, perception, care."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from carebot.alerts import AnswerOutcome
from carebot.perception.looking import LookDesk, Request
from carebot.safety.parameters import SafetyParameters
from carebot.safety.safety_judge import SafetyJudge
from carebot.safety.world import Button, Estop, World
from carebot.tablet import said_no
from carebot.tablet.caring import CareOutcome
from carebot.tablet.language import Texts, catalogue
from carebot.tablet.looks import Opened
from carebot.tablet.refusals import of_outcome
from carebot.tablet.robot import CARE_ABSENT, CARE_LATE
from carebot.tablet.teleop import StopOutcome
from tests.tablet.running import RunningServer, paired, running

ROOMS = Path(__file__).resolve().parents[2] / "carebot"
NOW_S = 100.0
LANGUAGES = ("ja", "fr")
ANNA = {"name": "Anna", "password": "seven blue teapots", "grants": [{"role": "administrator", "resident": "*"}]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server"), access="pin") as started:
        yield started


def told(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    return str(answer.json()["detail"])


def refused_resets() -> list[str]:
    judge = SafetyJudge(SafetyParameters(), NOW_S)
    nothing = judge.why_no_reset("Anna")
    judge.decide(World(button=Button(NOW_S, pressed=True), estop=Estop()), NOW_S)
    return [nothing, judge.why_no_reset("Anna")]


def refused_looks() -> list[str]:
    asked, desk = Request("Ben", "a noise", 10.0), LookDesk(lambda: "token")
    found = [desk.ask(asked, False, NOW_S), desk.ask(asked, True, NOW_S), desk.ask(asked, True, NOW_S)]
    desk.switch(is_off=True)
    return [each for each in (*found, desk.ask(asked, True, NOW_S)) if isinstance(each, str)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_safety_and_perception_refuse_has_a_text(language: str):
    texts = Texts(language)
    releases = [said_no.of_release(StopOutcome(False, each)) for each in refused_resets()]
    looks = [said_no.of_look(Opened(False, each)) for each in refused_looks()]
    assert [each.key for each in releases] == ["release_not_latched", "release_button_pressed"]
    assert [each.key for each in looks] == ["look_no_voice", "look_busy", "look_camera_off"]
    assert "Ben" in looks[1].words(texts)
    for outcome in (CARE_ABSENT, CARE_LATE):
        assert outcome.message not in said_no.of_answer(outcome).words(texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_has_no_text_is_told_in_their_words(language: str):
    texts, why = Texts(language), "The disk is full."
    assert why in said_no.of_release(StopOutcome(False, why)).words(texts)
    assert why in said_no.of_look(Opened(False, why)).words(texts)
    assert why in said_no.of_answer(AnswerOutcome(False, why, None)).words(texts)


def test_every_code_and_key_of_a_refusal_has_a_text():
    codes = set(
        re.findall(r'RefusedError\([^)]*"\s*,\s*"([a-z_]+)"', read("records/accounts.py", "records/passkeys.py"))
    )
    codes |= set(re.findall(r'RefusedError\(\w+, "([a-z_]+)"', read("records/accounts.py")))
    keys = set(re.findall(r'\bkey="([a-z_]+)"', read(*(str(each) for each in (ROOMS / "tablet").glob("*.py")))))
    assert {"account_exists", "last_administrator", "password_weak", "passkeys_many"} <= codes
    assert "not_recorded" in keys
    assert codes <= catalogue("en").keys()
    assert {key for key in keys if key.startswith(("problem", "push_", "trip_", "not_", "first_"))} <= catalogue(
        "en"
    ).keys()


def read(*names: str) -> str:
    return "".join((ROOMS / name).read_text(encoding="utf-8") for name in names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_api_tells_those_who_ask_for_a_language(server: RunningServer, language: str):
    texts = Texts(language)
    with paired(server, "Aiko") as client:
        client.headers["Accept-Language"] = language
        weak = {**ANNA, "password": "aaaaaaaaaaaa"}
        assert told(client.post("/api/v1/accounts", json=weak), 409) == texts("password_weak")
        assert told(client.get("/api/v1/residents/nobody"), 404) == texts("problem_404")
        assert told(client.post("/api/v1/accounts", json={"name": ""}), 422) == texts("problem_422")
        client.cookies.clear()
        assert told(client.get("/api/v1/alerts"), 401) == texts("problem_401")


def test_those_who_ask_for_none_are_told_what_it_is_in_english(server: RunningServer):
    with paired(server, "Ben") as client:
        assert "such resident" in told(client.get("/api/v1/residents/nobody"), 404)
        assert "Field required" in told(client.post("/api/v1/accounts", json={"name": "x"}), 422)


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "一時停止していません"), ("fr", "n'est pas en pause"), ("en", "not paused")]
)
def test_what_care_refuses_in_english_is_told_in_the_caregivers_language(language: str, words: str):
    refusal = of_outcome(CareOutcome(False, "invalid", "It is not paused."))
    assert refusal is not None
    assert words in refusal.words(Texts(language))
