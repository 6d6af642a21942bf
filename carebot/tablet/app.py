"""The web app put together: gate, pairing, API, and NiceGUI's page. One app for each process (NiceGUI is global)."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse
from nicegui import ui
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from carebot import __version__
from carebot.tablet import api, motion_api, pair_page
from carebot.tablet.api import Problem, Services
from carebot.tablet.gate import Gate, cookie
from carebot.tablet.language import LANGUAGE_COOKIE, Texts, choose
from carebot.tablet.motion_api import MovingRobot
from carebot.tablet.page import build_page
from carebot.tablet.pairing import Pairing
from carebot.tablet.robot import Robot
from carebot.tablet.sessions import Sessions

STATIC_DIR = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class AppSettings:
    """How the app presents itself. `hosts` are names beside the machine's own under which it may be reached."""

    language: str = "en"
    hosts: Iterable[str] = field(default_factory=tuple)
    is_stopping: Callable[[], bool] = lambda: False


def create_app(
    robot: Robot,
    pairing: Pairing,
    secret: bytes,
    settings: AppSettings | None = None,
    motion: MovingRobot | None = None,
) -> FastAPI:
    """The whole web app for one robot, which may have a way to be driven. Call it once in a process."""
    settings = settings or AppSettings()
    sessions = Sessions(secret)
    app = FastAPI(
        title="carebot",
        version=__version__,
        summary="Alerts of a care robot, and caregivers' answers to them.",
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.include_router(api.build(Services(robot, pairing, sessions, settings.is_stopping)))
    if motion is not None:
        app.include_router(motion_api.build(motion, settings.is_stopping))
    app.mount("/static", _Static(directory=STATIC_DIR))
    _add_problem_handlers(app)
    _add_pair_page(app, pairing, settings.language)
    build_page(robot, lambda request: _texts(request, settings.language), static_version())
    ui.run_with(app, title="carebot", favicon=STATIC_DIR / "icon.svg", tailwind=False, show_welcome_message=False)
    app.add_middleware(Gate, sessions=sessions, hosts=tuple(settings.hosts))
    return app


def static_version() -> str:
    """Changes whenever one of the static files does."""
    newest = max(path.stat().st_mtime_ns for path in STATIC_DIR.iterdir())
    return f"{__version__}-{newest // 1_000_000:x}"


class _Static(StaticFiles):
    """Files whose address carries their version may be kept by the browser for good."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def cached(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start" and b"v=" in scope["query_string"]:
                message["headers"] = [*message["headers"], (b"cache-control", b"public, max-age=31536000, immutable")]  # type: ignore[misc]
            await send(message)

        await super().__call__(scope, receive, cached)  # type: ignore[arg-type]


def _add_pair_page(app: FastAPI, pairing: Pairing, default_language: str) -> None:
    @app.get("/pair", include_in_schema=False)
    async def pair(request: Request) -> HTMLResponse:
        pairing.pin(time.monotonic())  # whoever opens the page finds a PIN on the terminal that still works
        page = pair_page.render(_texts(request, default_language), static_version())
        return HTMLResponse(page, headers={"cache-control": "no-store"})


def _texts(request: Request, default: str) -> Texts:
    chosen = cookie(request.headers, LANGUAGE_COOKIE)
    return Texts(choose(chosen, request.headers.get("accept-language", ""), default))


def _add_problem_handlers(app: FastAPI) -> None:
    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        Problem: _on_problem,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return Problem(422, "Not understood", f"{where}: {first['msg']}.").response()


async def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, str(error.detail), f"{error.detail}.", dict(error.headers or {})).response()
