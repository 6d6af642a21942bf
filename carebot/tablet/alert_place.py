"""Whom an alert is about and where they were seen or heard: words for its card, and the map with the spot."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from carebot.alert_words.where import where_in
from carebot.alerts import Alert
from carebot.tablet.access import Visitor
from carebot.tablet.floor_plan import earshot_svg, person_svg, rooms_svg, view_box
from carebot.tablet.language import Texts
from carebot.tablet.person_here import PersonHere
from carebot.tablet.services import Services


@dataclass(frozen=True, slots=True)
class AlertPlace:
    """`who` and in which `room`, as far as it is known. `plan`: the map as SVG, empty without a place."""

    who: PersonHere | None = None
    room: str = ""
    plan: str = ""

    @property
    def words(self) -> str:
        """Who and where, plain."""
        return _joined(self.who.name if self.who else "", self.room)

    def in_html(self) -> str:
        """Who and where, the name with how it is read."""
        return _joined(self.who.in_html() if self.who else "", escape(self.room))


NOWHERE = AlertPlace()


class AlertPlaces:
    """Looks each place up once for each change of its alert: a page asks ten times a second."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._known: dict[str, tuple[int, AlertPlace]] = {}

    def of(self, alert: Alert) -> AlertPlace:
        """What is known of that alert's place."""
        revision, place = self._known.get(alert.id, (-1, NOWHERE))
        if revision != alert.revision:
            who = self._services.only_one_here(self._visitor, self._texts)
            place = AlertPlace(who, self._room(alert), self._plan(alert))
            self._known[alert.id] = alert.revision, place
        return place

    def forget(self, alert_id: str) -> None:
        """It is no longer shown."""
        self._known.pop(alert_id, None)

    def _room(self, alert: Alert) -> str:
        going = self._services.going
        return "" if going is None else where_in(alert, going.site, self._texts.language)  # type: ignore[arg-type]

    def _plan(self, alert: Alert) -> str:
        going = self._services.going
        spot = _spot(alert)
        if not spot or going is None or not going.site.rooms:
            return ""
        drawn = rooms_svg(going.site, self._texts.language) + spot
        return f'<svg viewBox="{view_box(going.site)}">{drawn}</svg>'


def _joined(*parts: str) -> str:
    return " · ".join(filter(None, parts))


def _spot(alert: Alert) -> str:
    if alert.place_m is not None:
        return person_svg(alert.place_m)
    return "" if alert.heard_at_m is None else earshot_svg(alert.heard_at_m)
