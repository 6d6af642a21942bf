"""What the benchmark of conversation calls good: stages that took place. A robot that hears nothing is none."""

from __future__ import annotations

import pytest

from carebot.benchmarks import conversation, conversation_stages, live_sound, stop_stage, turn_stage
from carebot.benchmarks.conversation import ConversationReport
from carebot.benchmarks.conversation_figures import Figure
from carebot.benchmarks.speech_sounds import Voice
from carebot.errors import SetupError
from tests.conversation.hearing.scripted import Scripted

VOICE = Voice("flite", "slt")
needs_flite = pytest.mark.skipif(not VOICE.is_there, reason="flite is not installed")


@pytest.fixture
def one_voice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_sound.spoken, "__defaults__", ((VOICE,),))


def test_a_figure_without_values_is_missed_and_can_be_told() -> None:
    nothing = Figure("word's end to reflex", "s", (), 0.3)
    assert not nothing.is_met
    assert "did not take place" in str(nothing)
    content = nothing.content()
    assert (content["rounds"], content["p95"], content["worst"], content["ok"]) == (0, None, None, False)
    assert not Figure("found", "%", ()).is_met
    assert Figure("found", "%", (1.0,)).is_met
    assert Figure("wait", "s", (0.2,), 0.3).is_met
    assert not Figure("wait", "s", (0.4,), 0.3).is_met


def test_a_stage_without_figures_is_missed() -> None:
    good = (Figure("wait", "s", (0.2,), 0.3),)
    assert ConversationReport({"reflex": good}, 2, 0.0).is_good
    assert not ConversationReport({"reflex": good, "turn": ()}, 2, 0.0).is_good


@pytest.mark.parametrize("stage", ["reflex", "turn"])
def test_a_stage_that_nobody_can_hear_is_told_and_missed(stage: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(*_: object) -> None:
        raise SetupError("pocketsphinx is not installed: install it.")

    monkeypatch.setattr(conversation_stages, "load_recogniser", none)
    report = conversation.measure([stage], 1)
    assert not report.is_good
    assert "pocketsphinx is not installed" in str(report.stages[stage][0])


@needs_flite
@pytest.mark.usefixtures("one_voice")
def test_a_robot_that_hears_words_is_timed_and_one_that_hears_none_is_missed() -> None:
    first, alone = turn_stage.answers(Scripted(*["what time is it"] * 4), 1, 0)
    assert len(first.values) == len(alone.values) == len(turn_stage.ASKED)
    assert all(a - b == pytest.approx(0.7) for a, b in zip(first.values, alone.values, strict=True))
    (silent,) = turn_stage.barge_in(Scripted(*["please stop"] * 4, blocks_a_word=3), 1, 0)
    assert len(silent.values) == len(turn_stage.STOPS)
    for figure in (*turn_stage.answers(Scripted(), 1, 0), *turn_stage.barge_in(Scripted(), 1, 0)):
        assert (figure.values, figure.is_met) == ((), False)


@needs_flite
@pytest.mark.usefixtures("one_voice")
def test_a_spoken_stop_reaches_the_emergency_stop_through_the_real_nodes() -> None:
    pytest.importorskip("pocketsphinx")
    waits, lost = stop_stage.measure(2, 0)
    assert waits.values
    assert lost.values[0] == pytest.approx(100.0 * (1.0 - len(waits.values) / 4))
