"""Looks through the camera: who may, and the mark that each leaves in the audit. No picture is kept here."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from carebot.alerts import Alert, AlertState
from carebot.records.audit import Deed
from carebot.records.consent import Consent, Resident
from carebot.tablet.access import Visitor, cared_for
from carebot.tablet.books import Books
from carebot.tablet.rights import Scope

LOOK_S = 60.0
LEFT_AFTER_S = 3.0
"""A page that asks for no picture for so long was left."""

CHECK_S = 0.5


@dataclass(frozen=True, slots=True)
class Opened:
    """Whether perception gave the look; its `token`, and for how long."""

    accepted: bool
    message: str = ""
    token: str = ""
    seconds_left: float = 0.0


PERCEPTION_SILENT = Opened(False, "The robot's perception does not answer: go and look yourself.")


@dataclass(frozen=True, slots=True)
class Shown:
    """One picture (JPEG; empty before the first) while the look is `open`."""

    open: bool = False
    seconds_left: float = 0.0
    jpeg: bytes = b""


class LookingRobot(Protocol):
    """A robot that somebody may look through."""

    async def look(self, by: str, reason: str, for_s: float, emergency: bool) -> Opened: ...

    async def picture(self, token: str, end: bool = False) -> Shown: ...


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether the consents allow a look: `refusal` is the key of a text; `emergency`: because an alert is open."""

    refusal: str = ""
    emergency: bool = False
    whom: str = ""


def allowed(visitor: Visitor, residents: Iterable[Resident], alerts: Iterable[Alert]) -> Allowed:
    """Everybody whom the camera may show must have said yes, for then or always."""
    here = list(residents)
    if not visitor.session.key:
        return Allowed("look_sign_in")
    if not here or len(cared_for(visitor, here, Scope.CAMERA_LOOK)) < len(here):
        return Allowed("look_not_yours")
    is_emergency = any(each.is_open and each.state is not AlertState.SUSPECTED for each in alerts)
    agreed = is_emergency and all(each.allows(Consent.LIVE_VIEW_EMERGENCY) for each in here)
    if not agreed and not all(each.allows(Consent.LIVE_VIEW) for each in here):
        return Allowed("look_no_consent")
    return Allowed("", agreed, ", ".join(each.name for each in here))


@dataclass
class Look:
    """One look that is under way."""

    id: str
    token: str
    key: str
    who: str
    whom: str
    why: str
    began_s: float
    asked_s: float
    pictures: int = 0


@dataclass
class Looks:
    """The looks of one server; `clock` is a steady one."""

    robot: LookingRobot
    books: Books
    clock: Callable[[], float] = time.monotonic
    _open: dict[str, Look] = field(default_factory=dict)
    _watching: set[asyncio.Task[None]] = field(default_factory=set)

    async def begin(self, visitor: Visitor, found: Allowed, reason: str) -> tuple[Opened, str]:
        """Ask perception; the audit holds it before the first picture, or there is none. Raises RecordsError."""
        detail = {"reason": reason, "for_s": LOOK_S, "emergency": found.emergency}
        self.books.audit.record(Deed("look", visitor.name, "asks to look through the camera", found.whom, detail))
        opened = await self.robot.look(visitor.name, reason, LOOK_S, found.emergency)
        if not opened.accepted:
            detail = {"why": opened.message}
            self.books.audit.note(Deed("refusal", visitor.name, "looking through the camera", found.whom, detail))
            return opened, ""
        now_s = self.clock()
        made = Look(
            secrets.token_hex(8), opened.token, visitor.session.key, visitor.name, found.whom, reason, now_s, now_s
        )
        self._open[made.id] = made
        task = asyncio.ensure_future(self._watch(made))
        self._watching.add(task)
        task.add_done_callback(self._watching.discard)
        return opened, made.id

    def of(self, visitor: Visitor, look_id: str) -> Look | None:
        """The look, for the sign-in that began it and for nobody else."""
        found = self._open.get(look_id)
        return found if found is not None and visitor.session.key and found.key == visitor.session.key else None

    async def picture(self, look: Look) -> Shown:
        look.asked_s = self.clock()
        shown = await self.robot.picture(look.token)
        look.pictures += bool(shown.jpeg)
        if not shown.open:
            self._over(look)
        return shown

    async def end(self, look: Look) -> None:
        await self.robot.picture(look.token, end=True)
        self._over(look)

    async def end_where_left(self) -> None:
        """A page that was left without a word: the look ends, and its mark says how long it was."""
        for look in list(self._open.values()):
            if self.clock() - look.asked_s > LEFT_AFTER_S:
                await self.end(look)

    async def _watch(self, look: Look) -> None:
        while look.id in self._open:
            await asyncio.sleep(CHECK_S)
            await self.end_where_left()

    def _over(self, look: Look) -> None:
        if self._open.pop(look.id, None) is not None:
            seconds = round(self.clock() - look.began_s, 1)
            detail = {"reason": look.why, "seconds": seconds, "pictures": look.pictures}
            self.books.audit.note(Deed("look", look.who, "looked through the camera", look.whom, detail))
