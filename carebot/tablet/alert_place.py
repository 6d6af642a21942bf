"""Whom an alert is about and where they were seen: words for its card, and the map with the spot."""

from __future__ import annotations

from dataclasses import dataclass

from carebot.alerts import Alert
from carebot.tablet.access import Visitor
from carebot.tablet.floor_plan import person_svg, rooms_svg, view_box
from carebot.tablet.language import Texts
from carebot.tablet.services import Services


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """`words`: who and in which room, as far as it is known. `plan`: the map as SVG, empty without a place."""

    words: str = ""
    plan: str = ""


NOWHERE = AlertPlace()


class AlertPlaces:
    """Draws each place once: a page asks ten times a second."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._plans: dict[tuple[float, float], str] = {}

    def of(self, alert: Alert) -> AlertPlace:
        """What is known now of that alert's place."""
        room = self._services.room_of(alert)
        where = "" if room is None else room.spoken(self._texts.language)  # type: ignore[arg-type]
        words = " · ".join(filter(None, (self._services.only_name_here(self._visitor, self._texts), where)))
        return AlertPlace(words, self._plan(alert.place_m))

    def _plan(self, place_m: tuple[float, float] | None) -> str:
        going = self._services.going
        if place_m is None or going is None or not going.site.rooms:
            return ""
        if place_m not in self._plans:
            site = going.site
            drawn = rooms_svg(site, self._texts.language) + person_svg(place_m)
            self._plans[place_m] = f'<svg viewBox="{view_box(site)}">{drawn}</svg>'
        return self._plans[place_m]
