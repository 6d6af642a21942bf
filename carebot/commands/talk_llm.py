"""`carebot talk --llm`: the dialogue with a language model, with who made each sentence, why, and when it was there."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from carebot.errors import ConfigError

if TYPE_CHECKING:
    from carebot.conversation.dialogue import Dialogue
    from carebot.conversation.leash.leashed import LeashedDialogue, Part
    from carebot.conversation.leash.settings import ModelSettings
    from carebot.conversation.text import Language


@dataclass(frozen=True, slots=True)
class Asked:
    """Which model is asked, as the options of the command say it."""

    url: str | None
    model: str | None
    key_file: Path | None = None
    ca_file: Path | None = None
    first_sentence_s: float = 4.0

    @property
    def is_wanted(self) -> bool:
        return self.url is not None or self.model is not None


@contextmanager
def with_model(
    dialogue: Dialogue, language: Language, asked: Asked, name: str, routines: tuple[str, ...]
) -> Iterator[LeashedDialogue]:
    """`dialogue` with the model behind it; why the model was not used goes to standard error.

    Raises:
        ConfigError: the address, the key or the certificates cannot be used.
    """
    from carebot.conversation.leash.client import ChatClient
    from carebot.conversation.leash.leashed import LeashedDialogue
    from carebot.conversation.leash.prompt import Context
    from carebot.conversation.leash.tools import Routine

    settings = _settings(asked)
    with ChatClient(settings) as client:
        yield LeashedDialogue(
            dialogue,
            client,
            settings,
            language=language,
            routines=[Routine(each) for each in routines],
            context=Context(name, may_tell_name=True),
            tell=lambda sentence: print(f"    {sentence}", file=sys.stderr, flush=True),
        )


def _settings(asked: Asked) -> ModelSettings:
    from carebot.conversation.leash.settings import ModelSettings

    if asked.url is None or asked.model is None:
        raise ConfigError("--llm and --model belong together: give the server's address and the model's name.")
    times = {"first_sentence_s": asked.first_sentence_s, "answer_s": max(15.0, asked.first_sentence_s)}
    files = {"key_file": asked.key_file, "ca_file": asked.ca_file}
    try:
        return ModelSettings.model_validate({"url": asked.url, "model": asked.model, **files, **times})
    except ValidationError as error:
        first = error.errors()[0]
        key = {"url": "--llm", "model": "--model"}.get(str(first["loc"][0]), "--first-sentence-s")
        raise ConfigError(f"{key} cannot be used: {first['msg'].removeprefix('Value error, ')}.") from None


def converse(leashed: LeashedDialogue, line: str, as_json: bool, is_event: bool = False) -> None:
    """Answer one sentence and show it, each part when it is there; `is_event`: it is the event `answer` of hearing."""
    began_s = time.perf_counter()
    shown: list[dict[str, Any]] = []
    for part in leashed.parts(line, datetime.now().astimezone()):
        shown.append(_content(part, 1000.0 * (time.perf_counter() - began_s)))
        if not as_json:
            _print(part, shown[-1]["ms"])
    whole = {
        **({"event": "answer"} if is_event else {}),
        "heard": line,
        "answer": " ".join(part["text"] for part in shown),
        "intent": next((part["intent"] for part in shown if part["intent"]), ""),
        "acts": [act for part in shown for act in part["acts"]],
        "ms": round(1000.0 * (time.perf_counter() - began_s), 2),
        "parts": [{key: part[key] for key in ("text", "by", "why", "ms")} for part in shown],
    }
    if as_json:
        print(json.dumps(whole, ensure_ascii=False), flush=True)
    else:
        print(f"    {whole['intent'] or 'no intent'}, all after {whole['ms']:.1f} ms", flush=True)


def _content(part: Part, after_ms: float) -> dict[str, Any]:
    acts = [{**asdict(act), "details": dict(act.details)} for act in part.reply.acts]
    said = {"text": part.reply.text, "intent": part.reply.intent, "acts": acts}
    return {**said, "by": part.by, "why": part.why, "ms": round(after_ms, 2)}


def _print(part: Part, after_ms: float) -> None:
    print(part.reply.text)
    for act in part.reply.acts:
        details = ", ".join(f"{key}: {value}" for key, value in act.details.items())
        print(f"    asks for {act.name}{f' ({details})' if details else ''}")
    print(f"    {part.by}{f', model: {part.why}' if part.why else ''}, after {after_ms:.1f} ms", flush=True)
