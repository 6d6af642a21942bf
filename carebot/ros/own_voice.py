"""Somebody's own voice as it comes with a goal of `Say`, and what screens show of it."""

from __future__ import annotations

from array import array

from carebot_interfaces.action import Say

from carebot.conversation.speaking.recorded_voice import RecordedVoice, read_recorded_voice
from carebot.conversation.spoken import spoken
from carebot.conversation.text import Language, clean

LONGEST_NAME = 60


def take_voice(goal: Say.Goal) -> RecordedVoice | None:
    """The recording in `goal`, None where there is none; rclpy keeps goals for minutes, so it is taken out of it.

    Raises UnfitRecordingError."""
    wav = bytes(goal.voice_wav)
    goal.voice_wav = array("B")
    return read_recorded_voice(wav) if wav else None


def caption_of(voice: RecordedVoice, who: str, language: Language) -> str:
    """What is shown while it sounds."""
    name, seconds = clean(who)[:LONGEST_NAME], max(1, round(voice.duration_s))
    key = "own_voice" if name else "own_voice_unnamed"
    return spoken(key, language).format(who=name, seconds=seconds)
