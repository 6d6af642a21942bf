"""The JSON of passkeys; what a browser answers is WebAuthn's own (RegistrationResponseJSON and its like)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from carebot.tablet.api_models import Name, Password, Request

Encoded = Annotated[str, StringConstraints(max_length=30_000, pattern="^[A-Za-z0-9_-]*$")]


class MadeBody(Request):
    """What the device says of a new key."""

    clientDataJSON: Encoded  # noqa: N815 - WebAuthn's names
    attestationObject: Encoded  # noqa: N815


class SignedBody(Request):
    """What the device has signed."""

    clientDataJSON: Encoded  # noqa: N815
    authenticatorData: Encoded  # noqa: N815
    signature: Encoded
    userHandle: Encoded | None = None  # noqa: N815


class CredentialBody(Request):
    """What every answer of a browser says."""

    id: Annotated[Encoded, Field(min_length=1)]
    rawId: Encoded  # noqa: N815
    type: Literal["public-key"]


class NewCredentialBody(CredentialBody):
    response: MadeBody


class SignedCredentialBody(CredentialBody):
    response: SignedBody


class AddPasskeyBody(Request):
    """Who wants to add a passkey shows that they are who is signed in."""

    password: Password


class NewPasskeyBody(Request):
    """A passkey that was made, and what its owner calls it."""

    label: Name
    credential: NewCredentialBody


class PasskeySignInBody(Request):
    """A passkey's answer."""

    credential: SignedCredentialBody


class OptionsBody(BaseModel):
    """What `navigator.credentials` is asked for."""

    model_config = ConfigDict(serialize_by_alias=True)

    public_key: dict[str, Any] = Field(serialization_alias="publicKey")


class PasskeyBody(BaseModel):
    """One passkey."""

    id: str
    label: str
    host: str = Field(description="The name of the robot under which it works.")
    made_at: datetime
    used_at: datetime | None


class PasskeysBody(BaseModel):
    """The passkeys of whoever is signed in."""

    passkeys: list[PasskeyBody]
