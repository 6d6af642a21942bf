"""Passkeys: adding one with the password, signing in with one, taking one out. Passwords go on working."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from carebot.records.accounts import Account
from carebot.records.audit import Deed
from carebot.records.passkeys import Passkey
from carebot.tablet import api_models as bodies
from carebot.tablet import passkeys as webauthn
from carebot.tablet.api_passkey_models import (
    AddPasskeyBody,
    NewPasskeyBody,
    OptionsBody,
    PasskeyBody,
    PasskeysBody,
    PasskeySignInBody,
)
from carebot.tablet.api_session import password_problem, readable, start_session
from carebot.tablet.passkeys import Challenges, Here, PasskeyError
from carebot.tablet.problems import Problem, ToldProblem, documented
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, any_key, needs, visitor_of

KeyId = Annotated[str, Path(max_length=2000)]
AccountId = Annotated[str, Path(max_length=100)]


def add_routes(router: APIRouter, services: Services) -> None:
    challenges = Challenges()
    _add_own_keys(router, services)
    _add_making(router, services, challenges)
    _add_sign_in(router, services, challenges)


def _add_own_keys(router: APIRouter, services: Services) -> None:
    book = services.books.passkeys

    @router.get("/api/v1/passkeys", tags=["session"], dependencies=any_key(), responses=documented())
    async def mine(request: Request) -> PasskeysBody:
        """The passkeys of whoever is signed in."""
        account = visitor_of(request).session.account
        return PasskeysBody(passkeys=[_body(each) for each in book.of(account)] if account else [])

    @router.delete(
        "/api/v1/passkeys/{id}",
        tags=["session"],
        dependencies=any_key(),
        status_code=204,
        responses=documented(404, 422, 503),
    )
    async def remove(request: Request, id: KeyId) -> None:
        """Take one of one's own passkeys out: it opens nothing from now on."""
        visitor = visitor_of(request)
        found = book.find(id)
        if found is None or not visitor.session.account or found.account_id != visitor.session.account:
            raise Problem(404, "No such passkey", "There is no such passkey of yours: see /api/v1/passkeys.")
        services.books.audit.note(Deed("change", visitor.name, "removed a passkey", found.label))
        book.remove(lambda each: each.id == id)

    @router.delete(
        "/api/v1/accounts/{id}/passkeys",
        tags=["accounts"],
        dependencies=needs(services, Scope.ACCOUNTS_WRITE),
        status_code=204,
        responses=documented(404, 422, 503),
    )
    async def remove_all(request: Request, id: AccountId) -> None:
        """Take all of somebody's passkeys out, as when a device was lost; they are signed out everywhere."""
        account = services.books.accounts.find(id)
        if account is None:
            raise Problem(404, "No such account", "There is no such account: see /api/v1/accounts.")
        services.books.audit.note(Deed("change", visitor_of(request).name, "removed all passkeys", account.name))
        book.remove(lambda each: each.account_id == id)
        services.books.keys.end_all_sessions(id)


def _add_making(router: APIRouter, services: Services, challenges: Challenges) -> None:
    books = services.books

    @router.post("/api/v1/passkeys/options", include_in_schema=False)
    async def options(body: AddPasskeyBody, request: Request) -> OptionsBody:
        """What the browser is to make; the password shows that the tablet was not just left lying about."""
        account, place = _signed_in(services, request), _place(services, request)
        device = visitor_of(request).session.device
        tried = await asyncio.to_thread(books.accounts.sign_in, account.name, body.password, books.now_s(), device)
        if tried.account is None:
            books.audit.note(Deed("sign-in", account.name, "gave a wrong password for a new passkey", account.name))
            raise password_problem(tried.wait_s)
        challenge = challenges.new(device, "add", books.now_s())
        held = [each for each in books.passkeys.of(account.id) if each.host == place.host]
        return OptionsBody(public_key=webauthn.creation_options(account, held, place, challenge))

    @router.post("/api/v1/passkeys/made", include_in_schema=False, status_code=201)
    async def add(body: NewPasskeyBody, request: Request) -> PasskeyBody:
        """Keep what the browser has made."""
        account, place, now_s = _signed_in(services, request), _place(services, request), books.now_s()
        label, answer = readable(body.label), body.credential.model_dump()
        try:
            challenge = challenges.use(visitor_of(request).session.device, "add", now_s)
            passkey = webauthn.made(answer, account, label, place, challenge, now_s)
        except PasskeyError as error:
            books.audit.note(
                Deed("refusal", account.name, "a passkey was not taken", account.name, {"why": str(error)})
            )
            raise _refused(services, request, "passkey_not_made", 409) from None
        books.audit.record(Deed("change", account.name, "added a passkey", label))
        books.passkeys.add(passkey)
        return _body(passkey)


def _add_sign_in(router: APIRouter, services: Services, challenges: Challenges) -> None:
    books = services.books

    @router.post("/api/v1/sign-in/passkey/options", include_in_schema=False)
    async def options(request: Request) -> OptionsBody:
        """What the browser is asked for, on a paired device."""
        place = _place(services, request)
        challenge = challenges.new(visitor_of(request).session.device, "sign-in", books.now_s())
        return OptionsBody(public_key=webauthn.request_options(place, challenge))

    @router.post("/api/v1/sign-in/passkey", include_in_schema=False)
    async def sign_in(body: PasskeySignInBody, request: Request, response: Response) -> bodies.PairedBody:
        """Sign in; who it is, the passkey says."""
        visitor, now_s = visitor_of(request), books.now_s()
        try:
            passkey, count = _proven(services, request, challenges, body, now_s)
        except PasskeyError as error:
            books.audit.note(Deed("sign-in", visitor.name, "was not let in by a passkey", "", {"why": str(error)}))
            raise _refused(services, request, "passkey_wrong", 401) from None
        account = books.accounts.let_in(passkey.account_id)
        if account is None:
            name = found.name if (found := books.accounts.find(passkey.account_id)) else ""
            books.audit.note(
                Deed("sign-in", name, "was not let in by a passkey", name, {"why": "the account is closed"})
            )
            raise password_problem(0.0)
        books.passkeys.used(passkey.id, count, now_s)
        books.audit.note(
            Deed("sign-in", account.name, "signed in by a passkey", account.name, {"passkey": passkey.label})
        )
        return start_session(services, visitor, account.id, account.name, request, response)


def _proven(
    services: Services, request: Request, challenges: Challenges, body: PasskeySignInBody, now_s: float
) -> tuple[Passkey, int]:
    """The passkey that has signed, and its counter. The challenge is used up first: an answer is looked at once."""
    challenge = challenges.use(visitor_of(request).session.device, "sign-in", now_s)
    passkey = services.books.passkeys.find(body.credential.id)
    if passkey is None:
        raise PasskeyError("the passkey is not known")
    answer = body.credential.model_dump()
    return passkey, webauthn.sign_count_of(answer, passkey, _place(services, request), challenge)


def _signed_in(services: Services, request: Request) -> Account:
    session = visitor_of(request).session
    account = services.books.accounts.find(session.account) if session.key else None
    if account is None:
        raise _refused(services, request, "passkey_sign_in_first", 409)
    return account


def _place(services: Services, request: Request) -> Here:
    place = webauthn.here(request.url.scheme, request.headers.get("host", ""))
    if not place.has_passkeys:
        raise _refused(services, request, "passkey_not_here", 409)
    return place


def _refused(services: Services, request: Request, key: str, status: int) -> Problem:
    title = {401: "Not let in", 409: "Not possible"}[status]
    return ToldProblem(status, title, services.texts_for(request)(key))


def _body(passkey: Passkey) -> PasskeyBody:
    return PasskeyBody(
        id=passkey.id,
        label=passkey.label,
        host=passkey.host,
        made_at=bodies.time_of(passkey.made_s),
        used_at=bodies.time_of(passkey.used_s) if passkey.used_s else None,
    )
