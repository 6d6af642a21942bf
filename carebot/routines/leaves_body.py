"""The leaves that watch somebody exercise or rest, and that close the robot's eyes: count, observe_rest and camera."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from carebot.exercise.repetitions import MovementName
from carebot.routines.leaf import Bed, Leaf, LeafKeys
from carebot.routines.moment import Moment
from carebot.routines.ports import Counting, Job, Observed, Outcome, Voice
from carebot.routines.spent import Spent

UNSEEN_AFTER_S = 8.0


class CountKeys(LeafKeys):
    """`times` repetitions of `movement` within `within_s`; each is counted aloud unless `aloud` is false."""

    movement: MovementName
    times: Annotated[int, Field(ge=1, le=50)] = 10
    within_s: Annotated[float, Field(ge=10, le=1800)] = 300.0
    aloud: bool = True


class CountAloud:
    """Ends with `all`, `some` (the time is over), `stopped` (somebody said so) or `not_seen`."""

    def __init__(self, counting: Counting, keys: CountKeys, voice: Voice, moment: Moment) -> None:
        self._counting, self._keys, self._voice, self._moment = counting, keys, voice, moment
        self._told = 0
        self._began_s = self._seen_s = moment.now_s
        self._speaking: Job | None = None

    def outcome(self, now_s: float) -> Outcome | None:
        count = self._counting.count(now_s)
        if count is not None:
            self._seen_s = now_s
            self._tell(min(count, self._keys.times), now_s)
        answer = self._answer(now_s)
        if not answer:
            return None
        self.cancel()
        return Outcome(True, answer=answer, heard=str(self._told), counted=self._told)

    def cancel(self) -> None:
        self._counting.close()

    def _answer(self, now_s: float) -> str:
        if self._counting.is_stopped():
            return "stopped"
        if self._told >= self._keys.times and not self._is_speaking(now_s):
            return "all"
        if now_s - self._began_s > self._keys.within_s:
            return "some"
        return "not_seen" if now_s - self._seen_s > UNSEEN_AFTER_S else ""

    def _tell(self, count: int, now_s: float) -> None:
        """Say the newest number; one that came while another was said is passed over."""
        if count <= self._told or self._is_speaking(now_s):
            return
        self._told = count
        if self._keys.aloud:
            words = self._moment.own_text("count", number=count)
            self._speaking = self._voice.say(words, self._moment.language, False)

    def _is_speaking(self, now_s: float) -> bool:
        if self._speaking is not None and self._speaking.outcome(now_s) is not None:
            self._speaking = None
        return self._speaking is not None


class Count(Leaf):
    """Count repetitions of an exercise. How many there were is what was `heard`, and `counted`."""

    keyword, keys, short = "count", CountKeys, "movement"
    answers = frozenset({"all", "some", "stopped", "not_seen"})
    good_answers = frozenset({"all", "some"})
    needs_place = True

    def start(self, keys: CountKeys, moment: Moment) -> CountAloud | Outcome:
        counting = moment.ports.exercise.watch(keys.movement, moment.now_s)
        if counting is None:
            return Outcome(False, "the camera sees nothing")
        return CountAloud(counting, keys, moment.ports.voice, moment)

    def limit_s(self, keys: CountKeys) -> float:
        return keys.within_s + 60.0

    def told(self, keys: CountKeys, _moment: Moment) -> str:
        return keys.movement.replace("_", " ")


class ObserveKeys(LeafKeys):
    """Look for `for_s` at whoever should be in `bed`, a zone of the site file (empty: none is known)."""

    bed: Bed = ""
    for_s: Annotated[float, Field(ge=10, le=600)] = 60.0


class Observation:
    """Ends after its time with what became clear."""

    def __init__(self, observed: Observed, keys: ObserveKeys, began_s: float) -> None:
        self._observed, self._for_s, self._spent = observed, keys.for_s, Spent(began_s)

    def outcome(self, now_s: float) -> Outcome | None:
        if self._spent.seconds(now_s) < self._for_s:
            return None
        self.cancel()
        return Outcome(True, answer=self._observed.verdict())

    def cancel(self) -> None:
        self._observed.close()


class ObserveRest(Leaf):
    """See whether somebody rests, tosses about, is up or out of bed. It speaks to nobody."""

    keyword, keys, short = "observe_rest", ObserveKeys, "for_s"
    answers = frozenset({"resting", "restless", "up", "out_of_bed", "not_seen"})
    needs_place = True

    def start(self, keys: ObserveKeys, moment: Moment) -> Observation | Outcome:
        observed = moment.ports.rest.observe(keys.bed)
        if observed is None:
            return Outcome(False, "the camera sees nothing")
        return Observation(observed, keys, moment.now_s)

    def limit_s(self, keys: ObserveKeys) -> float:
        return keys.for_s + 60.0


def _on_off(value: object) -> object:
    """YAML takes `on` and `off` for true and false."""
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value


class CameraKeys(LeafKeys):
    """`off` for `for_s` (then it sees again by itself, whatever becomes of the routine), or `on`."""

    is_: Annotated[Literal["on", "off"], BeforeValidator(_on_off), Field(alias="is")]
    for_s: Annotated[float, Field(ge=10, le=4 * 3600)] = 1800.0


class Camera(Leaf):
    """Switch the robot's camera off for a time, or on. Done once perception says that it is so.

    The time counts from the step's first beginning: a restart does not make it longer.
    """

    keyword, keys, short = "camera", CameraKeys, "is"
    in_background = True
    time_limit_s = 15.0

    def start(self, keys: CameraKeys, moment: Moment) -> Job:
        until_s = moment.began_s + keys.for_s if keys.is_ == "off" else 0.0
        return moment.ports.eyes.close_until(until_s)

    def told(self, keys: CameraKeys, _moment: Moment) -> str:
        return keys.is_


LEAVES = (Count(), ObserveRest(), Camera())
