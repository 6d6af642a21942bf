"""Why an alert was raised, in the language of whoever reads it: on the tablet, and in a message to their telephone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import yaml

from carebot.alerts import STILL_BL_S, UPRIGHT_BESIDE, Alert, fall_start


def why_in(alert: Alert, language: str) -> str:
    """The alert's reason as a sentence; in English where that language has no words for it."""
    words = catalogue().get(language)
    english = as_sentence(alert.reason)
    if words is None:
        return english
    values: dict[str, float | str] = {**alert.evidence, **_chosen(alert.evidence, words), "heard": _heard(alert)}
    from_there = f"{alert.reason_code}_from_{fall_start(alert.evidence).value}"
    text = words.get(from_there, words.get(alert.reason_code))
    told = None if text is None else filled(text, values, words["decimal_sign"])
    return english if told is None else told + _beside(alert.evidence, words)


def as_sentence(reason: str) -> str:
    """`reason` beginning with a capital letter and ending in a full stop."""
    text = reason.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?。" else ".")


def filled(text: str, values: Mapping[str, float | str], decimal_sign: str) -> str | None:
    """`text` with `values` put in, decimals with that sign; None where one is missing."""
    told = {name: _Number(value, decimal_sign) if isinstance(value, float) else value for name, value in values.items()}
    try:
        return text.format(**told)
    except (KeyError, ValueError, IndexError):
        return None


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """The words by language and key."""
    content: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("words.yaml").read_text("utf-8"))
    return content


def _chosen(evidence: Mapping[str, float], words: Mapping[str, str]) -> dict[str, str]:
    """The words that the falls room, too, chooses by the numbers."""
    still = "still" if evidence.get("movement_bl_s", 0.0) < STILL_BL_S else "moving"
    start = words.get(f"from_{fall_start(evidence).value}", "")
    return {"start": start, "since": words[f"since_{still}"]}


def _beside(evidence: Mapping[str, float], words: Mapping[str, str]) -> str:
    others = int(evidence.get(UPRIGHT_BESIDE, 0))
    return words["beside_one" if others == 1 else "beside_several"].format(count=others) if others else ""


def _heard(alert: Alert) -> str:
    """The words of the call that raised the alert."""
    return alert.exchanges[0].heard if alert.exchanges else ""


class _Number(float):
    """A number that is written with its language's decimal sign."""

    def __new__(cls, value: float, _sign: str) -> _Number:
        return super().__new__(cls, value)

    def __init__(self, _value: float, sign: str) -> None:
        self._sign = sign

    def __format__(self, form: str) -> str:
        return super().__format__(form).replace(".", self._sign)
