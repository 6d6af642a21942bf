"""Residents, their consents, and what they did hour by hour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime, BeforeValidator

from carebot.records.activity import Doing, Hour
from carebot.records.audit import Deed
from carebot.records.consent import Consent, Resident
from carebot.tablet import api_models as bodies
from carebot.tablet.access import cared_for, sees_activity, visible_residents
from carebot.tablet.api_session import readable
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.problems import Problem, documented, documented_with_body
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, any_key, needs, visitor_of

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)")


def _only_rfc3339(text: object) -> object:
    """pydantic would take "0.5" as half a second after 1970, which the description of the API does not promise."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        raise ValueError("give a date and a time with its zone, as in 2030-01-31T18:00:00Z")
    return text


Moment = Annotated[AwareDatetime, BeforeValidator(_only_rfc3339)]
Since = Annotated[Moment | None, Query(description="A week ago by default.")]
Until = Annotated[Moment | None, Query(description="Now by default.")]
ResidentId = Annotated[str, Path(max_length=100)]
WEEK_S = 7 * 86400.0


def add_routes(router: APIRouter, services: Services) -> None:
    _add_reading(router, services)
    _add_writing(router, services)
    _add_activity(router, services)


def _add_reading(router: APIRouter, services: Services) -> None:
    reading = needs(services, Scope.RESIDENTS_READ)

    @router.get("/api/v1/residents", tags=["residents"], dependencies=reading, responses=documented())
    async def residents(request: Request) -> bodies.ResidentsBody:
        """Those whom the caller is responsible for or the family of."""
        found = visible_residents(visitor_of(request), services.books.residents.all())
        return bodies.ResidentsBody(residents=[resident_body(each) for each in found])

    @router.get("/api/v1/residents/{id}", tags=["residents"], dependencies=reading, responses=documented(404, 422))
    async def resident(request: Request, id: ResidentId) -> bodies.ResidentBody:
        """One resident."""
        return resident_body(_among(visible_residents(visitor_of(request), services.books.residents.all()), id))


def _add_writing(router: APIRouter, services: Services) -> None:
    writing, idempotency = needs(services, Scope.RESIDENTS_WRITE), Idempotency()

    @router.post(
        "/api/v1/residents",
        tags=["residents"],
        dependencies=writing,
        status_code=201,
        responses=documented_with_body(409, 503),
    )
    async def add(
        body: bodies.NewResidentBody, request: Request, response: Response, key: IdempotencyKey = None
    ) -> bodies.ResidentBody:
        """Write a new resident."""
        device = visitor_of(request).session.device
        made = await idempotency.once(device, key, ("add", body), lambda: _add(services, request, body))
        response.headers["Location"] = f"/api/v1/residents/{made.id}"
        return made

    @router.put(
        "/api/v1/residents/{id}",
        tags=["residents"],
        dependencies=writing,
        responses=documented_with_body(404, 503),
    )
    async def change(body: bodies.NewResidentBody, request: Request, id: ResidentId) -> bodies.ResidentBody:
        """Write a resident anew; consents stay."""
        _find(services, request, id)
        saved = services.books.residents.save(_resident(id, body))
        _record(services, request, "changed a resident", saved)
        return resident_body(saved)

    @router.delete(
        "/api/v1/residents/{id}",
        tags=["residents"],
        dependencies=writing,
        status_code=204,
        responses=documented(404, 422, 503),
    )
    async def remove(request: Request, id: ResidentId) -> None:
        """Remove a resident and their consents; the audit stays, see /api/v1/audit/erasures."""
        found = _find(services, request, id)
        _record(services, request, "removed a resident", found)
        services.books.residents.remove(id)

    @router.put(
        "/api/v1/residents/{id}/consents/{what}",
        tags=["residents"],
        dependencies=writing,
        responses=documented_with_body(404, 503),
    )
    async def decide(body: bodies.ConsentBody, request: Request, id: ResidentId, what: Consent) -> bodies.ResidentBody:
        """Record a resident's yes or no."""
        found = _find(services, request, id)
        _record(services, request, "consent", found, {"to": what.value, "given": body.given})
        by, now_s = visitor_of(request).name, services.books.now_s()
        services.books.residents.decide(id, what, body.given, by, now_s)
        return resident_body(_find(services, request, id))


def _add_activity(router: APIRouter, services: Services) -> None:
    @router.get(
        "/api/v1/activity",
        tags=["residents"],
        dependencies=any_key(),
        responses=documented(422, 503),
    )
    async def activity(
        request: Request,
        since: Since = None,
        until: Until = None,
    ) -> bodies.ActivityBody:
        """How long somebody was seen lying, sitting and up, hour by hour."""
        if not sees_activity(visitor_of(request), services.residents_here()):
            services.note_refusal(request, {"needs": Scope.HISTORY_READ.value})
            raise Problem(403, "Not yours to do", "This needs the right history:read, or the resident's consent.")
        return bodies.ActivityBody(hours=[hour_body(hour) for hour in hours_between(services, since, until)])


def resident_body(resident: Resident) -> bodies.ResidentBody:
    consents = {what.value: resident.allows(what) for what in Consent}
    return bodies.ResidentBody(
        id=resident.id,
        name=resident.name,
        reading=resident.reading,
        room=resident.room,
        robot=resident.robot,
        consents=bodies.ConsentsBody(**consents),
    )


def hour_body(hour: Hour) -> bodies.HourBody:
    spent = {f"{doing.value}_s": round(hour.spent_s.get(doing, 0.0), 1) for doing in Doing}
    return bodies.HourBody(began_at=bodies.time_of(hour.began_s), times_up=hour.rises, **spent)


async def _add(services: Services, request: Request, body: bodies.NewResidentBody) -> bodies.ResidentBody:
    made = services.books.residents.save(_resident("", body))
    _record(services, request, "wrote a resident", made)
    return resident_body(made)


def _find(services: Services, request: Request, resident_id: str) -> Resident:
    """The resident, whose records the visitor may write."""
    known = cared_for(visitor_of(request), services.books.residents.all(), Scope.RESIDENTS_WRITE)
    return _among(known, resident_id)


def _among(known: list[Resident], resident_id: str) -> Resident:
    for each in known:
        if each.id == resident_id:
            return each
    raise Problem(404, "No such resident", "There is no such resident among those whom this is yours to ask for.")


def _resident(resident_id: str, body: bodies.NewResidentBody) -> Resident:
    reading, room, robot = (" ".join(text.split()) for text in (body.reading, body.room, body.robot))
    return Resident(resident_id, readable(body.name), reading, room, robot)


def _record(
    services: Services, request: Request, what: str, about: Resident, detail: Mapping[str, object] | None = None
) -> None:
    deed = Deed("change", visitor_of(request).name, what, about.name, {"id": about.id, **(detail or {})})
    services.books.audit.record(deed)


def hours_between(services: Services, since: datetime | None, until: datetime | None) -> list[Hour]:
    """What this robot's residents did from `since` (a week before by default) to `until` (now by default)."""
    until_s = services.books.now_s() if until is None else seconds(until)
    since_s = until_s - WEEK_S if since is None else seconds(since)
    return services.books.activity.hours(services.robot_name, since_s, until_s)


def seconds(moment: datetime) -> float:
    """Seconds since 1970 UTC, kept within what the records can hold."""
    try:
        return min(max(moment.timestamp(), 0.0), 1e11)
    except (OverflowError, ValueError):
        return 0.0
