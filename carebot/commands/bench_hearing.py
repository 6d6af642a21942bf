"""`carebot bench hearing`: voice activity, the time to a reflex, and how far what is heard can be trusted."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from carebot.benchmarks.hearing import ReflexReport, VoiceReport
    from carebot.benchmarks.hearing_safety import SafetyReport

LEAST_F1 = 0.95
LEAST_TIMES_REAL = 50.0
MOST_REFLEX_S = 0.3


def hearing(
    recordings: Annotated[
        list[Path] | None, typer.Argument(help="Clean recordings of speech, beside the speech that is made here.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Where chance starts: silences, speeds, noise.")] = 0,
    voice: Annotated[bool, typer.Option(help="Measure voice activity.")] = True,
    reflex: Annotated[bool, typer.Option(help="Measure the time from a word's end to its reflex.")] = True,
    understanding: Annotated[
        bool, typer.Option(help="Measure as well, on 272 English sentences, what is taken for what; some minutes.")
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Processes for --understanding.")] = 1,
    rounds: Annotated[int, typer.Option(min=1, help="How often each voice says each stop-word.")] = 5,
    speech: Annotated[str | None, typer.Option(help="The English speech model, by its name in the registry.")] = None,
) -> None:
    """Voice activity (speed, F1 by blocks of 32 ms), stop-word to reflex, and what sentences are taken for.

    Ends with 1 where voice activity is slower than 50 times real time or its F1 below 0.95, where a reflex takes longer
    than 0.3 s (95 %), or where an answer that is not fine is taken for fine.
    """
    from carebot.benchmarks import hearing as stage
    from carebot.benchmarks.hearing_safety import measure_safety
    from carebot.speech_models import load_recogniser

    def tell(line: str) -> None:
        typer.echo(line, err=True)

    found: VoiceReport | None = stage.measure_voice(tuple(recordings or ()), seed, tell) if voice else None
    load = partial(load_recogniser, "en", speech)
    waited = stage.measure_reflex(load(), rounds, seed) if reflex else None
    trusted = measure_safety(load, seed=seed, jobs=jobs, tell=tell) if understanding else None
    is_good = _is_good(found, waited, trusted)
    if as_json:
        parts = {"voice": found, "reflex": waited, "understanding": trusted}
        print(json.dumps({"ok": is_good, **{key: asdict(part) for key, part in parts.items() if part is not None}}))
    else:
        _print_voice(found)
        _print_reflex(waited)
        _print_understanding(trusted)
    if not is_good:
        raise typer.Exit(1)


def _is_good(found: VoiceReport | None, waited: ReflexReport | None, trusted: SafetyReport | None) -> bool:
    hears_voice = found is None or (found.f1 >= LEAST_F1 and found.times_real >= LEAST_TIMES_REAL)
    is_quick = waited is None or not waited.spoken or waited.p95_s <= MOST_REFLEX_S
    return hears_voice and is_quick and (trusted is None or trusted.not_fine_taken_for_fine == 0)


def _print_voice(report: VoiceReport | None) -> None:
    if report is None:
        return
    print(f"voice activity in {report.seconds:.0f} s of sound: {report.times_real:.0f} × real time on one core")
    print(f"  F1 {report.f1:.3f} (precision {report.precision:.3f}, recall {report.recall:.3f}) by blocks of 32 ms")
    for title, rows in (("noise", report.f1_by_noise), ("voice", report.f1_by_voice)):
        for name, f1 in rows.items():
            print(f"    {title} {name:22} {f1:.3f}")
    if report.without:
        print(f"  left out, as not installed: {', '.join(report.without)}")


def _print_reflex(report: ReflexReport | None) -> None:
    if report is None:
        return
    if not report.spoken:
        print("stop-word to reflex: not measured, as flite is not installed")
        return
    print(f"stop-word to reflex with {report.recogniser}: {report.found} of {report.spoken} found")
    print(
        f"  from the word's end: median {report.median_s:.2f} s, p95 {report.p95_s:.2f} s, "
        f"worst {report.worst_s:.2f} s; hearing runs at {report.times_real:.1f} × real time"
    )


def _print_understanding(report: SafetyReport | None) -> None:
    if report is None:
        return
    print(f"{report.sentences} spoken sentences, taken for what they are:")
    for kind, (right, count) in report.understood.items():
        print(f"    {kind:10} {right:3} of {count:3}  ({100 * right / max(1, count):.0f} %)")
    print(f"  not fine and taken for fine: {report.not_fine_taken_for_fine}")
    print(
        f"  help: {report.missed_help} missed, {report.false_help} false; stop: {report.missed_stop} missed, ", end=""
    )
    print(f"{report.false_stop} false")
