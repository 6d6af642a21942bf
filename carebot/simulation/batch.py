"""Many runs, on several processors where asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from carebot.simulation.eyes import EyesName
from carebot.simulation.runner import Result, load_playable, run_scenario
from carebot.workers import done_by


@dataclass(frozen=True, slots=True)
class Case:
    """One run to be played."""

    scenario: str
    seed: int
    eyes: EyesName

    def play(self) -> Result:
        return run_scenario(self.scenario, self.seed, self.eyes)


def cases_of(names: Sequence[str], count: int, first_seed: int, eyes: EyesName) -> list[Case]:
    """Every scenario with `count` seeds; raises ConfigError for one that cannot be played, before any is."""
    for name in names:
        load_playable(name)
    return [Case(name, seed, eyes) for name in names for seed in range(first_seed, first_seed + count)]


def run_batch(cases: Sequence[Case], jobs: int, on_result: Callable[[Result], None]) -> list[Result]:
    """All results in the order of `cases`, whatever order they come in; `on_result` is told of each as it comes.

    Raises:
        SetupError: one of several processes was ended from outside.
    """
    results: dict[int, Result] = {}
    for number, result in done_by([case.play for case in cases], jobs):
        results[number] = result
        on_result(result)
    return [results[number] for number in range(len(cases))]
