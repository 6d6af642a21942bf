"""What leaves for other programs: alerts, days, nights and what was noticed, as CSV and as a FHIR R4 Bundle (Flag,
Communication, Observation).

The FHIR resources follow https://hl7.org/fhir/R4/. Nothing is claimed that was not seen: the codes are plain text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import datetime, timezone
from typing import Any

from carebot.alerts import Alert, Verdict
from carebot.noticed import GaitDay, NoticedKind, Recorded
from carebot.records.activity import HOUR_S, Doing, Hour
from carebot.spreadsheet import csv_text
from carebot.tablet.looking_back import ExerciseDone, LookedBack, MedicineDue
from carebot.tablet.nights import Night, nights
from carebot.tablet.noticing import NoticeView

ALERT_COLUMNS = (
    "id", "kind", "state", "raised_at", "changed_at", "reason", "acknowledged_by", "resolved_by", "verdict", "note",
)  # fmt: skip


def alerts_csv(alerts: Iterable[Alert]) -> str:
    """One line for each alert; times are UTC (ISO 8601)."""
    rows = [
        (
            alert.id,
            alert.kind,
            alert.state.value,
            _iso(alert.raised_at_s),
            _iso(alert.changed_at_s),
            alert.reason,
            alert.acknowledged_by,
            alert.resolved_by,
            "" if alert.verdict is None else alert.verdict.value,
            alert.note,
        )
        for alert in alerts
    ]
    return csv_text(ALERT_COLUMNS, rows)


def activity_csv(hours: Iterable[Hour]) -> str:
    """One line for each hour of which something is known; seconds of each."""
    rows = [(_iso(hour.began_s), *(f"{hour.spent_s.get(doing, 0.0):.1f}" for doing in Doing)) for hour in hours]
    return csv_text(("began_at", *(f"{doing.value}_s" for doing in Doing)), rows)


def nights_csv(hours: Iterable[Hour]) -> str:
    """One line for each night in which anybody was seen, by the day of its morning."""
    rows = [(night.day, f"{night.lying_s:.1f}", f"{night.seen_s:.1f}", str(night.rises)) for night in nights(hours)]
    return csv_text(("night_before", "lying_s", "seen_s", "times_up"), rows)


def noticed_csv(noticed: Iterable[Recorded]) -> str:
    """One line for each observation; its numbers as name=value, each with its unit in the name."""
    rows = [(_iso(each.at_s), each.kind.value, each.reason_code, _numbers(each)) for each in noticed]
    return csv_text(("at", "kind", "reason", "numbers"), rows)


def gait_csv(days: Iterable[GaitDay]) -> str:
    """One line for each day with walks: the medians; empty where one is not known."""
    rows = [
        (day.day, str(day.walks), *(_known(value) for value in (day.speed_bl_s, day.speed_m_s, day.steps_per_s)))
        for day in days
    ]
    return csv_text(("day", "walks", "speed_bl_s", "speed_m_s", "steps_per_s"), rows)


def medicines_csv(medicines: Iterable[MedicineDue]) -> str:
    """One line for each medicine that was on the plan; days and times are the home's."""
    rows = [(each.day, each.due, each.resident, each.medicine, each.became, each.at, each.why) for each in medicines]
    return csv_text(("day", "due", "resident", "medicine", "became", "at", "why"), rows)


def exercises_csv(exercises: Iterable[ExerciseDone]) -> str:
    """One line for each exercise; days and times are the home's."""
    rows = [(each.day, each.at, each.resident, each.movement, str(each.times)) for each in exercises]
    return csv_text(("day", "at", "resident", "movement", "times"), rows)


def _numbers(noticed: Recorded) -> str:
    return "; ".join(f"{name}={value:.3g}" for name, value in noticed.numbers.items())


def _known(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else ""


def fhir_bundle(
    alerts: Iterable[Alert],
    hours: Iterable[Hour],
    subject: dict[str, Any],
    now_s: float,
    noticed: NoticeView | None = None,
    done: LookedBack | None = None,
) -> dict[str, Any]:
    """A FHIR R4 Bundle of everything; `subject` is a FHIR Reference to the resident, or to the robot's place."""
    resources, hours = [], list(hours)
    for alert in alerts:
        resources.append(_flag(alert, subject))
        if alert.acknowledged_by or alert.resolved_by:
            resources.append(_communication(alert, subject))
    resources += [_observation(hour, doing, subject) for hour in hours for doing in Doing if doing in hour.spent_s]
    resources += [_night(night, subject) for night in nights(hours)]
    if noticed is not None:
        resources += [_noticed(each, subject) for each in noticed.noticed]
        resources += [_gait_day(each, subject) for each in noticed.gait_days]
    if done is not None:
        resources += [_medicine(at, each, subject) for at, each in enumerate(done.medicines)]
        resources += [_exercise(at, each, subject) for at, each in enumerate(done.exercises)]
    entries = [{"fullUrl": f"urn:carebot:{each['resourceType']}:{each['id']}", "resource": each} for each in resources]
    bundle = {"resourceType": "Bundle", "type": "collection", "timestamp": _iso(now_s)}
    return {**bundle, "entry": entries} if entries else bundle


def _flag(alert: Alert, subject: dict[str, Any]) -> dict[str, Any]:
    """An alert; a false alarm is `entered-in-error`, as FHIR has it."""
    status = "active" if alert.is_open else "inactive"
    period = {"start": _iso(alert.raised_at_s)}
    if not alert.is_open:
        period["end"] = _iso(max(alert.changed_at_s, alert.raised_at_s))
    return {
        "resourceType": "Flag",
        "id": _id("alert", alert.id),
        "status": "entered-in-error" if alert.verdict is Verdict.FALSE_ALARM else status,
        "category": [{"text": "Safety"}],
        "code": {"text": f"{alert.kind}: {alert.reason}"},
        "subject": subject,
        "period": period,
    }


def _communication(alert: Alert, subject: dict[str, Any]) -> dict[str, Any]:
    """What a caregiver answered."""
    said = f"Resolved by {alert.resolved_by}." if alert.resolved_by else f"{alert.acknowledged_by} is coming."
    payload = [{"contentString": text} for text in (said, alert.note.strip()) if text]
    return {
        "resourceType": "Communication",
        "id": _id("answer", alert.id),
        "status": "in-progress" if alert.is_open else "completed",
        "subject": subject,
        "about": [{"reference": f"Flag/{_id('alert', alert.id)}"}],
        "sent": _iso(alert.changed_at_s),
        "sender": {"display": alert.resolved_by or alert.acknowledged_by},
        "payload": payload,
    }


_ACTIVITY = [{"coding": [{"system": "http://terminology.hl7.org/CodeSystem/observation-category", "code": "activity"}]}]
_NOTICED = {
    NoticedKind.NEAR_FALL: "Near-fall: stumbled and recovered, no alarm",
    NoticedKind.SLOW_DESCENT: "Slid down to the floor slowly, no alarm",
    NoticedKind.RISING_TROUBLE: "Repeated tries to get up",
    NoticedKind.WALK: "Walk",
    NoticedKind.GAIT_CHANGE: "Change of walking speed against the four weeks before",
}
_UNITS = {
    "_bl_s": ("body lengths/s", "{body_length}/s"),
    "_m_s": ("m/s", "m/s"),
    "_per_s": ("/s", "/s"),
    "_bl": ("body lengths", "{body_length}"),
    "_s": ("s", "s"),
}
"""By how a number's name ends: the unit for people, and its code in UCUM."""


def _noticed(noticed: Recorded, subject: dict[str, Any]) -> dict[str, Any]:
    made = {
        **_observed(_id("noticed", noticed.id), _NOTICED[noticed.kind], subject),
        "effectiveDateTime": _iso(noticed.at_s),
    }
    parts = _components(noticed.numbers)
    return {**made, "component": parts} if parts else made


def _gait_day(day: GaitDay, subject: dict[str, Any]) -> dict[str, Any]:
    measured = {"speed_m_s": day.speed_m_s, "speed_bl_s": day.speed_bl_s, "steps_per_s": day.steps_per_s}
    return {
        **_observed(_id("gait", day.day), "Walking, medians of the day's walks", subject),
        "effectiveDateTime": day.day,
        "component": [*_components(measured), *_components({"walks": float(day.walks)})],
    }


def _medicine(number: int, medicine: MedicineDue, subject: dict[str, Any]) -> dict[str, Any]:
    """What was answered, which is no proof that it was taken: so no MedicationAdministration."""
    at = f" at {medicine.at}" if medicine.at else ""
    return {
        "resourceType": "Observation",
        "id": _id("medicine", f"{medicine.day}-{number}"),
        "status": "preliminary" if medicine.became == "open" else "final",
        "code": {"text": f"Medicine on the plan at {medicine.due}: {medicine.medicine or 'not named'}"},
        "subject": _whose(medicine.resident, subject),
        "effectiveDateTime": medicine.day,
        "valueString": f"{_BECAME.get(medicine.became, medicine.became)}{at}",
    }


_BECAME = {
    "taken": "confirmed to the robot",
    "late": "confirmed to the robot, late",
    "missed": "not confirmed",
    "left_out": "left out",
    "open": "not over yet",
    "not_known": "nothing was recorded",
}


def _exercise(number: int, exercise: ExerciseDone, subject: dict[str, Any]) -> dict[str, Any]:
    return {
        **_observed(
            _id("exercise", f"{exercise.day}-{number}"),
            f"Exercise at {exercise.at}: {exercise.movement.replace('_', ' ')}",
            _whose(exercise.resident, subject),
        ),
        "effectiveDateTime": exercise.day,
        "valueQuantity": _quantity("times", float(exercise.times)),
    }


def _whose(resident: str, subject: dict[str, Any]) -> dict[str, Any]:
    """Care knows by name whom it was for; the camera knows only who lives here."""
    return {"type": "Patient", "display": resident} if resident and subject["type"] != "Patient" else subject


def _components(numbers: Mapping[str, float]) -> list[dict[str, Any]]:
    return [
        {"code": {"text": name.replace("_", " ")}, "valueQuantity": _quantity(name, value)}
        for name, value in numbers.items()
        if math.isfinite(value)
    ]


def _quantity(name: str, value: float) -> dict[str, Any]:
    unit, code = next((unit for end, unit in _UNITS.items() if name.endswith(end)), ("", "1"))
    quantity = {"value": round(value, 3), "system": "http://unitsofmeasure.org", "code": code}
    return {**quantity, "unit": unit} if unit else quantity


def _observation(hour: Hour, doing: Doing, subject: dict[str, Any]) -> dict[str, Any]:
    return {
        **_observed(
            _id(doing.value, str(int(hour.began_s))),
            f"Time seen {doing.value}" if doing is not Doing.UNSEEN else "Time not in sight",
            subject,
        ),
        "effectivePeriod": {"start": _iso(hour.began_s), "end": _iso(hour.began_s + HOUR_S)},
        "valueQuantity": {
            "value": round(hour.spent_s[doing], 1),
            "unit": "s",
            "system": "http://unitsofmeasure.org",
            "code": "s",
        },
    }


def _night(night: Night, subject: dict[str, Any]) -> dict[str, Any]:
    """Lying is not sleeping, and a bed that the robot does not see is not told of: so no code of sleep."""
    begins, ends = night.period
    return {
        **_observed(_id("night", night.day), "Night, as far as it was seen", subject),
        "effectivePeriod": {"start": begins.isoformat(), "end": ends.isoformat()},
        "component": _components({"lying_s": night.lying_s, "seen_s": night.seen_s, "times_up": float(night.rises)}),
    }


def _observed(identity: str, what: str, subject: dict[str, Any]) -> dict[str, Any]:
    """What every observation of somebody's doings says of itself."""
    return {
        "resourceType": "Observation",
        "id": identity,
        "status": "final",
        "category": _ACTIVITY,
        "code": {"text": what},
        "subject": subject,
    }


def _id(kind: str, known: str) -> str:
    """A FHIR id has up to 64 letters, digits, points and hyphens."""
    kept = "".join(sign if sign.isascii() and (sign.isalnum() or sign in ".-") else "-" for sign in known)
    return f"{kind}-{kept}"[:64]


def _iso(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, timezone.utc).isoformat(timespec="seconds")
