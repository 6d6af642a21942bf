"""The desk from which people are called: joins the rules, the records and the messenger.

Each tick asks how deliveries ended, applies the rules, commits, and only then hands parcels over. Where the disk does
not take it, people are called all the same, `fault` says why nothing is recorded, and what waits is written as soon as
the disk recovers; only a crash in that state can have somebody told twice.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, replace

from carebot.alerts import Alert, AlertState, News, Told, ToldState
from carebot.errors import RecordsError
from carebot.escalation import escalate, words
from carebot.escalation.carrier import Carrier
from carebot.escalation.delivery import Parcel
from carebot.escalation.escalate import DRILL, Move, Telling
from carebot.escalation.plan import RELAY_PREFIX, TABLET, EscalationPlan
from carebot.escalation.spool import Fate
from carebot.records import outbox
from carebot.records.database import Database
from carebot.records.outbox import Case, Message, MessageState, Purpose
from carebot.site.file import Site

MOST_ALARMS_UNDER_WAY = 64
MOST_UNDER_WAY = 16
"""Of everything else: a mail server that hangs holds up news, and nobody's alarm."""
UNREACHED_AFTER_S = 5.0
RETRY_S = (5.0, 10.0, 20.0, 40.0, 60.0)
GIVEN_UP_AFTER_S = 7 * 24 * 3600.0
MOST_NEWS, NEWS_LIFE_S = 20, 24 * 3600.0

_NAMESPACE = uuid.UUID("5f0f9a3c-30b8-4d0c-9a43-6d0a8d8a6a51")


@dataclass(frozen=True, slots=True)
class Aloud:
    """A sentence for the loudspeaker: `unheard` (nobody has answered yet) or `unreachable` (`name` cannot be told)."""

    key: str
    name: str = ""


class EscalationDesk:
    """Escalations of one robot; the single writer of their tables. `site` names the rooms in messages."""

    def __init__(self, database: Database, plan: EscalationPlan, carrier: Carrier, site: Site | None = None) -> None:
        self._database, self._carrier = database, carrier
        self._plan, self._site = plan, Site() if site is None else site
        self._cases: dict[str, Case] = {}
        self._messages: dict[str, Message] = {}
        self._news: dict[str, Message] = {}  # for tablets; kept beyond their sending
        self._alerts: dict[str, Alert] = {}
        self._dirty_cases: dict[str, Case] = {}
        self._dirty_messages: dict[str, Message] = {}
        self._said_unreachable: set[str] = set()
        self._trials: dict[str, str] = {}  # the latest of each person
        self._aloud: list[Aloud] = []
        self._is_loaded = False
        self.fault = ""
        self._is_new_plan = True  # the site file may have changed while care was off
        self._is_fresh = True  # parcels handed over before may have been lost with their messenger
        self._load()

    def tick(self, alerts: Iterable[Alert], now_s: float) -> list[Aloud]:
        """Do what is due; `alerts` are all open ones and the latest resolved ones. What is to be said aloud."""
        self._alerts.update({alert.id: alert for alert in (*alerts, *self.drills())})
        self._is_fresh = not self._carrier.tend() or self._is_fresh
        lost = self._hear_of_deliveries(now_s)
        self._move(now_s)
        self._say_who_is_not_reached_yet(now_s)
        begun = self._begin(now_s)
        self._commit()
        for message in (*lost, *begun):
            self._carrier.carry(self._parcel(message, now_s))
        self._is_fresh = False
        self._forget()
        said, self._aloud = self._aloud, []
        return said

    def news(self, who: str, title: str, body: str, about: str, now_s: float) -> None:
        """Tell the caregiver `who` something that needs no answer, once for each `about`, by all their ways."""
        person = self._plan.caregiver(who)
        for by in person.reach if person else ():
            message = _message(Telling(Purpose.NEWS, 0, 0, who, by), about, title, body, now_s)
            if not self._is_known(message):
                self._put(message)

    def take_up(self, plan: EscalationPlan) -> None:
        """Call by another plan from now on.

        What runs goes on from the level where it is, in the new plan. Whoever stands there, or at an earlier level, and
        was not called yet is called at once: no change has anybody skipped. What has not arrived is sent to the new
        address; to whom the plan no longer knows, nothing more is sent.
        """
        self._plan, self._is_new_plan = plan, True

    def try_out(self, who: str, now_s: float) -> bool:
        """Send somebody a message that says that it is a drill, by each of their ways, once: what fails is not tried
        again. False where the one before is not over yet."""
        person = self._plan.caregiver(who)
        if person is None or any(message.is_pending for message in self.trial(who)):
            return False
        self._trials[who] = about = f"trial-{uuid.uuid4().hex[:12]}"
        title, body = words.trial(person)
        for by in person.reach:
            self._put(_message(Telling(Purpose.TRIAL, 0, 0, who, by), about, title, body, now_s))
        return True

    def trial(self, who: str) -> list[Message]:
        """The messages of somebody's latest trial."""
        about = self._trials.get(who)
        return [message for message in self._messages.values() if message.alert_id == about]

    def is_kept(self, about: str) -> bool:
        """Whether all news about it is on disk, or nothing can be written there at the moment."""
        return bool(self.fault) or all(message.alert_id != about for message in self._dirty_messages.values())

    def is_sent(self, about: str) -> bool:
        """Whether news about it has gone out, by one way at least; shown on a tablet counts."""
        return any(each.alert_id == about and each.state is MessageState.SENT for each in self._news.values())

    def start_drill(self, chain: str, now_s: float) -> Alert:
        """Call people by `chain` as in an emergency, in messages that say DRILL."""
        case = Case(f"{DRILL}-{uuid.uuid4().hex[:12]}", chain, 0, 0, now_s, now_s, is_drill=True)
        self._apply(Move(case, _drill_alert(case), escalate.tellings_of(case, self._plan)), now_s)
        return _drill_alert(case)

    def answer_drill(self, alert_id: str, by: str) -> Alert | None:
        """A caregiver's answer to a drill; None where there is no such drill."""
        case = self._cases.get(alert_id)
        if case is None or not case.is_drill:
            return None
        if not case.answered_by:
            self._keep(replace(case, answered_by=by))
        return _drill_alert(self._cases[alert_id])

    def drills(self) -> list[Alert]:
        """Drills that are not over, as alerts."""
        return [_drill_alert(case) for case in self._cases.values() if case.is_drill and not case.is_closed]

    def case(self, alert_id: str) -> Case | None:
        """How far the escalation of an open alert is."""
        return self._cases.get(alert_id)

    def messages(self, alert_id: str) -> list[Message]:
        """Every message of one alert, oldest first. Raises RecordsError."""
        with self._database.transaction() as connection:
            return outbox.messages_of(connection, [alert_id])

    def told(self) -> list[Told]:
        """Who was called about what is open, in the order of the calls, and then who is next and when."""
        calls = [each for each in self._messages.values() if each.purpose is Purpose.ALARM]
        done = [_told(each) for each in calls if each.alert_id in self._cases]
        planned = [next_call for case in self._cases.values() for next_call in escalate.planned(case, self._plan)]
        return sorted(done, key=lambda each: each.at_s) + planned

    def news_on_tablets(self, now_s: float) -> list[News]:
        """What those are told who are reached by tablet, of the last day, the newest first."""
        self._news = {each.id: each for each in self._news.values() if 0.0 <= now_s - each.queued_at_s < NEWS_LIFE_S}
        shown = [each for each in self._news.values() if self._plan.address(each.who, each.by) == TABLET]
        newest = sorted(shown, key=lambda each: -each.queued_at_s)[:MOST_NEWS]
        return [News(each.id, each.queued_at_s, each.who, each.title, each.body) for each in newest]

    def troubles(self) -> list[str]:
        """Whom the robot cannot reach at the moment, and why."""
        failed = [message for message in self._messages.values() if message.is_pending and message.error]
        return [f"{message.who} cannot be reached by {message.by}: {message.error}" for message in failed]

    @property
    def plan(self) -> EscalationPlan:
        """Who is called, by what."""
        return self._plan

    @property
    def pending(self) -> int:
        """How many messages still have to reach somebody."""
        return sum(message.is_pending for message in self._messages.values())

    def _load(self) -> None:
        try:
            with self._database.transaction() as connection:
                cases = outbox.open_cases(connection)
                found = outbox.messages_of(connection, [case.alert_id for case in cases])
                found += outbox.pending_messages(connection)
                news = outbox.latest_news(connection, 5 * MOST_NEWS)  # most are for other ways than a tablet
        except RecordsError as error:
            self.fault = f"Not recorded: {error}"
            return
        self._cases = {case.alert_id: case for case in cases} | self._cases
        self._messages = {message.id: message for message in found} | self._messages
        self._news = {message.id: message for message in news} | self._news
        self._is_loaded = True

    def _hear_of_deliveries(self, now_s: float) -> list[Message]:
        """Take in how deliveries ended; the messages that were handed over and lost."""
        lost = []
        for message in [each for each in self._messages.values() if each.state is MessageState.UNDER_WAY]:
            fate = self._carrier.fate(_key(message))
            if fate is Fate.ENDED:
                self._ended(message, now_s)
            elif fate is Fate.BROKEN_OFF:
                self._failed(replace(message, may_be_repeated=True), "The messenger was cut off.", now_s)
            elif fate is Fate.NOT_BEGUN and self._is_fresh:
                lost.append(message)
        return lost

    def _say_who_is_not_reached_yet(self, now_s: float) -> None:
        """A network that swallows everything fails no delivery for a long while: whoever is near hears of it first."""
        for message in self._messages.values():
            is_first = message.state is MessageState.UNDER_WAY and message.attempt == 1
            is_slow = is_first and now_s - message.queued_at_s > UNREACHED_AFTER_S
            if is_slow and message.purpose is Purpose.ALARM:
                self._say_unreachable(message)

    def _say_unreachable(self, message: Message) -> None:
        if message.alert_id not in self._said_unreachable:
            self._said_unreachable.add(message.alert_id)
            self._aloud.append(Aloud("unreachable", message.who))

    def _ended(self, message: Message, now_s: float) -> None:
        result = self._carrier.result(_key(message))
        if result is None:
            self._failed(replace(message, may_be_repeated=True), "The messenger's note is damaged.", now_s)
        elif result.error:
            self._failed(message, result.error, now_s)
        else:
            self._put(replace(message, state=MessageState.SENT, done_at_s=result.at_s, error=""))

    def _failed(self, message: Message, error: str, now_s: float) -> None:
        wait_s = RETRY_S[min(message.attempt, len(RETRY_S)) - 1]
        is_over = message.purpose is Purpose.TRIAL or now_s - message.queued_at_s > GIVEN_UP_AFTER_S
        state = MessageState.GIVEN_UP if is_over else MessageState.WAITING
        self._put(replace(message, state=state, try_at_s=now_s + wait_s, error=error))
        if message.purpose is Purpose.ALARM:
            self._say_unreachable(message)

    def _call_whom_the_plan_adds(self, now_s: float) -> None:
        for case in [each for each in self._cases.values() if not each.is_closed and each.level >= 0]:
            alert = self._alerts.get(case.alert_id)
            if alert is None or not alert.is_unanswered:
                continue
            called = {(each.who, each.by) for each in self._messages.values() if _has_called(each, case.alert_id)}
            for telling in escalate.tellings_until(case, self._plan):
                if (telling.who, telling.by) not in called and not self._waits_for(alert.id, telling):
                    title, body = words.composed(telling, alert, self._plan, self._site)
                    self._add_anew(_message(telling, alert.id, title, body, now_s))
        self._is_new_plan = False

    def _add_anew(self, message: Message) -> None:
        """Also where it had been given up, because the plan did not know the person for a while."""
        known = self._messages.get(message.id)
        if known is not None and known.state is MessageState.GIVEN_UP:
            message = replace(known, state=MessageState.WAITING, try_at_s=message.try_at_s, done_at_s=0.0, error="")
            self._put(message)
        self._add(message)

    def _move(self, now_s: float) -> None:
        if self._is_new_plan:
            self._call_whom_the_plan_adds(now_s)
        for alert in self._alerts.values():
            if alert.id not in self._cases and escalate.may_open(alert, self._plan):
                self._recall(alert.id)
        for move in escalate.moves(self._cases, self._alerts.values(), self._plan, now_s):
            self._apply(move, now_s)

    def _recall(self, alert_id: str) -> None:
        """An alert that came back after its escalation was closed."""
        if not self._is_loaded:
            self._load()
        try:
            with self._database.transaction() as connection:
                case = outbox.case_of(connection, alert_id)
        except RecordsError:
            return
        if case is not None:
            self._cases[alert_id] = case

    def _apply(self, move: Move, now_s: float) -> None:
        self._keep(move.case)
        for telling in move.tellings:
            if not self._waits_for(move.alert.id, telling):
                title, body = words.composed(telling, move.alert, self._plan, self._site)
                self._add(_message(telling, move.alert.id, title, body, now_s))
        if move.is_unheard:
            self._aloud.append(Aloud("unheard"))
        if move.case.is_closed:
            self._tell_it_is_answered(move, now_s)

    def _waits_for(self, alert_id: str, telling: Telling) -> bool:
        """Whether an earlier call to the same person by the same way has not gone out yet: one is enough."""
        about = (alert_id, telling.who, telling.by)
        return any(
            message.is_pending and (message.alert_id, message.who, message.by) == about
            for message in self._messages.values()
        )

    def _tell_it_is_answered(self, move: Move, now_s: float) -> None:
        if not self._plan.tell_when_answered:
            return
        answered_by = move.alert.acknowledged_by or move.alert.resolved_by
        called = [message for message in self._messages.values() if _has_called(message, move.alert.id)]
        for who, by in dict.fromkeys((message.who, message.by) for message in called):
            address = self._plan.address(who, by) or TABLET
            if who != answered_by and address != TABLET and not address.startswith(RELAY_PREFIX):
                telling = Telling(Purpose.ANSWERED, move.case.level, move.case.round, who, by)
                title, body = words.composed(telling, move.alert, self._plan, self._site)
                self._add(_message(telling, move.alert.id, title, body, now_s))

    def _begin(self, now_s: float) -> list[Message]:
        """The messages that are handed over now, marked as under way."""
        under_way = [each for each in self._messages.values() if each.state is MessageState.UNDER_WAY]
        alarms = sum(each.purpose is Purpose.ALARM for each in under_way)
        room = {True: MOST_ALARMS_UNDER_WAY - alarms, False: MOST_UNDER_WAY - (len(under_way) - alarms)}
        waiting = [each for each in self._messages.values() if each.state is MessageState.WAITING]
        begun: list[Message] = []
        for message in sorted(waiting, key=lambda each: each.attempt):  # what was never tried goes first
            address = self._plan.address(message.who, message.by)
            if address is None:
                error = "The site file no longer says how."
                self._put(replace(message, state=MessageState.GIVEN_UP, error=error, done_at_s=now_s))
            elif address == TABLET:  # it shows what is open, and the news
                self._put(replace(message, state=MessageState.SENT, done_at_s=now_s))
            elif _is_due(message, now_s) and room[message.purpose is Purpose.ALARM] > 0:
                room[message.purpose is Purpose.ALARM] -= 1
                begun.append(replace(message, state=MessageState.UNDER_WAY, attempt=message.attempt + 1))
                self._put(begun[-1])
        return begun

    def _parcel(self, message: Message, now_s: float) -> Parcel:
        title, body = words.as_sent(message, self._alerts.get(message.alert_id), self._plan, now_s)
        address = self._plan.address(message.who, message.by) or ""
        if address.startswith(RELAY_PREFIX):
            relay = self._plan.relays[address.removeprefix(RELAY_PREFIX)]
            return Parcel(_key(message), title, body, relay=relay.model_dump())
        return Parcel(_key(message), title, body, address)

    def _commit(self) -> None:
        if not self._dirty_cases and not self._dirty_messages:
            return
        try:
            with self._database.transaction() as connection:
                outbox.save(connection, self._dirty_cases.values(), self._dirty_messages.values())
        except RecordsError as error:
            self.fault = f"Not recorded: {error}"
            return
        self.fault = ""
        self._dirty_cases.clear()
        self._dirty_messages.clear()

    def _add(self, message: Message) -> None:
        if message.id not in self._messages:
            self._put(message)

    def _is_known(self, message: Message) -> bool:
        if message.id in self._messages:
            return True
        try:
            with self._database.transaction() as connection:
                return outbox.is_known(connection, message.id)
        except RecordsError:
            return False

    def _put(self, message: Message) -> None:
        if message.purpose is Purpose.NEWS:
            self._news[message.id] = message
        self._messages[message.id] = self._dirty_messages[message.id] = message

    def _keep(self, case: Case) -> None:
        self._cases[case.alert_id] = self._dirty_cases[case.alert_id] = case

    def _forget(self) -> None:
        """Drop from memory what is over and on disk."""
        for alert_id in [each.alert_id for each in self._cases.values() if each.is_closed]:
            if alert_id not in self._dirty_cases and not self._has_pending(alert_id):
                del self._cases[alert_id]
        is_needed = self._cases.keys() | self._dirty_cases.keys() | set(self._trials.values())
        self._messages = {
            message.id: message
            for message in self._messages.values()
            if message.is_pending or message.alert_id in is_needed or message.id in self._dirty_messages
        }
        kept = is_needed | {message.alert_id for message in self._messages.values()}
        self._alerts = {alert_id: alert for alert_id, alert in self._alerts.items() if alert_id in kept}
        self._said_unreachable &= kept

    def _has_pending(self, alert_id: str) -> bool:
        return any(message.is_pending and message.alert_id == alert_id for message in self._messages.values())


def _message(telling: Telling, about: str, title: str, body: str, now_s: float) -> Message:
    identity = f"{about}|{telling.purpose.value}|{telling.level}|{telling.round}|{telling.who}|{telling.by}"
    return Message(
        uuid.uuid5(_NAMESPACE, identity).hex,
        about,
        telling.purpose,
        telling.level,
        telling.round,
        telling.who,
        telling.by,
        title,
        body,
        queued_at_s=now_s,
        try_at_s=now_s,
    )


def _told(message: Message) -> Told:
    at_s = message.done_at_s or message.queued_at_s
    return Told(message.alert_id, message.who, message.by, ToldState(message.state.value), at_s, message.error)


def _is_due(message: Message, now_s: float) -> bool:
    """Also where the clock was set back since."""
    return not message.try_at_s - RETRY_S[-1] <= now_s < message.try_at_s


def _has_called(message: Message, alert_id: str) -> bool:
    is_out = message.state in (MessageState.SENT, MessageState.UNDER_WAY)
    return message.alert_id == alert_id and message.purpose is Purpose.ALARM and is_out


def _key(message: Message) -> str:
    """The delivery's name in the spool: each attempt is another."""
    return f"{message.id}.{message.attempt}"


def _drill_alert(case: Case) -> Alert:
    return Alert(
        id=case.alert_id,
        kind=DRILL,
        state=AlertState.RESOLVED if case.answered_by else AlertState.CONFIRMED,
        revision=2 if case.answered_by else 1,
        raised_at_s=case.opened_at_s,
        changed_at_s=case.entered_at_s,
        down=False,
        confidence=1.0,
        reason_code=DRILL,
        reason="This is a drill: nothing has happened.",
        resolved_by=case.answered_by,
    )
