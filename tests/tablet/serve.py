"""The real server on a real port, around a robot whose care is a real alert book.

Tells {"url", "port"} when it listens, then takes one command after the other and answers each: {"do": "hear",
"fall": "a", "kind": "confirmed"}, "call", "exchange", "pin", "silence" (the robot's data stops), "speak", "blind",
"slow" (its answers take a while), "upright".
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from nicegui import Client

from carebot.alerts import (
    PLACE_X_M,
    PLACE_Y_M,
    Answer,
    AnswerOutcome,
    Exchange,
    FallEvent,
    FallEventKind,
    HelpCall,
    News,
    Told,
    ToldState,
)
from carebot.escalation.carrier import MessengerProcess
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.house_book import HouseBook
from carebot.escalation.house_office import HouseChange as CareChange
from carebot.escalation.house_office import HouseOffice
from carebot.escalation.plan import EscalationPlan
from carebot.geometry import Pose2D
from carebot.noticed import GaitDay, NoticedKind, Recorded
from carebot.people import People, Person
from carebot.perception.looking import Look, LookDesk, Request
from carebot.records.accounts import Grant, Role
from carebot.records.activity import Doing
from carebot.records.alert_book import open_alert_book
from carebot.records.consent import Consent, Resident
from carebot.records.notices import day_of
from carebot.records.schema import open_records
from carebot.routines.file import RoutineFile
from carebot.routines.library import load_library
from carebot.safety.verdict import ZERO, Reason, ReasonCode
from carebot.safety.world import Estop, MotionRequest, Source
from carebot.site.file import Site, load_site, site_path
from carebot.site.hours import Hours, Quiet
from carebot.tablet.access import Mode
from carebot.tablet.app import AppSettings, create_app
from carebot.tablet.books import Books, open_books
from carebot.tablet.caring import (
    Approval,
    CareOutcome,
    CareView,
    Choice,
    OccurrenceView,
    Offer,
    Parameter,
    RunAnswer,
    RunView,
    ScheduleChange,
    ScheduleLine,
    ScheduleView,
    StepState,
    StepView,
)
from carebot.tablet.certificate import Certificates
from carebot.tablet.house import HouseChange, HouseOutcome, HouseView, house_view
from carebot.tablet.looking_back import ExerciseDone, LookedBack, MedicineDue
from carebot.tablet.looks import Opened, Shown
from carebot.tablet.noticing import NoticeView
from carebot.tablet.pairing import Pairing, Pin
from carebot.tablet.push_key import load_push_key
from carebot.tablet.push_service import PushServices
from carebot.tablet.robot import Motion, Part, RobotView
from carebot.tablet.server import TabletServer, bind, url
from carebot.tablet.sessions import load_secret
from carebot.tablet.sightings import Sighting
from carebot.tablet.talking import CaptionNow, Forgotten, Line, Lines, Talk
from carebot.tablet.teleop import MotionView, StopOutcome
from carebot.tablet.traces import LogLine, Traces
from carebot.tablet.trips import Destination, Trip, TripPhase, Whereabouts

STANDING = [
    (0.5, 0.18), (0.49, 0.165), (0.51, 0.165), (0.48, 0.17), (0.52, 0.17), (0.455, 0.27), (0.545, 0.27), (0.44, 0.38),
    (0.56, 0.38), (0.435, 0.49), (0.565, 0.49), (0.47, 0.5), (0.53, 0.5), (0.465, 0.67), (0.535, 0.67), (0.46, 0.84),
    (0.54, 0.84),
]  # fmt: skip


def person(track_id: int, across: float, turned_rad: float = 0.0) -> Person:
    joints = np.array(STANDING) - (0.5, 0.5)
    turn = np.array([[math.cos(turned_rad), -math.sin(turned_rad)], [math.sin(turned_rad), math.cos(turned_rad)]])
    turned = joints @ turn.T * (0.85, 1.0) + (across, 0.5 + 0.3 * abs(math.sin(turned_rad)))
    keypoints = np.column_stack([turned, np.full(17, 0.9)]).astype(np.float32)
    return Person(track_id, 0.9, keypoints)


PARTS = (
    Part("perception: camera", "ok", "15 pictures a second", {"provider": "CPUExecutionProvider", "age_ms": "43"}, 0.2),
    Part("drive: motors", "warn", "the motor controller was silent for 0.4 s", {"port": "/dev/ttyACM0"}, 0.4),
    Part("safety: motion", "ok", "lets pass up to 0.35 m/s", {}, 0.1),
    Part("conversation: hearing", "stale", "no answer", {"microphone": "default"}, 14.0),
)  # fmt: skip


def seen_motion(view: MotionView) -> Motion:
    reasons = tuple(reason.words for reason in view.reasons)
    age_s = time.monotonic() - view.heard_s + 0.1
    return Motion(view.allowed_m_s, view.estop.latched, view.estop.cause, view.estop.by, reasons, age_s)


class BookRobot:
    """A robot in this process: real records, people from a script, and a switch that cuts it off."""

    def __init__(self, folder: Path) -> None:
        self.book = open_alert_book(folder / "records.sqlite", "the test server")
        self.silent_since_s: float | None = None
        self.blind_since_s: float | None = None
        self.delay_s = self.later_s = self.block_s = 0.0
        self.tracks: dict[int, str] = {}
        self.told: tuple[Told, ...] = ()
        self.news: tuple[News, ...] = ()
        self.seen: tuple[tuple[float, float, float], ...] = ()
        self.sees_anybody = True
        self.wheels, self.wheeled = Wheels(), False
        self.going = Going()
        self.looking = Looking()
        self.caring, self.talking = Caring(), Talking()
        self.house = House(folder)
        self.noticing, self.logged = Noticing(), Logged()
        self.lock = threading.Lock()

    def view(self) -> RobotView:
        time.sleep(self.block_s)  # in the server's own loop
        now_s = time.monotonic()
        silence_s = 0.05 if self.silent_since_s is None else now_s - self.silent_since_s
        blind_s = silence_s if self.blind_since_s is None else now_s - self.blind_since_s
        with self.lock:
            alerts = self.book.recent(20)
            faults = (self.book.fault,) if self.book.fault else ()
        sway = 0.02 * math.sin(2 * now_s)
        fallen = "confirmed" in self.tracks.values() or "suspected" in self.tracks.values()
        people = (
            person(1, 0.3 + sway, math.pi / 2 if fallen else 0.0),
            person(2, 0.68 - sway),
            person(3, 0.85 + sway / 2),
        )
        return RobotView(
            name="kitchen robot",
            alerts=alerts,
            care_age_s=silence_s,
            people=People(round(now_s, 1), 640, 480, people if self.sees_anybody else ()),
            people_age_s=blind_s,
            camera_age_s=blind_s + 0.04,
            frames_per_second=15.0,
            provider="CPUExecutionProvider",
            tracks=self.tracks,
            faults=faults,
            parts=PARTS,
            motion=seen_motion(self.wheels.motion()) if self.wheeled else None,
            battery=0.82,
            told=self.told,
            news=self.news,
            sightings=tuple(Sighting(x_m, y_m, time.time() - ago_s, 0.9) for x_m, y_m, ago_s in self.seen),
        )

    async def answer(self, alert_id: str, answer: Answer, by: str, note: str, to: str = "") -> AnswerOutcome:
        await asyncio.sleep(self.delay_s)
        with self.lock:
            return self.book.answer(alert_id, answer, by, note, now_s=time.time(), to=to)

    def hear(self, fall: str, kind: str, ago_s: float = 0.0) -> str:
        now_s = time.time()
        evidence = {
            "drop_s": 0.6,
            "drop_bl": 0.5,
            "movement_bl_s": 0.0,
            "since_suspected_s": 2.1,
            "peak_speed_bl_s": 1.3,
            PLACE_X_M: 7.5,
            PLACE_Y_M: 6.5,
        }
        codes = {
            "suspected": ("fell", "dropped from standing to the floor in 0.6 s"),
            "confirmed": ("stayed_down", "dropped from standing to the floor in 0.6 s and has not moved since"),
            "recovered": ("up_again", "is up again 9 s after the alarm"),
        }
        code, reason = codes[kind]
        event = FallEvent(FallEventKind(kind), 1, 1, now_s, 0.9, code, reason, evidence)
        with self.lock:
            alert = self.book.hear(fall, event, seen_at_s=now_s - ago_s, now_s=now_s)
        self.tracks = {} if kind == "recovered" else {1: kind}
        return alert.id

    def call(self, words: str) -> str:
        """The resident calls for help."""
        now_s = time.time()
        with self.lock:
            call = HelpCall(f"call {now_s}", now_s, words, "ja", "help", "voice", (7.5, 6.5))
            alert = self.book.hear_call(call, now_s=now_s)
        return "" if alert is None else alert.id

    def exchange(self, fall: str, answer: str, heard: str) -> str:
        """The resident answers after a fall."""
        said = Exchange(time.time(), "大丈夫ですか。", "ja", answer, heard, "voice" if heard else "", 2)
        with self.lock:
            alert = self.book.hear_exchange(fall, said, now_s=said.at_s)
        return "" if alert is None else alert.id


class Wheels:
    """What safety does with commands and stops, without its node: the last speed lasts a quarter of a second."""

    def __init__(self) -> None:
        self.estop = Estop()
        self.request = MotionRequest(Source.TELEOP, ZERO, 0.0, "")
        self.driven: list[float] = []
        self.delay_s = self.silence_s = 0.0
        self.stays_stopped = ""

    def drive(self, request: MotionRequest) -> None:
        self.request = request
        self.driven.append(request.twist.vx_m_s)

    def motion(self) -> MotionView:
        now_s = time.monotonic()
        moves = not self.estop.latched and now_s - self.request.stamp_s < 0.25
        near = Reason(ReasonCode.OBSTACLE, "Something is 0.8 m ahead.", 0.35, {"distance_m": 0.8})
        return MotionView(
            now_s - self.silence_s,
            0.0 if self.estop.latched else 0.35,
            self.request.twist if moves else ZERO,
            (near,),
            self.estop,
        )

    async def emergency_stop(self, by: str) -> StopOutcome:
        await asyncio.sleep(self.delay_s)
        self.estop = Estop(True, "tablet", by)
        return StopOutcome(True, "The robot is stopped.")

    async def reset_emergency_stop(self, by: str) -> StopOutcome:
        if self.stays_stopped:
            return StopOutcome(False, self.stays_stopped)
        self.estop = Estop()
        return StopOutcome(True, f"{by} lets the robot move.")


class Going:
    """What navigation does with goals, without its node: the robot is on its way until it is told that it arrived."""

    def __init__(self) -> None:
        self.site = load_site(site_path("home"))
        self.now = Whereabouts(Pose2D(1.0, 1.0, 0.5))
        self.takes = True

    def whereabouts(self) -> Whereabouts:
        return self.now

    async def go(self, to: Destination, by: str) -> StopOutcome:
        if not self.takes:
            return StopOutcome(False, "The robot's navigation does not answer.")
        way_m = ((1.0, 1.0), (to.x_m, to.y_m))
        self.now = Whereabouts(self.now.pose, way_m, Trip(to, by, TripPhase.DRIVING, 3.2))
        return StopOutcome(True, "The robot is on its way.")

    async def call_off(self) -> StopOutcome:
        self.end("called_off")
        return StopOutcome(True, "The trip is called off.")

    def end(self, phase: str, reason: str = "") -> None:
        trip = self.now.trip
        if trip is not None:
            self.now = Whereabouts(self.now.pose, (), Trip(trip.to, trip.by, TripPhase(phase), 0.0, reason))


class Looking:
    """What perception does with looks, without its node: its real desk, and a picture made here."""

    def __init__(self) -> None:
        self.desk = LookDesk()
        self.has_voice = True
        picture = np.tile(np.linspace(0, 255, 320, dtype=np.uint8)[None, :, None], (240, 1, 3))
        self.jpeg = bytes(cv2.imencode(".jpg", picture)[1])

    async def look(self, by: str, reason: str, for_s: float, emergency: bool) -> Opened:
        found = self.desk.ask(Request(by, reason, for_s, emergency), self.has_voice, time.monotonic())
        if isinstance(found, str):
            return Opened(False, found)
        return Opened(True, "", found.token, found.ends_s - time.monotonic())

    async def picture(self, token: str, end: bool = False) -> Shown:
        now_s = time.monotonic()
        if end:
            self.desk.end(token, now_s)
        look: Look | None = self.desk.holds(token, now_s)
        if look is None:
            return Shown()
        return Shown(True, look.ends_s - now_s, self.jpeg if self.desk.may_see(token, now_s) else b"")


class Caring:
    """What care does with routines and the schedule, without its node: nothing runs by itself, and nothing ends."""

    def __init__(self) -> None:
        self.site = load_site(site_path("home"))
        self.offers = offers_of(self.site, ("Aiko", "Ben"))
        self.runs: dict[str, RunView] = {}
        self.entries: dict[str, ScheduleLine] = {
            each["id"]: ScheduleLine(each["id"], each, is_in_file=True) for each in FILE_ENTRIES
        }
        self.pauses: dict[str, ScheduleLine] = {}
        self.revision = 0
        self.silent_since_s: float | None = None
        self.refuses: CareOutcome | None = None

    def care(self) -> CareView:
        silence_s = 0.1 if self.silent_since_s is None else 60.0
        entries = tuple(self.entries[key] for key in sorted(self.entries))
        schedule = ScheduleView("Asia/Tokyo", self.revision, entries, tuple(self.pauses.values()))
        return CareView("ja", self.offers, tuple(self.runs.values()), schedule, "", silence_s)

    async def start(self, routine: str, given: Mapping[str, Any], by: str) -> CareOutcome:
        if self.refuses:
            return self.refuses
        run_id, now_s = f"{routine}@{len(self.runs) + 1}", time.time()
        told = {"en": "drives to: the kitchen", "ja": "移動しています: 台所", "fr": "va vers : la cuisine"}
        ends_by_s = now_s + 900
        self.runs[run_id] = RunView(
            run_id, routine, "running", by, now_s, told, "go", dict(given), ends_by_s, steps=steps_of(0)
        )
        return CareOutcome(True, id=run_id)

    async def answer_run(self, run: str, answer: RunAnswer, by: str) -> CareOutcome:
        view = self.runs[run]
        if answer in ("cancel", "refuse"):
            del self.runs[run]
        else:
            state = {"pause": "paused", "go_on": "running"}.get(answer, view.state)
            approval = None if answer == "approve" else view.approval
            steps = tuple(replace(each, state=RESTS.get(state, {}).get(each.state, each.state)) for each in view.steps)
            why = ("paused", by) if state == "paused" else ("", "")
            self.runs[run] = replace(
                view, state=state, approval=approval, steps=steps, waits=why[0], waits_about=why[1]
            )
        return CareOutcome(True, id=run)

    async def change_schedule(self, change: ScheduleChange) -> CareOutcome:
        if self.refuses:
            return self.refuses
        self.revision += 1
        now_s, key = time.time(), change.id or f"days-{self.revision:012x}"
        lines = self.pauses if change.what in ("pause", "unpause") else self.entries
        known = lines.get(key)
        if change.what in ("set", "pause"):
            in_file = known is not None and known.is_in_file
            lines[key] = ScheduleLine(key, {**change.content, "id": key}, in_file, False, change.by, now_s)
        elif known is not None and known.is_in_file:
            is_removed = change.what != "restore"
            original = next(each for each in FILE_ENTRIES if each["id"] == key)
            by = change.by if is_removed else ""
            lines[key] = ScheduleLine(key, original, True, is_removed, by, now_s if is_removed else 0.0)
        else:
            lines.pop(key, None)
        return CareOutcome(True, id=key)

    async def look_back(self, since_s: float, until_s: float) -> LookedBack | None:
        days = [datetime.fromtimestamp(until_s).astimezone().date() - timedelta(back) for back in (2, 1, 0)]
        medicines = [
            MedicineDue(day.isoformat(), due, "佐藤ハナ", "血圧の薬", became, at, why)
            for day, (due, became, at, why) in zip(days, TAKEN, strict=True)
        ]
        done = ExerciseDone(days[1].isoformat(), "10:05", "佐藤ハナ", "arm_raises", 7)
        return None if self.silent_since_s is not None else LookedBack(tuple(medicines), (done,))

    async def look_ahead(self, since_s: float, until_s: float) -> tuple[tuple[OccurrenceView, ...], bool] | None:
        found = []
        for day in range(int(since_s // 86400), int(until_s // 86400) + 1):
            for hour, entry, routine, verdict in DUE:
                due_s = day * 86400.0 + hour * 3600.0
                if since_s < due_s <= until_s:
                    past = verdict if due_s < time.time() else "planned"
                    found.append(OccurrenceView(entry, routine, due_s, past, "入院" if past == "paused" else ""))
        return tuple(found), True

    def ask_approval(self, of: str, about: str) -> str:
        run_id, now_s = f"guide_to_room@{len(self.runs) + 1}", time.time()
        approval = Approval(of, about, "skip", now_s + 300)
        self.runs[run_id] = RunView(
            run_id,
            "guide_to_room",
            "waiting",
            "schedule",
            now_s,
            given={"room": "kitchen"},
            approval=approval,
            waits="approval",
            waits_about=of,
        )
        return run_id


STEPS = (
    (0, "Drive to: the kitchen", "移動します: 台所", "Aller à la cuisine"),
    (0, "Round 1 of at most 3", "1回目 (多くて3回)", "Tour 1 sur 3 au plus"),
    (1, "Ask: Are you thirsty?", "聞きます: のどがかわきましたか。", "Demander : Avez-vous soif ?"),
    (2, "Say: Thank you.", "話します: ありがとうございます。", "Dire : Merci."),
    (0, "Tell caregivers", "介護者に知らせます", "Informer les soignants"),
)
INSIDE_THE_LOOP = (2, 3)
RESTS: dict[str, dict[str, StepState]] = {"paused": {"now": "broken_off"}, "running": {"broken_off": "now"}}


def steps_of(now: int) -> tuple[StepView, ...]:
    """A run that is at the step of that number."""
    states: list[StepState] = ["done"] * now + ["now"] + ["comes"] * (len(STEPS) - now - 1)
    if now in INSIDE_THE_LOOP:
        states[1] = "now"
    states[-1] = "may_come" if now < len(STEPS) - 1 else states[-1]
    return tuple(
        StepView(depth, state, {"en": en, "ja": ja, "fr": fr})
        for state, (depth, en, ja, fr) in zip(states, STEPS, strict=True)
    )


FILE_ENTRIES: list[dict[str, Any]] = [
    {"id": "morning", "routine": "morning_check", "at": ["08:30"], "with": {"resident": "佐藤ハナ"}},
    {"id": "water", "routine": "hydration_reminder", "every_s": 7200, "between": ["10:00", "18:00"]},
    {"id": "night", "routine": "night_patrol", "cron": "0 1,4 * * *", "if_missed": "skip"},
]
TAKEN = [
    ("08:00", "taken", "08:02", ""),
    ("08:00", "missed", "08:31", ""),
    ("08:00", "left_out", "", "入院"),
]
DUE = [
    (16.0, "night", "night_patrol", "paused"), (19.0, "night", "night_patrol", "missed_tell"),
    (23.5, "morning", "morning_check", "run"), *((hour, "water", "hydration_reminder", "run") for hour in range(1, 9)),
]  # fmt: skip


def offers_of(site: Site, caregivers: tuple[str, ...]) -> tuple[Offer, ...]:
    """carebot's own library, as care would tell it."""
    named = {
        "room": site.rooms, "rooms": site.rooms, "destination": (*site.rooms, *site.places, *site.docks),
    }  # fmt: skip
    plain = {"resident": [each.name for each in site.residents], "caregiver": caregivers}

    def parameter(name: str, each: Any) -> Parameter:
        choices = [Choice(one.name, dict(one.called)) for one in named.get(each.kind, ())]
        choices += [Choice(value) for value in (*plain.get(each.kind, ()), *each.options)]
        given = each.default
        if given is None and each.kind == "resident":
            given = site.residents[0].name
        limits = (each.least, each.most)
        return Parameter(name, each.kind, given, given is None, *limits, tuple(choices), dict(each.about))

    def offer(file: RoutineFile) -> Offer:
        parameters = tuple(parameter(name, each) for name, each in file.parameters.items())
        return Offer(file.name, file.priority, dict(file.called), dict(file.about), parameters)

    return tuple(offer(each.file) for each in load_library(None, site, caregivers).values())


HOUSE_PLAN = EscalationPlan.model_validate({
    "time_zone": "Asia/Tokyo",
    "caregivers": [
        {"name": "Aiko Tanaka", "language": "ja", "relation": "daughter",
         "reach": {"phone": "json://127.0.0.1:9/09012345678", "app": "tablet"}},
        {"name": "夜勤室", "language": "ja", "reach": {"mail": "mailtos://robot:hunter2@mail.example/?to=night@mail.example"}},
    ],
    "escalation": {"default": [
        {"tell": [{"who": "Aiko Tanaka"}], "for_s": 60}, {"tell": [{"who": "夜勤室"}], "for_s": 120},
    ]},
})  # fmt: skip


class House:
    """What care does about contacts and quiet hours, without its node: its own office, desk and messenger."""

    def __init__(self, folder: Path) -> None:
        self.lock = threading.Lock()
        self.database = open_records(folder / "calls.sqlite", "the test server")
        self.messenger = MessengerProcess(folder / "messages")
        self.desk = EscalationDesk(self.database, HOUSE_PLAN, self.messenger)
        night = Hours.model_validate({"from": "21:00", "to": "07:00"})
        self.book = HouseBook(folder / "records.settings.json", HOUSE_PLAN, Quiet((night,)))
        residents = ("佐藤ハナ", "伊藤ジロウ")
        self.office = HouseOffice(self.book, self.desk, residents, lambda book: self.desk.take_up(book.plan))
        self.is_over = threading.Event()
        self.thread = threading.Thread(target=self._tick, daemon=True)
        self.thread.start()

    def _tick(self) -> None:
        while not self.is_over.wait(0.05):
            with self.lock:
                self.desk.tick([], time.time())

    def house(self) -> HouseView:
        with self.lock:
            return house_view(json.loads(json.dumps(self.office.told())), self.book.revision, self.book.fault)

    async def change_house(self, change: HouseChange) -> HouseOutcome:
        wanted = CareChange(change.what, change.subject, change.content, change.by, change.revision)
        with self.lock:
            done = self.office.change(wanted, time.time())
        return HouseOutcome(done.accepted, done.code, done.message, done.values, done.id)

    def close(self) -> None:
        self.is_over.set()
        self.thread.join()
        self.messenger.close()
        self.database.close()


class Noticing:
    """What care keeps of what was noticed, without its node."""

    def __init__(self) -> None:
        self.view = NoticeView()

    def notices(self) -> NoticeView:
        return self.view

    def put(self, noticed: list[dict[str, Any]], gait_days: list[dict[str, Any]]) -> None:
        """`ago_s` and `ago_days` say when."""
        now_s = time.time()
        found = tuple(
            Recorded(f"n-{number}", now_s - each["ago_s"], NoticedKind(each["kind"]), each["code"], each["numbers"])
            for number, each in enumerate(noticed)
        )
        days = tuple(
            GaitDay(day_of(now_s - each.pop("ago_days") * 86400.0), **each)
            for each in sorted(gait_days, key=lambda each: -each["ago_days"])
        )
        self.view = NoticeView(found, days)


class Logged:
    """What nodes logged, without nodes."""

    def __init__(self) -> None:
        self.lines: tuple[LogLine, ...] = ()

    def log(self) -> tuple[LogLine, ...]:
        return self.lines


class Talking:
    """What the conversation does, without its node: a line is said as soon as it is asked for."""

    def __init__(self) -> None:
        self.lines, self.now, self.is_there = Lines(), CaptionNow("こんにちは。", "ja", True), True
        self.talks_with, self.is_mute = "", False
        self.voice: tuple[bytes, bool] | None = None

    def talk(self) -> Talk:
        return Talk(self.is_there, self.now if self.is_there else None, self.lines.all(), "off", self.is_mute)

    async def say(self, text: str, language: str, is_urgent: bool, by: str) -> CareOutcome:
        if not self.is_there:
            return CareOutcome(False, "silent", "The robot's conversation does not answer.")
        line = Line(f"line-{len(self.lines.all()) + 1}", time.time(), "caregiver", by, text, language, "saying")
        self.lines.put(line)
        return CareOutcome(True, id=line.id)

    async def say_voice(self, wav: bytes, duration_s: float, is_urgent: bool, by: str) -> CareOutcome:
        if not self.is_there:
            return CareOutcome(False, "silent", "The robot's conversation does not answer.")
        self.voice = (wav, is_urgent)
        name = f"line-{len(self.lines.all()) + 1}"
        self.lines.put(Line(name, time.time(), "caregiver", by, "", "", "saying", voice_s=duration_s))
        return CareOutcome(True, id=name)

    async def stop_saying(self, line: str) -> CareOutcome:
        found = self.lines.find(line)
        if found is None:
            return CareOutcome(False, "unknown", "It is not being said any more.", line)
        self.lines.put(replace(found, state="not_said"))
        return CareOutcome(True, id=line)

    async def forget(self, resident: str, by: str) -> Forgotten:
        if not self.is_there:
            return Forgotten("silent")
        if self.talks_with not in ("", resident):
            return Forgotten("other", talks_with=self.talks_with)
        return Forgotten(exchanges=2, lines=self.lines.forget(), talks_with=resident)


def obey(robot: BookRobot, pairing: Pairing, books: Books, command: dict[str, Any]) -> dict[str, Any]:
    what = command.pop("do")
    if what == "hear":
        return {"id": robot.hear(**command), "at_s": time.time()}
    if what == "call":
        return {"id": robot.call(**command)}
    if what == "exchange":
        return {"id": robot.exchange(**command)}
    if what == "pin":
        return {"pin": pairing.pin(time.monotonic()).digits}
    if what == "logged":
        robot.logged.lines = (LogLine(time.time(), **command), *robot.logged.lines)
    if what == "noticed":
        robot.noticing.put(**command)
    if what == "offers":
        robot.caring.offers = tuple(Offer(**each) for each in command["offers"])
    if what == "more offers":
        robot.caring.offers += tuple(Offer(**each) for each in command["offers"])
    if what == "step":
        for run_id, view in robot.caring.runs.items():
            if view.state == "running":
                steps = steps_of(command["now"])
                robot.caring.runs[run_id] = replace(view, steps=steps, told=steps[command["now"]].told)
    if what == "care is silent":
        robot.caring.silent_since_s = time.monotonic()
    if what == "news":
        at_s = time.time() - command.get("ago_s", 0.0)
        robot.news = (News(command["title"], at_s, command["who"], command["title"], command["body"]), *robot.news)
    if what == "seen":
        robot.seen = tuple(tuple(each) for each in command["spots"])
    if what == "nobody in sight":
        robot.sees_anybody = False
    if what == "conversation is silent":
        robot.talking.is_there = False
    if what == "robot is mute":
        robot.talking.is_mute = True
    if what == "what was played":
        played, robot.talking.voice = robot.talking.voice, None
        return {} if played is None else {"wav": played[0], "urgent": played[1]}
    if what == "robot is gone":
        robot.silent_since_s = robot.caring.silent_since_s = time.monotonic()
        robot.talking.is_there = False
    if what == "robot is back":
        robot.silent_since_s = robot.caring.silent_since_s = None
        robot.talking.is_there = True
    if what == "care refuses":
        robot.caring.refuses = CareOutcome(False, **command)
    if what == "approval":
        return {"run": robot.caring.ask_approval(**command)}
    if what == "talks with":
        robot.talking.talks_with = command["name"]
    if what == "resident says":
        robot.talking.lines.put(Line(f"resident-{time.time()}", time.time(), "resident", means="voice", **command))
    if what == "told":
        at_s = time.time() + command.pop("in_s", 0.0)
        robot.told += (Told(state=ToldState(command.pop("state")), at_s=at_s, **command),)
    if what == "trip ends":
        robot.going.end(**command)
    if what == "trip is forgotten":
        robot.going.now = Whereabouts(robot.going.now.pose)
    if what == "navigation is silent":
        robot.going.takes = False
    if what == "stays stopped":
        robot.wheels.stays_stopped = command["why"]
    if what == "safety is silent":
        robot.wheels.silence_s = command["silence_s"]
    if what == "time passes":
        robot.later_s += command["seconds"]
    if what == "open pages":
        return {"count": len(Client.instances)}
    if what == "slow":
        robot.delay_s = command["delay_s"]
    if what == "looks take long":
        robot.block_s = command["block_s"]
    if what == "stopped":
        return {"latched": robot.wheels.estop.latched, "by": robot.wheels.estop.by}
    if what == "privacy":
        robot.looking.desk.switch(command["wanted"])
    if what == "looked":
        return {"active": robot.looking.desk.look(time.monotonic()) is not None}
    if what == "voiceless":
        robot.looking.has_voice = False
    if what == "consent":
        for each in books.residents.all():
            books.residents.decide(each.id, Consent(command["to"]), command["given"], "test", time.time())
    if what == "driven":
        return {"vx_m_s": robot.wheels.driven, "now_m_s": robot.wheels.motion().twist.vx_m_s}
    if what == "hour":
        spent = {Doing(key): value for key, value in command["spent_s"].items()}
        times_up = command.get("times_up", 0)
        books.activity.add(robot.view().name, spent, time.time() - command["ago_s"], times_up=times_up)
    if what == "resident":
        resident = books.residents.save(Resident("", **command))
        return {"id": resident.id}
    if what == "account":
        grants = [Grant(Role(role), resident) for role, resident in command.pop("roles")]
        return {"id": books.accounts.create(command["name"], command["password"], grants).id}
    if what == "upright":
        robot.tracks = {}
    if what == "silence":
        robot.silent_since_s = time.monotonic()
    if what == "speak":
        robot.silent_since_s = robot.blind_since_s = None
    if what == "blind":
        robot.blind_since_s = time.monotonic()
    return {}


def listen_to_commands(
    commands: Connection, robot: BookRobot, pairing: Pairing, books: Books, stopping: threading.Event
) -> None:
    with contextlib.suppress(EOFError, ConnectionResetError):
        while True:
            commands.send(obey(robot, pairing, books, commands.recv()))
    stopping.set()


def serve(
    commands: Connection, port: int, folder: Path, access: Mode, wheeled: bool, certificates: Certificates | None
) -> None:
    """Serve until the other end of `commands` is closed; encrypted where there are certificates."""
    robot = BookRobot(folder)
    robot.wheeled = wheeled
    pins: list[Pin] = []
    pairing = Pairing(pins.append)
    listening = bind("127.0.0.1", port)
    stopping = threading.Event()
    push = PushServices(
        load_push_key(folder / "push-key.pem"), "care@home.example", tuple(os.environ.get("PUSH_SERVICES", "").split())
    )
    settings = AppSettings(is_stopping=stopping.is_set, access=access, push=push)
    books = open_books(folder / "site.sqlite", lambda: time.time() + robot.later_s)
    parts = (robot.wheels, robot.going) if robot.wheeled else (None, None)
    app = create_app(
        robot,
        pairing,
        load_secret(folder / "secret"),
        settings,
        books,
        *parts,
        looking=robot.looking,
        caring=robot.caring,
        talking=robot.talking,
        house=robot.house,
        noticing=robot.noticing,
        traces=Traces(robot.logged, folder / "black_box"),
    )
    server = TabletServer(app, stopping.is_set, certificates)
    commands.send({"url": url(listening, "https" if certificates else "http"), "port": listening.getsockname()[1]})
    threading.Thread(target=listen_to_commands, args=(commands, robot, pairing, books, stopping), daemon=True).start()
    server.run(sockets=[listening])
    robot.book.close()
    robot.house.close()
    books.close()
