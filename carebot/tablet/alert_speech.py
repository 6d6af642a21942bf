"""Speaking to the person an alert is about, from its card: sentences to choose from, and one's own words."""

from __future__ import annotations

from html import escape
from typing import Literal

from carebot.tablet.language import Texts
from carebot.tablet.talk_sentences import sentence_html, sentence_in
from carebot.tablet.talking import LONGEST, in_one_line

Speak = Literal["speak"]
SPEAK: Speak = "speak"
SENTENCES = ("coming", "wait", "how")
_SAY, _OWN_WORDS = "say:", "say"


def speech_html(language: str, texts: Texts, typed: str) -> str:
    """The question; `language` is the resident's, `typed` what the caregiver has written so far."""
    sentences = "".join(_sentence(each, language, texts) for each in SENTENCES)
    title, label, say_it, back = (escape(texts(key)) for key in ("speak_to_them", "talk_text", "talk_say_it", "back"))
    return (
        f'<div class="question speech" data-key="question {SPEAK}">'
        f'<strong>{title}</strong><div class="sentences" data-key="sentences">{sentences}</div>'
        f'<label class="note-field" data-key="note"><span>{label}</span>'
        f'<textarea rows="2" maxlength="{LONGEST}">{escape(typed)}</textarea></label>'
        '<div class="buttons" data-key="buttons">'
        f'<button type="button" class="button coming" data-key="say" data-do="{_OWN_WORDS}">{say_it}</button>'
        f'<button type="button" class="button plain" data-key="back" data-do="back">{back}</button></div></div>'
    )


def sentence_of(button: str, typed: str, language: str) -> str | None:
    """What is to be said where that button was pressed; None for other buttons, "" where nothing was typed."""
    if button == _OWN_WORDS:
        return in_one_line(typed)[:LONGEST]
    name = button.removeprefix(_SAY)
    return sentence_in(name, language) if button.startswith(_SAY) and name in SENTENCES else None


def _sentence(name: str, language: str, texts: Texts) -> str:
    return (
        f'<button type="button" class="button plain" data-key="{_SAY}{name}" data-do="{_SAY}{name}">'
        f"{sentence_html(name, language, texts)}</button>"
    )
