"""The care node's parts in a simulated home, passed the time: what is asked for, due or happens becomes routines."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from datetime import datetime, time
from pathlib import Path
from types import TracebackType
from zoneinfo import ZoneInfo

from carebot.alerts import Alert, AlertState, Answer, FallEvent, HelpCall
from carebot.conversation.dialogue import Act, Dialogue, Setting
from carebot.errors import ConfigError
from carebot.escalation.desk import EscalationDesk
from carebot.escalation.plan import EscalationPlan, load_plan
from carebot.falls.lying_place import LyingPlace
from carebot.people import People
from carebot.records.alert_book import AlertBook
from carebot.records.schema import open_records
from carebot.routines.agenda import all_triggers, load_agenda
from carebot.routines.engine import Engine
from carebot.routines.library import load_library, priority_of
from carebot.routines.own_texts import own_text
from carebot.routines.parameters import GivenError
from carebot.routines.ports import Ports
from carebot.routines.run_book import RunBook
from carebot.routines.schedule_book import ScheduleBook
from carebot.routines.triggers import Triggers
from carebot.routines.wishes import Contact, Plan, Policy, Refuse, Start, Wish
from carebot.simulation.answering import Mouth
from carebot.simulation.household.driver import RoutineDriver
from carebot.simulation.household.happened import Diary, Happened
from carebot.simulation.household.script import CareScript, Words
from carebot.simulation.household.senses import SimulatedSenses
from carebot.simulation.household.telling import Postman, SimulatedMessages
from carebot.simulation.household.voice import SimulatedVoice
from carebot.simulation.scenario import Scenario
from carebot.simulation.simulator import Simulator
from carebot.site.file import Site, load_site, site_path

DAY = datetime(2026, 6, 1)
STILL = ("wait", "say", "ask", "notify", "escalate", "record", "camera", "end")
"""What routines do without wheels and camera."""
CLOSING_S = 1.0
"""So long after the last routine is over, what it told is on its way."""


class Household:
    """Care in one scenario; a context manager that forgets everything at the end."""

    def __init__(self, scenario: Scenario, seed: int, simulator: Simulator) -> None:
        assert scenario.care is not None
        self._script: CareScript = scenario.care
        self._simulator = simulator
        path = site_path(self._script.site)
        self.site, self._plan = load_site(path), load_plan(path)
        self._library = load_library(None, self.site, self._caregivers)
        for start in self._script.routines:
            if start.start not in self._library:
                raise ConfigError(f"care.routines: there is no routine '{start.start}'.")
        self.diary = Diary()
        begins = datetime.combine(DAY, time.fromisoformat(self._script.clock), ZoneInfo(self.site.time_zone))
        self._begins_s = begins.timestamp()
        self.language = self.site.language_of(self.site.residents[0].name if self.site.residents else "")
        self.driver = RoutineDriver(simulator, scenario.world, self.site, self.diary, seed)
        self._folder = tempfile.TemporaryDirectory(prefix="carebot-household-")
        self._database = open_records(Path(self._folder.name) / "records.sqlite", "carebot sim")
        self._voice = SimulatedVoice(Mouth(scenario.answers or (), self.language), self.diary)
        self._senses = SimulatedSenses(self.diary, self.site, simulator.camera_mounting)
        self.driver.is_camera_off = self._senses.are_closed
        self._build(path)
        self._left = list(self._script.routines)
        self._unsaid = list(self._script.words)
        self._happening = sorted(self._script.events.items(), key=lambda each: each[1])
        self._new_alerts: dict[str, str] = {}
        self._raised: dict[str, tuple[Alert, float]] = {}
        self._answered: set[tuple[str, int]] = set()
        self._states: dict[str, str] = {}
        self._over_s: float | None = None

    def _build(self, path: Path) -> None:
        now_s, site = self._begins_s, self.site
        caregivers, library = self._caregivers, self._library
        contacts = tuple(Contact(each.name, each.relation or "") for each in self._plan.caregivers)
        agenda = load_agenda(path, library, site, caregivers)
        self._book, self._run_book = AlertBook(self._database), RunBook(self._database)
        self._desk = EscalationDesk(self._database, self._plan, Postman())
        messages = SimulatedMessages(self._book, self._desk, self._plan, self.diary)
        voice, senses = self._voice, self._senses
        ports = Ports(
            voice,
            self.driver,
            senses,
            messages,
            self._run_book,
            company=self.driver,
            exercise=senses,
            eyes=senses,
            touch=senses,
            standing=self.driver,
            rest=senses.rest,
        )
        self._engine = Engine(library, site, caregivers, ports, self._run_book, now_s, agenda.quiet_hours)
        self._triggers = Triggers(all_triggers(agenda, library), site.time_zone)
        self._schedule = ScheduleBook(
            self._database, (), (), site.time_zone, lambda name: priority_of(library, name), now_s
        )
        self._policy = Policy(library, site, contacts)
        self._dialogue = Dialogue(self.language, _setting(self._policy, site, self._plan, self.language))

    # time

    @property
    def _caregivers(self) -> tuple[str, ...]:
        return tuple(each.name for each in self._plan.caregivers)

    @property
    def now_s(self) -> float:
        """Seconds since 1970 UTC in the home."""
        return self._begins_s + self.diary.now_s

    @property
    def is_off(self) -> bool:
        """Whether the camera sees nothing, because somebody wants it so."""
        return self._senses.are_closed()

    @property
    def is_calm(self) -> bool:
        """Whether nothing moves and nobody looks: routines wait, speak and tell, and nobody lies on the floor."""
        is_looking = any(each not in STILL for each in self._engine.at_work())
        has_fallen = any(each.kind == "fall" for each in self._book.open_alerts())
        is_awaited = bool(self._engine.active()) or self.diary.now_s >= self._script.lasts_s
        return is_awaited and not is_looking and not has_fallen and not self.driver.is_driving

    @property
    def is_over(self) -> bool:
        """Whether everything has come to its end."""
        now_s = self.diary.now_s
        if now_s >= self._script.most_s:
            return True
        is_due = any(due_s < self._begins_s + self._script.most_s for due_s, _ in self._schedule.next_due())
        is_open = bool(self._left or self._unsaid or self._happening or self._engine.active() or is_due)
        is_open = is_open or not self._simulator.finished
        self._over_s = None if is_open else self._over_s if self._over_s is not None else now_s
        return self._over_s is not None and now_s - self._over_s >= CLOSING_S and now_s >= self._script.lasts_s

    def see(self, time_s: float, people: People | None) -> dict[int, LyingPlace]:
        """It is `time_s` in the simulation, and the camera gave `people`: what the site says of lying where they are,
        by track_id."""
        self.diary.now_s = time_s
        return self._senses.see(self.now_s, people, self._simulator.robot.pose)

    def step(self, time_s: float, events: Iterable[FallEvent] = ()) -> None:
        """Care goes on; `events` is what the falls room says of what was just seen."""
        for event in events:
            placed = self._senses.placed(event)
            self._book.hear(f"fall-{event.fall_id}", placed, seen_at_s=self.now_s, now_s=self.now_s)
        self._play_script(time_s)
        self._watch_alerts(time_s)
        self._start_what_is_due()
        self._engine.tick(self.now_s)
        self._watch_runs()
        self._desk.tick(self._book.recent(20), self.now_s)

    def rest(self, seconds: float) -> None:
        """Let so much time go by in which nothing moves, and care goes on."""
        self._simulator.rest(seconds)
        self.driver.rest(seconds)
        self.see(self._simulator.time_s, None)
        self.step(self._simulator.time_s)

    # what happens

    def _play_script(self, time_s: float) -> None:
        for start in [each for each in self._left if each.at_s <= time_s]:
            self._left.remove(start)
            self._ask_for(start.start, start.parameters, start.by)
        for words in [each for each in self._unsaid if self._is_time_for(each, time_s)]:
            self._unsaid.remove(words)
            self._hear(words.says)
        while self._happening and self._happening[0][1] <= time_s:
            self._senses.happens(self._happening.pop(0)[0])
        if any(abs(time_s - at_s) < 0.05 for at_s in self._script.bumper_at_s):
            self._senses.touch()
        for each in self._script.battery:
            if each.at_s <= time_s:
                self._senses.battery = each.percent / 100

    def _is_time_for(self, words: Words, time_s: float) -> bool:
        if words.at_s is not None:
            return words.at_s <= time_s
        ends_s = next((ends_s for ends_s, said in self._voice.sentences if words.after in said), None)
        return ends_s is not None and time_s >= ends_s + words.after_s

    def _ask_for(self, name: str, given: Mapping[str, object], by: str, run_id: str = "") -> None:
        try:
            self._engine.request(name, given, by, self.now_s, run_id)
        except GivenError as error:
            raise ConfigError(f"care: {name} does not start: {error}.") from None

    def _start_what_is_due(self) -> None:
        if self._schedule.step(self.now_s)[0]:
            self._engine.reload()
        alerts, self._new_alerts = self._new_alerts, {}
        pose = self._simulator.robot.pose
        for firing in self._triggers.step(self._senses.facts(pose, alerts), self.now_s):
            run_id = f"{firing.trigger.routine}@{firing.about}" if firing.about else ""
            self._ask_for(firing.trigger.routine, firing.given, f"trigger {firing.trigger.id}", run_id)

    def _watch_alerts(self, time_s: float) -> None:
        for alert in self._book.open_alerts():
            if alert.state is AlertState.CONFIRMED and alert.id not in self._raised:
                self._raised[alert.id] = alert, time_s
                self._new_alerts[alert.kind] = alert.id
                self.diary.add("alarm", alert.reason, how=alert.kind)
        for alert_id, (_, raised_s) in self._raised.items():
            for number, answer in enumerate(self._script.caregivers):
                if time_s >= raised_s + answer.after_s and (alert_id, number) not in self._answered:
                    self._answered.add((alert_id, number))
                    self._book.answer(alert_id, Answer(answer.answer), answer.by, "", now_s=self.now_s)

    def _watch_runs(self) -> None:
        now = {active.run.id: active.run for active in self._engine.active()}
        for run_id in {*self._states, *now}:
            run = now.get(run_id) or self._engine.run(run_id)
            if run is None or self._states.get(run_id) == run.state.value:
                continue
            before, self._states[run.id] = self._states.get(run.id), run.state.value
            if before != run.state.value and run.state.value == "running" and before != "suspended":
                self.diary.add("began", run.routine, who=run.requested_by)
            elif before != run.state.value and run.state.is_over:
                self.diary.add("ended", run.routine, how=run.outcome or "done")

    # what the resident says unasked

    def _hear(self, text: str) -> None:
        self.diary.add("heard", text)
        self._senses.hear(text, self.language)
        now = datetime.fromtimestamp(self.now_s, ZoneInfo(self.site.time_zone))
        reply = self._dialogue.hear(text, now)
        said = reply.text
        for act in reply.acts:
            said = self._do(act, now, said)
        if said:
            self._voice.begin(said, self.language, "said")

    def _do(self, act: Act, now: datetime, said: str) -> str:
        """Carry it out; what is said about it."""
        if act.name == "help":
            call = HelpCall(
                f"call-{self.diary.now_s}", self.now_s, str(act.details["words"]), self.language, "", "voice"
            )
            self._book.hear_call(call, now_s=self.now_s)
            return said
        answer = self._policy.answer(Wish(act.name, {key: str(value) for key, value in act.details.items()}), now)
        if isinstance(answer, Start):
            self._ask_for(answer.routine, {name: each for name, each in answer.parameters.items() if each}, "resident")
        elif isinstance(answer, Plan):
            self._schedule.set_entry(answer.entry, "resident", self.now_s)
        if isinstance(answer, Refuse) and answer.text == "wish_unknown":
            return said
        return own_text(answer.text, self.language, **answer.values) if answer.text else ""

    # the end

    def happened(self) -> tuple[Happened, ...]:
        """Everything, in order: what was written down and who was called come from the records."""
        notes = self._run_book.notes(0, self.now_s + 1)
        lines = [*self.diary.lines]
        lines += [Happened(each.at_s - self._begins_s, "recorded", each.kind, each.subject) for each in notes]
        for alert_id, (alert, _) in self._raised.items():
            for call in self._desk.messages(alert_id):
                at_s = call.queued_at_s - self._begins_s
                lines.append(Happened(at_s, "called", alert.reason, call.who, call.purpose.value))
        return tuple(sorted(lines, key=lambda each: each.time_s))

    def __enter__(self) -> Household:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book.close()
        self._folder.cleanup()


def _setting(policy: Policy, site: Site, plan: EscalationPlan, language: str) -> Setting:
    """What may be named: as care tells the conversation."""
    rooms = {each.spoken(language): each.name for each in (*site.rooms, *site.places, *site.docks)}  # type: ignore[arg-type]
    routines = tuple(each.called(language) for each in policy.startable().values())
    return Setting(routines=routines, rooms=rooms, people={each.name: each.name for each in plan.caregivers})
