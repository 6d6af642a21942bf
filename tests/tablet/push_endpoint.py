"""A push service and a browser's side of it: takes messages, checks who signed them (RFC 8292), decrypts (RFC 8291)."""

from __future__ import annotations

import json
import struct
import threading
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

AUTH = bytes(range(16))


def encoded(content: bytes) -> str:
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt, info).derive(secret)


class Browser:
    """The keys of one subscription."""

    def __init__(self) -> None:
        self.private = ec.generate_private_key(ec.SECP256R1())
        self.public = self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def subscription(self, endpoint: str) -> dict[str, str]:
        return {"endpoint": endpoint, "p256dh": encoded(self.public), "auth": encoded(AUTH), "label": "Test"}

    def decrypt(self, body: bytes) -> dict[str, Any]:
        """Written from the RFC's section 3.4, apart from what the robot encrypts with."""
        salt, record_size, length = body[:16], struct.unpack("!L", body[16:20])[0], body[20]
        server, sealed = body[21 : 21 + length], body[21 + length :]
        assert len(sealed) <= record_size
        shared = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), server))
        key = derived(shared, AUTH, b"WebPush: info\x00" + self.public + server, 32)
        content_key = derived(key, salt, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = derived(key, salt, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(content_key).decrypt(nonce, sealed, None)
        text, _, padding = padded.rpartition(b"\x02")
        assert padding.strip(b"\x00") == b""
        return dict(json.loads(text))


class PushEndpoint:
    """An HTTP server on a real port. `answer` is the status of the next answers; "hang" never answers."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.answer, self.headers = browser, "201", {}
        self.heard: list[dict[str, Any]] = []
        self.tries = 0
        self.closing = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.tries += 1
                if outer.answer == "hang":
                    outer.closing.wait(60)
                    return
                if outer.answer == "201":
                    outer.hear(self.headers, body)
                self.send_response(int(outer.answer))
                for name, value in outer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.origin = f"http://127.0.0.1:{self.server.server_port}"
        self.key = ""
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def subscription(self) -> dict[str, str]:
        return self.browser.subscription(f"{self.origin}/send/a-browser")

    def hear(self, headers: Any, body: bytes) -> None:
        assert headers["content-encoding"] == "aes128gcm"
        scheme, _, parameters = headers["authorization"].partition(" ")
        assert scheme == "vapid"
        given = dict(each.strip().split("=", 1) for each in parameters.split(","))
        signer = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(given["k"]))
        claims = jwt.decode(given["t"], signer, ["ES256"], audience=self.origin, options={"require": ["exp", "aud"]})
        assert claims["exp"] - time.time() <= 24 * 3600
        about = {name: headers[name] for name in ("ttl", "urgency")}
        self.heard.append({**self.browser.decrypt(body), **about, "key": given["k"], "sub": claims.get("sub")})

    def wait_for(self, count: int, within_s: float = 10.0) -> list[dict[str, Any]]:
        return self.wait_until(lambda: len(self.heard) >= count, within_s)

    def wait_until(self, done: Any, within_s: float = 10.0) -> list[dict[str, Any]]:
        ends_s = time.monotonic() + within_s
        while not done():
            assert time.monotonic() < ends_s, f"only {self.heard} and {self.tries} tries came"
            time.sleep(0.02)
        return self.heard

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
