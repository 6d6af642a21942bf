"""The leaves that tell others or the record: notify, escalate, record."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from carebot.routines.leaf import CaregiverName, Leaf, LeafKeys, TextName
from carebot.routines.moment import Moment
from carebot.routines.ports import DONE, Job, Messages, Outcome
from carebot.routines.spent import Spent

Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class NotifyKeys(LeafKeys):
    """`who` is a caregiver; without one, those who are called first hear of it. Where `sent_within_s` is given, the
    step waits so long for the message to go out, and its end says whether it did."""

    text: TextName
    who: CaregiverName = ""
    sent_within_s: Annotated[float, Field(ge=0, le=600)] = 0.0


class Notify(Leaf):
    """Tell a caregiver something that needs no answer, in their language; each message once."""

    keyword, keys, short = "notify", NotifyKeys, "text"
    answers = frozenset({"sent", "waiting"})
    in_background = True
    time_limit_s = 30.0

    def start(self, keys: NotifyKeys, moment: Moment) -> Job:
        messages = moment.ports.messages
        language = messages.language_of(keys.who)
        body = moment.text(keys.text, language)
        kept = messages.tell(keys.who, moment.title(language), body, moment.identity, moment.now_s)
        return Sending(kept, messages, moment.identity, keys.sent_within_s) if keys.sent_within_s else kept

    def limit_s(self, keys: NotifyKeys) -> float:
        return keys.sent_within_s + self.time_limit_s

    def told(self, keys: NotifyKeys, _moment: Moment) -> str:
        return keys.who


class Sending:
    """A message that cannot be lost any more, and is waited for until it has gone out."""

    def __init__(self, kept: Job, messages: Messages, about: str, within_s: float) -> None:
        self._kept, self._messages, self._about, self._within_s = kept, messages, about, within_s
        self._spent = Spent()

    def outcome(self, now_s: float) -> Outcome | None:
        kept = self._kept.outcome(now_s)
        if kept is None or not kept.is_done:
            return kept
        if self._messages.is_sent(self._about):
            return Outcome(True, answer="sent")
        return Outcome(True, answer="waiting") if self._spent.seconds(now_s) >= self._within_s else None

    def cancel(self) -> None:
        self._kept.cancel()


class EscalateKeys(LeafKeys):
    """`kind` is the chain of the site file by which people are called; `text` is the reason that they read."""

    text: TextName
    kind: Kind = "help"


class Escalate(Leaf):
    """Raise an alert: caregivers are called level by level until one answers."""

    keyword, keys, short = "escalate", EscalateKeys, "text"
    in_background = True
    time_limit_s = 30.0

    def start(self, keys: EscalateKeys, moment: Moment) -> Job:
        reason = moment.text(keys.text, moment.ports.messages.language_of(""))
        return moment.ports.messages.escalate(keys.kind, reason, moment.identity, moment.now_s)


class RecordKeys(LeafKeys):
    """Of `subject`, something of `kind` is written down, with whatever `with` holds."""

    kind: Kind
    subject: Annotated[str, Field(max_length=400)] = ""
    with_: Annotated[dict[str, str | int | float | bool], Field(alias="with", default_factory=dict)]


class Record(Leaf):
    """Write something down, once: in the same transaction in which the step ends."""

    keyword, keys, short = "record", RecordKeys, "kind"
    in_background = True
    time_limit_s = 30.0

    def start(self, keys: RecordKeys, moment: Moment) -> Outcome:
        moment.note(keys.kind, keys.subject, keys.with_)
        return DONE

    def told(self, keys: RecordKeys, _moment: Moment) -> str:
        return keys.kind


LEAVES = (Notify(), Escalate(), Record())
