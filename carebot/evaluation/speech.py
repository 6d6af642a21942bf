"""How well speech is heard in recordings whose words somebody has written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from carebot.conversation.hearing.ears import Ears, HearingSettings, Utterance
from carebot.conversation.hearing.recognisers.base import Recogniser
from carebot.conversation.hearing.recording import read_recording
from carebot.conversation.hearing.turns import TurnSettings
from carebot.conversation.hearing.voice import SileroVoice
from carebot.conversation.text import LANGUAGES, Language
from carebot.errors import CarebotError, ConfigError
from carebot.evaluation.speech_errors import NONE, Errors, errors_between, unit_of
from carebot.evaluation.table import read_table
from carebot.printable import in_utf8

TABLE = "transcripts.csv"
COLUMNS = ("path", "text", "language")


@dataclass(frozen=True, slots=True)
class Transcript:
    """A recording and what is said in it; "" where nobody speaks."""

    path: Path
    text: str
    language: Language


@dataclass(frozen=True, slots=True)
class Heard:
    """One recording's result. `problem` says why it could not be heard ("" where it could)."""

    transcript: Transcript
    text: str = ""
    is_sure: bool = True
    errors: Errors = NONE
    seconds: float = 0.0
    spent_s: float = 0.0
    turns: int = 0
    refused: int = 0
    problem: str = ""

    @property
    def real_time_factor(self) -> float:
        """Processor time for each second of sound."""
        return self.spent_s / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class SpeechScore:
    """All recordings together, the errors by language."""

    heard: tuple[Heard, ...]

    @property
    def broken(self) -> tuple[Heard, ...]:
        return tuple(each for each in self.heard if each.problem)

    def errors(self, language: Language) -> Errors:
        rows = [each for each in self.heard if each.transcript.language == language and not each.problem]
        return sum((each.errors for each in rows), NONE)

    @property
    def languages(self) -> tuple[Language, ...]:
        there = {each.transcript.language for each in self.heard if not each.problem}
        return tuple(language for language in LANGUAGES if language in there)

    @property
    def real_time_factor(self) -> float:
        seconds = sum(each.seconds for each in self.heard)
        return sum(each.spent_s for each in self.heard) / seconds if seconds else 0.0

    @property
    def silent_hours(self) -> float:
        return sum(each.seconds for each in self.heard if not each.transcript.text) / 3600.0

    @property
    def false_voice_per_hour(self) -> float | None:
        """Utterances with text in recordings where nobody speaks, by the hour; None without such recordings."""
        count = sum(bool(each.text) for each in self.heard if not each.transcript.text and not each.problem)
        return count / self.silent_hours if self.silent_hours else None

    def as_content(self) -> dict[str, object]:
        rates = {
            language: {
                "unit": unit_of(language),
                "rate": _finite(self.errors(language).rate),
                **asdict(self.errors(language)),
            }
            for language in self.languages
        }
        rate = self.false_voice_per_hour
        return {
            "errors": rates,
            "real_time_factor": round(self.real_time_factor, 3),
            "false_voice_per_hour": None if rate is None else round(rate, 2),
            "silent_hours": round(self.silent_hours, 4),
            "recordings": [_as_row(each) for each in self.heard],
        }


def _finite(rate: float) -> float | None:
    return round(rate, 4) if rate != float("inf") else None


def _as_row(heard: Heard) -> dict[str, object]:
    return {
        "path": in_utf8(str(heard.transcript.path)),
        "language": heard.transcript.language,
        "said": heard.transcript.text,
        "heard": heard.text,
        "is_sure": heard.is_sure,
        "rate": None if heard.problem else _finite(heard.errors.rate),
        **asdict(heard.errors),
        "seconds": round(heard.seconds, 2),
        "real_time_factor": round(heard.real_time_factor, 3),
        "turns": heard.turns,
        "refused": heard.refused,
        "problem": heard.problem,
    }


def read_transcripts(folder: Path, table: Path | None = None) -> tuple[Transcript, ...]:
    """The rows of `table` (CSV: path, text, language), by default `transcripts.csv` in `folder`.

    Raises:
        ConfigError: the table is missing, is no table, or a row of it cannot be used.
    """
    path = table or folder / TABLE
    if not folder.is_dir():
        raise ConfigError(f"{folder} is no folder: name the folder of the recordings.")
    if not path.exists():
        raise ConfigError(f"{path} does not exist: write one with the columns {', '.join(COLUMNS)}.")
    read = read_table(path, COLUMNS)
    missing = [name for name in COLUMNS if name not in read.columns]
    if missing:
        raise ConfigError(f"{path}: the column {missing[0]} is missing: its first line must be {','.join(COLUMNS)}.")
    if not read.rows:
        raise ConfigError(f"{path} names no recording: add a row for each.")
    return tuple(_row(row.cells, row.line, path, folder) for row in read.rows)


def _row(row: dict[str, str], line: int, table: Path, folder: Path) -> Transcript:
    language, name = row["language"].lower(), row["path"]
    found = next((each for each in LANGUAGES if each == language), None)
    if found is None:
        raise ConfigError(f"{table}, line {line}: language: '{language}' is none of {', '.join(LANGUAGES)}.")
    if not name:
        raise ConfigError(f"{table}, line {line}: path: it is empty: name a recording.")
    return Transcript(folder / name, row["text"], found)


def hear_all(
    transcripts: Iterable[Transcript],
    load: Callable[[Language], Recogniser],
    turns: TurnSettings | None = None,
    tell: Callable[[Heard], None] = lambda _: None,
) -> SpeechScore:
    """Hear every recording with the recogniser that `load` gives for its language; one that cannot be heard is told of
    and does not stop the others."""
    ears: dict[Language, Ears | CarebotError] = {}
    heard = []
    for transcript in transcripts:
        language = transcript.language
        if language not in ears:
            ears[language] = _ears(language, load, turns or TurnSettings())
        heard.append(_hear(transcript, ears[language]))
        tell(heard[-1])
    return SpeechScore(tuple(heard))


def _ears(language: Language, load: Callable[[Language], Recogniser], turns: TurnSettings) -> Ears | CarebotError:
    try:
        return Ears(SileroVoice(), load(language), HearingSettings(turns))
    except CarebotError as error:
        return error


def _hear(transcript: Transcript, ears: Ears | CarebotError) -> Heard:
    if isinstance(ears, CarebotError):
        return Heard(transcript, problem=in_utf8(str(ears)))
    began_s = time.process_time()
    said: list[Utterance] = []
    end_s = 0.0
    try:
        for block in read_recording(transcript.path):
            said += [each for each in ears.hear(block) if each.is_final]
            end_s = block.end_s
    except CarebotError as error:
        ears.flush(end_s)
        return Heard(transcript, seconds=end_s, problem=in_utf8(str(error)))
    said += [each for each in ears.flush(end_s) if each.is_final]
    text = " ".join(each.text for each in said if each.text)
    return Heard(
        transcript,
        text,
        all(each.is_sure for each in said),
        errors_between(transcript.text, text, transcript.language),
        end_s,
        time.process_time() - began_s,
        len(said),
        sum(bool(each.refused) for each in said),
    )
