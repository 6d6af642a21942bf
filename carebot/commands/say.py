"""`carebot say`: a text aloud or into a file, without ROS."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from carebot.conversation.speaking.said_once import SaidOnce


def say(
    text: Annotated[str, typer.Argument(help="What is said; - reads it from the input.")],
    lang: Annotated[
        Literal["en", "ja", "fr"] | None, typer.Option(help="The language; by default, what the text seems to be.")
    ] = None,
    wav: Annotated[Path | None, typer.Option(help="Write a WAV file instead of using the loudspeaker.")] = None,
    device: Annotated[str, typer.Option(help="The loudspeaker, by number or part of its name.")] = "",
    rate: Annotated[float, typer.Option(min=0.4, max=2.0, help="How fast; 1 is the voice's own speed.")] = 0.85,
    volume: Annotated[float, typer.Option(min=0.05, max=1.0, help="How loud; 1 is the loudest.")] = 0.5,
    pitch: Annotated[float, typer.Option(min=-12, max=12, help="How much higher, in semitones.")] = -2.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say a text with the robot's voice, and tell how long it took to its first sound.

    Sentences are shown while they are said. Ends with 1 where nothing could be heard.
    """
    from carebot.conversation.reflexes import seems_to_be
    from carebot.conversation.speaking.said_once import say_once
    from carebot.site.voice import Voice

    whole = sys.stdin.buffer.read().decode("utf-8", "replace") if text == "-" else text
    voice = Voice(rate=rate, volume=volume, pitch_semitones=pitch)

    def show(sentence: str) -> None:
        if not as_json:
            print(sentence, flush=True)

    said = say_once(whole, lang or seems_to_be(whole) or "en", voice, wav, device, show, threading.Event())
    print(json.dumps(said.content()) if as_json else _in_words(said))
    if said.reason:
        print(f"carebot: {said.reason}", file=sys.stderr)
        raise typer.Exit(1)


def _in_words(said: SaidOnce) -> str:
    if said.first_sound_ms is None:
        return "nothing was heard"
    return f"first sound after {said.first_sound_ms:.0f} ms; {said.sentences} sentences, {said.seconds:.1f} s of sound"
