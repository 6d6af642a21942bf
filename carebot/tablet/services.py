"""What the web app speaks to, and what its parts ask of a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from fastapi import Depends, Request, Response
from fastapi.params import Depends as DependsOn
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import HTTPConnection

from carebot.alert_words.where import room_of
from carebot.alerts import Alert, Answer, AnswerOutcome
from carebot.records.audit import Deed
from carebot.records.consent import Resident
from carebot.site.places import Room
from carebot.tablet.access import Access, Visitor, may_here, visible_alerts, visible_residents
from carebot.tablet.books import Books
from carebot.tablet.caring import CareOutcome, CareView, CaringRobot, RunAnswer, ScheduleChange
from carebot.tablet.gate import VISITOR_KEY, cookie
from carebot.tablet.glance import Glances
from carebot.tablet.house import HouseChange, HouseOutcome, HouseRobot, HouseView
from carebot.tablet.language import DEFAULT, LANGUAGE_COOKIE, Texts, choose
from carebot.tablet.looks import Looks
from carebot.tablet.noticing import NoticeView, NoticingRobot
from carebot.tablet.pairing import Pairing
from carebot.tablet.person_here import PersonHere
from carebot.tablet.presence import Presence
from carebot.tablet.problems import Problem
from carebot.tablet.push_service import PushServices
from carebot.tablet.rights import Scope, scopes_of
from carebot.tablet.robot import Robot, RobotView
from carebot.tablet.sessions import COOKIE, LIFE_S, Session
from carebot.tablet.taken_out import TakenOut
from carebot.tablet.talking import Forgotten, Talk, TalkingRobot
from carebot.tablet.teleop import MovingRobot, StopOutcome
from carebot.tablet.traces import Traces
from carebot.tablet.trips import Destination, GoingRobot

_KEYS = [
    Depends(HTTPBearer(auto_error=False, description="A token: of another app, or the one that pairing returned.")),
    Depends(APIKeyCookie(name=COOKIE, auto_error=False, description="The cookie that pairing or signing in set.")),
]

NO_WHEELS = StopOutcome(False, "This robot has no safety node that could be told: use the red button on the robot.")

NO_CARE = CareOutcome(False, "silent", "This robot has no node for that.")

NO_WAY = StopOutcome(False, "This robot does not find its way by itself: name its site file (tablet.site).")


@dataclass(frozen=True, slots=True)
class Services:
    """What the app speaks to. `is_stopping` ends the streams when the server goes; `motion` drives the
    wheels, `going` finds its way, `push` wakes sleeping tablets, `looks` are through its camera, `caring` runs routines
    by hand and by the schedule, `talking` speaks and hears, `house` knows who is called and when nothing may disturb,
    `noticing` remembers what no alarm came of, `traces` what technicians look for after a fault.

    `language` is for those who ask for none of ours.
    """

    robot: Robot
    pairing: Pairing
    access: Access
    is_stopping: Callable[[], bool]
    motion: MovingRobot | None = None
    presence: Presence = field(default_factory=Presence)
    language: str = DEFAULT
    going: GoingRobot | None = None
    push: PushServices | None = None
    looks: Looks | None = None
    caring: CaringRobot | None = None
    talking: TalkingRobot | None = None
    house: HouseRobot | None = None
    noticing: NoticingRobot | None = None
    traces: Traces | None = None
    taken_out: TakenOut = field(default_factory=TakenOut)
    glances: Glances = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "glances", Glances(self.robot))

    @property
    def books(self) -> Books:
        return self.access.books

    def texts_for(self, connection: HTTPConnection) -> Texts:
        """The texts in the language of whoever asks."""
        return texts_of(connection, self.language)

    @property
    def robot_name(self) -> str:
        return self.glances.view().name

    def residents_here(self) -> list[Resident]:
        """Those whom this robot is there for."""
        return self._residents_of(self.robot_name)

    def people_here(self, visitor: Visitor, texts: Texts) -> list[PersonHere]:
        """Those whom this robot is there for and the visitor may see; where nobody has been entered, those in the
        site file."""
        here = self.residents_here()
        if here or self.going is None or not may_here(visitor, Scope.RESIDENTS_READ, here):
            return [PersonHere(each.name, each.room, each.reading) for each in visible_residents(visitor, here)]
        site, language = self.going.site, texts.language
        rooms = {each.name: each.spoken(language) for each in site.rooms}  # type: ignore[arg-type]
        return [PersonHere(each.address, rooms.get(each.room or "", "")) for each in site.residents]

    def only_one_here(self, visitor: Visitor, texts: Texts) -> PersonHere | None:
        """Whose alarm it is, where one person lives here; else None: nobody can say whom the robot sees."""
        people = self.people_here(visitor, texts)
        return people[0] if len(people) == 1 and len(self.residents_here()) < 2 else None

    def room_of(self, alert: Alert) -> Room | None:
        """The room in which the person was seen or heard; None where that is not known."""
        return None if self.going is None else room_of(alert, self.going.site)

    def may_here(self, visitor: Visitor, scope: Scope) -> bool:
        """Whether somebody may do it for one of those whom this robot is there for."""
        return may_here(visitor, scope, self.residents_here())

    def view_for(self, visitor: Visitor) -> RobotView:
        """The robot as somebody may see it."""
        return self._allowed(visitor, self.robot.view())

    def glance_for(self, visitor: Visitor) -> RobotView:
        """The same for a page that looks again and again: other pages share the look."""
        return self._allowed(visitor, self.glances.view())

    def _allowed(self, visitor: Visitor, view: RobotView) -> RobotView:
        here = self._residents_of(view.name)
        alerts = visible_alerts(visitor, view.alerts, here)
        told, news = (view.told, view.news) if may_here(visitor, Scope.ALERTS_READ, here) else ((), ())
        sees = may_here(visitor, Scope.PEOPLE_READ, here)
        people, sightings = (view.people, view.sightings) if sees else (None, ())
        return replace(view, alerts=alerts, told=told, news=news, people=people, sightings=sightings)

    def colleagues(self, visitor: Visitor) -> tuple[str, ...]:
        """Whom somebody may ask to take over: those with an account that answers alerts, and those with a page open."""
        accounts = [each for each in self.books.accounts.all() if not each.closed]
        answering = {each.name for each in accounts if Scope.ALERTS_ANSWER in scopes_of(each.roles)}
        return tuple(sorted((answering | self.presence.names()) - {visitor.name}))

    def _residents_of(self, robot: str) -> list[Resident]:
        return [each for each in self.books.residents.all() if each.robot in ("", robot)]

    async def answer(
        self, visitor: Visitor, alert_id: str, answer: Answer, by: str, note: str, to: str = ""
    ) -> AnswerOutcome:
        """Answer an alert, and record who did; `to` is whom they ask to take over."""
        self.access.touch(visitor)
        outcome = await self.robot.answer(alert_id, answer, by, note, to)
        detail = {"taken": outcome.accepted, "why": outcome.message, **({"to": to} if to else {})}
        self.books.audit.note(Deed("answer", by, answer.value, alert_id, detail))
        return outcome

    async def stop(self, visitor: Visitor) -> StopOutcome:
        """Stop the robot, and record who did; nothing is written before it stops."""
        outcome = NO_WHEELS if self.motion is None else await self.motion.emergency_stop(visitor.name)
        self._told(visitor.name, "emergency stop", outcome)
        self.access.touch(visitor)
        return outcome

    async def release(self, visitor: Visitor, reason: str = "") -> StopOutcome:
        """Let the robot move again, and record who did and why."""
        self.access.touch(visitor)
        outcome = NO_WHEELS if self.motion is None else await self.motion.reset_emergency_stop(visitor.name)
        return self._told(visitor.name, "emergency stop reset", outcome, {"reason": reason} if reason else {})

    async def send(self, visitor: Visitor, to: Destination) -> StopOutcome:
        """Send the robot somewhere; it does not go unrecorded. Raises RecordsError."""
        if self.going is None:
            return NO_WAY
        self.access.touch(visitor)
        where = {"name": to.name} if to.name else {"x_m": round(to.x_m, 2), "y_m": round(to.y_m, 2)}
        self.books.audit.record(Deed("motion", visitor.name, "sent the robot", detail=where))
        return await self.going.go(to, visitor.name)

    async def call_off(self, visitor: Visitor) -> StopOutcome:
        """End the trip under way, recorded or not."""
        if self.going is None:
            return NO_WAY
        self.access.touch(visitor)
        return self._told(visitor.name, "called the trip off", await self.going.call_off())

    def care(self) -> CareView:
        """Care as it was last heard of; never, where there is none."""
        return CareView() if self.caring is None else self.caring.care()

    def notices(self) -> NoticeView:
        """What was noticed in the last weeks; nothing, where nobody keeps it."""
        return NoticeView() if self.noticing is None else self.noticing.notices()

    def talk(self) -> Talk:
        """The conversation now; not there, where there is none."""
        return Talk() if self.talking is None else self.talking.talk()

    async def start_routine(self, visitor: Visitor, routine: str, given: Mapping[str, Any]) -> CareOutcome:
        """Ask for a routine; none starts unrecorded. Raises RecordsError."""
        if self.caring is None:
            return NO_CARE
        self.access.touch(visitor)
        self.books.audit.record(Deed("command", visitor.name, "asked for a routine", routine, {"with": dict(given)}))
        outcome = await self.caring.start(routine, given, visitor.name)
        if not outcome.accepted:
            self._note_refusal(visitor, "routine was refused", routine, outcome)
        return outcome

    async def answer_run(self, visitor: Visitor, run: str, answer: RunAnswer) -> CareOutcome:
        """Approve, refuse, pause, go on with or cancel a run, and record who did."""
        if self.caring is None:
            return NO_CARE
        self.access.touch(visitor)
        outcome = await self.caring.answer_run(run, answer, visitor.name)
        detail = {"taken": outcome.accepted, "why": outcome.message}
        self.books.audit.note(Deed("command", visitor.name, f"{answer.replace('_', ' ')}: routine", run, detail))
        return outcome

    async def change_schedule(self, visitor: Visitor, change: ScheduleChange) -> CareOutcome:
        """Change the schedule; it does not change unrecorded. Raises RecordsError."""
        if self.caring is None:
            return NO_CARE
        self.access.touch(visitor)
        what = f"{change.what}: schedule"
        held = self.care().schedule.line_of(change.what, change.id)
        content = dict(change.content or (held.content if held else {}))  # the record names what is then gone
        self.books.audit.record(Deed("change", visitor.name, what, change.id, {"content": content}))
        if change.what == "remove" and held:  # before care answers: by then it may be gone from the pages
            self.taken_out.note_entry(held, visitor.name)
        outcome = await self.caring.change_schedule(change)
        if not outcome.accepted:
            self.taken_out.forget_entry(change.id)
            self._note_refusal(visitor, f"{what} was {_not_done(outcome)}", change.id, outcome)
        return outcome

    def house_view(self) -> HouseView:
        """The house as care told it last; not known, where there is no care or no site file."""
        return HouseView() if self.house is None else self.house.house()

    async def change_house(self, visitor: Visitor, change: HouseChange) -> HouseOutcome:
        """Change contacts or quiet hours: not unrecorded, and no address is recorded. Raises RecordsError."""
        if self.house is None:
            return HouseOutcome(False, "silent")
        self.access.touch(visitor)
        what, about = change.what.replace("_", " "), self._about(change)
        self.books.audit.record(Deed("change", visitor.name, what, about, _without_addresses(change.content)))
        outcome = await self.house.change_house(change)
        if not outcome.accepted:
            refused = f"{what} was {_not_done(outcome)}"
            self.books.audit.note(Deed("command", visitor.name, refused, about, {"why": outcome.code}))
        elif change.what == "remove_contact":
            self.taken_out.note_contact(change.subject, visitor.name)
        return outcome

    def _about(self, change: HouseChange) -> str:
        found = self.house_view().contact(change.subject)
        return found.name if found else str(change.content.get("name") or change.subject)

    async def say(self, visitor: Visitor, text: str, language: str, is_urgent: bool) -> CareOutcome:
        """Say something through the robot, and record who did. Raises RecordsError."""
        if self.talking is None:
            return NO_CARE
        self.access.touch(visitor)
        detail = {"language": language, "urgent": is_urgent}
        self.books.audit.record(Deed("command", visitor.name, "said through the robot", text, detail))
        return await self.talking.say(text, language, is_urgent, visitor.name)

    async def say_voice(self, visitor: Visitor, wav: bytes, duration_s: float, is_urgent: bool) -> CareOutcome:
        """Have somebody's own voice played through the robot; who and how long is recorded, and nothing of the sound.
        Raises RecordsError."""
        if self.talking is None:
            return NO_CARE
        self.access.touch(visitor)
        detail = {"seconds": round(duration_s, 1), "urgent": is_urgent}
        about = f"{duration_s:.1f} s"
        self.books.audit.record(Deed("command", visitor.name, "spoke through the robot", about, detail))
        return await self.talking.say_voice(wav, duration_s, is_urgent, visitor.name)

    async def stop_saying(self, visitor: Visitor, line: str) -> CareOutcome:
        """Say no more of it, recorded or not."""
        if self.talking is None:
            return NO_CARE
        self.access.touch(visitor)
        self.books.audit.note(Deed("command", visitor.name, "stopped what the robot says", line))
        return await self.talking.stop_saying(line)

    async def forget_said(self, visitor: Visitor, resident: Resident | None) -> Forgotten:
        """Have the robot forget what was said with a resident, or with whoever it talks with where none is recorded;
        recorded before and after. Raises RecordsError."""
        if self.talking is None:
            return Forgotten("silent")
        self.access.touch(visitor)
        about = resident.name if resident else ""
        self.books.audit.record(Deed("command", visitor.name, "had what was said forgotten", about))
        done = await self.talking.forget(about, visitor.name)
        if done.code:
            deed = Deed("command", visitor.name, "what was said was not forgotten", about, {"why": done.code})
        else:
            counts = {"exchanges": done.exchanges, "lines": done.lines}
            deed = Deed("command", visitor.name, "what was said is forgotten", about, counts)
        self.books.audit.note(deed)
        return done

    def note_refusal(self, connection: HTTPConnection, detail: Mapping[str, object]) -> None:
        """Record that a visitor was refused what they asked for."""
        visitor, path = connection.scope[VISITOR_KEY], connection.url.path[:200]
        matter = getattr(connection.scope.get("route"), "path", path)  # with all alerts' ids it would be many
        asked = {"method": connection.scope.get("method", "connect"), **detail}
        self.books.audit.note_seldom(Deed("refusal", visitor.name, path, detail=asked), visitor.session.device, matter)

    def _note_refusal(self, visitor: Visitor, what: str, about: str, outcome: CareOutcome) -> None:
        self.books.audit.note(Deed("command", visitor.name, what, about, {"why": outcome.message}))

    def _told(self, by: str, what: str, outcome: StopOutcome, more: Mapping[str, object] | None = None) -> StopOutcome:
        detail = {"done": outcome.accepted, "message": outcome.message, **(more or {})}
        self.books.audit.note(Deed("motion", by, what, detail=detail))
        return outcome


def _not_done(outcome: CareOutcome | HouseOutcome) -> str:
    """For the record, which must not say that something was refused that may have been done."""
    return "not answered" if outcome.code == "unanswered" else "refused"


def _without_addresses(content: Mapping[str, Any]) -> dict[str, Any]:
    told = {key: value for key, value in content.items() if value not in (None, [], {})}
    return {**told, "reach": sorted(told["reach"])} if "reach" in told else told


def texts_of(connection: HTTPConnection, default: str) -> Texts:
    """The texts in the language that was chosen on the device, else the browser's, else `default`."""
    chosen = cookie(connection.headers, LANGUAGE_COOKIE)
    return Texts(choose(chosen, connection.headers.get("accept-language", ""), default))


def visitor_of(request: Request) -> Visitor:
    """Whoever the gate found; routes behind the gate always have one."""
    visitor = request.scope.get(VISITOR_KEY)
    if not isinstance(visitor, Visitor):
        raise Problem(401, "Not paired", "This device is not paired: open /pair first.", WWW_AUTHENTICATE)
    return visitor


WWW_AUTHENTICATE = {"WWW-Authenticate": 'Bearer realm="carebot"'}


def needs(services: Services, *scopes: Scope) -> list[DependsOn]:
    """The dependencies of an operation that needs one of `scopes`; refusals are recorded."""

    async def check(request: Request) -> None:
        visitor = visitor_of(request)
        if not any(visitor.may(scope) for scope in scopes):
            services.note_refusal(request, {"needs": words})
            raise Problem(403, "Not yours to do", f"This needs the right {words}: ask whoever administers the robot.")

    words = " or ".join(scope.value for scope in scopes)
    return [*_KEYS, Depends(check)]


def needs_here(services: Services, scope: Scope) -> list[DependsOn]:
    """The dependencies of an operation that needs `scope` for one of those whom this robot is there for."""

    async def check(request: Request) -> None:
        visitor = visitor_of(request)
        if not services.may_here(visitor, scope):
            services.note_refusal(request, {"needs": f"{scope.value} for a resident of this robot"})
            raise Problem(
                403, "Not yours to do", "This needs somebody who is responsible for a resident of this robot."
            )

    return [*needs(services, scope), Depends(check)]


def any_key() -> list[DependsOn]:
    """The dependencies of an operation that every device and app may use."""
    return list(_KEYS)


def set_cookie(response: Response, token: str, request: Request) -> None:
    """Keep a token in the browser, out of reach of scripts and other sites."""
    secure = request.url.scheme == "https"
    response.set_cookie(COOKIE, token, max_age=LIFE_S, httponly=True, samesite="strict", secure=secure, path="/")


def session_of(request: Request) -> Session:
    """The session of whoever asks."""
    return visitor_of(request).session
