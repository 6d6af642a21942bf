"""Why the robot may not move faster, in the caregiver's language."""

from __future__ import annotations

from carebot.safety.verdict import Reason, ReasonCode
from carebot.tablet.language import DEFAULT, Texts

_SENSORS = frozenset(
    {
        ReasonCode.SENSOR_MISSING,
        ReasonCode.SENSOR_STALE,
        ReasonCode.SENSOR_FROM_FUTURE,
        ReasonCode.SENSOR_NOT_FINITE,
        ReasonCode.SCAN_BLIND,
    }
)
_SOURCES = frozenset(
    {
        ReasonCode.COMMAND_NOT_FINITE,
        ReasonCode.COMMAND_EXPIRED,
        ReasonCode.COMMAND_FROM_FUTURE,
        ReasonCode.COMMAND_REPLAYED,
        ReasonCode.COMMAND_TOO_EARLY,
    }
)


def motion_words(reason: Reason, texts: Texts) -> str:
    """The judge's reason as a sentence; its own English one where this language has none for it."""
    if texts.language == DEFAULT:
        return reason.words
    values: dict[str, float | str] = {
        **reason.numbers,
        "allowed_m_s": reason.allowed_m_s,
        "about": _about(reason, texts),
    }
    code = reason.code.value
    for key in (f"motion_{code}_{reason.about}", f"motion_{code}", f"motion_{code}_plain"):
        sentence = texts.sentence(key, values)
        if sentence is not None:
            return sentence
    return reason.words


def _about(reason: Reason, texts: Texts) -> str:
    kind = "sensor" if reason.code in _SENSORS else "source" if reason.code in _SOURCES else ""
    return texts.sentence(f"{kind}_{reason.about}", {}) or reason.about
