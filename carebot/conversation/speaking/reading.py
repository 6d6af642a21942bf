"""Clock times and dates written out as they are read aloud; what voices read right by themselves stays."""

from __future__ import annotations

import re
from collections.abc import Callable

from carebot.conversation.answers import answers_of
from carebot.conversation.text import Language

_CLOCK = re.compile(r"(?<![\d:.,])([01]?\d|2[0-4]):([0-5]\d)(?::[0-5]\d)?(?![\d:])(\s*(?:[ap]\.?\s?m\b\.?))?", re.I)
_FRENCH_HOURS = re.compile(r"(?<![\d:.,])([01]?\d|2[0-4])\s?h\s?([0-5]\d)?(?!\w)")
_FRENCH_ONE = re.compile(r"(?<![\d:.,])(1|21) (heures?)\b")
_ISO_DATE = re.compile(r"(?<![\d-])(\d{4})-(0?[1-9]|1[0-2])-(0?[1-9]|[12]\d|3[01])(?![\d-])")
_JAPANESE_HOUR = re.compile(r"(?<!\d)0?(\d{1,2})時(?:0?(\d{1,2})分)?")
_JAPANESE_DAY = re.compile(r"(?<![\d/])(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])(?![\d/])")
_ORDINALS = {1: "1st", 2: "2nd", 3: "3rd", 21: "21st", 22: "22nd", 23: "23rd", 31: "31st"}


def reading(sentence: str, language: Language) -> str:
    """`sentence` as it is to be given to a voice."""
    return _READINGS[language](sentence)


def _english(sentence: str) -> str:
    return _ISO_DATE.sub(_english_date, _CLOCK.sub(_english_clock, sentence))


def _english_clock(found: re.Match[str]) -> str:
    hour, minute, half = int(found[1]), int(found[2]), (found[3] or "").strip()
    if not half and hour in (0, 12, 24) and not minute:
        return "noon" if hour == 12 else "midnight"
    if not half and (hour > 12 or hour == 0):
        half = "p.m." if 12 < hour < 24 else "a.m."
    minutes = f" oh {minute}" if 0 < minute < 10 else f" {minute}" if minute else "" if half else " o'clock"
    return f"{hour % 12 or 12}{minutes}{' ' if half else ''}{half}"


def _english_date(found: re.Match[str]) -> str:
    day = int(found[3])
    month = answers_of("en").months[int(found[2]) - 1]
    return f"{month} {_ORDINALS.get(day, f'{day}th')}, {found[1]}"


def _french(sentence: str) -> str:
    sentence = _FRENCH_HOURS.sub(_french_clock, _CLOCK.sub(_french_clock, sentence))
    return _ISO_DATE.sub(_french_date, _FRENCH_ONE.sub(_french_one, sentence))


def _french_clock(found: re.Match[str]) -> str:
    hour, minute = int(found[1]), int(found[2] or 0)
    if not minute and hour in (0, 12, 24):
        return "midi" if hour == 12 else "minuit"
    return f"{hour} heure{'s' if hour > 1 else ''}{f' {minute}' if minute else ''}"


def _french_one(found: re.Match[str]) -> str:
    return f"{'une' if found[1] == '1' else 'vingt et une'} {found[2]}"


def _french_date(found: re.Match[str]) -> str:
    day = int(found[3])
    month = answers_of("fr").months[int(found[2]) - 1]
    return f"{'1er' if day == 1 else day} {month} {found[1]}"


def _japanese(sentence: str) -> str:
    sentence = _CLOCK.sub(lambda found: f"{found[3] or ''}{int(found[1])}時{int(found[2])}分", sentence)
    sentence = _ISO_DATE.sub(lambda found: f"{found[1]}年{int(found[2])}月{int(found[3])}日", sentence)
    sentence = _JAPANESE_DAY.sub(lambda found: f"{int(found[1])}月{int(found[2])}日", sentence)
    sentence = _JAPANESE_HOUR.sub(_japanese_clock, sentence)
    return sentence.replace("°C", "度").replace("%", "パーセント")


def _japanese_clock(found: re.Match[str]) -> str:
    minute = int(found[2] or 0)
    return f"{int(found[1])}時{f'{minute}分' if minute else ''}"


_READINGS: dict[Language, Callable[[str], str]] = {"en": _english, "fr": _french, "ja": _japanese}
