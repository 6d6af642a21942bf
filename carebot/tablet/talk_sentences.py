"""The sentences a caregiver may choose from, in the resident's language, with what they mean in the caregiver's own."""

from __future__ import annotations

from html import escape

from carebot.tablet.language import Texts, catalogue


def sentence_in(name: str, language: str) -> str:
    """The sentence of that name (one of `TEMPLATES`)."""
    return catalogue(language)[_key(name)]


def sentence_html(name: str, language: str, texts: Texts) -> str:
    """What stands on its button."""
    meaning = "" if language == texts.language else f"<small>{escape(texts(_key(name)))}</small>"
    return f'<span lang="{escape(language)}">{escape(sentence_in(name, language))}</span>{meaning}'


def _key(name: str) -> str:
    return f"talk_template_{name}"
