"""One person's way through a fall: upright, falling, down, alert."""

from __future__ import annotations

import math
from collections import deque
from statistics import median

from carebot.alerts import LONG_LIE, LONG_LIE_UNSEEN, STILL_BL_S, FallEventKind, ResidentAnswer
from carebot.falls.body import Body
from carebot.falls.classifier import FallClassifier, Posture, rules, with_network
from carebot.falls.continuity import AWAY_S, Continuity
from carebot.falls.descent import Descent
from carebot.falls.features import BodyMemory, PersonFeatures
from carebot.falls.kneeling import Kneeling
from carebot.falls.lying_place import LyingPlace
from carebot.falls.opinion import Opinion
from carebot.falls.parameters import FallParameters
from carebot.falls.person_state import Fall, PersonState, Step
from carebot.falls.window import WINDOW_S

FLICKER_S = 0.3
DROP_LASTS_S = 0.5
"""For so long whoever merely lay is lower than before where they fell; a wrong skeleton is gone by then."""
ERECT_RAD = math.radians(45.0)  # whoever holds themselves so is up, although the network may be slow to see it
SWUNG_IN_S = 1.0
"""For so long nothing is concluded of somebody whom the turning camera brings into the picture: their skeleton is made
up at first, and whoever lies there goes on lying."""
LAY_ALREADY_S, DRIVEN_S = 0.8, 2.0
"""Who has lain for so long does not fall while the camera drives or turns, nor so soon after: from a robot that comes
into the bedroom, a sleeper's trunk seems to drop."""
ABOVE_FLOOR_SHARE, MEASURED_S = 0.7, 2.0
SEAT_M = 0.4
"""A bed or a sofa is at least so high."""
GOES_BL, GOES_S, ROLLS_OUT_S = 0.7, 2.0, 0.5
"""Who gets so far in that time, low or not, goes about: nobody who fell does, once they have come to rest after it, but
a cat or a dog."""
ROUNDING_S = 1e-6  # of the time of pictures that come regularly
STAYED = {
    "lost_while_falling": "out_of_sight",
    "moved_like_a_fall": "moved_like_a_fall_and_stayed",
}
ANSWERED = {
    ResidentAnswer.HELP: "asked_for_help",
    ResidentAnswer.UNCLEAR: "unclear_answer",
    ResidentAnswer.NONE: "no_answer",
}


class PersonMachine:
    """Follows one person; `see` and `miss` return what was noticed."""

    def __init__(self, parameters: FallParameters, classifier: FallClassifier | None) -> None:
        self.fall: Fall | None = None
        self.fall_id = 0
        self.features: PersonFeatures | None = None
        self.body: Body | None = None
        self.state = PersonState.UNKNOWN
        self.was_up = False
        self.memory = BodyMemory(parameters.fall_within_s)
        self._p = parameters
        self._classifier = classifier
        self._bodies: deque[Body] = deque()
        self._lying_since_s: float | None = None
        self._last_lying_s = 0.0
        self._risen_since_s: float | None = None
        self._seen: deque[tuple[float, bool]] = deque()
        self._moved = 0.0
        self._network = Opinion(parameters)
        self._lay_down_calmly = False
        self._place = LyingPlace.FLOOR
        self._continuity = Continuity()
        self._descent = Descent()
        self._floor_shares: deque[tuple[float, float]] = deque()
        self._on_furniture_s = -math.inf
        self._swung_in_s = self._camera_moved_s = -math.inf
        self._kneeling = Kneeling(parameters.found_lying_after_s)

    def see(
        self,
        body: Body,
        *,
        on_bed: bool,
        place: LyingPlace = LyingPlace.FLOOR,
        camera_turns: bool = False,
        camera_moves: bool = False,
    ) -> list[Step]:
        """The person as `body`; `on_bed` where it is inside a bed zone of the picture, `place` as the map has it.

        `camera_turns` says that whoever comes into sight now is brought into the picture by the turning camera,
        `camera_moves` that it turns or drives.
        """
        self._place = place
        self._camera_moved_s = body.time_s if camera_turns or camera_moves else self._camera_moved_s
        if camera_turns and not body.time_s - self.memory.last_seen_s <= AWAY_S:
            self._swung_in_s = body.time_s
        going_down = self.fall is not None or self.state in (PersonState.FALLING, PersonState.DOWN)
        merely_lies = self.fall is not None and not self.fall.may_confirm
        falling = going_down and not merely_lies
        place_px = self.memory.place_px
        if not self._continuity.accepts(body, place_px, falling=falling, went_down=self._went_down()):
            has_vanished = not falling or self._descent.goes_on
            return self.miss(body.time_s) if has_vanished else []
        features = self.memory.add(body, falling=going_down, since_s=self._fell_before_s(), rests_m=self._rests_m())
        if features is None:
            return self.miss(body.time_s)
        self.features, self.body = features, body
        self._kneeling.see(features)
        self._descent.see(body, is_down=self._went_down())
        self._keep(body)
        posture = self._posture(features)
        if on_bed and self.fall is None:
            posture = Posture(lying=False, risen=posture.risen)
        self._time_postures(features.time_s, posture)
        self._measure_where_they_lie(body)
        steps = self._judge(features)
        self.state = self._name_state(features, posture, on_bed)
        return steps

    def _measure_where_they_lie(self, body: Body) -> None:
        if self._place is LyingPlace.FURNITURE:
            self._on_furniture_s = body.time_s
        if self._lying_since_s is None:
            self._floor_shares.clear()
        elif math.isfinite(share := body.floor_share()):
            self._floor_shares.append((body.time_s, share))
        while self._floor_shares and self._floor_shares[0][0] < body.time_s - MEASURED_S:
            self._floor_shares.popleft()

    def _rests_m(self) -> float:
        return SEAT_M if self._place is LyingPlace.FURNITURE else 0.0

    def miss(self, time_s: float, *, camera_turns: bool = False) -> list[Step]:
        """Nobody was seen here at `time_s`; who leaves the picture because it turns away has not vanished."""
        if self.features is None:
            return []
        if camera_turns and self.fall is None:
            self.state = PersonState.LOST
            return []
        if self.fall is not None:
            return self._miss_the_fallen(time_s, self.fall, time_s - self.features.time_s)
        if self.state is PersonState.LOST or self._just_swung_in(self.features.time_s):
            return []
        lost_s = time_s - self.features.time_s
        was_falling = self.state is PersonState.FALLING and self._was_going_down(self.features)
        is_seen = self._network.saw_it_to_the_end and not self._descent.is_cut
        if lost_s >= self._p.lost_after_s and (was_falling or is_seen):
            return self._suspect(time_s, "lost_while_falling", self.features)
        is_just_lost = self.state is PersonState.DOWN and lost_s <= self._p.lost_after_s
        lay = self._is_driven_past(self.features.time_s) or self._rests_on_furniture(self.features.time_s)
        is_seen_to_fall = self._descent.was_seen and not lay
        if is_just_lost and is_seen_to_fall and self._is_a_fall(self.features):
            return self._suspect(time_s, self._how(self.features), self.features)
        return []

    def _miss_the_fallen(self, time_s: float, fall: Fall, lost_s: float) -> list[Step]:
        """Whoever fell and is behind the furniture by now, or behind the camera, lies on: nobody saw them get up."""
        if self._risen_since_s is not None:
            return []
        steps = self._confirm(time_s, fall)
        if steps or not fall.confirmed:
            return steps
        return self._lies_long(time_s, fall, LONG_LIE if lost_s < self._p.lost_after_s else LONG_LIE_UNSEEN)

    def _just_swung_in(self, time_s: float) -> bool:
        return time_s - self._swung_in_s < SWUNG_IN_S

    def _fell_before_s(self) -> float | None:
        """When the person came to lie, or began to fall: some fall in stages, onto the hands and knees first."""
        since_s = self._network.falling_since_s(self._lying_since_s)
        return self._lying_since_s if since_s is None else since_s

    def _went_down(self) -> bool:
        """Whether the person was on the way down when last seen: half a fall is enough."""
        return self.features is not None and self.features.drop_bl >= 0.5 * self._p.fall_drop_bl

    def answer(self, said: ResidentAnswer, time_s: float) -> list[Step]:
        """What the person said to "are you all right?"; being fine ends nothing before they are seen up again."""
        fall = self.fall
        if fall is None:
            return []
        fall.is_fine = said is ResidentAnswer.FINE
        if said is ResidentAnswer.NONE and self._goes_about(fall, time_s):
            return []
        if fall.is_fine:
            is_up = self._risen_since_s is not None and time_s - self._risen_since_s >= FLICKER_S
            return self.recover(time_s) if is_up else []
        return [] if fall.confirmed else self._confirmed(time_s, fall, ANSWERED[said])

    def go_on_with(self, lost: PersonMachine) -> None:
        """This person is the one whose fall `lost` follows: found again where they went out of sight."""
        self.fall, self.fall_id = lost.fall, lost.fall_id

    def recover(self, time_s: float) -> list[Step]:
        """Somebody was seen upright where this person had gone down out of sight."""
        fall, self.fall = self.fall, None
        self.state = PersonState.LOST
        if fall is None:
            return []
        return [Step(FallEventKind.RECOVERED, "up_again", fall.features, time_s - fall.suspected_s, 0.0)]

    def _keep(self, body: Body) -> None:
        if self._classifier is None:
            return
        self._bodies.append(body)
        while self._bodies[0].time_s < body.time_s - WINDOW_S:
            self._bodies.popleft()

    def _posture(self, features: PersonFeatures) -> Posture:
        posture = rules(features, self._p)
        guess = None if self._classifier is None else self._classifier.guess(self._bodies)
        if guess is None:
            return posture
        self._network.hear(guess, features.time_s)
        both_saw_it = self._dropped(features) and self._network_saw_it(features)
        enough = self._p.network_down_after_fall if both_saw_it else self._p.network_down
        has_fallen = self.fall is not None and self.fall.may_confirm
        is_erect = features.torso_angle_rad < ERECT_RAD
        may_be_up = not has_fallen or is_erect or self._network.lies < self._p.network_down_after_fall
        return with_network(posture, is_down=self._network.down >= enough, may_be_up=may_be_up)

    def _time_postures(self, now: float, posture: Posture) -> None:
        """Since when the person lies and has risen; a flicker of the pose model does not start it anew."""
        if posture.lying:
            self._last_lying_s = now
            self._lying_since_s = now if self._lying_since_s is None else self._lying_since_s
        elif self._lying_since_s is not None and now - self._last_lying_s > FLICKER_S:
            self._lying_since_s, self._lay_down_calmly = None, False
        if not posture.risen:
            self._risen_since_s = None
        elif self._risen_since_s is None:
            self._risen_since_s = now
        elif now - self._risen_since_s >= self._p.recover_after_s:
            self.was_up = True
        self._seen.append((now, posture.lying))
        while self._seen[0][0] < now - self._p.confirm_after_s:
            self._seen.popleft()

    def _judge(self, features: PersonFeatures) -> list[Step]:
        now = features.time_s
        if self.fall is None:
            return self._judge_lying(features)
        self._moved = max(self._moved, features.movement_bl_s) if now - self.fall.suspected_s > 1.0 else 0.0
        if features.movement_bl_s >= STILL_BL_S:
            self.fall.still_since_s = now
        if self._risen_since_s is not None:
            self.fall.still_since_s = now
            up_s = now - self._risen_since_s
            is_up = up_s >= (FLICKER_S if self.fall.is_fine else self._p.recover_after_s)
            return self.recover(now) if is_up else []
        if not self.fall.may_confirm:
            self._watch_for_a_fall(self.fall, features)
        return self._confirm(now, self.fall) or self._lies_long(now, self.fall, LONG_LIE)

    def _watch_for_a_fall(self, found: Fall, features: PersonFeatures) -> None:
        """Somebody found lying may have been on a bed and fall from it; a wrong skeleton drops for a moment only."""
        if not self._is_a_fall(features):
            found.falls_since_s = None
        elif found.falls_since_s is None:
            found.falls_since_s = features.time_s
        elif features.time_s - found.falls_since_s >= DROP_LASTS_S - ROUNDING_S:
            found.may_confirm, found.waited_since_s = True, found.falls_since_s
            found.reason_code, found.features = self._how(features), features

    def _judge_lying(self, features: PersonFeatures) -> list[Step]:
        is_up = self._lying_since_s is None or self._risen_since_s is not None
        if is_up or self._just_swung_in(features.time_s) or self._rests_on_furniture(features.time_s):
            return []
        lying_s = self._lying_s(features.time_s)
        is_long_enough = lying_s >= self._p.down_after_s - ROUNDING_S
        if is_long_enough and not self._is_driven_past(features.time_s) and self._is_a_fall(features):
            return self._suspect(features.time_s, self._how(features), features)
        if lying_s >= self._found_lying_after_s() and not self._kneeling.goes_on:
            return self._suspect(features.time_s, "found_lying", features)
        return []

    def _is_driven_past(self, now_s: float) -> bool:
        """Whether the camera moved a moment ago, and the person lay already: it is the picture that seems to drop."""
        return self._lying_s(now_s) >= LAY_ALREADY_S and now_s - self._camera_moved_s < DRIVEN_S

    def _rests_on_furniture(self, now_s: float) -> bool:
        """Whether the map has a bed or a sofa there, and the trunk looks larger than any on the floor could."""
        shares = [share for _, share in self._floor_shares]
        is_above_floor = len(shares) >= 3 and median(shares) < ABOVE_FLOOR_SHARE
        return is_above_floor and now_s - self._on_furniture_s < MEASURED_S

    def _found_lying_after_s(self) -> float:
        """A map is half a metre wrong, and people fall beside beds: whom the network sees on the floor is there."""
        if self._place is LyingPlace.FURNITURE and self._network.has_looked:
            is_on_the_floor = self._network.down >= self._p.network_down
            return self._p.found_lying_after_s if is_on_the_floor else math.inf
        is_usual = self._place is not LyingPlace.FLOOR or self._network.rests()
        return self._p.long_lie_after_s if is_usual else self._p.found_lying_after_s

    def _is_a_fall(self, f: PersonFeatures) -> bool:
        """Whether this lying person fell, unless the network, sure of something else, saw nothing of a fall."""
        return self._fell(f) and not self._was_calm(f, self._lying_s(f.time_s))

    def _was_calm(self, f: PersonFeatures, lying_s: float) -> bool:
        is_calm = self._network.is_calm(lying_s, f.drop_bl)
        self._lay_down_calmly = self._lay_down_calmly or (is_calm and lying_s >= self._p.calm_after_s)
        return is_calm or self._lay_down_calmly

    def _fell(self, f: PersonFeatures) -> bool:
        return self._dropped(f) or self._network_saw_it(f)

    def _network_saw_it(self, f: PersonFeatures) -> bool:
        return math.isfinite(self._moved_like_a_fall(f))

    def _moved_like_a_fall(self, f: PersonFeatures) -> float:
        if f.peak_speed_bl_s < self._p.network_speed_bl_s:
            return math.nan
        return self._network.moved_like_a_fall(self._lying_s(f.time_s))

    def _lying_s(self, now_s: float) -> float:
        return 0.0 if self._lying_since_s is None else now_s - self._lying_since_s

    def _dropped(self, f: PersonFeatures) -> bool:
        return f.drop_bl >= self._p.fall_drop_bl and f.peak_speed_bl_s >= self._p.fall_speed_bl_s

    def _how(self, f: PersonFeatures) -> str:
        """The reason code of a fall: what was measured comes before what the network thinks."""
        return "fell" if self._dropped(f) else "moved_like_a_fall"

    def _was_going_down(self, f: PersonFeatures) -> bool:
        """At the last sight: already far down and still fast, so not a squat that ended, or half down in a fall that
        the network saw."""
        is_fast = f.drop_bl >= self._p.fall_drop_bl and f.speed_bl_s >= self._p.lost_speed_bl_s
        is_seen = self._went_down() and self._network_saw_it(f)
        is_known = (is_fast or is_seen) and self._descent.was_in_sight
        return is_known and not self._network.is_calm(0.0, f.drop_bl)

    def _suspect(self, now: float, code: str, features: PersonFeatures) -> list[Step]:
        probability = self._moved_like_a_fall(features)
        self.fall = Fall(code, features, now, now, now, probability, may_confirm=code != "found_lying")
        self.fall.on_purpose = self._place is LyingPlace.EXERCISE
        self._moved, self._risen_since_s = 0.0, None
        return [Step(FallEventKind.SUSPECTED, code, features, 0.0, 0.0, probability)]

    def _goes_about(self, fall: Fall, now_s: float) -> bool:
        """Not where it is the camera that goes."""
        stands = now_s - self._camera_moved_s >= GOES_S
        return stands and self.memory.travelled_bl(fall.suspected_s + ROLLS_OUT_S, GOES_S) >= GOES_BL

    def _confirm(self, now: float, fall: Fall) -> list[Step]:
        if self._goes_about(fall, now):
            fall.waited_since_s = now
        waited_s = now - fall.waited_since_s
        is_settled = fall.confirmed or fall.on_purpose or not fall.may_confirm
        if is_settled or waited_s < self._p.confirm_after_s or not self._stayed_down(now):
            return []
        return self._confirmed(now, fall, STAYED.get(fall.reason_code, "stayed_down"))

    def _confirmed(self, now: float, fall: Fall, code: str) -> list[Step]:
        fall.confirmed = True
        down_s = now - fall.suspected_s
        return [Step(FallEventKind.CONFIRMED, code, fall.features, down_s, self._moved, fall.fall_probability)]

    def _lies_long(self, now: float, fall: Fall, code: str) -> list[Step]:
        """Down and still for long is more urgent; it says so once, whatever the person answered.

        A sleeper whose floor was never seen may lie on furniture: that is not confirmed by waiting.
        """
        is_known = fall.confirmed or fall.may_confirm or fall.features.floor_is_seen
        if fall.is_long or not is_known or now - fall.still_since_s < self._p.long_lie_after_s:
            return []
        fall.is_long = True
        return self._confirmed(now, fall, code)

    def _stayed_down(self, now: float) -> bool:
        """Most of what was seen in the last seconds lay; what was not seen did not get up."""
        seen = [lying for time_s, lying in self._seen if time_s >= now - self._p.confirm_after_s]
        return not seen or sum(seen) >= 0.5 * len(seen)

    def _name_state(self, f: PersonFeatures, posture: Posture, on_bed: bool) -> PersonState:
        if self.fall is not None:
            return PersonState.CONFIRMED if self.fall.confirmed else PersonState.SUSPECTED
        if on_bed and not posture.risen:
            return PersonState.RESTING
        if posture.lying:
            return PersonState.DOWN
        is_going_down = f.speed_bl_s >= self._p.fall_speed_bl_s or (self._went_down() and self._network.falls)
        if self._fell(f) and (is_going_down or not posture.risen):
            return PersonState.FALLING
        return PersonState.UPRIGHT if posture.risen else PersonState.LOWERED
