"""The schedule: how it holds, what is planned, and changes of it. The site file is never written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from carebot.records.schedule import why_not_between
from carebot.tablet import api_care_models as bodies
from carebot.tablet import refusals
from carebot.tablet.api_residents import WEEK_S, Since, Until
from carebot.tablet.api_routines import refuse, refused
from carebot.tablet.caring import Change, ScheduleChange
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.problems import Problem, documented, documented_with_body
from carebot.tablet.refusals import Refusal
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs_here, visitor_of

LineId = Annotated[str, Path(max_length=100)]


@dataclass(frozen=True, slots=True)
class Part:
    """Entries or pauses: where they are, and what taking one out is called."""

    name: str
    one: str
    remove: Change
    remove_words: str


ENTRIES = Part("entries", "entry", "remove", "Take an entry out.")
PAUSES = Part("pauses", "pause", "unpause", "End a pause.")


def add_routes(router: APIRouter, services: Services) -> None:
    _add_reading(router, services)
    _add_entries(router, services)
    _add_pauses(router, services)
    for part in (ENTRIES, PAUSES):
        _add_ways_out(router, services, part)


def _add_reading(router: APIRouter, services: Services) -> None:
    reading = needs_here(services, Scope.SCHEDULE_READ)

    @router.get("/api/v1/schedule", tags=["schedule"], dependencies=reading, responses=documented())
    async def schedule() -> bodies.ScheduleBody:
        """Entries and pauses as they hold now: the site file's, with caregivers' changes."""
        care = services.care()
        held = care.schedule
        return bodies.ScheduleBody(
            time_zone=held.time_zone,
            revision=held.revision,
            entries=[bodies.line_body(each) for each in held.entries],
            pauses=[bodies.line_body(each) for each in held.pauses],
            live=not care.is_silent,
            fault=held.fault,
        )

    @router.get(
        "/api/v1/schedule/occurrences", tags=["schedule"], dependencies=reading, responses=documented(409, 422, 503)
    )
    async def occurrences(request: Request, since: Since = None, until: Until = None) -> bodies.OccurrencesBody:
        """What became of the schedule and what is planned: from now on for a week, where nothing is named."""
        now_s = services.books.now_s()
        since_s = now_s if since is None else since.timestamp()
        until_s = since_s + WEEK_S if until is None else until.timestamp()
        if why := why_not_between(since_s, until_s, now_s):
            raise Problem(409, "Not possible", why)
        found = None if services.caring is None else await services.caring.look_ahead(since_s, until_s)
        if found is None:
            raise refused(refusals.SILENT, services.texts_for(request))
        return bodies.OccurrencesBody(occurrences=[bodies.occurrence_body(each) for each in found[0]], whole=found[1])


def _add_entries(router: APIRouter, services: Services) -> None:
    writing, idempotency = needs_here(services, Scope.SCHEDULE_WRITE), Idempotency()

    @router.post(
        "/api/v1/schedule/entries",
        tags=["schedule"],
        dependencies=writing,
        status_code=201,
        responses=documented_with_body(404, 409, 503),
    )
    async def add_entry(
        body: bodies.NewEntryBody, request: Request, response: Response, key: IdempotencyKey = None
    ) -> bodies.ChangedBody:
        """Add an entry; 409 says why it cannot be used."""
        content = body.content()
        entry_id = str(content.pop("id"))
        command = "add entry", body
        made = await idempotency.once(
            visitor_of(request).session.device,
            key,
            command,
            lambda: _set_entry(services, request, entry_id, content, must_be_new=True),
        )
        response.headers["Location"] = f"/api/v1/schedule/entries/{made.id}"
        return made

    @router.put(
        "/api/v1/schedule/entries/{id}",
        tags=["schedule"],
        dependencies=writing,
        responses=documented_with_body(404, 409, 503),
    )
    async def change_entry(body: bodies.EntryBody, request: Request, id: LineId) -> bodies.ChangedBody:
        """Write an entry anew. One of the site file stays in the file, and does not hold until it is restored."""
        return await _set_entry(services, request, id, body.content(), must_be_new=False)


def _add_pauses(router: APIRouter, services: Services) -> None:
    writing, idempotency = needs_here(services, Scope.SCHEDULE_WRITE), Idempotency()

    @router.post(
        "/api/v1/schedule/pauses",
        tags=["schedule"],
        dependencies=writing,
        status_code=201,
        responses=documented_with_body(404, 409, 503),
    )
    async def add_pause(body: bodies.PauseBody, request: Request, key: IdempotencyKey = None) -> bodies.ChangedBody:
        """Leave out entries on some days: holidays, a stay in hospital."""
        command = "add pause", body
        return await idempotency.once(
            visitor_of(request).session.device,
            key,
            command,
            lambda: _change(services, request, "pause", "", body.content(), _of_pause(body)),
        )


def _add_ways_out(router: APIRouter, services: Services, part: Part) -> None:
    """Of an entry and of a pause: out of the schedule, and back to what the site file says."""
    at, writing = f"/api/v1/schedule/{part.name}/{{id}}", needs_here(services, Scope.SCHEDULE_WRITE)

    @router.delete(
        at,
        tags=["schedule"],
        dependencies=writing,
        name=f"remove_{part.one}",
        description=part.remove_words,
        responses=documented(404, 409, 422, 503),
    )
    async def remove(request: Request, id: LineId) -> bodies.ChangedBody:
        held = services.care().schedule
        return await _change(services, request, part.remove, id, {}, refusals.of_key(held, part is PAUSES, id, False))

    @router.post(
        f"{at}/restore",
        tags=["schedule"],
        dependencies=writing,
        name=f"restore_{part.one}",
        description="Let what the site file says hold again.",
        responses=documented(404, 409, 411, 413, 415, 422, 503),
    )
    async def restore(request: Request, id: LineId) -> bodies.ChangedBody:
        held = services.care().schedule
        lines = held.pauses if part is PAUSES else held.entries
        is_in_file = any(each.id == id and each.is_in_file for each in lines)
        return await _change(
            services, request, "restore", id, {}, None if is_in_file else Refusal(404, "line_not_in_file")
        )


async def _set_entry(
    services: Services, request: Request, entry_id: str, content: Mapping[str, Any], must_be_new: bool
) -> bodies.ChangedBody:
    care, texts = services.care(), services.texts_for(request)
    refusal = refusals.of_key(care.schedule, False, entry_id, must_be_new) or refusals.of_entry(care, content, texts)
    return await _change(services, request, "set", entry_id, content, refusal, must_be_new)


async def _change(
    services: Services,
    request: Request,
    what: Change,
    line_id: str,
    content: Mapping[str, Any],
    refusal: Refusal | None,
    must_be_new: bool = False,
) -> bodies.ChangedBody:
    visitor, texts = visitor_of(request), services.texts_for(request)
    refuse(refusals.SILENT if services.care().is_silent else refusal, texts)
    change = ScheduleChange(what, line_id, visitor.name, content, must_be_new)
    outcome = await services.change_schedule(visitor, change)
    refuse(refusals.of_outcome(outcome), texts)
    return bodies.ChangedBody(id=outcome.id)


def _of_pause(body: bodies.PauseBody) -> Refusal | None:
    return Refusal(409, "days_backwards") if body.last_day < body.first_day else None
