"""What the robot says of itself is there in every language, and asks for the same values."""

from __future__ import annotations

from pathlib import Path
from string import Formatter

import yaml

from carebot.conversation import spoken
from carebot.conversation.text import LANGUAGES


def test_every_language_says_the_same_things() -> None:
    texts = yaml.safe_load(Path(spoken.__file__).with_name("spoken.yaml").read_text(encoding="utf-8"))
    assert set(texts) == set(LANGUAGES)
    places = [
        {key: sorted(name for _, name, _, _ in Formatter().parse(text) if name) for key, text in each.items()}
        for each in texts.values()
    ]
    assert places[0] == places[1] == places[2]
