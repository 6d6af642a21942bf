"""Ask a service from an event loop, while ROS spins in another thread."""

from __future__ import annotations

import asyncio
from typing import Any

from rclpy.client import Client


async def ask(client: Client, request: Any, timeout_s: float) -> Any | None:
    """The response; None where none came in time."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    future = client.call_async(request)
    future.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
    try:
        await asyncio.wait_for(done.wait(), timeout_s)
    except asyncio.TimeoutError:
        client.remove_pending_request(future)
        return None
    return future.result()
