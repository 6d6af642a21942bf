"""The books that the tablet keeps itself, in one file of which it is the only writer."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from argon2 import PasswordHasher

from carebot.errors import RecordsError
from carebot.records import retention
from carebot.records.accounts import AccountBook
from carebot.records.activity import ActivityBook
from carebot.records.audit import AuditLog, Deed
from carebot.records.consent import ResidentBook
from carebot.records.keys import KeyRing
from carebot.records.news_told import NewsToldBook
from carebot.records.passkeys import PasskeyBook
from carebot.records.site import SiteDatabase
from carebot.records.site_settings import SettingBook
from carebot.records.subscriptions import SubscriptionBook
from carebot.tablet.limits import RateLimiter

_LOG = logging.getLogger("carebot.tablet")
MOST_WAITING = 1000
SELDOM_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Books:
    """Accounts, keys, residents, activity and the audit. `now_s` is the wall clock (seconds since 1970 UTC)."""

    database: SiteDatabase
    accounts: AccountBook
    keys: KeyRing
    residents: ResidentBook
    activity: ActivityBook
    audit: Auditor
    settings: SettingBook
    subscriptions: SubscriptionBook
    passkeys: PasskeyBook
    news_told: NewsToldBook
    now_s: Callable[[], float] = time.time

    def close(self) -> None:
        self.database.close()

    def tidy(self) -> None:
        """Forget what is over; call it at the start and once a day."""
        self.keys.tidy(self.now_s())
        self.news_told.tidy(self.now_s())
        retention.apply(self.audit.log, self.now_s())


class Auditor:
    """Writes the audit. `note` never fails: what the disk does not take now waits, and `fault` says so.

    Of too many that wait the oldest are given up; a row says how many, as soon as the disk takes it.
    `record` raises instead: for what must not happen unrecorded, such as driving or another's rights.
    """

    def __init__(self, log: AuditLog, now_s: Callable[[], float] = time.time) -> None:
        self.log, self._now_s = log, now_s
        self._waiting: list[tuple[Deed, float]] = []
        self._lost = 0
        self.fault = ""
        self._of_matter, self._of_caller = RateLimiter(1 / 60, 1), RateLimiter(SELDOM_AT_ONCE / 3600, SELDOM_AT_ONCE)

    def record(self, deed: Deed) -> None:
        """Raises RecordsError when the disk does not take it."""
        self.settle()
        self.log.append(deed, self._now_s())

    def note(self, deed: Deed) -> None:
        """For what happens whether or not it can be recorded: an alert's answer, an emergency stop."""
        self._waiting.append((deed, self._now_s()))
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[0]
            self._lost += 1
        self.settle()

    def note_seldom(self, deed: Deed, caller: str, matter: str) -> None:
        """`note`, at most once a minute for each matter of a caller's, and 100 times an hour for each caller: nobody
        fills the record by trying on and on."""
        now_s = self._now_s()
        if not (self._of_matter.wait_s(f"{caller} {matter}", now_s) or self._of_caller.wait_s(caller, now_s)):
            self.note(deed)

    def settle(self) -> None:
        """Write what waits."""
        try:
            if self._lost:
                lost = f"{self._lost} {'deed was' if self._lost == 1 else 'deeds were'} not recorded"
                self.log.append(Deed("change", "carebot", lost), self._now_s())
                self._lost = 0
            while self._waiting:
                self.log.append(*self._waiting[0])
                del self._waiting[0]
        except RecordsError as error:
            self.fault = f"Not in the audit: {error}"
            return
        self.fault = ""


def open_books(path: Path, now_s: Callable[[], float] = time.time, hasher: PasswordHasher | None = None) -> Books:
    """The books in the SQLite file at `path`, made when there is none.

    Raises:
        SetupError: another tablet writes to it.
        RecordsError: the file cannot be used.
    """
    database = SiteDatabase(path)
    auditor = Auditor(AuditLog(database), now_s)
    books = Books(
        database,
        AccountBook(database, hasher),
        KeyRing(database),
        ResidentBook(database),
        ActivityBook(database),
        auditor,
        SettingBook(database),
        SubscriptionBook(database),
        PasskeyBook(database),
        NewsToldBook(database),
        now_s,
    )
    books.tidy()
    return books


def passing_books() -> Books:
    """Books that are gone when the process ends."""
    folder = tempfile.mkdtemp(prefix="carebot-tablet-")
    _LOG.debug("the tablet's books are in %s", folder)
    return open_books(Path(folder) / "site.sqlite")
