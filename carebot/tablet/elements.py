"""What several pages draw alike: texts that travel only when they change, and the panel of the robot's state."""

from __future__ import annotations

from collections.abc import Callable

from nicegui import html, ui
from nicegui.element import Element

from carebot.tablet.language import Texts
from carebot.tablet.part_words import fault_words
from carebot.tablet.robot import RobotView

STATE_KEYS = ("connection", "battery", "camera_age", "frames_per_second", "provider", "faults")


def set_text(element: Element, text: str) -> None:
    """Change an element's text, and tell the browser only if it is another one."""
    if element._text != text:
        element._text = text
        element.update()


def add_scripts(version: str) -> None:
    """The scripts of a page with forms of `forms.js`, whose drafts outlive a reload."""
    for name in ("forms", "drafts"):
        ui.add_body_html(f'<script src="/static/{name}.js?v={version}" defer></script>')


class StatePanel:
    """The robot's state in a few words each; `where` says in which room it is, where that can be known."""

    def __init__(self, texts: Texts, where: Callable[[], str] | None = None) -> None:
        self._texts, self._where = texts, where
        self._values: dict[str, html.dd] = {}
        with html.section().classes("panel"):
            html.h2(texts("robot_state"))
            with html.dl().classes("facts"):
                for key in STATE_KEYS if where is None else ("where", *STATE_KEYS):
                    with html.div().classes(f"fact {key}"):
                        html.dt(texts(key))
                        self._values[key] = html.dd()

    def show(self, view: RobotView) -> None:
        """Show the robot as it is now."""
        for key, text in state_texts(view, self._texts).items():
            set_text(self._values[key], text)
        if self._where is not None:
            set_text(self._values["where"], self._where() or self._texts("unknown"))


def state_texts(view: RobotView, t: Texts) -> dict[str, str]:
    """A text for each of `STATE_KEYS`."""
    age_s, battery = view.camera_age_s, view.battery
    form = ".1f" if age_s is not None and age_s < 10 else ".0f"
    return {
        "connection": t("lost") if view.is_lost else t("connected"),
        "battery": t("unknown") if battery is None else t("percent", value=f"{100 * battery:.0f}"),
        "camera_age": t("unknown") if age_s is None else t("seconds", value=t.number(age_s, form)),
        "frames_per_second": t("per_second", value=f"{view.frames_per_second:.0f}"),
        "provider": provider_name(view.provider) or t("unknown"),
        "faults": fault_words(view, t),
    }


def provider_name(provider: str) -> str:
    """onnxruntime's name of an execution provider, as short as a caregiver needs it."""
    name = provider.removesuffix("ExecutionProvider")
    return f"{name} (GPU)" if name in ("CUDA", "Tensorrt") else name
