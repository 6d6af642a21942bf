"""A client of any server with OpenAI's chat completions. Whatever goes wrong comes out as a value.

Requests run in an event loop of the client's own thread, so that a time limit holds through every step (a resolver
that hangs, headers that trickle) and that a request can be called off from another thread, as a stop-word does.
"""

from __future__ import annotations

import asyncio
import json
import queue
import ssl
import threading
from collections.abc import AsyncIterator, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import httpx

from carebot.conversation.leash.events import Event, Failure
from carebot.conversation.leash.settings import ModelSettings
from carebot.conversation.leash.stream import Completion
from carebot.errors import ConfigError

_SLOW = Failure("slow", "The language model was not there in time.")
_INTERRUPTED = Failure("interrupted", "The answer was called off.")


class Request:
    """One question that was put to a server."""

    def __init__(self, done: Future[None], events: queue.Queue[Event]) -> None:
        self._done = done
        self._events = events
        self._is_interrupted = False

    def next_event(self, wait_s: float) -> Event:
        """The next event; a Failure after `wait_s` seconds without one. After an End or a Failure, `close`."""
        try:
            event = self._events.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            event = _SLOW
        return _INTERRUPTED if self._is_interrupted else event

    def interrupt(self) -> None:
        """Call it off, from any thread."""
        self._is_interrupted = True
        self._events.put(_INTERRUPTED)

    def close(self) -> None:
        """End the connection, whether or not the answer is whole."""
        self._done.cancel()


class ChatClient:
    """Asks one server; closed after use, also by `with`.

    Raises:
        ConfigError: when it is made, where the key or the certificates cannot be used.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self._headers = {"Accept": "text/event-stream", "Accept-Encoding": "identity", **_authorization(settings)}
        self._trust = _trust(settings)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="language-model", daemon=True)
        self._thread.start()

    def __enter__(self) -> ChatClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the thread; what was asked is called off, and nothing can be asked any more."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout=5.0)

    def ask(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> Request:
        """Put a question; the answer comes as events, the last of which is an End or a Failure."""
        events: queue.Queue[Event] = queue.Queue()
        if not self._thread.is_alive():
            events.put(_INTERRUPTED)
            return Request(Future(), events)
        work = self._request(self._body(messages, tools), events)
        return Request(asyncio.run_coroutine_threadsafe(work, self._loop), events)

    def _body(self, messages: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]]) -> bytes:
        content = {
            "model": self._settings.model,
            "messages": list(messages),
            "stream": True,
            "temperature": self._settings.temperature,
            "max_tokens": self._settings.most_tokens,
            **({"tools": list(tools), "tool_choice": "auto"} if tools else {}),
        }
        return json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")

    async def _request(self, body: bytes, events: queue.Queue[Event]) -> None:
        try:
            async with self._http() as http:
                async for event in self._answer(http, body):
                    events.put(event)
        except (httpx.HTTPError, httpx.StreamError, httpx.InvalidURL, OSError, ValueError) as error:
            events.put(_failure(error, self._settings.url))
        finally:
            # Reached by what nobody foresaw, too: an answer that never ends is the one thing that must not be.
            events.put(Failure("cut", "The language model's answer broke off."))

    def _http(self) -> httpx.AsyncClient:
        timeout = httpx.Timeout(self._settings.answer_s)
        return httpx.AsyncClient(verify=self._trust, trust_env=False, follow_redirects=False, timeout=timeout)

    async def _answer(self, http: httpx.AsyncClient, body: bytes) -> AsyncIterator[Event]:
        headers = {**self._headers, "Content-Type": "application/json"}
        async with http.stream("POST", self._settings.completions_url, content=body, headers=headers) as response:
            refused = _refusal(response, self._settings.url)
            if refused is not None:
                yield refused
                return
            completion = Completion(is_stream="json" not in response.headers.get("Content-Type", ""))
            async for content in response.aiter_raw():
                for event in completion.feed(content):
                    yield event
                if completion.is_over:
                    return
            for event in completion.close():
                yield event

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
            self._loop.run_until_complete(_call_off(asyncio.all_tasks(self._loop)))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        finally:
            self._loop.close()


async def _call_off(tasks: set[asyncio.Task[Any]]) -> None:
    """Cancel them, and wait for what they leave behind: tasks that close the generators of a cut connection."""
    for task in tasks:
        task.cancel()
    while tasks:
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
        tasks = asyncio.all_tasks() - {asyncio.current_task()}


def _refusal(response: httpx.Response, url: str) -> Failure | None:
    """Why this is no answer, by its head alone: what a server writes into an error is not read."""
    if response.is_redirect:
        return Failure("redirected", f"{url} leads elsewhere, which is not followed: name the right address.")
    if response.status_code != httpx.codes.OK:
        return Failure("refused", f"{url} answered with {response.status_code}: check address, model and key.")
    if response.headers.get("Content-Encoding", "identity") != "identity":
        return Failure("garbage", f"{url} compressed its answer unasked: turn that off.")
    return None


def _failure(error: Exception, url: str) -> Failure:
    if isinstance(error, httpx.TimeoutException):
        return _SLOW
    if _is_of_tls(error):
        return Failure("untrusted", f"The certificate of {url} cannot be trusted: name its authority in ca_file.")
    if isinstance(error, (httpx.ConnectError, httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return Failure("unreachable", f"Nobody answers at {url}: check that the server runs and the address is right.")
    if isinstance(error, (httpx.NetworkError, httpx.RemoteProtocolError)):
        return Failure("cut", f"The connection to {url} broke off.")
    return Failure("garbage", f"{url} answered with something that is no chat completion ({type(error).__name__}).")


def _is_of_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError) or "CERTIFICATE_VERIFY_FAILED" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False


def _authorization(settings: ModelSettings) -> dict[str, str]:
    key = settings.key()
    return {} if key is None else {"Authorization": f"Bearer {key.get_secret_value()}"}


def _trust(settings: ModelSettings) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=None if settings.ca_file is None else str(settings.ca_file))
    except (OSError, ssl.SSLError):
        raise ConfigError(f"{settings.ca_file} is no file of certificates (PEM): check its name.") from None
