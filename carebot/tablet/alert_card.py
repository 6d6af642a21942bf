"""One alert as it stands on a page: what, when, why, who was told and who is coming, and the answers that are possible.

Markup, made in one piece: fifty tablets draw an alert at the same moment, and it must be on all of them at once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timezone
from html import escape

from carebot.alerts import Alert, AlertState, Answer, Told, ToldState, Verdict
from carebot.tablet.alert_place import NOWHERE, AlertPlace
from carebot.tablet.alert_speech import SPEAK, Speak, speech_html
from carebot.tablet.exchange import exchange_words
from carebot.tablet.language import DEFAULT, Texts

SIGNS = {"suspected": "?", "confirmed": "!", "recovered": "↑", "acknowledged": "→", "resolved": "✓"}
TOLD_SIGNS = {
    ToldState.SENT: "✓",
    ToldState.UNDER_WAY: "…",
    ToldState.WAITING: "!",
    ToldState.GIVEN_UP: "✕",
    ToldState.PLANNED: "▷",
}


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at the card, and what they may do with it."""

    name: str
    may_answer: bool
    may_replay: bool
    may_speak: bool = False


@dataclass(frozen=True, slots=True)
class Around:
    """What is known about an alert besides itself.

    `told`: who was called. `tablets`: who else has a page open. `colleagues`: whom one may ask to take over. `place`:
    whom it is about, and where.
    """

    told: tuple[Told, ...] = ()
    tablets: tuple[str, ...] = ()
    colleagues: tuple[str, ...] = ()
    place: AlertPlace = NOWHERE


def look_of(alert: Alert) -> str:
    """The CSS class of an alert's card."""
    return alert.state.value


def calls(alert: Alert, name: str) -> bool:
    """Whether the alert wants the person of that name now: nobody has answered it, or they are asked to take over."""
    return alert.is_unanswered or (alert.is_open and bool(name) and alert.offered_to == name)


def title_of(alert: Alert, texts: Texts) -> str:
    """An alert in a few words."""
    if alert.state is AlertState.RESOLVED:
        verdict = Verdict.FALSE_ALARM if alert.verdict is Verdict.FALSE_ALARM else Verdict.REAL
        return texts(f"state_resolved_{verdict.value}", name=alert.resolved_by)
    if alert.kind == "help" and alert.state is AlertState.CONFIRMED:
        return texts("kind_help")
    return texts(f"state_{alert.state.value}", name=alert.acknowledged_by)


def card_html(
    alert: Alert,
    around: Around,
    reader: Reader,
    texts: Texts,
    asking: Answer | Speak | None = None,
    note: str = "",
    to: str = "",
    language: str = DEFAULT,
) -> str:
    """What is inside the card. `asking`: the answer that is about to be given, with the `note` typed so far, and `to`,
    whom it is handed over to; or what is to be said through the robot, in the resident's `language`."""
    parts = [_head(alert, around.place, texts), _p("reason", texts.reason(alert)), _body(alert, reader, texts)]
    if alert.is_open and reader.may_speak and asking == SPEAK:
        parts.append(speech_html(language, texts, note))
    elif alert.is_open and reader.may_answer and isinstance(asking, Answer):
        parts.append(_question(asking, around, texts, note, to))
    elif alert.is_open and reader.may_answer:
        parts.append(_buttons(alert, reader, texts))
    if alert.is_open:  # below the buttons: they stay where the thumb is
        parts.append(_told(alert, around, texts))
    replay = _replay(alert, texts) if alert.is_open and reader.may_replay else ""
    plan = _plan(around.place) if alert.is_open and around.place.plan else ""
    if replay or plan:
        parts.append(f'<div class="pictures" data-key="pictures">{replay}{plan}</div>')
    return "".join(parts)


def _head(alert: Alert, place: AlertPlace, texts: Texts) -> str:
    where = f'<p class="where">{place.in_html()}</p>' if place.words else ""
    when = datetime.fromtimestamp(alert.raised_at_s, timezone.utc).isoformat()
    return (
        f'<header data-key="head"><span class="sign" aria-hidden="true">{SIGNS[look_of(alert)]}</span><div>'
        f"<h3>{escape(title_of(alert, texts))}</h3>{where}"
        f'<time class="when" data-at="{alert.raised_at_s:.3f}" datetime="{when}"></time></div></header>'
    )


def _body(alert: Alert, reader: Reader, texts: Texts) -> str:
    found = []
    if alert.exchanges:
        words = "".join(f"<li>{escape(exchange_words(each, texts))}</li>" for each in alert.exchanges)
        found.append(f'<ul class="exchanges" data-key="exchanges">{words}</ul>')
    if alert.is_open and alert.kind == "fall":
        found.append(_p("down", texts("still_down")) if alert.down else _p("up", texts("no_longer_down")))
    if alert.state is AlertState.RECOVERED:
        found.append(_p("", texts("please_check")))
    if alert.offered_to and alert.offered_to == reader.name:
        found.append(_p("offer", texts("handover_asks_you", name=alert.acknowledged_by)))
    elif alert.offered_to:
        found.append(_p("offer", texts("handover_asked", name=alert.offered_to)))
    if alert.note:
        found.append(_p("note", alert.note))
    return "".join(found)


def _told(alert: Alert, around: Around, texts: Texts) -> str:
    """On whose tablets it is, and whom care called; who is next only while nobody has answered."""
    lines = []
    if alert.is_unanswered:
        names = ", ".join(around.tablets)
        lines.append(escape(texts("shown_to", names=names) if names else texts("shown_to_nobody")))
    lines += [_told_line(each, texts) for each in _of(alert, around.told)]
    if not lines:
        return ""
    items = "".join(f"<li>{line}</li>" for line in lines)
    return f'<div class="told" data-key="told"><strong>{escape(texts("told_title"))}</strong><ul>{items}</ul></div>'


def _of(alert: Alert, told: Iterable[Told]) -> list[Told]:
    mine = [each for each in told if each.alert_id == alert.id]
    return [each for each in mine if each.state is not ToldState.PLANNED or alert.is_unanswered]


def _told_line(told: Told, texts: Texts) -> str:
    words = escape(texts(f"told_{told.state.value}", name=told.who, way=told.by))
    moment = "due" if told.state is ToldState.PLANNED else "at"
    why = f" <span>{escape(told.error)}</span>" if told.error else ""
    sign = f'<span aria-hidden="true">{TOLD_SIGNS[told.state]}</span>'
    return f'{sign} {words} <time data-{moment}="{told.at_s:.3f}"></time>{why}'


def _buttons(alert: Alert, reader: Reader, texts: Texts) -> str:
    found = []
    if calls(alert, reader.name):
        found.append(_button("acknowledge", texts("i_am_coming"), "coming"))
    found.append(_button("ask:false_alarm", texts("false_alarm"), "plain false"))
    found.append(_button("ask:real", texts("resolved"), "plain over"))
    if reader.may_speak:
        found.append(_button(f"ask:{SPEAK}", texts("speak_to_them"), "plain speak"))
    if alert.acknowledged_by == reader.name and alert.offered_to:
        found.append(_button("take_back", texts("handover_take_back"), "plain"))
    elif alert.acknowledged_by == reader.name:
        found.append(_button("ask:hand_over", texts("handover"), "plain"))
    return f'<div class="buttons" data-key="buttons">{"".join(found)}</div>'


def _question(asking: Answer, around: Around, texts: Texts, note: str, to: str) -> str:
    field = _colleagues(around, texts, to) if asking is Answer.HAND_OVER else ""
    can_ask = asking is not Answer.HAND_OVER or around.colleagues or to
    yes = _button("yes", texts(f"yes_{asking.value}"), "coming") if can_ask else ""
    return (
        f'<div class="question" data-key="question {asking.value}">'
        f"<strong>{escape(texts(f'confirm_{asking.value}'))}</strong>{field}"
        f'<label class="note-field" data-key="note"><span>{escape(texts("note"))}</span>'
        f'<textarea rows="2" maxlength="2000">{escape(note)}</textarea></label>'
        f'<div class="buttons" data-key="buttons">{yes}{_button("back", texts("back"), "plain")}</div></div>'
    )


def _colleagues(around: Around, texts: Texts, to: str) -> str:
    """`to` stays in the list even where they are gone from it: another name must not take their place by itself."""
    names = sorted({*around.colleagues, *([to] if to else [])})
    if not names:
        return _p("", texts("handover_nobody"))
    options = "".join(
        f'<option data-key="{escape(name)}"{" selected" if name == to else ""}>{escape(name)}</option>'
        for name in names
    )
    return (
        f'<label class="note-field" data-key="to"><span>{escape(texts("handover_to"))}</span>'
        f"<select>{options}</select></label>"
    )


def _plan(place: AlertPlace) -> str:
    """For the eye alone: the room is said in words above."""
    return f'<div class="floor whereabouts" data-key="plan" aria-hidden="true">{place.plan}</div>'


def _replay(alert: Alert, texts: Texts) -> str:
    return (
        f'<div class="replay" data-key="replay" data-replay="{escape(alert.id)}"'
        f' data-none="{escape(texts("replay_none"))}">'
        f"<p>{escape(texts('replay'))}</p>"
        '<div class="scene figures"><svg aria-hidden="true"></svg><p class="scene-text"></p></div>'
        '<div class="progress"><span></span></div></div>'
    )


def _p(classes: str, text: str) -> str:
    return f'<p class="{classes}" data-key="{classes or "line"}">{escape(text)}</p>'


def _button(what: str, label: str, classes: str) -> str:
    return f'<button type="button" class="button {classes}" data-key="{what}" data-do="{what}">{escape(label)}</button>'
