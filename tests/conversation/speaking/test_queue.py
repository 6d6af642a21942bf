"""Who speaks first, who is interrupted, and what becomes of them."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.conversation.speaking.queue import (
    MOST_WAITING,
    TOO_LATE_S,
    Ended,
    Interrupted,
    Line,
    Said,
    SpeechQueue,
    Urgency,
)
from carebot.conversation.speaking.recorded_voice import RecordedVoice
from carebot.site.voice import Voice

NUMBERS = count()


def line(text="One. Two.", urgency=Urgency.TALK, interrupted=Interrupted.AGAIN, **more) -> Line:
    return Line(f"line {next(NUMBERS)}", text, "en", Voice(), urgency, interrupted, **more)


def alarm(text="Fire!") -> Line:
    return line(text, Urgency.ALARM, in_quiet_hours=True)


def say_all(queue: SpeechQueue, now_s=0.0, quiet="") -> list[str]:
    said = []
    while (piece := queue.next(now_s, quiet)) is not None:
        said.append(piece.text)
        queue.ended(now_s, to_its_end=True)
    return said


def ends(queue: SpeechQueue) -> list[tuple[str, bool, str]]:
    return [(event.line.text, event.is_said, event.reason) for event in queue.events() if isinstance(event, Ended)]


def test_lines_are_said_in_order_each_sentence_by_itself() -> None:
    queue = SpeechQueue()
    queue.add(line("Aa. Bb."))
    queue.add(line("Cc."))
    assert say_all(queue) == ["Aa.", "Bb.", "Cc."]
    assert [event.text for event in queue.events() if isinstance(event, Said)] == ["Aa.", "Aa. Bb.", "Cc."]
    assert len(queue) == 0


def recording(**more) -> Line:
    return line("Aiko. Speaks. 4 s", recorded=RecordedVoice(np.ones(64_000, np.int16)), **more)


def test_recordings_wait_their_turn_among_the_words_and_are_said_in_one_piece() -> None:
    queue = SpeechQueue()
    for each in (line("Aa. Bb."), recording(), line("Cc.")):
        queue.add(each)
    assert say_all(queue) == ["Aa.", "Bb.", "Aiko. Speaks. 4 s", "Cc."]


def test_an_urgent_recording_interrupts_and_an_interrupted_one_is_played_again() -> None:
    queue = SpeechQueue()
    queue.add(recording())
    assert queue.next(0.0).text == "Aiko. Speaks. 4 s"
    queue.add(recording(urgency=Urgency.ALARM))
    assert queue.must_stop()
    queue.ended(1.0, to_its_end=False)
    assert queue.next(1.0).line.urgency is Urgency.ALARM
    queue.ended(2.0, to_its_end=True)
    assert queue.next(2.0).line.urgency is Urgency.TALK


def test_a_recording_that_nobody_heard_was_not_said() -> None:
    queue = SpeechQueue()
    queue.add(recording())
    queue.add(line("Aa."))
    say_all(queue, quiet="it is night")
    assert ends(queue) == [("Aiko. Speaks. 4 s", False, "it is night"), ("Aa.", True, "it is night")]


def test_a_question_goes_before_talk_that_waits_but_interrupts_nobody() -> None:
    queue = SpeechQueue()
    queue.add(line("Aa. Bb."))
    assert queue.next(0.0).text == "Aa."
    queue.add(line("Cc?", Urgency.QUESTION))
    assert not queue.must_stop()
    queue.ended(1.0, to_its_end=True)
    assert say_all(queue) == ["Cc?", "Bb."]


def test_an_alarm_interrupts_and_the_sentence_is_begun_again() -> None:
    queue = SpeechQueue()
    queue.add(line("Aa. Bb. Cc."))
    queue.next(0.0)
    queue.ended(1.0, to_its_end=True)
    assert queue.next(1.0).text == "Bb."
    queue.add(alarm())
    assert queue.must_stop()
    queue.ended(1.5, to_its_end=False)
    assert say_all(queue, now_s=2.0) == ["Fire!", "Bb.", "Cc."]
    assert ends(queue) == [("Fire!", True, ""), ("Aa. Bb. Cc.", True, "")]


def test_small_talk_that_an_alarm_interrupts_is_dropped_as_was_said() -> None:
    queue = SpeechQueue()
    queue.add(line("Aa. Bb.", interrupted=Interrupted.DROPPED))
    queue.next(0.0)
    queue.add(alarm())
    queue.ended(0.5, to_its_end=False)
    assert say_all(queue) == ["Fire!"]
    assert ends(queue)[0] == ("Aa. Bb.", False, "something more urgent was said")


def test_what_an_alarm_held_up_for_too_long_is_not_begun_again() -> None:
    queue = SpeechQueue()
    queue.add(line("Aa."))
    queue.next(0.0)
    queue.add(alarm())
    queue.ended(0.5, to_its_end=False)
    assert queue.next(0.5).text == "Fire!"
    queue.ended(TOO_LATE_S + 1.0, to_its_end=True)
    assert queue.next(TOO_LATE_S + 1.0) is None
    assert ("Aa.", False, "something more urgent took too long") in ends(queue)


def test_an_alarm_does_not_interrupt_an_alarm() -> None:
    queue = SpeechQueue()
    queue.add(alarm("Fire!"))
    queue.next(0.0)
    queue.add(alarm("Flood!"))
    assert not queue.must_stop()


@pytest.mark.parametrize("begun", [False, True])
def test_cancelled(begun) -> None:
    queue, called_off = SpeechQueue(), line("Aa. Bb.")
    queue.add(called_off)
    queue.add(line("Cc."))
    if begun:
        queue.next(0.0)
    queue.cancel(called_off.id)
    assert queue.must_stop()
    queue.ended(0.1, to_its_end=False)
    assert say_all(queue) == ["Cc."]
    assert ends(queue)[0] == ("Aa. Bb.", False, "it was called off")
    queue.cancel(called_off.id)
    assert queue.events() == []


def test_in_quiet_hours_only_what_is_urgent_is_heard_and_the_rest_is_shown() -> None:
    queue = SpeechQueue()
    queue.add(line("Aa."))
    queue.add(alarm())
    first = queue.next(0.0, quiet="it is night")
    assert (first.text, first.is_heard) == ("Fire!", True)
    queue.ended(0.0, to_its_end=True)
    second = queue.next(0.0, quiet="it is night")
    assert (second.text, second.is_heard, second.why_not) == ("Aa.", False, "it is night")
    queue.ended(0.0, to_its_end=True)
    assert ends(queue) == [("Fire!", True, ""), ("Aa.", True, "it is night")]


def test_what_cannot_be_said_is_refused_with_the_reason() -> None:
    queue = SpeechQueue()
    queue.add(line("🙂"))
    queue.add(line("a" * 300_000))
    for number in range(MOST_WAITING + 1):
        queue.add(line(f"Number {number}."))
    queue.add(alarm())
    reasons = [reason for _, _, reason in ends(queue)]
    assert reasons[0] == "there are no words in the text"
    assert "300000 characters" in reasons[1]
    assert "200 texts wait" in reasons[2]
    assert queue.next(0.0).text == "Fire!"


@given(st.lists(st.sampled_from(["talk", "drop", "alarm", "next", "stop", "cancel", "end"]), max_size=60))
@settings(max_examples=200)
def test_every_line_ends_exactly_once_whatever_happens(steps) -> None:
    queue, lines, events, piece = SpeechQueue(), [], [], None
    for now_s, step in enumerate(steps):
        if step in ("talk", "drop", "alarm"):
            kind = Interrupted.DROPPED if step == "drop" else Interrupted.AGAIN
            lines.append(line("Aa. Bb. Cc.", Urgency.ALARM if step == "alarm" else Urgency.TALK, kind))
            queue.add(lines[-1])
        elif step == "cancel" and lines:
            queue.cancel(lines[len(lines) // 2].id)
        elif step == "next" and piece is None:
            piece = queue.next(float(now_s))
        elif step in ("stop", "end") and piece is not None:
            queue.ended(float(now_s), to_its_end=step == "end" and not queue.must_stop())
            piece = None
        events += queue.events()
    if piece is not None:
        queue.ended(len(steps), to_its_end=False)
    say_all(queue, now_s=float(len(steps)))
    events += queue.events()
    assert sorted(event.line.id for event in events if isinstance(event, Ended)) == sorted(each.id for each in lines)
