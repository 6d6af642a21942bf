"""HEAD wherever the API knows GET (RFC 9110, 9.3.2): the same refusals, audit and headers, without the content."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carebot.tablet.gate import API_PREFIX


class HeadAsGet:
    """ASGI middleware: the app is asked as for GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD" or not _is_of_the_api(scope["path"]):
            await self._app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                # The answer is over now, which also ends a stream that would not end by itself.
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        await self._app({**scope, "method": "GET"}, receive, send_head)


def _is_of_the_api(path: str) -> bool:
    return path == "/health" or path.startswith(API_PREFIX)
