"""The pictures of routines: one of its own for each that carebot ships."""

from __future__ import annotations

from carebot.routines.library import OWN
from carebot.tablet.pictures import CLASS_ICONS, ICONS, icon

SHIPPED = sorted(file.stem for file in OWN.glob("*.yaml"))


def test_every_routine_of_the_library_has_a_picture_of_its_own():
    assert len(SHIPPED) > 15
    assert set(ICONS) == set(SHIPPED)
    assert len({*ICONS.values(), *CLASS_ICONS.values()}) == len(ICONS) + len(CLASS_ICONS) - 1  # calls look like a call


def test_a_routine_of_the_site_has_that_of_its_class():
    assert icon("tea", "scheduled") == icon("supper", "scheduled") != icon("tea", "idle")
    assert icon("tea", "unheard_of") == icon("tea", "requested") == icon("tea")
