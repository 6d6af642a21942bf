"""The list of alerts: one card for each, the newest first, with large buttons to answer."""

from __future__ import annotations

from datetime import datetime, timezone

from nicegui import html, ui

from carebot.alerts import Alert, AlertState, Answer, AnswerOutcome, Verdict
from carebot.tablet.access import Visitor
from carebot.tablet.language import Texts
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

SHOWN_RESOLVED = 8


class AlertList:
    """Keeps one card for each alert, so that a button never vanishes under a finger because another alert changed."""

    def __init__(self, services: Services, texts: Texts, visitor: Visitor) -> None:
        self._services, self._texts, self._visitor = services, texts, visitor
        self._cards: dict[str, AlertCard] = {}
        self._order: list[str] = []
        with html.section().classes("alerts").props('aria-live="polite"'):
            html.h2(texts("alerts")).classes("sr-only")
            with html.div().classes("quiet-card") as self._quiet:
                html.span("✓").classes("tick").props('aria-hidden="true"')
                with html.div():
                    self._quiet_title = html.strong(texts("all_quiet"))
                    self._quiet_text = html.p(texts("all_quiet_explain"))
            self._list = html.div().classes("cards")

    def show(self, view: RobotView) -> None:
        """Bring the cards into line with the robot's alerts."""
        alerts = _shown(view.alerts)
        self._quiet.set_visibility(not (view.is_lost or view.is_blind) and not any(alert.is_open for alert in alerts))
        for gone in self._cards.keys() - {alert.id for alert in alerts}:
            self._cards.pop(gone).remove()
        for alert in alerts:
            self._card(alert).show(alert)
        self._sort([alert.id for alert in alerts])

    def _card(self, alert: Alert) -> AlertCard:
        if alert.id not in self._cards:
            with self._list:
                self._cards[alert.id] = AlertCard(self._services, self._texts, self._visitor)
        return self._cards[alert.id]

    def _sort(self, order: list[str]) -> None:
        if order == self._order:
            return
        self._order = order
        for position, alert_id in enumerate(order):
            self._cards[alert_id].move(self._list, position)


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
            if self._asking is not None:
                self._draw_question(self._asking)
            elif alert.is_open and self._visitor.may(Scope.ALERTS_ANSWER):
                self._draw_buttons(alert)

    def _draw_title(self, alert: Alert) -> None:
        with html.header():
            html.span(SIGNS[look_of(alert)]).classes("sign").props('aria-hidden="true"')
            with html.div():
                html.h3(title_of(alert, self._texts))
                moment = html.time().classes("when")
                moment.props["data-at"] = f"{alert.raised_at_s:.3f}"
                moment.props["datetime"] = datetime.fromtimestamp(alert.raised_at_s, timezone.utc).isoformat()

    def _draw_details(self, alert: Alert) -> None:
        if alert.is_open:
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
    return texts(f"state_{alert.state.value}", name=alert.acknowledged_by)


def refusal(outcome: AnswerOutcome, texts: Texts) -> str:
    """Why an answer was not taken, in the caregiver's language where the alert itself tells."""
    alert = outcome.alert
    if alert is not None and alert.resolved_by:
        return texts("late_resolved", name=alert.resolved_by)
    if alert is not None and alert.acknowledged_by:
        return texts("late_acknowledged", name=alert.acknowledged_by)
    return texts("not_taken", reason=outcome.message)
