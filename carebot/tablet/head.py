"""What stands above everything: the document's head, and the bar with the caregiver's name, language and sound."""

from __future__ import annotations

import html as markup
import json

from nicegui import html, ui

from carebot.tablet.access import Visitor
from carebot.tablet.language import Texts, catalogue, languages

_SCRIPT_TEXTS = (
    "server_lost",
    "server_lost_explain",
    "sound_tap",
    "sound_on",
    "state_confirmed",
    "state_suspected",
    "stop_calling",
    "stop_done",
    "stop_unreached",
    "stop_unknown",
    "release_silent",
    "refused_offline",
)


def add_head(texts: Texts, version: str) -> None:
    """Style and scripts of the page, all from this server, and the texts that must be there when it is lost."""
    words = json.dumps({key: texts(key) for key in _SCRIPT_TEXTS}, ensure_ascii=False).replace("<", "\\u003c")
    ui.add_head_html(
        f"""<link rel="manifest" href="/manifest.webmanifest">
        <meta name="theme-color" content="#0b6353">
        <link rel="apple-touch-icon" href="/static/icon-192.png">
        <link rel="stylesheet" href="/static/carebot.css?v={version}">
        <script>document.documentElement.lang = "{texts.language}"; window.carebotTexts = {words};</script>
        <script src="/static/theme.js?v={version}"></script>
        <script src="/static/alarm.js?v={version}" defer></script>
        <script src="/static/carebot.js?v={version}" defer></script>
        <script src="/static/stop.js?v={version}" defer></script>
        <script src="/static/replay.js?v={version}" defer></script>"""
    )


def add_header(texts: Texts, visitor: Visitor, title: str) -> None:
    """The bar at the top. Its buttons act in the browser alone, so that they work while the server is away."""
    caregiver = visitor.name
    with html.header().classes("bar"):
        with html.div().classes("brand"):
            ui.html('<img src="/static/icon.svg" alt="" width="36" height="36">', sanitize=False, tag="span")
            html.h1(title)
            html.span(texts("connected")).classes("link-state").props('data-link-state role="status"')
        with html.div().classes("tools"):
            with html.button().classes("quiet me").props(f'type="button" data-action="{_who_action(visitor)}"'):
                html.span(texts("signed_in_as", name=caregiver)).classes("full")
                html.span(caregiver).classes("short")
            _icon_button("theme", texts("theme"), "◐")
            ui.html(language_select(texts), sanitize=False, tag="span")
    _rename_dialog(texts, caregiver)


def _who_action(visitor: Visitor) -> str:
    """A name can be changed where nobody signs in; elsewhere it leads to signing out."""
    return "settings" if visitor.session.key else "rename"


def _icon_button(action: str, label: str, sign: str) -> None:
    button = html.button(sign).classes("quiet icon")
    button.props["type"], button.props["data-action"], button.props["aria-label"] = "button", action, label


def language_select(texts: Texts) -> str:
    """The list of all languages, `texts`' own chosen."""
    options = "".join(
        f'<option value="{code}" lang="{code}"{" selected" if code == texts.language else ""}>'
        f"{markup.escape(catalogue(code)['language_name'])}</option>"
        for code in languages()
    )
    label = markup.escape(texts("language"))
    return f'<select class="quiet" data-action="language" aria-label="{label}">{options}</select>'


def _rename_dialog(texts: Texts, caregiver: str) -> None:
    t = {key: markup.escape(texts(key)) for key in ("change_name", "pair_name", "save", "back")}
    ui.html(
        f"""<dialog class="sheet rename" aria-labelledby="rename-title"><form method="dialog">
        <h2 id="rename-title">{t["change_name"]}</h2>
        <label for="new-name">{t["pair_name"]}</label>
        <input id="new-name" type="text" maxlength="80" autocomplete="name"
          value="{markup.escape(caregiver, quote=True)}">
        <div class="buttons"><button class="button plain" value="back" formnovalidate>{t["back"]}</button>
        <button class="button coming" value="save">{t["save"]}</button></div></form></dialog>""",
        sanitize=False,
    )
