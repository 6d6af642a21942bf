"""What the resident was asked and answered, in the caregiver's language; the words stay as they were said."""

from __future__ import annotations

from carebot.alerts import Exchange
from carebot.tablet.language import Texts

_ANSWERS = ("fine", "help", "unclear", "none")


def exchange_words(exchange: Exchange, texts: Texts) -> str:
    """One exchange in a sentence or two."""
    if not exchange.question:
        return texts("exchange_called", heard=exchange.heard)
    asked = "exchange_asked_once" if exchange.times_asked <= 1 else "exchange_asked_often"
    question = texts(asked, question=exchange.question, times=exchange.times_asked)
    return f"{question} {_answer(exchange, texts)}"


def _answer(exchange: Exchange, texts: Texts) -> str:
    if exchange.means in ("bumper", "posture"):
        return texts(f"exchange_{exchange.means}")
    answer = exchange.answer if exchange.answer in _ANSWERS else "unclear"
    return texts(f"exchange_{answer}", heard=exchange.heard)
