"""What the app sees and asks of care about the house: who is called, and when nothing may disturb. No ROS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

HouseDeed = Literal[
    "add_contact",
    "change_contact",
    "remove_contact",
    "try_contact",
    "quiet_hours",
    "restore_contacts",
    "restore_quiet_hours",
]


@dataclass(frozen=True, slots=True)
class WayView:
    """One way by which somebody is reached; its address is masked."""

    way: str
    address: str


@dataclass(frozen=True, slots=True)
class TrialView:
    """What became of a trial message: waiting, under_way, sent, or given_up with `error`."""

    way: str
    state: str
    at_s: float
    error: str = ""

    @property
    def is_over(self) -> bool:
        return self.state in ("sent", "given_up")


@dataclass(frozen=True, slots=True)
class ContactView:
    """Somebody who is called; `calls` are their levels, as `CHAIN/NUMBER` from 1."""

    id: str
    name: str
    language: str
    relation: str
    ways: tuple[WayView, ...]
    calls: tuple[str, ...]
    trial: tuple[TrialView, ...] = ()


@dataclass(frozen=True, slots=True)
class LevelView:
    """Who is called at the same time, and how long they have."""

    for_s: float
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChainView:
    """The levels for one kind of alert; `default` is for all kinds that have none of their own."""

    name: str
    levels: tuple[LevelView, ...]


@dataclass(frozen=True, slots=True)
class ChangedView:
    """Who changed something last, and when (seconds since 1970 UTC)."""

    by: str
    at_s: float


@dataclass(frozen=True, slots=True)
class QuietView:
    """Quiet hours of the house (`resident` is empty) or of a resident, as pairs of times of day."""

    resident: str
    hours: tuple[tuple[str, str], ...]
    changed: ChangedView | None = None


@dataclass(frozen=True, slots=True)
class HouseView:
    """The house as care told it last; `is_known` is False where it never did: no site file is named."""

    is_known: bool = False
    revision: int = 0
    contacts: tuple[ContactView, ...] = ()
    chains: tuple[ChainView, ...] = ()
    relays: tuple[str, ...] = ()
    contacts_changed: ChangedView | None = None
    quiet: tuple[QuietView, ...] = ()
    warning: str = ""
    fault: str = ""

    def contact(self, identity: str) -> ContactView | None:
        return next((each for each in self.contacts if each.id == identity), None)


@dataclass(frozen=True, slots=True)
class HouseChange:
    """What `by` wants; a change of another revision than they have seen is refused (None: of whatever holds)."""

    what: HouseDeed
    subject: str
    by: str
    content: Mapping[str, Any] = field(default_factory=dict)
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class HouseOutcome:
    """What care says to it: `code` and `values` are why not, for programs."""

    accepted: bool
    code: str = ""
    message: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    id: str = ""


class HouseRobot(Protocol):
    """Care, as the app speaks to it: `house` returns at once, `change_house` waits for care."""

    def house(self) -> HouseView: ...

    async def change_house(self, change: HouseChange) -> HouseOutcome: ...


def house_view(content: Mapping[str, Any], revision: int, fault: str) -> HouseView:
    """What care tells of the house, as it was written into JSON."""
    return HouseView(
        True,
        revision,
        tuple(_contact(each) for each in content["contacts"]),
        tuple(_chain(each) for each in content["chains"]),
        tuple(content["relays"]),
        _changed(content["contacts_changed"]),
        tuple(_quiet(each) for each in content["quiet"]),
        content["warning"],
        fault,
    )


def _contact(told: Mapping[str, Any]) -> ContactView:
    ways = tuple(WayView(**each) for each in told["ways"])
    trial = tuple(TrialView(**each) for each in told["trial"])
    return ContactView(**{**told, "ways": ways, "calls": tuple(told["calls"]), "trial": trial})


def _chain(told: Mapping[str, Any]) -> ChainView:
    return ChainView(told["name"], tuple(LevelView(each["for_s"], tuple(each["who"])) for each in told["levels"]))


def _quiet(told: Mapping[str, Any]) -> QuietView:
    hours = tuple((each["from"], each["to"]) for each in told["hours"])
    return QuietView(told["resident"], hours, _changed(told["changed"]))


def _changed(told: Mapping[str, Any] | None) -> ChangedView | None:
    return ChangedView(**told) if told else None
