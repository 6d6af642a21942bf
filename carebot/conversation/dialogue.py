"""A dialogue with one person: words in; an answer, and what the robot is asked to do, out.

The dialogue does nothing itself. Its acts are requests to those who own the thing: safety stops, care raises alerts and
starts routines. What concerns other people or the day's plan is asked back first, one question at a time.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any

from carebot.conversation.answers import answers_of
from carebot.conversation.reflexes import Reflex, find_reflexes, is_worrying, reflexes_of
from carebot.conversation.text import LANGUAGES, Language, words
from carebot.conversation.understanding import Meaning, intents_of, understand

QUESTION_HOLDS_S = 30.0
"""How long a yes still belongs to the question before it."""

MOST_REMEMBERED = 20

MOST_TOLD = 6
"""Lines of the day's plan: nobody keeps more in mind that are heard at once."""

_ASKED_BACK = frozenset({"CallFamily", "CallNurse", "Remind", "StartRoutine"})
_ACTS = {
    "CallFamily": "call_family",
    "CallNurse": "call_nurse",
    "Remind": "remind",
    "StartRoutine": "start_routine",
    "Come": "come",
    "Follow": "follow",
    "Guide": "guide",
    "GoAway": "go_away",
    "Louder": "louder",
    "Quieter": "quieter",
    "Slower": "slower",
    "Faster": "faster",
    "Forget": "forget",
    "PrivacyOn": "privacy_on",
    "PrivacyOff": "privacy_off",
}


@dataclass(frozen=True, slots=True)
class Act:
    """Something asked of another part of the robot: `stop`, `help`, or one of the intents' acts, with its details."""

    name: str
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reply:
    """What to say, the intent that was understood ("" where none was), and what is asked of others."""

    text: str
    intent: str = ""
    acts: tuple[Act, ...] = ()


@dataclass(frozen=True, slots=True)
class Setting:
    """What a dialogue may know: the person's name, the routines that may be started, today's plan, whether the person
    agreed that what is said is remembered, and the rooms and people that may be named, by how they are said."""

    name: str = ""
    routines: tuple[str, ...] = ()
    plan: tuple[tuple[time, str], ...] = ()
    may_remember: bool = False
    rooms: Mapping[str, str] = field(default_factory=dict)
    people: Mapping[str, str] = field(default_factory=dict)


class Dialogue:
    """The state of a dialogue; it ends with the process, and nothing of it is written down.

    It may be used by several threads: a stop-word is answered while a model still thinks about the sentence before.
    """

    def __init__(self, language: Language, setting: Setting | None = None) -> None:
        self._language: Language = language
        self._setting = setting or Setting()
        self._answers = answers_of(language)
        self._heard = self._last = self._last_turn = ""
        self._asked: tuple[Meaning, datetime] | None = None
        self._remembered: list[tuple[str, str]] = []
        self._lock = threading.RLock()
        self._load_rules()

    def _load_rules(self) -> None:
        """Read every rule now: the first word may be a cry for help."""
        for language in LANGUAGES:
            reflexes_of(language)
        understand("0", self._language)

    def know(self, setting: Setting) -> None:
        """From now on this is known; what was said and asked before stays, if it may be remembered."""
        with self._lock:
            self._setting = setting
            if not setting.may_remember:
                self._remembered.clear()

    @property
    def setting(self) -> Setting:
        """What is known."""
        return self._setting

    @property
    def remembered(self) -> tuple[tuple[str, str], ...]:
        """What was heard and answered, oldest first; empty without consent."""
        return tuple(self._remembered)

    def forget(self) -> None:
        """Forget everything, an open question included."""
        with self._lock:
            self._remembered.clear()
            self._asked = None
            self._heard = self._last = self._last_turn = ""

    def drop_question(self) -> None:
        """A yes that comes now belongs to nothing that was asked before."""
        self._asked = None

    def hear(self, text: str, now: datetime) -> Reply:
        """The reply to a finished utterance; reflexes come before anything else."""
        with self._lock:
            self._heard = text
            alarm = self._reflex(text, now)
            reply = alarm or self._answer(text, now)
            if any(act.name == "forget" for act in reply.acts):
                self.forget()
            else:
                self._remember(text, reply)
            if alarm is None:
                self.was_said(reply.text)
            return reply

    def _reflex(self, text: str, now: datetime) -> Reply | None:
        found = sorted(find_reflexes(text, self._language), key=lambda reflex: reflex.kind)
        if not found:
            return None
        self._asked = None
        said = " ".join(self._say(reflex.kind, now) for reflex in found)
        return Reply(said, found[0].kind, tuple(_act_of(reflex) for reflex in found))

    def _answer(self, text: str, now: datetime) -> Reply:
        if not words(text, self._language):
            return Reply(self._say("silence", now))
        asked, self._asked = self._open_question(now), None
        meaning = self._understood(text)
        if meaning is None:
            return self._not_understood(text, now)
        if asked is not None and meaning.intent in ("Yes", "No"):
            return self._settle(asked, meaning.intent == "Yes", now)
        if meaning.intent == "AtHour":
            return self._take_hour(asked, meaning, now)
        if meaning.intent in _ASKED_BACK:
            return self.ask_back(meaning, now)
        if meaning.intent == "Guide":
            return Reply(self._say("Guide", now, room=self._called(meaning.slots["room"])), "Guide", _acts_of(meaning))
        return Reply(self._plain_answer(meaning.intent, now), meaning.intent, _acts_of(meaning))

    def _not_understood(self, text: str, now: datetime) -> Reply:
        """Who may be in need of help is offered it: no list of words knows every call."""
        if not is_worrying(text, self._language):
            return Reply(self._say("unknown", now))
        offer = self.ask_back(Meaning("CallNurse", {"carer": "nurse"}), now)
        gap = "" if self._language == "ja" else " "
        return Reply(self._say("worried", now) + gap + offer.text, offer.intent)

    def _called(self, room: str) -> str:
        return next((said for said, name in self._setting.rooms.items() if name == room), room)

    def _understood(self, text: str) -> Meaning | None:
        known = self._setting
        return understand(text, self._language, known.routines, known.rooms, known.people)

    def _open_question(self, now: datetime) -> Meaning | None:
        if self._asked is None or (now - self._asked[1]).total_seconds() > QUESTION_HOLDS_S:
            return None
        return self._asked[0]

    def _settle(self, asked: Meaning, agreed: bool, now: datetime) -> Reply:
        if not agreed:
            return Reply(self._say("cancelled", now), "No")
        if asked.intent == "Remind" and "at" not in asked.slots:
            return self._ask_reminder(asked, now)
        return Reply(self._say("confirmed", now), "Yes", _acts_of(asked))

    def _take_hour(self, asked: Meaning | None, hour: Meaning, now: datetime) -> Reply:
        """The hour that was asked for, or that corrects the one that was understood."""
        if asked is None or asked.intent != "Remind":
            return Reply(self._say("unknown", now))
        return self._ask_reminder(Meaning("Remind", {"what": asked.slots["what"], **hour.slots}), now)

    def ask_back(self, meaning: Meaning, now: datetime) -> Reply:
        """The question that comes before `meaning`, one of those that are asked back, becomes an act."""
        with self._lock:
            return self._ask_back(meaning, now)

    def _ask_back(self, meaning: Meaning, now: datetime) -> Reply:
        if meaning.intent == "Remind":
            return self._ask_reminder(meaning, now)
        self._asked = meaning, now
        if "person" in meaning.slots:
            return Reply(self._say("CallPerson", now, whom=meaning.slots["person"]), meaning.intent)
        return Reply(self._say(meaning.intent, now, **meaning.slots), meaning.intent)

    def _ask_reminder(self, meaning: Meaning, now: datetime) -> Reply:
        what = meaning.slots["what"]
        at = _time_of(meaning.slots)
        if at is None:
            self._asked = meaning, now
            return Reply(self._say("remind_when", now, what=what), "Remind")
        self._asked = Meaning("Remind", {"what": what, "at": at.isoformat("minutes")}), now
        return Reply(self._say("Remind", now, what=what, clock=self._answers.time_of_day(at)), "Remind")

    def _plain_answer(self, intent: str, now: datetime) -> str:
        if intent == "Repeat":
            return self._last or self._say("nothing_said", now)
        if intent == "Schedule":
            return self._plan(now)
        return self._say(intent, now)

    def template(self, key: str, now: datetime) -> Reply:
        """The answer `key`, or, for the name of an intent without an act, what the robot says to it."""
        return Reply(self._plain_answer(key, now), key if key in intents_of(self._language).intents else "")

    def said_instead(self, heard: str, text: str) -> None:
        """What was really said to `heard`, where that was not the reply that `hear` gave; nothing, where something else
        was heard since, or all was forgotten."""
        with self._lock:
            if self._heard != heard:
                return
            self._last = text
            if self._remembered and self._remembered[-1][0] == heard:
                self._remembered[-1] = heard, text

    def was_said(self, text: str, turn: str = "") -> None:
        """The person was told this, by whomever: it is what "repeat" repeats, with the rest of the same `turn`."""
        with self._lock:
            if turn and turn == self._last_turn and self._last.endswith(text):
                return
            is_more = turn and turn == self._last_turn
            gap = "" if self._language == "ja" else " "
            self._last = f"{self._last}{gap}{text}" if is_more else text
            self._last_turn = turn

    def _plan(self, now: datetime) -> str:
        """What is still to come of the day."""
        left = [each for each in sorted(self._setting.plan) if each[0] >= now.time()][:MOST_TOLD]
        if not left:
            return self._say("empty_schedule", now)
        comma = "、" if self._language == "ja" else ", "
        said = comma.join(f"{self._answers.time_of_day(at)} {what}" for at, what in left)
        return self._say("Schedule", now, plan=said)

    def _remember(self, text: str, reply: Reply) -> None:
        if self._setting.may_remember:
            self._remembered = [*self._remembered, (text, reply.text)][-MOST_REMEMBERED:]

    def _say(self, key: str, now: datetime, **values: object) -> str:
        return self._answers.say(key, now, self._setting.name, **values)


def _act_of(reflex: Reflex) -> Act:
    return Act(reflex.kind, {"words": reflex.words, "rule": reflex.rule, "language": reflex.language})


def _acts_of(meaning: Meaning) -> tuple[Act, ...]:
    name = _ACTS.get(meaning.intent)
    return (Act(name, meaning.slots),) if name else ()


def _time_of(slots: Mapping[str, Any]) -> time | None:
    if "at" in slots:
        return time.fromisoformat(slots["at"])
    return time(_hour(slots["hour"], slots.get("half"))) if "hour" in slots else None


def _hour(hour: int, half: str | None) -> int:
    """`hour` of 24; a twelve o'clock in the morning is midnight."""
    if half == "pm" and hour < 12:
        return hour + 12
    return 0 if half == "am" and hour == 12 else hour
