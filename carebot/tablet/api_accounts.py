"""Accounts, one-time codes for devices, and tokens of other apps."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from carebot.records.accounts import Account, Grant, Role
from carebot.records.audit import Deed
from carebot.records.keys import CODE_LIFE_S, AppToken
from carebot.tablet import api_models as bodies
from carebot.tablet.api_session import readable
from carebot.tablet.idempotency import Idempotency, IdempotencyKey
from carebot.tablet.problems import Problem, documented, documented_with_body
from carebot.tablet.qr import qr_svg
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs, visitor_of

DAY_S = 86400.0
Id = Annotated[str, Path(max_length=100)]


def add_routes(router: APIRouter, services: Services) -> None:
    _add_account_routes(router, services)
    _add_device_routes(router, services)
    _add_token_routes(router, services)


def _add_account_routes(router: APIRouter, services: Services) -> None:
    writing, accounts = needs(services, Scope.ACCOUNTS_WRITE), services.books.accounts
    idempotency = Idempotency()

    @router.get("/api/v1/accounts", tags=["accounts"], dependencies=writing, responses=documented())
    async def everybody() -> bodies.AccountsBody:
        """Everybody who may sign in."""
        return bodies.AccountsBody(accounts=[account_body(account) for account in accounts.all()])

    @router.post(
        "/api/v1/accounts",
        tags=["accounts"],
        dependencies=writing,
        status_code=201,
        responses=documented_with_body(409, 503),
    )
    async def add(
        body: bodies.NewAccountBody, request: Request, response: Response, key: IdempotencyKey = None
    ) -> bodies.AccountBody:
        """Let somebody sign in from now on."""
        device = visitor_of(request).session.device
        made = await idempotency.once(device, key, ("add", body), lambda: _add_account(services, request, body))
        response.headers["Location"] = f"/api/v1/accounts/{made.id}"
        return made

    @router.patch(
        "/api/v1/accounts/{id}",
        tags=["accounts"],
        dependencies=writing,
        responses=documented_with_body(404, 409, 503),
    )
    async def change(body: bodies.ChangedAccountBody, request: Request, id: Id) -> bodies.AccountBody:
        """Change somebody's roles or password, or close the account; they are signed out everywhere."""
        account = accounts.find(id)
        if account is None:
            raise Problem(404, "No such account", "There is no such account: see /api/v1/accounts.")
        _record(services, request, "changed an account", account)
        given = None if body.grants is None else _grants(body.grants)
        changed = await asyncio.to_thread(accounts.change, id, given, body.closed, body.password)
        services.access.accounts_changed()
        services.books.keys.end_all_sessions(id)
        return account_body(changed)


async def _add_account(services: Services, request: Request, body: bodies.NewAccountBody) -> bodies.AccountBody:
    accounts, name, given = services.books.accounts, readable(body.name), _grants(body.grants)
    if not accounts.is_set_up() and Role.ADMINISTRATOR not in {grant.role for grant in given}:
        raise Problem(
            409,
            "Not possible",
            "The first account must be an administrator's: others come after it.",
            key="first_administrator",
        )
    made = await asyncio.to_thread(accounts.create, name, body.password, given)
    services.access.accounts_changed()
    _record(services, request, "made an account", made)
    return account_body(made)


def _add_device_routes(router: APIRouter, services: Services) -> None:
    pairing, idempotency = needs(services, Scope.DEVICES_PAIR), Idempotency()

    @router.post(
        "/api/v1/devices/codes",
        tags=["accounts"],
        dependencies=pairing,
        status_code=201,
        responses=documented(409, 422, 503),
    )
    async def code(request: Request, key: IdempotencyKey = None) -> bodies.CodeBody:
        """A one-time code that pairs a device within ten minutes: show `url` as a QR code."""
        device = visitor_of(request).session.device
        return await idempotency.once(device, key, ("code", None), lambda: _make_code(services, request))

    @router.delete(
        "/api/v1/devices/{id}",
        tags=["accounts"],
        dependencies=pairing,
        status_code=204,
        responses=documented(422, 503),
    )
    async def unpair(request: Request, id: Id) -> None:
        """Unpair a device for good, as when it was lost; it need not be known."""
        services.books.audit.record(Deed("change", visitor_of(request).name, "unpaired a device", id))
        services.access.end_device(id)


async def _make_code(services: Services, request: Request) -> bodies.CodeBody:
    by, now_s = visitor_of(request).name, services.books.now_s()
    made = services.books.keys.new_code(by, now_s)
    services.books.audit.note(Deed("change", by, "made a code for pairing a device"))
    url = str(request.base_url.replace(path="/pair", query="", fragment=f"code={made}"))
    return bodies.CodeBody(code=made, url=url, expires_at=bodies.time_of(now_s + CODE_LIFE_S), qr_svg=qr_svg(url))


def _add_token_routes(router: APIRouter, services: Services) -> None:
    writing, keys = needs(services, Scope.TOKENS_WRITE), services.books.keys
    idempotency = Idempotency()

    @router.get("/api/v1/tokens", tags=["accounts"], dependencies=writing, responses=documented())
    async def tokens() -> bodies.TokensBody:
        """The tokens of other apps, without their texts."""
        return bodies.TokensBody(tokens=[token_body(token) for token in keys.tokens()])

    @router.post(
        "/api/v1/tokens",
        tags=["accounts"],
        dependencies=writing,
        status_code=201,
        responses=documented_with_body(409, 503),
    )
    async def add(body: bodies.NewTokenBody, request: Request, key: IdempotencyKey = None) -> bodies.MadeTokenBody:
        """A token for another app; its text is shown this once, and to the same `Idempotency-Key`."""
        visitor = visitor_of(request)
        return await idempotency.once(
            visitor.session.device, key, ("add", body), lambda: _make_token(services, visitor.name, body)
        )

    @router.delete(
        "/api/v1/tokens/{id}",
        tags=["accounts"],
        dependencies=writing,
        status_code=204,
        responses=documented(404, 422, 503),
    )
    async def end(request: Request, id: Id) -> None:
        """End a token."""
        if not keys.end_token(id):
            raise Problem(404, "No such token", "There is no such token: see /api/v1/tokens.")
        services.books.audit.record(Deed("change", visitor_of(request).name, "ended a token", id))


async def _make_token(services: Services, by: str, body: bodies.NewTokenBody) -> bodies.MadeTokenBody:
    books, name = services.books, readable(body.name)
    books.audit.record(Deed("change", by, "made a token", name, {"scopes": " ".join(sorted(body.scopes))}))
    token, text = books.keys.new_token(name, body.scopes, by, body.days * DAY_S, books.now_s())
    return bodies.MadeTokenBody(**token_body(token).model_dump(), token=text)


def account_body(account: Account) -> bodies.AccountBody:
    given = sorted(account.grants, key=lambda grant: (grant.role.value, grant.resident_id))
    grants = [bodies.GrantBody(role=grant.role.value, resident=grant.resident_id) for grant in given]
    return bodies.AccountBody(id=account.id, name=account.name, closed=account.closed, grants=grants)


def token_body(token: AppToken) -> bodies.TokenBody:
    return bodies.TokenBody(
        id=token.id,
        name=token.name,
        scopes=sorted(token.scopes),
        made_by=token.made_by,
        expires_at=bodies.time_of(token.expires_s),
    )


def _grants(given: list[bodies.GrantBody]) -> list[Grant]:
    return [Grant(Role(grant.role), grant.resident) for grant in given]


def _record(services: Services, request: Request, what: str, about: Account) -> None:
    services.books.audit.record(Deed("change", visitor_of(request).name, what, about.name))
