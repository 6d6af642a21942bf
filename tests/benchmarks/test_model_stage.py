"""What the language model's leash costs is measured over real HTTP."""

from __future__ import annotations

from carebot.benchmarks.model_stage import Times, measure
from carebot.conversation.text import LANGUAGES


def test_every_stage_is_measured() -> None:
    report = measure(rounds=2, late_rounds=2, limit_s=0.2)
    assert set(report.first_sentence) == set(report.check) == set(LANGUAGES)
    assert all(times.median_ms > 0 for times in report.first_sentence.values())
    assert report.limit_ms == 200.0
    assert min(report.late_template.each_ms) >= 0


def test_figures_of_times() -> None:
    times = Times(tuple(float(number) for number in range(1, 101)))
    assert (times.median_ms, times.p95_ms) == (50.5, 95.0)
