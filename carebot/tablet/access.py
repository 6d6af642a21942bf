"""Who is asking, and what they may do: the one place where tokens become rights."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from carebot.alerts import Alert
from carebot.errors import RecordsError
from carebot.records.accounts import EVERY_RESIDENT, Account, Grant, Role
from carebot.records.consent import Consent, Resident
from carebot.records.subscriptions import Subscription
from carebot.tablet.books import Books
from carebot.tablet.rights import EVERY_SCOPE, SCOPES, Scope, scopes_of
from carebot.tablet.sessions import Session, Sessions

Mode = Literal["pin", "accounts", "auto"]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a key: the session, and what it opens.

    `grants` say for whom each of their roles holds; None, of an app or of a device that needs no sign-in: `scopes` hold
    for everybody. Without `scopes` it is a device on which nobody is signed in.
    """

    session: Session
    scopes: frozenset[Scope] = frozenset()
    grants: frozenset[Grant] | None = frozenset()
    roles: frozenset[Role] = frozenset()

    @property
    def name(self) -> str:
        return self.session.name

    def may(self, scope: Scope) -> bool:
        return scope in self.scopes

    def may_for(self, scope: Scope, resident: Resident) -> bool:
        """Whether somebody may do it as one who is responsible for the resident: what a role opens for one resident, it
        does not open for another."""
        if self.grants is None:
            return self.may(scope)
        return any(scope in SCOPES[grant.role] and _is_responsible(grant, resident) for grant in self.grants)

    def is_family_of(self, resident: Resident) -> bool:
        """What family sees is in `Consent`."""
        return any(grant.role is Role.FAMILY and _is_for(grant, resident) for grant in self.grants or ())


class Access:
    """Turns tokens into visitors. In mode `pin` a paired device may do everything; with `accounts`, people sign in.

    `auto` is `pin` until the first account is made.
    """

    def __init__(self, sessions: Sessions, books: Books, mode: Mode = "auto") -> None:
        self.sessions, self.books = sessions, books
        self._mode = mode
        self._ended = books.keys.ended_devices()
        self.accounts_changed()

    def accounts_changed(self) -> None:
        """Look again whether somebody administers."""
        self._has_accounts = bool(self.books.accounts.all())
        self._has_administrator = self.books.accounts.is_set_up()

    @property
    def needs_accounts(self) -> bool:
        """Whether a paired device alone opens nothing."""
        return self._mode == "accounts" or (self._mode == "auto" and self._has_accounts)

    @property
    def is_set_up(self) -> bool:
        """Whether people can sign in, or need not."""
        return not self.needs_accounts or self._has_administrator

    def visitor(self, token: str) -> Visitor | None:
        """Whoever holds this token; None when it opens nothing at all."""
        now_s = self.books.now_s()
        if (app := self.books.keys.token(token, now_s)) is not None:
            scopes = frozenset(scope for scope in Scope if scope.value in app.scopes)
            return Visitor(Session(f"app:{app.id}", app.name), scopes, None)
        session = self.sessions.read(token)
        if session is None or session.device in self._ended:
            return None
        if session.key:
            return self._signed_in(session, now_s) or Visitor(replace(session, key="", account=""))
        if self.needs_accounts:
            return Visitor(session)
        return Visitor(session, EVERY_SCOPE, None, roles=frozenset(Role) - {Role.FAMILY})

    def is_live(self, visitor: Visitor) -> bool:
        """Whether a page that is open for `visitor` may stay open."""
        if visitor.session.device in self._ended:
            return False
        if visitor.session.device.startswith("app:"):
            now_s = self.books.now_s()
            mine = (each for each in self.books.keys.tokens() if f"app:{each.id}" == visitor.session.device)
            return any(each.expires_s > now_s for each in mine)
        if not visitor.session.key:
            return not self.needs_accounts
        found = self._signed_in(visitor.session, self.books.now_s())
        return found is not None and found.grants == visitor.grants

    def touch(self, visitor: Visitor) -> None:
        """Somebody does something: their session lives on, even while the disk cannot be told."""
        if visitor.session.key:
            with contextlib.suppress(RecordsError):
                self.books.keys.touch(visitor.session.key, self.books.now_s())

    def end_device(self, device: str) -> None:
        """Unpair a device."""
        self.books.keys.end_device(device)
        self._ended = self.books.keys.ended_devices()

    def owner_of(self, subscription: Subscription) -> Visitor | None:
        """Whom a notification goes to, as they see alerts: also after a shift's sign-in ended by itself, for that is
        when a tablet sleeps. None once the account is closed, the device unpaired, or people have to sign in."""
        session = Session(subscription.device, subscription.name, subscription.account_id)
        if session.device in self._ended:
            return None
        if not session.account:
            return None if self.needs_accounts else Visitor(session, EVERY_SCOPE, None)
        account = self.books.accounts.find(session.account)
        return None if account is None or account.closed else visitor_of(account, session)

    def _signed_in(self, session: Session, now_s: float) -> Visitor | None:
        found = self.books.keys.session(session.key, now_s)
        account = None if found is None else self.books.accounts.find(found.account_id)
        if account is None or account.closed:
            return None
        return visitor_of(account, session)


def visitor_of(account: Account, session: Session) -> Visitor:
    """What an account's grants open."""
    return Visitor(session, scopes_of(account.roles), account.grants, account.roles)


def visible_residents(visitor: Visitor, residents: Iterable[Resident]) -> list[Resident]:
    """Those of `residents` that the visitor is responsible for or the family of."""
    return [each for each in residents if visitor.may_for(Scope.RESIDENTS_READ, each) or visitor.is_family_of(each)]


def cared_for(visitor: Visitor, residents: Iterable[Resident], scope: Scope) -> list[Resident]:
    """Those of `residents` for whom the visitor may do what `scope` names."""
    return [each for each in residents if visitor.may_for(scope, each)]


def may_here(visitor: Visitor, scope: Scope, residents: Iterable[Resident]) -> bool:
    """Whether the visitor may do it for one of those whom the robot is there for, or at all where none is recorded."""
    here = list(residents)
    return visitor.may(scope) if not here else any(visitor.may_for(scope, each) for each in here)


def visible_alerts(visitor: Visitor, alerts: Iterable[Alert], residents: Iterable[Resident]) -> tuple[Alert, ...]:
    """The alerts that the visitor may see; `residents` are those whom this robot is there for."""
    here = list(residents)
    sees = may_here(visitor, Scope.ALERTS_READ, here) or _family_may(visitor, here, Consent.FAMILY_ALERTS)
    return tuple(alerts) if sees else ()


def sees_activity(visitor: Visitor, residents: Iterable[Resident]) -> bool:
    """Whether the visitor may see what the residents here do."""
    here = list(residents)
    return may_here(visitor, Scope.HISTORY_READ, here) or _family_may(visitor, here, Consent.FAMILY_ACTIVITY)


def _family_may(visitor: Visitor, here: list[Resident], what: Consent) -> bool:
    """Nobody can say which of the residents here it was: everybody must have said yes."""
    return any(visitor.is_family_of(each) for each in here) and all(each.allows(what) for each in here)


def _is_for(grant: Grant, resident: Resident) -> bool:
    return grant.resident_id in (EVERY_RESIDENT, resident.id)


def _is_responsible(grant: Grant, resident: Resident) -> bool:
    """An administrator answers for everybody's records, whomever the grant names."""
    return grant.role is Role.ADMINISTRATOR or (grant.role is not Role.FAMILY and _is_for(grant, resident))
