"""The map on the drive page: who is where. Touch a place or choose one by name, then send the robot there; one touch
calls it off."""

from __future__ import annotations

import time
from html import escape

from nicegui import html, ui

from carebot.errors import RecordsError
from carebot.tablet.access import Visitor
from carebot.tablet.elements import set_text
from carebot.tablet.floor_plan import is_near, moving_svg, rooms_svg, seen_svg, told_age_s, view_box
from carebot.tablet.language import Texts
from carebot.tablet.services import Services
from carebot.tablet.sightings import Sighting
from carebot.tablet.touches import SENT_AT_JS, is_late
from carebot.tablet.trips import Destination, GoingRobot, Trip, TripPhase, is_on, named

_ON_TOUCH = """(event) => {
  const svg = event.currentTarget.querySelector("svg");
  const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
  emit([at.x / 100, -at.y / 100]);
}"""


class MapPanel:
    """Nothing is sent by one touch alone: it chooses, and a button that names the place sends."""

    def __init__(self, services: Services, going: GoingRobot, texts: Texts, visitor: Visitor) -> None:
        self._services, self._going, self._texts, self._visitor = services, going, texts, visitor
        self._chosen: Destination | None = None
        self._drawn = ""
        self._sightings: tuple[Sighting, ...] = ()
        site = going.site
        with html.section().classes("panel map"):
            html.h2(texts("map"))
            with html.div().classes("floor").props('role="img"') as floor:
                floor.props["aria-label"] = texts("map_explain")
                ui.html(
                    f'<svg aria-hidden="true" viewBox="{view_box(site)}">{rooms_svg(site, texts.language)}</svg>',
                    sanitize=False,
                )
                self._moving = ui.html("", sanitize=False).classes("moving")
            floor.on("click", self._on_touch, js_handler=_ON_TOUCH)
            self._people = html.p().classes("people-on-map soft")
            self._state = html.p().classes("trip-state").props('role="status"')
            self._draw_choice()
            with html.div().classes("buttons"):
                self._go = self._button("coming")
                set_text(self._go, texts("trip_choose"))
                self._go.on("click", self._send, js_handler=f"() => emit({SENT_AT_JS})")
                self._stop = self._button("plain")
                self._stop.on("click", self._call_off)
        set_text(self._stop, texts("trip_call_off"))

    def show(self, sightings: tuple[Sighting, ...]) -> None:
        """Bring it into line with the robot and with whom it saw; called ten times a second."""
        self._sightings = sightings
        whereabouts, now_s = self._going.whereabouts(), time.time()
        people = seen_svg(sightings, now_s, lambda age_s: self._texts("ago_s", value=age_s))
        drawn = people + moving_svg(whereabouts, self._chosen)
        if drawn != self._drawn:
            self._drawn = drawn
            self._moving.set_content(f'<svg aria-hidden="true" viewBox="{view_box(self._going.site)}">{drawn}</svg>')
        set_text(self._people, self._seen_words(now_s))
        trip = whereabouts.trip
        set_text(self._state, self._words(trip) if whereabouts.pose is not None else self._texts("trip_unknown"))
        self._set_visible(self._stop, trip is not None and not trip.phase.is_over)
        self._set_visible(self._go, self._chosen is not None)

    def _seen_words(self, now_s: float) -> str:
        """The same for whoever does not see the map."""
        near = [each for each in self._sightings if is_near(each, now_s)]
        where = ", ".join(self._seen_where(each, now_s) for each in near)
        return self._texts("map_people", where=where) if near else ""

    def _seen_where(self, each: Sighting, now_s: float) -> str:
        age_s = told_age_s(now_s - each.at_s)
        when = self._texts("ago_s", value=age_s) if age_s else self._texts("map_person_now")
        return f"{named(self._going.site, Destination('', each.x_m, each.y_m), self._texts.language)} ({when})"

    def _draw_choice(self) -> None:
        site = self._going.site
        options = "".join(
            f'<option value="{each.name}">{escape(each.spoken(self._texts.language))}</option>'  # type: ignore[arg-type]
            for each in (*site.rooms, *site.places, *site.docks)
            if is_on(site, Destination(each.name))
        )
        label, none = escape(self._texts("trip_choose")), escape(self._texts("trip_choose_none"))
        select = f'<select><option value="">{none}</option>{options}</select>'
        choice = f'<label class="note-field"><span>{label}</span>{select}</label>'
        field = ui.html(choice, sanitize=False)
        field.on(
            "change", lambda event: self._choose_name(event.args), js_handler="(event) => emit(event.target.value)"
        )

    @staticmethod
    def _button(classes: str) -> html.button:
        button = html.button().classes(f"button {classes}").props('type="button"')
        button.set_visibility(False)
        return button

    @staticmethod
    def _set_visible(button: html.button, visible: bool) -> None:
        if button.visible is not visible:
            button.set_visibility(visible)

    def _words(self, trip: Trip | None) -> str:
        if trip is None:
            return self._texts("trip_none")
        place = named(self._going.site, trip.to, self._texts.language) or self._texts("trip_a_place")
        words = self._texts(
            f"trip_{trip.phase.value}", place=place, name=trip.by, left_m=self._texts.number(trip.left_m)
        )
        return words if trip.phase is TripPhase.ARRIVED else self._texts.with_why(words, self._texts.why(trip.reason))

    def _on_touch(self, event: object) -> None:
        at_m = getattr(event, "args", None)
        if isinstance(at_m, list) and len(at_m) == 2 and all(isinstance(each, int | float) for each in at_m):
            self._choose(Destination("", float(at_m[0]), float(at_m[1])))

    def _choose_name(self, name: object) -> None:
        self._choose(Destination(name) if isinstance(name, str) else None)

    def _choose(self, to: Destination | None) -> None:
        self._chosen = to if to is not None and is_on(self._going.site, to) else None
        if self._chosen is not None:
            place = named(self._going.site, self._chosen, self._texts.language)
            set_text(self._go, self._texts("trip_go" if self._chosen.name else "trip_go_there", place=place))
        self.show(self._sightings)

    async def _send(self, event: object) -> None:
        to, self._chosen = self._chosen, None
        if to is None or not self._services.access.is_live(self._visitor):
            return
        if is_late(getattr(event, "args", None)):
            self._tell("refused_late")
            return
        try:
            outcome = await self._services.send(self._visitor, to)
        except RecordsError:
            self._tell("not_recorded")
            return
        if not outcome.accepted:
            self._tell("trip_silent")

    async def _call_off(self) -> None:
        if not self._services.access.is_live(self._visitor):
            return
        if not (await self._services.call_off(self._visitor)).accepted:
            self._tell("trip_silent")

    def _tell(self, text: str) -> None:
        ui.notify(self._texts(text), type="warning", position="top", timeout=8000, multi_line=True)
