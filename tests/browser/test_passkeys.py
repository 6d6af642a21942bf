"""Passkeys in the real Chromium with its own virtual authenticator: made, used, and refused wherever they must be."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Page, expect

from carebot.tablet.certificate import ensure
from carebot.tablet.gate import own_names
from carebot.tablet.language import languages
from tests.browser.test_accessibility import TOO_SMALL, violations
from tests.browser.trusting import browser_that_trusts
from tests.tablet.running import RunningServer, paired

pytestmark = pytest.mark.slow

PASSWORD = "seven blue teapots"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
SIGN_IN, OPTIONS = "/api/v1/sign-in/passkey", "/api/v1/sign-in/passkey/options"
SIGN = """async ({ options, rpId }) => {
  const plain = (text) => atob(text.replace(/-/g, "+").replace(/_/g, "/"));
  const challenge = Uint8Array.from(plain(options.challenge), (sign) => sign.charCodeAt(0));
  const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=+$/, "");
  const signed = await navigator.credentials.get({ publicKey: { ...options, rpId, challenge } });
  const { clientDataJSON, authenticatorData, signature, userHandle } = signed.response;
  return { id: signed.id, rawId: text(signed.rawId), type: signed.type, response: {
    clientDataJSON: text(clientDataJSON), authenticatorData: text(authenticatorData), signature: text(signature),
    userHandle: text(userHandle) } };
}"""
"""What the page's own script does, so that a test has the answer in its hands."""


class Person:
    """A caregiver's browser whose device makes passkeys; it knows the robot by its name, as passkeys need."""

    def __init__(self, browser: Browser, server: RunningServer, contexts: list[BrowserContext], **options: Any) -> None:
        self.server, self.url = server, f"http://localhost:{server.info['port']}"
        self.context = browser.new_context(**{"locale": "en-GB", "viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(self.context)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(15_000)
        self.errors: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.devtools = self.context.new_cdp_session(self.page)
        self.devtools.send("WebAuthn.enable")
        made = self.devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        self.device = made["authenticatorId"]

    def pair(self) -> None:
        self.page.goto(f"{self.url}/pair")
        self.page.fill("#pin", self.server.pin())
        self.page.fill("#name", "tablet")
        self.page.click("form button[type=submit]")
        self.page.wait_for_selector("#sign_in")

    def sign_in(self, password: str = PASSWORD) -> None:
        self.page.goto(f"{self.url}/sign-in")
        self.page.fill("#name", "Aiko")
        self.page.fill("#password", password)
        self.page.click("form button[type=submit]")

    def settings(self) -> Page:
        self.page.goto(f"{self.url}/settings")
        self.page.wait_for_selector(".page[data-beat]")
        return self.page

    def fill_new(self, password: str = PASSWORD) -> None:
        fold = self.settings().locator("details", has=self.page.locator("summary", has_text="New passkey"))
        fold.locator("> summary").click()
        fold.get_by_label("What you call it").fill("Aiko's tablet")
        fold.get_by_label("Password").fill(password)
        fold.get_by_role("button", name="Add a passkey").click()

    def add_passkey(self) -> None:
        self.pair()
        self.sign_in()
        self.page.wait_for_selector(".page[data-beat]")
        self.fill_new()
        expect(self.line).to_be_visible()

    @property
    def line(self):
        return self.page.locator(".line", has_text="Aiko's tablet")

    def sign_out(self) -> None:
        self.page.goto("about:blank")  # a page that is open would go to the door by itself, and be in the way
        self.post("/api/v1/sign-out", {"everywhere": False})
        self.page.goto(f"{self.url}/sign-in")

    def press_passkey(self) -> None:
        self.page.get_by_role("button", name="Sign in with a passkey").click()

    def post(self, path: str, body: Any = None) -> APIResponse:
        return self.context.request.post(f"{self.url}{path}", data=body or {}, headers={"Origin": self.url})

    def options(self) -> dict[str, Any]:
        return dict(self.post(OPTIONS).json()["publicKey"])

    def signed(self, options: dict[str, Any], page: Page | None = None) -> dict[str, Any]:
        return dict((page or self.page).evaluate(SIGN, {"options": options, "rpId": "localhost"}))

    def try_in(self, credential: dict[str, Any]) -> int:
        return self.post(SIGN_IN, {"credential": credential}).status

    def stored(self) -> list[Any]:
        return list(self.devtools.send("WebAuthn.getCredentials", {"authenticatorId": self.device})["credentials"])


@pytest.fixture
def house(server: RunningServer) -> RunningServer:
    make_accounts(server)
    return server


def make_accounts(server: RunningServer) -> None:
    with paired(server, "tablet") as client:
        chie = {"name": "Chie", "password": PASSWORD, "grants": [{"role": "administrator"}]}
        assert client.post("/api/v1/accounts", json=chie).status_code == 201
        client.post("/api/v1/sign-in", json={"name": "Chie", "password": PASSWORD}).raise_for_status()
        aiko = {"name": "Aiko", "password": PASSWORD, "grants": [{"role": "caregiver"}]}
        server.aiko = client.post("/api/v1/accounts", json=aiko).json()["id"]  # type: ignore[attr-defined]


@pytest.fixture
def aiko(browser: Browser, house: RunningServer, contexts: list[BrowserContext]) -> Person:
    """Signed out, with a passkey."""
    person = Person(browser, house, contexts)
    person.add_passkey()
    person.sign_out()
    return person


def audit(person: Person) -> str:
    """What the record says, read by an administrator."""
    with_password = {"name": "Chie", "password": PASSWORD}
    assert person.post("/api/v1/sign-in", with_password).status == 200
    return str(person.context.request.get(f"{person.url}/api/v1/audit").text())


def test_a_caregiver_adds_a_passkey_and_signs_in_with_it_and_with_the_password(aiko: Person):
    assert len(aiko.stored()) == 1
    aiko.press_passkey()
    aiko.page.wait_for_selector(".page[data-beat]")
    expect(aiko.settings().get_by_text("You are Aiko").or_(aiko.page.get_by_text("Aiko").first).first).to_be_visible()
    expect(aiko.line).to_contain_text("localhost used")
    aiko.sign_out()
    aiko.sign_in()
    aiko.page.wait_for_selector(".page[data-beat]")
    assert aiko.errors == []
    told = audit(aiko)
    assert "added a passkey" in told
    assert "signed in by a passkey" in told


def test_over_https_it_is_made_and_used_under_the_robots_name(
    browser: Browser, house: RunningServer, contexts: list[BrowserContext], tmp_path: Path
):
    house.close()
    made = ensure(tmp_path / "tls")
    server = RunningServer(house.folder, certificates=made)
    with browser_that_trusts(made, browser, tmp_path / "home") as trusting, contextlib.closing(server):
        person = Person(trusting, server, [])
        name = next(name for name in own_names() if name.endswith(".local"))
        person.url = f"https://{name}:{server.info['port']}"
        person.add_passkey()
        person.page.evaluate(
            "fetch('/api/v1/sign-out', { method: 'POST', body: '{\"everywhere\": false}',"
            " headers: { 'Content-Type': 'application/json' } })"
        )
        person.page.wait_for_url("**/sign-in*")  # a page that is open goes to the door by itself
        person.press_passkey()
        person.page.wait_for_selector(".page[data-beat]")
        expect(person.settings().locator(".line", has_text="Aiko's tablet")).to_contain_text(f"{name} used")
        assert person.page.evaluate("navigator.serviceWorker.ready.then((worker) => worker.scope)") == f"{person.url}/"
        cookies = person.context.cookies()
        assert cookies
        assert all(each["secure"] for each in cookies)
        assert person.errors == []


def test_a_tablet_left_lying_about_gets_no_passkey_without_the_password(
    browser: Browser, house: RunningServer, contexts: list[BrowserContext]
):
    person = Person(browser, house, contexts)
    person.pair()
    person.sign_in()
    person.page.wait_for_selector(".page[data-beat]")
    person.fill_new("wrong teapots")
    expect(person.page.locator("form[data-add-passkey] .problem")).to_contain_text("password is not right")
    assert person.stored() == []
    assert person.post("/api/v1/passkeys/options", {"password": "wrong"}).status == 401


def test_an_answer_is_taken_once(aiko: Person):
    credential = aiko.signed(aiko.options())
    assert aiko.try_in(credential) == 200
    assert aiko.post("/api/v1/sign-out", {"everywhere": False}).status == 200
    assert aiko.try_in(credential) == 401, "its challenge is used up"
    aiko.options()
    assert aiko.try_in(credential) == 401, "and it is no answer to another one"
    assert "no challenge is open" in audit(aiko)


def test_a_challenge_belongs_to_one_device(
    aiko: Person, browser: Browser, house: RunningServer, contexts: list[BrowserContext]
):
    other = Person(browser, house, contexts)
    other.pair()
    credential = aiko.signed(aiko.options())
    assert other.try_in(credential) == 401
    other.options()
    assert other.try_in(credential) == 401
    assert aiko.try_in(credential) == 200


def test_an_answer_made_on_another_origin_is_refused(aiko: Person, tmp_path: Path):
    """The browser itself refuses other names; another port has the same name, and the robot looks at the origin."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = RunningServer(folder)
    try:
        there = aiko.context.new_page()
        devtools = aiko.context.new_cdp_session(there)
        devtools.send("WebAuthn.enable")
        device = devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})["authenticatorId"]
        [stored] = aiko.stored()
        devtools.send("WebAuthn.addCredential", {"authenticatorId": device, "credential": stored})
        there.goto(f"http://localhost:{other.info['port']}/pair")
        credential = aiko.signed(aiko.options(), there)
        assert aiko.try_in(credential) == 401
        there.goto(f"http://127.0.0.1:{other.info['port']}/pair")
        with pytest.raises(Exception, match=r"SecurityError|relying party ID"):
            aiko.signed(aiko.options(), there)
    finally:
        other.close()
    assert "nexpected client data origin" in audit(aiko)


def test_a_passkey_that_was_removed_opens_nothing(aiko: Person):
    aiko.sign_in()
    aiko.page.wait_for_selector(".page[data-beat]")
    line = aiko.settings().locator(".line", has_text="Aiko's tablet")
    line.get_by_role("button", name="Remove").click()
    line.get_by_role("button", name="Really?").click()
    expect(aiko.page.get_by_text("You have no passkey yet.")).to_be_visible()
    aiko.sign_out()
    aiko.press_passkey()
    expect(aiko.page.locator("#problem")).to_contain_text("does not open this robot")
    assert len(aiko.stored()) == 1, "the device still has it"


def test_wrong_passwords_do_not_shut_the_passkey_out(aiko: Person):
    for _ in range(5):
        aiko.post("/api/v1/sign-in", {"name": "Aiko", "password": "wrong"})
    assert aiko.post("/api/v1/sign-in", {"name": "Aiko", "password": PASSWORD}).status == 429
    assert aiko.try_in(aiko.signed(aiko.options())) == 200


def test_a_closed_account_is_not_opened_and_a_lost_device_is_shut_out(
    aiko: Person, browser: Browser, house: RunningServer, contexts: list[BrowserContext]
):
    admin = Person(browser, house, contexts)
    admin.pair()
    assert admin.post("/api/v1/sign-in", {"name": "Chie", "password": PASSWORD}).status == 200
    path = f"{admin.url}/api/v1/accounts/{house.aiko}"  # type: ignore[attr-defined]
    headers = {"Origin": admin.url}
    assert admin.context.request.patch(path, data={"closed": True}, headers=headers).status == 200
    assert aiko.try_in(aiko.signed(aiko.options())) == 401
    assert admin.context.request.patch(path, data={"closed": False}, headers=headers).status == 200
    assert aiko.try_in(aiko.signed(aiko.options())) == 200
    assert admin.context.request.delete(f"{path}/passkeys", headers=headers).status == 204
    assert aiko.context.request.get(f"{aiko.url}/api/v1/alerts").status == 401, "signed out"
    assert aiko.try_in(aiko.signed(aiko.options())) == 401


def test_whoever_has_not_shown_themselves_to_the_device_is_not_let_in(aiko: Person):
    aiko.devtools.send("WebAuthn.setUserVerified", {"authenticatorId": aiko.device, "isUserVerified": False})
    aiko.press_passkey()
    expect(aiko.page.locator("#problem")).to_contain_text("has not given a passkey")
    options = {**aiko.options(), "userVerification": "discouraged"}
    assert aiko.try_in(aiko.signed(options)) == 401


def test_a_copied_device_whose_counter_stands_still_is_refused(aiko: Person):
    assert aiko.try_in(aiko.signed(aiko.options())) == 200
    [stored] = aiko.stored()
    aiko.devtools.send("WebAuthn.clearCredentials", {"authenticatorId": aiko.device})
    copy = {**stored, "signCount": 0}
    aiko.devtools.send("WebAuthn.addCredential", {"authenticatorId": aiko.device, "credential": copy})
    aiko.post("/api/v1/sign-out", {"everywhere": False})
    assert aiko.try_in(aiko.signed(aiko.options())) == 401


def test_what_is_broken_or_forged_opens_nothing(aiko: Person):
    good = aiko.signed(aiko.options())
    broken = [
        {**good, "id": "AAAA"},
        {**good, "rawId": "AAAA"},
        *(
            {**good, "response": {**good["response"], key: ""}}
            for key in ("clientDataJSON", "authenticatorData", "signature")
        ),
        {**good, "response": {**good["response"], "signature": "AAAA"}},
        {**good, "response": {**good["response"], "authenticatorData": good["response"]["authenticatorData"][:40]}},
        {**good, "response": {**good["response"], "clientDataJSON": "bm90IGpzb24"}},
        {**good, "response": {**good["response"], "userHandle": "c29tZWJvZHk"}},
    ]
    for each in broken:
        fresh = aiko.signed(aiko.options())
        forged = {**each, "response": {**fresh["response"], **_differing(each, good)}}
        assert aiko.try_in(forged) == 401, json.dumps(each)[:200]
    for each in ({}, {**good, "type": "password"}, {**good, "more": 1}, {**good, "id": "é"}):
        assert aiko.try_in(each) == 422


def _differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in one["response"].items() if value != other["response"][key]}


def test_at_an_address_in_numbers_it_is_said_that_there_are_none(
    browser: Browser, house: RunningServer, contexts: list[BrowserContext]
):
    person = Person(browser, house, contexts)
    numbers = f"http://127.0.0.1:{house.info['port']}"
    paired = person.context.request.post(f"{numbers}/api/v1/pair", data={"pin": house.pin(), "name": "tablet"})
    assert paired.status == 200
    answer = person.context.request.post(f"{numbers}{OPTIONS}", data={})
    assert answer.status == 409
    assert "open the robot by its name" in answer.json()["detail"]


@pytest.mark.parametrize("language", languages())
def test_the_section_and_the_door_have_no_violation(
    browser: Browser, house: RunningServer, contexts: list[BrowserContext], tmp_path: Path, language: str
):
    person = Person(browser, house, contexts, locale=language, viewport={"width": 390, "height": 844})
    person.pair()
    expect(person.page.locator("[data-passkey]")).to_be_visible()
    assert violations(person.page) == []
    assert person.page.evaluate(TOO_SMALL) == []
    person.page.screenshot(path=tmp_path / f"door-{language}.png")
    person.sign_in()
    person.page.wait_for_selector(".page[data-beat]")
    page = person.settings()
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert violations(page) == []
    assert page.evaluate(TOO_SMALL) == []
    page.screenshot(path=tmp_path / f"settings-{language}.png", full_page=True)
