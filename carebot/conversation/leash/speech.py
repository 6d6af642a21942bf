"""A model's text as it streams in → the sentences that may be spoken, each as soon as it is whole and checked."""

from __future__ import annotations

import re

from carebot.conversation.leash.checks import MOST_CHARACTERS, MOST_SENTENCES, Reason, refusal
from carebot.conversation.text import Language, clean, words

_END = re.compile(r"[。！？]+[」』”]*|[.!?…]+[\"'”»)]*(?=\s)|\n+")


class Speech:
    """One answer. It ends before a second question and after MOST_SENTENCES; a sentence that is refused ends it too.
    What has been spoken is looked at again with each new sentence, so that nothing is hidden by parting it."""

    def __init__(self, language: Language, hushed: Reason | None = None) -> None:
        """With `hushed`, nothing at all is spoken, for that reason."""
        self._language: Language = language
        self._hushed = hushed
        self._waiting = ""
        self.spoken: tuple[str, ...] = ()
        self.refused: Reason | None = None
        self.is_over = False

    def add(self, piece: str) -> list[str]:
        """The sentences that `piece` completes."""
        self._waiting += piece
        ready: list[str] = []
        while not self.is_over and (end := _END.search(self._waiting)):
            sentence, self._waiting = self._waiting[: end.end()], self._waiting[end.end() :]
            ready += self._check(sentence)
        if not self.is_over and len(self._waiting) > MOST_CHARACTERS[self._language]:
            self._refuse("too_long")
        return ready

    def finish(self) -> list[str]:
        """What is left when no more comes; an answer without a word is refused."""
        left, self._waiting = self._waiting, ""
        ready = [] if self.is_over else self._check(left)
        if not self.spoken and not self.is_over:
            self._refuse("empty")
        self.is_over = True
        return ready

    def _check(self, raw: str) -> list[str]:
        sentence = clean(raw)
        if not words(sentence, self._language):
            return []
        reason = self._hushed or refusal(" ".join((*self.spoken, sentence)), self._language)
        if self.spoken and reason in ("too_long", "questions"):
            self.is_over = True
            return []
        if reason is not None:
            self._refuse(reason)
            return []
        self.spoken = (*self.spoken, sentence)
        self.is_over = len(self.spoken) >= MOST_SENTENCES
        return [sentence]

    def _refuse(self, reason: Reason) -> None:
        self.refused = reason
        self.is_over = True
