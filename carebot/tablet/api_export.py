"""Alerts and days for other programs, as files. What leaves is recorded before it does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response

from carebot.records.audit import Deed
from carebot.tablet import export, refusals
from carebot.tablet.api_residents import WEEK_S, Since, Until, hours_between, seconds
from carebot.tablet.api_routines import refused
from carebot.tablet.looking_back import LookedBack
from carebot.tablet.problems import documented
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs_here, visitor_of

MONTH_S, KEPT_S = 30 * 86_400.0, 366 * 86_400.0
"""Care keeps for a year what it tells of."""
_CSV, _FHIR = "text/csv", "application/fhir+json"


def add_routes(router: APIRouter, services: Services) -> None:
    leaving: dict[str, Any] = {
        "tags": ["export"],
        "dependencies": needs_here(services, Scope.HISTORY_EXPORT),
        "response_class": Response,
    }
    as_csv, as_fhir = ({**leaving, "responses": _documented(kind)} for kind in (_CSV, _FHIR))

    @router.get("/api/v1/export/alerts.csv", **as_csv)
    async def alerts_csv(request: Request) -> Response:
        """The open and the latest resolved alerts as CSV."""
        _record(services, request, "alerts.csv")
        alerts = services.view_for(visitor_of(request)).alerts
        return _file(export.alerts_csv(alerts), _CSV, "alerts.csv")

    @router.get("/api/v1/export/activity.csv", **as_csv)
    async def activity_csv(request: Request, since: Since = None, until: Until = None) -> Response:
        """The days hour by hour as CSV."""
        hours = hours_between(services, since, until)
        _record(services, request, "activity.csv")
        return _file(export.activity_csv(hours), _CSV, "activity.csv")

    @router.get("/api/v1/export/nights.csv", **as_csv)
    async def nights_csv(request: Request, since: Since = None, until: Until = None) -> Response:
        """The nights as CSV: for how long somebody was seen lying, and how often they got up; of a week by default."""
        hours = hours_between(services, since, until)
        _record(services, request, "nights.csv")
        return _file(export.nights_csv(hours), _CSV, "nights.csv")

    @router.get("/api/v1/export/medicines.csv", **as_csv)
    async def medicines_csv(request: Request, since: Since = None, until: Until = None) -> Response:
        """Medicines that were on the plan and what became of each, as CSV; of the last 30 days by default."""
        found = await _looked_back(services, request, since, until, MONTH_S)
        _record(services, request, "medicines.csv")
        return _file(export.medicines_csv(found.medicines), _CSV, "medicines.csv")

    @router.get("/api/v1/export/exercises.csv", **as_csv)
    async def exercises_csv(request: Request, since: Since = None, until: Until = None) -> Response:
        """Exercises as CSV; of the last 30 days by default."""
        found = await _looked_back(services, request, since, until, MONTH_S)
        _record(services, request, "exercises.csv")
        return _file(export.exercises_csv(found.exercises), _CSV, "exercises.csv")

    @router.get("/api/v1/export/noticed.csv", **as_csv)
    async def noticed_csv(request: Request) -> Response:
        """What was noticed in the last 13 weeks as CSV."""
        _record(services, request, "noticed.csv")
        return _file(export.noticed_csv(services.notices().noticed), _CSV, "noticed.csv")

    @router.get("/api/v1/export/gait.csv", **as_csv)
    async def gait_csv(request: Request) -> Response:
        """Walking, day by day, of the last 13 weeks as CSV."""
        _record(services, request, "gait.csv")
        return _file(export.gait_csv(services.notices().gait_days), _CSV, "gait.csv")

    @router.get("/api/v1/export/fhir", **as_fhir)
    async def fhir(request: Request, since: Since = None, until: Until = None) -> Response:
        """Alerts (Flag), answers (Communication), hours, nights, medicines, exercises and what was noticed
        (Observation) as a FHIR R4 Bundle."""
        hours = hours_between(services, since, until)
        done = await _looked_back(services, request, since, until, WEEK_S)
        _record(services, request, "FHIR")
        alerts = services.view_for(visitor_of(request)).alerts
        now_s, subject = services.books.now_s(), _subject(services)
        bundle = export.fhir_bundle(alerts, hours, subject, now_s, services.notices(), done)
        return _file(json.dumps(bundle, ensure_ascii=False), _FHIR, "carebot.fhir.json")


async def _looked_back(
    services: Services, request: Request, since: datetime | None, until: datetime | None, by_default_s: float
) -> LookedBack:
    """What care tells of that time. Half of an export would look like all of it, so a silent care is a refusal."""
    now_s = services.books.now_s()
    until_s = now_s if until is None else min(seconds(until), now_s)
    since_s = until_s - by_default_s if since is None else max(seconds(since), now_s - KEPT_S)
    if services.caring is None or since_s >= until_s:
        return LookedBack()
    found = await services.caring.look_back(since_s, until_s)
    if found is None:
        raise refused(refusals.SILENT, services.texts_for(request))
    return found


def _documented(media_type: str) -> dict[int | str, dict[str, Any]]:
    content: Mapping[str, Any] = {media_type: {"schema": {"type": "string" if media_type == _CSV else "object"}}}
    return {200: {"description": "The file.", "content": content}, **documented(422, 503)}


def _file(text: str, media_type: str, name: str) -> Response:
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    return Response(text, media_type=media_type, headers=headers)


def _record(services: Services, request: Request, what: str) -> None:
    services.books.audit.record(Deed("export", visitor_of(request).name, f"exported {what}"))


def _subject(services: Services) -> dict[str, Any]:
    """The one resident there is; with several nobody can say whom the robot saw, so the place stands for them."""
    here = services.residents_here()
    if len(here) == 1:
        return {"type": "Patient", "display": here[0].name, "identifier": {"value": here[0].id}}
    return {"type": "Location", "display": services.robot_name}
