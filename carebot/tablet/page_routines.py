"""Routines: what is under way, what waits for a yes, and a large button for everything that can be asked for."""

from __future__ import annotations

from html import escape
from urllib.parse import quote

from nicegui import html

from carebot.tablet.access import Visitor
from carebot.tablet.caring import Approval, CareView, Offer, RunView
from carebot.tablet.elements import add_scripts
from carebot.tablet.language import Texts
from carebot.tablet.living import LivingHtml
from carebot.tablet.pictures import icon
from carebot.tablet.refusals import label_of, who
from carebot.tablet.robot import RobotView
from carebot.tablet.routine_form import Fields, fold, form, keyed
from carebot.tablet.run_steps import steps_html, why_html
from carebot.tablet.services import Services

ORDER = ("requested", "scheduled", "call", "idle", "fall_response")


class RoutinesPage:
    """The runs change by themselves; the buttons only when the robot's library does."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, version: str) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._runs: object = None
        self._offers: object = None
        with html.div().classes("single forms"):
            with html.section().classes("panel").props('aria-live="polite"'):
                html.h2(texts("runs"))
                self._list = LivingHtml().classes("runs")
            with html.section().classes("panel"):
                html.h2(texts("what_it_can_do"))
                self._buttons = LivingHtml()
        add_scripts(version)

    def show(self, _view: RobotView) -> None:
        """Show what is under way now."""
        care = self._services.care()
        runs = (care.is_silent, care.runs, care.fault)
        if runs != self._runs:
            self._runs = runs
            self._list.set_content(runs_html(care, self._texts, self._visitor.name))
        if care.offers is not self._offers:
            self._offers = care.offers
            self._buttons.set_content(offers_html(care, self._texts))


def runs_html(care: CareView, texts: Texts, reader: str) -> str:
    """What is under way, for the person `reader`."""
    fields = Fields(texts)
    if care.is_silent:
        return f'<p class="problem">{fields.t("care_silent")}</p>'
    fault = f'<p class="problem">{fields.t("care_not_recorded", reason=care.fault)}</p>' if care.fault else ""
    if not care.runs:
        return f'{fault}<p class="soft">{fields.t("no_runs")}</p>'
    return fault + "".join(_run(run, care, fields, reader) for run in care.runs)


def _run(run: RunView, care: CareView, fields: Fields, reader: str) -> str:
    offer, t, texts = care.offer(run.routine), fields.t, fields.texts
    name = offer.spoken(texts.language) if offer else run.routine
    asked = t("run_asked_by", name=who(run.requested_by, texts))
    told = run.spoken(texts.language)
    doing = f'<p class="doing">{escape(told)}</p>' if told else ""
    ends = f'<p class="soft">{t("run_ends")} <time data-due="{run.ends_by_s:.0f}"></time></p>' if run.ends_by_s else ""
    return (
        f'<article class="run {escape(run.state)}"{keyed(run.run)}>{icon(run.routine, offer.priority if offer else "")}'
        '<div class="about">'
        f'<h3>{escape(name)} <span class="state">{t(f"run_{run.state}")}</span></h3>'
        f"{doing}{why_html(run, care, texts)}{_given(run, offer, fields)}{ends}"
        f'<p class="soft">{asked} <time data-at="{run.requested_at_s:.0f}"></time></p>'
        f"{_approval(run, run.approval, fields, reader) if run.approval else ''}"
        f'<div class="row">{_answers(run, fields)}</div>{steps_html(run, texts)}</div></article>'
    )


def _given(run: RunView, offer: Offer | None, fields: Fields) -> str:
    """What was given, in the words of the page."""
    if offer is None or not run.given:
        return ""
    parts = [
        f"{label_of(each, fields.texts)}: {_spoken(offer, each.name, run, fields)}"
        for each in offer.parameters
        if run.given.get(each.name) not in (None, "")
    ]
    return f'<p class="soft">{escape(" · ".join(parts))}</p>'


def _spoken(offer: Offer, name: str, run: RunView, fields: Fields) -> str:
    return spoken_value(offer, name, run.given[name], fields.texts)


def spoken_value(offer: Offer, name: str, value: object, texts: Texts) -> str:
    """A parameter's value in the words of the page."""
    choices = next((each.choices for each in offer.parameters if each.name == name), ())
    called = {each.value: each.spoken(texts.language) for each in choices}
    if isinstance(value, bool):
        return texts("answer_yes" if value else "answer_no")
    values = value if isinstance(value, list) else [value]
    return ", ".join(called.get(str(each), str(each)) for each in values)


def _approval(run: RunView, asked: Approval, fields: Fields, reader: str) -> str:
    t = fields.t
    whom = t("approval_asked_of", name=asked.of) if asked.of else t("approval_asked")
    about = f"<p>{escape(asked.about)}</p>" if asked.about else ""
    otherwise = t(f"approval_otherwise_{asked.otherwise}") if asked.otherwise in ("do", "skip") else ""
    due = f'<p>{otherwise} <time data-due="{asked.until_s:.0f}"></time></p>'
    if asked.of and asked.of != reader:
        answers = f'<p class="soft">{t("approval_of_other", name=asked.of)}</p>'
    else:
        yes, no = _answer(run, "approve", t("approve"), "coming"), _answer(run, "refuse", t("refuse"))
        answers = f'<div class="row">{yes}{no}</div>'
    return f'<div class="approval"><strong role="alert">{whom}</strong>{about}{due}{answers}</div>'


def _answers(run: RunView, fields: Fields) -> str:
    t, sure = fields.t, f'data-sure data-really="{fields.t("really")}"'
    cancel = _answer(run, "cancel", t("run_cancel"), attributes=sure)
    if run.state == "paused":
        return _answer(run, "go_on", t("run_go_on"), key="rest") + cancel
    if run.state == "ending":
        return ""
    return _answer(run, "pause", t("run_pause"), key="rest") + cancel


def _answer(run: RunView, answer: str, button: str, classes: str = "plain", attributes: str = "", key: str = "") -> str:
    fixed = f'data-fixed=\'{{"answer": "{answer}"}}\' data-stay'
    return form(
        "POST", f"/api/v1/runs/{quote(run.run, safe='')}/answer", "", button, f"{fixed} {attributes}", classes, key
    )


def offers_html(care: CareView, texts: Texts) -> str:
    """A large button for each routine; touched, it shows what may be given, and the button that starts it."""
    if not care.offers:
        return f'<p class="soft">{escape(texts("no_routines"))}</p>'
    fields = Fields(texts)
    ordered = sorted(
        care.offers, key=lambda each: (ORDER.index(each.priority) if each.priority in ORDER else 9, each.name)
    )
    return f'<div class="tiles">{"".join(_tile(each, fields) for each in ordered)}</div>'


def _tile(offer: Offer, fields: Fields) -> str:
    t, language = fields.t, fields.texts.language
    own = f"<small>{t('routine_own')}</small>" if offer.is_own else ""
    needs = f'<p class="soft">{t("routine_needs_approval")}</p>' if offer.needs_approval else ""
    title = f'{icon(offer.name, offer.priority)}<span class="name">{escape(offer.spoken(language))}{own}</span>'
    start = form(
        "POST",
        f"/api/v1/routines/{quote(offer.name)}/runs",
        fields.given(offer),
        t("routine_start", routine=offer.spoken(language)),
        f'data-stay data-resets data-done="{t("routine_started")}" data-draft="start {escape(offer.name)}"',
        "coming",
    )
    return fold(title, f"<p>{escape(offer.told(language))}</p>{needs}{start}", "tile", offer.name)
