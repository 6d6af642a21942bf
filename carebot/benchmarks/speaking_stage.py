"""How soon the robot is heard, and how soon silent: the real voices and thread, a loudspeaker that notes times."""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from collections.abc import Iterator
from itertools import count

from carebot.benchmarks.conversation_figures import Figure
from carebot.conversation.answers import answers_of
from carebot.conversation.speaking.queue import Ended, Event, Line, Urgency
from carebot.conversation.speaking.sound_out import Loudspeaker, Silence
from carebot.conversation.speaking.speaker import FirstSound, Shown, Speaker
from carebot.conversation.speaking.synthesiser import Samples
from carebot.conversation.speaking.voices import Voices
from carebot.conversation.text import LANGUAGES, Language
from carebot.errors import SetupError
from carebot.site.voice import Voice

FIRST_SOUND_MS, CANCELLED_MS = 150.0, 100.0
TIMEOUT_S = 30.0
ALARMS: dict[Language, str] = {
    "en": "Please do not move, I am calling for help.",
    "fr": "Ne bougez pas, j'appelle de l'aide.",
    "ja": "動かないでください。助けを呼んでいます。",
}
_NUMBERS = count()


def measure(rounds: int) -> tuple[Figure, ...]:
    """For each language: to the first sound of a sentence, to silence after a cancel, to the first sound of an alarm.

    Raises SetupError where a voice is missing.
    """
    return tuple(figure for language in LANGUAGES for figure in _figures(language, rounds))


def _figures(language: Language, rounds: int) -> Iterator[Figure]:
    voices = Voices()
    said = [text for text in answers_of(language).answers.values() if "{" not in text]
    lines = [said[number % len(said)] for number in range(rounds)]
    yield Figure(f"{language}_first_sound", "ms", tuple(_first_sounds(voices, language, lines)), FIRST_SOUND_MS)
    yield Figure(f"{language}_processor_for_first_sound", "ms", tuple(_work(voices, language, lines)))
    yield Figure(f"{language}_cancelled_to_silence", "ms", tuple(_cancels(voices, language, lines)), CANCELLED_MS)
    yield Figure(f"{language}_alarm_first_sound", "ms", tuple(_alarms(voices, language, lines)), FIRST_SOUND_MS)


class Ear(Silence):
    """Notes when sound came and when it was dropped."""

    def __init__(self) -> None:
        super().__init__()
        self.heard, self.dropped = threading.Event(), threading.Event()
        self.heard_s = self.dropped_s = 0.0

    def play(self, samples: Samples, sample_rate_hz: int) -> None:
        if not self.heard.is_set():
            self.heard_s = time.perf_counter()
            self.heard.set()
        super().play(samples, sample_rate_hz)

    def drop(self) -> None:
        self.dropped_s = time.perf_counter()
        super().drop()
        self.dropped.set()

    def expect(self) -> None:
        self.heard.clear()
        self.dropped.clear()


class Mouth:
    """The real thread that speaks, into an `ear`."""

    def __init__(self, language: Language, voices: Voices | None = None) -> None:
        """Raises SetupError where the voice of `language` is missing."""
        voices = voices or Voices()
        trouble = voices.warm_up(language)
        if trouble:
            raise SetupError(trouble)
        self.ear = Ear()
        self.ended, self.alarm_s = threading.Event(), 0.0
        self._stopping = threading.Event()
        self.speaker = Speaker(voices, Loudspeaker(lambda: self.ear), self._tell)
        self._thread = threading.Thread(target=self.speaker.run, args=[self._stopping], daemon=True)

    def __enter__(self) -> Mouth:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(TIMEOUT_S)

    def say(self, text: str, language: Language, urgency: Urgency = Urgency.TALK) -> str:
        line = Line(f"line {next(_NUMBERS)}", text, language, Voice(), urgency)
        self.speaker.add(line)
        return line.id

    def first_sound_s(self) -> float:
        """When the sound that is expected came."""
        _await(self.ear.heard)
        return self.ear.heard_s

    def call_off(self, line_id: str) -> None:
        """Until it has ended."""
        self.speaker.cancel(line_id)
        _await(self.ended)
        self.ended.clear()

    def _tell(self, event: Event | Shown | FirstSound) -> None:
        if isinstance(event, Ended):
            self.ended.set()
        elif isinstance(event, FirstSound) and event.piece.line.urgency is Urgency.ALARM:
            self.alarm_s = time.perf_counter()


def _first_sounds(voices: Voices, language: Language, lines: list[str]) -> Iterator[float]:
    with Mouth(language, voices) as mouth:
        for text in lines:
            mouth.ear.expect()
            time.sleep(0.3)  # until nothing of the line before is being made
            began_s = time.perf_counter()
            line_id = mouth.say(text, language)
            _await(mouth.ear.heard)
            yield 1000.0 * (mouth.ear.heard_s - began_s)
            mouth.call_off(line_id)


def _cancels(voices: Voices, language: Language, lines: list[str]) -> Iterator[float]:
    with Mouth(language, voices) as mouth:
        for text in lines:
            mouth.ear.expect()
            line_id = mouth.say(text, language)
            _await(mouth.ear.heard)
            time.sleep(0.1)  # in the middle of a word
            began_s = time.perf_counter()
            mouth.call_off(line_id)
            if mouth.ear.dropped.is_set():  # else it was over by itself
                yield 1000.0 * max(0.0, mouth.ear.dropped_s - began_s)


def _alarms(voices: Voices, language: Language, lines: list[str]) -> Iterator[float]:
    with Mouth(language, voices) as mouth:
        for text in lines:
            mouth.ear.expect()
            talk_id = mouth.say(text, language)
            _await(mouth.ear.heard)
            mouth.ear.expect()
            began_s = time.perf_counter()
            mouth.alarm_s = 0.0
            alarm_id = mouth.say(ALARMS[language], language, Urgency.ALARM)
            while not mouth.alarm_s:
                time.sleep(0.002)
            yield 1000.0 * (mouth.alarm_s - began_s)
            mouth.call_off(alarm_id)
            with contextlib.suppress(SetupError):
                mouth.call_off(talk_id)


def _work(voices: Voices, language: Language, lines: list[str]) -> Iterator[float]:
    """What the first sound costs, whatever else this machine does; espeak-ng's process is ended by its first chunk."""
    for text in lines:
        began_s = _processor_s()
        sound = voices.synthesise(text, language, Voice())
        next(sound.chunks)
        sound.close()
        yield 1000.0 * (_processor_s() - began_s)


def _processor_s() -> float:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def _await(event: threading.Event) -> None:
    if not event.wait(TIMEOUT_S):
        raise SetupError(f"nothing was heard for {TIMEOUT_S:.0f} s: is this machine too busy?")
