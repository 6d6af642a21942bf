"""The spoken half of `carebot talk`: a recording or a microphone, with each stage's result and time."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from carebot.conversation.answers import answers_of
from carebot.conversation.hearing.ears import Ears, HearingSettings, Utterance
from carebot.conversation.hearing.microphone import Microphone
from carebot.conversation.hearing.recording import read_recording
from carebot.conversation.hearing.sound import Block
from carebot.conversation.hearing.turns import TurnSettings
from carebot.conversation.hearing.voice import SileroVoice
from carebot.errors import ConfigError
from carebot.speech_models import load_recogniser, load_turn_end

if TYPE_CHECKING:
    from carebot.conversation.dialogue import Reply
    from carebot.conversation.text import Language

Answer = Callable[[str], "Reply | None"]
"""Words to the reply; None where it was shown already, as a language model's is, sentence by sentence."""
CLIPPED_SHARE = 0.01


class HeardTalk:
    """A dialogue by ear: prints what is heard, what is understood, and how long each took."""

    def __init__(self, language: Language, model: str | None, end_silence_s: float, as_json: bool) -> None:
        """Load what hearing needs; raises ModelError or SetupError where there is nothing for `language`."""
        try:
            turns = TurnSettings(end_silence_s=end_silence_s)
        except ValueError as error:
            raise ConfigError(f"--end-silence-s: {error}.") from None
        recogniser = load_recogniser(language, model)
        self._language: Language = language
        self._ears = Ears(SileroVoice(), recogniser, HearingSettings(turns), load_turn_end(None))
        self._as_json = as_json
        self._samples = self._clipped = self._invalid = 0
        print(f"hearing {language} with {recogniser.name}", file=sys.stderr)

    def recording(self, path: Path, answer: Answer, show: Callable[[Reply, float], None]) -> None:
        """Hear the whole of `path`, as fast as it goes."""
        end_s = 0.0
        for block in read_recording(path):
            self._hear(block, answer, show)
            end_s = block.end_s
        for utterance in self._ears.flush(end_s):
            self._take(utterance, 0.0, answer, show)
        self._tell_of_bad_sound(str(path))

    def microphone(self, name: str | None, answer: Answer, show: Callable[[Reply, float], None]) -> None:
        """Hear a microphone until it vanishes or the command is ended."""
        with Microphone(int(name) if name is not None and name.isdecimal() else name) as microphone:
            print(f"listening to {microphone.name} at {microphone.rate_hz} Hz; Ctrl+C ends", file=sys.stderr)
            for block in microphone.blocks():
                self._hear(block, answer, show)

    def _hear(self, block: Block, answer: Answer, show: Callable[[Reply, float], None]) -> None:
        self._samples += len(block.samples)
        self._clipped += block.clipped
        self._invalid += block.invalid
        began_s = time.perf_counter()
        said = self._ears.hear(block)
        spent_ms = 1000.0 * (time.perf_counter() - began_s)
        for utterance in said:
            self._take(utterance, spent_ms, answer, show)

    def _take(
        self, utterance: Utterance, spent_ms: float, answer: Answer, show: Callable[[Reply, float], None]
    ) -> None:
        if self._as_json:
            print(json.dumps(as_content(utterance, spent_ms), ensure_ascii=False), flush=True)
        else:
            self._print(utterance, spent_ms)
        if not utterance.is_final or utterance.refused:
            return
        began_s = time.perf_counter()
        reply = answer(utterance.text) if utterance.is_sure or utterance.reflexes else self._ask_again()
        if reply is not None:
            show(reply, 1000.0 * (time.perf_counter() - began_s))

    def _ask_again(self) -> Reply:
        """What is not sure is not understood: neither a command nor an "I am fine"."""
        from datetime import datetime

        from carebot.conversation.dialogue import Reply

        return Reply(answers_of(self._language).say("unknown", datetime.now().astimezone()))

    def _print(self, utterance: Utterance, spent_ms: float) -> None:
        for reflex in utterance.reflexes:
            print(f"    {reflex.kind} at {utterance.heard_s:.2f} s, without waiting for the end: {reflex.words}")
        if not utterance.is_final:
            return
        if utterance.refused:
            print(f"    {utterance.start_s:.2f} to {utterance.end_s:.2f} s: refused, {utterance.refused}", flush=True)
            return
        doubt = "" if utterance.is_sure else ", not sure"
        print(f"> {utterance.text}")
        print(
            f"    voice {utterance.start_s:.2f} to {utterance.end_s:.2f} s, {utterance.level_dbfs:.0f} dBFS{doubt}; "
            f"end certain after {utterance.heard_s - utterance.end_s:.2f} s, words {spent_ms:.0f} ms"
        )

    def _tell_of_bad_sound(self, name: str) -> None:
        if self._invalid:
            print(f"carebot: {name}: {self._invalid} samples are no numbers and were heard as silence", file=sys.stderr)
        if self._clipped > CLIPPED_SHARE * max(1, self._samples):
            print(
                f"carebot: {name} is clipped ({self._clipped} samples at full scale): record it more quietly",
                file=sys.stderr,
            )


def as_content(utterance: Utterance, spent_ms: float) -> dict[str, object]:
    """One object for each partial and final result of hearing."""
    return {
        "event": "final" if utterance.is_final else "partial",
        "text": utterance.text,
        "language": utterance.language,
        "start_s": round(utterance.start_s, 3),
        "end_s": round(utterance.end_s, 3),
        "heard_s": round(utterance.heard_s, 3),
        "level_dbfs": None if utterance.level_dbfs is None else round(utterance.level_dbfs, 1),
        "is_sure": utterance.is_sure,
        "reflexes": [{"kind": each.kind, "words": each.words} for each in utterance.reflexes],
        "refused": utterance.refused,
        "hearing_ms": round(spent_ms, 1),
    }
