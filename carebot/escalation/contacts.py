"""Caregivers and chains as a nurse in charge changes them: each change gives a whole new plan, or says why not.

No change leaves an alert without anybody to tell: the last level of a chain, which is repeated for ever, keeps
somebody. An earlier level that is left without anybody is taken out: those after it are called that much sooner.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from pydantic import ValidationError

from carebot.escalation.plan import (
    DEFAULT_CHAIN,
    RELAY_PREFIX,
    TABLET,
    VARIABLE_PREFIX,
    Caregiver,
    EscalationPlan,
    Level,
    Tell,
    is_apprise,
)
from carebot.printable import LONGEST_NAME, printable

MOST_CONTACTS = 100
MOST_WAYS = 10
LONGEST_ADDRESS = 2000
NEW_LEVEL_S = 120.0
HINT_FROM = 8
"""An address shows its last two signs only where they are few among at least this many."""
_SHOWN_NOWHERE = {"dbus", "gdbus", "glib", "gnome", "kde", "macosx", "qt", "rsyslog", "syslog", "windows"}
"""Services of Apprise that write on a screen or into a log of this machine: nobody is told."""


class ContactError(ValueError):
    """Why contacts cannot be changed so: `code` and `values` for programs, and a sentence."""

    def __init__(self, code: str, sentence: str, **values: str) -> None:
        super().__init__(sentence)
        self.code, self.values = code, values


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be changed of a contact; None leaves it as it is. `reach` sets ways, `drop` takes some out.

    `calls` are all the levels at which they are called, as `CHAIN/NUMBER` from 1; one more than there are makes a new
    last level, which has `new_level_s`.
    """

    name: str | None = None
    language: str | None = None
    relation: str | None = None
    reach: Mapping[str, str] = field(default_factory=dict)
    drop: Sequence[str] = ()
    calls: Sequence[str] | None = None
    new_level_s: float = NEW_LEVEL_S


def contact_id(name: str) -> str:
    """What an address of the API calls them: names may hold any sign."""
    return hashlib.sha256(name.encode()).hexdigest()[:16]


def contact(plan: EscalationPlan, identity: str) -> Caregiver:
    """The contact of that id; raises ContactError."""
    for person in plan.caregivers:
        if contact_id(person.name) == identity:
            return person
    raise ContactError("contact_unknown", "There is no such contact any more: look at the list again.")


def calls_of(plan: EscalationPlan, name: str) -> list[str]:
    """The levels at which somebody is called, as `CHAIN/NUMBER` from 1."""
    return [
        f"{chain}/{number}"
        for chain, levels in plan.escalation.items()
        for number, level in enumerate(levels, 1)
        if any(tell.who == name for tell in level.tell)
    ]


def added(plan: EscalationPlan, wanted: Wanted) -> EscalationPlan:
    """With one contact more; raises ContactError."""
    name = _good_name(plan, wanted.name or "")
    if len(plan.caregivers) >= MOST_CONTACTS:
        raise ContactError("contacts_many", f"There are {MOST_CONTACTS} contacts already: remove one first.")
    person = _with_wishes(plan, {"name": name, "language": "en", "relation": None, "reach": {}}, wanted)
    chains = _called_at(plan.escalation, name, wanted.calls or (), wanted.new_level_s)
    return _checked(plan, (*plan.caregivers, person), chains)


def changed(plan: EscalationPlan, identity: str, wanted: Wanted) -> EscalationPlan:
    """With one contact changed; raises ContactError."""
    before = contact(plan, identity)
    name = before.name if wanted.name in (None, before.name) else _good_name(plan, wanted.name or "")
    person = _with_wishes(plan, {**before.model_dump(), "name": name}, wanted)
    chains = _renamed(plan.escalation, before.name, person)
    if wanted.calls is not None:
        chains = _called_at(chains, name, wanted.calls, wanted.new_level_s)
    people = tuple(person if each is before else each for each in plan.caregivers)
    return _checked(plan, people, chains)


def removed(plan: EscalationPlan, identity: str) -> EscalationPlan:
    """Without one contact; raises ContactError."""
    gone = contact(plan, identity)
    chains = _called_at(plan.escalation, gone.name, (), NEW_LEVEL_S)
    return _checked(plan, tuple(each for each in plan.caregivers if each is not gone), chains)


def masked(address: str) -> str:
    """An address as a page may show it: enough to tell two apart, too little to call, log in or read along."""
    if address == TABLET or address.startswith((RELAY_PREFIX, VARIABLE_PREFIX)):
        return address
    kind, colon, rest = address.partition("://")
    plain = re.split(r"[?#]", rest)[0].rstrip("/")
    hint = plain[-2:] if colon and len(plain) >= HINT_FROM else ""
    return f"{kind[:20]}://…{hint}" if colon else "…"


def without_address(sentence: str, address: str) -> str:
    """What a service said, without the parts of the address that it may have repeated."""
    _, _, rest = address.partition("://")
    parts = {part for text in (rest, unquote(rest)) for part in re.split(r"[/:@?&=,;#\s]+", text) if len(part) >= 4}
    parts |= {digits for part in parts if len(digits := re.sub(r"\D", "", part)) >= 4}
    for part in sorted(parts, key=len, reverse=True):
        sentence = sentence.replace(part, "…")
    return sentence


# how a plan is made anew

Chains = Mapping[str, tuple[Level, ...]]


def _good_name(plan: EscalationPlan, name: str) -> str:
    name = printable(name)
    if not name or len(name) > LONGEST_NAME:
        raise ContactError("contact_name", f"A contact needs a name of at most {LONGEST_NAME} signs.")
    if plan.caregiver(name) is not None:
        raise ContactError("contact_exists", f"There is a contact called {name} already: use another name.", name=name)
    return name


def _with_wishes(plan: EscalationPlan, content: dict[str, Any], wanted: Wanted) -> Caregiver:
    for way in wanted.drop:
        if way not in content["reach"]:
            raise ContactError("way_unknown", f"They have no way called '{way[:40]}'.", way=way[:40])
    held = dict(content["reach"])
    for way, address in wanted.reach.items():
        _check_way(plan, way, address)
    reach = {way: address for way, address in held.items() if way not in wanted.drop} | dict(wanted.reach)
    if not reach:
        raise ContactError("contact_no_way", "A contact needs at least one way by which they are reached.")
    if len(reach) > MOST_WAYS:
        raise ContactError("ways_many", f"A contact has at most {MOST_WAYS} ways.")
    content["reach"] = reach
    if wanted.language is not None:
        content["language"] = wanted.language
    if wanted.relation is not None:
        content["relation"] = wanted.relation or None
    return _as_caregiver(content)


def _as_caregiver(content: Mapping[str, Any]) -> Caregiver:
    try:
        return Caregiver.model_validate(content)
    except ValidationError as error:  # without the values, which may be secrets
        keys = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise ContactError("contact_invalid", f"{keys} cannot be used.", key=keys) from None


def _check_way(plan: EscalationPlan, way: str, address: str) -> None:
    kind = address.partition("://")[0][:20] if "://" in address else ""
    is_good = way.strip() and len(way) <= 40 and way.isprintable() and address.isprintable()
    if not is_good or not _is_usable(plan, address, kind):
        raise ContactError(
            "address_refused", f"The address for '{way[:40]}' is none that can be used.", way=way[:40], kind=kind
        )


def _is_usable(plan: EscalationPlan, address: str, kind: str) -> bool:
    if address == TABLET:
        return True
    if address.startswith(RELAY_PREFIX):
        return address.removeprefix(RELAY_PREFIX) in plan.relays
    if len(address) > LONGEST_ADDRESS or kind.lower() in _SHOWN_NOWHERE:
        return False
    # Which variables this machine has is no caregiver's to find out: those that the operator named may be used again.
    if address.startswith(VARIABLE_PREFIX):
        return any(address in each.reach.values() for each in plan.caregivers)
    return is_apprise(address)


def _renamed(chains: Chains, before: str, person: Caregiver) -> Chains:
    """The chains with the person under their present name and ways; a `by` that names none any more means all."""

    def told(tell: Tell) -> Tell:
        if tell.who != before:
            return tell
        return Tell(who=person.name, by=tuple(way for way in tell.by if way in person.reach))

    return _each_level(chains, lambda level: tuple(told(tell) for tell in level.tell))


def _called_at(chains: Chains, name: str, calls: Iterable[str], new_level_s: float) -> Chains:
    """The chains in which `name` is told at exactly these levels."""
    wanted = [_place(chains, each) for each in dict.fromkeys(calls)]
    made: dict[str, tuple[Level, ...]] = {}
    for chain in dict.fromkeys((*chains, *(chain for chain, _ in wanted))):
        numbers = {number for each, number in wanted if each == chain}
        levels = [_level_with(level, name, number in numbers) for number, level in enumerate(chains.get(chain, ()), 1)]
        if len(levels) + 1 in numbers:
            levels.append(Level(tell=(Tell(who=name),), for_s=new_level_s))
        if levels and levels[-1] is None:
            raise ContactError(
                "contact_last", f"Then nobody would be left at the last level of {chain}: name somebody else first.",
                chain=chain,
            )  # fmt: skip
        made[chain] = tuple(level for level in levels if level is not None)
    return made


def _place(chains: Chains, call: str) -> tuple[str, int]:
    chain, _, number = call.rpartition("/")
    known = chains.get(chain, () if chain == DEFAULT_CHAIN and not chains else None)
    if known is None or not number.isdecimal() or not 1 <= int(number) <= len(known) + 1:
        raise ContactError("level_unknown", f"There is no level '{call[:60]}': look at the chains again.")
    return chain, int(number)


def _level_with(level: Level, name: str, is_called: bool) -> Level | None:
    """The level with or without that person; None where nobody is left."""
    others = tuple(tell for tell in level.tell if tell.who != name)
    own = tuple(tell for tell in level.tell if tell.who == name)
    if is_called:
        return level if own else level.model_copy(update={"tell": (*level.tell, Tell(who=name))})
    return level.model_copy(update={"tell": others}) if others else None


def _each_level(chains: Chains, told: Callable[[Level], tuple[Tell, ...]]) -> Chains:
    return {
        chain: tuple(level.model_copy(update={"tell": told(level)}) for level in levels)
        for chain, levels in chains.items()
    }


def _checked(plan: EscalationPlan, people: tuple[Caregiver, ...], chains: Chains) -> EscalationPlan:
    content = plan.model_dump()
    content["caregivers"] = [person.model_dump() for person in people]
    content["escalation"] = {chain: [level.model_dump() for level in levels] for chain, levels in chains.items()}
    try:
        return EscalationPlan.model_validate(content)
    except ValidationError as error:
        words = str(error.errors()[0]["msg"]).removeprefix("Value error, ")
        raise ContactError("contact_invalid", f"{words}.", key="") from None
