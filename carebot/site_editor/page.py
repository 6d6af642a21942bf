"""The page of the editor: its frame, in the reader's language. What moves in it is drawn by its own scripts."""

from __future__ import annotations

import html as markup
import json

from nicegui import html, ui

from carebot.tablet.head import language_select
from carebot.tablet.language import DEFAULT, Texts, catalogue

PREFIX = "editor_"
_ICONS = {
    "choose": "M5 2 L19 12 L12.5 13.2 L16 21 L13 22 L9.6 14.3 L5 18 Z",
    "rooms": "M3 4 H21 V20 H3 Z M5 6 V18 H19 V6 Z",
    "places": "M12 2 A7 7 0 0 0 5 9 C5 14 12 22 12 22 S19 14 19 9 A7 7 0 0 0 12 2 "
    "M12 6.5 A2.5 2.5 0 1 1 12 11.5 A2.5 2.5 0 0 1 12 6.5",
    "docks": "M13 2 L5 14 H11 L10 22 L19 9 H13 Z",
    "doors": "M5 2 H17 V20 H21 V22 H3 V20 H5 Z M7 4 V20 H15 V4 Z M12 11 H14 V13 H12 Z",
    "zones": "M3 3 H7 V5 H5 V7 H3 Z M10 3 H14 V5 H10 Z M17 3 H21 V7 H19 V5 H17 Z M3 10 H5 V14 H3 Z "
    "M19 10 H21 V14 H19 Z M3 17 H5 V19 H7 V21 H3 Z M10 19 H14 V21 H10 Z M19 17 H21 V21 H17 V19 H19 Z",
}


def draw_page(texts: Texts, file: str, version: str) -> None:
    """Draw it for one browser; `version` changes with the tablet's style, `file` is the site file's name."""
    _add_head(texts, version)
    with html.div().classes("page editor"):
        _draw_bar(texts, file)
        with html.main().classes("workbench"):
            with html.section().classes("board") as board:
                board.props["aria-label"] = texts("editor_tools")
                _draw_tools(texts)
                ui.html(_canvas(texts), sanitize=False).classes("canvas")
            with html.div().classes("side"):
                html.section().classes("panel verdict").props('id="verdict" tabindex="-1"')
                html.section().classes("panel chosen").props('id="chosen" tabindex="-1" hidden')
                html.section().classes("panel lists").props('id="lists"')


def _add_head(texts: Texts, version: str) -> None:
    words = {key.removeprefix(PREFIX): texts.raw(key) for key in catalogue(DEFAULT) if key.startswith(PREFIX)}
    told = json.dumps(words, ensure_ascii=False).replace("<", "\\u003c")
    ui.add_head_html(
        f"""<link rel="stylesheet" href="/static/carebot.css?v={version}">
        <link rel="stylesheet" href="/editor/editor.css">
        <script>document.documentElement.lang = "{texts.language}"; window.carebotTexts = {told};</script>
        <script src="/static/theme.js?v={version}"></script>
        <script src="/editor/main.js" type="module"></script>"""
    )


def _draw_bar(texts: Texts, file: str) -> None:
    with html.header().classes("bar"):
        with html.div().classes("brand"):
            ui.html('<img src="/static/icon.svg" alt="" width="36" height="36">', sanitize=False, tag="span")
            html.h1(texts("editor_title", name=file)).props('id="title"')
        with html.div().classes("tools"):
            for name in ("undo", "redo"):
                button = (
                    html.button(texts(f"editor_{name}")).classes("quiet").props(f'type="button" id="{name}" disabled')
                )
                button.props["title"] = {"undo": "Ctrl+Z", "redo": "Ctrl+Y"}[name]
            html.button(texts("editor_save")).classes("quiet save").props(
                'type="button" id="save" disabled title="Ctrl+S"'
            )
            theme = html.button("◐").classes("quiet icon").props('type="button" id="theme"')
            theme.props["aria-label"] = texts("theme")
            ui.html(language_select(texts), sanitize=False, tag="span")


def _draw_tools(texts: Texts) -> None:
    with html.div().classes("drawing-tools").props('role="toolbar"') as bar:
        bar.props["aria-label"] = texts("editor_tools")
        for name, icon in _ICONS.items():
            label = texts("editor_tool_choose" if name == "choose" else f"editor_new_{name}")
            svg = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="{icon}"/></svg>'
            pressed = "true" if name == "choose" else "false"
            ui.html(
                f'<button type="button" class="quiet tool" data-tool="{name}" aria-pressed="{pressed}">{svg}'
                f"<span>{markup.escape(label)}</span></button>",
                sanitize=False,
                tag="span",
            )
    with html.div().classes("hint"):
        html.p(texts("editor_hint_choose")).props('id="hint" role="status"')
        with html.div().classes("hint-buttons").props('id="hint-buttons" hidden'):
            html.button(texts("editor_in_the_middle")).classes("quiet").props('type="button" id="middle"')
            html.button(texts("editor_cancel")).classes("quiet").props('type="button" id="cancel"')


def _canvas(texts: Texts) -> str:
    zooms = "".join(
        f'<button type="button" class="quiet icon" id="{name}" aria-label="{markup.escape(texts(f"editor_{name}"))}">'
        f"{sign}</button>"
        for name, sign in (("closer", "+"), ("farther", "−"), ("whole", "⤢"))
    )
    label = markup.escape(texts("editor_drawing"), quote=True)
    return f'<svg id="drawing" role="img" aria-label="{label}"></svg><div class="zoom">{zooms}</div>'
