"""Run as a program: tablets that only listen, as many as wanted, each with NiceGUI's own web socket.

usage: tablet_crowd.py URL COOKIE COUNT. Prints one JSON line {"connected": COUNT}; from then on, for each message that
speaks of a benchmark's fall, {"tablet", "fall", "at_s"} on the monotonic clock. Ends with its standard input.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

import httpx
from websockets.asyncio.client import ClientConnection, connect

CLIENT = re.compile(r"""query: \{[^}]*['"]client_id['"]: ['"]([-0-9a-f]+)['"]""")
FALL = re.compile(r"Fall number (\d+)\.")


async def open_page(url: str, cookie: str) -> ClientConnection:
    """One tablet's web socket, its page drawn and its handshake done."""
    return await open_socket(url, cookie, await draw_page(url, cookie))


async def draw_page(url: str, cookie: str) -> dict[str, str]:
    """Have a page drawn; what its web socket names itself by, however often it is opened."""
    async with httpx.AsyncClient(trust_env=False, timeout=60, headers={"Cookie": cookie}) as client:
        page = await client.get(url, headers={"Accept": "text/html", "Accept-Language": "en"})
    found = CLIENT.search(page.text)
    if page.status_code != 200 or found is None:
        raise SystemExit(f"the tablet's page at {url} came with {page.status_code} and is not one of NiceGUI's")
    return {"client_id": found[1], "tab_id": str(uuid.uuid4()), "document_id": str(uuid.uuid4())}


async def open_socket(url: str, cookie: str, own: Mapping[str, str]) -> ClientConnection:
    """The web socket of a page, its handshake done."""
    query = {**own, "next_message_id": 0, "implicit_handshake": "true", "EIO": 4, "transport": "websocket"}
    address = f"ws{url[4:]}_nicegui_ws/socket.io/?{urlencode(query)}"
    socket = await connect(address, additional_headers={"Cookie": cookie}, proxy=None, max_size=None)
    await socket.recv()  # Engine.IO opens
    await socket.send("40")
    return socket


async def listen(tablet: int, socket: ClientConnection) -> None:
    """Answer pings, and say which falls came and when."""
    heard: set[str] = set()
    async for message in socket:
        at_s, text = time.monotonic(), str(message)
        if text == "2":
            await socket.send("3")
        for fall in set(FALL.findall(text)) - heard:
            heard.add(fall)
            print(json.dumps({"tablet": tablet, "fall": int(fall), "at_s": at_s}), flush=True)


async def main(url: str, cookie: str, count: int) -> None:
    listening = []
    for number in range(count):  # each listens at once: a ping that is not answered ends its page
        listening.append(asyncio.ensure_future(listen(number, await open_page(url, cookie))))
    print(json.dumps({"connected": count}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    for task in listening:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
