"""From the end of somebody's speech to the robot's first sound, and from a stop-word to its silence, in real time."""

from __future__ import annotations

import time
from datetime import datetime

from carebot.benchmarks.conversation_figures import Figure
from carebot.benchmarks.live_sound import Spoken, live, spoken
from carebot.benchmarks.speaking_stage import Mouth
from carebot.conversation.dialogue import Dialogue
from carebot.conversation.hearing.ears import Ears, HearingSettings, Utterance
from carebot.conversation.hearing.recognisers.base import Recogniser
from carebot.conversation.hearing.voice import SileroVoice

ASKED = ("what time is it", "what day is it")
STOPS = ("stop", "please stop")
FIRST_SOUND_S, WITHOUT_SILENCE_S, SILENT_S = 0.9, 0.25, 0.1
TALK = "This is a rather long sentence about the weather of today, of tomorrow and of the day after tomorrow. " * 3
_NOW = datetime(2026, 3, 2, 14, 5)


def answers(recogniser: Recogniser, rounds: int, seed: int) -> tuple[Figure, ...]:
    """From a sentence's end to the first sound of the answer that a template gives, "I did not understand" too."""
    settings = HearingSettings()
    waits_s = []
    with Mouth("en") as mouth:
        ears, talk = Ears(SileroVoice(), recogniser, settings), Dialogue("en")
        for sentence in spoken(ASKED, rounds, seed):
            began_s, said = time.perf_counter(), _final(ears, sentence)
            if said is None:
                continue
            mouth.ear.expect()
            line = mouth.say(talk.hear(said.text, _NOW).text, "en")
            waits_s.append(mouth.first_sound_s() - began_s - sentence.ends_s)
            mouth.call_off(line)
    silence_s = settings.turns.end_silence_s
    alone_s = tuple(each - silence_s for each in waits_s)
    return (
        Figure("speech's end to first sound of the answer", "s", tuple(waits_s), FIRST_SOUND_S),
        Figure("the same without the turn's end silence", "s", alone_s, WITHOUT_SILENCE_S),
    )


def barge_in(recogniser: Recogniser, rounds: int, seed: int) -> tuple[Figure, ...]:
    """From the block of sound that makes a stop-word known to the silence of a robot that hears while it speaks."""
    waits_s = []
    with Mouth("en") as mouth:
        ears = Ears(SileroVoice(), recogniser, HearingSettings(may_barge_in=True))
        for sentence in spoken(STOPS, rounds, seed):
            mouth.ear.expect()
            line = mouth.say(TALK, "en")
            mouth.first_sound_s()
            for block, due_s in live(sentence.samples):
                if any(said.reflexes for said in ears.hear(block)):
                    mouth.call_off(line)
                    waits_s.append(mouth.ear.dropped_s - due_s)
                    break
            else:
                mouth.call_off(line)
            ears.lost(sentence.ends_s)
    return (Figure("barge-in: stop-word known to silence", "s", tuple(waits_s), SILENT_S),)


def _final(ears: Ears, sentence: Spoken) -> Utterance | None:
    """What was said, as soon as the turn is over; None where nothing was heard."""
    found = None
    for block, _ in live(sentence.samples):
        finals = [said for said in ears.hear(block) if said.is_final and said.text]
        if finals:
            found = finals[0]
            break
    ears.lost(sentence.ends_s)
    return found
