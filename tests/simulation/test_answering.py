from __future__ import annotations

from pathlib import Path

import pytest

from carebot.alerts import FallEvent, FallEventKind, ResidentAnswer
from carebot.conversation.asking import DEFAULT_REPEATS
from carebot.conversation.speaking.voices import Voices
from carebot.conversation.spoken import spoken
from carebot.conversation.text import LANGUAGES, Language
from carebot.errors import ConfigError
from carebot.simulation.answering import QUESTION_S, Answer, Answered, AskingAfterFalls, Mouth
from carebot.simulation.runner import run_scenario
from carebot.simulation.scenario import load_scenario
from carebot.site.voice import Voice

PICTURE_S = 0.1


def event(kind: FallEventKind, fall_id: int = 1) -> FallEvent:
    return FallEvent(kind, fall_id, 1, 0.0, 1.0, "fell", "")


SUSPECTED, RECOVERED = event(FallEventKind.SUSPECTED), event(FallEventKind.RECOVERED)


def asked(*answers: Answer, language: Language = "en", risen_at_s: float = 1e9) -> list[Answered]:
    asking, got = AskingAfterFalls(answers, language), []
    for number in range(600):
        now_s = number * PICTURE_S
        events = [SUSPECTED] if number == 10 else [RECOVERED] if abs(now_s - risen_at_s) < PICTURE_S / 2 else []
        got += asking.step(now_s, events)
    return got


@pytest.mark.parametrize(
    ("language", "says", "means"),
    [
        ("en", "I'm fine", ResidentAnswer.FINE),
        ("en", "I need help", ResidentAnswer.HELP),
        ("ja", "大丈夫です", ResidentAnswer.FINE),
        ("ja", "助けてください", ResidentAnswer.HELP),
        ("fr", "Oui, ça va bien", ResidentAnswer.FINE),
        ("fr", "Aidez-moi", ResidentAnswer.HELP),
    ],
)
def test_words_are_understood_as_the_robot_understands_them(
    language: Language, says: str, means: ResidentAnswer
) -> None:
    (answered,) = asked(Answer(says=says, after_s=2.0), language=language)
    assert answered.said is means
    assert answered.outcome.heard == says
    assert answered.outcome.times_asked == 1
    assert answered.time_s == pytest.approx(1.0 + QUESTION_S + 2.0, abs=PICTURE_S)


def test_silence_is_asked_again_and_then_is_no_answer() -> None:
    (answered,) = asked()
    assert answered.said is ResidentAnswer.NONE
    assert answered.outcome.times_asked == DEFAULT_REPEATS + 1


def test_silence_in_the_list_lasts_for_one_question() -> None:
    (answered,) = asked(Answer(), Answer(says="I'm fine"))
    assert answered.said is ResidentAnswer.FINE
    assert answered.outcome.times_asked == 2


def test_bare_yes_and_no_of_yaml_are_words() -> None:
    assert [Answer.model_validate({"says": says}).says for says in (True, False)] == ["yes", "no"]


def test_mumbling_is_asked_again_at_once() -> None:
    (answered,) = asked(Answer(says="hm well now"), Answer(says="help me"))
    assert answered.said is ResidentAnswer.HELP
    assert answered.time_s < 8.0


def test_who_is_seen_to_rise_is_fine_without_a_word() -> None:
    (answered,) = asked(risen_at_s=5.0)
    assert answered.outcome.means == "posture"
    assert answered.time_s == pytest.approx(5.0)


def test_each_answer_is_given_once_and_to_its_own_sentence() -> None:
    mouth = Mouth([Answer(to="medicine", says="Yes"), Answer(says="I'm fine")], "en")
    assert mouth.answer_to("It is nine o'clock.") is None
    first = mouth.answer_to(spoken("all_right", "en"))
    assert first is not None
    assert first.says == "I'm fine"
    assert mouth.answer_to(spoken("all_right", "en")) is None
    second = mouth.answer_to("Have you taken your medicine?")
    assert second is not None
    assert second.says == "Yes"


def test_the_question_takes_as_long_as_the_robots_voice() -> None:
    """Within a third of a second in each language."""
    voices = Voices()
    for language in LANGUAGES:
        sound = voices.synthesise(spoken("all_right", language), language, Voice())
        spoken_s = sum(len(chunk) for chunk in sound.chunks) / sound.sample_rate_hz
        assert spoken_s == pytest.approx(QUESTION_S, abs=0.34), language


FAINT = "description: Faints.\nscript: [{stand: 2}, {fall: faint}, {lie: 14}]\n"


def test_call_for_help_confirms_before_stillness_would(tmp_path: Path) -> None:
    """The same fall with and without the cry, which comes before two seconds of lying still are over."""
    alone, crying = tmp_path / "alone.yaml", tmp_path / "crying.yaml"
    alone.write_text(FAINT, encoding="utf-8")
    crying.write_text(FAINT + "answers: [{says: help me, after_s: 0}]\nexpect: [{answer: help}]\n", encoding="utf-8")
    without, with_cry = (run_scenario(str(path), 2, "keypoints") for path in (alone, crying))
    (confirmed,) = (alarm for alarm in with_cry.alarms if alarm.kind is FallEventKind.CONFIRMED)
    assert with_cry.met
    assert confirmed.reason_code == "asked_for_help"
    assert confirmed.time_s < next(a.time_s for a in without.alarms if a.kind is FallEventKind.CONFIRMED)
    assert not without.answered


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("answers: yes", "answers"),
        ("answers: [{says: 3}]", "answers"),
        ("answers: [{says: hello, after: 3}]", "after"),
        ("answers: [{says: hello, after_s: -1}]", "after_s"),
        ("answers: [{says: hello, after_s: .nan}]", "after_s"),
        ("language: de", "language"),
        ("expect: [{answer: perhaps}]", "answer"),
        ("expect: [answer]", "the key 'kind' is missing"),
    ],
)
def test_nonsense_is_refused_by_file_and_key(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(f"description: x\nscript: [{{stand: 1}}]\n{text}\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load_scenario(path)
    assert "own.yaml" in str(caught.value)
    assert complaint in str(caught.value)
