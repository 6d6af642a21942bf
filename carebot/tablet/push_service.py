"""One message to one browser's push service: encrypted for that browser (RFC 8291), signed by this robot (RFC 8292)."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from urllib.parse import SplitResult, urlsplit

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import AnyHttpUrl
from webpush import WebPush, WebPushSubscription
from webpush.types import WebPushKeys

from carebot.records.subscriptions import Subscription
from carebot.tablet.push_key import PushKey

KNOWN_SERVICES = (
    "fcm.googleapis.com",
    "jmt17.google.com",
    "*.push.services.mozilla.com",
    "*.push.apple.com",
    "*.notify.windows.com",
)
"""The push services of the browsers: a robot that posted to any address would be a way into its network."""

PATIENCE_S = 10.0
TOKEN_LIFE_S = 12 * 3600
"""Half of what RFC 8292 allows: a robot whose clock is hours off is still believed."""

MOST_WAIT_S = 300.0
AUTH_BYTES = 16
_LOG = logging.getLogger("carebot.tablet")


class Fate(str, Enum):
    """What a push service said: TAKEN; GONE (the browser unsubscribed); AGAIN (later, or not reached); REFUSED."""

    TAKEN = "taken"
    GONE = "gone"
    AGAIN = "again"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Posted:
    """What became of one message; with AGAIN, not before `wait_s`."""

    fate: Fate
    wait_s: float = 0.0
    why: str = ""


def is_push_service(endpoint: str, further: Iterable[str] = ()) -> bool:
    """Whether `endpoint` is an address of a known push service, or begins with an origin of `further`."""
    try:
        parts = urlsplit(endpoint)
        origin, host = _origin(parts), (parts.hostname or "").lower()
    except ValueError:
        return False
    if parts.username is not None or parts.fragment:
        return False
    if origin in {each.rstrip("/").lower() for each in further}:
        return True
    return parts.scheme == "https" and parts.port in (None, 443) and any(_is_of(host, name) for name in KNOWN_SERVICES)


def are_keys(p256dh: str, auth: str) -> bool:
    """Whether these are a browser's: a point of P-256, and 16 bytes."""
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _decoded(p256dh))
        return len(_decoded(auth)) == AUTH_BYTES
    except ValueError:
        return False


class PushServices:
    """Posts. `contact` is a mail address for the services' operators; `now_s` is the wall clock.

    `further` are origins of push services of one's own, as https://push.example:8443.
    """

    def __init__(
        self, key: PushKey, contact: str = "", further: Iterable[str] = (), now_s: Callable[[], float] = time.time
    ) -> None:
        self.key, self.further = key.public, tuple(further)
        self._signer = _Signer(key, contact, now_s)
        self._encrypter = WebPush(key.private_pem, key.public_pem, subscriber=contact or "nobody")
        self._encrypter.vapid = self._signer
        self._client: httpx.AsyncClient | None = None

    async def post(self, to: Subscription, text: bytes, ttl_s: int, urgency: str) -> Posted:
        """Post; whatever happens on the way is an answer, never an exception.

        `ttl_s`: for how long the service keeps it for a browser that sleeps. `urgency`: of RFC 8030, such as high.
        """
        if self._client is None:
            unlimited = httpx.Limits(max_connections=None, max_keepalive_connections=20)
            self._client = httpx.AsyncClient(timeout=PATIENCE_S, limits=unlimited, follow_redirects=False)
        try:
            wanted = WebPushSubscription(
                endpoint=AnyHttpUrl(to.endpoint), keys=WebPushKeys(auth=to.auth, p256dh=to.p256dh)
            )
            made = await asyncio.to_thread(self._encrypter.get, text, wanted)
            headers = {
                **made.headers,
                "ttl": str(ttl_s),
                "urgency": urgency,
                "content-type": "application/octet-stream",
            }
            # httpx bounds each read and write; a service that trickles is bounded by this.
            sending = self._client.post(to.endpoint, content=made.encrypted, headers=headers)
            return _fate(await asyncio.wait_for(sending, PATIENCE_S))
        except (httpx.HTTPError, httpx.InvalidURL, OSError, asyncio.TimeoutError) as error:
            return Posted(Fate.AGAIN, why=f"the push service is not reached ({type(error).__name__})")
        except ValueError as error:
            return Posted(Fate.REFUSED, why=f"the subscription cannot be used ({type(error).__name__})")

    async def close(self) -> None:
        if self._client is not None:
            await self._client.aclose()


class _Signer:
    """In the place of the library's own, which names the service without its port, where RFC 8292 wants the origin."""

    def __init__(self, key: PushKey, contact: str, now_s: Callable[[], float]) -> None:
        self._key, self._contact, self._now_s = key, contact, now_s

    def get_authorization_header(self, endpoint: AnyHttpUrl, subscriber: str, expiration: int) -> str:  # noqa: ARG002
        claims = {"aud": _origin(urlsplit(str(endpoint))), "exp": int(self._now_s()) + TOKEN_LIFE_S}
        if self._contact:
            claims["sub"] = f"mailto:{self._contact}"
        return f"vapid t={jwt.encode(claims, self._key.private_pem, 'ES256')}, k={self._key.public}"


def _fate(answer: httpx.Response) -> Posted:
    status = answer.status_code
    if 200 <= status < 300:
        return Posted(Fate.TAKEN)
    if status in (404, 410):
        return Posted(Fate.GONE)
    if status == 429 or status >= 500:
        return Posted(Fate.AGAIN, _wait_s(answer.headers.get("retry-after", "")), f"the push service says {status}")
    return Posted(Fate.REFUSED, why=f"the push service says {status}")


def _wait_s(retry_after: str) -> float:
    try:
        wait_s = float(retry_after)
    except ValueError:
        return 0.0
    return min(max(wait_s, 0.0), MOST_WAIT_S) if math.isfinite(wait_s) else 0.0


def _origin(parts: SplitResult) -> str:
    """Scheme, host, and the port where it is not the scheme's own (RFC 6454)."""
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    host = (parts.hostname or "").lower()
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}"


def _is_of(host: str, name: str) -> bool:
    return host.endswith(name[1:]) if name.startswith("*.") else host == name


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
