"""Why something was not done, in a caregiver's language.

Reasons are written down in English, by care and by those whom it asks (navigation, conversation): the sentence itself
is the key, as with gettext. One that nobody has translated is told as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

_STEP = re.compile(r"^[a-z][a-z0-9_]{0,39}: ")
"""The name of a step, which the file's writer knows and a caregiver does not."""


def reason_in(sentence: str, language: str) -> str:
    """The same reason in that language; without the step's name, unless it stays English."""
    if language == "en" or not sentence:
        return sentence
    bare = _STEP.sub("", sentence)
    for pattern, words in _known():
        found = pattern.fullmatch(bare)
        if found is not None:
            values = {name: reason_in(value, language) for name, value in found.groupdict().items()}
            return words[language].format(**values)
    return bare


def is_known(sentence: str) -> bool:
    """Whether there are words for it in every language."""
    return any(pattern.fullmatch(_STEP.sub("", sentence)) for pattern, _ in _known())


@cache
def _known() -> tuple[tuple[re.Pattern[str], Mapping[str, str]], ...]:
    """The more of a sentence is fixed, the earlier it is tried."""
    entries = yaml.safe_load(Path(__file__).with_name("reasons.yaml").read_text("utf-8"))
    entries.sort(key=lambda each: -len(re.sub(r"\{\w+\}", "", each["en"])))
    return tuple((_pattern(each["en"]), each) for each in entries)


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    return re.compile(
        "".join(re.escape(part) if number % 2 == 0 else f"(?P<{part}>.+)" for number, part in enumerate(parts))
    )
