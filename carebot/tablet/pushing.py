"""Wakes sleeping tablets: tells each subscribed browser of alerts and news, beside all else and waiting for nobody.

It only looks at what care has said already; a push service that is down, hangs or refuses holds up its own message and
nothing else.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import nicegui

from carebot.alerts import News
from carebot.errors import RecordsError
from carebot.records.subscriptions import Subscription
from carebot.tablet.access import Visitor
from carebot.tablet.language import Texts
from carebot.tablet.push_service import Fate, Posted, PushServices
from carebot.tablet.push_words import Mood, mood_of, notice
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services

NAMES_SETTING = "push_names"
LOOK_S = 0.25
KEPT_S = 3600
"""For how long a push service keeps a message for a tablet that sleeps or is away; news that is older wakes nobody."""

OVER_KEPT_S = 300
AGAIN_S = (2.0, 5.0, 15.0, 30.0, 60.0)
_LOG = logging.getLogger("carebot.tablet")
_Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Notice:
    """One browser is told that an alert is in that mood, or that there is news."""

    to: Subscription
    about: str
    mood: Mood


class Notices:
    """Which browser has to be told what, as its owner may see it: of an alert at each change of mood, of news once.

    News wakes the tablets of the caregiver whom it is for; those of all readers, where nobody of that name has one.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._moods: dict[_Key, Mood] = {}

    def step(self) -> list[Notice]:
        """What is new since the last look."""
        found, known = [], {}
        owners = [
            (each, owner)
            for each in self._services.books.subscriptions.all()
            if (owner := self._services.access.owner_of(each)) is not None
        ]
        readers = {owner.name for _, owner in owners if self._services.may_here(owner, Scope.ALERTS_READ)}
        for each, owner in owners:
            for made in self._of(each, owner, readers):
                key = (each.id, made.about)
                before = known[key] = self._moods.get(key, Mood.OVER)
                if made.mood is not before:
                    known[key] = made.mood
                    found.append(made)
        self._moods = known
        return found

    def mood(self, made: Notice) -> Mood | None:
        """The newest mood of what a notice is about; None once it is nothing to its owner any more."""
        return self._moods.get((made.to.id, made.about))

    def _of(self, each: Subscription, owner: Visitor, readers: set[str]) -> list[Notice]:
        view = self._services.glance_for(owner)
        moods = [(alert.id, mood_of(alert, owner.name)) for alert in view.alerts]
        found = [Notice(each, alert_id, mood) for alert_id, mood in moods if mood is not None]
        mine = [news for news in view.news if news.who == owner.name or news.who not in readers]
        return found + [Notice(each, news.id, Mood.NEWS) for news in mine if self._is_untold(each, news)]

    def _is_untold(self, each: Subscription, news: News) -> bool:
        books = self._services.books
        is_new = news.at_s >= each.made_s and books.now_s() - news.at_s < KEPT_S
        return is_new and not books.news_told.has(each.id, news.id)


class Pushing:
    """Sends notices while the server runs. `pause` waits for so many seconds."""

    def __init__(
        self, services: Services, push: PushServices, pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    ) -> None:
        self._services, self._push, self._pause = services, push, pause
        self.notices = Notices(services)
        self._under_way: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Look from now on, in the server's own loop."""
        nicegui.app.on_startup(self._run)

    def look(self) -> None:
        """Begin to send what is new."""
        for made in self.notices.step():
            task = asyncio.ensure_future(self._send(made))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)

    async def settled(self) -> None:
        """Until everything that was begun has ended."""
        while self._under_way:
            await asyncio.wait(set(self._under_way))

    async def _send(self, made: Notice) -> None:
        began_s, tries = time.monotonic(), 0
        kept_s = OVER_KEPT_S if made.mood is Mood.OVER else KEPT_S
        while self.notices.mood(made) is made.mood and time.monotonic() - began_s < kept_s:
            urgency = "high" if made.mood is Mood.URGENT else "normal"
            posted = await deliver(self._services, self._push, made.to, self._text(made), kept_s, urgency)
            if posted.fate is not Fate.AGAIN:
                self._settle(made)
                return
            wait_s = max(AGAIN_S[min(tries, len(AGAIN_S) - 1)], posted.wait_s)
            tries += 1
            await self._pause(wait_s)

    def _settle(self, made: Notice) -> None:
        if made.mood is not Mood.NEWS:
            return
        books = self._services.books
        try:
            books.news_told.add(made.to.id, made.about, books.now_s())
        except RecordsError as error:  # it is not told again all the same, until the server starts anew
            _LOG.warning("a tablet was told news, and the file does not know: %s", error)

    def _text(self, made: Notice) -> bytes:
        names = bool(self._services.books.settings.value(NAMES_SETTING, False))
        robot, residents = self._services.robot_name, self._services.residents_here()
        return notice(made.about, made.mood, residents, robot, Texts(made.to.language), names)

    async def _run(self) -> None:
        while not self._services.is_stopping():
            self.look()
            await asyncio.sleep(LOOK_S)
        for task in self._under_way:
            task.cancel()
        await self._push.close()


async def deliver(
    services: Services, push: PushServices, to: Subscription, text: bytes, kept_s: int, urgency: str
) -> Posted:
    """Post once; a subscription that its push service no longer knows is removed."""
    posted = await push.post(to, text, kept_s, urgency)
    if posted.fate is Fate.GONE:
        try:
            services.books.subscriptions.remove(lambda each: each.id == to.id)
        except RecordsError as error:  # it is not told any more all the same
            _LOG.warning("a tablet unsubscribed, and the file still names it: %s", error)
    elif posted.fate is not Fate.TAKEN:
        _LOG.warning("a notification to %s did not go out: %s", to.label or to.name, posted.why)
    return posted
