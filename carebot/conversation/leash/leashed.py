"""A dialogue that asks a language model where the templates have no answer, and answers by template where the model
fails, is late, or says what it must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal, Protocol

from carebot.clock import Clock, MonotonicClock
from carebot.conversation.dialogue import QUESTION_HOLDS_S, Act, Dialogue, Reply
from carebot.conversation.leash.checks import Reason, delicate, questions, rules_of
from carebot.conversation.leash.events import Event, Failure, ToolCall, Words
from carebot.conversation.leash.prompt import Context, messages
from carebot.conversation.leash.settings import ModelSettings
from carebot.conversation.leash.speech import Speech
from carebot.conversation.leash.tools import Choice, Routine, choose, tool_list
from carebot.conversation.text import LANGUAGES, Language, words
from carebot.conversation.understanding import Meaning

_NOT_MINE: frozenset[Reason] = frozenset({"diagnosis", "dosage", "intake", "money", "hinders", "harm"})


class AskedRequest(Protocol):
    """One question to a model; see `client.Request`."""

    def next_event(self, wait_s: float) -> Event: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


class ChatModel(Protocol):
    """Whom to ask; see `client.ChatClient`."""

    def ask(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> AskedRequest: ...


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the answer, to be spoken at once; who made its words, and why the model did not, where it was asked."""

    reply: Reply
    by: Literal["template", "model"] = "template"
    why: str = ""


class LeashedDialogue:
    """`dialogue` first; the model only for what that did not understand. `tell` hears, in a sentence for the operator,
    why an answer of the model was not used."""

    def __init__(
        self,
        dialogue: Dialogue,
        model: ChatModel,
        settings: ModelSettings,
        *,
        language: Language,
        routines: Sequence[Routine] = (),
        context: Context | None = None,
        clock: Clock | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._dialogue = dialogue
        self._model = model
        self._settings = settings
        self._language: Language = language
        self._routines = tuple(routines)
        self._tools = tool_list(self._routines)
        self._context = context or Context()
        self._clock = clock or MonotonicClock()
        self._tell = tell
        self._rests_until_s = -1.0
        self._request: AskedRequest | None = None
        self._calls_off = self._forgets = 0
        self._asked: tuple[tuple[str, str], datetime] | None = None
        for each in LANGUAGES:
            rules_of(each)  # read now, not in the middle of the first answer

    def hear(self, text: str, now: datetime) -> Reply:
        """The whole reply to an utterance, after at most `answer_s`; empty where it was interrupted."""
        parts = [part.reply for part in self.parts(text, now)]
        acts: tuple[Act, ...] = sum((part.acts for part in parts), ())
        return Reply(self._joined([part.text for part in parts]), next((p.intent for p in parts if p.intent), ""), acts)

    def interrupt(self) -> None:
        """Call off what the model is being asked, from any thread: somebody said stop, or went on speaking."""
        self._calls_off += 1
        request = self._request
        if request is not None:
            request.interrupt()

    def forget(self) -> None:
        """Forget what was asked, and what a question that is under way may yet bring."""
        self._forgets += 1
        self.interrupt()
        self._asked = None

    def parts(self, text: str, now: datetime) -> Iterator[Part]:
        """The reply in parts, each as soon as it may be spoken."""
        calls_off, forgets = self._calls_off, self._forgets
        before = tuple(each for each in self._dialogue.remembered if delicate(each[0], self._language) is None)
        asked = self._open_question(now)
        self._asked = None
        reply = self._dialogue.hear(text, now)
        if not self._is_for_model(text, reply, asked is not None) or self._clock.now_s() < self._rests_until_s:
            yield Part(reply)
            return
        if asked is not None and asked not in before:
            before = (*before, asked)
        said: list[Part] = []
        try:
            for part in self._improvised(text, reply, before, now, calls_off):
                said.append(part)
                yield part
        finally:
            if self._forgets == forgets:
                self._keep(text, said, now)

    def _keep(self, text: str, said: Sequence[Part], now: datetime) -> None:
        whole = self._joined([part.reply.text for part in said])
        self._dialogue.said_instead(text, whole)
        if said and said[-1].by == "model" and questions(whole):
            self._asked = (text, whole), now

    def _is_for_model(self, text: str, reply: Reply, has_asked: bool) -> bool:
        """What no template knows, and a yes or no to the model's own question."""
        if not words(text, self._language) or reply.acts:
            return False
        return not reply.intent or (has_asked and reply.intent in ("Yes", "No"))

    def _open_question(self, now: datetime) -> tuple[str, str] | None:
        """What was heard and what the model asked in answer, as long as a yes may belong to it."""
        if self._asked is None or (now - self._asked[1]).total_seconds() > QUESTION_HOLDS_S:
            return None
        return self._asked[0]

    def _improvised(
        self, text: str, template: Reply, before: Sequence[tuple[str, str]], now: datetime, calls_off: int
    ) -> Iterator[Part]:
        speech, calls, failure = Speech(self._language, delicate(text, self._language)), list[ToolCall](), None
        for event in self._events(messages(text, self._language, now, self._context, before), speech, calls_off):
            if isinstance(event, Words):
                yield from _spoken(speech.add(event.text))
            elif isinstance(event, ToolCall):
                calls.append(event)
            elif isinstance(event, Failure):
                failure = event
        if failure is not None:
            self._note(failure)
            if not speech.spoken and failure.kind != "interrupted":
                yield Part(template, why=failure.kind)
            return
        yield from self._ending(speech, choose(calls, self._routines), template, now)

    def _events(self, asked: Sequence[Mapping[str, Any]], speech: Speech, calls_off: int) -> Iterator[Event]:
        """Until the first sentence the short time limit holds, then the long one."""
        began_s = self._clock.now_s()
        self._request = request = self._model.ask(asked, self._tools)
        try:
            if self._calls_off != calls_off:  # called off before there was anything to call off
                request.interrupt()
            event: Event | None = None
            while isinstance(event, (Words, ToolCall)) or event is None:
                limit_s = self._settings.answer_s if speech.spoken else self._settings.first_sentence_s
                event = request.next_event(began_s + limit_s - self._clock.now_s())
                yield event
        finally:
            self._request = None
            request.close()

    def _ending(self, speech: Speech, choice: Choice, template: Reply, now: datetime) -> Iterator[Part]:
        for name in choice.refused:
            self._tell(f"The language model asked for '{name}', which was refused.")
        has_more = choice.meaning is not None or choice.tells_plan
        yield from _spoken(speech.add(f" {choice.say}\n") if choice.say else [])
        yield from _spoken(speech.finish())
        if speech.refused not in (None, "empty"):
            self._tell(f"An answer of the language model was refused ({speech.refused}).")
        if choice.meaning is not None:
            yield Part(self._dialogue.ask_back(choice.meaning, now), why="tool")
        elif choice.tells_plan:
            yield Part(self._dialogue.template("Schedule", now), why="tool")
        elif speech.refused is not None and not has_more:
            yield Part(self._not_mine(now) if speech.refused in _NOT_MINE else template, why=speech.refused)

    def _not_mine(self, now: datetime) -> Reply:
        """That it is not for a robot to say, and whether to call somebody for whom it is."""
        asked = self._dialogue.ask_back(Meaning("CallNurse", {"carer": "nurse"}), now)
        return replace(asked, text=self._joined([self._dialogue.template("not_mine", now).text, asked.text]))

    def _note(self, failure: Failure) -> None:
        self._tell(failure.sentence)
        if failure.kind != "interrupted":
            self._rests_until_s = self._clock.now_s() + self._settings.rest_s

    def _joined(self, said: Sequence[str]) -> str:
        return ("" if self._language == "ja" else " ").join(each for each in said if each)


def _spoken(sentences: Sequence[str]) -> Iterator[Part]:
    for sentence in sentences:
        yield Part(Reply(sentence), "model")
