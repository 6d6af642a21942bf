"""In which writing a speech model answers, by its tokens, the pieces of its words: whether it can be of a language.

A registry that calls a Japanese model French is believed by nobody who reads the list of what that model can say.
"""

from __future__ import annotations

import re
from pathlib import Path

from carebot.conversation.text import Language
from carebot.errors import ModelError

FEWEST_TOKENS = 20
"""Of fewer, nothing can be told."""

WORD_PIECES = 50
"""Pieces of two and more Latin letters: a language written so has hundreds; a Japanese model has its alphabet."""

EAST_ASIAN_PIECES = 30

_LATIN = re.compile(r"[^\W\d_]{2,}")
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff]")
_ACCENTED = re.compile("[éèêàçùôîÉÈÊÀÇÙÔÎ]")


def why_not_of(language: Language, tokens: Path) -> str:
    """Why a model with those tokens cannot hear `language`; "" where it can, or where that cannot be told.

    Models that write bytes, or sounds, instead of letters are let pass. Raises ModelError where there are no tokens.
    """
    pieces = _pieces(tokens)
    if len(pieces) < FEWEST_TOKENS or any(_is_of_bytes(each) for each in pieces):
        return ""
    east_asian = sum(bool(_EAST_ASIAN.search(each)) for each in pieces)
    latin = sum(bool(_LATIN.search(each)) and not _EAST_ASIAN.search(each) for each in pieces)
    if language == "ja":
        return "" if east_asian else "it writes no kana and no kanji"
    if east_asian >= EAST_ASIAN_PIECES and latin < WORD_PIECES:
        return "it writes kana, kanji or hanzi"
    if language == "fr" and not any(_ACCENTED.search(each) for each in pieces):
        return "it writes no accents"
    return ""


def _pieces(path: Path) -> list[str]:
    """What stands before the number in each line; not the marks such as <blk>."""
    try:
        lines = path.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        raise ModelError(f"{path} is no list of tokens that can be read (UTF-8): pull the model again.") from None
    found = (line.rsplit(maxsplit=1)[0].strip("▁") for line in lines if len(line.split()) > 1)
    return [each for each in found if each and not (each.startswith("<") and each.endswith(">") and "0x" not in each)]


def _is_of_bytes(piece: str) -> bool:
    """Byte pairs of icefall stand for bytes by letters of Latin Extended-A and B; sentencepiece writes <0x41>."""
    return piece.startswith("<0x") or any("\u0100" <= letter <= "\u024f" and letter not in "œŒŸ" for letter in piece)
