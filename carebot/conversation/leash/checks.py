"""Whether a sentence of the language model may be spoken. Safety code: pure, small, and alone.

The rules are data, `rules/<language>.yaml`: regular expressions for text as `text.words` gives it, so that punctuation
and spelling hide nothing. All languages' rules hold in every answer. In doubt a sentence is refused: a template too
many costs a "could you say it differently".
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from carebot.config import FileModel, load_yaml
from carebot.conversation.reflexes import seems_to_be
from carebot.conversation.text import LANGUAGES, Language, clean, hiragana, words

Reason = Literal[
    "empty",
    "too_long",
    "questions",
    "language",
    "markup",
    "address",
    "diagnosis",
    "dosage",
    "intake",
    "money",
    "human",
    "done",
    "hinders",
    "harm",
]

MOST_SENTENCES = 3
MOST_CHARACTERS: dict[Language, int] = {"en": 300, "fr": 330, "ja": 150}
LEAST_OWN_SCRIPT = 0.7
"""Share of an answer's letters that must be of the language's own script."""

_DELICATE: frozenset[Reason] = frozenset({"dosage", "money"})
_MARKUP = re.compile(r"[<>{}\[\]|`*_#\\~^=]")
_ADDRESS = re.compile(
    r"@|//|www\.|\w\.(?:com|org|net|io|fr|jp|info|biz|eu|uk|de|xyz|shop|online|tv)\b"
    r"|\b(?:dot|point|ドット)\s*(?:com|org|net|fr|jp|コム)\b"
    r"|\d(?:[ .,:()/・-]*\d){5}|[〇零一二三四五六七八九]{5}",
    re.IGNORECASE,
)
_SPELLED_OUT = re.compile(r"(?:\b\w\s){5}\w\b")
_QUESTION = re.compile(r"[?？]+|(?<!そうです)か(?:。|$)")
_LATIN = "A-Za-zÀ-ɏ"
_JAPANESE = "぀-ヿ一-鿿々ー"
_MIXED = re.compile(rf"[{_LATIN}][{_JAPANESE}]|[{_JAPANESE}][{_LATIN}]")


class _Rules(FileModel):
    """`classes` are parts of patterns, named in them as <name>; `fillers` are words that change nothing, and patterns
    are looked for with and without them; each of the `reasons` has its patterns. What touches one of the `topics` is
    refused too, unless only `allowed` words touch it. What a person says of a `delicate` matter is for a caregiver.
    """

    fillers: str
    classes: dict[str, str] = Field(default_factory=dict)
    reasons: dict[Reason, tuple[str, ...]]
    topics: dict[Reason, str]
    allowed: tuple[str, ...]
    delicate: dict[Reason, str]


class Rules:
    """The rules of one language."""

    def __init__(self, rules: _Rules, language: Language) -> None:
        def compiled(*patterns: str) -> re.Pattern[str]:
            return re.compile("|".join(_written_out(pattern, rules.classes, language) for pattern in patterns))

        self._language = language
        self._fillers = compiled(rules.fillers)
        self._allowed = compiled(*rules.allowed)
        self._patterns = {reason: compiled(*patterns) for reason, patterns in rules.reasons.items()}
        self._topics = {reason: compiled(pattern) for reason, pattern in rules.topics.items()}

        self._delicate = {reason: compiled(pattern) for reason, pattern in rules.delicate.items()}

    def broken_by(self, text: str) -> list[Reason]:
        """Every reason for which `text` must not be said, whatever it is about."""
        plain = self._plain(text)
        bare = self._without_fillers(plain)
        return [each for each, pattern in self._patterns.items() if pattern.search(plain) or pattern.search(bare)]

    def touched_by(self, text: str) -> list[Reason]:
        """The topics that `text` touches with words that are not allowed."""
        rest = self._allowed.sub(" ", self._without_fillers(self._plain(text)))
        return [each for each, pattern in self._topics.items() if pattern.search(rest)]

    def _plain(self, text: str) -> str:
        plain = words(text, self._language)
        return plain.replace(" ", "") if self._language == "ja" else plain

    def _without_fillers(self, plain: str) -> str:
        return " ".join(self._fillers.sub("", plain).split())

    def delicate_in(self, heard: str) -> list[Reason]:
        """What a person talks of that is for a caregiver."""
        plain = self._plain(heard)
        return [reason for reason, pattern in self._delicate.items() if pattern.search(plain)]


def _written_out(pattern: str, classes: dict[str, str], language: Language) -> str:
    whole = re.sub(r"<(\w+)>", lambda match: f"(?:{classes[match[1]]})", pattern)
    return hiragana(whole).replace("ー", "") if language == "ja" else rf"\b(?:{whole})(?!\w)"


@cache
def rules_of(language: Language) -> Rules:
    """The rules that carebot ships for `language`."""
    return Rules(load_yaml(Path(__file__).parent / "rules" / f"{language}.yaml", _Rules), language)


def refusal(text: str, language: Language) -> Reason | None:
    """Why `text`, a whole answer or its beginning, must not be spoken to a person of `language`; None where it may."""
    said = clean(text)
    if not words(said, language):
        return "empty"
    if len(said) > MOST_CHARACTERS[language]:
        return "too_long"
    if questions(said) > 1:
        return "questions"
    touched = (reason for each in LANGUAGES for reason in rules_of(each).touched_by(said))
    return forbidden(said) or next(touched, None) or (None if _is_in(said, language) else "language")


def forbidden(text: str, allowed: frozenset[Reason] = frozenset()) -> Reason | None:
    """Why `text` must not be said whatever its language, length and topic; reasons that are `allowed` do not count."""
    said = clean(text)
    if _MARKUP.search(said) or _SPELLED_OUT.search(said) or _has_marks_on_letters(said):
        return "markup"
    if _ADDRESS.search(said):
        return "address"
    broken = (reason for language in LANGUAGES for reason in rules_of(language).broken_by(said))
    return next((reason for reason in broken if reason not in allowed), None)


def delicate(heard: str, language: Language) -> Reason | None:
    """The matter of what a person of `language` says that is for a caregiver: health, medicine, or money."""
    for rules in dict.fromkeys((rules_of(language), rules_of(seems_to_be(heard) or language))):
        found = [*rules.delicate_in(heard), *(each for each in rules.touched_by(heard) if each in _DELICATE)]
        if found:
            return found[0]
    return None


def questions(text: str) -> int:
    """How many questions `text` asks."""
    return len(_QUESTION.findall(text))


def _has_marks_on_letters(said: str) -> bool:
    """Whether signs are struck through or decorated: what has a composed form has no marks of its own after `clean`."""
    return any(unicodedata.category(sign) == "Mn" for sign in said)


def _is_in(said: str, language: Language) -> bool:
    letters = [sign for sign in said if sign.isalpha()]
    japanese = sum(bool(re.match(f"[{_JAPANESE}]", sign)) for sign in letters)
    latin = sum(bool(re.match(f"[{_LATIN}]", sign)) for sign in letters)
    if japanese + latin < len(letters):
        return False
    if language == "ja":
        return japanese >= LEAST_OWN_SCRIPT * len(letters) and bool(re.search("[ぁ-ん]", said))
    seems = seems_to_be(re.sub(f"[{_JAPANESE}]", "", said))
    return latin >= LEAST_OWN_SCRIPT * len(letters) and not _MIXED.search(said) and seems in (language, None)
