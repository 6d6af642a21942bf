"""The list of alerts: one card for each, the newest first, with large buttons to answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

from nicegui import html, ui
from nicegui.element import Element

from carebot.alerts import Alert, Answer
from carebot.errors import RecordsError
from carebot.tablet import said_no
from carebot.tablet.access import Visitor
from carebot.tablet.alert_card import Around, Reader, calls, card_html, look_of, title_of
from carebot.tablet.alert_place import AlertPlace, AlertPlaces
from carebot.tablet.alert_speech import SPEAK, Speak, sentence_of
from carebot.tablet.elements import set_text
from carebot.tablet.language import Texts
from carebot.tablet.living import LivingHtml
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services
from carebot.tablet.touches import SENT_AT_JS, is_late

SHOWN_RESOLVED = 8
AHEAD_S = 2.0


class AlertList:
    """Keeps one card for each alert, so that a button never vanishes under a finger because another alert changed.

    What nobody has answered fills the screen of every page, until it is answered or put aside with one touch; what else
    there is stands in a list at home, and is one line on the other pages.
    """

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, at_home: bool) -> None:
        self._services, self._texts, self._visitor, self._at_home = services, texts, visitor, at_home
        self._places = AlertPlaces(services, texts, visitor)
        self._cards: dict[str, AlertCard] = {}
        self._view: RobotView | None = None
        self._answered: dict[str, tuple[Alert, float]] = {}
        self._order: dict[str, bool] = {}
        self._aside: set[str] = set()
        self._unanswered: set[str] = set()
        with html.div().classes("alarm-screen") as self._screen:
            self._screen.props('role="alertdialog" tabindex="-1"').props["aria-label"] = texts("alerts")
            self._screen.props('aria-describedby="alarm-said"')
            self._said = html.p().classes("sr-only").props('id="alarm-said" aria-live="assertive"')
            with html.div().classes("alarm-head"):
                html.p(texts("robot_lost")).classes("alarm-lost")
                html.p(texts("robot_blind")).classes("alarm-blind")
                put_aside = html.button(texts("put_aside")).classes("quiet").props('type="button"')
                put_aside.on("click", self._put_aside)
            self._urgent = html.div().classes("cards")
        self._screen.set_visibility(False)

    def draw_list(self) -> None:
        """The rest, where the page wants it."""
        with html.section().classes("alerts").props('aria-live="polite"'):
            html.h2(self._texts("alerts")).classes("sr-only")
            self._back = html.button(self._texts("show_alert")).classes("button back-to-alert").props('type="button"')
            self._back.on("click", self._take_back)
            with html.a().props('href="/"').classes("open-alerts") as self._strip:
                self._strip_text = html.span(self._texts("alerts"))
            with html.div().classes("quiet-card") as self._quiet:
                html.span("✓").classes("tick").props('aria-hidden="true"')
                with html.div():
                    html.strong(self._texts("all_quiet"))
                    html.p(self._texts("all_quiet_explain"))
            self._list = html.div().classes("cards")
        for element in (self._back, self._strip, self._quiet, *([] if self._at_home else [self._list])):
            element.set_visibility(False)

    def show(self, view: RobotView) -> None:
        """Bring the cards into line with the robot's alerts."""
        self._view = view
        alerts = _shown(tuple(self._newest(alert) for alert in view.alerts))
        self._unanswered = {alert.id for alert in alerts if calls(alert, self._visitor.name)}
        self._aside &= self._unanswered
        for gone in self._cards.keys() - {alert.id for alert in alerts}:
            self._cards.pop(gone).remove()
            self._answered.pop(gone, None)
            self._places.forget(gone)
        for alert in alerts:
            self._card(alert).show(alert, self._around(alert, view))
        calling = [alert for alert in alerts if alert.id in self._unanswered]
        set_text(self._said, said_of([(alert, self._places.of(alert)) for alert in calling], self._texts))
        self._sort({alert.id: alert.id in self._unanswered - self._aside for alert in alerts})
        self._show_rest(view, [alert for alert in alerts if alert.is_open and alert.id not in self._unanswered])

    def _newest(self, alert: Alert) -> Alert:
        """An answer from here is known before the robot tells everybody; it does not hide for longer what that says."""
        known, at_s = self._answered.get(alert.id, (alert, 0.0))
        return known if known.revision > alert.revision and time.monotonic() - at_s < AHEAD_S else alert

    def _on_answer(self, alert: Alert) -> None:
        """The card moves at once: a second later somebody may be typing into it, and the browser makes it anew."""
        self._answered[alert.id] = alert, time.monotonic()
        if self._view is not None:
            self.show(self._view)

    def _show_rest(self, view: RobotView, answered: list[Alert]) -> None:
        is_quiet = not (view.is_lost or view.is_blind or answered or self._unanswered)
        _set_visible(self._quiet, self._at_home and is_quiet)
        _set_visible(self._back, bool(self._aside) and not self._at_home)
        _set_visible(self._strip, bool(answered) and not self._at_home)
        _set_visible(self._screen, bool(self._unanswered - self._aside))
        if answered:
            set_text(self._strip_text, " · ".join(title_of(alert, self._texts) for alert in answered))

    def _put_aside(self) -> None:
        self._aside = set(self._unanswered)

    def _take_back(self) -> None:
        self._aside = set()

    def _around(self, alert: Alert, view: RobotView) -> Around:
        place = self._places.of(alert)
        if not alert.is_open:
            return Around(place=place)
        told = tuple(each for each in view.told if each.alert_id == alert.id)
        tablets = self._services.presence.names() - {self._visitor.name} if alert.is_unanswered else ()
        is_mine = alert.acknowledged_by == self._visitor.name
        colleagues = self._services.colleagues(self._visitor) if is_mine else ()
        return Around(told, tuple(sorted(tablets)), colleagues, place)

    def _card(self, alert: Alert) -> AlertCard:
        if alert.id not in self._cards:
            with self._list:
                self._cards[alert.id] = AlertCard(self._services, self._texts, self._visitor, self._on_answer)
        return self._cards[alert.id]

    def _sort(self, order: dict[str, bool]) -> None:
        """`order` says of each alert, in the order of the list, whether it fills the screen."""
        if list(order.items()) == list(self._order.items()):
            return
        self._order = order
        for parent, is_urgent in ((self._urgent, True), (self._list, False)):
            for position, alert_id in enumerate(each for each, urgent in order.items() if urgent is is_urgent):
                self._cards[alert_id].move(parent, position)


def said_of(calling: list[tuple[Alert, AlertPlace]], texts: Texts) -> str:
    """What a screen reader says of those that nobody has answered, anew with each: the newest, and how many."""
    if not calling:
        return ""
    newest, place = max(calling, key=lambda each: each[0].raised_at_s)
    title = " · ".join(filter(None, (title_of(newest, texts), place.words)))
    return texts("alarm_said", title=title, count=len(calling))


def _set_visible(element: Element, visible: bool) -> None:
    if element.visible is not visible:
        element.set_visibility(visible)


class AlertCard:
    """One alert: what it is, and the answers that its reader may give."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, on_answer: Callable[[Alert], None]) -> None:
        self._services, self._texts, self._visitor, self._on_answer = services, texts, visitor, on_answer
        answers, replays, speaks = (
            services.may_here(visitor, each) for each in (Scope.ALERTS_ANSWER, Scope.PEOPLE_READ, Scope.TALK)
        )
        self._reader = Reader(visitor.name, answers, replays, speaks and services.talking is not None)
        self._alert: Alert | None = None
        self._around = Around()
        self._asking: Answer | Speak | None = None
        self._note, self._to = "", ""
        self._parent: html.div | None = None
        self._client = ui.context.client
        self._card = LivingHtml(tag="article")
        if answers:
            self._card.on("click", self._on_button, js_handler=_ON_CLICK)
            self._card.on("input", self._keep, js_handler=_ON_INPUT)

    def show(self, alert: Alert, around: Around) -> None:
        """Draw the alert if it, or what is known about it, is another than before."""
        if alert != self._alert or around != self._around:
            if self._alert is None or alert.state is not self._alert.state:
                self._asking = None
            self._alert, self._around = alert, around
            self._card.props["data-alert"] = alert.id
            self._draw(alert)

    def remove(self) -> None:
        """Take the card away."""
        self._card.delete()

    def move(self, parent: html.div, position: int) -> None:
        """Put the card at its place in the list."""
        is_elsewhere, self._parent = parent is not self._parent, parent
        if is_elsewhere and self._alert is not None:  # the browser makes it anew there: with what was typed so far
            self._draw(self._alert)
        self._card.move(parent, position)

    def _draw(self, alert: Alert) -> None:
        self._card.classes(replace=f"alert {look_of(alert)}").props(f'data-alert="{alert.id}"')
        if self._asking is Answer.HAND_OVER and not self._to:
            self._to = next(iter(self._around.colleagues), "")
        asked = self._asking, self._note, self._to, self._services.care().language
        content = card_html(alert, self._around, self._reader, self._texts, *asked)
        self._card.set_content(content)

    def _keep(self, event: object) -> None:
        typed = _typed(getattr(event, "args", None))
        if typed is not None:
            self._note, self._to = typed

    async def _on_button(self, event: object) -> None:
        pressed = _pressed(getattr(event, "args", None))
        if pressed is None or self._alert is None or not self._services.access.is_live(self._visitor):
            return
        what, self._note, chosen, sent_s = pressed
        if is_late(sent_s):
            self._tell(self._texts("refused_late"))
            return
        if what == "back":
            self._ask(None)
        elif what == "yes" and isinstance(self._asking, Answer):
            await self._answer(self._asking, chosen)
        elif what == "take_back":
            await self._answer(Answer.HAND_OVER, "")
        elif what == "acknowledge":
            await self._answer(Answer.ACKNOWLEDGE, "")
        elif what in _QUESTIONS:
            self._ask(_QUESTIONS[what])
        elif self._reader.may_speak:
            await self._speak(sentence_of(what, self._note, self._services.care().language))

    async def _speak(self, sentence: str | None) -> None:
        if not sentence:
            return
        try:
            outcome = await self._services.say(self._visitor, sentence, "", is_urgent=True)
        except RecordsError:
            self._tell(self._texts("not_recorded"))
            return
        if outcome.accepted:
            self._ask(None)
            self._tell(self._texts("speak_sent", words=sentence), "positive")
        else:
            self._tell(self._texts("talk_silent"))

    def _ask(self, answer: Answer | Speak | None) -> None:
        self._asking, self._note, self._to = answer, "", ""
        if self._alert is not None:
            self._draw(self._alert)

    async def _answer(self, answer: Answer, to: str) -> None:
        if self._alert is None:
            return
        by = self._visitor.name
        outcome = await self._services.answer(self._visitor, self._alert.id, answer, by, self._note, to)
        if not outcome.accepted:
            self._tell(said_no.of_answer(outcome).words(self._texts))
        if outcome.alert is not None and not self._card.is_deleted:
            self._asking, self._note, self._to = None, "", ""
            self._alert = outcome.alert
            self._draw(outcome.alert)
            self._on_answer(outcome.alert)

    def _tell(self, words: str, kind: Literal["warning", "positive"] = "warning") -> None:
        with self._client:  # the button that was pressed may be gone by now, and with it NiceGUI's place to speak
            ui.notify(words, type=kind, position="top", timeout=8000, multi_line=True)


_QUESTIONS: dict[str, Answer | Speak] = {
    **{f"ask:{each.value}": each for each in (Answer.FALSE_ALARM, Answer.REAL, Answer.HAND_OVER)},
    f"ask:{SPEAK}": SPEAK,
}
_ON_CLICK = f"""(event) => {{
  const button = event.target.closest("[data-do]");
  const card = button?.closest("article");
  const typed = (field) => card.querySelector(field)?.value ?? "";
  if (button) emit([button.dataset.do, typed("textarea"), typed("select"), {SENT_AT_JS}]);
}}"""
_ON_INPUT = """(event) => {
  const question = event.target.closest(".question");
  if (event.target.matches("select")) event.target.dataset.chosen = "";
  if (question) emit([question.querySelector("textarea").value, question.querySelector("select")?.value ?? ""]);
}"""


def _pressed(args: object) -> tuple[str, str, str, object] | None:
    """Button, note, chosen name and when it was, as the browser sent them; None for what no page of ours sends."""
    if not isinstance(args, list) or len(args) != 4 or not all(isinstance(each, str) for each in args[:3]):
        return None
    return args[0], args[1][:2000], args[2][:300], args[3]


def _typed(args: object) -> tuple[str, str] | None:
    """Note and chosen name as the browser sent them; None for what no page of ours sends."""
    if not isinstance(args, list) or len(args) != 2 or not all(isinstance(each, str) for each in args):
        return None
    return args[0][:2000], args[1][:300]


def _shown(alerts: tuple[Alert, ...]) -> list[Alert]:
    """Unanswered first, then those being seen to, then the latest resolved."""
    still_open = sorted((alert for alert in alerts if alert.is_open), key=lambda alert: not alert.is_unanswered)
    return [*still_open, *[alert for alert in alerts if not alert.is_open][:SHOWN_RESOLVED]]
