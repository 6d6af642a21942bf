"""One text said from beginning to end, outside a node."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from carebot.conversation.speaking.portaudio import PortAudioOut
from carebot.conversation.speaking.queue import Ended, Event, Line
from carebot.conversation.speaking.sound_out import Loudspeaker, Silence, SoundOut, WavFile
from carebot.conversation.speaking.speaker import FirstSound, Shown, Speaker
from carebot.conversation.speaking.synthesiser import Samples
from carebot.conversation.speaking.voices import Voices
from carebot.conversation.text import Language
from carebot.resources import expanded
from carebot.site.voice import Voice


@dataclass(slots=True)
class SaidOnce:
    """How it went: the delay to the first sound, how much sound there was, and why something was not heard."""

    language: Language
    first_sound_ms: float | None = None
    sentences: int = 0
    seconds: float = 0.0
    reason: str = ""

    def content(self) -> dict[str, object]:
        """For machines."""
        return asdict(self)


def say_once(
    text: str,
    language: Language,
    voice: Voice,
    wav: Path | None,
    device: str,
    show: Callable[[str], None],
    stopping: threading.Event,
) -> SaidOnce:
    """Say `text` into the file `wav`, else on `device`; returns when it is over. The voice is loaded first.

    Raises:
        ConfigError: the file cannot be written.
    """
    said = SaidOnce(language)
    open_out: Callable[[], SoundOut] = (lambda: PortAudioOut(device)) if wav is None else _same(WavFile(wav))
    counted = _Counted(open_out, said)
    voices = Voices()
    voices.warm_up(language)

    def tell(event: Event | Shown | FirstSound) -> None:
        if isinstance(event, Shown) and event.piece is not None:
            said.sentences = event.piece.number + 1
            show(event.piece.text)
        elif isinstance(event, FirstSound) and said.first_sound_ms is None and not counted.fault:
            said.first_sound_ms = round(1000.0 * event.after_s, 1)
        elif isinstance(event, Ended):
            said.reason = event.reason
            stopping.set()

    speaker = Speaker(voices, counted, tell)
    speaker.add(Line("only", text, language, voice))
    speaker.run(stopping)
    return said


def opener(named: str) -> Callable[[], SoundOut]:
    """What opens the place for sound that is `named`: a file that ends in .wav, none, or a loudspeaker.

    Raises ConfigError for a file that cannot be written.
    """
    if not is_loudspeaker(named):
        return Silence
    if named.endswith(".wav"):
        return _same(WavFile(expanded(named)))
    return lambda: PortAudioOut(named)


def is_loudspeaker(named: str) -> bool:
    """Whether sound goes anywhere at all."""
    return named.lower() != "none"


def _same(out: SoundOut) -> Callable[[], SoundOut]:
    return lambda: out


class _Counted(Loudspeaker):
    """Counts the seconds of sound."""

    def __init__(self, open_device: Callable[[], SoundOut], said: SaidOnce) -> None:
        super().__init__(open_device)
        self._said = said

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        super().play(samples, sample_rate_hz)
        self._said.seconds = round(self._said.seconds + len(samples) / sample_rate_hz, 3)
