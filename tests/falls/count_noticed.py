"""What is noticed, and no alarm, in the recordings of real people or in simulated scenarios: a count for docs/falls.md.

python -m tests.falls.count_noticed [SCENARIO ...] [--seed N]
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterable, Sequence

from carebot.falls.noticing import Noticing
from carebot.noticed import Noticed
from carebot.simulation.runner import Moment, mounting_of, run_scenario
from carebot.simulation.simulator import Simulator
from tests.falls.noticed_scenes import noticed
from tests.falls.test_recorded import NAMES, recording


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    if options.scenarios:
        courses = [in_scenario(name, options.seed) for name in options.scenarios]
    else:
        courses = [in_recording(name) for name in NAMES]
    print(f"{sum(seconds for seconds, _ in courses):.0f} s:", told(each for _, found in courses for each in found))


def in_recording(name: str) -> tuple[float, list[Noticed]]:
    pictures = recording(name)
    found = noticed(pictures, with_walks=True)
    return said(name, pictures[-1].time_s - pictures[0].time_s, found)


def in_scenario(name: str, seed: int) -> tuple[float, list[Noticed]]:
    found: list[Noticed] = []
    noticing: list[Noticing] = []

    def look(moment: Moment, simulator: Simulator, _picture: object) -> None:
        if not noticing:
            noticing.append(Noticing(mounting_of(simulator.camera)))
        if moment.people is not None:
            found.extend(noticing[0].step(moment.people, moment.observations))

    return said(name, run_scenario(name, seed, "keypoints", [look]).duration_s, found)


def said(name: str, seconds: float, found: Sequence[Noticed]) -> tuple[float, list[Noticed]]:
    print(f"{name:24} {seconds:6.1f} s  {told(found)}", flush=True)
    for each in found:
        numbers = ", ".join(f"{key} {value:.2f}" for key, value in each.numbers.items())
        print(f"{'':24} {each.time_s:6.1f} s  {each.reason_code}: {numbers}")
    return seconds, list(found)


def told(found: Iterable[Noticed]) -> str:
    counts = Counter(each.kind.value for each in found)
    return ", ".join(f"{kind} {count}" for kind, count in sorted(counts.items())) or "nothing"


if __name__ == "__main__":
    main()
