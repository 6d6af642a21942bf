"""A caregiver's yes before something is done: asked for once, with a time limit and a default that the file states."""

from __future__ import annotations

from carebot.routines.filling import resolved
from carebot.routines.moment import RunContext
from carebot.routines.own_texts import own_text
from carebot.routines.steps import Approval


def verdict(context: RunContext, key: str, approval: Approval, what: str) -> bool | None:
    """Whether it may be done; None while nobody has answered and there is time. Asks at its first call."""
    entry = context.journal.get(key)
    if "agreed" in entry:
        return bool(entry["agreed"])
    who = resolved(approval.by, context.replacements())
    if "asked_s" not in entry:
        until_s = context.now_s + approval.within_s
        context.journal.put(
            key, asked_s=context.now_s, who=who, what=what, until_s=until_s, otherwise=approval.otherwise
        )
        context.effects.append(lambda: _ask(context, key, approval, who, what))
        return None
    if context.now_s - entry["asked_s"] <= approval.within_s:
        return None
    agreed = approval.otherwise == "do"
    context.journal.put(key, agreed=agreed, by="")
    if not agreed:
        context.failure = f"nobody agreed to it within {approval.within_s / 60:g} minutes"
    return agreed


def answer(context: RunContext, key: str, agreed: bool, by: str) -> str:
    """Take the answer of the caregiver `by`; a sentence where it cannot be taken, else empty."""
    entry = context.journal.get(key)
    if "asked_s" not in entry or "agreed" in entry:
        return "Nothing waits for an approval there any more: look at the list again."
    if not by.strip():
        return "An approval needs the name of the person who gives it."
    if entry["who"] and entry["who"] != by:
        return f"The approval of {entry['who']} is asked for, not that of {by[:80]}."
    context.journal.put(key, agreed=agreed, by=by)
    if not agreed:
        context.failure = f"{by} did not agree to it"
    return ""


def _ask(context: RunContext, key: str, approval: Approval, who: str, what: str) -> None:
    messages = context.ports.messages
    language = messages.language_of(who)
    name = context.routine.called(language)
    minutes = f"{approval.within_s / 60:g}"
    otherwise = own_text(f"approval_{approval.otherwise}", language)
    title = own_text("approval_title", language, routine=name)
    body = own_text("approval_body", language, what=what or name, minutes=minutes, otherwise=otherwise)
    messages.tell(who, title, body, f"{context.run.id}/{key}", context.now_s)
