"""Where people were seen: who is remembered, for how long, and who is not shown at all."""

from __future__ import annotations

import pytest

from carebot.site.file import load_site, site_path
from carebot.tablet.floor_plan import seen_svg, told_age_s
from carebot.tablet.sightings import FADES_S, Sighting, Sightings

SITE = load_site(site_path("home"))
KITCHEN, BEDROOM = (7.5, 6.5), (2.0, 6.5)
BATHROOM, OUTSIDE = (1.0, 1.0), (-3.0, 2.0)
NOW_S = 1_700_000_000.0


def test_each_is_where_they_were_seen_last_until_they_may_be_elsewhere():
    sightings = Sightings(SITE)
    sightings.see({1: Sighting(*KITCHEN, NOW_S - 10.0, 0.9), 2: Sighting(*BEDROOM, NOW_S - 10.0, 0.5)})
    sightings.see({2: Sighting(*KITCHEN, NOW_S, 0.5)})
    assert [(each.x_m, each.y_m, each.at_s - NOW_S) for each in sightings.known(NOW_S)] == [
        (*KITCHEN, 0.0),
        (*KITCHEN, -10.0),
    ]
    assert [each.confidence for each in sightings.known(NOW_S + FADES_S - 5.0)] == [0.5]
    assert [each.at_s for each in sightings.known(NOW_S + 9999.0)] == [NOW_S], "the newest is remembered"


def test_of_those_in_one_picture_the_surest_comes_first():
    sightings = Sightings(SITE)
    sightings.see({1: Sighting(*KITCHEN, NOW_S, 0.5), 2: Sighting(*BEDROOM, NOW_S, 0.9)})
    assert [each.confidence for each in sightings.known(NOW_S)] == [0.9, 0.5]
    assert [each.confidence for each in sightings.known(NOW_S + 9999.0)] == [0.9]


@pytest.mark.parametrize("spot", [BATHROOM, OUTSIDE])
def test_nobody_is_shown_where_no_camera_may_look_or_beside_the_home(spot: tuple[float, float]):
    sightings = Sightings(SITE)
    sightings.see({1: Sighting(*KITCHEN, NOW_S - 5.0)})
    sightings.see({1: Sighting(*spot, NOW_S)})
    assert [(each.x_m, each.y_m) for each in sightings.known(NOW_S)] == [KITCHEN], "where they went is not told"


def test_who_is_out_of_sight_fades_and_the_drawing_says_since_when():
    def drawn(age_s: float) -> str:
        return seen_svg([Sighting(*KITCHEN, NOW_S - age_s)], NOW_S, lambda ago_s: f"{ago_s} s <ago>")

    assert 'opacity="1.00"' in drawn(0.5)
    assert "ago" not in drawn(0.5)
    assert drawn(12.0) == drawn(14.9), "it changes in steps"
    assert "10 s &lt;ago&gt;" in drawn(12.0)
    assert drawn(12.0) != drawn(22.0)
    assert drawn(FADES_S) == ""


@pytest.mark.parametrize(("age_s", "told_s"), [(-3.0, 0), (0.0, 0), (1.9, 0), (2.0, 5), (5.1, 5), (29.0, 25)])
def test_ages_are_told_in_steps(age_s: float, told_s: int):
    assert told_age_s(age_s) == told_s
