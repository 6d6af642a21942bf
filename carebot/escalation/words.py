"""What a message says, in the language of whoever reads it."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from carebot.alerts import Alert
from carebot.escalation.escalate import DRILL, Telling
from carebot.escalation.plan import Caregiver, EscalationPlan
from carebot.records.outbox import Message, Purpose

LATE_S = 60.0
"""A message that leaves later than this after its cause says so."""


def composed(telling: Telling, alert: Alert, plan: EscalationPlan) -> tuple[str, str]:
    """Title and body of a message, before what only its sending can know."""
    texts = texts_for(plan, telling.who)
    name = alert.acknowledged_by or alert.resolved_by
    if telling.purpose is Purpose.ANSWERED:
        body = texts["answered"].format(name=name, time=clock_time(alert.raised_at_s, plan))
        return _marked(texts["answered_title"].format(name=name), alert, texts), body
    title = texts.get(f"kind_{alert.kind}", texts["kind_other"])
    key = "again" if telling.round or telling.level else "alarm"
    reason = texts["drill_body"] if alert.kind == DRILL else sentence(alert.reason)
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
    person = plan.caregiver(who)
    return catalogue()[person.language if person else "en"]


def clock_time(at_s: float, plan: EscalationPlan) -> str:
    """The local time of the site, with the day: whoever reads it late must not take it for today's."""
    return datetime.fromtimestamp(at_s, ZoneInfo(plan.time_zone)).strftime("%Y-%m-%d %H:%M")


def sentence(reason: str) -> str:
    """`reason` beginning with a capital letter and ending in a full stop."""
    text = reason.strip()
    return text if not text else text[0].upper() + text[1:] + ("" if text[-1] in ".!?。" else ".")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts by language and key."""
    content: dict[str, dict[str, str]] = yaml.safe_load(Path(__file__).with_name("texts.yaml").read_text("utf-8"))
    return content


def _marked(title: str, alert: Alert, texts: dict[str, str]) -> str:
    return f"{texts['drill']}: {title}" if alert.kind == DRILL else title
