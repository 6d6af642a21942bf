"""The benchmark of a monologue counts turns, calls and memory, with a recogniser whose answers are known."""

from __future__ import annotations

from pathlib import Path

import pytest

from carebot.benchmarks import monologue
from carebot.benchmarks.speech_sounds import Voice
from carebot.errors import SourceError
from tests.conversation.hearing.scripted import Scripted

needs_flite = pytest.mark.skipif(not Voice("flite", "slt").is_there, reason="flite is not installed")


@needs_flite
def test_false_calls_and_turns_are_counted(monkeypatch: pytest.MonkeyPatch, shared_data: Path) -> None:
    monkeypatch.setattr(monologue, "VOICES", (Voice("flite", "slt"),))
    monkeypatch.setattr(monologue, "SENTENCES_A_VOICE", 2)
    told: list[str] = []
    recogniser = Scripted("nice weather today", "he said stop it", "please help me now", *["so it goes"] * 100)
    recordings = (shared_data / "audio" / "jfk.flac",)
    report = monologue.measure(recogniser, recordings, 90.0 / 3600.0, 0, told.append)
    assert report.heard_s == pytest.approx(90.0, abs=0.1)
    assert 3 <= report.turns <= 60
    assert report.longest_turn_s <= monologue.LONGEST_S + 0.1
    assert (len(report.false_stop), len(report.false_help)) == (0, 1)  # who quotes a stop calls none
    assert report.memory_mb > 20.0
    assert told


def test_a_recording_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not exist"):
        monologue.measure(Scripted(), (tmp_path / "none.wav",), 0.01, 0, lambda _: None)
