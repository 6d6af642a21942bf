"""Commands that are sent twice act once: the answer to an `Idempotency-Key` is kept and given again.

After the IETF draft "The Idempotency-Key HTTP Header Field". Answers are kept for a day, or until the server restarts.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated, Any, TypeVar

from fastapi import Header
from pydantic import BaseModel

from carebot.tablet.problems import Problem

LIFE_S = 86400.0
MOST_KEPT = 10_000

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=100,
        description="Any text of your own, new for each command: sent again with it, the command acts only once.",
    ),
]

Answer = TypeVar("Answer")


@dataclass
class _Kept:
    digest: str
    until_s: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    answer: Any = None


class Idempotency:
    """Answers by caller and key."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str], _Kept] = OrderedDict()

    async def once(
        self, caller: str, key: str | None, command: tuple[str, BaseModel | None], act: Callable[[], Awaitable[Answer]]
    ) -> Answer:
        """What `act` answers, or answered to the same `command` before. A command that failed may be tried again.

        Raises Problem when the key was used for another command.
        """
        if key is None:
            return await act()
        kept = self._entry((caller, key), _digest(command), time.monotonic())
        async with kept.lock:
            if kept.answer is None:
                kept.answer = await act()
        return kept.answer  # type: ignore[no-any-return]

    def _entry(self, name: tuple[str, str], digest: str, now_s: float) -> _Kept:
        found = self._kept.get(name)
        if found is None or found.until_s < now_s:
            found = self._kept[name] = _Kept(digest, now_s + LIFE_S)
            if len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        if found.digest != digest:
            raise Problem(409, "Key used before", "This Idempotency-Key belongs to another command: make a new one.")
        return found


def _digest(command: tuple[str, BaseModel | None]) -> str:
    where, body = command
    content = None if body is None else body.model_dump(mode="json")
    return hashlib.sha256(json.dumps([where, content], sort_keys=True).encode()).hexdigest()
