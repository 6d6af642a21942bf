"""`carebot bench monologue`: hours of talk that is meant for nobody, through hearing."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carebot.benchmarks.monologue import MonologueReport

LONGEST_TURN_S = 32.0
MOST_GROWN_MB = 20.0


def monologue(
    recordings: Annotated[list[Path] | None, typer.Argument(help="Recordings of speech without calls.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    hours: Annotated[float, typer.Option(min=0.01, max=100.0, help="Hours of sound.")] = 2.0,
    seed: Annotated[int, typer.Option(min=0, help="Where chance starts: order, loudness, noise, speed.")] = 0,
    speech: Annotated[str | None, typer.Option(help="The English speech model, by its name in the registry.")] = None,
) -> None:
    """A television or a lecture for two hours: turns, false calls, memory; as fast as the processor goes.

    Ends with 1 where a turn was longer than 32 s or the least memory grew by more than 20 MB after the tenth
    minute.
    """
    from carebot.benchmarks.monologue import measure
    from carebot.speech_models import load_recogniser

    recogniser = load_recogniser("en", speech)
    report = measure(recogniser, tuple(recordings or ()), hours, seed, lambda line: typer.echo(line, err=True))
    is_good = report.longest_turn_s <= LONGEST_TURN_S and report.grown_mb <= MOST_GROWN_MB
    print(json.dumps({"ok": is_good, **asdict(report)}, ensure_ascii=False)) if as_json else _print(report)
    if not is_good:
        raise typer.Exit(1)


def _print(report: MonologueReport) -> None:
    print(f"{report.heard_s / 3600.0:.2f} hours of talk, {100 * report.voiced_share:.0f} % of it in a turn, through")
    print(f"{report.recogniser}, at {report.times_real:.1f} × real time of one core's own time")
    print(f"  turns: {report.turns}, {report.cut_turns} cut; the longest {report.longest_turn_s:.1f} s")
    print(f"  memory: {report.memory_mb:.0f} MB; its least rose by {report.grown_mb:+.1f} MB")
    for name, words in (("stop", report.false_stop), ("help", report.false_help)):
        print(f"  false {name}: {len(words)}")
        for each in sorted(set(words)):
            print(f"    {words.count(each)} × {each}")
