"""What every page has: bar, dock with the emergency stop, banners, and the alert that comes over everything."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from nicegui import background_tasks, html, ui

from carebot.alerts import AlertState
from carebot.tablet.access import Visitor
from carebot.tablet.alert_card import calls
from carebot.tablet.alert_list import AlertList
from carebot.tablet.head import add_head, add_header
from carebot.tablet.language import Texts
from carebot.tablet.news_panel import FreshNews, fresh_of
from carebot.tablet.places import HOME, Place, dock
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

REFRESH_S = 0.1
BEAT_S = 0.5
STOP_UNKNOWN_AFTER_S = 1.0
LEAVING_S = 0.5
ENDED = "/sign-in?ended"


class Content(Protocol):
    """What stands in the middle of a page."""

    def show(self, view: RobotView) -> None:
        """Bring it into line with the robot; called ten times a second, so only changes may travel."""


class Frame:
    """One browser's page: `place` in the language of `texts`, seen by `visitor`; `draw` makes what is in the middle."""

    def __init__(
        self,
        services: Services,
        texts: Texts,
        visitor: Visitor,
        place: Place,
        version: str,
        draw: Callable[[], Content],
    ) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._beat_s = 0.0
        self._attributes: dict[str, str] = {}
        self._client = ui.context.client
        client, presence = self._client, services.presence
        if Scope.ALERTS_READ in visitor.scopes:
            client.on_connect(lambda: presence.came(client.id, visitor.name))
            client.on_disconnect(lambda: presence.left(client.id))
            client.on_delete(lambda: presence.left(client.id))
        add_head(texts, version)
        ui.add_body_html(dock(services, visitor, texts, place))
        with html.div().classes("page") as self._root:
            add_header(texts, visitor, texts(place.name))
            self._banner("lost")
            self._banner("blind")
            self._alerts = AlertList(services, texts, visitor, at_home=place is HOME)
            with html.div().classes("content").props('tabindex="-1"'):
                self._news = FreshNews(texts, at_home=place is HOME)
                if place is HOME:
                    with html.div().classes("columns"):
                        self._alerts.draw_list()
                        self._content = draw()
                else:
                    self._alerts.draw_list()
                    self._content = draw()
        self._show()
        self._timer = ui.timer(REFRESH_S, self.refresh, immediate=False)

    def refresh(self) -> None:
        """Show the robot as it is now, or end the page with its reader's key."""
        if self._services.access.is_live(self._visitor):
            self._show()
        else:
            self._timer.cancel()
            self._client.open(ENDED)
            background_tasks.create(self._delete_soon())

    def _show(self) -> None:
        """Only what changed travels to the browser."""
        view, now_s = self._services.glance_for(self._visitor), time.time()
        fresh = fresh_of(view.news, now_s)
        self._alerts.show(view)
        self._news.show(fresh)
        self._content.show(view)
        if now_s - self._beat_s >= BEAT_S or now_s < self._beat_s:
            self._beat_s = now_s
        self._set(
            **{
                "data-beat": f"{self._beat_s:.3f}",
                "data-alarm": alarm_of(view, self._visitor.name),
                "data-news": " ".join(each.id for each in fresh),
                "data-link": "lost" if view.is_lost else "blind" if view.is_blind else "live",
                **stop_of(view, self._texts),
            }
        )

    async def _delete_soon(self) -> None:
        """A browser need not obey: what it may no longer see and press is taken from it once it was told to leave."""
        await asyncio.sleep(LEAVING_S)
        if self._client.has_socket_connection:  # else NiceGUI deletes it by itself
            self._client.delete()

    def _set(self, **attributes: str) -> None:
        if attributes != self._attributes:
            self._attributes = attributes
            self._root.props.update(attributes)
            self._root.update()

    def _banner(self, what: str) -> None:
        with html.div().classes(f"{what}-banner").props('role="alert"'):
            html.strong(self._texts(f"robot_{what}"))
            html.span(self._texts(f"robot_{what}_explain"))


def alarm_of(view: RobotView, name: str) -> str:
    """What the browser of the person `name` sounds.

    Urgent for a confirmed fall nobody answered, soft for a lesser one, for one with people beside the person, or for a
    request to take over, else none.
    """
    calling = [alert for alert in view.alerts if calls(alert, name)]
    if any(alert.state is AlertState.CONFIRMED and not alert.is_attended for alert in calling):
        return "urgent"
    return "soft" if calling else "none"


def stop_of(view: RobotView, texts: Texts) -> dict[str, str]:
    """What the robot says of its emergency stop, for the browser's own script."""
    motion = view.motion
    if motion is None:
        return {"data-stop": "", "data-stop-words": ""}
    if motion.age_s > STOP_UNKNOWN_AFTER_S:
        return {"data-stop": "unknown", "data-stop-words": texts("stop_unknown")}
    if not motion.emergency_stop:
        return {"data-stop": "free", "data-stop-words": ""}
    words = texts("stop_done_by", name=motion.by) if motion.by else texts("stop_done")
    return {"data-stop": "latched", "data-stop-words": words}
