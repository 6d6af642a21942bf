"""The audit: read it, check its chain, erase what is about somebody."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request

from carebot.records.audit import AuditRow
from carebot.tablet import api_models as bodies
from carebot.tablet.api_session import readable
from carebot.tablet.problems import documented, documented_with_body
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs, visitor_of

Kind = Literal["look", "answer", "motion", "command", "change", "export", "sign-in", "refusal", "erasure"]


def add_routes(router: APIRouter, services: Services) -> None:
    reading, log = needs(services, Scope.AUDIT_READ), services.books.audit.log

    @router.get("/api/v1/audit", tags=["audit"], dependencies=reading, responses=documented(422, 503))
    async def rows(
        kind: Annotated[Kind | None, Query(description="Only rows of this kind.")] = None,
        before: Annotated[int | None, Query(ge=1, le=2**53, description="Only rows before this number.")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> bodies.AuditBody:
        """Who did what, the newest first."""
        return bodies.AuditBody(rows=[deed_body(row) for row in log.newest(limit, kind, before)])

    @router.get("/api/v1/audit/verdict", tags=["audit"], dependencies=reading, responses=documented(503))
    async def verdict() -> bodies.VerdictBody:
        """Whether any row was changed or removed since it was written."""
        found = log.verify()
        if found is None:
            return bodies.VerdictBody(whole=True, first_broken=None, why="")
        return bodies.VerdictBody(whole=False, first_broken=found.number, why=found.why)

    @router.post(
        "/api/v1/audit/erasures",
        tags=["audit"],
        dependencies=needs(services, Scope.AUDIT_ERASE),
        responses=documented_with_body(503),
    )
    async def erase(body: bodies.EraseBody, request: Request) -> bodies.ErasedBody:
        """Erase the content of every row by or about somebody, as they may ask; the chain stays whole."""
        name = readable(body.name)
        return bodies.ErasedBody(rows=log.erase_about(name, visitor_of(request).name, services.books.now_s()))


def deed_body(row: AuditRow) -> bodies.DeedBody:
    at, deed = bodies.time_of(row.at_s), row.deed
    if deed is None:
        return bodies.DeedBody(number=row.number, at=at, kind=row.kind, who=None, what=None, about=None, detail=None)
    return bodies.DeedBody(
        number=row.number,
        at=at,
        kind=row.kind,
        who=deed.who,
        what=deed.what,
        about=deed.about,
        detail=dict(deed.detail),
    )
