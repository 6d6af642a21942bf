"""The list of alerts: one card for each, the newest first, with large buttons to answer."""

from __future__ import annotations

from datetime import datetime, timezone

from nicegui import html, ui
from nicegui.element import Element

from carebot.alerts import Alert, AlertState, Answer, AnswerOutcome, Verdict
from carebot.tablet.access import Visitor
from carebot.tablet.elements import set_text
from carebot.tablet.exchange import exchange_words
from carebot.tablet.language import Texts
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

SHOWN_RESOLVED = 8


class AlertList:
    """Keeps one card for each alert, so that a button never vanishes under a finger because another alert changed.

    What nobody has answered fills the screen of every page, until it is answered or put aside with one touch; what else
    there is stands in a list at home, and is one line on the other pages.
    """

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, at_home: bool) -> None:
        self._services, self._texts, self._visitor, self._at_home = services, texts, visitor, at_home
        self._cards: dict[str, AlertCard] = {}
        self._order: dict[str, bool] = {}
        self._aside: set[str] = set()
        self._unanswered: set[str] = set()
        with html.div().classes("alarm-screen") as self._screen:
            self._screen.props('role="alertdialog" tabindex="-1"').props["aria-label"] = texts("alerts")
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
                self._strip_text = html.span()
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
        alerts = _shown(view.alerts)
        self._unanswered = {alert.id for alert in alerts if alert.is_unanswered}
        self._aside &= self._unanswered
        for gone in self._cards.keys() - {alert.id for alert in alerts}:
            self._cards.pop(gone).remove()
        for alert in alerts:
            self._card(alert).show(alert)
        self._sort({alert.id: alert.id in self._unanswered - self._aside for alert in alerts})
        self._show_rest(view, [alert for alert in alerts if alert.is_open and not alert.is_unanswered])

    def _show_rest(self, view: RobotView, answered: list[Alert]) -> None:
        is_quiet = not (view.is_lost or view.is_blind or answered or self._unanswered)
        _set_visible(self._quiet, self._at_home and is_quiet)
        _set_visible(self._back, bool(self._aside) and not self._at_home)
        _set_visible(self._strip, bool(answered) and not self._at_home)
        _set_visible(self._screen, bool(self._unanswered - self._aside))
        text = " · ".join(title_of(alert, self._texts) for alert in answered)
        set_text(self._strip_text, text)

    def _put_aside(self) -> None:
        self._aside = set(self._unanswered)

    def _take_back(self) -> None:
        self._aside = set()

    def _card(self, alert: Alert) -> AlertCard:
        if alert.id not in self._cards:
            with self._list:
                self._cards[alert.id] = AlertCard(self._services, self._texts, self._visitor)
        return self._cards[alert.id]

    def _sort(self, order: dict[str, bool]) -> None:
        """`order` says of each alert, in the order of the list, whether it fills the screen."""
        if list(order.items()) == list(self._order.items()):
            return
        self._order = order
        for parent, is_urgent in ((self._urgent, True), (self._list, False)):
            for position, alert_id in enumerate(each for each, urgent in order.items() if urgent is is_urgent):
                self._cards[alert_id].move(parent, position)


def _set_visible(element: Element, visible: bool) -> None:
    if element.visible is not visible:
        element.set_visibility(visible)


class AlertCard:
    """One alert: what, when, why, who, and the answers that are possible now."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._alert: Alert | None = None
        self._asking: Answer | None = None
        self._note = ""
        self._client = ui.context.client
        self._card = html.article()

    def show(self, alert: Alert) -> None:
        """Draw the alert if it is another one than before."""
        if alert != self._alert:
            if self._alert is None or alert.state is not self._alert.state:
                self._asking = None
            self._alert = alert
            self._draw(alert)

    def remove(self) -> None:
        """Take the card away."""
        self._card.delete()

    def move(self, parent: html.div, position: int) -> None:
        """Put the card at its place in the list."""
        self._card.move(parent, position)

    def _draw(self, alert: Alert) -> None:
        self._card.clear()
        self._card.classes(replace=f"alert {look_of(alert)}").props(f'data-alert="{alert.id}"')
        with self._card:
            self._draw_title(alert)
            html.p(self._texts.reason(alert)).classes("reason")
            self._draw_details(alert)
            if alert.is_unanswered:
                self._draw_told()
            if self._asking is not None:
                self._draw_question(self._asking)
            elif alert.is_open and self._visitor.may(Scope.ALERTS_ANSWER):
                self._draw_buttons(alert)
            if alert.is_open and self._visitor.may(Scope.PEOPLE_READ):
                self._draw_replay(alert)

    def _draw_told(self) -> None:
        """Whose tablets show it now; whom care called besides, its own records say."""
        others = sorted(self._services.presence.names() - {self._visitor.name})
        told = self._texts("shown_to", names=", ".join(others)) if others else self._texts("shown_to_nobody")
        html.p(told).classes("told")

    def _draw_replay(self, alert: Alert) -> None:
        with html.div().classes("replay") as box:
            box.props["data-replay"], box.props["data-none"] = alert.id, self._texts("replay_none")
            html.p(self._texts("replay"))
            ui.html(
                '<div class="scene figures"><svg aria-hidden="true"></svg><p class="scene-text"></p></div>'
                '<div class="progress"><span></span></div>',
                sanitize=False,
            )

    def _draw_title(self, alert: Alert) -> None:
        with html.header():
            html.span(SIGNS[look_of(alert)]).classes("sign").props('aria-hidden="true"')
            with html.div():
                html.h3(title_of(alert, self._texts))
                moment = html.time().classes("when")
                moment.props["data-at"] = f"{alert.raised_at_s:.3f}"
                moment.props["datetime"] = datetime.fromtimestamp(alert.raised_at_s, timezone.utc).isoformat()

    def _draw_details(self, alert: Alert) -> None:
        if alert.exchanges:
            with html.ul().classes("exchanges"):
                for exchange in alert.exchanges:
                    html.li(exchange_words(exchange, self._texts))
        if alert.is_open and alert.kind == "fall":
            html.p(self._texts("still_down" if alert.down else "no_longer_down")).classes(
                "down" if alert.down else "up"
            )
        if alert.state is AlertState.RECOVERED:
            html.p(self._texts("please_check"))
        if alert.note:
            html.p(alert.note).classes("note")

    def _draw_buttons(self, alert: Alert) -> None:
        with html.div().classes("buttons"):
            if alert.is_unanswered:
                self._button("i_am_coming", "coming").on("click", lambda: self._answer(Answer.ACKNOWLEDGE))
            self._button("false_alarm", "plain false").on("click", lambda: self._ask(Answer.FALSE_ALARM))
            self._button("resolved", "plain over").on("click", lambda: self._ask(Answer.REAL))

    def _draw_question(self, answer: Answer) -> None:
        with html.div().classes("question"):
            html.strong(self._texts(f"confirm_{answer.value}"))
            with html.label().classes("note-field"):
                html.span(self._texts("note"))
                field = html.textarea().props('rows="2" maxlength="2000"')
                field.on("input", self._keep_note, js_handler="(event) => emit(event.target.value)")
            with html.div().classes("buttons"):
                self._button(f"yes_{answer.value}", "coming").on("click", lambda: self._answer(answer))
                self._button("back", "plain").on("click", lambda: self._ask(None))

    def _button(self, key: str, classes: str) -> html.button:
        return html.button(self._texts(key)).classes(f"button {classes}").props('type="button"')

    def _keep_note(self, event: object) -> None:
        self._note = str(getattr(event, "args", ""))[:2000]

    def _ask(self, answer: Answer | None) -> None:
        self._asking, self._note = answer, ""
        if self._alert is not None:
            self._draw(self._alert)

    async def _answer(self, answer: Answer) -> None:
        if self._alert is None:
            return
        by = self._visitor.name
        outcome = await self._services.answer(self._visitor, self._alert.id, answer, by, self._note)
        if not outcome.accepted:
            with self._client:  # the button that was pressed may be gone by now, and with it NiceGUI's place to speak
                ui.notify(refusal(outcome, self._texts), type="warning", position="top", timeout=8000, multi_line=True)
        if outcome.alert is not None and not self._card.is_deleted:
            self.show(outcome.alert)


def _shown(alerts: tuple[Alert, ...]) -> list[Alert]:
    """Unanswered first, then those being seen to, then the latest resolved."""
    still_open = sorted((alert for alert in alerts if alert.is_open), key=lambda alert: not alert.is_unanswered)
    return [*still_open, *[alert for alert in alerts if not alert.is_open][:SHOWN_RESOLVED]]


SIGNS = {"suspected": "?", "confirmed": "!", "recovered": "↑", "acknowledged": "→", "resolved": "✓"}


def look_of(alert: Alert) -> str:
    """The CSS class of an alert's card."""
    return alert.state.value


def title_of(alert: Alert, texts: Texts) -> str:
    """An alert in a few words."""
    if alert.state is AlertState.RESOLVED:
        verdict = Verdict.FALSE_ALARM if alert.verdict is Verdict.FALSE_ALARM else Verdict.REAL
        return texts(f"state_resolved_{verdict.value}", name=alert.resolved_by)
    if alert.kind == "help" and alert.state is AlertState.CONFIRMED:
        return texts("kind_help")
    return texts(f"state_{alert.state.value}", name=alert.acknowledged_by)


def refusal(outcome: AnswerOutcome, texts: Texts) -> str:
    """Why an answer was not taken, in the caregiver's language where the alert itself tells."""
    alert = outcome.alert
    if alert is not None and alert.resolved_by:
        return texts("late_resolved", name=alert.resolved_by)
    if alert is not None and alert.acknowledged_by:
        return texts("late_acknowledged", name=alert.acknowledged_by)
    return texts("not_taken", reason=outcome.message)
