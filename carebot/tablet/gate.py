"""The gate before every page, call and socket: right host, right origin, paired device, or named as public."""

from __future__ import annotations

import ipaddress
import json
import math
import socket
import time
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from carebot.records.audit import Deed
from carebot.tablet.access import Access, Visitor
from carebot.tablet.language import DEFAULT, LANGUAGE_COOKIE, Texts, choose
from carebot.tablet.limits import RateLimiter
from carebot.tablet.sessions import COOKIE

PUBLIC_PATHS = frozenset(
    {
        "/health",
        "/pair",
        "/api/v1/pair",
        "/api/v1/openapi.json",
        "/favicon.ico",
        "/apple-touch-icon.png",
        "/manifest.webmanifest",
        "/service-worker.js",
        "/ca.pem",
    }
)
SIGN_IN_PATHS = frozenset(
    {
        "/sign-in",
        "/set-up",
        "/api/v1/sign-in",
        "/api/v1/sign-in/passkey",
        "/api/v1/sign-in/passkey/options",
        "/api/v1/sign-out",
        "/api/v1/set-up",
        "/api/v1/session",
    }
)
"""What a paired device may see while nobody is signed in on it."""

PUBLIC_PREFIX = "/static/"
API_PREFIX = "/api/"
MAX_BODY_BYTES = 64 * 1024
VOICE_PATH = "/api/v1/say/voice"
"""The one operation that takes sound; all others take JSON."""

MAX_VOICE_BYTES = 500_000
"""15.5 s of 16 bits at 16 kHz, with the header."""

WAV_KINDS = frozenset({"audio/wav", "audio/wave", "audio/x-wav", "audio/vnd.wave"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
VISITOR_KEY = "carebot_visitor"
"""Where in the ASGI scope whoever asks is found."""

REQUESTS_PER_S, REQUESTS_AT_ONCE = 200.0, 2000.0

STOP_PATH = "/api/v1/emergency_stop"
"""Nothing is written before the robot stops; the stop itself keeps the session alive, afterwards."""


class Gate:
    """ASGI middleware. `hosts` are further names under which this robot may be reached, `drawn` NiceGUI's pages."""

    def __init__(self, app: ASGIApp, access: Access, hosts: Iterable[str] = (), drawn: Iterable[str] = ("/",)) -> None:
        self._app = app
        self._access = access
        self._drawn = frozenset(drawn)
        self._hosts = own_names() | {host.lower() for host in hosts}
        self._limiter = RateLimiter(REQUESTS_PER_S, REQUESTS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        send = with_security_headers(
            send, headers.get("host", ""), scope["scheme"] in ("https", "wss"), scope["path"] in self._drawn
        )
        scope[VISITOR_KEY] = visitor = self._visitor(headers)
        refusal = self._refusal(scope, headers, visitor)
        if refusal is not None:
            await _refuse(scope, receive, send, *refusal)
            return
        if visitor is not None and not is_public(scope["path"]) and scope["path"] != STOP_PATH:
            self._access.touch(visitor)
        await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers, visitor: Visitor | None) -> tuple[int, str, str] | None:
        """The status, the sentence to refuse with, and where a browser is led; None lets pass."""
        if not is_our_host(headers.get("host", ""), self._hosts):
            return 421, "This robot does not answer to that host name: use its address, or configure the name.", ""
        if not is_same_origin(headers):
            self._note_foreign(visitor, headers["origin"][:200])
            return 403, "Another website must not speak to this robot.", ""
        if wait_s := self._limiter.wait_s(_caller(scope), time.monotonic()):
            return 429, f"Too many requests: wait {math.ceil(wait_s)} s.", ""
        if scope["type"] == "http" and (refused := _body_refusal(scope["method"], scope["path"], headers)):
            return *refused, ""
        if scope["type"] == "http" and (wanted := _other_kind(scope["path"], headers)):
            return 415, wanted, ""
        return None if is_public(scope["path"]) else self._without_key(scope["path"], visitor)

    def _note_foreign(self, visitor: Visitor | None, origin: str) -> None:
        if visitor is not None:
            deed = Deed("refusal", visitor.name, "came from another website", origin)
            self._access.books.audit.note_seldom(deed, visitor.session.device, "another website")

    def _without_key(self, path: str, visitor: Visitor | None) -> tuple[int, str, str] | None:
        if visitor is None:
            detail = "This device is not paired: open /pair and type the PIN that the robot's terminal shows."
            return 401, detail, "/pair"
        if visitor.scopes or path in SIGN_IN_PATHS or not self._access.needs_accounts:
            return None
        if not self._access.is_set_up:
            return 401, "Nobody administers this robot yet: open /set-up on this device.", "/set-up"
        return 401, "Nobody is signed in on this device: open /sign-in.", "/sign-in"

    def _visitor(self, headers: Headers) -> Visitor | None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._access.visitor(token.strip())
        return self._access.visitor(cookie(headers, COOKIE))


def is_public(path: str) -> bool:
    """What an unpaired device may see: the way to pair, the style of that page, and whether the server lives."""
    return path in PUBLIC_PATHS or (path.startswith(PUBLIC_PREFIX) and ".." not in path)


def cookie(headers: Headers, name: str) -> str:
    """The value of one cookie, or "" where there is none."""
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return "" if found is None else found.value


def own_names() -> set[str]:
    """The names this machine knows itself by. Addresses in numbers always pass: no foreign site can pose as one."""
    name = socket.gethostname().lower()
    return {"localhost", name, name.split(".")[0], f"{name.split('.')[0]}.local"}


def is_our_host(host: str, names: set[str]) -> bool:
    """Whether a request is for one of `names` or for an address in numbers."""
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    return name in names or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def is_same_origin(headers: Headers) -> bool:
    """Whether no other website speaks through the visitor's browser."""
    origin = headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc.lower() == headers.get("host", "").lower()
    except ValueError:
        return False


def _body_refusal(method: str, path: str, headers: Headers) -> tuple[int, str] | None:
    if method in SAFE_METHODS:
        return None
    if "transfer-encoding" in headers:
        return 411, "Send the length of the body (Content-Length)."
    length = headers.get("content-length", "0")
    most = MAX_VOICE_BYTES if path == VOICE_PATH and _kind(headers) in WAV_KINDS else MAX_BODY_BYTES
    if not length.isdigit() or int(length) > most:
        return 413, f"The body is larger than {most} bytes."
    return None


def _other_kind(path: str, headers: Headers) -> str:
    """What to send, where there is a body that is not said to be of the kind that this address takes; else empty."""
    if headers.get("content-length", "0") == "0" or not path.startswith(API_PREFIX):
        return ""
    kind = _kind(headers)
    if path == VOICE_PATH:
        return "" if kind in WAV_KINDS else "Send a WAV recording, and say so: Content-Type: audio/wav."
    is_json = kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))
    return "" if is_json else "Send JSON, and say so: Content-Type: application/json."


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _caller(scope: Scope) -> str:
    client = scope.get("client")
    return str(client[0]) if client else ""


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, detail: str, way: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.close", "code": 1008, "reason": detail[:120]})
        return
    headers = [(b"content-type", b"application/problem+json"), (b"cache-control", b"no-store")]
    if status == 401 and way and "text/html" in Headers(scope=scope).get("accept", ""):
        status, headers = 303, [*headers, (b"location", way.encode())]
    if status == 401:
        headers.append((b"www-authenticate", b'Bearer realm="carebot"'))
    if status == 429:
        headers.append((b"retry-after", b"1"))
    told = _told(scope["path"], status, Headers(scope=scope)) or detail
    body = json.dumps({"type": "about:blank", "title": TITLES.get(status, "Refused"), "status": status, "detail": told})
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body.encode()})


def _told(path: str, status: int, headers: Headers) -> str:
    """What a page that stands open shows, in the language of its reader; empty where English will do."""
    key = f"voice_{status}" if path == VOICE_PATH and status in (413, 415) else f"problem_{status}"
    if status not in (401, 413, 415, 429) or "accept-language" not in headers:
        return ""
    language = choose(cookie(headers, LANGUAGE_COOKIE), headers["accept-language"])
    return "" if language == DEFAULT else Texts(language).sentence(key, {}) or ""


TITLES = {
    303: "See other",
    401: "Not paired",
    403: "Forbidden",
    411: "Length required",
    413: "Too large",
    415: "Another kind of content",
    421: "Wrong host",
    429: "Too many requests",
}


def with_security_headers(send: Send, host: str, is_secure: bool, is_drawn: bool) -> Send:
    """`send` that adds what a browser may do with an answer; NiceGUI's pages (`is_drawn`) need more than others."""
    policy = _POLICY.format(host=host, **(_DRAWN if is_drawn else _PLAIN))

    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("content-security-policy", policy)
            if is_secure:
                headers.setdefault("strict-transport-security", "max-age=31536000")
        await send(message)

    return send_with_headers


_POLICY = (
    "default-src 'self'; script-src 'self'{script}; style-src 'self'{style}; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' ws://{host} wss://{host}; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
# NiceGUI writes its pages into inline scripts and compiles Vue templates in the browser; nothing else may do so.
_DRAWN = {"script": " 'unsafe-inline' 'unsafe-eval'", "style": " 'unsafe-inline'"}
_PLAIN = {"script": "", "style": ""}
SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), microphone=(self), geolocation=()",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
