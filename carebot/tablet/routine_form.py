"""The fields in which a routine's parameters are given, as HTML whose names `forms.js` puts into the API's body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from carebot.tablet.caring import Offer, Parameter
from carebot.tablet.language import Texts
from carebot.tablet.refusals import label_of

ICONS = {
    "fall_response": "M12 2a3 3 0 1 1 0 6 3 3 0 0 1 0-6zM3 20l5-9 5 3 4-1 4 3v4z",
    "call_family": "M6 2l4 4-2 3c1 3 4 6 7 7l3-2 4 4-3 4C11 22 2 13 2 5z",
    "medication_reminder": "M7 3a5 5 0 0 1 7 0l7 7a5 5 0 0 1-7 7l-7-7a5 5 0 0 1 0-7zm1 6l6 6 3-3-6-6zM3 15h6v6H3z",
    "hydration_reminder": "M5 2h14l-2 20H7zm2.5 6l.3 4h8.4l.3-4z",
    "meal_reminder": "M5 2h2v7h1V2h2v9c0 1-1 2-2 2v9H6v-9c-1 0-2-1-2-2V2zm10 0c3 0 4 4 4 8v4h-2v8h-2z",
    "morning_check": "M12 7a5 5 0 0 1 5 5H7a5 5 0 0 1 5-5zM11 1h2v4h-2zM3 5l3 2-1 2-3-2zm18 0l1 2-3 2-1-2zM1 14h22v2H1z"
    "m4 4h14v2H5z",
    "night_patrol": "M14 2a10 10 0 1 0 8 14A9 9 0 0 1 14 2zM5 3h2v2H5z",
    "goodnight": "M2 6h2v7h7V8h7a4 4 0 0 1 4 4v8h-2v-3H4v3H2zm5 2a2 2 0 1 1 0 4 2 2 0 0 1 0-4z",
    "come_here": "M12 2a7 7 0 0 1 7 7c0 5-7 13-7 13S5 14 5 9a7 7 0 0 1 7-7zm0 4a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
    "guide_to_room": "M4 2h12v8h-2V4H6v16h8v-4h2v6H4zm10 7l6 4-6 4v-3H9v-2h5z",
    "visitor_greeting": "M5 2h14v20h-4v-8H9v8H5zm7 4a2 2 0 1 0 0 4 2 2 0 0 0 0-4z",
    "go_to_charger": "M13 1L4 14h6l-2 9 10-13h-6z",
}
CLASS_ICONS = {
    "fall_response": "M11 3h2v12h-2zm0 15h2v3h-2z",
    "call": ICONS["call_family"],
    "scheduled": "M12 2a10 10 0 1 1 0 20 10 10 0 0 1 0-20zm-1 4v7l5 3 1-2-4-2V6z",
    "requested": "M4 4h16v12H9l-5 5z",
    "idle": "M6 4h4v16H6zm8 0h4v16h-4z",
}
"""Paths of 24 by 24; a routine of the site's own has that of its class."""


def icon(routine: str, priority: str = "") -> str:
    """The picture of a routine."""
    path = ICONS.get(routine) or CLASS_ICONS.get(priority, CLASS_ICONS["requested"])
    return f'<svg class="picture" viewBox="0 0 24 24" aria-hidden="true"><path fill-rule="evenodd" d="{path}"/></svg>'


class Fields:
    """Makes labelled fields; each gets an id of its own, that of no other part of the page: `part` is its name."""

    def __init__(self, texts: Texts, part: str = "in") -> None:
        self.texts, self._part, self._count = texts, part, 0

    def t(self, key: str, **values: object) -> str:
        return escape(self.texts(key, **values))

    def labelled(self, label: str, field: str) -> str:
        """`field` has `{id}` where its id belongs; `label` is plain text."""
        self._count += 1
        identity = f"{self._part}-{self._count}"
        return f'<label for="{identity}">{escape(label)}</label>' + field.replace("{id}", identity, 1)

    def given(self, offer: Offer, given: Mapping[str, Any] | None = None) -> str:
        """A field for each parameter, with the values that hold; what has a value already and is a number is folded."""
        values = offer.values(given or {})
        shown = [each for each in offer.parameters if each.kind != "alert" or each.is_needed]
        folded = [each for each in shown if not each.is_needed and each.kind in ("number", "whole", "rooms")]
        open_ones = "".join(self._parameter(each, values[each.name]) for each in shown if each not in folded)
        if not folded:
            return open_ones
        more = "".join(self._parameter(each, values[each.name]) for each in folded)
        return f"{open_ones}{fold(self.t('more_fields'), more)}"

    def _parameter(self, one: Parameter, value: Any) -> str:
        name, label = f"parameters.{escape(one.name)}", label_of(one, self.texts)
        if one.kind == "yes_no":
            checked = " checked" if value else ""
            box = f'<input type="checkbox" name="{name}" data-as="yes_no"{checked}>'
            return f'<label class="check">{box}<span>{escape(label)}</span></label>'
        if one.kind == "rooms":
            return self._rooms(one, name, label, value or ())
        if one.choices or one.kind in ("room", "destination", "resident", "caregiver"):
            return self.labelled(label, self._select(one, name, value))
        return self.labelled(label, _input(one, name, value))

    def _select(self, one: Parameter, name: str, value: Any) -> str:
        nothing = (
            ""
            if one.kind == "choice" and not one.is_needed
            else option("", self.texts("not_chosen"), value in (None, ""))
        )
        options = "".join(
            option(each.value, each.spoken(self.texts.language), each.value == value) for each in one.choices
        )
        return f'<select id="{{id}}" name="{name}"{" required" if one.is_needed else ""}>{nothing}{options}</select>'

    def _rooms(self, one: Parameter, name: str, label: str, chosen: Iterable[str]) -> str:
        boxes = "".join(
            self.box(f"{name}[]", each.value, each.spoken(self.texts.language), each.value in chosen)
            for each in one.choices
        )
        return f"<fieldset><legend>{escape(label)}</legend>{boxes}</fieldset>"

    @staticmethod
    def box(name: str, value: str, label: str, checked: bool) -> str:
        """A box of a list: `forms.js` gathers those of one name."""
        mark = " checked" if checked else ""
        box = f'<input type="checkbox" name="{name}" value="{escape(value)}"{mark}>'
        return f'<label class="check">{box}<span>{escape(label)}</span></label>'


def fold(title: str, content: str, classes: str = "") -> str:
    """`title` and `content` are HTML."""
    return f'<details class="{classes}"><summary>{title}</summary>{content}</details>'


def option(value: str, label: str, is_chosen: bool) -> str:
    return f'<option value="{escape(value)}"{" selected" if is_chosen else ""}>{escape(label)}</option>'


def _input(one: Parameter, name: str, value: Any) -> str:
    shown = "" if value is None else escape(str(value))
    needed = " required" if one.is_needed else ""
    if one.kind in ("number", "whole"):
        step = "1" if one.kind == "whole" else "any"
        limits = "".join(
            f' {key}="{limit:g}"' for key, limit in (("min", one.least), ("max", one.most)) if limit is not None
        )
        kind = f'type="number" step="{step}" inputmode="decimal"'
        return f'<input id="{{id}}" name="{name}" {kind} value="{shown}"{limits}{needed}>'
    most = int(one.most or 500)
    return f'<input id="{{id}}" name="{name}" maxlength="{most}" autocomplete="off" value="{shown}"{needed}>'


def form(method: str, path: str, content: str, button: str, attributes: str = "", classes: str = "plain") -> str:
    """A form of `forms.js`; `content`, `button` and `attributes` are HTML."""
    return (
        f'<form data-method="{method}" data-path="{escape(path)}" {attributes}>{content}'
        f'<p class="problem" role="alert"></p><button class="button {classes}">{button}</button>'
        f'<output role="status"></output></form>'
    )
