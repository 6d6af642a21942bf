"""Sections of the settings: who is called, and when nothing may disturb. Addresses come masked from care."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape

from carebot.tablet.api_house_models import RELATIONS
from carebot.tablet.house import ChainView, ChangedView, ContactView, HouseView, QuietView, TrialView
from carebot.tablet.language import Texts, languages
from carebot.tablet.page_settings import Forms
from carebot.tablet.timetable_words import span_words

WAYS = {
    "phone": "twilio://SID:TOKEN@FROM/TO",
    "mail": "mailtos://USER:PASSWORD@HOST/?to=NAME@HOST",
    "message": "ntfys://TOPIC",
}
"""What the forms offer, and how an address of that kind may look; the API takes any name and service."""
TABLET, RELAY_PREFIX = "tablet", "relay:"
NEW_LEVEL_S = 120
SPARE_SPANS = 1


class HouseForms(Forms):
    """The sections as HTML; every text from elsewhere is escaped. What was changed meanwhile by others is refused."""

    def contacts(self, house: HouseView) -> str:
        """The chains, each contact to be changed, and a new one."""
        if not house.is_known:
            return f"<p class=soft>{self._t('house_no_site')}</p>"
        words = [word for word in (house.fault, house.warning) if word]
        problems = "".join(f'<p class="problem">{escape(word)}</p>' for word in words)
        chains = "".join(self._chain(each, alone=len(house.chains) == 1) for each in house.chains)
        shown = "".join(self._contact(each, house) for each in house.contacts)
        new = self._form("POST", "/api/v1/contacts", self._new_fields(house), "add", self._match(house))
        origin = self._origin(house.contacts_changed, "contacts/restore", "", house)
        explain = self._t("contacts_explain" if house.chains else "contacts_nobody")
        return (
            f"<p class=soft>{explain}</p>{problems}{chains}{shown}"
            f"{self._fold(self._t('new_contact'), new)}<p class=soft>{self._t('contacts_masked')}</p>{origin}"
        )

    def quiet(self, house: HouseView) -> str:
        """The hours of the house and of each resident."""
        if not house.is_known:
            return f"<p class=soft>{self._t('house_no_site')}</p>"
        shown = "".join(self._quiet(each, house) for each in house.quiet)
        return f"<p class=soft>{self._t('quiet_explain')}</p>{shown}"

    # who is called

    def _chain(self, chain: ChainView, alone: bool) -> str:
        title = "" if alone else f"<h3>{self._chain_name(chain.name)}</h3>"
        lines = "".join(
            f"<li>{escape(self._raw('list_comma').join(level.who))} "
            f"<span class=soft>{self._t('level_time', span=_span(level.for_s, self._raw))}</span></li>"
            for level in chain.levels
        )
        return f'{title}<ol class="chain">{lines}</ol>'

    def _chain_name(self, name: str) -> str:
        return escape(self._raw.sentence(f"chain_{name}", {}) or name)

    def _contact(self, one: ContactView, house: HouseView) -> str:
        path = f"/api/v1/contacts/{escape(one.id)}"
        fields = self._contact_fields(one) + self._held_ways(one) + self._new_ways(house, one) + self._drops(one)
        kept = {"calls": [], "reach": {each.way: each.address for each in one.ways if not _is_written(each.address)}}
        anew = f' data-again="/api/v1/contacts" data-again-words="{self._t("add_anew")}"'
        anew += f' data-again-fixed="{escape(json.dumps(kept, ensure_ascii=False))}"'
        change = self._form(
            "PATCH", path, fields + self._calls(house, one), "save", self._match(house, calls=[]) + anew
        )
        trial = self._form("POST", f"{path}/trial", "", "contact_try")
        remove = self._form("DELETE", path, "", "remove", f"data-sure {self._match(house)}")
        about = self._t("contact_uncalled") if not one.calls else self._ways_line(one)
        title = f'{escape(one.name)} <span class="soft">{about}</span>'
        outcome = "".join(self._trial(each) for each in one.trial)
        trial = f"<h3>{self._t('contact_trial')}</h3><p class=soft>{self._t('contact_try_explain')}</p>{outcome}{trial}"
        return self._kept_fold(f"contact-{one.id}", title, f"{change}{trial}{remove}")

    def _ways_line(self, one: ContactView) -> str:
        return escape(self._raw("list_comma").join(self._way(each.way) for each in one.ways))

    def _way(self, way: str) -> str:
        return self._raw.sentence(f"reach_{way}", {}) or way

    def _trial(self, one: TrialView) -> str:
        key = one.state if one.state in ("sent", "given_up") else "under_way"
        error = f" {escape(one.error)}" if one.error else ""
        at = f'<time data-at="{one.at_s:.0f}"></time>'
        kind = "problem" if key == "given_up" else "soft"
        return f'<p class="{kind}">{escape(self._way(one.way))}: {self._t(f"trial_{key}")} {at}{error}</p>'

    def _new_fields(self, house: HouseView) -> str:
        return self._contact_fields() + self._new_ways(house) + self._calls(house)

    def _contact_fields(self, one: ContactView | None = None) -> str:
        name = self._input("name", "contact_name", one.name if one else "", "required maxlength=200 autocomplete=off")
        chosen = one.language if one else self._raw.language
        spoken = [(code, Texts(code)("language_name")) for code in languages()]
        kin = [("", self._raw("relation_none")), *((each, self._raw(f"relation_{each}")) for each in RELATIONS)]
        relation = self._select("relation", "contact_relation", kin, one.relation if one else "")
        return name + self._select("language", "contact_language", spoken, chosen) + relation

    def _held_ways(self, one: ContactView) -> str:
        """Addresses that can be written anew: what is left empty stays."""
        held = [each for each in one.ways if _is_written(each.address) and "." not in each.way]
        return "".join(
            self._address(each.way, self._t("way_kept", way=self._way(each.way), address=each.address)) for each in held
        )

    def _new_ways(self, house: HouseView, one: ContactView | None = None) -> str:
        held = {each.way for each in one.ways} if one else set()
        fields = "".join(self._address(way, self._t("way_new", way=self._way(way))) for way in WAYS if way not in held)
        if TABLET not in {each.address for each in (one.ways if one else ())}:
            no_yes = [("", self._raw("say_no")), (TABLET, self._raw("say_yes"))]
            fields += self._select("reach.app", "reach_app", no_yes, "" if one else TABLET)
        if house.relays and not any(each.address.startswith(RELAY_PREFIX) for each in (one.ways if one else ())):
            relays = [("", self._raw("say_no")), *((f"{RELAY_PREFIX}{each}", each) for each in house.relays)]
            fields += self._select("reach.relay", "reach_relay", relays, "")
        return fields

    def _address(self, way: str, label: str) -> str:
        identity = self._identity()
        rules = 'maxlength="2000" autocomplete="off" autocapitalize="off" spellcheck="false" inputmode="url"'
        return (
            f'<label for="{identity}">{label}</label>'
            f'<input id="{identity}" name="reach.{escape(way)}" placeholder="{WAYS.get(way, "")}" {rules}>'
        )

    def _drops(self, one: ContactView) -> str:
        boxes = "".join(
            self._box("drop[]", escape(each.way), escape(f"{self._way(each.way)} {_shown(each.address)}"))
            for each in one.ways
        )
        return f"<fieldset><legend>{self._t('ways_drop')}</legend>{boxes}</fieldset>"

    def _calls(self, house: HouseView, one: ContactView | None = None) -> str:
        """The levels at which they are called, a new last one included."""
        held = set(one.calls) if one else set()
        chains = house.chains or (ChainView("default", ()),)
        boxes = ""
        for chain in chains:
            name = "" if len(chains) == 1 else f"{self._chain_name(chain.name)}: "
            for number, level in enumerate(chain.levels, 1):
                call = f"{chain.name}/{number}"
                label = self._t("level_number", number=number, span=_span(level.for_s, self._raw))
                boxes += self._box("calls[]", escape(call), name + label, call in held)
            new = f"{chain.name}/{len(chain.levels) + 1}"
            is_first = not house.chains
            boxes += self._box("calls[]", escape(new), name + self._t("level_new"), is_first)
        seconds = self._input("new_level_s", "level_new_s", str(NEW_LEVEL_S), 'type="number" min=5 max=86400 step=5')
        return f"<fieldset><legend>{self._t('contact_calls')}</legend>{boxes}{seconds}</fieldset>"

    # when nothing may disturb

    def _quiet(self, one: QuietView, house: HouseView) -> str:
        name = one.resident or self._raw("quiet_house")
        spans = [*one.hours, *[("", "")] * (SPARE_SPANS if one.hours else SPARE_SPANS + 1)]
        rows = "".join(self._span_fields(number, begin, end) for number, (begin, end) in enumerate(spans))
        fixed = self._match(house, hours=[], resident=one.resident)
        save = self._form("PUT", "/api/v1/quiet-hours", rows, "save", fixed)
        origin = self._origin(one.changed, "quiet-hours/restore", one.resident, house)
        told = ", ".join(f"{begin}–{end}" for begin, end in one.hours)
        told = told or self._raw("quiet_as_house" if one.resident else "quiet_never")
        return self._fold(f'{escape(name)} <span class="soft">{escape(told)}</span>', save + origin)

    def _span_fields(self, number: int, begin: str, end: str) -> str:
        first = self._time(f"hours.{number}.from", "from_time", begin)
        return f'<div class="span">{first}{self._time(f"hours.{number}.to", "until_time", end)}</div>'

    def _time(self, name: str, label: str, value: str) -> str:
        return f"<div>{self._input(name, label, value, 'type=time')}</div>"

    # what both have

    def _origin(self, changed: ChangedView | None, path: str, resident: str, house: HouseView) -> str:
        if changed is None:
            return f'<p class="soft">{self._t("from_site_file")}</p>'
        by = f'{self._t("house_changed_by", name=changed.by)} <time data-at="{changed.at_s:.0f}"></time>'
        of = {"resident": resident} if path.startswith("quiet") else {}
        fixed = f"data-sure {self._match(house, **of)}"
        return f'<p class="soft">{by}</p>{self._form("POST", f"/api/v1/{path}", "", "restore", fixed)}'

    @staticmethod
    def _kept_fold(identity: str, title: str, content: str) -> str:
        """A fold that is open again once its form has loaded the page anew (house.js)."""
        return f'<details id="{escape(identity)}"><summary>{title}</summary>{content}</details>'

    def _match(self, house: HouseView, **fixed: object) -> str:
        """What a form sends besides its fields, and of which state it is a change."""
        body = escape(json.dumps(fixed, ensure_ascii=False))
        return f'data-fixed="{body}" data-match="&quot;{house.revision}&quot;"'

    def _select(self, name: str, label: str, options: Iterable[tuple[str, str]], chosen: str) -> str:
        identity = self._identity()
        shown = "".join(
            f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(text)}</option>'
            for value, text in options
        )
        return f'<label for="{identity}">{self._t(label)}</label><select id="{identity}" name="{name}">{shown}</select>'


def _is_written(address: str) -> bool:
    """Whether somebody types it: the tablet and relays are chosen."""
    return address != TABLET and not address.startswith(RELAY_PREFIX)


def _shown(address: str) -> str:
    return "" if address == TABLET else address


def _span(seconds: float, texts: Texts) -> str:
    return span_words(seconds, texts) if seconds % 60 == 0 else texts("seconds", value=texts.number(seconds, "g"))
