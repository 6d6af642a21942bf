"""Words as they arrive, from keyboards and speech recognisers, brought into the one form that rules are written in."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal, get_args

from carebot.conversation.colloquial import written_out

Language = Literal["en", "ja", "fr"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
NAMES: dict[Language, str] = {"en": "English", "ja": "Japanese", "fr": "French"}

MOST_CHARACTERS = 4000
"""What a dialogue looks at of one utterance; reflexes look at all of it."""

_KATAKANA_TO_HIRAGANA = {code: code - 0x60 for code in range(0x30A1, 0x30F7)}
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'", "´": "'", "ʼ": "'", "＇": "'"})
_QUOTES = str.maketrans(dict.fromkeys("“”„«»「」『』〝〟", '"'))
_STRETCHED = re.compile(r"([a-z])\1{2,}")
_JAPANESE = r"぀-ヿ一-鿿々"
_BETWEEN_JAPANESE = re.compile(rf"(?<=[{_JAPANESE}])\s+(?=[{_JAPANESE}])")
_JAPANESE_STRETCHES = re.compile(
    r"[ー〜~ｰ―—–]+|(?<=[一-鿿])[ぁぃぅぇぉ]|(?<=[ぁ-ん])[ぁぃぅぇぉ](?=[ぁぃぅぇぉ]|$|[^ぁ-ん])|っ+(?=$|[^ぁ-ん一-鿿])"
)
_HESITATION = re.compile(r"う[ー〜~ぅ]+[んむ]|(?<![ぁ-ん一-鿿])ん[ー〜~]+")
"""Drawn out, a yes (うん) is none any more."""
_NOT_WORDS = re.compile(r"[^\w\s'\".,:;!?。、・-]")
_FRENCH_ELISION = re.compile(r"\b(j|l|d|m|t|s|n|c|qu|jusqu|lorsqu|puisqu)' ?(?=\w)")


def clean(text: str) -> str:
    """`text` in Unicode's compatible form, on one line, without emoji, control and invisible characters."""
    whole = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    return " ".join("".join(map(_printable, whole)).split())


def normal(text: str, language: Language) -> str:
    """`text` as rules of `language` see it: small letters, plain signs, one spelling of what sounds the same.

    Short and colloquial forms are written out, French accents and elisions undone, Japanese is in hiragana and kanji
    without blanks and stretched vowels. Punctuation that parts sentences stays; quotation marks become `"`.
    """
    plain = clean(text).translate(_APOSTROPHES).translate(_QUOTES).casefold()
    if language == "ja":
        return _normal_japanese(plain)
    plain = _without_accents(plain)
    plain = _STRETCHED.sub(r"\1", plain.replace("-", " "))
    if language == "fr":
        plain = _FRENCH_ELISION.sub(r"\1 ", plain)
    plain = written_out(plain, language)
    return " ".join(_NOT_WORDS.sub(" ", plain).replace("'", " ").split())


def words(text: str, language: Language) -> str:
    """`normal` without any punctuation."""
    return " ".join(re.sub(r"[^\w\s]", "" if language == "ja" else " ", normal(text, language)).split())


def hiragana(text: str) -> str:
    """`text` with its katakana in hiragana."""
    return text.translate(_KATAKANA_TO_HIRAGANA)


def _normal_japanese(plain: str) -> str:
    plain = re.sub(r"[.・]{2,}", "、", hiragana(plain))
    folded = _JAPANESE_STRETCHES.sub("", _HESITATION.sub("うむ", plain))
    folded = written_out(folded, "ja")
    return _BETWEEN_JAPANESE.sub("", " ".join(_NOT_WORDS.sub(" ", folded).split()))


def _without_accents(text: str) -> str:
    apart = unicodedata.normalize("NFD", text.replace("œ", "oe").replace("æ", "ae"))
    return "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")


def _printable(sign: str) -> str:
    category = unicodedata.category(sign)
    if category in ("Cc", "Zl", "Zp", "Zs", "So", "Cs", "Co", "Cn"):
        return " "
    return "" if category in ("Cf", "Me") else sign
