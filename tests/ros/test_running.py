"""Which robot is meant, found over real DDS."""

from __future__ import annotations

import pytest

from carebot.errors import SetupError
from carebot.ros.beside import node_beside
from carebot.ros.running import running_robot


def test_the_only_robot_is_meant() -> None:
    with node_beside("care", "hall"), node_beside("navigation", "kitchen"):
        assert running_robot("care") == "hall"


def test_of_several_none_is_guessed() -> None:
    several = pytest.raises(SetupError, match=r"several robots run \(hall, kitchen\): .*--robot")
    with node_beside("care", "hall"), node_beside("care", "kitchen"), several:
        running_robot("care")


def test_where_none_runs_the_remedy_is_told() -> None:
    with pytest.raises(SetupError, match="carebot up sim"):
        running_robot("navigation", looks_for_s=0.3)
