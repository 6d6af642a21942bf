"""Contacts and quiet hours: how they hold, and changes of them. Addresses come in and never go out."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Header, Path, Request, Response

from carebot.tablet import api_house_models as bodies
from carebot.tablet import house_refusals, refusals
from carebot.tablet.access import cared_for
from carebot.tablet.api_routines import TITLES, refuse
from carebot.tablet.house import HouseChange, HouseDeed, HouseOutcome, HouseView
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.problems import Problem, ToldProblem, documented, documented_with_body
from carebot.tablet.refusals import Refusal
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs_here, visitor_of

ContactId = Annotated[str, Path(max_length=100)]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=30,
        description="The `ETag` of what you have seen: where somebody has changed it since, nothing is done (412).",
    ),
]
TRIAL_WITHIN_S, LOOK_EVERY_S = 8.0, 0.1
_WRITING = (404, 409, 412, 503)


def add_routes(router: APIRouter, services: Services) -> None:
    _add_contacts(router, services)
    _add_changes_of_one(router, services)
    _add_quiet_hours(router, services)


def _add_contacts(router: APIRouter, services: Services) -> None:
    writing, idempotency = needs_here(services, Scope.CONTACTS_WRITE), Idempotency()

    @router.get("/api/v1/contacts", tags=["contacts"], dependencies=writing, responses=documented())
    async def everybody(response: Response) -> bodies.ContactsBody:
        """Who is called, level by level: the site file's, or what was changed here."""
        house = services.house_view()
        response.headers["ETag"] = _tag(house)
        return bodies.contacts_body(house, not services.care().is_silent)

    @router.post(
        "/api/v1/contacts",
        tags=["contacts"],
        dependencies=writing,
        status_code=201,
        responses=documented_with_body(*_WRITING),
    )
    async def add(
        body: bodies.NewContactBody,
        request: Request,
        response: Response,
        key: IdempotencyKey = None,
        match: IfMatch = None,
    ) -> bodies.ContactChangedBody:
        """Add somebody; 409 says why they cannot be called so."""
        made = await idempotency.once(
            visitor_of(request).session.device,
            key,
            ("add contact", body),
            lambda: _contact(services, request, "add_contact", "", body, match),
        )
        response.headers["Location"] = f"/api/v1/contacts/{made.id}"
        return made

    @router.post(
        "/api/v1/contacts/restore",
        tags=["contacts"],
        dependencies=writing,
        responses=documented(404, 409, 411, 412, 413, 415, 422, 503),
    )
    async def restore(request: Request, match: IfMatch = None) -> bodies.SettledBody:
        """Let the contacts and chains of the site file hold again; those of the tablet are gone."""
        await _change(services, request, "restore_contacts", "", None, match)
        return bodies.SettledBody(revision=services.house_view().revision)


def _add_changes_of_one(router: APIRouter, services: Services) -> None:
    writing, idempotency = needs_here(services, Scope.CONTACTS_WRITE), Idempotency()

    @router.patch(
        "/api/v1/contacts/{id}",
        tags=["contacts"],
        dependencies=writing,
        responses=documented_with_body(*_WRITING),
    )
    async def change(
        body: bodies.ChangedContactBody, request: Request, id: ContactId, match: IfMatch = None
    ) -> bodies.ContactChangedBody:
        """Change what is named. The last one at the last level of a chain stays there."""
        return await _contact(services, request, "change_contact", id, body, match)

    @router.delete(
        "/api/v1/contacts/{id}",
        tags=["contacts"],
        dependencies=writing,
        status_code=204,
        responses=documented(422, *_WRITING),
    )
    async def remove(request: Request, id: ContactId, match: IfMatch = None) -> None:
        """Take somebody out, but for the last one at the last level of a chain: an alert must not be left alone."""
        await _change(services, request, "remove_contact", id, None, match)

    @router.post(
        "/api/v1/contacts/{id}/trial",
        tags=["contacts"],
        dependencies=writing,
        responses=documented(404, 409, 411, 412, 413, 415, 422, 503),
    )
    async def try_out(request: Request, id: ContactId, key: IdempotencyKey = None) -> bodies.ContactBody:
        """Send them a message that says that it is a drill; answers with what became of it, as far as 8 s tell."""
        device = visitor_of(request).session.device
        return await idempotency.once(device, key, (f"try {id}", None), lambda: _try_out(services, request, id))


async def _try_out(services: Services, request: Request, contact_id: str) -> bodies.ContactBody:
    await _change(services, request, "try_contact", contact_id, None, None)
    found = services.house_view().contact(contact_id)
    for _ in range(round(TRIAL_WITHIN_S / LOOK_EVERY_S)):
        if found is not None and found.trial and all(each.is_over for each in found.trial):
            break
        await asyncio.sleep(LOOK_EVERY_S)
        found = services.house_view().contact(contact_id)
    if found is None:
        raise _refused(HouseOutcome(False, "contact_unknown"), services, request)
    return bodies.contact_body(found)


def _add_quiet_hours(router: APIRouter, services: Services) -> None:
    writing = needs_here(services, Scope.QUIET_HOURS_WRITE)

    @router.get("/api/v1/quiet-hours", tags=["quiet hours"], dependencies=writing, responses=documented())
    async def quiet_hours(response: Response) -> bodies.QuietHoursBody:
        """When nothing may disturb."""
        house = services.house_view()
        response.headers["ETag"] = _tag(house)
        return bodies.quiet_body(house, not services.care().is_silent)

    @router.put(
        "/api/v1/quiet-hours",
        tags=["quiet hours"],
        dependencies=writing,
        responses=documented_with_body(*_WRITING),
    )
    async def set_quiet(body: bodies.QuietBody, request: Request, match: IfMatch = None) -> bodies.SettledBody:
        """Set them, for the house or for a resident; without any, a resident has the house's."""
        _check_ward(services, request, body.resident)
        await _change(services, request, "quiet_hours", body.resident, body, match)
        return bodies.SettledBody(revision=services.house_view().revision)

    @router.post(
        "/api/v1/quiet-hours/restore",
        tags=["quiet hours"],
        dependencies=writing,
        responses=documented_with_body(*_WRITING),
    )
    async def restore_quiet(
        body: bodies.RestoreQuietBody, request: Request, match: IfMatch = None
    ) -> bodies.SettledBody:
        """Let what the site file says of them hold again."""
        _check_ward(services, request, body.resident)
        await _change(services, request, "restore_quiet_hours", body.resident, None, match)
        return bodies.SettledBody(revision=services.house_view().revision)


Body = bodies.NewContactBody | bodies.ChangedContactBody | bodies.QuietBody


async def _contact(
    services: Services, request: Request, what: HouseDeed, subject: str, body: Body, match: str | None
) -> bodies.ContactChangedBody:
    outcome = await _change(services, request, what, subject, body, match)
    return bodies.ContactChangedBody(id=outcome.id, revision=services.house_view().revision)


async def _change(
    services: Services, request: Request, what: HouseDeed, subject: str, body: Body | None, match: str | None
) -> HouseOutcome:
    visitor, house = visitor_of(request), services.house_view()
    refuse(refusals.SILENT if services.care().is_silent else None, services.texts_for(request))
    if not house.is_known:
        raise _refused(HouseOutcome(False, "no_site"), services, request)
    taken_by = services.taken_out.contact_by(subject) if house.contact(subject) is None else ""
    if what == "change_contact" and taken_by:
        refuse(Refusal(404, "contact_taken_meanwhile", {"name": taken_by}), services.texts_for(request))
    content = {} if body is None else body.content()
    change = HouseChange(what, subject, visitor.name, content, _revision(match, services, request))
    outcome = await services.change_house(visitor, change)
    if not outcome.accepted:
        raise _refused(outcome, services, request)
    return outcome


def _revision(match: str | None, services: Services, request: Request) -> int | None:
    if match is None or match == "*":
        return None
    digits = match.removeprefix("W/").strip('"')
    if not (digits.isascii() and digits.isdecimal() and int(digits) < 2**32):
        raise _refused(HouseOutcome(False, "changed_meanwhile"), services, request)
    return int(digits)


def _check_ward(services: Services, request: Request, resident: str) -> None:
    """Whose resident it is not, as far as the tablet knows them, changes nothing for them."""
    visitor, known = visitor_of(request), services.books.residents.all()
    theirs = {each.name for each in cared_for(visitor, known, Scope.QUIET_HOURS_WRITE)}
    if resident in {each.name for each in known} - theirs:
        services.note_refusal(request, {"resident": resident})
        raise ToldProblem(403, TITLES[403], services.texts_for(request)("house_not_yours", name=resident))


def _tag(house: HouseView) -> str:
    return f'"{house.revision}"'


def _refused(outcome: HouseOutcome, services: Services, request: Request) -> Problem:
    refusal: Refusal = house_refusals.of_outcome(outcome)
    title = "Changed meanwhile" if refusal.status == 412 else TITLES[refusal.status]
    return ToldProblem(refusal.status, title, refusal.words(services.texts_for(request)))
