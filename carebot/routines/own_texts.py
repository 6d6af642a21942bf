"""The engine's own sentences, in three languages."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml


def own_text(key: str, language: str, **values: object) -> str:
    """The sentence `key`; raises KeyError for one that there is not."""
    return catalogue()[language][key].format(**values)


def has_own_text(key: str) -> bool:
    """Whether there is a sentence of that key."""
    return key in catalogue()["en"]


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All sentences by language and key."""
    content: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text("utf-8"))
    return content
