"""The last seconds before an alert, as keypoints: kept in memory, a few alerts long."""

from __future__ import annotations

import json
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from pydantic import TypeAdapter

from carebot.people import People
from carebot.tablet import api_models as bodies
from carebot.tablet.robot import RobotView

BEFORE_S, AFTER_S = 15.0, 5.0
MOST_ALERTS = 20


_PEOPLE = TypeAdapter(list[bodies.PersonBody])


@dataclass
class _Moment:
    at_s: float
    people: People
    tracks: dict[int, str]
    _drawn: str = ""

    def people_json(self) -> str:
        """Written once: at an alarm every tablet of the house asks for the same replay in the same second."""
        if not self._drawn:
            found = [
                bodies.person_body(person, self.tracks.get(person.track_id, "well")) for person in self.people.people
            ]
            self._drawn = _PEOPLE.dump_json(found).decode()
        return self._drawn


@dataclass
class _Replay:
    noticed_s: float
    moments: list[_Moment] = field(default_factory=list)


class Replays:
    """Fed with every view of the robot; times are those of the caller's steady clock."""

    def __init__(self) -> None:
        self._recent: deque[_Moment] = deque()
        self._replays: OrderedDict[str, _Replay] = OrderedDict()
        self._known: set[str] | None = None

    def step(self, view: RobotView, now_s: float) -> None:
        """Remember what is seen now, and hold it fast where an alert is new."""
        self._notice(view, now_s)
        if view.people is None or view.is_blind or (self._recent and self._recent[-1].people is view.people):
            return
        if self._recent and self._recent[-1].people.time_s == view.people.time_s:
            return
        moment = _Moment(now_s, view.people, dict(view.tracks))
        self._recent.append(moment)
        while self._recent and self._recent[0].at_s < now_s - BEFORE_S:
            self._recent.popleft()
        for replay in self._replays.values():
            if now_s - replay.noticed_s <= AFTER_S:
                replay.moments.append(moment)

    def body_json(self, alert_id: str) -> str:
        """The replay of one alert as a `ReplayBody` in JSON; without frames where nothing was held."""
        replay = self._replays.get(alert_id)
        if replay is None or not replay.moments:
            return bodies.ReplayBody(width_px=0, height_px=0, frames=[]).model_dump_json()
        first = replay.moments[0].people
        frames = ",".join(
            f'{{"at_s":{json.dumps(round(moment.at_s - replay.noticed_s, 2))},"people":{moment.people_json()}}}'
            for moment in replay.moments
        )
        return f'{{"width_px":{first.width_px},"height_px":{first.height_px},"frames":[{frames}]}}'

    def has(self, alert_id: str) -> bool:
        """Whether there is something to replay."""
        replay = self._replays.get(alert_id)
        return replay is not None and bool(replay.moments)

    def _notice(self, view: RobotView, now_s: float) -> None:
        ids = {alert.id for alert in view.alerts}
        if self._known is None:  # what was there before this server started happened before its memory
            self._known = ids if view.care_age_s is not None else None
            return
        for alert_id in ids - self._known:
            self._replays[alert_id] = _Replay(now_s, list(self._recent))
        while len(self._replays) > MOST_ALERTS:
            self._replays.popitem(last=False)
        self._known |= ids
