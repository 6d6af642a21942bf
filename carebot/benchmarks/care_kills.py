"""`kill -9` of care at random moments, with a real messenger and a real receiver: who was told how often?

A child process hears falls, answers some, and escalates them with levels of a tenth of a second; the parent kills it
at a random moment, round after round, on the same records. In the end the desk is run to rest, and what the receiver
got is compared with what the records say.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from carebot.alerts import Answer, FallEvent, FallEventKind
from carebot.benchmarks.receiver import Phones, phones
from carebot.escalation.carrier import MessengerProcess
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.plan import Caregiver, EscalationPlan, Level, Tell
from carebot.records import outbox
from carebot.records.alert_book import AlertBook
from carebot.records.outbox import Message, MessageState
from carebot.records.schema import open_records

LEVEL_S = 0.1
TICK_S = 0.01
LONGEST_LIFE_S = 1.0
SETTLE_WITHIN_S = 120.0
QUIET_S = 1.5
TAKEN = "falls_taken"
"""A file with the number of each fall that the book has taken."""

Letter = tuple[str, str]
"""To whom, and what: each fall has other words, and so has the first call other ones than the later ones."""

_MARKS = re.compile(r" (Meanwhile, |\(This message ).*$")


@dataclass(frozen=True, slots=True)
class KillReport:
    """`lost`: messages the records call sent that never came, and alerts whose first level nobody was told.
    `told_twice`: messages that came more than once, and were not said to be perhaps a repetition.
    `repeated_openly`: those that were. `unsettled`: messages that still waited at the end. `alerts_lost`: of the falls
    that the book of alerts had taken, those which it does not know any more, or has twice.
    """

    kills: int
    alerts: int
    messages: int
    lost: int
    told_twice: int
    repeated_openly: int
    unsettled: int
    alerts_lost: int

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost, and nobody told twice without a word about it."""
        return not (self.lost or self.told_twice or self.unsettled or self.alerts_lost)


def measure(kills: int, folder: Path, say: Callable[[str], None]) -> KillReport:
    """Kill care `kills` times; everything is kept in `folder`."""
    randomness = random.Random(7)
    with phones() as received:
        plan = fast_plan(received.address)
        for number in range(kills):
            _one_life(folder, plan, number, randomness.uniform(0.0, LONGEST_LIFE_S))
            if (number + 1) % 25 == 0:
                say(f"{number + 1} kills, {len(received.letters)} messages came")
        return _compared(kills, folder, plan, received)


def fast_plan(address: str) -> EscalationPlan:
    """Three levels of LEVEL_S (shorter than a site file may ask for); the last has two people and does not end."""
    levels = [(("Aiko",), LEVEL_S), (("Ben",), LEVEL_S), (("Aiko", "Eve"), 3600.0)]
    people = tuple(Caregiver(name=name, reach={"phone": f"{address}/{name}"}) for name in ("Aiko", "Ben", "Eve"))
    chain = tuple(
        Level.model_construct(tell=tuple(Tell(who=name) for name in names), for_s=for_s) for names, for_s in levels
    )
    return EscalationPlan.model_construct(caregivers=people, escalation={"default": chain}, tell_when_answered=False)


def _one_life(folder: Path, plan: EscalationPlan, number: int, life_s: float) -> None:
    """A care process that is killed `life_s` after it has opened its records."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            _live(folder, plan, number, writing)
        finally:
            os._exit(3)
    os.close(writing)
    try:
        assert os.read(reading, 1) == b"!", "care did not start"
        time.sleep(life_s)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        assert os.WTERMSIG(status) == signal.SIGKILL, f"care ended by itself ({status})"
    finally:
        os.close(reading)


def _live(folder: Path, plan: EscalationPlan, life: int, ready: int) -> None:
    book, desk = _opened(folder, plan)
    taken = os.open(folder / TAKEN, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(ready, b"!")
    for step in range(100_000):
        if step % 5 == 0:
            number = life * 1000 + step
            _one_fall(book, number, is_answered=step % 20 == 15)
            os.write(taken, f"{number}\n".encode())
        desk.tick(book.recent(200), time.time())
        time.sleep(TICK_S)


def _one_fall(book: AlertBook, number: int, is_answered: bool) -> None:
    event = FallEvent(FallEventKind.CONFIRMED, number, 1, float(number), 0.9, "fell", f"Fall {number}.", {})
    alert = book.hear(f"fall {number}", event, seen_at_s=time.time(), now_s=time.time())
    if is_answered and alert.is_unanswered:
        book.answer(alert.id, Answer.REAL, "Nobody", "", now_s=time.time())


def _opened(folder: Path, plan: EscalationPlan) -> tuple[AlertBook, EscalationDesk]:
    database = open_records(folder / "records.sqlite", "the benchmark")
    return AlertBook(database), EscalationDesk(database, plan, MessengerProcess(folder / "spool"))


def _compared(kills: int, folder: Path, plan: EscalationPlan, received: Phones) -> KillReport:
    _settle(folder, plan)
    database = open_records(folder / "records.sqlite", "the benchmark")
    with database.transaction() as connection:
        alerts = [row.alert_id for row in connection.execute(select(outbox.cases.c.alert_id))]
        messages = outbox.messages_of(connection, alerts)
    known = Counter(alert.reason for alert in AlertBook(database).recent(1_000_000))
    database.close()
    taken = [f"Fall {number}." for number in (folder / TAKEN).read_text().split()]
    came = Counter((letter.path, _MARKS.sub("", letter.message)) for letter in received.letters)
    sent = [message for message in messages if message.state is MessageState.SENT]
    twice = [message for message in messages if came[_letter(message)] > 1]
    told = {message.alert_id for message in messages if message.level == 0}
    return KillReport(
        kills=kills,
        alerts=len(alerts),
        messages=len(messages),
        lost=sum(came[_letter(message)] == 0 for message in sent) + len(set(alerts) - told),
        told_twice=sum(not message.may_be_repeated for message in twice),
        repeated_openly=sum(message.may_be_repeated for message in twice),
        unsettled=sum(message.is_pending for message in messages),
        alerts_lost=sum(known[reason] != 1 for reason in taken),
    )


def _settle(folder: Path, plan: EscalationPlan) -> None:
    """Run the desk until nobody is left to be told."""
    database = open_records(folder / "records.sqlite", "the benchmark")
    messenger = MessengerProcess(folder / "spool")
    book, desk = AlertBook(database), EscalationDesk(database, plan, messenger)
    until_s = busy_at_s = time.monotonic()
    until_s += SETTLE_WITHIN_S
    while time.monotonic() < until_s and time.monotonic() - busy_at_s < QUIET_S:
        desk.tick(book.recent(1_000_000), time.time())
        if desk.pending:
            busy_at_s = time.monotonic()
        time.sleep(TICK_S)
    messenger.close(within_s=SETTLE_WITHIN_S)
    database.close()


def _letter(message: Message) -> Letter:
    """How the receiver knows this message."""
    return f"/{message.who}", message.body
