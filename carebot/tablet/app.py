"""The web app put together: gate, door, API, and NiceGUI's pages. One app for each process (NiceGUI is global)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response
from nicegui import ui
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from carebot import __version__
from carebot.tablet import api
from carebot.tablet.access import Access, Mode
from carebot.tablet.books import Books, passing_books
from carebot.tablet.caring import CaringRobot
from carebot.tablet.describe import describe_api
from carebot.tablet.door_pages import PAGES
from carebot.tablet.gate import Gate
from carebot.tablet.head_requests import HeadAsGet
from carebot.tablet.house import HouseRobot
from carebot.tablet.language import Texts
from carebot.tablet.looks import LookingRobot, Looks
from carebot.tablet.noticing import NoticingRobot
from carebot.tablet.page import build_pages
from carebot.tablet.pairing import Pairing
from carebot.tablet.places import PLACES
from carebot.tablet.problems import add_problem_handlers
from carebot.tablet.push_service import PushServices
from carebot.tablet.pushing import Pushing
from carebot.tablet.pwa import add_pwa
from carebot.tablet.recorder import Recorder
from carebot.tablet.robot import Robot
from carebot.tablet.services import Services, texts_of
from carebot.tablet.sessions import Sessions
from carebot.tablet.talking import TalkingRobot
from carebot.tablet.teleop import MovingRobot
from carebot.tablet.traces import Traces
from carebot.tablet.trips import GoingRobot

STATIC_DIR = Path(__file__).parent / "static"


@dataclass(frozen=True, slots=True)
class AppSettings:
    """How the app presents itself.

    `hosts` are names beside the machine's own under which it may be reached; `access` is who gets in (see `Access`).
    `authority` is the certificate that tablets install to trust this robot; None without TLS. `push` wakes sleeping
    tablets.
    """

    language: str = "en"
    hosts: Iterable[str] = field(default_factory=tuple)
    is_stopping: Callable[[], bool] = lambda: False
    access: Mode = "auto"
    authority: Path | None = None
    push: PushServices | None = None


def create_app(
    robot: Robot,
    pairing: Pairing,
    secret: bytes,
    settings: AppSettings | None = None,
    books: Books | None = None,
    motion: MovingRobot | None = None,
    going: GoingRobot | None = None,
    looking: LookingRobot | None = None,
    caring: CaringRobot | None = None,
    talking: TalkingRobot | None = None,
    house: HouseRobot | None = None,
    noticing: NoticingRobot | None = None,
    traces: Traces | None = None,
) -> FastAPI:
    """The whole web app for one robot, which may be driven (`motion`), sent somewhere (`going`), looked through
    (`looking`), asked for routines (`caring`), talked through (`talking`) and asked what it noticed (`noticing`);
    `house` is who is called by it, `traces` are its log and its black box. Once in a process.

    Without `books` it forgets accounts and audit.
    """
    settings = settings or AppSettings()
    access = Access(Sessions(secret), books or passing_books(), settings.access)
    services = Services(
        robot,
        pairing,
        access,
        settings.is_stopping,
        motion,
        language=settings.language,
        going=going,
        push=settings.push,
        looks=None if looking is None else Looks(looking, access.books),
        caring=caring,
        talking=talking,
        house=house,
        noticing=noticing,
        traces=traces,
    )
    app = FastAPI(title="carebot", version=__version__, openapi_url=None, docs_url=None, redoc_url=None)
    recorder = Recorder(services)
    app.state.replays = recorder.replays
    router = api.build(services)
    describe_api(app, router)
    app.include_router(router)
    add_pwa(app, STATIC_DIR, static_version(), settings.language)
    app.mount("/static", _Static(directory=STATIC_DIR))
    add_problem_handlers(app, services.texts_for)
    _add_door_pages(app, pairing, settings.language)
    if settings.authority is not None:
        app.add_route("/ca.pem", partial(_authority, settings.authority), include_in_schema=False)
    build_pages(services, recorder, static_version())
    ui.run_with(app, title="carebot", favicon=STATIC_DIR / "icon.svg", tailwind=False, show_welcome_message=False)
    recorder.start()
    if settings.push is not None:
        Pushing(services, settings.push).start()
    app.add_middleware(Gate, access=access, hosts=tuple(settings.hosts), drawn=[place.path for place in PLACES])
    app.add_middleware(HeadAsGet)
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


def _add_door_pages(app: FastAPI, pairing: Pairing, default_language: str) -> None:
    for path, render in PAGES.items():
        app.add_route(path, partial(_door_page, pairing, render, default_language), include_in_schema=False)


async def _door_page(
    pairing: Pairing, render: Callable[[Texts, str], str], default_language: str, request: Request
) -> HTMLResponse:
    pairing.pin(time.monotonic())  # whoever opens the page finds a PIN on the terminal that still works
    content = render(texts_of(request, default_language), static_version())
    return HTMLResponse(content, headers={"cache-control": "no-store"})


async def _authority(path: Path, _request: Request) -> Response:
    return Response(path.read_bytes(), media_type="application/x-x509-ca-cert")
