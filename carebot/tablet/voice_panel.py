"""The button that is held to speak through the robot with one's own voice; voice.js records and sends."""

from __future__ import annotations

import json
from html import escape

from nicegui import ui

from carebot.conversation.speaking.recorded_voice import LONGEST_S, SHORTEST_S
from carebot.tablet.gate import VOICE_PATH
from carebot.tablet.language import Texts

_WORDS = (
    "voice_opening",
    "voice_speaking",
    "voice_full",
    "voice_sending",
    "voice_discarded",
    "voice_ready",
    "voice_unfit_short",
    "voice_not_secure",
    "voice_not_allowed",
    "voice_no_microphone",
    "talk_sent",
    "refused_offline",
)


def draw_voice(texts: Texts, version: str) -> None:
    """A part of the page Talk."""
    ui.html(voice_html(texts), sanitize=False)
    ui.add_body_html(f'<script src="/static/voice.js?v={version}" defer></script>')


def voice_html(texts: Texts) -> str:
    """The button, how loud it is, and what becomes of it."""
    words = {key: texts.raw(key) for key in _WORDS}
    facts = {"path": VOICE_PATH, "longest_s": int(LONGEST_S), "shortest_s": SHORTEST_S, "words": words}
    t = {key: escape(texts(key)) for key in ("voice_hold", "voice_discard", "voice_level", "voice_by_touch")}
    box = '<input type="checkbox" data-voice='
    return f"""<div class="voice" data-facts="{escape(json.dumps(facts, ensure_ascii=False))}">
    <p class="soft">{escape(texts("voice_explain", most=int(LONGEST_S)))}</p>
    <button type="button" class="button coming" data-voice="hold" aria-pressed="false">{t["voice_hold"]}</button>
    <div class="voice-heard"><meter min="0" max="1" value="0" aria-label="{t["voice_level"]}"></meter>
    <span class="voice-seconds" aria-hidden="true"></span></div>
    <p class="voice-state" role="status"></p>
    <button type="button" class="button plain" data-voice="discard" disabled>{t["voice_discard"]}</button>
    <label class="check">{box}"touch"><span>{t["voice_by_touch"]}</span></label>
    <label class="check">{box}"urgent"><span>{escape(texts("talk_urgent"))}</span></label></div>"""
