"""The panel through which somebody looks: a reason, a picture, the time left. look.js does the rest."""

from __future__ import annotations

import json
from html import escape

from nicegui import html, ui

from carebot.tablet.access import Visitor
from carebot.tablet.language import Texts
from carebot.tablet.looks import LOOK_S

_WORDS = ("look_left", "look_over", "look_waits", "look_picture", "refused_offline")


def draw_look(texts: Texts, visitor: Visitor, version: str) -> None:
    """For those whose role may look; whether they may now is the resident's consent, asked at the moment."""
    words = {key: texts(key, **({"seconds": "{seconds}"} if key == "look_left" else {})) for key in _WORDS}
    t = {key: escape(texts(key)) for key in ("look_explain", "look_sign_in", "look_reason", "look_end")}
    begin = escape(texts("look_begin", seconds=round(LOOK_S)))
    with html.section().classes("panel"):
        html.h2(texts("look_title"))
        if not visitor.session.key:
            html.p(t["look_sign_in"]).classes("soft")
            return
        ui.html(
            f"""<div class="look" data-words="{escape(json.dumps(words, ensure_ascii=False))}">
            <p class="soft">{t["look_explain"]}</p>
            <label class="note-field"><span>{t["look_reason"]}</span><input maxlength="200" data-look="reason"></label>
            <p class="look-state" role="status"></p>
            <canvas hidden role="img" aria-label="{escape(texts("look_picture"))}"></canvas>
            <div class="buttons"><button type="button" class="button plain" data-look="begin">{begin}</button>
            <button type="button" class="button plain" data-look="end" hidden>{t["look_end"]}</button></div></div>""",
            sanitize=False,
        )
    ui.add_body_html(f'<script src="/static/look.js?v={version}" defer></script>')
