"""The OpenAPI description of the API, and where it is found."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.requests import Request
from starlette.routing import Route

from carebot import __version__
from carebot.tablet.problems import MethodNotAllowed, with_problem_schema

PATH = "/api/v1/openapi.json"
ABOUT = """\
Alerts of a care robot and caregivers' answers to them; the robot, its residents, and who did what.

**Keys.** Every operation but `/health` and `/api/v1/pair` needs a key: `Authorization: Bearer TOKEN`, or the cookie
of a browser that was paired. A token is made at `/api/v1/tokens` with the scopes it needs; what a key does not open
answers 403. **Errors** are `application/problem+json` (RFC 9457). **Commands** take an `Idempotency-Key`: sent again
with it, they act once. **Events** come at `GET /api/v1/events` (server-sent events: `alert` with every alert now and
at each change, `robot` each second) and, the same as JSON texts, at the web socket `/api/v1/events/socket`; as
neither ends, they are not among the paths below. Times are ISO 8601 in UTC.
"""


def describe_api(app: FastAPI, api: APIRouter) -> None:
    """Serve the description of `api`; call it before `app` gets `api`, which answers every other address."""
    kept: list[dict[str, Any]] = []

    def description() -> dict[str, Any]:
        if not kept:
            made = get_openapi(
                title="carebot",
                version=__version__,
                openapi_version="3.1.0",
                summary="Alerts of a care robot, and caregivers' answers to them.",
                description=ABOUT,
                license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
                routes=api.routes,
            )
            kept.append(with_problem_schema(made))
        return kept[0]

    async def serve(_request: Request) -> JSONResponse:
        return JSONResponse(description())

    app.add_route(PATH, serve, include_in_schema=False)
    app.router.routes.append(Route(PATH, MethodNotAllowed({"GET", "HEAD"}), include_in_schema=False))
    app.openapi = description  # type: ignore[method-assign]
