"""What an occurrence of the schedule is, and whom it is about, in the reader's language."""

from __future__ import annotations

from carebot.tablet.caring import CareView, OccurrenceView
from carebot.tablet.language import Texts
from carebot.tablet.page_routines import spoken_value


def routine_of(due: OccurrenceView, care: CareView, texts: Texts) -> str:
    """What is due, by the routine's name in the reader's language."""
    offer = care.offer(due.routine)
    return offer.spoken(texts.language) if offer else due.routine or due.entry


def whom(due: OccurrenceView, care: CareView, texts: Texts) -> str:
    """The residents and things that an entry is about, in the order of the routine's parameters."""
    line = next((each for each in care.schedule.entries if each.id == due.entry), None)
    offer = care.offer(due.routine)
    if line is None or offer is None:
        return ""
    given = line.content.get("with", {})
    told = [
        spoken_value(offer, each.name, given[each.name], texts)
        for each in offer.parameters
        if each.kind in ("resident", "text", "choice") and given.get(each.name)
    ]
    return " · ".join(told)
