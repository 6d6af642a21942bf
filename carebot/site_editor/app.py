"""The editor's web app: one page, and what its script asks. For this machine alone, at an address nobody can guess."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import cv2
from fastapi import FastAPI, Request, Response
from nicegui import ui
from starlette.datastructures import Headers
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from carebot.navigation.grid_map import GridMap, picture_of
from carebot.site_editor.document import LISTS, ChangedError, Drawing, SiteDocument
from carebot.site_editor.page import draw_page
from carebot.tablet.app import STATIC_DIR, static_version
from carebot.tablet.gate import is_our_host, is_same_origin, with_security_headers
from carebot.tablet.problems import Problem, add_problem_handlers
from carebot.tablet.services import texts_of

OWN_STATIC_DIR = Path(__file__).parent / "static"
MAX_BODY_BYTES = 1 << 20


def create_editor(document: SiteDocument, grid: GridMap, language: str) -> tuple[FastAPI, str]:
    """The app, and the path of its page; `language` is for those who ask for none of ours. Once in a process."""
    place = f"/{secrets.token_urlsafe(12)}"
    app = FastAPI(title="carebot map editor", openapi_url=None, docs_url=None, redoc_url=None)
    app.mount("/static", StaticFiles(directory=STATIC_DIR))
    app.mount("/editor", StaticFiles(directory=OWN_STATIC_DIR))
    add_problem_handlers(app)
    _add_answers(app, document, grid, place)

    @ui.page(place)
    def page(request: Request) -> None:
        draw_page(texts_of(request, language), document.path.name, static_version())

    ui.run_with(app, title="carebot", favicon=STATIC_DIR / "icon.svg", tailwind=False, show_welcome_message=False)
    app.add_middleware(_Gate, drawn=place)
    return app, place


def _add_answers(app: FastAPI, document: SiteDocument, grid: GridMap, place: str) -> None:
    picture = cv2.imencode(".png", picture_of(grid))[1].tobytes()

    @app.get(f"{place}/map.png")
    def map_picture() -> Response:
        return Response(picture, media_type="image/png")

    @app.get(f"{place}/drawing")
    def drawing() -> dict[str, Any]:
        version, content = document.read()
        residents = [
            each["name"] for each in content.get("residents") or () if isinstance(each, dict) and "name" in each
        ]
        (x_m, y_m), (width_m, height_m) = grid.origin_m, grid.size_m
        return {
            "version": version,
            "file": str(document.path),
            "name": content.get("name") or document.path.name,
            "map": {"x_m": x_m, "y_m": y_m, "width_m": width_m, "height_m": height_m},
            "residents": residents,
            "lists": {key: content.get(key) or [] for key in LISTS},
        }

    @app.post(f"{place}/check")
    def check(drawn: Drawing) -> dict[str, Any]:
        return {"refusals": _refusals(document, drawn)}

    @app.post(f"{place}/save")
    def save(drawn: Drawing) -> dict[str, Any]:
        if refusals := _refusals(document, drawn):
            return {"refusals": refusals}
        try:
            return {"refusals": [], "version": document.save(drawn)}
        except ChangedError as error:
            raise _changed(error) from None


def _refusals(document: SiteDocument, drawn: Drawing) -> list[dict[str, Any]]:
    try:
        return [{"sentence": each.sentence, "keys": each.keys} for each in document.refusals(drawn)]
    except ChangedError as error:
        raise _changed(error) from None


def _changed(error: ChangedError) -> Problem:
    return Problem(409, "Changed meanwhile", str(error))


class _Gate:
    """ASGI middleware: no other website may speak to the editor, and nothing too large comes in."""

    def __init__(self, app: ASGIApp, drawn: str) -> None:
        self._app, self._drawn = app, drawn

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        is_ours = is_our_host(headers.get("host", ""), {"localhost"}) and is_same_origin(headers)
        length = headers.get("content-length", "0")
        if is_ours and length.isdigit() and int(length) <= MAX_BODY_BYTES and "transfer-encoding" not in headers:
            secured = with_security_headers(send, headers.get("host", ""), False, scope["path"] == self._drawn)
            await self._app(scope, receive, secured)
        elif scope["type"] == "http":
            await Problem(403, "Refused", "Only this machine's own browser may draw here.").response()(
                scope, receive, send
            )
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})
