"""Who holds a paired tablet: a signed token with a name and a date, and the secret that signs it."""

from __future__ import annotations

import secrets
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadData, URLSafeTimedSerializer

from carebot.errors import SetupError
from carebot.files import kept_secret

COOKIE = "carebot_session"
LIFE_S = 180 * 24 * 3600
MAX_NAME_LENGTH = 300
_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Session:
    """One paired device: an id that stays, and the name of the caregiver who holds it.

    Where somebody signed in on it, `account` is their account and `key` the sign-in that can be ended.
    """

    device: str
    name: str
    account: str = ""
    key: str = ""


class Sessions:
    """Signs sessions and recognises its own signature."""

    def __init__(self, secret: bytes) -> None:
        self._serializer = URLSafeTimedSerializer(secret, salt="carebot.tablet.session")

    def start(self, name: str) -> tuple[Session, str]:
        """A session for a newly paired device, and its token."""
        session = Session(secrets.token_hex(8), name)
        return session, self.token(session)

    def token(self, session: Session) -> str:
        """The token that proves `session`."""
        signed_in = [session.account, session.key] if session.key else []
        return self._serializer.dumps([session.device, session.name, *signed_in])

    def read(self, token: str) -> Session | None:
        """The session that `token` proves; None when it is forged, too old or not a token at all."""
        try:
            return Session(*map(str, self._serializer.loads(token, max_age=LIFE_S)))
        except (BadData, ValueError, TypeError):
            return None


def clean_name(name: str) -> str:
    """A name for one line of a page, or "" when nothing readable is left."""
    composed = unicodedata.normalize("NFC", name)
    return " ".join("".join(sign if sign.isprintable() else " " for sign in composed).split())


def load_secret(path: Path) -> bytes:
    """The secret kept at `path`, made when there is none; deleting the file ends every pairing.

    Raises:
        SetupError: the file can neither be read nor written, or holds no secret.
    """
    secret = kept_secret(path, lambda: secrets.token_bytes(_SECRET_BYTES))
    if len(secret) < _SECRET_BYTES:
        raise SetupError(f"{path} holds no usable secret: remove it, and pair the tablets anew.")
    return secret
