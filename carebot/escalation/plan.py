"""The part of the site file that says who is called: caregivers, the ways to reach them, chains and relays."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from typing_extensions import Self

from carebot.config import FileModel, check, read_mapping
from carebot.errors import ConfigError
from carebot.site.values import Language, Relation, TimeZone

TABLET = "tablet"
RELAY_PREFIX = "relay:"
VARIABLE_PREFIX = "env:"
DEFAULT_CHAIN = "default"


class Caregiver(FileModel):
    """A person, or a desk where somebody always is. `reach` names each way by which they hear of something.

    A way is an Apprise address (`mailtos://…`, `ntfys://…`, `line://…`), `env:NAME` (the address is in that environment
    variable), `tablet` (the alarm in carebot's app), or `relay:NAME` (a contact that closes, for a nurse call).
    `relation` is what they are to the resident, so that "call my daughter" finds them.
    """

    name: str = Field(min_length=1, max_length=200)
    language: Language = "en"
    relation: Relation | None = None
    reach: dict[str, str] = Field(min_length=1)


class Tell(FileModel):
    """Who is told at one level, and by which of their ways; all of them where none is named."""

    who: str
    by: tuple[str, ...] = ()


class Level(FileModel):
    """Who is told at the same time, and how long they have before the next level; the last one is repeated."""

    tell: tuple[Tell, ...] = Field(min_length=1)
    for_s: Annotated[float, Field(ge=5, le=86_400)]


class Relay(FileModel):
    """A relay board on a serial port, whose contact closes for `close_for_s`; `lcus` is the usual USB board (CH340)."""

    port: str = Field(min_length=1)
    board: Literal["lcus"] = "lcus"
    channel: Annotated[int, Field(ge=1, le=16)] = 1
    close_for_s: Annotated[float, Field(gt=0, le=15)] = 2.0


class EscalationPlan(FileModel):
    """Who is told of what. `escalation` is one chain of levels for each kind of alert; `default` is for all others."""

    time_zone: TimeZone = "UTC"
    caregivers: tuple[Caregiver, ...] = ()
    escalation: dict[str, tuple[Level, ...]] = Field(default_factory=dict)
    relays: dict[str, Relay] = Field(default_factory=dict)
    tell_when_answered: bool = True

    @field_validator("caregivers")
    @classmethod
    def _names_are_unique(cls, caregivers: tuple[Caregiver, ...]) -> tuple[Caregiver, ...]:
        twice = [name for name, count in Counter(person.name for person in caregivers).items() if count > 1]
        if twice:
            raise ValueError(f"two caregivers are called '{twice[0]}': tell them apart")
        return caregivers

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        for person in self.caregivers:
            for way, address in person.reach.items():
                self._check_address(person.name, way, address)
        for name, levels in self.escalation.items():
            if not levels:
                raise ValueError(f"escalation.{name} has no level: name at least one person")
            for number, level in enumerate(levels):
                for tell in level.tell:
                    self._check_tell(f"escalation.{name}.{number}", tell)
        if self.escalation and DEFAULT_CHAIN not in self.escalation:
            raise ValueError("escalation has no chain called 'default', for kinds of alert that have none of their own")
        return self

    def caregiver(self, name: str) -> Caregiver | None:
        """The person called `name`."""
        return next((person for person in self.caregivers if person.name == name), None)

    def first_called(self) -> tuple[str, ...]:
        """Who hears first of what has no chain of its own."""
        levels = self.levels(DEFAULT_CHAIN)
        return tuple(dict.fromkeys(tell.who for tell in levels[0].tell)) if levels else ()

    def chain_for(self, kind: str) -> str:
        """The name of the chain for alerts of `kind`."""
        return kind if kind in self.escalation else DEFAULT_CHAIN

    def levels(self, chain: str) -> tuple[Level, ...]:
        """The levels of `chain`; where a file was changed meanwhile, those of the default."""
        return self.escalation.get(chain) or self.escalation.get(DEFAULT_CHAIN, ())

    def ways(self, tell: Tell) -> tuple[str, ...]:
        """By what the person of `tell` is told."""
        person = self.caregiver(tell.who)
        return tell.by or (tuple(person.reach) if person else ())

    def address(self, who: str, by: str) -> str | None:
        """Where `who` is reached by the way `by`; None where the file no longer knows."""
        person = self.caregiver(who)
        address = person.reach.get(by) if person else None
        if address and address.startswith(VARIABLE_PREFIX):
            return os.environ.get(address.removeprefix(VARIABLE_PREFIX))
        return address

    def _check_tell(self, where: str, tell: Tell) -> None:
        person = self.caregiver(tell.who)
        if person is None:
            known = ", ".join(each.name for each in self.caregivers) or "nobody yet"
            raise ValueError(f"{where} tells '{tell.who}', who is not among the caregivers ({known})")
        for way in tell.by:
            if way not in person.reach:
                known = ", ".join(person.reach)
                raise ValueError(f"{where} tells {tell.who} by '{way}', which is not in their reach ({known})")

    def _check_address(self, who: str, way: str, address: str) -> None:
        where = f"caregivers: {who}: reach.{way}"
        if address.startswith(RELAY_PREFIX):
            name = address.removeprefix(RELAY_PREFIX)
            if name not in self.relays:
                raise ValueError(f"{where} names the relay '{name}', which is not among relays")
        elif address.startswith(VARIABLE_PREFIX):
            variable = address.removeprefix(VARIABLE_PREFIX)
            if variable not in os.environ:
                raise ValueError(f"{where}: the environment variable {variable} is not set")
            self._check_apprise(where, os.environ[variable])
        elif address != TABLET:
            self._check_apprise(where, address)

    @staticmethod
    def _check_apprise(where: str, address: str) -> None:
        if not is_apprise(address):
            kind = address.partition("://")[0] if "://" in address else "it has no ://"
            raise ValueError(f"{where} is no address that Apprise can use ({kind[:20]}): see docs/escalation.md")


def is_apprise(address: str) -> bool:
    """Whether Apprise knows what to do with that address."""
    import apprise

    with apprise.LogCapture(level=apprise.logging.WARNING):  # type: ignore[no-untyped-call]  # may hold passwords
        return bool(apprise.Apprise().add(address))


def load_plan(path: Path) -> EscalationPlan:
    """The plan in the site file `path`; its other keys belong to others. Raises ConfigError naming the file and key."""
    content = read_mapping(path)
    own = {key: value for key, value in content.items() if key in EscalationPlan.model_fields}
    return without_secrets(own, path)


def without_secrets(content: dict[str, Any], path: Path) -> EscalationPlan:
    """`content` as a plan; what is refused is told without its value, which may be a password."""
    try:
        return check(content, EscalationPlan, path)
    except ConfigError as error:
        sentence = str(error)
        raise ConfigError(
            sentence.rpartition(", but it is ")[0].rstrip(".") + "." if _shows(sentence) else sentence
        ) from None


def _shows(sentence: str) -> bool:
    return ", but it is " in sentence and ("://" in sentence.rpartition(", but it is ")[2] or "{" in sentence)
