"""The caregiver's page: alerts first, then what the robot sees and how it is. The server draws, the browser watches."""

from __future__ import annotations

import time
from collections.abc import Callable

from fastapi import Request
from nicegui import html, ui
from nicegui.element import Element

from carebot.alerts import AlertState
from carebot.tablet import skeleton
from carebot.tablet.access import Visitor
from carebot.tablet.alert_list import AlertList
from carebot.tablet.head import add_head, add_header
from carebot.tablet.language import Texts
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services, visitor_of

REFRESH_S = 0.1
BEAT_S = 0.5


def build_page(services: Services, texts_for: Callable[[Request], Texts], version: str) -> None:
    """Register the page at `/`; `texts_for` finds the language of a request."""

    @ui.page("/", reconnect_timeout=10.0)
    def home(request: Request) -> None:
        texts = texts_for(request)
        add_head(texts, version)
        CaregiverPage(services, texts, visitor_of(request))


class CaregiverPage:
    """One browser's view of the robot."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._beat_s = 0.0
        self._attributes: dict[str, str] = {}
        self._figures: tuple[object, ...] = ()
        with html.div().classes("page") as self._root:
            add_header(texts, visitor.name)
            self._banner("lost")
            self._banner("blind")
            with html.main().classes("columns"):
                self._alerts = AlertList(services, texts, visitor)
                with html.div().classes("side"):
                    self._live = self._live_panel()
                    self._state = self._state_panel()
        self.refresh()
        ui.timer(REFRESH_S, self.refresh, immediate=False)

    def refresh(self) -> None:
        """Show the robot as it is now; only what changed travels to the browser."""
        view, now_s = self._services.view_for(self._visitor), time.time()
        self._alerts.show(view)
        self._show_figures(view)
        self._show_state(view)
        if now_s - self._beat_s >= BEAT_S or now_s < self._beat_s:
            self._beat_s = now_s
        self._set(
            **{
                "data-beat": f"{self._beat_s:.3f}",
                "data-alarm": alarm_of(view),
                "data-link": "lost" if view.is_lost else "blind" if view.is_blind else "live",
            }
        )

    def _set(self, **attributes: str) -> None:
        if attributes != self._attributes:
            self._attributes = attributes
            self._root.props.update(attributes)
            self._root.update()

    def _banner(self, what: str) -> None:
        with html.div().classes(f"{what}-banner").props('role="alert"'):
            html.strong(self._texts(f"robot_{what}"))
            html.span(self._texts(f"robot_{what}_explain"))

    def _live_panel(self) -> ui.html:
        with html.section().classes("panel live"):
            html.h2(self._texts("live_view"))
            with html.div().classes("scene"):
                figures = ui.html("", sanitize=False).classes("figures")
                self._scene_text = html.p().classes("scene-text")
        return figures

    def _state_panel(self) -> dict[str, html.dd]:
        values = {}
        with html.section().classes("panel"):
            html.h2(self._texts("robot_state"))
            with html.dl().classes("facts"):
                for key in ("connection", "camera_age", "frames_per_second", "provider", "faults"):
                    with html.div().classes(f"fact {key}"):
                        html.dt(self._texts(key))
                        values[key] = html.dd()
        return values

    def _show_figures(self, view: RobotView) -> None:
        people = None if view.is_blind else view.people
        figures = (None if people is None else people.time_s, tuple(view.tracks.items()))
        if figures != self._figures:
            self._figures = figures
            self._live.set_content("" if people is None else skeleton.svg(people, view.tracks))
        nobody = "" if people is not None and people.people else self._texts("nobody")
        set_text(self._scene_text, self._texts("blind") if people is None else nobody)

    def _show_state(self, view: RobotView) -> None:
        t, age_s = self._texts, view.camera_age_s
        set_text(self._state["connection"], t("lost") if view.is_lost else t("connected"))
        set_text(self._state["camera_age"], t("unknown") if age_s is None else t("seconds", value=_age(age_s)))
        set_text(self._state["frames_per_second"], t("per_second", value=f"{view.frames_per_second:.0f}"))
        set_text(self._state["provider"], provider_name(view.provider) or t("unknown"))
        set_text(self._state["faults"], " ".join(view.faults))


def alarm_of(view: RobotView) -> str:
    """What the browser sounds: urgent for a confirmed fall nobody answered, soft for a lesser one, else none."""
    states = {alert.state for alert in view.alerts if alert.is_unanswered}
    if AlertState.CONFIRMED in states:
        return "urgent"
    return "soft" if states else "none"


def provider_name(provider: str) -> str:
    """onnxruntime's name of an execution provider, as short as a caregiver needs it."""
    name = provider.removesuffix("ExecutionProvider")
    return f"{name} (GPU)" if name in ("CUDA", "Tensorrt") else name


def set_text(element: Element, text: str) -> None:
    """Change an element's text, and tell the browser only if it is another one."""
    if element._text != text:
        element._text = text
        element.update()


def _age(age_s: float) -> str:
    return f"{age_s:.1f}" if age_s < 10 else f"{age_s:.0f}"
