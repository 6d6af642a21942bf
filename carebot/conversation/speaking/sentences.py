"""A text cut into what is said and shown at a time: its sentences, none too long."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carebot.conversation.text import Language, clean

MOST_CHARACTERS = 200_000
"""A longer text is refused: it would take hours to say."""

LONGEST: dict[Language, int] = {"en": 200, "fr": 200, "ja": 80}
"""Characters of a sentence; a longer one is cut, at a comma if there is one."""

_END = re.compile(r"[.!?。]+(?:\s?»|[\"'”’」』)])*")
_COMMA = re.compile(r"[、,;:]\s*|\s+")
_ABBREVIATION = re.compile(r"(?:^|[\s(\"'«])(?:Mr|Mrs|Ms|Dr|St|M|Mme|Mlle|Mgr|[A-Z]|[ap]\.m|e\.g|i\.e|etc|cf|no)\.$")


def sentences(text: str, language: Language) -> tuple[str, ...]:
    """The sentences of `text` without emoji and control characters; empty where nothing is left to be said."""
    lines = (clean(line) for line in text.splitlines())
    found = (piece for line in lines for sentence in _whole(line) for piece in _short(sentence, LONGEST[language]))
    return tuple(piece for piece in found if re.search(r"[\w%]", piece))


def _whole(line: str) -> Iterator[str]:
    start = 0
    for mark in _END.finditer(line):
        if _ends_there(line, mark):
            yield line[start : mark.end()].strip()
            start = mark.end()
    yield line[start:].strip()


def _ends_there(line: str, mark: re.Match[str]) -> bool:
    if "。" in mark[0]:
        return True
    if mark.end() < len(line) and not line[mark.end()].isspace():
        return not mark[0].startswith(".") and _is_japanese(line[mark.end()])
    return mark[0] != "." or not _ABBREVIATION.search(line[max(0, mark.start() - 8) : mark.end()])


def _is_japanese(sign: str) -> bool:
    return "぀" <= sign <= "ヿ" or "一" <= sign <= "鿿"


def _short(sentence: str, longest: int) -> Iterator[str]:
    """`sentence` in pieces of at most `longest` characters: cut at the last comma, else at a blank, else anywhere."""
    while len(sentence) > longest:
        head = sentence[:longest]
        cuts = [mark.end() for mark in _COMMA.finditer(head) if mark.end() > longest // 4]
        commas = [cut for cut in cuts if head[:cut].rstrip()[-1:] in "、,;:"]
        cut = max(commas or cuts or [longest])
        yield sentence[:cut].strip()
        sentence = sentence[cut:].strip()
    yield sentence
