"""English and French by espeak-ng, as a process for each sentence whose sound is read while it is made."""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
from collections.abc import Iterator

import numpy as np

from carebot.conversation.speaking.reading import reading
from carebot.conversation.speaking.synthesiser import CHUNK_S, Samples, Sound, VoiceMissingError, at_volume
from carebot.conversation.text import Language
from carebot.site.voice import Voice

COMMAND = "espeak-ng"
HEADER_BYTES = 44
SILENT_AFTER_S = 5.0
LOUDEST_GAIN = 1.0
WORDS_A_MINUTE = 175
MIDDLE_PITCH, PITCH_A_SEMITONE = 50, 6.5
"""espeak-ng takes 0 to 99 for pitch; around the middle so many steps are a semitone (measured)."""
_VOICES: dict[Language, str] = {"en": "en", "fr": "fr"}


class Espeak:
    """`command` is the program, by name or path."""

    def __init__(self, command: str = COMMAND) -> None:
        self._command = command

    def synthesise(self, text: str, language: Language, voice: Voice) -> Sound:
        """See `Synthesiser`; raises VoiceMissingError also where espeak-ng is missing or does not work."""
        if language not in _VOICES:
            raise VoiceMissingError(f"espeak-ng is not used for {language}: another voice is.")
        process = self._start(_arguments(_VOICES[language], voice))
        try:
            _tell(process, reading(text, language))
            header = _read(process, HEADER_BYTES)
            if len(header) < HEADER_BYTES or header[:4] != b"RIFF":
                raise VoiceMissingError(f"{self._command} made no sound: {_complaint(process)}")
        except BaseException:
            _end(process)
            raise
        rate_hz = int.from_bytes(header[24:28], "little")
        return Sound(rate_hz, _chunks(process, rate_hz, voice.volume * LOUDEST_GAIN))

    def _start(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [self._command, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                bufsize=0,
            )
        except FileNotFoundError:
            raise VoiceMissingError(
                f"{self._command} is missing, so nothing is said in English or French: install it with "
                "`sudo apt-get install espeak-ng`."
            ) from None
        except OSError as error:
            raise VoiceMissingError(
                f"{self._command} cannot be started ({error.strerror}): reinstall the package espeak-ng."
            ) from None


def _arguments(name: str, voice: Voice) -> list[str]:
    pitch = round(min(99.0, max(0.0, MIDDLE_PITCH + PITCH_A_SEMITONE * voice.pitch_semitones)))
    return ["--stdin", "--stdout", "-v", name, "-s", str(round(WORDS_A_MINUTE * voice.rate)), "-p", str(pitch)]


def _tell(process: subprocess.Popen[bytes], text: str) -> None:
    """A sentence fits into the pipe; a program that died before it read it is noticed when its sound is read."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        process.stdin.write(text.encode("utf-8", "replace") + b"\n")
    with contextlib.suppress(BrokenPipeError):
        process.stdin.close()


def _chunks(process: subprocess.Popen[bytes], rate_hz: int, volume: float) -> Iterator[Samples]:
    size = 2 * max(1, int(CHUNK_S * rate_hz))
    try:
        while data := _read(process, size):
            yield at_volume(np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2"), volume)
    finally:
        _end(process)


def _read(process: subprocess.Popen[bytes], size: int) -> bytes:
    """So many bytes, less only at the end. Raises VoiceMissingError for a program that hangs."""
    assert process.stdout is not None
    parts, missing = [], size
    while missing:
        if not select.select([process.stdout], [], [], SILENT_AFTER_S)[0]:
            raise VoiceMissingError(f"espeak-ng has said nothing for {SILENT_AFTER_S:.0f} s: is this machine too busy?")
        part = os.read(process.stdout.fileno(), missing)
        if not part:
            break
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def _complaint(process: subprocess.Popen[bytes]) -> str:
    assert process.stderr is not None
    process.kill()
    lines = process.stderr.read(2000).decode("utf-8", "replace").strip().splitlines()
    return lines[0] if lines else "reinstall the package espeak-ng."


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()
    process.wait()
