"""The life of an alert as pure functions: what an event or an answer makes of it, and what goes into its history.

Decisions worth knowing:

* A fall is heard step by step (suspected, confirmed, recovered), each step counts once, and a step that arrives late
  never takes a newer one back.
* "Recovered" does not end an alert: somebody who got up after a fall may still be hurt. It stays until answered.
* A call for help while an alert is open that nobody has answered is written down with that alert: caregivers are being
  called already. Once somebody has answered, a new call raises a new alert and sounds again.
* What the resident answered when asked is written down with the alert, and ends nothing.
* Whoever is coming may ask somebody else to take over. Until that person says "I am coming", nothing has changed: an
  alert is never on its way from one to another with nobody going.
* The first caregiver to acknowledge and the first to resolve win; whoever comes second is told who was first.
* **A false-alarm answer given while the fall was only suspected does not silence its confirmation.** The person is
  still on the floor seconds later, and the one who answered could not know that. The alert comes back once, as
  confirmed; a second alarm that is not needed costs a tap, a silenced real one may cost a life. After "it was real" it
  stays resolved, because then somebody is there.
"""

from __future__ import annotations

import math
import unicodedata
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from carebot.alerts import (
    HEARD_X_M,
    HEARD_Y_M,
    LONG_LIES,
    Alert,
    AlertState,
    Answer,
    Exchange,
    FallEvent,
    FallEventKind,
    HelpCall,
    Verdict,
)

MAX_NAME_LENGTH = 300
MAX_NOTE_LENGTH = 2000
MAX_HEARD_LENGTH = 500
MOST_EXCHANGES = 20
HELP = "help"
WANTS_CAREGIVER = "wants_caregiver"

_NAMESPACE = uuid.UUID("8f0f5c57-3d2b-4a52-9a52-2f2c1c6c7f10")
_STATES = {
    FallEventKind.SUSPECTED: AlertState.SUSPECTED,
    FallEventKind.CONFIRMED: AlertState.CONFIRMED,
    FallEventKind.RECOVERED: AlertState.RECOVERED,
}
_VERDICTS = {Answer.REAL: Verdict.REAL, Answer.FALSE_ALARM: Verdict.FALSE_ALARM}


@dataclass(frozen=True, slots=True)
class Heard:
    """One step of the fall `fall_id`; `seen_at_s` is when the picture was taken, `at_s` when care heard of it.

    Other calls for help (`kind`) are heard of in the same way, confirmed at once.
    """

    fall_id: str
    event: FallEvent
    seen_at_s: float
    at_s: float
    kind: str = "fall"


@dataclass(frozen=True, slots=True)
class Answered:
    """What the person `by` said to one alert; `to` is whom they ask to take over."""

    alert_id: str
    answer: Answer
    by: str
    note: str
    at_s: float
    to: str = ""


@dataclass(frozen=True, slots=True)
class Called:
    """The resident's call for help; `at_s` is when care heard of it."""

    call: HelpCall
    at_s: float


@dataclass(frozen=True, slots=True)
class Told:
    """What the resident answered after the fall `fall_id`; `at_s` is when care heard of it."""

    fall_id: str
    exchange: Exchange
    at_s: float


@dataclass(frozen=True, slots=True)
class Entry:
    """An alert with what is needed to judge the next event: the steps heard so far and the newest one's time."""

    alert: Alert
    source_id: str
    heard: frozenset[FallEventKind]
    last_event_s: float


@dataclass(frozen=True, slots=True)
class Change:
    """An entry after a change, and the line that goes into its history: who did what, when, in which words."""

    entry: Entry
    who: str
    what: str
    at_s: float
    detail: str


class RefusedError(ValueError):
    """An answer that cannot be taken; the message is the sentence for the caregiver."""


def tidy(heard: Heard) -> Heard:
    """`heard` without what no database can keep: numbers that are none, and text that is not Unicode."""
    event = heard.event
    event = replace(
        event,
        time_s=_finite(event.time_s, 0.0),
        confidence=_finite(event.confidence, 0.0),
        reason_code=_unicode(event.reason_code),
        reason=_unicode(event.reason),
        evidence={_unicode(name): float(value) for name, value in event.evidence.items()},
    )
    return Heard(_unicode(heard.fall_id), event, _finite(heard.seen_at_s, heard.at_s), heard.at_s, heard.kind)


def tidy_call(call: HelpCall) -> HelpCall:
    """`call` without what no database can keep, its words on one line and not too many."""
    return HelpCall(
        _unicode(call.id),
        _finite(call.at_s, 0.0),
        _one_line(_unicode(call.words))[:MAX_HEARD_LENGTH],
        _unicode(call.language),
        _unicode(call.rule),
        _unicode(call.means),
        call.heard_at_m if all(map(math.isfinite, call.heard_at_m or ())) else None,
    )


def tidy_exchange(exchange: Exchange) -> Exchange:
    """`exchange` without what no database can keep, each text on one line and not too long."""
    return replace(
        exchange,
        at_s=_finite(exchange.at_s, 0.0),
        question=_one_line(_unicode(exchange.question))[:MAX_HEARD_LENGTH],
        heard=_one_line(_unicode(exchange.heard))[:MAX_HEARD_LENGTH],
        language=_unicode(exchange.language),
        answer=_unicode(exchange.answer),
        means=_unicode(exchange.means),
    )


def alert_id(fall_id: str, kind: str = "fall") -> str:
    """The identity of the alert of one fall or call: always the same, even if the database was lost in between."""
    return uuid.uuid5(_NAMESPACE, f"{kind}:{fall_id}").hex


def hear(entry: Entry | None, heard: Heard) -> Change | None:
    """What one step of a fall makes of its alert; None when it was known already."""
    if entry is None:
        return _change(_raised(heard), "robot", heard.event.kind.value, heard.at_s, heard.event.reason)
    if heard.event.kind in entry.heard and not _is_worse(entry.alert, heard.event):
        return None
    return _change(_moved_on(entry, heard), "robot", _what(entry, heard), heard.at_s, heard.event.reason)


def call(entries: Iterable[Entry], called: Called) -> Change | None:
    """What a call for help makes of the alerts there are; None when it was known already."""
    exchange = _exchange_of(called.call)
    known = list(entries)
    if any(exchange in entry.alert.exchanges for entry in known):
        return None
    asked = [entry for entry in known if entry.alert.is_unanswered and entry.alert.state is not AlertState.SUSPECTED]
    if asked:
        newest = max(asked, key=lambda entry: entry.alert.raised_at_s)
        return _exchanged(newest, exchange, called.at_s)
    entry = _raised_by(called.call, exchange, called.at_s)
    return _change(entry, "resident", "called", called.at_s, entry.alert.reason)


def tell(entry: Entry, told: Told) -> Change | None:
    """An alert with what the resident answered; None when it was known already."""
    return None if told.exchange in entry.alert.exchanges else _exchanged(entry, told.exchange, told.at_s)


def in_words(exchange: Exchange) -> str:
    """An exchange as a sentence for the history."""
    said = f': "{exchange.heard}"' if exchange.heard else ""
    by = f" by {exchange.means}" if exchange.means else ""
    if not exchange.question:
        return f"called for help{by}{said}"
    times = f" ({exchange.times_asked} times)" if exchange.times_asked > 1 else ""
    return f'asked "{exchange.question}"{times}; answer: {exchange.answer}{by}{said}'


def _exchanged(entry: Entry, exchange: Exchange, at_s: float) -> Change:
    alert = entry.alert
    kept = (*alert.exchanges, exchange)[-MOST_EXCHANGES:]
    alert = replace(alert, exchanges=kept, revision=alert.revision + 1, changed_at_s=at_s)
    who, what = ("robot", "asked") if exchange.question else ("resident", "called")
    return _change(replace(entry, alert=alert), who, what, at_s, in_words(exchange))


def _exchange_of(call: HelpCall) -> Exchange:
    return Exchange(call.at_s, "", call.language, "help", call.words, call.means, 0)


def _raised_by(call: HelpCall, exchange: Exchange, at_s: float) -> Entry:
    wants = call.rule == WANTS_CAREGIVER
    alert = Alert(
        id=alert_id(call.id, HELP),
        kind=HELP,
        state=AlertState.CONFIRMED,
        revision=1,
        raised_at_s=exchange.at_s or at_s,
        changed_at_s=at_s,
        down=False,
        confidence=1.0,
        reason_code=WANTS_CAREGIVER if wants else "called_for_help",
        reason=f'{"asks for a caregiver" if wants else "called for help"}: "{exchange.heard}"',
        evidence={} if call.heard_at_m is None else dict(zip((HEARD_X_M, HEARD_Y_M), call.heard_at_m, strict=True)),
        exchanges=(exchange,),
    )
    return Entry(alert, call.id, frozenset(), 0.0)


def answer(entry: Entry, said: Answered) -> Change | None:
    """What an answer makes of an alert; None when the same person said the same before. Raises RefusedError."""
    by, note = clean_name(said.by), clean_note(said.note)
    _refuse_if_late(entry.alert, said.answer, by)
    if said.answer is Answer.HAND_OVER:
        return _handed_over(entry, said, by, note)
    if _already_said(entry.alert, said.answer, by):
        return None
    alert = _acknowledged(entry.alert, by) if said.answer is Answer.ACKNOWLEDGE else _resolved(entry.alert, said, by)
    alert = replace(alert, note=note or alert.note, revision=alert.revision + 1, changed_at_s=said.at_s)
    return _change(replace(entry, alert=alert), by, said.answer.value, said.at_s, note)


def clean_name(name: str) -> str:
    """A person's name without surplus spaces and invisible signs; raises RefusedError when nothing is left."""
    cleaned = _one_line(name)
    if not cleaned:
        raise RefusedError("An answer needs the name of the person who gives it.")
    if len(cleaned) > MAX_NAME_LENGTH:
        raise RefusedError(f"The name has {len(cleaned)} characters: give one of at most {MAX_NAME_LENGTH}.")
    return cleaned


def clean_note(note: str) -> str:
    """A note without invisible signs; raises RefusedError when it is too long to be kept."""
    cleaned = "".join(sign for sign in note if sign == "\n" or unicodedata.category(sign)[0] != "C").strip()
    if len(cleaned) > MAX_NOTE_LENGTH:
        raise RefusedError(f"The note has {len(cleaned)} characters: give one of at most {MAX_NOTE_LENGTH}.")
    return cleaned


def _one_line(text: str) -> str:
    return " ".join("".join(" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in text).split())


def _finite(number: float, otherwise: float) -> float:
    return float(number) if math.isfinite(number) else otherwise


def _unicode(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8").replace("\0", " ")


def _change(entry: Entry, who: str, what: str, at_s: float, detail: str) -> Change:
    return Change(entry, who, what, at_s, detail)


def _raised(heard: Heard) -> Entry:
    event = heard.event
    alert = Alert(
        id=alert_id(heard.fall_id),
        kind=heard.kind,
        state=_STATES[event.kind],
        revision=1,
        raised_at_s=heard.seen_at_s,
        changed_at_s=heard.at_s,
        down=event.kind is not FallEventKind.RECOVERED,
        confidence=event.confidence,
        reason_code=event.reason_code,
        reason=event.reason,
        evidence=dict(event.evidence),
    )
    return Entry(alert, heard.fall_id, frozenset({event.kind}), event.time_s)


def _moved_on(entry: Entry, heard: Heard) -> Entry:
    event, is_news = heard.event, heard.event.time_s >= entry.last_event_s
    alert = replace(entry.alert, revision=entry.alert.revision + 1, changed_at_s=heard.at_s)
    alert = replace(alert, raised_at_s=min(alert.raised_at_s, heard.seen_at_s))
    if is_news:
        alert = _with_news(alert, event)
    return replace(
        entry, alert=alert, heard=entry.heard | {event.kind}, last_event_s=max(entry.last_event_s, event.time_s)
    )


def _with_news(alert: Alert, event: FallEvent) -> Alert:
    alert = replace(alert, down=event.kind is not FallEventKind.RECOVERED)
    if event.kind is not FallEventKind.RECOVERED:  # the reason stays that of the fall, not of getting up
        alert = replace(
            alert,
            confidence=event.confidence,
            reason_code=event.reason_code,
            reason=event.reason,
            evidence=dict(event.evidence),
        )
    if _comes_back(alert, event):
        return replace(
            alert, state=AlertState.CONFIRMED, acknowledged_by="", resolved_by="", verdict=None, note="", offered_to=""
        )
    return replace(alert, state=_STATES[event.kind]) if alert.is_unanswered else alert


def _is_worse(alert: Alert, event: FallEvent) -> bool:
    """A confirmed fall that has become a long lie."""
    is_news = event.reason_code in LONG_LIES and alert.reason_code not in LONG_LIES
    return is_news and alert.down and alert.is_open


def _comes_back(alert: Alert, event: FallEvent) -> bool:
    return alert.verdict is Verdict.FALSE_ALARM and event.kind is FallEventKind.CONFIRMED


def _what(entry: Entry, heard: Heard) -> str:
    is_news = heard.event.time_s >= entry.last_event_s
    return "raised_again" if is_news and _comes_back(entry.alert, heard.event) else heard.event.kind.value


def _refuse_if_late(alert: Alert, said: Answer, by: str) -> None:
    if alert.resolved_by and (alert.resolved_by != by or alert.verdict is not _VERDICTS.get(said)):
        verdict = "a false alarm" if alert.verdict is Verdict.FALSE_ALARM else "a real emergency"
        raise RefusedError(f"{alert.resolved_by} has already resolved this as {verdict}.")
    if said is Answer.ACKNOWLEDGE and alert.acknowledged_by not in ("", by) and alert.offered_to != by:
        raise RefusedError(f"{alert.acknowledged_by} has already answered and is on the way.")


def _already_said(alert: Alert, said: Answer, by: str) -> bool:
    return by == (alert.acknowledged_by if said is Answer.ACKNOWLEDGE else alert.resolved_by)


def _handed_over(entry: Entry, said: Answered, by: str, note: str) -> Change | None:
    """The question whether somebody takes over; None when the same person was asked before."""
    alert, to = entry.alert, clean_name(said.to) if said.to.strip() else ""
    if alert.state is not AlertState.ACKNOWLEDGED:
        raise RefusedError("Nobody is on the way, so there is nothing to hand over.")
    if alert.acknowledged_by != by:
        raise RefusedError(f"{alert.acknowledged_by} is on the way, and only they can hand it over.")
    if to == by:
        raise RefusedError("You are on the way yourself: hand it over to somebody else.")
    if to == alert.offered_to:
        return None
    alert = replace(alert, offered_to=to, note=note or alert.note)
    alert = replace(alert, revision=alert.revision + 1, changed_at_s=said.at_s)
    return _change(replace(entry, alert=alert), by, said.answer.value, said.at_s, to)


def _acknowledged(alert: Alert, by: str) -> Alert:
    return replace(alert, state=AlertState.ACKNOWLEDGED, acknowledged_by=by, offered_to="")


def _resolved(alert: Alert, said: Answered, by: str) -> Alert:
    verdict = _VERDICTS[said.answer]
    return replace(alert, state=AlertState.RESOLVED, resolved_by=by, verdict=verdict, offered_to="")
