"""Talking through the robot, and what is said in its conversation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request

from carebot.records.audit import Deed
from carebot.tablet import api_care_models as bodies
from carebot.tablet.access import Visitor, cared_for
from carebot.tablet.api_routines import refuse
from carebot.tablet.caring import CareOutcome
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.language import Texts
from carebot.tablet.problems import documented, documented_with_body
from carebot.tablet.refusals import Refusal
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs_here, visitor_of
from carebot.tablet.talking import Forgotten, in_one_line

LineId = Annotated[str, Path(max_length=100)]
ResidentAsked = Annotated[
    str, Query(max_length=100, description="Whose; may be left out where no resident is recorded for this robot.")
]


def add_routes(router: APIRouter, services: Services) -> None:
    talking, idempotency = needs_here(services, Scope.TALK), Idempotency()

    @router.get(
        "/api/v1/conversation", tags=["talk"], dependencies=needs_here(services, Scope.TALK), responses=documented()
    )
    async def conversation(request: Request) -> bodies.ConversationBody:
        """What is said now, and the latest lines. A look at it is recorded."""
        services.books.audit.note(Deed("look", visitor_of(request).name, "read what is said"))
        talk = services.talk()
        lines = [bodies.said_body(each) for each in talk.lines]
        return bodies.ConversationBody(
            live=talk.is_there, hears=talk.hears, mute=talk.is_mute, now=bodies.caption_body(talk.now), lines=lines
        )

    @router.delete(
        "/api/v1/conversation", tags=["talk"], dependencies=talking, responses=documented(404, 409, 422, 503)
    )
    async def forget(request: Request, resident: ResidentAsked = "") -> bodies.ForgottenBody:
        """Have the robot forget what was said, and show it no more."""
        visitor, texts = visitor_of(request), services.texts_for(request)
        here = services.residents_here()
        found = next((each for each in cared_for(visitor, here, Scope.TALK) if each.id == resident), None)
        if found is None and (resident or here):
            refuse(Refusal(404, "forget_whose"), texts)
        done = await services.forget_said(visitor, found)
        refuse(_why_kept(done), texts)
        return bodies.ForgottenBody(exchanges=done.exchanges, lines=done.lines)

    @router.post(
        "/api/v1/say", tags=["talk"], dependencies=talking, status_code=202, responses=documented_with_body(409, 503)
    )
    async def say(body: bodies.SayBody, request: Request, key: IdempotencyKey = None) -> bodies.SaidBody:
        """Have the robot say something. What becomes of it stands in the conversation's lines."""
        visitor, texts = visitor_of(request), services.texts_for(request)
        return await idempotency.once(
            visitor.session.device, key, ("say", body), lambda: _say(services, visitor, body, texts)
        )

    @router.delete("/api/v1/say/{id}", tags=["talk"], dependencies=talking, responses=documented(404, 422, 503))
    async def stop_saying(request: Request, id: LineId) -> bodies.SaidBody:
        """Say no more of a line."""
        outcome = await services.stop_saying(visitor_of(request), id)
        refuse(refusal_of(outcome), services.texts_for(request))
        return bodies.SaidBody(line=id)


async def _say(services: Services, visitor: Visitor, body: bodies.SayBody, texts: Texts) -> bodies.SaidBody:
    if not services.talk().is_there:
        refuse(Refusal(503, "talk_silent"), texts)
    outcome = await services.say(visitor, in_one_line(body.text), body.language, body.urgent)
    refuse(refusal_of(outcome), texts)
    return bodies.SaidBody(line=outcome.id)


def _why_kept(done: Forgotten) -> Refusal | None:
    if not done.code:
        return None
    if done.code == "other":
        return Refusal(409, "forget_other", {"name": done.talks_with})
    return Refusal(503, "forget_silent")


def refusal_of(outcome: CareOutcome) -> Refusal | None:
    """Why a line is not said; None where it is."""
    if outcome.accepted:
        return None
    return Refusal(404, "talk_over") if outcome.code == "unknown" else Refusal(503, "talk_silent")
