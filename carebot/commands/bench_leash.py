"""`carebot bench leash`: what the language model's leash costs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer


def leash(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    rounds: Annotated[int, typer.Option(min=2, help="How many answers of each language are timed.")] = 50,
    late_rounds: Annotated[int, typer.Option(min=2, help="How often the model hangs.")] = 10,
    limit_s: Annotated[float, typer.Option(min=0.1, max=30, help="How long a hanging model is waited for.")] = 1.0,
) -> None:
    """From a sentence's end to the first that may be spoken, with a scripted model over HTTP; and when that hangs."""
    from carebot.benchmarks.model_stage import measure

    report = measure(rounds, late_rounds, limit_s)
    if as_json:
        print(json.dumps(asdict(report)))
        return
    for language, times in report.first_sentence.items():
        check = report.check[language]
        print(f"{language}: first sentence after {times.median_ms:.0f} ms (p95 {times.p95_ms:.0f} ms); ", end="")
        print(f"checking an answer of two sentences: {check.median_ms:.1f} ms (p95 {check.p95_ms:.1f} ms)")
    late = report.late_template
    print(f"a model that hangs: the template {late.median_ms:.0f} ms (p95 {late.p95_ms:.0f} ms) after the ", end="")
    print(f"{report.limit_ms:.0f} ms that it is waited for")
