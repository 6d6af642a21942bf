"""Sound that is made ahead in a thread, so that who plays it can stop at any moment."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable, Iterator

from carebot.conversation.speaking.synthesiser import Samples, Sound

MOST_AHEAD = 100
"""Chunks that may wait to be played: two seconds."""

POLL_S = 0.02


class Ahead:
    """What `make` returns, made in another thread. Use it in a `with`: leaving ends that thread soon."""

    def __init__(self, make: Callable[[], Sound]) -> None:
        self._make = make
        self._made: queue.Queue[tuple[Samples, int] | Exception | None] = queue.Queue(MOST_AHEAD)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="voice", daemon=True)

    def __enter__(self) -> Ahead:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()

    def chunks(self) -> Iterator[tuple[Samples, int] | None]:
        """Chunks with their rate in Hz, None each time that `POLL_S` passes without one; raises what `make` raises."""
        while True:
            try:
                found = self._made.get(timeout=POLL_S)
            except queue.Empty:
                yield None
                continue
            if found is None:
                return
            if isinstance(found, Exception):
                raise found
            yield found

    def _run(self) -> None:
        try:
            with contextlib.closing(self._make()) as sound:
                for chunk in sound.chunks:
                    if not self._put((chunk, sound.sample_rate_hz)):
                        return
        except Exception as error:  # noqa: BLE001 - raised again by chunks
            self._put(error)
        else:
            self._put(None)

    def _put(self, made: tuple[Samples, int] | Exception | None) -> bool:
        while not self._stopping.is_set():
            with contextlib.suppress(queue.Full):
                self._made.put(made, timeout=POLL_S)
                return True
        return False
