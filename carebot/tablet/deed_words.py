"""What a row of the record tells, in the reader's language; the record itself keeps the English words for good.

A text is found by those words: "signed in" is told by `deed_signed_in`. What nobody has translated, as in the record of
an older or a newer version, is told as it was written down.
"""

from __future__ import annotations

import re

from carebot.alerts import Answer
from carebot.records.audit import Deed
from carebot.site.file import Site
from carebot.tablet.caring import CareView
from carebot.tablet.deed_about import about_words
from carebot.tablet.language import Texts
from carebot.tablet.places import PLACES

_LOST = re.compile(r"(\d+) deeds? (?:was|were) not recorded")
_EXPORTED = "exported "
_NOT_DONE = (" was refused", " was not answered")


def deed_words(deed: Deed, texts: Texts, care: CareView, site: Site | None = None) -> str:
    """What was done, and to whom or what: plain text, not HTML. Names come from `care` and `site` where they know."""
    words = _done(deed, texts) or deed.what
    if False in (deed.detail.get("done"), deed.detail.get("taken")):
        words = texts("deed_not_confirmed", words=words)
    about = about_words(deed, texts, care, site)
    return texts("deed_about", words=words, about=about) if about else words


def _done(deed: Deed, texts: Texts) -> str | None:
    what = deed.what
    if deed.kind == "answer":
        return _answered(what, str(deed.detail.get("to", "")), texts)
    if deed.kind == "refusal" and what.startswith("/"):
        page = next((texts(place.name) for place in PLACES if place.path == what), what)
        return texts("deed_not_allowed", page=page)
    if what.startswith(_EXPORTED):
        file = what.removeprefix(_EXPORTED)
        called = texts.sentence(f"export_{file.removesuffix('.csv').lower()}", {})
        return texts("deed_exported", file=called or file)
    if lost := _LOST.fullmatch(what):
        return texts("deed_not_recorded", count=lost[1])
    return _by_its_words(deed, texts)


def _answered(answer: str, to: str, texts: Texts) -> str | None:
    takes_back = answer == Answer.HAND_OVER.value and not to
    return texts.sentence(f"deed_answer_{answer}_back" if takes_back else f"deed_answer_{answer}", {"to": to})


def _by_its_words(deed: Deed, texts: Texts) -> str | None:
    values = _values(deed, texts)
    whole = texts.sentence(_key(deed.what), values)
    if whole is not None:
        return whole
    for ending in _NOT_DONE:
        if deed.what.endswith(ending):
            asked = texts.sentence(_key(deed.what.removesuffix(ending)), values)
            return None if asked is None else texts(_key(ending), words=asked)
    return None


def _key(words: str) -> str:
    return "deed_" + re.sub("[^a-z]+", "_", words.lower()).strip("_")


def _values(deed: Deed, texts: Texts) -> dict[str, str | float]:
    """What a text may tell of the row's detail."""
    given, to, rows, seconds = (deed.detail.get(key) for key in ("given", "to", "rows", "seconds"))
    values: dict[str, str | float] = {}
    if isinstance(given, bool):
        values["answer"] = texts("answer_yes" if given else "answer_no")
    if to:
        values["consent"] = texts.sentence(f"consent_{to}", {}) or str(to)
    if isinstance(rows, list):
        values["count"] = len(rows)
    if isinstance(seconds, int | float):
        values["seconds"] = round(seconds)
    return values
