"""The map, where the robot is on it, and sending it somewhere."""

from __future__ import annotations

from collections.abc import Iterable

from fastapi import APIRouter, Request

from carebot.tablet import api_models as bodies
from carebot.tablet.access import Visitor
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.problems import Problem, documented, documented_with_body
from carebot.tablet.rights import Scope
from carebot.tablet.services import NO_WAY, Services, needs_here, visitor_of
from carebot.tablet.sightings import Sighting
from carebot.tablet.teleop import StopOutcome
from carebot.tablet.trips import Destination, GoingRobot, Trip, is_on


def add_routes(router: APIRouter, services: Services) -> None:
    driving, idempotency = needs_here(services, Scope.ROBOTS_DRIVE), Idempotency()

    @router.get("/api/v1/map", tags=["motion"], dependencies=driving, responses=documented(404))
    async def map(request: Request) -> bodies.MapBody:
        """The rooms, and where the robot and people are; 404 on a robot that finds no way by itself."""
        sightings = services.view_for(visitor_of(request)).sightings
        return map_body(_going(services, 404), sightings, services.texts_for(request).language)

    @router.post("/api/v1/trip", tags=["motion"], dependencies=driving, responses=documented_with_body(404, 409, 503))
    async def send(body: bodies.SendBody, request: Request, key: IdempotencyKey = None) -> bodies.DoneBody:
        """Send the robot; it takes the place of a trip under way. 404: there is no such place."""
        visitor = visitor_of(request)
        return await idempotency.once(
            visitor.session.device, key, ("send", body), lambda: _send(services, visitor, body)
        )

    @router.delete("/api/v1/trip", tags=["motion"], dependencies=driving, responses=documented(409, 503))
    async def call_off(request: Request) -> bodies.DoneBody:
        """End the trip under way."""
        _going(services, 409)
        return _done(await services.call_off(visitor_of(request)))


async def _send(services: Services, visitor: Visitor, body: bodies.SendBody) -> bodies.DoneBody:
    going, to = _going(services, 409), Destination(body.name, body.x_m, body.y_m)
    if not is_on(going.site, to):
        raise Problem(404, "No such place", "The map has no such place, and the point lies in no room.")
    return _done(await services.send(visitor, to))


def _going(services: Services, status: int) -> GoingRobot:
    if services.going is None:
        raise Problem(status, "No map", NO_WAY.message)
    return services.going


def _done(outcome: StopOutcome) -> bodies.DoneBody:
    if not outcome.accepted:
        raise Problem(503, "Not done", outcome.message, key="trip_silent")
    return bodies.DoneBody(message=outcome.message)


def map_body(going: GoingRobot, sightings: Iterable[Sighting], language: str) -> bodies.MapBody:
    site, now = going.site, going.whereabouts()
    return bodies.MapBody(
        rooms=[
            bodies.RoomOnMapBody(name=each.name, called=each.spoken(language), corners=_points(each.polygon))  # type: ignore[arg-type]
            for each in site.rooms
        ],
        spots=[
            bodies.SpotBody(name=each.name, called=each.spoken(language), x_m=each.at[0], y_m=each.at[1])  # type: ignore[arg-type]
            for each in site.spots()
        ],
        robot=None if now.pose is None else bodies.PointBody(x_m=now.pose.x_m, y_m=now.pose.y_m),
        yaw_rad=None if now.pose is None else now.pose.yaw_rad,
        way=_points(now.way_m),
        trip=None if now.trip is None else _trip(now.trip),
        people=[
            bodies.SightingBody(
                x_m=each.x_m, y_m=each.y_m, seen_at=bodies.time_of(each.at_s), confidence=each.confidence
            )
            for each in sightings
        ],
    )


def _points(corners: tuple[tuple[float, float], ...]) -> list[bodies.PointBody]:
    return [bodies.PointBody(x_m=x_m, y_m=y_m) for x_m, y_m in corners]


def _trip(trip: Trip) -> bodies.TripBody:
    to = trip.to
    return bodies.TripBody(
        name=to.name,
        x_m=to.x_m,
        y_m=to.y_m,
        by=trip.by,
        phase=trip.phase,
        left_m=round(trip.left_m, 2),
        reason=trip.reason,
    )
