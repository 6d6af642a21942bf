"""What happens, as it happens: server-sent events, and the same over a web socket."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator

from fastapi import APIRouter, Request, WebSocket, WebSocketDisconnect
from fastapi.responses import StreamingResponse

from carebot.tablet import api_models as bodies
from carebot.tablet.access import Visitor
from carebot.tablet.api_alerts import seen_by
from carebot.tablet.gate import VISITOR_KEY
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, visitor_of

POLL_S = 0.1
HEARTBEAT_S = 1.0


def add_routes(router: APIRouter, services: Services) -> None:
    """Neither stands in the OpenAPI description's paths: it cannot describe an answer that does not end."""

    @router.get("/api/v1/events", include_in_schema=False)
    async def events(request: Request) -> StreamingResponse:
        """`alert` with every alert now and at each change, `robot` each second and when lost; `connected` in its place
        for who may not read that."""
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        stream = _server_sent(services, visitor_of(request))
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    @router.websocket("/api/v1/events/socket")
    async def socket(socket: WebSocket) -> None:
        """The same events as JSON texts: {"event": "alert", "data": {...}}."""
        visitor = socket.scope[VISITOR_KEY]
        await socket.accept()
        listening = asyncio.create_task(_until_gone(socket))
        try:
            async for name, data, _ in _events(services, visitor):
                if listening.done():
                    return
                await socket.send_text(json.dumps({"event": name, "data": json.loads(data)}))
            await socket.close(1001)
        except (WebSocketDisconnect, RuntimeError):
            return  # the other side is gone
        finally:
            listening.cancel()


async def _until_gone(socket: WebSocket) -> None:
    """Whatever is sent is not looked at; what is too large, the server closes."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _server_sent(services: Services, visitor: Visitor) -> AsyncIterator[str]:
    async for name, data, number in _events(services, visitor):
        yield f"event: {name}\n" + (f"id: {number}\n" if number else "") + f"data: {data}\n\n"


async def _events(services: Services, visitor: Visitor) -> AsyncIterator[tuple[str, str, str]]:
    """Name, JSON and number of each event, until the server stops or the visitor's key ends."""
    told: dict[str, int] = {}
    told_state, told_at_s = None, float("-inf")
    while not services.is_stopping() and services.access.is_live(visitor):
        view, alerts = services.robot.view(), seen_by(services, visitor)
        for alert in reversed(alerts):
            if told.get(alert.id) != alert.revision:
                yield (
                    "alert",
                    bodies.alert_body(alert, services.room_of(alert)).model_dump_json(),
                    f"{alert.id}:{alert.revision}",
                )
        told = {alert.id: alert.revision for alert in alerts}
        state, now_s = (view.is_lost, view.is_blind), time.monotonic()
        if state != told_state or now_s - told_at_s >= HEARTBEAT_S:
            if visitor.may(Scope.ROBOTS_READ):
                yield "robot", bodies.robot_body(view).model_dump_json(), ""
            else:
                yield "connected", "{}", ""
            told_state, told_at_s = state, now_s
        await asyncio.sleep(POLL_S)
