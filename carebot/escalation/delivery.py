"""Delivers one message, in whatever time the service on the other side takes: for processes that may be killed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from carebot.escalation.plan import Relay

MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery: `key` names it in the spool; `relay` is set for a contact, else `address` is Apprise's."""

    key: str
    title: str
    body: str
    address: str = ""
    relay: Mapping[str, Any] | None = None


def deliver(parcel: Parcel) -> str:
    """Why it did not arrive, in one sentence; empty where it did."""
    if parcel.relay is not None:
        return _press(Relay.model_validate(parcel.relay))
    return _notify(parcel)


def _press(relay: Relay) -> str:
    from carebot.escalation.relay import press

    try:
        press(relay)
    except OSError as error:
        return f"The relay on {relay.port} does not answer ({error})."[:MOST_WORDS]
    return ""


def _notify(parcel: Parcel) -> str:
    import apprise

    capture = apprise.LogCapture(level=apprise.logging.WARNING, fmt="%(message)s")  # type: ignore[no-untyped-call]
    with capture as words:
        service = apprise.Apprise()
        arrived = service.add(parcel.address) and service.notify(body=parcel.body, title=parcel.title)
    if arrived:
        return ""
    said = " ".join(str(words.getvalue()).split()) or "the service refused it"
    return f"It was not sent: {said}"[:MOST_WORDS]
