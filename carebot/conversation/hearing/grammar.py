"""The sentences that the robot understands, as a JSGF grammar for a recogniser of fixed phrases.

It is made from the intents' templates, the calls in `phrases/<language>.yaml`, and the answers there that only seem to
be an "I am fine": without them the recogniser would have no other choice. Templates are written with short
forms written out; people say "don't", so both are in the grammar. A template with a free part ("remind me to …") is
left out: a grammar cannot hear what it does not list. So are those with the mark `heard: freely`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from hassil import Intents
from hassil.expression import Alternative, Expression, Group, ListReference, RuleReference, TextChunk
from hassil.intents import RangeSlotList, TextSlotList
from hassil.parse_expression import parse_sentence

from carebot.config import read_mapping
from carebot.conversation.text import Language
from carebot.conversation.understanding import intents_of

KnowsWord = Callable[[str], bool]

_SHORT_FORMS = {
    "i am": "i'm",
    "you are": "you're",
    "it is": "it's",
    "that is": "that's",
    "what is": "what's",
    "everything is": "everything's",
    "do not": "don't",
    "did not": "didn't",
    "can not": "can't|cannot",
    "could not": "couldn't",
    "o clock": "o'clock",
}
_IS_SHORTENED = re.compile(rf"\b({'|'.join(_SHORT_FORMS)})\b")
_NUMBERS: tuple[str, ...] = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)


def english_grammar(knows_word: KnowsWord) -> str:
    """The JSGF of English: sentences that are understood, and answers that are close to one of them and mean something
    else. Sentences with a word that `knows_word` denies are left out."""
    listed = " |\n  ".join(sorted(set(_sentences("en", knows_word))))
    return f"#JSGF V1.0;\ngrammar carebot;\npublic <heard> =\n  {listed};\n"


def phrases_of(language: Language) -> dict[str, list[str]]:
    """Templates by the reflex that they set off; under `none`, those that set off none and mean nothing."""
    return read_mapping(Path(__file__).parent / "phrases" / f"{language}.yaml")


def _sentences(language: Language, knows_word: KnowsWord) -> Iterator[str]:
    writer = _Writer(intents_of(language), knows_word)
    for intent in writer.intents.intents.values():
        for data in intent.data:
            if (data.metadata or {}).get("heard") == "freely":
                continue
            for template in data.sentences:
                yield from writer.alternatives(template.expression)
    for templates in phrases_of(language).values():
        for text in templates:
            yield from writer.alternatives(parse_sentence(text).expression)


class _UnspeakableError(Exception):
    """A part of a template that a grammar cannot list."""


class _Writer:
    """Templates of hassil in the notation of JSGF."""

    def __init__(self, intents: Intents, knows_word: KnowsWord) -> None:
        self.intents = intents
        self._knows_word = knows_word

    def alternatives(self, expression: Expression) -> Iterator[str]:
        """`expression` as one line, or nothing where it cannot be listed or is empty."""
        try:
            written = " ".join(self._write(expression).split())
        except _UnspeakableError:
            return
        if written:
            yield _IS_SHORTENED.sub(self._both_forms, written)

    def _write(self, expression: Expression) -> str:
        if isinstance(expression, TextChunk):
            return self._text(str(expression.text))
        if isinstance(expression, ListReference):
            return self._list(expression.list_name)
        if isinstance(expression, RuleReference):
            return self._write(self.intents.expansion_rules[expression.rule_name].expression)
        if isinstance(expression, Alternative):
            return self._choice(expression)
        if isinstance(expression, Group):
            return " ".join(self._write(each) for each in expression.items)
        raise _UnspeakableError

    def _choice(self, expression: Alternative) -> str:
        possible = []
        is_optional = expression.is_optional
        for each in expression.items:
            try:
                written = self._write(each).strip()
            except _UnspeakableError:
                continue
            if written:
                possible.append(written)
            else:
                is_optional = True
        if not possible:
            if is_optional:
                return ""
            raise _UnspeakableError
        joined = " | ".join(possible)
        return f" [{joined}] " if is_optional else f" ({joined}) "

    def _list(self, name: str) -> str:
        slots = self.intents.slot_lists.get(name)
        if isinstance(slots, RangeSlotList):
            return f" ({' | '.join(_NUMBERS[: slots.stop + 1])}) "
        if isinstance(slots, TextSlotList):
            return f" ({' | '.join(self._write(value.text_in) for value in slots.values)}) "
        raise _UnspeakableError

    def _text(self, text: str) -> str:
        if not all(self._knows_word(word) for word in text.split()):
            raise _UnspeakableError
        return text

    def _both_forms(self, match: re.Match[str]) -> str:
        short = [each for each in _SHORT_FORMS[match[1]].split("|") if self._knows_word(each)]
        return f"({' | '.join([match[1], *short])})"
