"""A language model to try carebot with: a real HTTP server with OpenAI's chat completions and scripted answers.

It checks requests as OpenAI's reference tells, answers in its formats (streamed or whole, text and tool calls, errors),
and misbehaves on request: `Answer` says how.
"""

from __future__ import annotations

import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

MODEL = "scripted"
_ROLES = ("system", "developer", "user", "assistant", "tool")
_HEAD = {"id": "chatcmpl-1", "created": 1_700_000_000}
Fault = Literal[
    "", "hangs", "trickles", "endless", "huge", "cut", "reset", "no_end", "garbage", "wrong_json", "not_utf8"
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answers: pieces of text, then tool calls (name and arguments as JSON text).

    `pause_s` lies before every piece of text. A `status` other than 200 is an error, with `location` a redirect. The
    faults: it `hangs` without a word, `trickles` its head byte by byte, sends `endless` text or `huge` 10 MB, is `cut`
    or `reset` after the text, ends with `no_end`, or answers `garbage`, `wrong_json` or what is `not_utf8`.
    """

    text: Sequence[str] = ()
    calls: Sequence[tuple[str, str]] = ()
    status: int = 200
    location: str = ""
    pause_s: float = 0.0
    fault: Fault = ""


Model = Callable[[Mapping[str, Any]], Answer]


@dataclass
class LlmServer:
    """A running server: its base address, and the bodies and keys of what it was asked."""

    url: str
    requests: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)


@contextmanager
def llm_server(model: Model, key: str = "", certificate: tuple[str, str] | None = None) -> Iterator[LlmServer]:
    """A server that runs inside. With a `key` it refuses who has another; with a `certificate` (its file and its
    key's) it speaks TLS."""
    ended = threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(model, key, ended))
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    kept = LlmServer(f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}/v1")
    server.kept = kept  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield kept
    finally:
        ended.set()
        server.shutdown()
        server.server_close()


def _handler(model: Model, key: str, ended: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(_Handler):
        def answer_of(self, body: Mapping[str, Any]) -> Answer:
            return model(body)

        def is_admitted(self) -> bool:
            return not key or self.headers.get("Authorization") == f"Bearer {key}"

        def pause(self, duration_s: float) -> None:
            ended.wait(duration_s)

    return Handler


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer_of(self, body: Mapping[str, Any]) -> Answer:
        raise NotImplementedError

    def is_admitted(self) -> bool:
        raise NotImplementedError

    def pause(self, duration_s: float) -> None:
        raise NotImplementedError

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet."""

    def handle(self) -> None:
        try:
            super().handle()
        except OSError:
            self.close_connection = True  # the other side went away, as a client does whose time is over

    def do_GET(self) -> None:
        if self.path != "/v1/models":
            self._send_error(404, "no such path", "not_found")
        else:
            self._send_json(200, {"object": "list", "data": [{"id": MODEL, "object": "model", "owned_by": "carebot"}]})

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/v1/chat/completions":
            self._send_error(404, "no such path", "not_found")
        elif not self.is_admitted():
            self._send_error(401, "Incorrect API key provided", "invalid_api_key")
        else:
            self._complete(content)

    def _complete(self, content: bytes) -> None:
        try:
            body = json.loads(content)
        except ValueError:
            body = None
        wrong = what_is_wrong(body)
        if wrong:
            self._send_error(400, wrong, "invalid_value")
            return
        kept: LlmServer = self.server.kept  # type: ignore[attr-defined]
        kept.requests.append(body)
        kept.keys.append(self.headers.get("Authorization", ""))
        if body["model"] != MODEL:
            self._send_error(404, f"The model `{body['model']}` does not exist", "model_not_found")
        else:
            self._send(self.answer_of(body), bool(body.get("stream")))

    def _send(self, answer: Answer, is_stream: bool) -> None:
        if answer.status != 200:
            self._send_error(answer.status, "scripted", "scripted", answer.location)
        elif answer.fault in ("hangs", "trickles"):
            self._stall(answer.fault == "trickles")
        elif is_stream:
            self._stream(answer)
        else:
            self._send_json(200, _whole(answer))

    def _stall(self, is_trickle: bool) -> None:
        self.close_connection = True
        head = b"HTTP/1.1 200 OK\r\nX-Slow: " if is_trickle else b""
        for byte in head + b"z" * 10_000:
            if is_trickle:
                self.wfile.write(bytes([byte]))
            elif self._has_left():
                return
            self.pause(0.02)

    def _has_left(self) -> bool:
        """Whether the client closed the connection."""
        self.connection.setblocking(False)
        try:
            return len(self.connection.recv(1)) == 0
        except (BlockingIOError, ssl.SSLWantReadError):
            return False
        finally:
            self.connection.setblocking(True)

    def _stream(self, answer: Answer) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-cache")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self._write_event(_chunk({"role": "assistant", "content": ""}))
        for piece in answer.text:
            self.pause(answer.pause_s)
            self._write_event(_chunk({"content": piece}))
        if answer.fault:
            self._misbehave(answer.fault)
            return
        for delta in _call_deltas(answer.calls):
            self._write_event(_chunk(delta))
        self._write_event(_chunk({}, "tool_calls" if answer.calls else "stop"))
        self._write_chunk(b"data: [DONE]\n\n")
        self._write_chunk(b"")

    def _misbehave(self, fault: str) -> None:
        self.close_connection = True
        if fault == "endless":
            while True:
                self._write_chunk(b": still here\n\n")
                self.pause(0.005)
        elif fault == "huge":
            for _ in range(10_000):
                self._write_event(_chunk({"content": "word " * 200}))
        elif fault == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif fault == "no_end":
            self._write_chunk(b"")
        elif fault in _NONSENSE:
            self._write_chunk(_NONSENSE[fault])
            self._write_chunk(b"")

    def _write_event(self, content: Mapping[str, Any]) -> None:
        self._write_chunk(f"data: {json.dumps(content, ensure_ascii=False)}\n\n".encode())

    def _write_chunk(self, content: bytes) -> None:
        self.wfile.write(b"%x\r\n%s\r\n" % (len(content), content))
        self.wfile.flush()

    def _send_error(self, status: int, message: str, code: str, location: str = "") -> None:
        kind = "server_error" if status >= 500 else "invalid_request_error"
        content = {"error": {"message": message, "type": kind, "param": None, "code": code}}
        self._send_json(status, content, location)

    def _send_json(self, status: int, content: Mapping[str, Any], location: str = "") -> None:
        body = json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(body)


_NONSENSE = {
    "garbage": b"data: <html>no such thing</html>\n\n",
    "wrong_json": b'data: {"choices": "many", "id": 7}\n\n',
    "not_utf8": b'data: {"choices": [{"delta": {"content": "\xff\xfe"}}]}\n\n',
}


def _chunk(delta: Mapping[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {**_HEAD, "object": "chat.completion.chunk", "model": MODEL, "choices": [choice]}


def _call_deltas(calls: Sequence[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    """A call's name first, then its arguments in two parts, as servers send them."""
    for index, (name, arguments) in enumerate(calls):
        head = {"index": index, "id": f"call_{index}", "type": "function"}
        yield {"tool_calls": [{**head, "function": {"name": name, "arguments": ""}}]}
        middle = len(arguments) // 2
        for part in (arguments[:middle], arguments[middle:]):
            yield {"tool_calls": [{"index": index, "function": {"arguments": part}}]}


def _whole(answer: Answer) -> dict[str, Any]:
    calls = [
        {"id": f"call_{index}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for index, (name, arguments) in enumerate(answer.calls)
    ]
    message = {"role": "assistant", "content": "".join(answer.text) or None, **({"tool_calls": calls} if calls else {})}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if calls else "stop"}
    usage = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    return {**_HEAD, "object": "chat.completion", "model": MODEL, "choices": [choice], "usage": usage}


def what_is_wrong(body: Any) -> str:
    """Why `body` is no request for a chat completion; empty where it is one."""
    if not isinstance(body, dict):
        return "We could not parse the JSON body of your request."
    if not isinstance(body.get("model"), str):
        return "you must provide a model parameter"
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        return "'messages' must be a list with at least one message"
    for place, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in _ROLES:
            return f"messages.{place}.role must be one of {', '.join(_ROLES)}"
        if not isinstance(message.get("content"), str):
            return f"messages.{place}.content must be a text"
    return next((wrong for tool in body.get("tools", []) if (wrong := _wrong_tool(tool))), "")


def _wrong_tool(tool: Any) -> str:
    function = tool.get("function") if isinstance(tool, dict) and tool.get("type") == "function" else None
    if not isinstance(function, dict) or not isinstance(function.get("name"), str):
        return "tools must be of the type function and have a name"
    parameters = function.get("parameters", {"type": "object"})
    return "" if parameters.get("type") == "object" else f"the parameters of {function['name']} must be an object"
