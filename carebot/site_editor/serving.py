"""The editor of one site file, from the open port to Ctrl-C."""

from __future__ import annotations

import signal
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

from carebot.navigation.grid_map import read_map
from carebot.site.file import map_file
from carebot.site_editor.app import create_editor
from carebot.site_editor.document import SiteDocument
from carebot.tablet.language import languages
from carebot.tablet.server import TabletServer, bind, url

HOST = "127.0.0.1"


def edit(path: Path, routines: Path | None, port: int, opens: bool, say: Callable[[str], None]) -> None:
    """Serve the editor of the site file `path` until a signal ends it; `opens` shows it in the machine's browser.

    Raises:
        ConfigError: the file or its map cannot be drawn.
        SetupError: the port is taken.
    """
    document = SiteDocument(path, routines)
    _, content = document.read()
    grid = read_map(map_file(content.get("map"), path))
    spoken = content.get("language")
    app, place = create_editor(document, grid, spoken if spoken in languages() else "en")
    ending = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ending.set())
    with bind(HOST, port) as listening:
        address = url(listening).rstrip("/") + place
        say(f"{path}: draw at {address} and end with Ctrl-C.")
        if opens:
            threading.Timer(0.5, webbrowser.open, [address]).start()
        TabletServer(app, ending.is_set).run(sockets=[listening])
