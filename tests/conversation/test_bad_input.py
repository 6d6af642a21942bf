"""What nobody should say to a robot, and somebody will: mixed languages, emoji, control characters, 100 kB at once."""

from __future__ import annotations

import time
from datetime import datetime

import pytest

from carebot.conversation.dialogue import Dialogue, Setting
from carebot.conversation.text import LANGUAGES, Language

NOW = datetime(2026, 3, 2, 14, 5)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("said", "act"),
    [
        ("Bonjour 助けて please", "help"),
        ("今日は good, aber au secours !", "help"),
        ("ストップ s'il vous plaît", "stop"),
        ("🙂🙂 help me 🙂", "help"),
        ("he\u200blp me", "help"),
        ("\x00\x07stop\x1b[2J", "stop"),
        ("word " * 20_000 + ". Help me!", "help"),
    ],
)
def test_a_call_in_the_middle_of_anything_is_heard(language: Language, said: str, act: str) -> None:
    reply = Dialogue(language).hear(said, NOW)
    assert act in [each.name for each in reply.acts]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("said", ["", "\x00\x1b", "🙂" * 25_000, "a" * 100_000, "あ" * 100_000, "\ud800", "‮abc‬"])
def test_nothing_else_asks_for_anything(language: Language, said: str) -> None:
    talk = Dialogue(language, Setting("Sato", may_remember=True))
    began_s = time.process_time()
    assert talk.hear(said, NOW).acts == ()
    assert time.process_time() - began_s < 30.0  # of processor time: far from hanging
    assert all(len(heard) <= 100_000 for heard, _ in talk.remembered)
