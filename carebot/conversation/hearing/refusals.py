"""Text that a recogniser made up: out of too little voice, in a loop, or known from subtitles."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

from carebot.config import FileModel, check, read_mapping
from carebot.conversation.reflexes import find_reflexes
from carebot.conversation.text import Language, words

MOST_LETTERS_PER_S = 30.0
"""Fast speech has 20 in English; kana have 10."""

LITTLE_VOICE_S = 0.35
SPARE_S = 0.6
"""Voice at the edges of a turn that the model of voice activity may have missed."""

_ASIDE = re.compile(r"[\[(（【<♪♫][^\])）】>]*[\])）】>♪♫]|[♪♫]+")


class _Known(FileModel):
    never: tuple[str, ...]
    begins: tuple[str, ...]
    doubtful: tuple[str, ...]


def without_asides(text: str) -> str:
    """`text` without what stands in brackets or between notes: "[Music]", "(applause)"."""
    return " ".join(_ASIDE.sub(" ", text).split())


def why_refused(text: str, language: Language, voiced_s: float) -> str:
    """Why `text`, heard in `voiced_s` of voice, is not taken for what somebody said; "" where it is.

    A call for help or a stop is never refused.
    """
    plain = words(text, language)
    if not plain:
        return "no words"
    if find_reflexes(text, language):
        return ""
    known = _known(language)
    if plain in known.never or plain.startswith(known.begins):
        return "what speech models make up out of noise"
    if plain in known.doubtful and voiced_s < LITTLE_VOICE_S:
        return "what speech models make up out of noise, and hardly any voice"
    if len(plain.replace(" ", "")) > MOST_LETTERS_PER_S * (voiced_s + SPARE_S):
        return "more words than fit into the voice"
    if _is_loop(plain):
        return "the same again and again"
    return ""


def _is_loop(plain: str) -> bool:
    """Whether one piece of 1 to 12 letters or words makes up most of a long text."""
    pieces = plain.split() if " " in plain else list(plain)
    if len(pieces) < 12:
        return False
    for length in range(1, min(12, len(pieces) // 4) + 1):
        runs = Counter(tuple(pieces[at : at + length]) for at in range(len(pieces) - length + 1))
        most = runs.most_common(1)[0][1]
        if most * length > 0.7 * len(pieces) and most >= 4:
            return True
    return False


@cache
def _known(language: Language) -> _Known:
    path = Path(__file__).parent / "hallucinations.yaml"
    listed = check(read_mapping(path)[language], _Known, path)
    folded = {key: tuple(words(each, language) for each in getattr(listed, key)) for key in _Known.model_fields}
    return _Known(**folded)
