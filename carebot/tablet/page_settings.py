"""Settings: this tablet, residents and their consents, people and their roles, other tablets, other apps, the record.

Each section is plain HTML whose forms name an operation of the API: the checks, refusals and the record are the API's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from html import escape

from nicegui import html, ui

from carebot.errors import RecordsError
from carebot.records.accounts import EVERY_RESIDENT, MIN_PASSWORD_LENGTH, Account, Grant, Role
from carebot.records.audit import AuditRow
from carebot.records.consent import Consent, Resident
from carebot.records.keys import AppToken
from carebot.site.file import Site
from carebot.tablet.access import Visitor, cared_for
from carebot.tablet.caring import CareView
from carebot.tablet.deed_words import deed_words
from carebot.tablet.language import Texts
from carebot.tablet.person_here import PersonHere
from carebot.tablet.rights import Scope
from carebot.tablet.robot import RobotView
from carebot.tablet.services import Services

AUDIT_ROWS = 30
APP_SCOPES = (
    Scope.ALERTS_READ,
    Scope.ALERTS_ANSWER,
    Scope.RESIDENTS_READ,
    Scope.ROBOTS_READ,
    Scope.HEALTH_READ,
    Scope.HISTORY_READ,
    Scope.HISTORY_EXPORT,
)
"""What an app may be given here; the API gives every scope."""


class SettingsPage:
    """Drawn once; a form that was taken loads the page anew."""

    scripts: tuple[str, ...] = ("forms.js",)

    def __init__(self, services: Services, texts: Texts, visitor: Visitor, version: str) -> None:
        self._services, self._visitor = services, visitor
        forms = self._forms(texts)
        with html.div().classes("single settings"):
            for scope, title, content in self._sections(forms):
                if scope is None or visitor.may(scope):
                    with html.section().classes("panel"):
                        html.h2(texts(title))
                        ui.html(content(), sanitize=False)
        for script in self.scripts:
            ui.add_body_html(f'<script src="/static/{script}?v={version}" defer></script>')

    def show(self, view: RobotView) -> None:
        """Nothing here changes by itself."""

    def _forms(self, texts: Texts) -> Forms:
        return Forms(texts)

    def _sections(self, forms: Forms) -> Iterator[tuple[Scope | None, str, Callable[[], str]]]:
        books = self._services.books
        residents = cared_for(self._visitor, books.residents.all(), Scope.RESIDENTS_WRITE)
        yield None, "this_tablet", lambda: forms.this_tablet(self._visitor)
        yield Scope.RESIDENTS_WRITE, "residents", lambda: forms.residents(residents)
        yield Scope.ACCOUNTS_WRITE, "people", lambda: forms.accounts(books.accounts.all(), books.residents.all())
        yield Scope.DEVICES_PAIR, "other_tablets", forms.pairing
        yield Scope.TOKENS_WRITE, "other_apps", lambda: forms.tokens(books.keys.tokens())
        yield Scope.AUDIT_READ, "record", lambda: self._record(forms)

    def _record(self, forms: Forms) -> str:
        site = self._services.going.site if self._services.going else None
        return forms.record(_newest(self._services), self._services.care(), site)


def _newest(services: Services) -> list[AuditRow]:
    try:
        return services.books.audit.log.newest(AUDIT_ROWS, None, None)
    except RecordsError:
        return []


class Forms:
    """The sections as HTML in the language of `texts`; every text from elsewhere is escaped."""

    def __init__(self, texts: Texts) -> None:
        self._raw, self._count = texts, 0

    def _t(self, key: str, **values: object) -> str:
        return escape(self._raw(key, **values))

    def this_tablet(self, visitor: Visitor) -> str:
        """Who is there, and the way out."""
        if visitor.session.key:
            ways_out = self._sign_out("sign_out", "false") + self._sign_out("sign_out_everywhere", "true")
        else:
            ways_out = self._sign_out("unpair_this", "false", "data-sure")
        roles = ", ".join(self._t(f"role_{role.value}") for role in Role if role in visitor.roles)
        name = self._t("signed_in_as", name=visitor.name)
        return f'<p><strong>{name}</strong></p><p class="soft">{roles}</p><div class="row">{ways_out}</div>'

    def _sign_out(self, button: str, everywhere: str, attributes: str = "") -> str:
        fixed = f"data-fixed='{{\"everywhere\": {everywhere}}}' {attributes}"
        return self._form("POST", "/api/v1/sign-out", "", button, fixed)

    def residents(self, known: Iterable[Resident]) -> str:
        """Each resident to be changed, and a new one."""
        shown = "".join(self._resident(each) for each in known)
        new = self._form("POST", "/api/v1/residents", self._resident_fields(), "add")
        return f"{shown}{self._fold(self._t('new_resident'), new)}"

    def _resident(self, one: Resident) -> str:
        path = f"/api/v1/residents/{escape(one.id)}"
        change = self._form("PUT", path, self._resident_fields(one) + _hidden("robot", one.robot), "save")
        consents = "".join(self._consent(path, one, what) for what in Consent)
        remove = self._form("DELETE", path, "", "remove", "data-sure")
        return self._fold(
            PersonHere(one.name, one.room, one.reading).in_html(),
            f"{change}<fieldset><legend>{self._t('consents')}</legend>{consents}</fieldset>{remove}",
        )

    def _resident_fields(self, one: Resident | None = None) -> str:
        one = one or Resident("", "")
        return (
            self._input("name", "resident_name", one.name, "required maxlength=300")
            + self._input("reading", "resident_reading", one.reading, "maxlength=300")
            + self._input("room", "room", one.room, "maxlength=300")
        )

    def _consent(self, path: str, one: Resident, what: Consent) -> str:
        checked = " checked" if one.allows(what) else ""
        return (
            f'<label class="check"><input type="checkbox" data-switch="{path}/consents/{what.value}"{checked}>'
            f"<span>{self._t(f'consent_{what.value}')}</span></label>"
        )

    def accounts(self, known: Iterable[Account], residents: Iterable[Resident]) -> str:
        """Everybody who may sign in, and somebody new."""
        wards = [(EVERY_RESIDENT, self._t("every_resident")), *((each.id, escape(each.name)) for each in residents)]
        shown = "".join(self._account(each, wards) for each in known)
        name = self._input("name", "pair_name", "", "required maxlength=300 autocomplete=off")
        new = self._form("POST", "/api/v1/accounts", name + self._password() + self._roles(frozenset(), wards), "add")
        return f"{shown}{self._fold(self._t('new_account'), new)}"

    def _account(self, one: Account, wards: list[tuple[str, str]]) -> str:
        path = f"/api/v1/accounts/{escape(one.id)}"
        state = f" ({self._t('closed')})" if one.closed else ""
        roles = self._form("PATCH", path, self._roles(one.grants, wards), "save")
        password = self._form("PATCH", path, self._password(), "change_password")
        fixed = '{"closed": false}' if one.closed else '{"closed": true}'
        close = self._form(
            "PATCH", path, "", "open_again" if one.closed else "close", f"data-fixed='{fixed}' data-sure"
        )
        names = ", ".join(self._t(f"role_{role.value}") for role in Role if role in one.roles)
        keys = self._form("DELETE", f"{path}/passkeys", "", "passkeys_remove_all", "data-sure")
        return self._fold(f"{escape(one.name)}{state} <span class=soft>{names}</span>", roles + password + keys + close)

    def _password(self) -> str:
        rules = f'required minlength={MIN_PASSWORD_LENGTH} type="password" autocomplete="new-password"'
        return self._input("password", "new_password", "", rules)

    def _roles(self, held: frozenset[Grant], wards: list[tuple[str, str]]) -> str:
        """Boxes for everybody's roles together, and for each resident's apart: what is saved is what was shown."""
        parts = []
        for resident_id, label in wards:
            mine = {grant.role for grant in held if grant.resident_id == resident_id}
            of = f' data-resident="{escape(resident_id)}"'
            boxes = "".join(
                self._box("roles", role.value, self._t(f"role_{role.value}"), role in mine, of) for role in Role
            )
            field = f"<fieldset><legend>{self._t('roles')}: {label}</legend>{boxes}</fieldset>"
            parts.append(field if mine or resident_id == EVERY_RESIDENT else self._fold(label, field))
        return "".join(parts)

    @staticmethod
    def _box(name: str, value: str, label: str, checked: bool = False, more: str = "") -> str:
        box = f'<input type="checkbox" name="{name}" value="{value}"{" checked" if checked else ""}{more}>'
        return f'<label class="check">{box}<span>{label}</span></label>'

    def pairing(self) -> str:
        """A QR code for another tablet."""
        form = self._form("POST", "/api/v1/devices/codes", "", "show_code")
        return f"<p class=soft>{self._t('pair_other_explain')}</p>{form}"

    def tokens(self, known: Iterable[AppToken]) -> str:
        """The apps that may ask, and a new one."""
        shown = "".join(self._token(each) for each in known)
        boxes = "".join(self._box("scopes", scope.value, scope.value) for scope in APP_SCOPES)
        name = self._input("name", "app_name", "", "required maxlength=300")
        days = self._input("days", "valid_days", "90", 'required type="number" min=1 max=3650')
        fields = f"{name}{days}<fieldset><legend>{self._t('may')}</legend>{boxes}</fieldset>"
        return f"{shown}{self._fold(self._t('new_token'), self._form('POST', '/api/v1/tokens', fields, 'add'))}"

    def _token(self, one: AppToken) -> str:
        scopes = escape(", ".join(sorted(one.scopes)))
        end = self._form("DELETE", f"/api/v1/tokens/{escape(one.id)}", "", "end_token", "data-sure")
        name = f"<span><strong>{escape(one.name)}</strong> <span class=soft>{scopes}</span></span>"
        return f'<div class="line">{name}{end}</div>'

    def record(self, rows: Iterable[AuditRow], care: CareView, site: Site | None) -> str:
        """The newest rows of the audit; `care` and `site` know what is called how."""
        head = "".join(f"<th>{self._t(key)}</th>" for key in ("when", "who", "what"))
        lines = "".join(self._row(row, care, site) for row in rows)
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"
        return f'<div class="wide" tabindex="0" role="region" aria-label="{self._t("record")}">{table}</div>'

    def _row(self, row: AuditRow, care: CareView, site: Site | None) -> str:
        deed = row.deed  # None where it was erased
        who, what = ("…", "…") if deed is None else (deed.who, deed_words(deed, self._raw, care, site))
        return f'<tr><td><time data-at="{row.at_s:.3f}"></time></td><td>{escape(who)}</td><td>{escape(what)}</td></tr>'

    def _identity(self) -> str:
        self._count += 1
        return f"field-{self._count}"

    def _input(self, name: str, label: str, value: str, attributes: str = "") -> str:
        identity = self._identity()
        return (
            f'<label for="{identity}">{self._t(label)}</label>'
            f'<input id="{identity}" name="{name}" value="{escape(value)}" {attributes}>'
        )

    def _form(self, method: str, path: str, fields: str, button: str, attributes: str = "") -> str:
        really = f'data-really="{self._t("really")}"'
        return (
            f'<form role="none" data-method="{method}" data-path="{path}" {really} {attributes}>{fields}'
            f'<p class="problem" role="alert"></p><button class="button plain">{self._t(button)}</button>'
            '<div class="outcome" role="status"></div></form>'
        )

    @staticmethod
    def _fold(title: str, content: str) -> str:
        return f"<details><summary>{title}</summary>{content}</details>"


def _hidden(name: str, value: str) -> str:
    return f'<input type="hidden" name="{name}" value="{escape(value)}">'
