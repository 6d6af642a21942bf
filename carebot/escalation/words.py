"""What a message says, in the language of whoever reads it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from carebot.alert_words import why_in
from carebot.alert_words.where import where_in
from carebot.alerts import Alert
from carebot.escalation.escalate import DRILL, Telling
from carebot.escalation.plan import Caregiver, EscalationPlan
from carebot.records.outbox import Message, Purpose
from carebot.site.file import Site
from carebot.site.values import Language

LATE_S = 60.0
"""A message that leaves later than this after its cause says so."""


def composed(telling: Telling, alert: Alert, plan: EscalationPlan, site: Site) -> tuple[str, str]:
    """Title and body of a message, before what only its sending can know; `site` names the rooms."""
    texts = texts_for(plan, telling.who)
    name = alert.acknowledged_by or alert.resolved_by
    if telling.purpose is Purpose.ANSWERED:
        body = texts["answered"].format(name=name, time=clock_time(alert.raised_at_s, plan))
        return _marked(texts["answered_title"].format(name=name), alert, texts), body
    title = texts.get(f"kind_{alert.kind}", texts["kind_other"])
    key = "again" if telling.round or telling.level else "alarm"
    reason = texts["drill_body"] if alert.kind == DRILL else what_and_where(alert, site, language_of(plan, telling.who))
    body = texts[key].format(reason=reason, time=clock_time(alert.raised_at_s, plan))
    return _marked(title, alert, texts), body


def trial(person: Caregiver) -> tuple[str, str]:
    """Title and body of a message by which somebody tries whether another one is reached."""
    texts = catalogue()[person.language]
    return f"{texts['drill']}: {texts['trial_title']}", texts["trial"].format(name=person.name)


def as_sent(message: Message, alert: Alert | None, plan: EscalationPlan, now_s: float) -> tuple[str, str]:
    """Title and body as they leave now: marked where it is late, was perhaps sent before, or is answered meanwhile."""
    texts = texts_for(plan, message.who)
    title, body = message.title, message.body
    if now_s - message.queued_at_s > LATE_S:
        title = f"{texts['late'].format(time=clock_time(message.queued_at_s, plan))}: {title}"
    name = (alert.acknowledged_by or alert.resolved_by) if alert is not None else ""
    if name and message.purpose is Purpose.ALARM:
        body = f"{body} {texts['meanwhile'].format(name=name)}"
    if message.may_be_repeated:
        body = f"{body} {texts['repeated']}"
    return title, body


def aloud(key: str, language: str, **values: str) -> str:
    """A sentence for the loudspeaker."""
    return catalogue()[language][f"aloud_{key}"].format(**values)


def texts_for(plan: EscalationPlan, who: str) -> dict[str, str]:
    """The texts in the language of the caregiver `who`."""
    return catalogue()[language_of(plan, who)]


def language_of(plan: EscalationPlan, who: str) -> Language:
    """In which the caregiver `who` reads."""
    person = plan.caregiver(who)
    return person.language if person else "en"


def what_and_where(alert: Alert, site: Site, language: Language) -> str:
    """Why the alert was raised, and in which room the person is where that is known."""
    why, where = why_in(alert, language), where_in(alert, site, language)
    return catalogue()[language]["where"].format(why=why, room=where) if where else why


def clock_time(at_s: float, plan: EscalationPlan) -> str:
    """The local time of the site, with the day: whoever reads it late must not take it for today's."""
    return datetime.fromtimestamp(at_s, ZoneInfo(plan.time_zone)).strftime("%Y-%m-%d %H:%M")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts by language and key."""
    content: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text("utf-8"))
    return content


def _marked(title: str, alert: Alert, texts: dict[str, str]) -> str:
    return f"{texts['drill']}: {title}" if alert.kind == DRILL else title
