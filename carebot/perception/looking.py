"""The one way by which pictures leave perception: a named person's look, short, announced, and over by itself.

A look is held open only by its owner's asking for one picture after the other. It ends when its time is over, when it
is ended, when nobody has asked for a moment (the page was left, or its server died), and when the camera goes off for
privacy. Nothing here keeps a picture.
"""

from __future__ import annotations

import hmac
import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace

LONGEST_S = 60.0
UNWATCHED_S = 3.0
"""A look of which no picture was asked for so long is over."""

NOTICE_S = 3.0
"""Between the announcement and the first picture, so that somebody may say no."""

CAMERA_OFF = "The camera is off for the resident's privacy: go and look yourself."
NO_VOICE = "The robot cannot say aloud that somebody looks (its conversation node is not running): go yourself."
LOOKS_ALREADY = " is looking already: wait until that is over."
"""After the name of whoever does."""


@dataclass(frozen=True, slots=True)
class Look:
    """One look; times are on the caller's steady clock. `pictures`: how many were given."""

    by: str
    reason: str
    token: str
    opens_s: float
    ends_s: float
    watched_s: float
    pictures: int = 0

    def is_over(self, now_s: float) -> bool:
        return now_s >= self.ends_s or now_s - max(self.watched_s, self.opens_s) > UNWATCHED_S


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks to look, why, for how long; `emergency`: an alert is confirmed, and the consent covers that."""

    by: str
    reason: str
    for_s: float
    emergency: bool = False


class LookDesk:
    """At most one look at a time. `draw` makes tokens."""

    def __init__(self, draw: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> None:
        self._draw = draw
        self._look: Look | None = None
        self._is_off = False

    def ask(self, request: Request, can_announce: bool, now_s: float) -> Look | str:
        """The look, or why not in one sentence. `can_announce`: whether something would say it aloud."""
        if refusal := self._refusal(request, can_announce, now_s):
            return refusal
        opens_s = now_s if request.emergency else now_s + NOTICE_S
        ends_s = opens_s + min(request.for_s, LONGEST_S)
        self._look = Look(request.by.strip(), request.reason.strip(), self._draw(), opens_s, ends_s, now_s)
        return self._look

    def look(self, now_s: float) -> Look | None:
        """The look that is under way."""
        if self._look is not None and self._look.is_over(now_s):
            self._look = None
        return self._look

    def holds(self, token: str, now_s: float) -> Look | None:
        """The look that `token` opens; asking keeps it open."""
        look = self.look(now_s)
        if look is None or not hmac.compare_digest(token.encode(), look.token.encode()):
            return None
        self._look = replace(look, watched_s=now_s)
        return self._look

    def may_see(self, token: str, now_s: float) -> bool:
        """Whether the owner of `token` may be given a picture now; counts it."""
        look = self.holds(token, now_s)
        if look is None or now_s < look.opens_s:
            return False
        self._look = replace(look, pictures=look.pictures + 1)
        return True

    def end(self, token: str, now_s: float) -> None:
        """Its owner has seen enough."""
        if self.holds(token, now_s) is not None:
            self._look = None

    def switch(self, is_off: bool) -> None:
        """The camera was switched off for a while, or on again."""
        self._is_off = is_off
        if is_off:
            self._look = None

    def _refusal(self, request: Request, can_announce: bool, now_s: float) -> str:
        if not request.by.strip() or not request.reason.strip():
            return "Say who looks, and why."
        if not math.isfinite(request.for_s) or request.for_s <= 0.0:
            return "A look needs a time in seconds."
        if self._is_off:
            return CAMERA_OFF
        if (other := self.look(now_s)) is not None:
            return other.by + LOOKS_ALREADY
        if not can_announce and not request.emergency:
            return NO_VOICE
        return ""
