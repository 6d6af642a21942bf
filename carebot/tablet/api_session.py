"""Coming in: pairing a device, the first administrator, signing in and out."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
import unicodedata

from fastapi import APIRouter, Request, Response

from carebot.errors import RecordsError
from carebot.records.accounts import Grant, Role
from carebot.records.audit import Deed
from carebot.tablet import api_models as bodies
from carebot.tablet.access import Visitor
from carebot.tablet.problems import Problem, documented, documented_open, documented_with_body
from carebot.tablet.services import Services, any_key, session_of, set_cookie, visitor_of
from carebot.tablet.sessions import COOKIE, MAX_NAME_LENGTH, Session, clean_name


def add_routes(router: APIRouter, services: Services) -> None:
    _add_open_routes(router, services)
    _add_session_routes(router, services)
    _add_sign_in_routes(router, services)


def _add_open_routes(router: APIRouter, services: Services) -> None:
    @router.get("/health", tags=["server"], responses=documented_open())
    async def health() -> bodies.HealthBody:
        """Whether the server lives."""
        return bodies.HealthBody()

    @router.post("/api/v1/pair", tags=["session"], responses=documented_open(400, 401, 411, 413, 415, 422))
    async def pair(body: bodies.PairBody, request: Request, response: Response) -> bodies.PairedBody:
        """Pair a device with the PIN that the robot's terminal shows, or with a QR code's; each works once."""
        name = readable(body.name)
        _check_pin_or_code(services, typed_pin(body.pin), request.client.host if request.client else "", name)
        session, token = services.access.sessions.start(name)
        services.books.audit.note(Deed("sign-in", name, "paired a device", session.device))
        set_cookie(response, token, request)
        return bodies.PairedBody(device=session.device, name=session.name, token=token)


def typed_pin(text: str) -> str:
    """A PIN as the terminal shows it: a Japanese keyboard types its digits and spaces in full width."""
    return "".join(unicodedata.normalize("NFKC", text).split())


def _check_pin_or_code(services: Services, secret: str, host: str, name: str) -> None:
    if not secret.isdigit() and services.books.keys.use_code(secret, services.books.now_s()) is not None:
        return
    result = services.pairing.try_pin(secret, time.monotonic(), host)
    if not result.accepted:
        if result.counted:  # only those: nobody fills the record by typing on
            services.books.audit.note(Deed("sign-in", name, "gave a wrong PIN", host))
        elif not result.wait_s:
            services.books.audit.note_seldom(Deed("sign-in", name, "gave a wrong code", host), "", host)
        raise _pin_problem(result.wait_s)


def _add_session_routes(router: APIRouter, services: Services) -> None:
    @router.get("/api/v1/session", tags=["session"], dependencies=any_key(), responses=documented())
    async def session(request: Request) -> bodies.SessionBody:
        """Who this device belongs to, and what they may do."""
        visitor = visitor_of(request)
        return bodies.SessionBody(
            device=visitor.session.device, name=visitor.name, scopes=sorted(scope.value for scope in visitor.scopes)
        )

    @router.put("/api/v1/session", tags=["session"], dependencies=any_key(), responses=documented_with_body(409))
    async def rename(body: bodies.NameBody, request: Request, response: Response) -> bodies.PairedBody:
        """Hand a device to another caregiver, where nobody needs to sign in."""
        session = session_of(request)
        if session.key or session.device.startswith("app:"):
            raise Problem(409, "Not possible", "A person's or an app's name stays: sign out, and sign in as another.")
        renamed = Session(session.device, readable(body.name))
        services.books.audit.note(Deed("sign-in", renamed.name, "took over a tablet", session.name))
        token = services.access.sessions.token(renamed)
        set_cookie(response, token, request)
        return bodies.PairedBody(device=renamed.device, name=renamed.name, token=token)


def _add_sign_in_routes(router: APIRouter, services: Services) -> None:
    """For the pages; other apps use tokens."""

    @router.post("/api/v1/set-up", include_in_schema=False)
    async def set_up(body: bodies.SetUpBody, request: Request, response: Response) -> bodies.PairedBody:
        """Make the first administrator, on a device that was paired with the terminal's PIN."""
        visitor = visitor_of(request)
        if services.access.is_set_up:
            raise Problem(409, "Not possible", "This robot has its administrator, or needs none: sign in.")
        roles = {Role.ADMINISTRATOR, *({Role.CAREGIVER, Role.NURSE_IN_CHARGE} if body.caregiver else ())}
        given = [Grant(role) for role in roles]
        accounts = services.books.accounts
        account = await asyncio.to_thread(accounts.create, readable(body.name), body.password, given)
        services.access.accounts_changed()
        services.books.audit.record(Deed("change", account.name, "became the first administrator", account.name))
        return start_session(services, visitor, account.id, account.name, request, response)

    @router.post("/api/v1/sign-in", include_in_schema=False)
    async def sign_in(body: bodies.SignInBody, request: Request, response: Response) -> bodies.PairedBody:
        """Sign in on a paired device."""
        visitor, name = visitor_of(request), readable(body.name)
        device, now_s = visitor.session.device, services.books.now_s()
        tried = await asyncio.to_thread(services.books.accounts.sign_in, name, body.password, now_s, device)
        if tried.account is None:
            services.books.audit.note(Deed("sign-in", name, "was not let in", name))
            raise password_problem(tried.wait_s)
        services.books.audit.note(Deed("sign-in", tried.account.name, "signed in", tried.account.name))
        return start_session(services, visitor, tried.account.id, tried.account.name, request, response)

    @router.post("/api/v1/sign-out", include_in_schema=False)
    async def sign_out(body: bodies.SignOutBody, request: Request, response: Response) -> bodies.HealthBody:
        """Sign out here, or on every device; where nobody signs in, the device is unpaired."""
        visitor = visitor_of(request)
        services.books.audit.note(Deed("sign-in", visitor.name, "signed out", visitor.name))
        _end(services, visitor, body.everywhere)
        if visitor.session.key:
            device = Session(visitor.session.device, visitor.session.name)
            set_cookie(response, services.access.sessions.token(device), request)
        else:
            response.delete_cookie(COOKIE, path="/")
        return bodies.HealthBody()


def start_session(
    services: Services, visitor: Visitor, account_id: str, name: str, request: Request, response: Response
) -> bodies.PairedBody:
    """Somebody is let in on a device: its key says so from now on."""
    device = visitor.session.device
    opened = services.books.keys.start_session(account_id, device, services.books.now_s())
    token = services.access.sessions.token(Session(device, name, account_id, opened.id))
    set_cookie(response, token, request)
    return bodies.PairedBody(device=device, name=name, token=token)


def _end(services: Services, visitor: Visitor, everywhere: bool) -> None:
    account, device = visitor.session.account, visitor.session.device
    with contextlib.suppress(RecordsError):  # what follows says it
        services.books.subscriptions.remove(
            lambda each: each.device == device or (everywhere and bool(account) and each.account_id == account)
        )
    if not visitor.session.key:
        services.access.end_device(visitor.session.device)
    elif everywhere:
        services.books.keys.end_all_sessions(visitor.session.account)
    else:
        services.books.keys.end_session(visitor.session.key)


def readable(text: str) -> str:
    """A name for one line of a page; raises Problem when nothing readable is left, or too much."""
    name = clean_name(text)
    if not name:
        raise Problem(422, "No name", "A readable name is needed, so that others see who answers.")
    if len(name) > MAX_NAME_LENGTH:  # some signs become two when they are written as everybody writes them
        raise Problem(422, "Too long", f"A name has at most {MAX_NAME_LENGTH} signs: shorten it.", key="name_long")
    return name


def _pin_problem(wait_s: float) -> Problem:
    if wait_s:
        detail = f"The PIN was not taken: wait {wait_s:.0f} s, then type the PIN that the robot's terminal shows."
        return Problem(429, "Too many tries", detail, _retry_after(wait_s))
    return Problem(
        401,
        "Wrong PIN",
        "This PIN or code does not work: type the PIN that the robot's terminal shows now.",
        key="pair_wrong",
    )


def password_problem(wait_s: float) -> Problem:
    """Why somebody was not let in: for a while, or because of what they gave."""
    if wait_s:
        return Problem(429, "Too many tries", f"Wait {wait_s:.0f} s before the next try.", _retry_after(wait_s))
    detail = "The name or the password is not right: try again, or ask who administers it."
    return Problem(401, "Not let in", detail, key="sign_in_wrong")


def _retry_after(wait_s: float) -> dict[str, str]:
    return {"Retry-After": str(max(1, math.ceil(wait_s)))}
