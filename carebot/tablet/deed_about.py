"""Whom or what a row of the record is about, by the name that the reader knows it by."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from carebot.records.audit import Deed
from carebot.site.file import Site
from carebot.tablet.caring import CareView
from carebot.tablet.language import Texts
from carebot.tablet.timetable_words import written_date
from carebot.tablet.trips import Destination, named

ID_DIGITS = 8
_ID = re.compile("[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")


def about_words(deed: Deed, texts: Texts, care: CareView, site: Site | None) -> str:
    """The routine, the line of the schedule or the place by its name; else as it was written down. May be empty."""
    if deed.what == "sent the robot":
        return _place(deed.detail, texts, site)
    if "routine" in deed.what:
        return _routine(deed.about.partition("@")[0], texts, care) or deed.about
    if ": schedule" in deed.what:
        return _line(deed, texts, care) or deed.about
    is_said = deed.kind == "sign-in" and deed.about == deed.who
    return "" if is_said else _short(deed.about)


def _short(about: str) -> str:
    """Of a device's or an alert's id its beginning, by which it is found over the API: nobody reads 32 digits."""
    return about[:ID_DIGITS] if _ID.fullmatch(about) else about


def _place(where: Mapping[str, Any], texts: Texts, site: Site | None) -> str:
    name, x_m, y_m = str(where.get("name", "")), where.get("x_m"), where.get("y_m")
    if name:
        to = Destination(name)
    elif isinstance(x_m, float) and isinstance(y_m, float):
        to = Destination("", x_m, y_m)
    else:
        return ""
    return (named(site, to, texts.language) if site else "") or name or texts("trip_a_place")


def _routine(name: str, texts: Texts, care: CareView) -> str:
    offer = care.offer(name)
    return offer.spoken(texts.language) if offer else ""


def _line(deed: Deed, texts: Texts, care: CareView) -> str:
    """An entry by its routine, a pause by its days: as they were given, or as they stand in the schedule now."""
    now = care.schedule.line_of(deed.what.partition(":")[0], deed.about)
    content = deed.detail.get("content") or (now.content if now else {})
    if "routine" in content:
        return _routine(str(content["routine"]), texts, care)
    if "first_day" in content:
        first, last = (written_date(content.get(key, ""), texts) for key in ("first_day", "last_day"))
        return texts("pause_days", first=first, last=last)
    return ""
