"""What each role may do. A scope is one word of the API and the pages; an app's token names its own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import Enum

from carebot.records.accounts import Role


class Scope(str, Enum):
    """One thing that somebody may do."""

    ALERTS_READ = "alerts:read"
    ALERTS_ANSWER = "alerts:answer"
    RESIDENTS_READ = "residents:read"
    RESIDENTS_WRITE = "residents:write"
    PEOPLE_READ = "people:read"
    ROBOTS_READ = "robots:read"
    ROBOTS_STOP = "robots:stop"
    ROBOTS_DRIVE = "robots:drive"
    HEALTH_READ = "health:read"
    TRACES_READ = "traces:read"
    HISTORY_READ = "history:read"
    HISTORY_EXPORT = "history:export"
    ROUTINES_RUN = "routines:run"
    SCHEDULE_READ = "schedule:read"
    SCHEDULE_WRITE = "schedule:write"
    TALK = "talk"
    CAMERA_LOOK = "camera:look"
    CONTACTS_WRITE = "contacts:write"
    QUIET_HOURS_WRITE = "quiet_hours:write"
    ACCOUNTS_WRITE = "accounts:write"
    DEVICES_PAIR = "devices:pair"
    TOKENS_WRITE = "tokens:write"
    AUDIT_READ = "audit:read"
    AUDIT_ERASE = "audit:erase"


_CARE = {
    Scope.ALERTS_READ,
    Scope.ALERTS_ANSWER,
    Scope.RESIDENTS_READ,
    Scope.PEOPLE_READ,
    Scope.ROBOTS_READ,
    Scope.ROBOTS_STOP,
    Scope.ROBOTS_DRIVE,
    Scope.HEALTH_READ,
    Scope.HISTORY_READ,
    Scope.ROUTINES_RUN,
    Scope.SCHEDULE_READ,
    Scope.TALK,
    Scope.CAMERA_LOOK,
}

SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.CAREGIVER: frozenset(_CARE),
    Role.NURSE_IN_CHARGE: frozenset(
        _CARE
        | {
            Scope.RESIDENTS_WRITE,
            Scope.HISTORY_EXPORT,
            Scope.SCHEDULE_WRITE,
            Scope.CONTACTS_WRITE,
            Scope.QUIET_HOURS_WRITE,
            Scope.DEVICES_PAIR,
            Scope.AUDIT_READ,
        }
    ),
    # What family sees beyond this is the resident's to say: see `Consent`.
    Role.FAMILY: frozenset({Scope.RESIDENTS_READ, Scope.ROBOTS_STOP}),
    Role.TECHNICIAN: frozenset(
        {Scope.ROBOTS_READ, Scope.ROBOTS_STOP, Scope.ROBOTS_DRIVE, Scope.HEALTH_READ, Scope.TRACES_READ}
    ),
    Role.ADMINISTRATOR: frozenset(
        {
            Scope.ROBOTS_READ,
            Scope.ROBOTS_STOP,
            Scope.HEALTH_READ,
            Scope.TRACES_READ,
            Scope.RESIDENTS_READ,
            Scope.RESIDENTS_WRITE,
            Scope.CONTACTS_WRITE,
            Scope.QUIET_HOURS_WRITE,
            Scope.ACCOUNTS_WRITE,
            Scope.DEVICES_PAIR,
            Scope.TOKENS_WRITE,
            Scope.AUDIT_READ,
            Scope.AUDIT_ERASE,
        }
    ),
}

EVERY_SCOPE = frozenset(Scope)


def scopes_of(roles: Iterable[Role]) -> frozenset[Scope]:
    """All that somebody with these roles may do."""
    return frozenset().union(*(SCOPES[role] for role in roles))
