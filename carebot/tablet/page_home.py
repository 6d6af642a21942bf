"""Home: who lives here and what they do, how the robot is, and what it sees as stick figures."""

from __future__ import annotations

import time

from nicegui import html, ui
from nicegui.element import Element

from carebot.records.activity import Doing
from carebot.tablet import skeleton
from carebot.tablet.access import Visitor, sees_activity, visible_residents
from carebot.tablet.language import Texts
from carebot.tablet.recorder import Recorder
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

LONG_UNSEEN_S = 7200.0


class HomePage:
    """A card for each resident whom the visitor may see, one for the robot, and the live figures."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, recorder: Recorder) -> None:
        self._services, self._texts, self._visitor, self._recorder = services, texts, visitor, recorder
        self._figures: tuple[object, ...] = ()
        self._sees = sees_activity(visitor, services.residents_here())
        self._residents: list[html.strong] = []
        with html.div().classes("residents"):
            self._draw_residents()
        with html.div().classes("side"):
            self._live = self._live_panel() if visitor.may(Scope.PEOPLE_READ) else None
            self._state = self._state_panel() if visitor.may(Scope.ROBOTS_READ) else {}

    def show(self, view: RobotView) -> None:
        """Show the robot as it is now."""
        for doing in self._residents:
            set_text(doing, self._doing(view))
        if self._live is not None:
            self._show_figures(self._live, view)
        if self._state:
            self._show_state(view)

    def _draw_residents(self) -> None:
        here = self._services.residents_here()
        for resident in visible_residents(self._visitor, here):
            with html.section().classes("panel resident"):
                html.h2(resident.name)
                if self._sees and len(here) == 1:  # with several, nobody can say whom the robot sees
                    self._residents.append(html.strong())
                html.p(resident.room).classes("soft")

    def _doing(self, view: RobotView) -> str:
        doing = self._recorder.doing
        if doing is not Doing.UNSEEN:
            return self._texts(f"doing_{doing.value}")
        seen_s = self._recorder.last_seen_s
        if seen_s is not None and time.monotonic() - seen_s > LONG_UNSEEN_S:
            return self._texts("unseen_for", hours=int((time.monotonic() - seen_s) // 3600))
        return self._texts("blind" if view.is_blind else "doing_unseen")

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
                for key in ("connection", "battery", "camera_age", "frames_per_second", "provider", "faults"):
                    with html.div().classes(f"fact {key}"):
                        html.dt(self._texts(key))
                        values[key] = html.dd()
        return values

    def _show_figures(self, live: ui.html, view: RobotView) -> None:
        people = None if view.is_blind else view.people
        figures = (None if people is None else people.time_s, tuple(view.tracks.items()))
        if figures != self._figures:
            self._figures = figures
            live.set_content("" if people is None else skeleton.svg(people, view.tracks))
        nobody = "" if people is not None and people.people else self._texts("nobody")
        set_text(self._scene_text, self._texts("blind") if people is None else nobody)

    def _show_state(self, view: RobotView) -> None:
        for key, text in state_texts(view, self._texts).items():
            set_text(self._state[key], text)


def state_texts(view: RobotView, t: Texts) -> dict[str, str]:
    """The robot's state in a few words each."""
    age_s, battery = view.camera_age_s, view.battery
    return {
        "connection": t("lost") if view.is_lost else t("connected"),
        "battery": t("unknown") if battery is None else t("percent", value=f"{100 * battery:.0f}"),
        "camera_age": t("unknown") if age_s is None else t("seconds", value=_age(age_s)),
        "frames_per_second": t("per_second", value=f"{view.frames_per_second:.0f}"),
        "provider": provider_name(view.provider) or t("unknown"),
        "faults": " ".join(view.faults),
    }


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
