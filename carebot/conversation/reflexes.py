"""The reflex path: stop-words and calls for help, found by rules in any result of hearing before all else.

The rules are data, `reflex/<language>.yaml`. Each group has phrases and guards: what, standing before, after or around
a phrase, shows that it is denied, told of somebody else, asked, or meant otherwise. In doubt a call counts: an alert
too many costs a caregiver a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from carebot.config import FileModel, load_yaml
from carebot.conversation.text import LANGUAGES, Language, hiragana, normal, words

ReflexKind = Literal["stop", "help"]

REACH = 240
"""Characters on each side of a phrase that guards look at: further away, something else is spoken of. However long
somebody speaks, a phrase is judged in the same time."""

MOST_REPEATS = 12
"""How often a part of a rule that may be repeated is looked for: "so so so sorry" need not be told to its end."""


@dataclass(frozen=True, slots=True)
class Reflex:
    """What was found: its kind, the rule's name, the words that were heard, and the language whose rule it was."""

    kind: ReflexKind
    rule: str
    words: str
    language: Language


class _Guard(FileModel):
    """Where one of these fits, a phrase does not count.

    `before` ends where the phrase begins, `after` begins where it ends; both look at its clause. `sentence_before`
    looks at the whole sentence up to the phrase, `around` at the whole clause, `sentence` at the whole sentence.
    """

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    around: tuple[str, ...] = ()
    sentence_before: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()


class _Group(_Guard):
    kind: ReflexKind
    name: str
    phrases: tuple[str, ...] = Field(min_length=1)
    guards: tuple[str, ...] = ()
    waits: bool = False
    """Whether the words that follow can turn it round, so that an unfinished result does not count yet."""


class _Rules(FileModel):
    language: Language
    classes: dict[str, str] = Field(default_factory=dict)
    clause_ends: tuple[str, ...] = ()
    own_words: tuple[str, ...] = ()
    """What may stand before a quotation that is the speaker's own call: "I said stop"."""
    misheard: dict[str, str] = Field(default_factory=dict)
    worries: tuple[str, ...] = ()
    """Words of distress: what no rule understands and has one of them is asked about."""
    calms: tuple[str, ...] = ()
    """What takes the distress out of them."""
    guards: dict[str, _Guard] = Field(default_factory=dict)
    groups: tuple[_Group, ...] = Field(min_length=1)


class Reflexes:
    """The rules of one language."""

    def __init__(self, rules: _Rules) -> None:
        self.language: Language = rules.language
        self._pattern = _Compiler(rules)
        self._misheard = [(self._pattern.whole(wrong), right) for wrong, right in rules.misheard.items()]
        self._clause_end = re.compile("|".join([r"[,;:、]", *map(self._pattern.source, rules.clause_ends)]))
        self._own_words = self._pattern.ending(rules.own_words)
        self._worries, self._calms = self._pattern.any_of(rules.worries), self._pattern.any_of(rules.calms)
        self._groups = [_CompiledGroup(group, rules, self._pattern) for group in rules.groups]

    def judge(self, text: str, final: bool = True) -> dict[ReflexKind, Reflex | None]:
        """For each kind that `text` has words of: what it calls for, or None where the words do not mean a call.

        `final` says that no more words follow.
        """
        judged: dict[ReflexKind, Reflex | None] = {}
        for sentence in _sentences(self._heard(text)):
            for start, end in self._clauses(sentence):
                self._judge_clause(judged, sentence, start, end, final)
        return judged

    def is_worrying(self, text: str) -> bool:
        """Whether `text` has words of distress, though they need not be a call."""
        heard = self._heard(text)
        return bool(self._worries.search(heard)) and not self._calms.search(heard)

    def _heard(self, text: str) -> str:
        heard = normal(text, self.language)
        for wrong, right in self._misheard:
            heard = wrong.sub(right, heard)
        return heard

    def _judge_clause(
        self, judged: dict[ReflexKind, Reflex | None], sentence: str, start: int, end: int, final: bool
    ) -> None:
        """Add what the clause calls for, where that is not known yet."""
        for group in self._groups:
            for place, counts in () if judged.get(group.kind) else group.places(sentence, start, end, final):
                judged.setdefault(group.kind, None)
                if counts and not self._is_quoted(sentence, place):
                    judged[group.kind] = Reflex(group.kind, group.name, sentence.strip(' "'), self.language)
                    break

    def _clauses(self, sentence: str) -> Iterator[tuple[int, int]]:
        start = 0
        for separator in self._clause_end.finditer(sentence):
            yield start, separator.start()
            start = separator.end()
        yield start, len(sentence)

    def _is_quoted(self, sentence: str, place: tuple[int, int]) -> bool:
        """Whether the phrase stands in quotation marks inside a longer sentence that is not "I said …"."""
        if sentence.count('"', 0, place[0]) % 2 == 0 or '"' not in sentence[place[1] :]:
            return False
        begin, end = sentence.rindex('"', 0, place[0]), sentence.index('"', place[1])
        is_longer = bool(_WORD.search(sentence, 0, begin) or _WORD.search(sentence, end))
        return is_longer and not self._own_words.search(_near(sentence, place).before.rstrip(' "'))


class _Compiler:
    """Regular expressions of one language: with its classes of words, bounded by words' ends where it has blanks."""

    def __init__(self, rules: _Rules) -> None:
        self._language = rules.language
        self._classes = rules.classes

    def source(self, pattern: str) -> str:
        for _ in range(3):
            pattern = re.sub(r"\{([a-z_]+)\}", lambda match: f"(?:{self._classes[match[1]]})", pattern)
        pattern = re.sub(r"(?<!\\)\)([*+])", lambda match: f"){{{'*+'.index(match[1])},{MOST_REPEATS}}}", pattern)
        return hiragana(pattern).replace("ー", "") if self._language == "ja" else pattern

    def whole(self, pattern: str) -> re.Pattern[str]:
        return self.any_of([pattern])

    def any_of(self, patterns: Iterable[str]) -> re.Pattern[str]:
        return re.compile(f"{self._begin}{self._joined(patterns)}{self._end}")

    def ending(self, patterns: Iterable[str]) -> re.Pattern[str]:
        return re.compile(f'{self._begin}{self._joined(patterns)}[\\s"]*$')

    def beginning(self, patterns: Iterable[str]) -> re.Pattern[str]:
        return re.compile(f'[\\s"]*{self._joined(patterns)}{self._end}')

    def _joined(self, patterns: Iterable[str]) -> str:
        sources = [self.source(pattern) for pattern in patterns]
        return f"(?:{'|'.join(sources)})" if sources else r"(?!)"

    @property
    def _begin(self) -> str:
        return "" if self._language == "ja" else r"(?<!\w)"

    @property
    def _end(self) -> str:
        return "" if self._language == "ja" else r"(?!\w)"


class _CompiledGroup:
    def __init__(self, group: _Group, rules: _Rules, compiler: _Compiler) -> None:
        guards = [group, *(rules.guards[name] for name in group.guards)]
        self.kind: ReflexKind = group.kind
        self.name = group.name
        self._waits = group.waits
        self._phrases = compiler.any_of(group.phrases)
        self._before = compiler.ending(each for guard in guards for each in guard.before)
        self._after = compiler.beginning(each for guard in guards for each in guard.after)
        self._around = compiler.any_of(each for guard in guards for each in guard.around)
        self._sentence_before = compiler.ending(each for guard in guards for each in guard.sentence_before)
        self._sentence = compiler.any_of(each for guard in guards for each in guard.sentence)

    def places(self, sentence: str, start: int, end: int, final: bool) -> Iterator[tuple[tuple[int, int], bool]]:
        """Where in the clause from `start` to `end` a phrase stands, and whether it counts."""
        clause = sentence[start:end]
        last = len(clause.rstrip())
        for match in self._phrases.finditer(clause):
            may_go_on = not final and end == len(sentence) and match.end() >= last
            counts = not (self._waits and may_go_on) and not self._is_guarded(sentence, clause, start, match)
            yield (start + match.start(), start + match.end()), counts

    def _is_guarded(self, sentence: str, clause: str, start: int, match: re.Match[str]) -> bool:
        near, whole = _near(clause, match.span()), _near(sentence, (start + match.start(), start + match.end()))
        return bool(
            self._before.search(near.before)
            or self._after.match(near.text, near.end)
            or self._around.search(near.text)
            or self._sentence_before.search(whole.before)
            or self._sentence.search(whole.text)
        )


@dataclass(frozen=True, slots=True)
class _Near:
    """What stands around a phrase: all of it, what comes before the phrase, and where the phrase ends."""

    text: str
    before: str
    end: int


def _near(text: str, place: tuple[int, int]) -> _Near:
    """At most `REACH` on each side, in whole words where there are blanks."""
    begin, end = max(0, place[0] - REACH), min(len(text), place[1] + REACH)
    if begin:
        begin = max(begin, text.find(" ", begin, place[0]) + 1)
    if end < len(text):
        end = max(text.rfind(" ", place[1], end), 0) or end
    return _Near(text[begin:end], text[begin : place[0]], place[1] - begin)


_WORD = re.compile(r"\w")


def _sentences(text: str) -> list[str]:
    """Sentences with the mark that ends them."""
    return [sentence for sentence in re.findall(r"[^.!?。]+[.!?。]*", text) if sentence.strip()]


@cache
def reflexes_of(language: Language) -> Reflexes:
    """The rules that carebot ships for `language`."""
    return Reflexes(load_yaml(Path(__file__).parent / "reflex" / f"{language}.yaml", _Rules))


def find_reflexes(text: str, language: Language, final: bool = True) -> tuple[Reflex, ...]:
    """What `text` calls for, at most one of each kind, in whatever language: who is frightened may change it.

    The language that the words seem to be of has the first say, then `language`, then the others; the first that knows
    words of a kind decides about that kind.
    """
    judged: dict[ReflexKind, Reflex | None] = {}
    for each in _in_order(text, language):
        judged = reflexes_of(each).judge(text, final) | judged
    return tuple(reflex for reflex in judged.values() if reflex is not None)


def is_worrying(text: str, language: Language) -> bool:
    """Whether `text`, which nothing else understood, may be a call that no rule knows: words of distress, and none of
    a call that is denied, quoted or long past."""
    spoken = seems_to_be(text) or language
    return reflexes_of(spoken).is_worrying(text) and "help" not in reflexes_of(spoken).judge(text)


_SMALL_WORDS: dict[Language, str] = {
    "en": "i am the my do not need is have has can you me he she it there a to in of what how",
    "fr": "je j ai ne n pas le la de suis mon ma il elle est vous tu les une au que qu c me moi",
}
_IS_SMALL = {language: frozenset(listed.split()) for language, listed in _SMALL_WORDS.items()}


def _in_order(text: str, language: Language) -> list[Language]:
    seems = seems_to_be(text) or language
    return list(dict.fromkeys((seems, language, *LANGUAGES)))


def seems_to_be(text: str) -> Language | None:
    """The language of `text` by its script and its small words; None where they do not tell."""
    if re.search(r"[぀-ヿ一-鿿]", text):
        return "ja"
    found = words(text, "fr").split()
    english, french = (sum(word in _IS_SMALL[each] for word in found) for each in ("en", "fr"))
    if english == french:
        return None
    return "en" if english > french else "fr"
