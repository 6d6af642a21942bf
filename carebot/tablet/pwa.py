"""What makes the app installable: its manifest, its icons, and the service worker with the page for when it is offline.

The service worker keeps the shell (styles, scripts, icons) and that page; never an answer of the API, never a command.
"""

from __future__ import annotations

import html
import json
from functools import partial
from pathlib import Path

from fastapi import FastAPI, Request, Response

from carebot.tablet.language import Texts, catalogue, languages

SHELL = ("carebot.css", "offline.css", "theme.js", "alarm.js", "carebot.js", "stop.js", "replay.js", "icon.svg")
OFFLINE = "/static/offline"
NO_CACHE = {"cache-control": "no-cache"}


def add_pwa(app: FastAPI, static: Path, version: str, default_language: str) -> None:
    """The routes; public, for they say nothing about anybody."""
    worker = (static / "service-worker.js").read_text(encoding="utf-8")
    shell = [f"/static/{name}?v={version}" for name in SHELL] + [f"{OFFLINE}/{code}" for code in languages()]
    settings = f"const VERSION = {json.dumps(version)};\nconst SHELL = {json.dumps(shell)};\n"
    app.add_route("/manifest.webmanifest", partial(_manifest, default_language), include_in_schema=False)
    app.add_route("/service-worker.js", partial(_worker, settings + worker), include_in_schema=False)
    app.add_route(f"{OFFLINE}/{{code}}", partial(_offline, version), include_in_schema=False)


async def _manifest(default_language: str, _request: Request) -> Response:
    icon = {"src": "/static/icon.svg", "sizes": "any", "type": "image/svg+xml", "purpose": "any"}
    png = [
        {"src": f"/static/icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    manifest = {
        "id": "/",
        "name": "carebot",
        "short_name": "carebot",
        "lang": default_language,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#0b1210",
        "theme_color": "#0b6353",
        "icons": [icon, *png],
    }
    return Response(json.dumps(manifest), media_type="application/manifest+json", headers=NO_CACHE)


async def _worker(script: str, _request: Request) -> Response:
    return Response(script, media_type="text/javascript", headers=NO_CACHE)


async def _offline(version: str, request: Request) -> Response:
    code = request.path_params["code"]
    if code not in languages():
        return Response(status_code=404)
    return Response(offline_page(Texts(code), version), media_type="text/html", headers=NO_CACHE)


def offline_page(texts: Texts, version: str) -> str:
    """Says that there is no connection, and that no alert comes through."""
    title, explain, again = (html.escape(texts(key)) for key in ("server_lost", "offline_explain", "try_again"))
    return f"""<!doctype html>
<html lang="{texts.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · {html.escape(catalogue(texts.language)["app_title"])}</title>
<link rel="stylesheet" href="/static/offline.css?v={version}">
</head>
<body><main role="alert"><h1>{title}</h1><p>{explain}</p><p><a href="/">{again}</a></p></main></body>
</html>"""
