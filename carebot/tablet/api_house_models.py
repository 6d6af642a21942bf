"""The JSON of contacts and quiet hours."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, Field, StringConstraints

from carebot.site.values import Language, Relation
from carebot.tablet.api_care_models import TimeOfDay
from carebot.tablet.api_models import READABLE, Request, time_of
from carebot.tablet.house import ChangedView, ContactView, HouseView, QuietView

RELATIONS: tuple[str, ...] = get_args(Relation)
ContactName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=READABLE)]
Way = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Address = Annotated[str, StringConstraints(max_length=2000)]
Call = Annotated[str, StringConstraints(max_length=120, pattern="^[^/]+/[1-9][0-9]{0,3}$")]
RelationOrNone = Relation | Literal[""]
Calls = Annotated[list[Call], Field(max_length=200)]
Reach = Annotated[dict[Way, Address], Field(max_length=20)]
LevelSeconds = Annotated[float, Field(ge=5, le=86_400, strict=False)]


class ChangeMadeBody(BaseModel):
    """Who changed it last."""

    by: str
    at: datetime


class WayBody(BaseModel):
    """One way by which somebody is reached."""

    way: str = Field(examples=["phone"])
    address: str = Field(description="Masked: an address is never given back.", examples=["twilio://…42"])


class TrialBody(BaseModel):
    """What became of the latest trial message by one way."""

    way: str
    state: str = Field(examples=["waiting", "under_way", "sent", "given_up"])
    at: datetime
    error: str = Field(description="Why it did not arrive.")


class ContactBody(BaseModel):
    """Somebody who is called."""

    id: str
    name: str
    language: str
    relation: str = Field(description="What they are to the resident; empty where they are nothing.")
    ways: list[WayBody]
    calls: list[str] = Field(description="At which levels, as CHAIN/NUMBER from 1.", examples=[["default/1"]])
    trial: list[TrialBody]


class LevelBody(BaseModel):
    """Who is called at the same time, and how long they have before the next level."""

    seconds: float
    who: list[str]


class ChainBody(BaseModel):
    """The levels for one kind of alert; `default` is for all kinds that have none of their own."""

    name: str
    levels: list[LevelBody]


class ContactsBody(BaseModel):
    """Who is called."""

    revision: int = Field(description="Another one after each change; `If-Match` takes it in quotes.")
    contacts: list[ContactBody]
    chains: list[ChainBody]
    relays: list[str]
    changed: ChangeMadeBody | None = Field(description="Null where what the site file says holds.")
    live: bool = Field(description="False where care is silent: then nothing can be changed.")
    warning: str
    fault: str = Field(description="Why what was changed does not hold.")


class NewContactBody(Request):
    """Somebody who is to be called."""

    name: ContactName
    language: Language = "en"
    relation: RelationOrNone = ""
    reach: Reach = Field(description="Addresses by way: Apprise's, `tablet`, or `relay:NAME`.")
    calls: Calls = Field(
        default_factory=list,
        description="All their levels, as CHAIN/NUMBER from 1; one more than there are makes a new last level.",
    )
    new_level_s: LevelSeconds = Field(120.0, description="How long a new level has.")

    def content(self) -> dict[str, Any]:
        return self.model_dump()


class ChangedContactBody(Request):
    """What is to be another; what is left out stays as it is."""

    name: ContactName | None = None
    language: Language | None = None
    relation: RelationOrNone | None = None
    reach: Reach = Field(default_factory=dict, description="Ways to set; those that are not named stay as they are.")
    drop: Annotated[list[Way], Field(max_length=20)] = Field(default_factory=list, description="Ways to take out.")
    calls: Calls | None = None
    new_level_s: LevelSeconds = 120.0

    def content(self) -> dict[str, Any]:
        return self.model_dump()


class ContactChangedBody(BaseModel):
    """The contact's id, which is another one after a change of the name."""

    id: str
    revision: int


class SpanBody(Request):
    """From one time of day to another, over midnight where the second is the smaller; both are needed."""

    from_: TimeOfDay | None = Field(None, alias="from", examples=["21:00"])
    to: TimeOfDay | None = Field(None, examples=["07:00"])


class QuietBody(Request):
    """Quiet hours of the house, or of one resident: then they hold in place of the house's."""

    resident: str = Field("", max_length=300, description="As the site file names them; empty: the house.")
    hours: Annotated[list[SpanBody], Field(max_length=20)]

    def content(self) -> dict[str, Any]:
        return {"hours": [each.model_dump(by_alias=True, exclude_none=True) for each in self.hours]}


class RestoreQuietBody(Request):
    """Whose quiet hours are to be the site file's again."""

    resident: str = Field("", max_length=300)


class HeldSpanBody(BaseModel):
    """From one time of day to another."""

    from_: str = Field(serialization_alias="from")
    to: str


class HeldQuietBody(BaseModel):
    """Quiet hours as they hold; without any, a resident has those of the house."""

    resident: str
    hours: list[HeldSpanBody]
    changed: ChangeMadeBody | None = Field(description="Null where what the site file says holds.")


class QuietHoursBody(BaseModel):
    """When nothing may disturb, in the house and for each resident."""

    revision: int
    quiet: list[HeldQuietBody]
    live: bool


class SettledBody(BaseModel):
    """The change is on disk, and holds."""

    revision: int


def contacts_body(house: HouseView, live: bool) -> ContactsBody:
    return ContactsBody(
        revision=house.revision,
        contacts=[contact_body(each) for each in house.contacts],
        chains=[
            ChainBody(
                name=each.name,
                levels=[LevelBody(seconds=level.for_s, who=list(level.who)) for level in each.levels],
            )
            for each in house.chains
        ],
        relays=list(house.relays),
        changed=_changed(house.contacts_changed),
        live=live,
        warning=house.warning,
        fault=house.fault,
    )


def contact_body(one: ContactView) -> ContactBody:
    return ContactBody(
        id=one.id,
        name=one.name,
        language=one.language,
        relation=one.relation,
        ways=[WayBody(way=each.way, address=each.address) for each in one.ways],
        calls=list(one.calls),
        trial=[
            TrialBody(way=each.way, state=each.state, at=time_of(each.at_s), error=each.error) for each in one.trial
        ],
    )


def quiet_body(house: HouseView, live: bool) -> QuietHoursBody:
    return QuietHoursBody(revision=house.revision, quiet=[_held(each) for each in house.quiet], live=live)


def _held(one: QuietView) -> HeldQuietBody:
    hours = [HeldSpanBody(from_=begin, to=end) for begin, end in one.hours]
    return HeldQuietBody(resident=one.resident, hours=hours, changed=_changed(one.changed))


def _changed(change: ChangedView | None) -> ChangeMadeBody | None:
    return None if change is None else ChangeMadeBody(by=change.by, at=time_of(change.at_s))
