"""Whom the robot talks with: from the conversation node's parameters and the site file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from carebot.conversation.hearing.turns import TurnSettings
from carebot.conversation.speaking.quiet_hours import QuietHours
from carebot.conversation.text import Language
from carebot.errors import ConfigError
from carebot.records.consent import Consent, Decision, recorded
from carebot.records.site import site_path as consents_path
from carebot.resources import expanded
from carebot.site.file import Resident, Site, load_site, site_path
from carebot.site.hours import Hours, Quiet, house_hours
from carebot.site.voice import Voice

END_SILENCE_S = TurnSettings().end_silence_s
CLOCK_TIME = "^$|^([01][0-9]|2[0-3]):[0-5][0-9]$"


@dataclass(frozen=True, slots=True)
class ConversationParameters:
    """With whom the robot talks, and how it is heard."""

    language: Literal["", "en", "ja", "fr"] = ""
    """The resident's language; by default that of the site file, else English."""

    site: str = ""
    """The site file, for the resident's name, language, voice and time zone; `home` is the simulated one."""

    resident: str = ""
    """The resident's name in the site file; by default the first."""

    speaker: str = ""
    """The loudspeaker by number or a part of its name; by default the system's own; none, or a .wav file."""

    quiet_from: Annotated[str, Field(pattern=CLOCK_TIME)] = ""
    """From this local time on, such as "22:00", only urgent things are heard; the rest is shown. In addition to the
    quiet hours of the site file and of the tablet's settings."""

    quiet_until: Annotated[str, Field(pattern=CLOCK_TIME)] = ""
    """Until this local time, such as "07:00"."""

    routines: tuple[str, ...] = ()
    """The names of routines that the resident may start."""

    ask_when_touched: bool = True
    """Whether who presses the bumper of a robot that stands is asked whether they need help."""

    consents: str = ""
    """The tablet's file with the residents' consents; by default that of this machine."""

    def __post_init__(self) -> None:
        if bool(self.quiet_from) != bool(self.quiet_until):
            raise ValueError("quiet_from and quiet_until are needed both, or none of them")


@dataclass(frozen=True, slots=True)
class Partner:
    """Whom the robot talks with."""

    name: str = ""
    language: Language = "en"
    voice: Voice | None = None
    end_silence_s: float = END_SILENCE_S
    """After so long a silence they have ended."""

    zone: tzinfo | None = None
    resident: str = ""
    """The name in the site file."""

    called: str = ""
    """How the site file says that they are addressed."""

    quiet: tuple[QuietHours, ...] = ()
    """Of this resident: their own, else those of the house."""

    also_quiet: QuietHours | None = None
    """By this node's parameters."""

    @property
    def names(self) -> tuple[str, ...]:
        """All that are known of the resident."""
        return tuple(name for name in (self.resident, self.called) if name)

    def now(self) -> datetime:
        """The local time."""
        return datetime.now(self.zone) if self.zone else datetime.now().astimezone()

    def why_quiet(self) -> str:
        at = self.now().time()
        hours = (*self.quiet, *((self.also_quiet,) if self.also_quiet else ()))
        return next((why for each in hours if (why := each.why(at))), "")

    def with_quiet(self, told: Quiet) -> Partner:
        """The same, where these are the quiet hours of the house and its residents."""
        return replace(self, quiet=_as_times(told.of(self.resident)))


class Consents:
    """What the resident has consented to, by the tablet's file; looked up each time, so that a no holds at once."""

    def __init__(self, path: str, partner: Partner) -> None:
        """`path`: of the file; empty for that of this machine."""
        self._path = expanded(path) if path else consents_path()
        self._partner = partner

    def decision(self, what: Consent) -> Decision | None:
        """Who recorded a yes or a no; None where nobody did."""
        return recorded(self._path, self._partner.names, what)

    def allow(self, what: Consent) -> bool:
        """Whether there is a recorded yes."""
        decision = self.decision(what)
        return decision is not None and decision.given


def partner_of(parameters: ConversationParameters) -> Partner:
    """Whom the robot talks with; raises ConfigError for a site file or resident that cannot be used."""
    site, path, quiet = Site(), Path(), Quiet()
    if parameters.site:
        path = site_path(parameters.site)
        site = load_site(path)
        quiet = site.quiet(house_hours(path))
    resident = _resident(site, parameters.resident, path)
    language: Language = parameters.language or site.language_of(resident.name if resident else "")
    own = _times(parameters.quiet_from, parameters.quiet_until) if parameters.quiet_from else None
    name = _without_title(resident.address, language) if resident else ""
    zone = ZoneInfo(site.time_zone) if parameters.site else None
    voice = resident.voice if resident else None
    end_silence_s = (resident and resident.end_silence_s) or END_SILENCE_S
    known = (resident.name, resident.called) if resident else ("", "")
    return Partner(name, language, voice, end_silence_s, zone, *known, also_quiet=own).with_quiet(quiet)


def _times(begin: str, end: str) -> QuietHours:
    return QuietHours(*(datetime.strptime(each, "%H:%M").time() for each in (begin, end)))


def _as_times(hours: Iterable[Hours]) -> tuple[QuietHours, ...]:
    return tuple(_times(each.from_, each.to) for each in hours)


def _resident(site: Site, name: str, path: Path) -> Resident | None:
    if not name:
        return next(iter(site.residents), None)
    resident = site.resident(name)
    if resident is None:
        known = ", ".join(each.name for each in site.residents) or "nobody"
        raise ConfigError(f"there is no resident '{name}' in the site file {path}: use one of {known}.")
    return resident


def _without_title(name: str, language: Language) -> str:
    """The answers add the title themselves."""
    return name.removesuffix("さん") if language == "ja" else name
