"""The API for other apps, put together: every operation, and 404 and 405 for what is none."""

from __future__ import annotations

from collections import defaultdict

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.routing import Route

from carebot.tablet import (
    api_accounts,
    api_alerts,
    api_audit,
    api_black_box,
    api_events,
    api_export,
    api_house,
    api_look,
    api_map,
    api_motion,
    api_noticed,
    api_passkeys,
    api_push,
    api_residents,
    api_robot,
    api_routines,
    api_schedule,
    api_session,
    api_talk,
    api_voice,
)
from carebot.tablet.problems import MethodNotAllowed, NotFound
from carebot.tablet.services import Services

ROOMS = (
    api_session,
    api_alerts,
    api_robot,
    api_motion,
    api_residents,
    api_accounts,
    api_audit,
    api_black_box,
    api_events,
    api_export,
    api_noticed,
    api_map,
    api_push,
    api_look,
    api_routines,
    api_schedule,
    api_voice,
    api_talk,
    api_house,
    api_passkeys,
)


def build(services: Services) -> APIRouter:
    """All routes of the API."""
    router = APIRouter()
    for room in ROOMS:
        room.add_routes(router, services)
    _add_refusals(router)
    return router


def _last_of(path: str, router: APIRouter) -> int:
    """An address without a variable is nobody's variable: its refusal stands before those that would match it."""
    return max(number for number, route in enumerate(router.routes) if getattr(route, "path", "") == path)


def _add_refusals(router: APIRouter) -> None:
    """NiceGUI answers whatever no route before it does; the API's addresses must not come that far."""
    methods: dict[str, set[str]] = defaultdict(set)
    for route in router.routes:
        if isinstance(route, APIRoute):
            methods[route.path] |= route.methods or set()
            if "GET" in methods[route.path]:
                methods[route.path].add("HEAD")
    for path, allowed in methods.items():
        refusal = Route(path, MethodNotAllowed(allowed), include_in_schema=False)
        router.routes.insert(_last_of(path, router) + 1 if "{" not in path else len(router.routes), refusal)
    router.routes.append(Route("/api/{rest:path}", NotFound(), include_in_schema=False))
