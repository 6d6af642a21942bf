"""The schedule's entries and pauses as HTML, and the forms that change them for those who may."""

from __future__ import annotations

import json
import secrets
from collections.abc import Container, Mapping
from html import escape
from typing import Any

from carebot.tablet import timetable_words as words
from carebot.tablet.caring import CareView, Offer, ScheduleLine
from carebot.tablet.language import Texts
from carebot.tablet.page_routines import spoken_value
from carebot.tablet.pictures import icon
from carebot.tablet.routine_form import Fields, fold, form, option
from carebot.tablet.taken_out import TakenOut

TIMES = 4
"""How many times of day a form offers at least."""
NEVER_SCHEDULED = ("fall_response",)
"""Classes of routines that the schedule does not start."""


class ScheduleForms:
    """One browser's forms. After each change they are the same ones, so that what somebody types stays in them."""

    def __init__(self, texts: Texts, may_write: bool, taken_out: TakenOut) -> None:
        self._texts, self._may_write, self._taken_out = texts, may_write, taken_out
        self._next_ids: dict[str, str] = {}

    def entries(self, care: CareView) -> str:
        """Every entry with its form, then one for each routine that can be added."""
        fields = Fields(self._texts, "entry")
        t = fields.t
        reason = care.schedule.fault
        fault = f'<p class="problem" role="alert">{t("schedule_not_recorded", reason=reason)}</p>' if reason else ""
        known = {each.id for each in care.schedule.entries}
        gone = self._taken_out.entries(known) if self._may_write else []
        lines = sorted((*care.schedule.entries, *gone), key=lambda each: each.id)
        shown = "".join(self._entry(each, care, fields) for each in lines) or f'<p class="soft">{t("no_entries")}</p>'
        if not self._may_write:
            return f'{fault}{shown}<p class="soft">{t("schedule_read_only")}</p>'
        offers = [each for each in care.offers if each.priority not in NEVER_SCHEDULED]
        new = "".join(self._new(each, known, fields) for each in offers)
        return f'{fault}{shown}<div class="new" data-key="+">{fold(t("new_entry"), new, "add", "new")}</div>'

    def pauses(self, care: CareView) -> str:
        """Every pause, then a form for a new one."""
        fields = Fields(self._texts, "pause")
        t = fields.t
        shown = (
            "".join(self._pause(each, fields) for each in care.schedule.pauses)
            or f'<p class="soft">{t("no_pauses")}</p>'
        )
        if not self._may_write:
            return shown
        return (
            f'{shown}<div class="new" data-key="+">{fold(t("new_pause"), self._new_pause(care, fields), "add")}</div>'
        )

    def _entry(self, line: ScheduleLine, care: CareView, fields: Fields) -> str:
        content, t = line.content, fields.t
        offer = care.offer(str(content.get("routine", "")))
        name = offer.spoken(self._texts.language) if offer else str(content.get("routine", ""))
        rests = not content.get("enabled", True) and not line.is_removed
        state = t("entry_removed") if line.is_removed else t("entry_rests") if rests else ""
        title = (
            f"{icon(str(content.get('routine', '')), offer.priority if offer else '')}"
            f'<span class="name">{escape(name)}{_whom(offer, content, self._texts)}'
            f"<small>{escape(words.due_words(content, self._texts))}"
            f"{' · <b>' + state + '</b>' if state else ''}</small></span>"
        )
        body = self._origin(line, fields)
        if self._may_write and offer is not None:
            body += self._changes(line, offer, rests, fields)
        return fold(title, body, f"entry{' gone' if line.is_removed or rests else ''}", line.id)

    def _origin(self, line: ScheduleLine, fields: Fields) -> str:
        t = fields.t
        if not line.changed_by:
            return f'<p class="soft">{t("from_site_file")}</p>'
        key = "removed_by" if line.is_removed else "changed_by" if line.is_in_file else "added_by"
        return f'<p class="soft">{t(key, name=line.changed_by)} <time data-at="{line.changed_at_s:.0f}"></time></p>'

    def _changes(self, line: ScheduleLine, offer: Offer, rests: bool, fields: Fields) -> str:
        t, path = fields.t, f"/api/v1/schedule/entries/{line.id}"
        restore = form("POST", f"{path}/restore", "", t("restore"), "data-stay data-sure" + _really(fields))
        content = fields.given(offer, line.content.get("with", {})) + self._when(line.content, fields)
        stays = self._stays(f"entry {line.id}")
        if line.is_removed:  # the same form as before, so that what somebody was typing stays in it
            fixed = _fixed({"id": line.id, "routine": offer.name}) + stays
            anew = form("POST", "/api/v1/schedule/entries", content, t("add_anew"), fixed, "coming", key="form")
            told = f"<p role='alert'>{t('taken_meanwhile', name=line.changed_by or self._texts('somebody'))}</p>"
            return f"{fold(t('add_anew_fold'), told + anew, key='edit')}{restore if line.is_in_file else ''}"
        fixed = _fixed({"routine": offer.name, "enabled": not rests}) + stays
        edit = fold(t("change_entry"), form("PUT", path, content, t("save"), fixed, "coming", key="form"), key="edit")
        rest = "data-stay " + _fixed(_body({**line.content, "enabled": rests}))
        ways = form("PUT", path, "", t("entry_go_on" if rests else "entry_rest"), rest, key="rest")
        ways += form("DELETE", path, "", t("remove"), "data-stay data-sure" + _really(fields))
        ways += restore if line.is_in_file and line.changed_by else ""
        return f'{edit}<div class="row">{ways}</div>'

    def _stays(self, draft: str) -> str:
        """What was taken is said in the form, which is empty again; what is only typed so far is `draft`."""
        done = escape(self._texts("schedule_saved"))
        return f' data-stay data-resets data-done="{done}" data-draft="{escape(draft)}"'

    def _next_id(self, routine: str, known: Container[str]) -> str:
        """The id of an entry that is not there yet: the same one until it is."""
        found = self._next_ids.get(routine, "")
        if not found or found in known:
            found = f"{routine.replace('_', '-')}-{secrets.token_hex(4)}"
            self._next_ids[routine] = found
        return found

    def _new(self, offer: Offer, known: Container[str], fields: Fields) -> str:
        content = fields.given(offer) + self._when({}, fields)
        fixed = _fixed({"id": self._next_id(offer.name, known), "routine": offer.name})
        fixed += self._stays(f"new {offer.name}")
        made = form("POST", "/api/v1/schedule/entries", content, fields.t("add"), fixed, "coming")
        title = (
            f'{icon(offer.name, offer.priority)}<span class="name">{escape(offer.spoken(self._texts.language))}</span>'
        )
        return fold(title, made, "tile", offer.name)

    def _when(self, content: Mapping[str, Any], fields: Fields) -> str:
        """At times of day, or every so often; an entry by cron keeps its line."""
        t = fields.t
        way = next((each for each in ("at", "every_s", "cron") if content.get(each)), "at")
        parts = {"at": self._at(content, fields), "every_s": self._every(content, fields)}
        if way == "cron":
            line = f'<input id="{{id}}" name="cron" maxlength="100" value="{escape(str(content["cron"]))}" required>'
            parts["cron"] = fields.labelled(self._texts("due_by_cron"), line)
        choices = "".join(
            '<label class="check">'
            f'<input type="radio" name="way" data-way="{each}"{" checked" if each == way else ""}>'
            f"<span>{t(f'way_{each}')}</span></label>"
            for each in parts
        )
        sets = "".join(
            f'<fieldset data-of-way="{each}"{"" if each == way else " disabled"}>'
            f"<legend>{t(f'way_{each}')}</legend>{part}</fieldset>"
            for each, part in parts.items()
        )
        ways = f'<fieldset class="ways-of"><legend>{t("when_due")}</legend>{choices}</fieldset>'
        return f"{ways}{sets}{self._more(content, fields)}"

    def _at(self, content: Mapping[str, Any], fields: Fields) -> str:
        t, times = fields.t, list(content.get("at", ()))
        shown = times + [""] * max(1 if times else 0, TIMES - len(times))
        inputs = "".join(
            f'<input type="time" name="at[]" value="{escape(each)}" aria-label="{t("time_number", number=number)}"'
            f"{' required' if number == 1 else ''}>"
            for number, each in enumerate(shown, 1)
        )
        days = content.get("days", ())
        boxes = "".join(fields.box("days[]", day, self._texts(f"day_{day}"), day in days) for day in words.WEEK)
        return (
            f'<div class="times">{inputs}</div><fieldset class="week"><legend>{t("on_days")}</legend>{boxes}'
            f'<p class="soft">{t("no_day_is_every_day")}</p></fieldset>'
        )

    def _every(self, content: Mapping[str, Any], fields: Fields) -> str:
        minutes = f"{float(content.get('every_s') or 7200) / 60:g}"
        limits = 'data-times="60" min="1" max="10080" step="any" required'
        every = f'<input id="{{id}}" type="number" name="every_s" {limits} value="{minutes}">'
        begin, end = content.get("between") or ("", "")
        between = "".join(
            fields.labelled(
                self._texts(key), f'<input id="{{id}}" type="time" name="between[]" value="{escape(each)}">'
            )
            for key, each in (("from_time", begin), ("until_time", end))
        )
        return fields.labelled(self._texts("every_minutes"), every) + between

    def _more(self, content: Mapping[str, Any], fields: Fields) -> str:
        days = "".join(
            fields.labelled(
                self._texts(key),
                f'<input id="{{id}}" type="date" name="{key}" value="{escape(str(content.get(key) or ""))}">',
            )
            for key in ("from_day", "until_day")
        )
        missed = str(content.get("if_missed", "run"))
        options = "".join(
            option(each, self._texts(f"missed_{each}"), each == missed) for each in ("run", "tell", "skip")
        )
        late = (
            ""
            if "run_within_s" not in content
            else f'<input type="hidden" name="run_within_s" data-times="1" value="{float(content["run_within_s"]):g}">'
        )
        select = fields.labelled(self._texts("if_missed"), f'<select id="{{id}}" name="if_missed">{options}</select>')
        return fold(fields.t("more_fields"), days + select + late)

    def _pause(self, line: ScheduleLine, fields: Fields) -> str:
        t, content = fields.t, line.content
        whom = content.get("resident") or ", ".join(content.get("entries", ())) or self._texts("whole_schedule")
        first, last = (words.written_date(content.get(key, ""), self._texts) for key in ("first_day", "last_day"))
        days = self._texts("pause_days", first=first, last=last)
        gone = f" · <b>{t('entry_removed')}</b>" if line.is_removed else ""
        about = f"<small>{escape(days)} · {escape(str(whom))}{gone}</small>"
        title = f'<span class="name">{escape(str(content.get("reason", "")))}{about}</span>'
        body = self._origin(line, fields)
        if self._may_write:
            path, sure = f"/api/v1/schedule/pauses/{line.id}", "data-stay data-sure" + _really(fields)
            restore = form("POST", f"{path}/restore", "", t("restore"), sure)
            body += restore if line.is_removed else form("DELETE", path, "", t("end_pause"), sure)
        return fold(title, body, f"entry{' gone' if line.is_removed else ''}", line.id)

    def _new_pause(self, care: CareView, fields: Fields) -> str:
        t = self._texts
        residents = dict.fromkeys(
            choice.value
            for offer in care.offers
            for each in offer.parameters
            if each.kind == "resident"
            for choice in each.choices
        )
        options = option("", t("whole_schedule"), True) + "".join(option(each, each, False) for each in residents)
        content = "".join(
            fields.labelled(t(key), f'<input id="{{id}}" type="date" name="{key}" required>')
            for key in ("first_day", "last_day")
        )
        reasons = "".join(
            f"<option>{fields.t(key)}</option>" for key in ("reason_hospital", "reason_holiday", "reason_family")
        )
        content += fields.labelled(
            t("pause_reason"),
            f'<input id="{{id}}" name="reason" maxlength="200" list="reasons" autocomplete="off" required>'
            f'<datalist id="reasons">{reasons}</datalist>',
        )
        content += fields.labelled(t("pause_of"), f'<select id="{{id}}" name="resident">{options}</select>')
        return form("POST", "/api/v1/schedule/pauses", content, fields.t("add"), self._stays("pause"), "coming")


def _whom(offer: Offer | None, content: Mapping[str, Any], texts: Texts) -> str:
    given = content.get("with", {})
    if offer is None:
        return ""
    kinds = ("resident", "text", "choice")
    told = [
        spoken_value(offer, each.name, given[each.name], texts)
        for each in offer.parameters
        if each.kind in kinds and given.get(each.name)
    ]
    return f": {escape(' · '.join(told))}" if told else ""


def _body(content: Mapping[str, Any]) -> dict[str, Any]:
    """An entry of the site file as the API takes it."""
    body = {key: value for key, value in content.items() if key not in ("id", "with")}
    return {**body, "parameters": content.get("with", {})}


def _fixed(values: Mapping[str, Any]) -> str:
    return f'data-fixed="{escape(json.dumps(values, ensure_ascii=False))}"'


def _really(fields: Fields) -> str:
    return f' data-really="{fields.t("really")}"'
