"""Many runs, on several processors where asked for."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass

from carebot.simulation.eyes import EyesName
from carebot.simulation.runner import Result, run_scenario
from carebot.simulation.scenario import load_scenario


@dataclass(frozen=True, slots=True)
class Case:
    """One run to be played."""

    scenario: str
    seed: int
    eyes: EyesName

    def play(self) -> Result:
        return run_scenario(self.scenario, self.seed, self.eyes)


def cases_of(names: Sequence[str], count: int, first_seed: int, eyes: EyesName) -> list[Case]:
    """Every scenario with `count` seeds; raises ConfigError for a scenario that is none, before anything is played."""
    for name in names:
        load_scenario(name)
    return [Case(name, seed, eyes) for name in names for seed in range(first_seed, first_seed + count)]


def run_batch(cases: Sequence[Case], jobs: int, on_result: Callable[[Result], None]) -> list[Result]:
    """All results in the order of `cases`, whatever order they come in; `on_result` is told of each as it comes."""
    results: dict[int, Result] = {}
    for number, result in _played(cases, jobs):
        results[number] = result
        on_result(result)
    return [results[number] for number in range(len(cases))]


def _played(cases: Sequence[Case], jobs: int) -> Iterator[tuple[int, Result]]:
    if jobs == 1:
        for number, case in enumerate(cases):
            yield number, case.play()
        return
    with ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
        numbers = {pool.submit(case.play): number for number, case in enumerate(cases)}
        try:
            for done in as_completed(numbers):
                yield numbers[done], done.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
