"""The fields in which a routine's parameters are given, as HTML whose names `forms.js` puts into the API's body."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from carebot.tablet.caring import Offer, Parameter
from carebot.tablet.language import Texts
from carebot.tablet.refusals import label_of


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


def fold(title: str, content: str, classes: str = "", key: str = "") -> str:
    """`title` and `content` are HTML; `key` tells it from those beside it."""
    return f'<details class="{classes}"{keyed(key)}><summary>{title}</summary>{content}</details>'


def keyed(key: str) -> str:
    """What makes an element the same one after a change of the page, wherever it has moved."""
    return f' data-key="{escape(key)}"' if key else ""


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


def form(
    method: str, path: str, content: str, button: str, attributes: str = "", classes: str = "plain", key: str = ""
) -> str:
    """A form of `forms.js`; `content`, `button` and `attributes` are HTML. It is `key` among those beside it.

    None of these many is a landmark: a screen reader's list of them would be as long as the page.
    """
    return (
        f'<form role="none" data-method="{method}" data-path="{escape(path)}"{keyed(key or button)} {attributes}>'
        f"{content}"
        f'<p class="problem" role="alert"></p><button class="button {classes}">{button}</button>'
        '<div class="outcome" role="status"></div></form>'
    )
