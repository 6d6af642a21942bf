"""The pages, registered: each drawn anew for every browser, and refused to those whose it is not."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from nicegui import ui

from carebot.tablet.access import Visitor
from carebot.tablet.door_pages import refused_page
from carebot.tablet.frame import Content, Frame
from carebot.tablet.language import Texts
from carebot.tablet.page_drive import DrivePage
from carebot.tablet.page_health import HealthPage
from carebot.tablet.page_history import HistoryPage
from carebot.tablet.page_home import HomePage
from carebot.tablet.page_routines import RoutinesPage
from carebot.tablet.page_schedule import SchedulePage
from carebot.tablet.page_talk import TalkPage
from carebot.tablet.places import DRIVE, HEALTH, HISTORY, HOME, ROUTINES, SCHEDULE, SETTINGS, TALK, Place, dock
from carebot.tablet.recorder import Recorder
from carebot.tablet.services import Services, visitor_of
from carebot.tablet.settings_more import WholeSettings

Draw = Callable[[Services, Texts, Visitor], Content]


def build_pages(services: Services, recorder: Recorder, version: str) -> None:
    """Register every page."""
    pages: dict[Place, Draw] = {
        HOME: lambda services, texts, visitor: HomePage(services, texts, visitor, recorder),
        ROUTINES: lambda services, texts, visitor: RoutinesPage(services, texts, visitor, version),
        SCHEDULE: lambda services, texts, visitor: SchedulePage(services, texts, visitor, version),
        TALK: lambda services, texts, visitor: TalkPage(services, texts, visitor, version),
        DRIVE: lambda services, texts, visitor: DrivePage(services, texts, visitor, version),
        HISTORY: HistoryPage,
        HEALTH: HealthPage,
        SETTINGS: lambda services, texts, visitor: WholeSettings(services, texts, visitor, version),
    }
    for place, draw in pages.items():
        _register(services, place, draw, version)


def _register(services: Services, place: Place, draw: Draw, version: str) -> None:
    @ui.page(place.path, reconnect_timeout=10.0)
    def page(request: Request) -> Response | None:
        visitor, texts = visitor_of(request), services.texts_for(request)
        if not place.opens(services, visitor):
            services.note_refusal(request, {})
            refused = refused_page(texts, version, dock(services, visitor, texts, place))
            return HTMLResponse(refused, 403, {"cache-control": "no-store"})
        Frame(services, texts, visitor, place, version, lambda: draw(services, texts, visitor))
        return None
