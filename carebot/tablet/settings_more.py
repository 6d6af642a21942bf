"""Further sections of the settings: notifications of this and other tablets, contacts, quiet hours."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from html import escape

from carebot.records.passkeys import Passkey
from carebot.records.subscriptions import Subscription
from carebot.tablet.access import Visitor
from carebot.tablet.api_push import those_of
from carebot.tablet.language import Texts
from carebot.tablet.page_settings import Forms, SettingsPage
from carebot.tablet.push_service import PushServices
from carebot.tablet.pushing import NAMES_SETTING
from carebot.tablet.rights import Scope
from carebot.tablet.settings_house import HouseForms

_PUSH_WORDS = ("push_on", "push_off", "push_none", "push_denied", "push_failed", "push_sent")


class MoreForms(HouseForms):
    """The sections as HTML; every text from elsewhere is escaped."""

    def push(self, push: PushServices, known: list[Subscription], visitor: Visitor, names: bool) -> str:
        """Switching notifications on here, and the tablets on which they are; push.js does the rest."""
        words = escape(json.dumps({key: self._raw(key) for key in _PUSH_WORDS}, ensure_ascii=False))
        here = next((each for each in known if each.device == visitor.session.device), None)
        buttons = "".join(
            f'<button type="button" class="button plain" data-push="{what}" hidden>{self._t(label)}</button>'
            for what, label in (("on", "push_switch_on"), ("off", "push_switch_off"), ("trial", "push_try"))
        )
        facts = f'data-words="{words}" data-key="{escape(push.key)}" data-here="{here.id if here else ""}"'
        panel = (
            f'<div class="push" {facts}><p class="push-state" role="status"></p><div class="row">{buttons}</div></div>'
        )
        lines = "".join(self._subscription(each) for each in known if each is not here)
        shown = self._names(names) if visitor.may(Scope.RESIDENTS_WRITE) else ""
        return f"<p class=soft>{self._t('push_explain')}</p>{panel}{lines}{shown}"

    def _subscription(self, one: Subscription) -> str:
        path = f"/api/v1/push/subscriptions/{escape(one.id)}"
        remove = self._form("DELETE", path, "", "remove", "data-sure")
        about = f"<span><strong>{escape(one.name)}</strong> <span class=soft>{escape(one.label)}</span></span>"
        return f'<div class="line">{about}{remove}</div>'

    def passkeys(self, known: list[Passkey]) -> str:
        """Somebody's own passkeys, and a new one (passkeys.js), which takes their password."""
        shown = "".join(self._passkey(each) for each in known) or f'<p class="soft">{self._t("passkeys_none")}</p>'
        fields = self._input("label", "passkey_label", self._raw("passkey_this"), "required maxlength=80")
        fields += self._input("password", "password", "", 'required type="password" autocomplete="current-password"')
        words = f'data-failed="{self._t("passkey_failed")}" data-unable="{self._t("passkey_not_here")}"'
        new = (
            f'<form role="none" data-add-passkey {words}>{fields}<p class="problem" role="alert"></p>'
            f'<button class="button plain">{self._t("passkey_add")}</button></form>'
        )
        return f"<p class=soft>{self._t('passkeys_explain')}</p>{shown}{self._fold(self._t('passkey_new'), new)}"

    def _passkey(self, one: Passkey) -> str:
        remove = self._form("DELETE", f"/api/v1/passkeys/{escape(one.id)}", "", "remove", "data-sure")
        used = f'{self._t("passkey_used")} <time data-at="{one.used_s:.0f}"></time>' if one.used_s else ""
        about = f"<strong>{escape(one.label)}</strong> <span class=soft>{escape(one.host)} {used}</span>"
        return f'<div class="line"><span>{about}</span>{remove}</div>'

    def _names(self, given: bool) -> str:
        checked = " checked" if given else ""
        box = (
            f'<label class="check"><input type="checkbox" data-switch="/api/v1/push/names"{checked}>'
            f'<span>{self._t("push_names")}</span></label><p class="problem" role="alert"></p>'
        )
        return self._fold(self._t("push_lock_screen"), box)


class WholeSettings(SettingsPage):
    """The settings with those sections in their places."""

    scripts = ("forms.js", "push.js", "house.js", "passkeys.js")

    def _forms(self, texts: Texts) -> Forms:
        return MoreForms(texts)

    def _sections(self, forms: Forms) -> Iterator[tuple[Scope | None, str, Callable[[], str]]]:
        first, *rest = super()._sections(forms)
        yield first
        yield from self._own_sections(forms)
        yield from self._house_sections(forms)
        yield from rest

    def _own_sections(self, forms: Forms) -> Iterator[tuple[Scope | None, str, Callable[[], str]]]:
        assert isinstance(forms, MoreForms)
        services, visitor = self._services, self._visitor
        if visitor.session.key:
            yield None, "passkeys", lambda: forms.passkeys(services.books.passkeys.of(visitor.session.account))
        if (push := services.push) is not None:
            names = bool(services.books.settings.value(NAMES_SETTING, False))
            yield None, "notifications", lambda: forms.push(push, those_of(services, visitor), visitor, names)

    def _house_sections(self, forms: Forms) -> Iterator[tuple[Scope | None, str, Callable[[], str]]]:
        assert isinstance(forms, HouseForms)
        services, visitor, house = self._services, self._visitor, self._services.house_view()
        if services.may_here(visitor, Scope.CONTACTS_WRITE):
            yield None, "contacts", lambda: forms.contacts(house)
        if services.may_here(visitor, Scope.QUIET_HOURS_WRITE):
            yield None, "quiet_hours", lambda: forms.quiet(house)
