"""`carebot talk`: a dialogue in the terminal, with what was understood and how long it took."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from carebot.conversation.dialogue import Reply
    from carebot.conversation.text import Language


@dataclass(frozen=True, slots=True)
class Hearing:
    """How to hear: a recording, else a microphone (None: the system's own); the model; the silence at a turn's end."""

    wav: Path | None
    microphone: str | None
    speech: str | None
    end_silence_s: float
    as_json: bool


def talk(
    lang: Annotated[Literal["en", "ja", "fr"], typer.Option(help="The person's language.")] = "en",
    _text: Annotated[bool, typer.Option("--text", help="Typed sentences, one a line: the default.")] = True,
    name: Annotated[str, typer.Option(help="The person's name, for the answers.")] = "",
    routine: Annotated[list[str] | None, typer.Option(help="A routine that may be started; repeat for more.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for each sentence.")] = False,
    llm: Annotated[str | None, typer.Option(help="A language model's server: http://127.0.0.1:8080/v1.")] = None,
    model: Annotated[str | None, typer.Option(help="The model's name on that server.")] = None,
    key_file: Annotated[Path | None, typer.Option(help="The server's key; or in CAREBOT_LLM_KEY.")] = None,
    ca_file: Annotated[Path | None, typer.Option(help="What the server's own certificate is checked with.")] = None,
    first_sentence_s: Annotated[float, typer.Option(help="How long the model is waited for.")] = 4.0,
    wav: Annotated[Path | None, typer.Option(help="Hear this recording (WAV, FLAC) instead of reading text.")] = None,
    mic: Annotated[bool, typer.Option("--mic", help="Hear a microphone instead of reading text.")] = False,
    microphone: Annotated[str | None, typer.Option(help="Which: its number, or a part of its name.")] = None,
    speech: Annotated[str | None, typer.Option(help="The speech model, by its name in the registry.")] = None,
    end_silence_s: Annotated[float, typer.Option(help="The silence after which somebody has ended.")] = 0.7,
) -> None:
    """Talk with the robot by typing or by voice: what it would say, and what it would ask of its other parts.

    Nothing is done here: `stop`, `help` and the other acts are shown, not carried out. Ends with the end of the input.
    """
    from carebot.commands.talk_llm import Asked, converse, with_model
    from carebot.conversation.dialogue import Dialogue, Setting
    from carebot.conversation.text import clean
    from carebot.errors import ConfigError

    if wav is not None and (mic or microphone is not None):
        raise ConfigError("--wav and --mic: one of them hears, so give only one.")
    dialogue = Dialogue(lang, Setting(name=clean(name), routines=tuple(routine or ())))
    asked = Asked(llm, model, key_file, ca_file, first_sentence_s)
    if wav is not None or mic or microphone is not None:
        hearing = Hearing(wav, microphone, speech, end_silence_s, as_json)
        if not asked.is_wanted:
            _hear(lang, hearing, lambda text: dialogue.hear(text, datetime.now().astimezone()))
            return
        with with_model(dialogue, lang, asked, clean(name), tuple(routine or ())) as leashed:
            _hear(lang, hearing, lambda text: converse(leashed, text, as_json, is_event=True))
        return
    if asked.is_wanted:
        with with_model(dialogue, lang, asked, clean(name), tuple(routine or ())) as leashed:
            for line in _lines():
                converse(leashed, line, as_json)
        return
    for line in _lines():
        began = time.perf_counter()
        reply = dialogue.hear(line, datetime.now().astimezone())
        spent_ms = 1000.0 * (time.perf_counter() - began)
        if as_json:
            print(json.dumps({"heard": line, **_as_dict(reply, spent_ms)}, ensure_ascii=False), flush=True)
        else:
            _print(reply, spent_ms)


def _hear(language: Language, hearing: Hearing, answer: Callable[[str], Reply | None]) -> None:
    """The same by voice: the sound's stages come first."""
    from carebot.commands.talk_heard import HeardTalk

    def show(reply: Reply, spent_ms: float) -> None:
        if hearing.as_json:
            print(json.dumps({"event": "answer", **_as_dict(reply, spent_ms)}, ensure_ascii=False), flush=True)
        else:
            _print(reply, spent_ms)

    heard = HeardTalk(language, hearing.speech, hearing.end_silence_s, hearing.as_json)
    if hearing.wav is not None:
        heard.recording(hearing.wav, answer, show)
    else:
        heard.microphone(hearing.microphone, answer, show)


def _lines() -> Iterator[str]:
    """Lines of the input; bytes that are not UTF-8 are replaced, and a line may be of any length.

    Raises:
        ConfigError: there is no input.
    """
    from carebot.errors import ConfigError

    if sys.stdin is None:  # closed by whoever started this
        raise ConfigError("the standard input is closed: leave it open, or hear a recording with --wav.")
    is_terminal = sys.stdin.isatty()
    while True:
        if is_terminal:
            print("> ", end="", flush=True)
        line = sys.stdin.buffer.readline()
        if not line:
            return
        decoded = line.decode("utf-8", "replace").rstrip("\r\n")
        if decoded.strip():
            yield decoded


def _as_dict(reply: Reply, spent_ms: float) -> dict[str, object]:
    acts = [{**asdict(act), "details": dict(act.details)} for act in reply.acts]
    return {"answer": reply.text, "intent": reply.intent, "acts": acts, "ms": round(spent_ms, 2)}


def _print(reply: Reply, spent_ms: float) -> None:
    print(reply.text)
    for act in reply.acts:
        details = ", ".join(f"{key}: {value}" for key, value in act.details.items())
        print(f"    asks for {act.name}{f' ({details})' if details else ''}")
    print(f"    {reply.intent or 'not understood'}, {spent_ms:.1f} ms", flush=True)
