"""The recordings again, with a pose model that sees less: what is found must not hang on one joint or a fast camera."""

from __future__ import annotations

import numpy as np
import pytest

from tests.falls.robustness import FEET, HEAD, LEGS, Damage, alarmed, hide, slower
from tests.falls.test_recorded import ACTIVITIES, FLOOR_FALLS, recording

DAMAGES = {"no head": hide(*HEAD), "no feet": hide(*FEET), "no legs": hide(*LEGS), "5 a second": slower(5.0)}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", FLOOR_FALLS)
def test_falls_are_found_all_the_same(name: str, damage: Damage) -> None:
    assert alarmed(damage(recording(name, world=False), np.random.default_rng(0)))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
@pytest.mark.parametrize("name", ACTIVITIES)
def test_daily_activities_are_left_in_peace_all_the_same(name: str, damage: Damage) -> None:
    assert not alarmed(damage(recording(name, world=False), np.random.default_rng(0)))
