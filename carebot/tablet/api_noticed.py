"""What the robot noticed and no alarm came of, and how somebody walks day by day."""

from __future__ import annotations

import math

from fastapi import APIRouter, Request

from carebot.noticed import GaitDay, Recorded
from carebot.tablet import api_models as bodies
from carebot.tablet.access import sees_activity
from carebot.tablet.problems import Problem, documented
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, any_key, visitor_of


def add_routes(router: APIRouter, services: Services) -> None:
    @router.get("/api/v1/noticed", tags=["residents"], dependencies=any_key(), responses=documented(503))
    async def noticed(request: Request) -> bodies.NoticedBookBody:
        """Near-falls, slow descents, trouble getting up and the days' walking, of the last 13 weeks: no alarms."""
        if not sees_activity(visitor_of(request), services.residents_here()):
            services.note_refusal(request, {"needs": Scope.HISTORY_READ.value})
            raise Problem(403, "Not yours to do", "This needs the right history:read, or the resident's consent.")
        view = services.notices()
        return bodies.NoticedBookBody(
            noticed=[_noticed(each) for each in view.noticed], gait_days=[_day(each) for each in view.gait_days]
        )


def _noticed(noticed: Recorded) -> bodies.NoticedBody:
    return bodies.NoticedBody(
        id=noticed.id,
        at=bodies.time_of(noticed.at_s),
        kind=noticed.kind.value,
        reason_code=noticed.reason_code,
        numbers={name: value for name, value in noticed.numbers.items() if math.isfinite(value)},
    )


def _day(day: GaitDay) -> bodies.GaitDayBody:
    return bodies.GaitDayBody(
        day=day.day,
        walks=day.walks,
        speed_bl_s=bodies.finite(day.speed_bl_s),
        speed_m_s=bodies.finite(day.speed_m_s),
        steps_per_s=bodies.finite(day.steps_per_s),
    )
