"""Passkeys (WebAuthn Level 3): what is asked of a browser, and whether its answer is right.

A challenge is asked of one device for one purpose, lives five minutes, and is used up by the first answer, right or
wrong. The key's owner has shown themselves to their device (user verification), as a passkey takes the place of a
password.
"""

from __future__ import annotations

import ipaddress
import json
import secrets
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from carebot.records.accounts import Account
from carebot.records.passkeys import Passkey

LIFE_S = 300.0
MOST_OPEN = 2000
CHALLENGE_BYTES = 32
Purpose = Literal["add", "sign-in"]
_VERIFIED = UserVerificationRequirement.REQUIRED
_BAD = (WebAuthnException, ValueError, TypeError, KeyError, IndexError, OverflowError)
"""What the library raises where an answer is broken, wrong or forged."""


class PasskeyError(ValueError):
    """A browser's answer that opens nothing; for the record, not for whoever tries."""


@dataclass(frozen=True, slots=True)
class Here:
    """Under which name and origin the browser speaks to this robot."""

    host: str
    origin: str

    @property
    def has_passkeys(self) -> bool:
        """Whether browsers make passkeys here: only for a name, and only where nobody can listen in."""
        return not _is_address(self.host) and (self.origin.startswith("https://") or self.host == "localhost")


def here(scheme: str, host_header: str) -> Here:
    """Where a request came in; the gate has checked that this is a name of this robot."""
    name = (urlsplit(f"//{host_header}").hostname or "").lower()
    return Here(name, f"{scheme}://{host_header.lower()}")


class Challenges:
    """Challenges that are open: one for each device and purpose, each for one answer."""

    def __init__(self) -> None:
        self._open: OrderedDict[tuple[str, Purpose], tuple[bytes, float]] = OrderedDict()

    def new(self, device: str, purpose: Purpose, now_s: float) -> bytes:
        """A new one; the one before is worth nothing any more."""
        challenge = secrets.token_bytes(CHALLENGE_BYTES)
        self._open.pop((device, purpose), None)
        self._open[device, purpose] = (challenge, now_s + LIFE_S)
        if len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return challenge

    def use(self, device: str, purpose: Purpose, now_s: float) -> bytes:
        """The open one, which is used up. Raises PasskeyError where there is none, or it is too old."""
        challenge, until_s = self._open.pop((device, purpose), (b"", now_s))
        if now_s >= until_s:
            raise PasskeyError("no challenge is open for this device")
        return challenge


def creation_options(account: Account, held: Iterable[Passkey], place: Here, challenge: bytes) -> dict[str, Any]:
    """What the browser is to make: a key that its device can name itself, so that nobody types a name."""
    options = generate_registration_options(
        rp_id=place.host,
        rp_name="carebot",
        user_id=account.id.encode(),
        user_name=account.name,
        challenge=challenge,
        exclude_credentials=[PublicKeyCredentialDescriptor(id=base64url_to_bytes(each.id)) for each in held],
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=_VERIFIED
        ),
    )
    return dict(json.loads(options_to_json(options)))


def request_options(place: Here, challenge: bytes) -> dict[str, Any]:
    """What the browser is asked for: any passkey of this robot, so that nothing tells who has one."""
    options = generate_authentication_options(rp_id=place.host, challenge=challenge, user_verification=_VERIFIED)
    return dict(json.loads(options_to_json(options)))


def made(
    answer: Mapping[str, Any], account: Account, label: str, place: Here, challenge: bytes, now_s: float
) -> Passkey:
    """The passkey that a browser has made. Raises PasskeyError."""
    try:
        found = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            require_user_verification=True,
        )
    except _BAD as error:
        raise PasskeyError(str(error)[:200]) from None
    key = bytes_to_base64url(found.credential_id)
    return Passkey(key, account.id, found.credential_public_key, found.sign_count, place.host, label, now_s)


def sign_count_of(answer: Mapping[str, Any], passkey: Passkey, place: Here, challenge: bytes) -> int:
    """The device's counter in an answer that `passkey` has signed. Raises PasskeyError where it has not."""
    handle = answer["response"].get("userHandle")
    if handle and handle != bytes_to_base64url(passkey.account_id.encode()):
        raise PasskeyError("the passkey names another account")
    try:
        found = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=place.host,
            expected_origin=place.origin,
            credential_public_key=passkey.public_key,
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
    except _BAD as error:
        raise PasskeyError(str(error)[:200]) from None
    return found.new_sign_count


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
