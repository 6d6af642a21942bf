"""Home: who lives here and what they do, how the robot is, and what it sees as stick figures."""

from __future__ import annotations

from functools import partial
from html import escape

from nicegui import html, ui

from carebot.records.activity import Doing
from carebot.tablet.access import Visitor, sees_activity
from carebot.tablet.elements import StatePanel, set_text
from carebot.tablet.language import Texts
from carebot.tablet.living import LivingHtml
from carebot.tablet.news_panel import NewsPanel
from carebot.tablet.next_due import NextDue
from carebot.tablet.recorder import Recorder
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services
from carebot.tablet.sightings import SEEN_S, Sighting
from carebot.tablet.trips import Destination, named, room_of

LONG_UNSEEN_S = 7200.0


class HomePage:
    """A card for each resident whom the visitor may see, one for the robot, and the live figures."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, recorder: Recorder) -> None:
        self._services, self._texts, self._visitor, self._recorder = services, texts, visitor, recorder
        self._figures: tuple[object, ...] = ()
        self._residents: list[tuple[html.strong, LivingHtml]] = []
        with html.div().classes("residents"):
            self._news = NewsPanel(texts)
            self._draw_residents()
            if services.caring is not None and services.may_here(visitor, Scope.SCHEDULE_READ):
                NextDue(services, services.caring, texts)
        with html.div().classes("side"):
            self._live = self._live_panel() if services.may_here(visitor, Scope.PEOPLE_READ) else None
            self._state = self._state_panel() if visitor.may(Scope.ROBOTS_READ) else None

    def show(self, view: RobotView) -> None:
        """Show the robot as it is now."""
        self._news.show(view.news)
        if self._residents:
            sees, now_s = self._sees(), self._services.books.now_s()
            words, place = (self._doing(view, now_s), self._place(view, now_s)) if sees else ("", "")
            for doing, where in self._residents:
                set_text(doing, words)
                where.set_content(place)
        if self._live is not None:
            self._show_figures(self._live, view)
        if self._state is not None:
            self._state.show(view)

    def _draw_residents(self) -> None:
        lives_alone = self._services.only_one_here(self._visitor, self._texts) is not None
        tells = self._sees() and lives_alone  # with several, nobody can say whom the robot sees
        for person in self._services.people_here(self._visitor, self._texts):
            with html.section().classes("panel resident"):
                ui.html(person.in_html(), sanitize=False, tag="h2")
                if tells:
                    self._residents.append((html.strong(), LivingHtml(tag="p").classes("seen-where")))
                html.p(person.room).classes("soft")

    def _sees(self) -> bool:
        """Asked anew each time: a consent that is withdrawn reaches a page that is open."""
        return sees_activity(self._visitor, self._services.residents_here())

    def _doing(self, view: RobotView, now_s: float) -> str:
        doing = self._recorder.doing
        if doing is not Doing.UNSEEN:
            return self._texts(f"doing_{doing.value}")
        seen_s = self._recorder.last_seen_s
        if seen_s is not None and now_s - seen_s > LONG_UNSEEN_S:
            return self._texts("unseen_for", hours=int((now_s - seen_s) // 3600))
        return self._texts("blind" if view.is_blind else "doing_unseen")

    def _place(self, view: RobotView, now_s: float) -> str:
        """In which room the resident is seen; of who is out of sight, where and when they were seen last."""
        newest = next(iter(view.sightings), None)
        if self._recorder.doing is not Doing.UNSEEN:
            return "" if newest is None or now_s - newest.at_s > SEEN_S else escape(self._room(newest))
        seen_s = self._recorder.last_seen_s
        if seen_s is None or seen_s > now_s:  # by a clock that was wrong
            return ""
        is_there = newest is not None and newest.at_s >= seen_s - SEEN_S
        place = self._room(newest) if is_there and newest else ""
        words = self._texts("last_seen_in", place=place) if is_there else self._texts("last_seen")
        return f'{escape(words)} <time data-at="{seen_s:.0f}"></time>'

    def _room(self, sighting: Sighting) -> str:
        going = self._services.going
        if going is None:
            return ""
        return named(going.site, Destination("", sighting.x_m, sighting.y_m), self._texts.language)

    def _state_panel(self) -> StatePanel:
        going = self._services.going
        return StatePanel(self._texts, None if going is None else partial(room_of, going, self._texts.language))

    def _live_panel(self) -> ui.html:
        with html.section().classes("panel live"):
            html.h2(self._texts("live_view"))
            with html.div().classes("scene"):
                figures = ui.html("", sanitize=False).classes("figures")
                self._scene_text = html.p().classes("scene-text")
        return figures

    def _show_figures(self, live: ui.html, view: RobotView) -> None:
        people = None if view.is_blind else view.people
        figures = (None if people is None else people.time_s, tuple(view.tracks.items()))
        if figures != self._figures:
            self._figures = figures
            live.set_content("" if people is None else self._services.glances.figures(people, view.tracks))
        nobody = "" if people is not None and people.people else self._texts("nobody")
        set_text(self._scene_text, self._texts("blind") if people is None else nobody)
