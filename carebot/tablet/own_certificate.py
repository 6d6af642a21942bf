"""A certificate that the operator brings, as from a public authority: looked at before it is served, never written."""

from __future__ import annotations

import ssl
from datetime import datetime, timezone
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization

from carebot.errors import SetupError
from carebot.tablet.certificate import Pair


def own_pair(certificate: str, key: str, now: datetime | None = None) -> Pair | None:
    """The pair in those two PEM files; None where neither is named.

    Raises:
        SetupError: only one is named, or they cannot be served: missing, no PEM, over, or of two pairs.
    """
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise SetupError(
            "tablet.certificate and tablet.certificate_key belong together: name both, or neither for the robot's own."
        )
    pair = Pair(Path(certificate), Path(key))
    _check(pair, now or datetime.now(timezone.utc))
    return pair


def _check(pair: Pair, now: datetime) -> None:
    content, secret = _read(pair.server, "certificate"), _read(pair.key, "certificate_key")
    try:
        server = x509.load_pem_x509_certificates(content)[0]
    except ValueError:
        raise SetupError(f"{pair.server} holds no certificate in PEM: see tablet.certificate.") from None
    try:
        key = serialization.load_pem_private_key(secret, None)
    except TypeError:
        raise SetupError(f"The key in {pair.key} has a password: save it without (tablet.certificate_key).") from None
    except ValueError:
        raise SetupError(f"{pair.key} holds no key in PEM: see tablet.certificate_key.") from None
    if key.public_key() != server.public_key():
        raise SetupError(f"The key in {pair.key} does not belong to the first certificate in {pair.server}.")
    if server.not_valid_after_utc <= now:
        raise SetupError(f"The certificate in {pair.server} held until {_day(server.not_valid_after_utc)}: renew it.")
    if server.not_valid_before_utc > now:
        begins = _day(server.not_valid_before_utc)
        raise SetupError(f"The certificate in {pair.server} holds only from {begins}: check this machine's clock.")
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(pair.server, pair.key)
    except ssl.SSLError as error:
        raise SetupError(f"The certificate in {pair.server} cannot be served ({error.reason}): make another.") from None


def _read(path: Path, parameter: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}): see tablet.{parameter}.") from None


def _day(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d}"
