"""What a language model is told: its task, and as much of the person and the home as consent allows.

Text that others wrote (the person's words, names, notes) stands between marks that it cannot write itself. That helps a
good model; nothing relies on it, for what a model may do is held by `tools` and `checks` alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

from carebot.config import FileModel, load_yaml
from carebot.conversation.text import Language, clean

MOST_HEARD = 600
MOST_NAME = 60
MOST_NOTE = 200
MOST_NOTES = 20
MOST_EXCHANGES = 6

_MARKS = str.maketrans({"<": "‹", ">": "›"})


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of the person and the home, each with whether the person agreed that a language model is told."""

    name: str = ""
    may_tell_name: bool = False
    notes: tuple[str, ...] = ()
    may_tell_notes: bool = False


class _Prompt(FileModel):
    task: str
    name: str
    notes: str
    now: str


@cache
def _prompt_of(language: Language) -> _Prompt:
    return load_yaml(Path(__file__).parent / "prompts" / f"{language}.yaml", _Prompt)


def messages(
    heard: str, language: Language, now: datetime, context: Context, remembered: Sequence[tuple[str, str]] = ()
) -> list[dict[str, str]]:
    """The messages of a chat completion; `remembered` is what was heard and answered before, with consent."""
    before = [
        message
        for question, answer in remembered[-MOST_EXCHANGES:]
        for message in (_message("user", fenced("heard", question, MOST_HEARD)), _message("assistant", answer))
    ]
    heard_now = _message("user", fenced("heard", heard, MOST_HEARD))
    return [_message("system", system_prompt(language, now, context)), *before, heard_now]


def system_prompt(language: Language, now: datetime, context: Context) -> str:
    """The task, the time, and what may be told."""
    prompt = _prompt_of(language)
    parts = [prompt.task.strip(), prompt.now.format(now=f"{now:%Y-%m-%d %H:%M}")]
    if context.may_tell_name and context.name:
        parts.append(f"{prompt.name} {fenced('name', context.name, MOST_NAME)}")
    if context.may_tell_notes and context.notes:
        notes = "\n".join(fenced("note", note, MOST_NOTE) for note in context.notes[:MOST_NOTES])
        parts.append(f"{prompt.notes}\n{notes}")
    return "\n".join(parts)


def fenced(kind: str, text: str, most: int) -> str:
    """`text` on one line of at most `most` characters between marks, without such marks of its own."""
    return f"<{kind}>{clean(text)[:most].translate(_MARKS)}</{kind}>"


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}
