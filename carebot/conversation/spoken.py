"""What the robot says of itself outside a dialogue (`spoken.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from carebot.config import read_mapping
from carebot.conversation.text import LANGUAGES, Language


def spoken(key: str, language: Language) -> str:
    """The sentence `key`."""
    return _catalogue()[language][key]


@cache
def _catalogue() -> dict[Language, dict[str, str]]:
    texts = read_mapping(Path(__file__).with_name("spoken.yaml"))
    return {language: dict(texts[language]) for language in LANGUAGES}
