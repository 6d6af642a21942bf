"""What holds for whatever a model sends."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carebot.conversation.leash.checks import delicate, refusal
from carebot.conversation.leash.events import ToolCall
from carebot.conversation.leash.speech import Speech
from carebot.conversation.leash.tools import MOST_WHAT, Routine, choose
from carebot.conversation.text import LANGUAGES, Language
from carebot.conversation.understanding import Meaning

ROUTINES = (Routine("tea"), Routine("bath", is_risky=True), Routine("体操"))
NURSE = Meaning("CallNurse", {"carer": "nurse"})


@given(
    st.lists(
        st.builds(
            ToolCall,
            st.sampled_from(["say", "remind", "start_routine", "call_caregiver", "look_up_schedule", "drive"])
            | st.text(),
            st.text()
            | st.dictionaries(
                st.sampled_from(["text", "what", "at", "routine", "who"]),
                st.sampled_from(["tea", "bath", "08:00", "family"]) | st.text() | st.integers() | st.none(),
            ).map(json.dumps),
        ),
        max_size=6,
    )
)
def test_whatever_is_asked_only_what_is_allowed_comes_out(calls: list[ToolCall]) -> None:
    choice = choose(calls, ROUTINES)
    meaning = choice.meaning
    if meaning is not None and meaning.intent == "Remind":
        assert set(meaning.slots) == {"what", "at"}
        assert 0 < len(meaning.slots["what"]) <= MOST_WHAT
    elif meaning is not None and meaning.intent == "StartRoutine":
        assert meaning.slots in ({"routine": "tea"}, {"routine": "体操"}, {"routine": "bath", "waits_for": "caregiver"})
    else:
        assert meaning in (None, NURSE, Meaning("CallFamily", {"relative": "family"}))


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text())
def test_any_text_gets_a_verdict(language: Language, text: str) -> None:
    refusal(text, language)
    delicate(text, language)


@pytest.mark.parametrize("language", LANGUAGES)
@given(text=st.text(max_size=40))
def test_what_is_forbidden_stays_forbidden_with_more_around_it(language: Language, text: str) -> None:
    assert refusal(f"{text}. Take 40 mg of morphine. {text}", language) is not None


@pytest.mark.parametrize("language", LANGUAGES)
@given(pieces=st.lists(st.text(max_size=30), max_size=8))
def test_what_is_spoken_may_be_spoken(language: Language, pieces: list[str]) -> None:
    speech = Speech(language)
    sentences = [sentence for piece in pieces for sentence in speech.add(piece)] + speech.finish()
    assert not sentences or refusal(("" if language == "ja" else " ").join(sentences), language) is None
