"""Why care would not do what is asked for, known before it is asked, so that it is told in the caregiver's language.

Care has the last word; what only care can know it says in English, and is told in the caregiver's language where there
are words for it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from carebot.tablet.caring import CareOutcome, CareView, Offer, Parameter, RunAnswer, ScheduleView
from carebot.tablet.language import Texts

LONGEST_TEXT = 500
MOST_ROOMS = 20


@dataclass(frozen=True, slots=True)
class Refusal:
    """`status` is the one that the API answers with, `key` the text's, `values` what is put into it.

    A value called `reason` is a sentence of the robot's, in English.
    """

    status: int
    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def words(self, texts: Texts) -> str:
        reason = {"reason": texts.why(str(self.values["reason"]))} if "reason" in self.values else {}
        return texts(self.key, **{**self.values, **reason})


SILENT = Refusal(503, "care_silent")
UNANSWERED = Refusal(503, "care_unanswered")
"""Care was asked and did not answer in time: whether it was done is not known."""


def of_start(care: CareView, routine: str, given: Mapping[str, Any], texts: Texts) -> Refusal | None:
    """Why a routine cannot be started; None where nothing is known against it."""
    if care.is_silent or not care.offers:
        return SILENT
    offer = care.offer(routine)
    if offer is None:
        return Refusal(404, "routine_unknown", {"routine": routine[:60]})
    refusal = of_values(offer, given, texts)
    if refusal is not None:
        return refusal
    same = care.under_way(offer, given)
    if same is not None:
        return Refusal(409, "routine_already", {"name": who(same.requested_by, texts)})
    return None


def of_answer(care: CareView, run_id: str, answer: RunAnswer, by: str) -> Refusal | None:
    """Why a word on a run cannot be taken."""
    if care.is_silent:
        return SILENT
    run = care.run(run_id)
    if run is None:
        return Refusal(404, "run_over")
    if answer in ("approve", "refuse"):
        if run.approval is None:
            return Refusal(409, "approval_over")
        if run.approval.of and run.approval.of != by:
            return Refusal(403, "approval_of_other", {"name": run.approval.of})
    if answer == "go_on" and run.state != "paused":
        return Refusal(409, "run_not_paused")
    if answer == "pause" and run.state in ("paused", "ending"):
        return Refusal(409, "run_not_running")
    return None


def of_entry(care: CareView, entry: Mapping[str, Any], texts: Texts) -> Refusal | None:
    """Why an entry of the schedule cannot be used."""
    if care.is_silent or not care.offers:
        return SILENT
    offer = care.offer(str(entry.get("routine", "")))
    if offer is None:
        return Refusal(409, "routine_unknown", {"routine": str(entry.get("routine", ""))[:60]})
    if sum(bool(entry.get(way)) for way in ("at", "cron", "every_s")) != 1:
        return Refusal(409, "entry_one_way")
    begin, end = entry.get("from_day"), entry.get("until_day")
    if begin and end and end < begin:
        return Refusal(409, "days_backwards")
    return of_values(offer, entry.get("with", {}), texts)


def of_key(schedule: ScheduleView, is_pause: bool, key: str, must_be_new: bool) -> Refusal | None:
    """Why a line of that id cannot be added, or changed."""
    lines = schedule.pauses if is_pause else schedule.entries
    is_there = any(each.id == key and not each.is_removed for each in lines)
    if must_be_new and is_there:
        return Refusal(409, "line_exists")
    return None if must_be_new or is_there else Refusal(404, "line_unknown")


def of_outcome(outcome: CareOutcome) -> Refusal | None:
    """What care itself has refused; None where it took it."""
    if outcome.accepted:
        return None
    if outcome.code in ("silent", "unanswered"):
        return SILENT if outcome.code == "silent" else UNANSWERED
    if outcome.code == "not_recorded":
        return Refusal(503, "care_not_recorded", {"reason": outcome.message})
    status = {"unknown": 404}.get(outcome.code, 409)
    return Refusal(status, "care_refuses", {"reason": outcome.message})


def of_values(offer: Offer, given: Mapping[str, Any], texts: Texts) -> Refusal | None:
    """Why what is given for a routine's parameters cannot be used."""
    known = {each.name: each for each in offer.parameters}
    for name in given:
        if name not in known:
            return Refusal(409, "given_unknown", {"parameter": name[:60]})
    for name, parameter in known.items():
        label = {"parameter": label_of(parameter, texts)}
        if given.get(name) is None and parameter.given is None:
            return Refusal(409, "given_missing", label)
        if name in given and (problem := _problem(parameter, given[name])):
            key, values = problem
            return Refusal(409, key, {**label, **values})
    return None


def label_of(parameter: Parameter, texts: Texts) -> str:
    """What a parameter is called: by the routine's file, by the catalogue, or by its name."""
    of_file = parameter.about.get(texts.language, "")
    return of_file or texts.sentence(f"parameter_{parameter.name}", {}) or parameter.name.replace("_", " ")


def who(name: str, texts: Texts) -> str:
    """Who asked for a run, in words: the schedule and the robot itself are nobody's names."""
    return texts.sentence({"schedule": "by_schedule", "fall detection": "by_falls"}.get(name, ""), {}) or name or "?"


Problem = tuple[str, Mapping[str, object]]


def _problem(parameter: Parameter, value: Any) -> Problem | None:
    if parameter.kind in ("number", "whole"):
        return _number_problem(parameter, value)
    if parameter.kind == "yes_no":
        return None if isinstance(value, bool) else ("given_yes_no", {})
    if parameter.kind == "rooms":
        is_list = isinstance(value, list) and len(value) <= MOST_ROOMS
        return _choice_problem(parameter, value) if is_list else ("given_other", {})
    most = int(parameter.most or LONGEST_TEXT) if parameter.kind == "text" else LONGEST_TEXT
    if not isinstance(value, str):
        return "given_other", {}
    if len(value) > most:
        return "given_long", {"most": most}
    if parameter.kind in ("text", "alert") or (value == "" and parameter.kind != "choice"):
        return None
    return _choice_problem(parameter, [value])


def _number_problem(parameter: Parameter, value: Any) -> Problem | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not _is_finite(value) or (parameter.kind == "whole" and not isinstance(value, int)):
        return "given_number", {}
    least, most = parameter.least, parameter.most
    if (least is not None and value < least) or (most is not None and value > most):
        return "given_limits", {"least": _plain(least), "most": _plain(most)}
    return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number of more than 308 digits
        return False


def _choice_problem(parameter: Parameter, values: Iterable[Any]) -> Problem | None:
    known = {each.value for each in parameter.choices}
    return None if all(isinstance(each, str) and each in known for each in values) else ("given_other", {})


def _plain(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:g}"
