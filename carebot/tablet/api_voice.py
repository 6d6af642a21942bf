"""A caregiver's own voice through the robot: a recording that is played as words would be said, and kept nowhere."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query, Request

from carebot.conversation.speaking.recorded_voice import LONGEST_S, UnfitRecordingError, read_recorded_voice
from carebot.tablet import api_care_models as bodies
from carebot.tablet.access import Visitor
from carebot.tablet.api_routines import refuse
from carebot.tablet.api_talk import refusal_of
from carebot.tablet.gate import MAX_VOICE_BYTES, VOICE_PATH
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.language import Texts
from carebot.tablet.problems import documented
from carebot.tablet.refusals import Refusal
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs_here, visitor_of

_RECORDING = {
    "required": True,
    "content": {
        "audio/wav": {"schema": {"type": "string", "contentMediaType": "audio/wav", "maxLength": MAX_VOICE_BYTES}}
    },
}
Urgent = Annotated[bool, Query(description="Before what waits, and in quiet hours too.")]


def add_routes(router: APIRouter, services: Services) -> None:
    idempotency = Idempotency()

    @router.post(
        VOICE_PATH,
        tags=["talk"],
        dependencies=needs_here(services, Scope.TALK),
        status_code=202,
        responses=documented(409, 411, 413, 415, 422, 503),
        openapi_extra={"requestBody": _RECORDING},
    )
    async def say_voice(request: Request, urgent: Urgent = False, key: IdempotencyKey = None) -> bodies.SaidBody:
        """Have a recording played through the robot: WAV, one channel, 16 bits, 16 kHz, at most 15.5 s. What becomes of
        it stands in the conversation's lines; the sound is kept nowhere."""
        visitor, texts, wav = visitor_of(request), services.texts_for(request), await request.body()
        given = bodies.VoiceGiven(sha256=hashlib.sha256(wav).hexdigest(), urgent=urgent)
        return await idempotency.once(
            visitor.session.device, key, ("voice", given), lambda: _say(services, visitor, wav, urgent, texts)
        )


async def _say(services: Services, visitor: Visitor, wav: bytes, is_urgent: bool, texts: Texts) -> bodies.SaidBody:
    duration_s = _duration_s(wav, texts)
    talk = services.talk()
    if not talk.is_there:
        refuse(Refusal(503, "talk_silent"), texts)
    if talk.is_mute:
        refuse(Refusal(503, "talk_mute"), texts)
    outcome = await services.say_voice(visitor, wav, duration_s, is_urgent)
    refuse(refusal_of(outcome), texts)
    return bodies.SaidBody(line=outcome.id)


def _duration_s(wav: bytes, texts: Texts) -> float:
    try:
        return read_recorded_voice(wav).duration_s
    except UnfitRecordingError as error:
        refuse(Refusal(422, f"voice_unfit_{error.key}", {"most": int(LONGEST_S)}), texts)
        raise
