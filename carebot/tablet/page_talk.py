"""Talk: say something through the robot, and read what it and the resident say."""

from __future__ import annotations

from html import escape

from nicegui import html, ui

from carebot.records.audit import Deed
from carebot.records.consent import Consent, Resident
from carebot.tablet.access import Visitor, cared_for
from carebot.tablet.caring import CareView
from carebot.tablet.elements import add_scripts
from carebot.tablet.language import Texts, catalogue
from carebot.tablet.living import LivingHtml
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.routine_form import Fields, form, keyed, option
from carebot.tablet.services import Services
from carebot.tablet.talk_sentences import sentence_html, sentence_in
from carebot.tablet.talking import LANGUAGES, LONGEST, TEMPLATES, Line, Talk
from carebot.tablet.voice_panel import draw_voice

PRIVACY = "privacy"
"""How the names of routines begin that give the resident privacy."""
_PATHS = {
    "aloud": "M3 9h4l6-5v16l-6-5H3zm13-1a5 5 0 0 1 0 8zm0-4a9 9 0 0 1 0 16v-2a7 7 0 0 0 0-12z",
    "ear": "M12 2a4 4 0 0 1 4 4v6a4 4 0 0 1-8 0V6a4 4 0 0 1 4-4z"
    "m-7 9h2a5 5 0 0 0 10 0h2a7 7 0 0 1-6 7v4h-2v-4a7 7 0 0 1-6-7z",
    "eye": "M12 5c5 0 9 4 11 7-2 3-6 7-11 7S3 15 1 12c2-3 6-7 11-7zm0 3a4 4 0 1 0 0 8 4 4 0 0 0 0-8z",
    "privacy": "M6 10V7a6 6 0 0 1 12 0v3h2v12H4V10zm3 0h6V7a3 3 0 0 0-6 0z",
}
_SIGNS = {
    name: f'<svg viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="{path}"/></svg>'
    for name, path in _PATHS.items()
}


class TalkPage:
    """What is said changes by itself; opening the page is a look at it, and recorded."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, version: str) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._state: object = None
        self._said: object = None
        self._known: object = None
        services.books.audit.note(Deed("look", visitor.name, "read what is said"))
        with html.div().classes("talking forms"):
            with html.section().classes("panel"):
                html.h2(texts("talk_say"))
                self._mark = LivingHtml()
                ui.html(say_html(services.care().language, texts), sanitize=False)
            with html.section().classes("panel"):
                html.h2(texts("voice"))
                draw_voice(texts, version)
            with html.section().classes("panel"):
                html.h2(texts("talk_said"))
                html.p(texts("talk_kept")).classes("soft")
                self._lines = LivingHtml().classes("lines")
                self._lines.props('role="log" aria-live="polite" tabindex="0"').props["aria-label"] = texts("talk_said")
            with html.section().classes("panel memory"):
                html.h2(texts("memory"))
                self._memory = LivingHtml()
        add_scripts(version)

    def show(self, view: RobotView) -> None:
        """Show what is said now."""
        talk, care = self._services.talk(), self._services.care()
        privacy = next((run.run for run in care.runs if run.routine.startswith(PRIVACY)), "")
        state = (talk.is_there, talk.is_mute, talk.now, talk.hears, privacy, view.is_blind)
        if state != self._state:
            self._state = state
            self._mark.set_content(state_html(talk, care, view.is_blind, self._texts))
        said = (talk.lines, talk.now)
        if said != self._said:
            self._said = said
            self._lines.set_content(lines_html(talk, self._texts))
        here = self._services.residents_here()
        known = (cared_for(self._visitor, here, Scope.TALK), bool(here))
        if known != self._known:
            self._known = known
            self._memory.set_content(memory_html(*known, self._texts))


def state_html(talk: Talk, care: CareView, is_blind: bool, texts: Texts) -> str:
    """Whether the resident hears what is said here, whether the robot listens and sees, and what it says now."""
    t = Fields(texts).t
    if not talk.is_there:
        return f'<p class="heard-mark bad">{t("talk_silent")}</p>'
    private = any(run.routine.startswith(PRIVACY) and run.state == "running" for run in care.runs)
    marks = [("privacy", "talk_privacy", "bad")] if private else []
    marks += [("aloud", "talk_mute", "bad") if talk.is_mute else ("aloud", "talk_resident_hears", "good")]
    marks += [("ear", f"talk_hears_{talk.hears or 'unknown'}", "")]
    marks += [("eye", "talk_camera_off" if is_blind else "talk_camera_on", "")]
    shown = "".join(f'<li class="{look}">{_SIGNS[sign]} {t(key)}</li>' for sign, key, look in marks)
    return f'<ul class="heard-marks">{shown}</ul>{_now(talk, texts)}'


def _now(talk: Talk, texts: Texts) -> str:
    t, now = Fields(texts).t, talk.now
    if now is None:
        return f'<p class="now soft">{t("talk_nothing_now")}</p>'
    heard = t("talk_heard") if now.is_heard else t("talk_only_shown", why=texts.why(now.why_not_heard))
    return f'<p class="now"><strong lang="{escape(now.language)}">{t("quoted", words=now.text)}</strong><br>{heard}</p>'


def say_html(resident_language: str, texts: Texts) -> str:
    """The form, and sentences to begin with, in each language."""
    fields, t = Fields(texts), Fields(texts).t
    own = texts("talk_language_of_resident", language=catalogue(resident_language)["language_name"])
    options = option("", own, True) + "".join(
        option(each, catalogue(each)["language_name"], False) for each in LANGUAGES
    )
    text = f'<textarea id="{{id}}" name="text" rows="3" maxlength="{LONGEST}" required></textarea>'
    language = f'<select id="{{id}}" name="language" data-shows="templates">{options}</select>'
    box = '<input type="checkbox" name="urgent" data-as="yes_no">'
    urgent = f'<label class="check">{box}<span>{t("talk_urgent")}</span></label>'
    templates = _templates(resident_language, texts)
    content = (
        fields.labelled(texts("talk_language"), language)
        + f'<div class="templates" aria-label="{t("talk_templates")}" role="group">{templates}</div>'
        + fields.labelled(texts("talk_text"), text)
        + urgent
    )
    done = f'data-stay data-empties data-done="{t("talk_sent")}" data-draft="say"'
    return form("POST", "/api/v1/say", content, t("talk_say_it"), done, "coming")


def _templates(resident_language: str, texts: Texts) -> str:
    groups = (("", resident_language), *((each, each) for each in LANGUAGES))
    return "".join(_group(shown_for, language, texts) for shown_for, language in groups)


def _group(shown_for: str, language: str, texts: Texts) -> str:
    hidden = " hidden" if shown_for else ""
    buttons = "".join(_template(each, language, texts) for each in TEMPLATES)
    return f'<div class="tiles small" data-shown-for="{shown_for}"{hidden}>{buttons}</div>'


def _template(name: str, language: str, texts: Texts) -> str:
    return (
        f'<button type="button" class="quiet" data-fill="{escape(sentence_in(name, language))}">'
        f"{sentence_html(name, language, texts)}</button>"
    )


def memory_html(residents: list[Resident], is_recorded: bool, texts: Texts) -> str:
    """Whether what is said may be remembered, and a way to have it forgotten, for each resident; for whoever talks with
    the robot where none is recorded (`is_recorded`)."""
    t = Fields(texts).t
    if not residents and is_recorded:
        return f'<p class="soft">{t("memory_not_yours")}</p>'
    whose = [_memory_of(each, texts) for each in residents] or [_memory_of(None, texts)]
    return f'<p class="soft">{t("memory_about")}</p>{"".join(whose)}'


def _memory_of(resident: Resident | None, texts: Texts) -> str:
    t = Fields(texts).t
    may = resident is not None and resident.allows(Consent.CONVERSATION_MEMORY)
    who = f"<h3>{escape(resident.name)}</h3>" if resident else ""
    path = f"/api/v1/conversation?resident={resident.id}" if resident else "/api/v1/conversation"
    sure = f'data-stay data-sure data-really="{t("really")}" data-done="{t("forget_done")}"'
    state = t("memory_may" if may else "memory_may_not")
    button = form("DELETE", path, "", t("forget_said"), sure, key=path)
    return f"<article{keyed(path)}>{who}<p>{state}</p>{button}</article>"


def lines_html(talk: Talk, texts: Texts) -> str:
    """The latest lines, the newest first."""
    if not talk.lines:
        return f'<p class="soft">{escape(texts("talk_no_lines"))}</p>'
    return "".join(_line(each, texts) for each in reversed(talk.lines))


def _line(line: Line, texts: Texts) -> str:
    t = Fields(texts).t
    speaker = t(f"talk_by_{line.speaker}", name=line.who) if line.who else t(f"talk_by_{line.speaker}_unnamed")
    speaker = f"{speaker} {t('talk_by_model')}" if line.origin == "model" else speaker
    state = f'<p class="state {escape(line.state)}">{_state(line, texts)}</p>' if line.state else ""
    stop = ""
    if line.speaker == "caregiver" and line.state in ("waiting", "saying"):
        stop = form("DELETE", f"/api/v1/say/{line.id}", "", t("talk_stop"), "data-stay")
    at = f'<time data-at="{line.at_s:.0f}"></time>'
    return (
        f'<article class="said {line.speaker}"{keyed(line.id)}><p class="soft">{speaker} {at}</p>'
        f"{_words(line, texts)}{state}{stop}</article>"
    )


def _words(line: Line, texts: Texts) -> str:
    if line.voice_s:
        return f'<p class="words">{escape(texts("voice_message", seconds=max(1, round(line.voice_s))))}</p>'
    return f'<p class="words" lang="{escape(line.language)}">{escape(line.text)}</p>'


def _state(line: Line, texts: Texts) -> str:
    return (
        escape(texts(f"talk_line_{line.state}", why=texts.why(line.why)))
        if line.why
        else escape(texts(f"talk_line_{line.state}", why="").strip())
    )
