"""The key by which push services know this robot (VAPID, RFC 8292): made on the first start, for its user alone."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from carebot.errors import SetupError
from carebot.files import kept_secret


@dataclass(frozen=True, slots=True)
class PushKey:
    """`private_pem` and `public_pem`; `public` is the uncompressed point, base64url, as browsers take it."""

    private_pem: bytes
    public_pem: bytes
    public: str


def load_push_key(path: Path) -> PushKey:
    """The key kept at `path`, made when there is none; with another one, every browser has to subscribe anew.

    Raises:
        SetupError: the file can neither be read nor written, or holds no such key.
    """
    return _read(kept_secret(path, _new_pem), path)


def _new_pem() -> bytes:
    made = ec.generate_private_key(ec.SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(pem: bytes, path: Path) -> PushKey:
    try:
        private = load_pem_private_key(pem, None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        private = None
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise SetupError(f"{path} holds no P-256 key: remove it, and switch notifications on anew on the tablets.")
    public = private.public_key()
    point = public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    spki = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return PushKey(pem, spki, urlsafe_b64encode(point).rstrip(b"=").decode())
