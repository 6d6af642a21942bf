"""WAV and FLAC files (and whatever else libsndfile reads) as blocks of sound, a second at a time."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import soundfile

from carebot.conversation.hearing.resampling import Resampler
from carebot.conversation.hearing.sound import Block
from carebot.errors import SourceError

MOST_CHANNELS = 64


def duration_s(path: Path) -> float:
    """How long the recording at `path` is, by its header."""
    with _opened(path) as file:
        return float(file.frames / file.samplerate)


def read_recording(path: Path, start_s: float = 0.0) -> Iterator[Block]:
    """The sound of `path`, whose first sample is taken to sound at `start_s`; memory does not grow with its length.

    Raises:
        SourceError: there is no such file, it is no sound, holds no samples, or breaks off in the middle.
    """
    with _opened(path) as file:
        resampler = Resampler(file.samplerate, file.channels, start_s)
        read = 0
        while True:
            try:
                samples = file.read(file.samplerate, dtype="float32", always_2d=True)
            except soundfile.LibsndfileError as error:
                raise SourceError(
                    f"{path} breaks off after {read / file.samplerate:.1f} s ({_in_short(error)}): record or copy it "
                    f"again."
                ) from None
            if not len(samples):
                break
            read += len(samples)
            yield from resampler.push(samples)
        if not read:
            raise SourceError(f"{path} holds no sound (0 samples): record it again.")
        yield from resampler.flush()


def _opened(path: Path) -> soundfile.SoundFile:
    if not path.is_file():
        raise SourceError(f"{path} does not exist or is no file: check the name.")
    if not path.stat().st_size:
        raise SourceError(f"{path} is empty (0 bytes): record or copy it again.")
    try:
        file = soundfile.SoundFile(path)
    except (soundfile.LibsndfileError, OSError, RuntimeError, TypeError) as error:  # TypeError: of the ending .raw
        raise SourceError(f"{path} is no sound that can be read ({_in_short(error)}): use WAV or FLAC.") from None
    if file.channels > MOST_CHANNELS:
        file.close()
        raise SourceError(f"{path} has {file.channels} channels: carebot takes at most {MOST_CHANNELS}.")
    return file


def _in_short(error: Exception) -> str:
    return str(error).rpartition(": ")[2].strip().rstrip(".")
