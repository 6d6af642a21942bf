"""Why care has not changed contacts or quiet hours, in the caregiver's language."""

from __future__ import annotations

from carebot.tablet import refusals
from carebot.tablet.house import HouseOutcome
from carebot.tablet.refusals import Refusal

STATUSES = {"contact_unknown": 404, "resident_unknown": 404, "changed_meanwhile": 412}
CODES = (
    "changed_meanwhile",
    "contact_exists",
    "contact_invalid",
    "contact_last",
    "contact_name",
    "contact_needed",
    "contact_no_way",
    "contact_unknown",
    "contacts_many",
    "contacts_of_file",
    "address_refused",
    "file_calls_nobody",
    "hours_empty",
    "hours_invalid",
    "hours_many",
    "hours_of_file",
    "hours_overlap",
    "level_unknown",
    "no_site",
    "resident_unknown",
    "trial_soon",
    "way_unknown",
    "ways_many",
)
"""What care says that caregivers can do something about; each has a text `house_CODE`."""
_VALUES = {
    "contact_exists": ("name",),
    "contact_last": ("chain",),
    "contact_needed": ("reason",),
    "address_refused": ("way",),
    "way_unknown": ("way",),
}


def of_outcome(outcome: HouseOutcome) -> Refusal:
    """What care has refused; what has no text of its own is told in care's words."""
    if outcome.code in ("silent", "unanswered"):
        return refusals.SILENT if outcome.code == "silent" else refusals.UNANSWERED
    if outcome.code == "not_recorded":
        return Refusal(503, "care_not_recorded", {"reason": outcome.message})
    if outcome.code not in CODES:
        return Refusal(409, "care_refuses", {"reason": outcome.message})
    values = {name: outcome.values.get(name, "") for name in _VALUES.get(outcome.code, ())}
    return Refusal(STATUSES.get(outcome.code, 409), f"house_{outcome.code}", values)
