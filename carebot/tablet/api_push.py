"""Web Push: the robot's key, the browsers that are woken, and what their lock screens may show."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from carebot.records.audit import Deed
from carebot.records.subscriptions import Subscription
from carebot.tablet import api_models as bodies
from carebot.tablet.access import Visitor
from carebot.tablet.language import Texts
from carebot.tablet.problems import Problem, documented, documented_with_body
from carebot.tablet.push_service import Fate, PushServices, are_keys, is_push_service
from carebot.tablet.push_words import trial as trial_text
from carebot.tablet.pushing import NAMES_SETTING, deliver
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, any_key, needs, visitor_of
from carebot.tablet.sessions import clean_name

Id = Annotated[str, Path(max_length=100)]
TRIAL_KEPT_S = 60
OTHER_APPS = "Other apps hear of alerts at /api/v1/events: Web Push is for browsers of paired devices."


def add_routes(router: APIRouter, services: Services) -> None:
    _add_reading(router, services)
    _add_writing(router, services)
    _add_settings(router, services)


def _add_reading(router: APIRouter, services: Services) -> None:
    @router.get("/api/v1/push/key", tags=["push"], dependencies=any_key(), responses=documented(409))
    async def key() -> bodies.PushKeyBody:
        """The robot's public key, for a browser's `pushManager.subscribe`."""
        return bodies.PushKeyBody(key=_push(services).key)

    @router.get("/api/v1/push/subscriptions", tags=["push"], dependencies=any_key(), responses=documented())
    async def subscriptions(request: Request) -> bodies.SubscriptionsBody:
        """The caller's own; those of everybody for whoever pairs devices."""
        visitor = visitor_of(request)
        return bodies.SubscriptionsBody(
            subscriptions=[subscription_body(each, visitor) for each in those_of(services, visitor)]
        )


def _add_writing(router: APIRouter, services: Services) -> None:
    @router.post(
        "/api/v1/push/subscriptions",
        tags=["push"],
        dependencies=any_key(),
        status_code=201,
        responses=documented_with_body(409, 503),
    )
    async def subscribe(body: bodies.SubscribeBody, request: Request, response: Response) -> bodies.SubscriptionBody:
        """Wake this browser for alerts from now on; it takes the place of what this device had."""
        visitor, push = visitor_of(request), _push(services)
        _check(visitor, body, push.further)
        books, session = services.books, visitor.session
        books.audit.record(Deed("change", visitor.name, "switched notifications on", session.device))
        books.subscriptions.remove(lambda each: each.device == session.device)
        made = books.subscriptions.save(
            Subscription(
                body.endpoint,
                body.p256dh,
                body.auth,
                session.account,
                session.device,
                visitor.name,
                clean_name(body.label),
                services.texts_for(request).language,
                books.now_s(),
            )
        )
        response.headers["Location"] = f"/api/v1/push/subscriptions/{made.id}"
        return subscription_body(made, visitor)

    @router.delete(
        "/api/v1/push/subscriptions/{id}",
        tags=["push"],
        dependencies=any_key(),
        status_code=204,
        responses=documented(404, 422, 503),
    )
    async def unsubscribe(request: Request, id: Id) -> None:
        """Wake that browser no longer."""
        visitor = visitor_of(request)
        found = next((each for each in those_of(services, visitor) if each.id == id), None)
        if found is None:
            raise Problem(404, "No such subscription", "There is no such subscription: see /api/v1/push/subscriptions.")
        services.books.subscriptions.remove(lambda each: each.id == id)
        services.books.audit.note(Deed("change", visitor.name, "switched notifications off", found.name))


def _add_settings(router: APIRouter, services: Services) -> None:
    @router.post("/api/v1/push/trial", tags=["push"], dependencies=any_key(), responses=documented(404, 409, 503))
    async def trial(request: Request) -> bodies.DoneBody:
        """Send a message to this device's browser; whether its push service took it."""
        push, device = _push(services), visitor_of(request).session.device
        mine = next((each for each in services.books.subscriptions.all() if each.device == device), None)
        if mine is None:
            raise Problem(404, "No subscription", "Notifications are not switched on on this device.")
        posted = await deliver(services, push, mine, trial_text(Texts(mine.language)), TRIAL_KEPT_S, "normal")
        if posted.fate is not Fate.TAKEN:
            why = posted.why or "the push service no longer knows this browser"
            raise Problem(
                503, "Not sent", f"It did not go out: {why}. Keep a page open: it sounds by itself.", key="push_not_out"
            )
        return bodies.DoneBody(message="The push service took it.")

    @router.put(
        "/api/v1/push/names",
        tags=["push"],
        dependencies=needs(services, Scope.RESIDENTS_WRITE),
        responses=documented_with_body(503),
    )
    async def names(body: bodies.ConsentBody, request: Request) -> bodies.ConsentBody:
        """Whether lock screens may show the residents' names."""
        by = visitor_of(request).name
        services.books.audit.record(Deed("change", by, "names on lock screens", detail={"given": body.given}))
        services.books.settings.change(NAMES_SETTING, body.given, by, services.books.now_s())
        return body


def those_of(services: Services, visitor: Visitor) -> list[Subscription]:
    """The subscriptions that somebody may see and end."""
    known = services.books.subscriptions.all()
    if visitor.may(Scope.DEVICES_PAIR):
        return known
    return [each for each in known if is_own(each, visitor)]


def is_own(each: Subscription, visitor: Visitor) -> bool:
    session = visitor.session
    return each.account_id == session.account if session.key else each.device == session.device


def subscription_body(each: Subscription, visitor: Visitor) -> bodies.SubscriptionBody:
    return bodies.SubscriptionBody(
        id=each.id,
        name=each.name,
        label=each.label,
        made_at=bodies.time_of(each.made_s),
        here=each.device == visitor.session.device,
    )


def _push(services: Services) -> PushServices:
    if services.push is None:
        raise Problem(409, "No notifications", "This robot sends no notifications: it was started without its key.")
    return services.push


def _check(visitor: Visitor, body: bodies.SubscribeBody, further: tuple[str, ...]) -> None:
    if visitor.session.device.startswith("app:"):
        raise Problem(409, "Not possible", OTHER_APPS)
    if not is_push_service(body.endpoint, further):
        detail = "The robot does not know the push service of this address: add its origin to tablet.push_services."
        raise Problem(409, "Unknown push service", detail, key="push_service_unknown")
    if not are_keys(body.p256dh, body.auth):
        raise Problem(409, "Not understood", "p256dh is no point of P-256, or auth is not 16 bytes (base64url).")
