"""Texts in the caregiver's language: one catalogue file for each, English where a text is missing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from carebot.alert_words import filled, why_in
from carebot.alerts import Alert
from carebot.reasons import reason_in

TEXTS_DIR = Path(__file__).parent / "texts"
DEFAULT = "en"
LANGUAGE_COOKIE = "carebot_language"


class Texts:
    """The texts of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._texts = catalogue(DEFAULT) | catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        return self._texts[key].format(**values)

    def raw(self, key: str) -> str:
        """The text with its places for values still open, for a script that fills them."""
        return self._texts[key]

    def number(self, value: float, form: str = ".1f") -> str:
        """A number with this language's decimal sign."""
        return format(value, form).replace(".", self._texts["decimal_sign"])

    def reason(self, alert: Alert) -> str:
        """Why the alert was raised, in this language where there are words for the reason, else in English."""
        return why_in(alert, self.language)

    def why(self, sentence: str) -> str:
        """Why the robot did not do something, said in English, in this language where there are words for it."""
        return reason_in(sentence, self.language)

    def with_why(self, words: str, why: str) -> str:
        """`words`, and why in brackets where anything is said."""
        return self("said_why", words=words, why=why) if why else words

    def sentence(self, key: str, values: Mapping[str, float | str]) -> str | None:
        """The text of `key` with `values`, decimals as this language writes them; None where one or the other lacks."""
        text = self._texts.get(key)
        return None if text is None else filled(text, values, self._texts["decimal_sign"])


@cache
def catalogue(language: str) -> dict[str, str]:
    """All texts of one language by their keys."""
    content = yaml.safe_load((TEXTS_DIR / f"{language}.yaml").read_text(encoding="utf-8"))
    return {str(key): str(text) for key, text in content.items()}


@cache
def languages() -> tuple[str, ...]:
    """The codes of all languages there is a catalogue for."""
    return tuple(sorted(path.stem for path in TEXTS_DIR.glob("*.yaml")))


def choose(chosen: str | None, accept_language: str, default: str = DEFAULT) -> str:
    """The language to speak: the one chosen on the device, else the browser's best known one, else `default`."""
    if chosen in languages():
        return str(chosen)
    return next((code for code in _wanted(accept_language) if code in languages()), default)


def _wanted(accept_language: str) -> list[str]:
    """Language codes of an Accept-Language header, best first (RFC 9110, section 12.5.4)."""
    weighted = []
    for position, part in enumerate(accept_language.split(",")[:20]):
        tag, _, weight = part.partition(";")
        weighted.append((-_weight(weight), position, tag.strip().lower().split("-")[0]))
    return [code for weight, _, code in sorted(weighted) if weight < 0]


def _weight(text: str) -> float:
    try:
        return float(text.strip().removeprefix("q=")) if text.strip() else 1.0
    except ValueError:
        return 0.0
