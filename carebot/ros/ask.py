"""Wait for ROS in an event loop, while ROS spins in another thread."""

from __future__ import annotations

import asyncio
from typing import Any

from rclpy.client import Client
from rclpy.task import Future


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


async def within(future: Future, timeout_s: float) -> Any | None:
    """The result of a future that ROS's thread completes; None where it takes longer."""
    loop, done = asyncio.get_running_loop(), asyncio.Event()
    future.add_done_callback(lambda _: loop.call_soon_threadsafe(done.set))
    try:
        await asyncio.wait_for(done.wait(), timeout_s)
    except asyncio.TimeoutError:
        return None
    return future.result()
