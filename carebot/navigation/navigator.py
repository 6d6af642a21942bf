"""Goes to one goal: plans, follows, plans anew where something is in the way, frees itself, and gives up with a reason.

No clock and no device: `step` is called at 20 Hz with what is known, and says which twist is wished. Whether the robot
may move so is for the safety judge alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from math import cos, hypot, sin

import numpy as np

from carebot.geometry import Pose2D, Twist2D, wrapped_rad
from carebot.navigation.costmap import Costmap, Points
from carebot.navigation.follower import Follower, FollowerParameters
from carebot.navigation.obstacles import Obstacles, Sweep
from carebot.navigation.planner import NoWay, Path, out_of_the_way, plan
from carebot.navigation.room import SLACK_M, away_m, can_turn, clear_of, is_free, room_m

STILL = Twist2D()
FREE_AHEAD_M = 0.8
"""With so much free way it goes on before its patience is over."""
NEAR_ENOUGH_M, SEVERAL = 0.8, 3
"""Beside somebody who stands at the goal it has arrived, after it waited several times."""
NEARLY_THERE_M = 0.2
OWN_POINTS = 6
"""So many points of the path, a cell apart, are where the robot itself stands."""
HEMMED_IN_M = 0.5
"""With something nearer to its centre it stands in its own way."""
TURNS_RAD, CANNOT_TURN_S = 0.03, 0.8
"""Who turns by less than this in that time cannot turn."""
WALKER_M, CAREFREE_M = 0.25, 0.55
"""It stands while somebody walks by so near to its outline, in metres; from so far on it drives as it likes."""
GENTLE_RAD_S, GENTLE_M = 0.5, 0.2
"""It turns at most so fast while somebody walks by so near to where its corners pass."""
SOMEBODY_M = 1.5
"""What is further away and may be a person does not make a robot wait that is held up by something else."""
HELD_M_S, LETS_PASS = 0.1, 0.5
"""Slower than this it is held; with more than this share of its speed it is let pass."""
FIRST_STEPS_S, LEAVES_RAD_S = 0.4, (0.0, 0.3, -0.3, 0.6, -0.6)
"""How far ahead it looks for a way to free itself, and the bends that it tries."""
AROUND_M = 1.0
"""A way that passes somebody within this is one around them."""
FREEING_STEP_M = 0.1
LEAST_ROOM_M, PERSON_ROOM_M = 0.08, 0.3
"""It does not drive nearer to anything, and to what may be a person, to free itself."""


class Phase(str, Enum):
    """What the navigator is doing."""

    IDLE = "idle"
    DRIVING = "driving"
    WAITING = "waiting"
    MAKING_ROOM = "making_room"
    GIVING_WAY = "giving_way"
    TURNING = "turning"
    LOOKING = "looking"
    DOCKING = "docking"
    UNDOCKING = "undocking"
    ARRIVED = "arrived"
    GAVE_UP = "gave_up"


@dataclass(frozen=True, slots=True)
class NavigatorParameters:
    """How patient the robot is."""

    look_ahead_m: float = 2.0
    """Something on the path within this distance makes it plan anew, in metres."""

    replan_s: float = 0.5
    """It plans anew at most this often, in seconds."""

    stuck_s: float = 3.0
    """Without getting on for so long it begins to free itself, in seconds."""

    stuck_alone_s: float = 1.5
    """The same where nobody is near who may go on by themselves, in seconds."""

    stuck_m: float = 0.08
    """Getting on means at least so far, in metres, or turning by a fifth of a radian."""

    give_way_s: float = 12.0
    """How long it stands aside for somebody who wants to pass, the way there included, in seconds."""

    wait_s: float = 6.0
    """How long it waits for somebody in the way to go on, in seconds."""

    make_room_m: float = 0.25
    """How far it drives back, or ahead where there is no room behind it, to free itself, in metres."""

    make_room_m_s: float = 0.2
    """How fast it does so, in m/s."""

    keep_m: float = 0.3
    """So far before what the map does not know it stops, in metres; from three times as far on it drives slower."""

    wait_off_m: float = 0.8
    """So far before somebody who leaves no way it stops and waits, in metres."""

    aside_m: float = 0.1
    """So near beside its way something counts as before it, in metres."""

    calm_m: float = 1.0
    """After so much way without trouble, earlier trouble is forgotten, in metres."""

    attempts: int = 24
    """How often it frees itself on one trip before it gives up."""

    time_limit_s: float = 300.0
    """It gives up after this time, in seconds."""


@dataclass(frozen=True, slots=True, eq=False)
class Inputs:
    """What is known now: the robot's place on the map, its speed, and a sweep of the lidar where there is a new one."""

    pose: Pose2D
    speed_m_s: float = 0.0
    sweep: Sweep | None = None


@dataclass(frozen=True, slots=True)
class Progress:
    """The wish for now, what is being done, how far it is still, and why it does not go on."""

    twist: Twist2D
    phase: Phase
    left_m: float = 0.0
    reason: str = ""


class Navigator:
    """One robot on one map. `go` sets the goal, `step` drives there."""

    def __init__(
        self,
        costmap: Costmap,
        parameters: NavigatorParameters = NavigatorParameters(),
        driving: FollowerParameters = FollowerParameters(),  # noqa: B008 - frozen
    ) -> None:
        self._costmap, self._parameters, self._driving = costmap, parameters, driving
        self._obstacles = Obstacles(costmap)
        self._goal: tuple[float, float] | None = None
        self._yaw_rad: float | None = None
        self._follower: Follower | None = None
        self._phase, self._reason = Phase.IDLE, ""
        self._began_s = self._planned_s = self._until_s = 0.0
        self._time_limit_s = parameters.time_limit_s
        self._mark, self._mark_s = Pose2D(), 0.0
        self._freed, self._trouble = 0, Pose2D()
        self._is_held = self._is_jammed = self._was_held = False
        self._direction = -1.0
        self._goes_up_to_them = self._leads_around_them = False
        self._turn_rad, self._turn_s = 0.0, 0.0
        self._aside: Follower | None = None

    @property
    def path(self) -> Path | None:
        """The way that it follows."""
        return self._follower.path if self._follower else None

    @property
    def phase(self) -> Phase:
        return self._phase

    @property
    def unknown_m(self) -> Points:
        """(n, 2): what the last sweep met near the robot that is not on the map, in the robot's frame."""
        return self._obstacles.unknown_m

    @property
    def fresh_m(self) -> Points:
        """(n, 2): of these, what has not stood long and may be a person."""
        return self._obstacles.fresh_m

    def go(
        self, goal: tuple[float, float], yaw_rad: float | None, now_s: float, time_limit_s: float | None = None
    ) -> None:
        """Begin a trip, in place of any that is under way; `time_limit_s` takes the place of the parameters'."""
        self._time_limit_s = time_limit_s or self._parameters.time_limit_s
        self._goal, self._yaw_rad = goal, yaw_rad
        self._follower, self._reason, self._freed = None, "", 0
        self._phase, self._began_s, self._planned_s = Phase.DRIVING, now_s, -1e9
        self._mark_s = now_s

    def aim(self, goal: tuple[float, float], yaw_rad: float | None, now_s: float, time_limit_s: float) -> None:
        """Move the goal of the trip under way, which keeps its patience; begin one where none is."""
        if self._goal is None or self._phase in (Phase.ARRIVED, Phase.GAVE_UP, Phase.IDLE):
            self.go(goal, yaw_rad, now_s, time_limit_s)
            return
        self._goal, self._yaw_rad = goal, yaw_rad
        if self._phase is Phase.DRIVING:
            self._planned_s = -1e9
            self._follower = None

    def stop(self) -> None:
        """Forget the goal."""
        self._goal, self._follower, self._phase, self._reason = None, None, Phase.IDLE, ""

    def step(self, inputs: Inputs, now_s: float) -> Progress:
        """The wish for the next twentieth of a second."""
        if inputs.sweep is not None:
            self._obstacles.take(inputs.sweep, inputs.pose, now_s)
            self._costmap.see(*self._obstacles.seen(now_s))
        if self._goal is None or self._phase in (Phase.ARRIVED, Phase.GAVE_UP, Phase.IDLE):
            return Progress(STILL, self._phase, 0.0, self._reason)
        if now_s - self._began_s > self._time_limit_s:
            limit = f"it took longer than {self._time_limit_s:.0f} s"
            return self._give_up(f"{limit}: {self._reason}" if self._freed else limit)
        if self._phase is Phase.WAITING:
            return self._wait(inputs, now_s)
        if self._phase is Phase.GIVING_WAY:
            return self._give_way(inputs, now_s)
        if self._phase in (Phase.MAKING_ROOM, Phase.TURNING):
            return self._free_itself(inputs, now_s)
        return self._drive(inputs, now_s)

    # on the way

    def _drive(self, inputs: Inputs, now_s: float) -> Progress:
        if self._follower is None or self._should_replan(inputs.pose, now_s):
            problem = self._plan(inputs.pose, now_s)
            if problem is not None:
                return (
                    self._give_up(problem.reason)
                    if problem.is_final
                    else self._blocked(problem.reason, inputs.pose, now_s)
                )
        assert self._follower is not None
        wish = self._follower.twist(inputs.pose, inputs.speed_m_s, self._costmap)
        twist = clear_of(self._costmap.shape, self._obstacles.near_m, wish)
        if self._follower.done:
            self._phase = Phase.ARRIVED
            return Progress(STILL, Phase.ARRIVED)
        if hypot(inputs.pose.x_m - self._trouble.x_m, inputs.pose.y_m - self._trouble.y_m) > self._parameters.calm_m:
            self._freed = 0
        if self._is_stuck(inputs.pose, now_s):
            return self._blocked(self._obstruction, inputs.pose, now_s)
        held = self._held_back(twist)
        self._mind_release(twist, held, inputs.pose, now_s)
        if self._cannot_turn(held, inputs.pose, now_s):
            return self._turn_elsewhere(inputs.pose, now_s)
        return Progress(held, Phase.DRIVING, self._follower.left_m)

    def _mind_release(self, wish: Twist2D, held: Twist2D, pose: Pose2D, now_s: float) -> None:
        """Whoever it stood for has gone on: only from now on it would be stuck."""
        is_held = wish.vx_m_s > 0 and held.vx_m_s < HELD_M_S
        if self._was_held and not is_held:
            self._mark, self._mark_s = pose, now_s
        self._was_held = is_held

    def _held_back(self, twist: Twist2D) -> Twist2D:
        """Slower before somebody on its way and beside whoever walks: it stops well before the safety judge would.

        It turns more slowly, too, while somebody walks by close to it.
        What stands beside the way, or behind its end, holds nothing back.
        """
        if twist.vx_m_s <= 0:
            return self._turning_gently(twist)
        return twist.scaled(self._share_before_people())

    def _share_before_people(self) -> float:
        """The share of its speed, 0 to 1, that whoever is on its way or walks beside it leaves it."""
        wanted = self._parameters
        stops_m = wanted.wait_off_m if self._goes_up_to_them else wanted.keep_m
        free_m = self._free_way_m() - self._costmap.shape.front_m
        share = min((free_m - stops_m) / (2.0 * wanted.keep_m), self._share_beside_walkers())
        return max(0.0, min(1.0, share))

    def _turning_gently(self, twist: Twist2D) -> Twist2D:
        """Slower where somebody walks by so near that a corner of a robot that turns might meet them."""
        near_m = np.hypot(*self._obstacles.moving_m.T).min(initial=np.inf)
        is_gentle = near_m > self._costmap.shape.turning_m + GENTLE_M or abs(twist.yaw_rad_s) < GENTLE_RAD_S
        return twist if is_gentle else twist.scaled(GENTLE_RAD_S / abs(twist.yaw_rad_s))

    def _share_beside_walkers(self) -> float:
        """The share of the speed that whoever walks before or beside the robot leaves it."""
        shape, wanted = self._costmap.shape, self._parameters
        x, y = self._obstacles.moving_m.T
        before_m = x[(x > 0) & (abs(y) < shape.side_m + wanted.aside_m)].min(initial=np.inf) - shape.front_m
        near_m = away_m(shape, self._obstacles.moving_m)[x > -shape.rear_m].min(initial=np.inf)
        beside = (near_m - WALKER_M) / (CAREFREE_M - WALKER_M)
        return float(min((before_m - wanted.keep_m) / (2.0 * wanted.keep_m), beside))

    def _free_way_m(self) -> float:
        """How far the path leads until it comes near something that may be a person; infinite where it does not."""
        assert self._follower is not None
        wanted = self._parameters
        ahead = self._follower.ahead_m(self._costmap.shape.front_m + wanted.wait_off_m + 2.0 * wanted.keep_m)
        wide_m = self._costmap.shape.side_m + self._parameters.aside_m
        met = np.flatnonzero(self._costmap.fresh_distances_m(ahead) < wide_m)
        if not len(met):
            return float("inf")
        return float(np.hypot(*np.diff(ahead[: met[0] + 1], axis=0).T).sum()) + wide_m

    def _should_replan(self, pose: Pose2D, now_s: float) -> bool:
        assert self._follower is not None
        if now_s - self._planned_s < self._parameters.replan_s:
            return False
        return (
            self._leads_around_them
            or self._is_path_blocked(self._parameters.look_ahead_m)
            or self._follower.off_path_m(pose) > 0.4
        )

    def _is_path_blocked(self, within_m: float) -> bool:
        """Whether something is on the path, but for the robot's own place: there it is already."""
        assert self._follower is not None
        least = self._costmap.shape.passing_m - self._costmap.grid.resolution_m
        ahead = self._follower.ahead_m(within_m)[OWN_POINTS:]
        return bool((self._costmap.clearances_m(ahead) < least).any())

    def _plan(self, pose: Pose2D, now_s: float) -> NoWay | None:
        """Why there is no way; None where there is one, which is then followed."""
        assert self._goal is not None
        self._planned_s = now_s
        found = plan(self._costmap, pose, self._goal, self._yaw_rad)
        self._goes_up_to_them = False
        if isinstance(found, NoWay) and not found.is_final:
            up_to_them = plan(self._costmap, pose, self._goal, self._yaw_rad, once_they_left=True)
            self._goes_up_to_them = isinstance(up_to_them, Path)
            found = up_to_them if isinstance(up_to_them, Path) else found
        if isinstance(found, NoWay):
            self._follower = None
            return found
        self._follower = Follower(found, self._driving)
        self._leads_around_them = bool((self._costmap.fresh_distances_m(found.points_m) < AROUND_M).any())
        return None

    def _is_stuck(self, pose: Pose2D, now_s: float) -> bool:
        moved = hypot(pose.x_m - self._mark.x_m, pose.y_m - self._mark.y_m) > self._parameters.stuck_m
        if moved or abs(pose.yaw_rad - self._mark.yaw_rad) > 0.2:
            self._mark, self._mark_s = pose, now_s
        wanted = self._parameters
        return now_s - self._mark_s > (wanted.stuck_s if self._is_somebody_near(pose) else wanted.stuck_alone_s)

    def _is_somebody_near(self, pose: Pose2D) -> bool:
        """Whether something that may be a person is near the robot."""
        return bool(self._costmap.fresh_distances_m(np.array([(pose.x_m, pose.y_m)]))[0] < SOMEBODY_M)

    @property
    def _obstruction(self) -> str:
        return "somebody is in the way" if self._goes_up_to_them else "something is in the way"

    def _cannot_turn(self, wish: Twist2D, pose: Pose2D, now_s: float) -> bool:
        """Whether it wishes to turn in place, and something beside it has not let it for a while."""
        if wish.vx_m_s or not wish.yaw_rad_s or abs(wrapped_rad(pose.yaw_rad - self._turn_rad)) > TURNS_RAD:
            self._turn_rad, self._turn_s = pose.yaw_rad, now_s
        return now_s - self._turn_s > CANNOT_TURN_S and self._freed < SEVERAL

    # in trouble

    def _turn_elsewhere(self, pose: Pose2D, now_s: float) -> Progress:
        """Nobody is waited for: what hinders a turn is beside it, and goes with it."""
        self._reason, self._freed, self._trouble = "there is no room to turn here", self._freed + 1, pose
        self._make_room(pose, now_s)
        return Progress(STILL, self._phase, self._left_m, self._reason)

    def _blocked(self, reason: str, pose: Pose2D, now_s: float) -> Progress:
        """Wait first; whoever is in the way will go on. Then clear what is remembered, back off, turn."""
        self._reason = reason
        if self._freed >= SEVERAL and self._is_goal_taken() and self._is_within(NEAR_ENOUGH_M, pose):
            self._phase = Phase.ARRIVED
            return Progress(STILL, Phase.ARRIVED, 0.0, "something stands where it was sent; it is beside it")
        if self._freed >= SEVERAL and self._is_within(NEARLY_THERE_M, pose):
            self._phase = Phase.ARRIVED
            return Progress(STILL, Phase.ARRIVED, 0.0, "there is no room to turn where it was sent")
        if self._freed >= self._parameters.attempts:
            return self._give_up(reason)
        self._freed, self._trouble = self._freed + 1, pose
        self._is_held = self._follower is not None and not self._is_path_blocked(FREE_AHEAD_M)
        self._phase, self._planned_s = Phase.WAITING, now_s
        share = 0.25 if self._freed == 1 else 1.0
        self._is_jammed = self._is_held and (not self._is_somebody_near(pose) or self._is_let_pass)
        self._until_s = now_s + (0.0 if self._is_jammed else self._parameters.wait_s * share)
        return Progress(STILL, self._phase, self._left_m, reason)

    @property
    def _is_let_pass(self) -> bool:
        """Whether nobody holds it back."""
        return self._follower is not None and self._share_before_people() > LETS_PASS

    def _is_goal_taken(self) -> bool:
        assert self._goal is not None
        return self._costmap.clearance_at(*self._goal) < self._costmap.shape.passing_m

    def _is_within(self, distance_m: float, pose: Pose2D) -> bool:
        assert self._goal is not None
        return hypot(self._goal[0] - pose.x_m, self._goal[1] - pose.y_m) < distance_m

    def _wait(self, inputs: Inputs, now_s: float) -> Progress:
        if now_s >= self._until_s:
            if self._goes_up_to_them and self._freed % 2 == 0 and self._steps_aside(inputs.pose, now_s):
                return Progress(STILL, self._phase, self._left_m, self._reason)
            if self._freed >= 2:
                self._obstacles.forget(now_s)
            stays = self._is_jammed or (self._is_held and self._freed > 1)
            if stays or self._costmap.clearance_at(inputs.pose.x_m, inputs.pose.y_m) < HEMMED_IN_M:
                self._make_room(inputs.pose, now_s)
            else:
                self._on_again(inputs.pose, now_s)
        elif self._is_free_again(inputs.pose, now_s) and (not self._is_held or self._is_let_pass):
            self._on_again(inputs.pose, now_s)
        return Progress(STILL, self._phase, self._left_m, self._reason)

    def _steps_aside(self, pose: Pose2D, now_s: float) -> bool:
        """Whether there is a place to let somebody pass, who may want to come where the robot stands."""
        assert self._follower is not None
        path = out_of_the_way(self._costmap, pose, self._follower.path.points_m)
        if path is None:
            return False
        self._aside = Follower(path, self._driving)
        self._phase, self._until_s = Phase.GIVING_WAY, now_s + self._parameters.give_way_s
        return True

    def _give_way(self, inputs: Inputs, now_s: float) -> Progress:
        assert self._aside is not None
        if now_s >= self._until_s or self._is_way_free(inputs.pose, now_s):
            self._on_again(inputs.pose, now_s)
            return Progress(STILL, self._phase, self._left_m, self._reason)
        twist = STILL if self._aside.done else self._aside.twist(inputs.pose, inputs.speed_m_s, self._costmap)
        share = max(0.0, min(1.0, self._share_beside_walkers())) if twist.vx_m_s > 0 else 1.0
        return Progress(twist.scaled(share), self._phase, self._left_m, self._reason)

    def _is_way_free(self, pose: Pose2D, now_s: float) -> bool:
        """Whether there is a way to the goal past everybody; looks twice a second."""
        if now_s - self._planned_s < self._parameters.replan_s or self._plan(pose, now_s) is not None:
            return False
        return not self._goes_up_to_them

    def _make_room(self, pose: Pose2D, now_s: float) -> None:
        """Back where there is room, for there it came from."""
        wanted, shape, near_m = self._parameters, self._costmap.shape, self._obstacles.near_m
        behind_m, ahead_m = (room_m(shape, near_m, sign) if self._leaving(sign) else 0.0 for sign in (-1.0, 1.0))
        self._direction = 1.0 if behind_m < min(ahead_m, wanted.make_room_m) else -1.0
        self._phase, self._mark, self._mark_s = Phase.MAKING_ROOM, pose, now_s
        self._until_s = now_s + 2.0 * wanted.make_room_m / wanted.make_room_m_s

    def _leaving(self, direction: float) -> Twist2D | None:
        """First steps ahead (1) or back (-1) in which its corners graze nothing, as straight as may be.

        Where there are none it tries some that only just graze the margin: a lidar's noise may have made it stand.
        """
        shape, speed_m_s = self._costmap.shape, direction * self._parameters.make_room_m_s
        twists = [Twist2D(speed_m_s, 0.0, yaw_rad_s) for yaw_rad_s in LEAVES_RAD_S]
        for slack_m in (0.0, -SLACK_M):
            for twist in twists:
                if is_free(shape, self._obstacles.near_m, twist, FIRST_STEPS_S, slack_m):
                    return twist
        return None

    def _is_free_again(self, pose: Pose2D, now_s: float) -> bool:
        if now_s - self._planned_s < self._parameters.replan_s or self._plan(pose, now_s) is not None:
            return False
        return not self._is_path_blocked(FREE_AHEAD_M)

    def _free_itself(self, inputs: Inputs, now_s: float) -> Progress:
        if self._phase is Phase.MAKING_ROOM:
            twist = self._leaving(self._direction)
            if twist and now_s < self._until_s and self._needs_room(inputs.pose) and self._has_room(inputs.pose):
                return Progress(twist, self._phase, self._left_m, self._reason)
            self._phase, self._until_s = Phase.TURNING, now_s + 1.5
        if now_s < self._until_s and self._freed > SEVERAL and self._freed % 2 == 0:
            side = 1.0 if self._freed % 4 == 0 else -1.0
            return Progress(Twist2D(yaw_rad_s=0.5 * side), self._phase, self._left_m, self._reason)
        self._on_again(inputs.pose, now_s)
        return Progress(STILL, self._phase, self._left_m, self._reason)

    def _needs_room(self, pose: Pose2D) -> bool:
        moved_m = hypot(pose.x_m - self._mark.x_m, pose.y_m - self._mark.y_m)
        is_free = moved_m > LEAST_ROOM_M and can_turn(self._costmap.shape, self._obstacles.near_m)
        return moved_m < self._parameters.make_room_m and not is_free

    def _has_room(self, pose: Pose2D) -> bool:
        """In its direction, by what the lidar sees and by the map with its forbidden zones."""
        step_m = FREEING_STEP_M * self._direction
        if self._nears_somebody(step_m):
            return False
        x, y = pose.x_m + step_m * cos(pose.yaw_rad), pose.y_m + step_m * sin(pose.yaw_rad)
        least_m = self._costmap.shape.passing_m - self._costmap.grid.resolution_m
        seen_m = room_m(self._costmap.shape, self._obstacles.near_m, self._direction)
        here_m = self._costmap.clearance_at(pose.x_m, pose.y_m)
        return seen_m > LEAST_ROOM_M and self._costmap.clearance_at(x, y) >= min(here_m, least_m)

    def _nears_somebody(self, step_m: float) -> bool:
        """Whether a step ahead (or back, below 0) brings the outline nearer, and too near, to what may be a person."""
        fresh_m = self._obstacles.fresh_m
        now_m, then_m = (away_m(self._costmap.shape, fresh_m - (by_m, 0.0)).min(initial=np.inf) for by_m in (0, step_m))
        return bool(then_m < min(now_m, PERSON_ROOM_M))

    def _on_again(self, pose: Pose2D, now_s: float) -> None:
        self._phase, self._follower, self._planned_s = Phase.DRIVING, None, -1e9
        self._mark, self._mark_s = pose, now_s

    def _give_up(self, reason: str) -> Progress:
        self._phase, self._reason = Phase.GAVE_UP, reason
        return Progress(STILL, self._phase, self._left_m, reason)

    @property
    def _left_m(self) -> float:
        return self._follower.left_m if self._follower else 0.0
