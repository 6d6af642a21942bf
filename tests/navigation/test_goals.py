"""What somebody names becomes where the robot goes; a person is met from the front."""

from __future__ import annotations

from math import atan2, hypot, pi

import pytest

from carebot.geometry import Pose2D
from carebot.navigation.costmap import Costmap, Shape
from carebot.navigation.goals import NEAR_M, Goal, goal_named, in_front_of, near
from carebot.navigation.planner import NoWay
from carebot.site.file import Site
from tests.navigation.homes import two_rooms

LEFT = ((0.0, 0.0), (3.0, 0.0), (3.0, 4.0), (0.0, 4.0))
RIGHT = ((3.0, 0.0), (6.0, 0.0), (6.0, 4.0), (3.0, 4.0))
SITE = Site.model_validate(
    {
        "rooms": [
            {"name": "left", "polygon": LEFT, "stand": {"at": [1.0, 1.0], "facing_deg": 90}},
            {"name": "right", "polygon": RIGHT},
            {"name": "closet", "polygon": [[7, 0], [8, 0], [8, 1], [7, 1]]},
            {"name": "private", "polygon": [[9, 0], [10, 0], [10, 1], [9, 1]], "consent": {"enter": False}},
        ],
        "places": [{"name": "window", "at": [5.0, 3.0], "facing_deg": 180}],
        "docks": [{"name": "charger", "at": [0.5, 3.0]}],
    }
)


@pytest.fixture
def costmap() -> Costmap:
    return Costmap(two_rooms(), Shape())


def test_rooms_places_and_docks_by_name(costmap: Costmap):
    assert goal_named(SITE, costmap, "left") == Goal((1.0, 1.0), pytest.approx(pi / 2))
    assert goal_named(SITE, costmap, "window", "place") == Goal((5.0, 3.0), pytest.approx(pi))
    assert goal_named(SITE, costmap, "", "dock") == goal_named(SITE, costmap, "charger") == Goal((0.5, 3.0), 0.0)


def test_a_room_without_a_place_to_stand_has_its_roomiest(costmap: Costmap):
    goal = goal_named(SITE, costmap, "right")
    assert isinstance(goal, Goal)
    assert goal.yaw_rad is None
    assert goal.at[0] == pytest.approx(4.5, abs=0.1)
    assert costmap.clearance_at(*goal.at) == pytest.approx(1.45, abs=0.1)


@pytest.mark.parametrize(
    ("name", "kind", "words"),
    [
        ("attic", "", "no destination 'attic' in the site file; it has left, right"),
        ("window", "room", "no room 'window'"),
        ("", "", "no destination ''"),
        ("closet", "", "no place on the map"),
        ("private", "", "may not enter private"),
    ],
)
def test_what_cannot_be_gone_to_is_said(costmap: Costmap, name: str, kind: str, words: str):
    found = goal_named(SITE, costmap, name, kind)
    assert isinstance(found, NoWay)
    assert words in found.reason
    assert found.is_final


def test_a_site_without_a_charger(costmap: Costmap):
    found = goal_named(Site(), costmap, "", "dock")
    assert isinstance(found, NoWay)
    assert "no charger" in found.reason


@pytest.mark.parametrize("facing_rad", [0.0, pi / 2, pi, -2.0])
def test_a_person_is_met_from_the_front(costmap: Costmap, facing_rad: float):
    person = Pose2D(1.6, 2.2, facing_rad)
    goal = in_front_of(person, Pose2D(0.5, 0.5), costmap)
    assert isinstance(goal, Goal)
    dx, dy = goal.at[0] - person.x_m, goal.at[1] - person.y_m
    assert hypot(dx, dy) == pytest.approx(1.2)
    aside = (atan2(dy, dx) - facing_rad + pi) % (2 * pi) - pi
    assert abs(aside) <= pi / 3 + 1e-9
    assert goal.yaw_rad == pytest.approx(atan2(-dy, -dx))


def test_nobody_is_met_through_a_wall(costmap: Costmap):
    found = in_front_of(Pose2D(2.6, 3.6, 0.0), Pose2D(0.5, 0.5), costmap)
    assert isinstance(found, NoWay)
    assert "no room 1.2 m in front" in found.reason


def test_a_spot_is_gone_to_from_the_robots_own_side_and_faced(costmap: Costmap):
    goal = near((5.0, 2.0), Pose2D(2.0, 2.0), costmap, SITE)
    assert isinstance(goal, Goal)
    assert hypot(goal.at[0] - 5.0, goal.at[1] - 2.0) == pytest.approx(NEAR_M[0])
    assert goal.at[0] < 5.0
    assert goal.yaw_rad == pytest.approx(atan2(2.0 - goal.at[1], 5.0 - goal.at[0]))


def test_who_stands_near_a_spot_already_only_turns_to_it(costmap: Costmap):
    goal = near((5.0, 2.0), Pose2D(4.0, 2.0, pi), costmap, SITE)
    assert goal == Goal((4.0, 2.0), 0.0)


def test_a_spot_in_a_wall_is_not_gone_to(costmap: Costmap):
    goal = near((30.0, 30.0), Pose2D(2.0, 2.0), costmap, SITE)
    assert isinstance(goal, NoWay)


def test_near_a_spot_it_stops_in_no_room_that_it_may_not_enter(costmap: Costmap):
    rooms = [{"name": "right", "polygon": RIGHT, "consent": {"enter": False}}]
    shut = Site.model_validate({"rooms": rooms})
    goal = near((3.6, 2.0), Pose2D(2.0, 2.0), costmap, shut)
    assert isinstance(goal, NoWay) or goal.at[0] < 3.0
    assert isinstance(near((5.5, 2.0), Pose2D(2.0, 2.0), costmap, shut), NoWay)
