"""What limits or forbids motion whatever its direction: emergency stop, touch, drop, tilt, people, battery, site."""

from __future__ import annotations

from collections.abc import Iterator

from carebot.safety.parameters import SafetyParameters
from carebot.safety.verdict import Reason, ReasonCode
from carebot.safety.world import MotionRequest, Source, World


def hazards(
    request: MotionRequest | None, world: World, now_s: float, parameters: SafetyParameters
) -> Iterator[Reason]:
    """Every hazard that is there, each with the speed that it leaves."""
    source = request.source if request else None
    yield from _estop(source, world)
    if source is not Source.RETREAT:
        yield from _contact(world, parameters)
    yield from _ground(world, parameters)
    yield from _people(source, world, now_s, parameters)
    yield from _battery(world, now_s, parameters)
    yield from _site(world, now_s, parameters)


def touches(world: World, parameters: SafetyParameters) -> bool:
    """Whether the bumper or the motors feel something."""
    return _bumper_pressed(world) or _current_a(world) >= parameters.contact_current_a


def is_critical(charge: float, was_critical: bool, parameters: SafetyParameters) -> bool:
    """Whether a battery is critical: it becomes so at one charge and recovers at a higher one."""
    return charge <= (parameters.battery_recovered if was_critical else parameters.battery_critical)


def _estop(source: Source | None, world: World) -> Iterator[Reason]:
    if world.estop.latched:
        words = f"The emergency stop is latched ({world.estop.cause}): a person must reset it by name."
        yield Reason(ReasonCode.ESTOP, words)
    elif source is Source.ESTOP:
        yield Reason(ReasonCode.ESTOP, "An emergency stop is asked for.")
    if world.button_pressed:
        yield Reason(ReasonCode.ESTOP_INPUT, "The emergency stop button on the robot is pressed.")


def _contact(world: World, parameters: SafetyParameters) -> Iterator[Reason]:
    if _bumper_pressed(world):
        yield Reason(ReasonCode.BUMPER, "The bumper is pressed.")
    if _current_a(world) >= parameters.contact_current_a:
        words = f"The motors push against something ({_current_a(world):.1f} A)."
        yield Reason(ReasonCode.CONTACT, words, 0.0, {"current_a": _current_a(world)})
    elif world.contact:
        yield Reason(ReasonCode.CONTACT, "The robot has touched something and waits.")


def _ground(world: World, parameters: SafetyParameters) -> Iterator[Reason]:
    if world.cliff and world.cliff.drop:
        yield Reason(ReasonCode.CLIFF, "There is no floor under a cliff sensor.")
    if world.tilt:
        tilt_rad = max(abs(world.tilt.roll_rad), abs(world.tilt.pitch_rad))
        if tilt_rad > parameters.tilt_limit_rad:
            words = f"The robot leans by {tilt_rad:.2f} rad; more than {parameters.tilt_limit_rad:.2f} rad is a stop."
            yield Reason(ReasonCode.TILT, words, 0.0, {"tilt_rad": tilt_rad})


def _people(source: Source | None, world: World, now_s: float, parameters: SafetyParameters) -> Iterator[Reason]:
    if world.people is None:
        return
    near_speed_m_s = parameters.person_near_speed_m_s
    known = [distance_m for distance_m in world.people.distances_m if distance_m is not None]
    nearest_m = min(known, default=parameters.person_near_m * 2)
    if nearest_m <= parameters.person_close_m:
        yield _person_close(nearest_m, source, world, now_s, parameters)
    elif nearest_m <= parameters.person_near_m:
        words = f"Somebody is {nearest_m:.2f} m away."
        yield Reason(ReasonCode.PERSON_NEAR, words, near_speed_m_s, {"distance_m": nearest_m})
    if len(known) < len(world.people.distances_m):
        yield Reason(ReasonCode.PERSON_UNSURE, "Somebody is in view, at an unknown distance.", near_speed_m_s)


def _person_close(
    nearest_m: float, source: Source | None, world: World, now_s: float, parameters: SafetyParameters
) -> Reason:
    numbers = {"distance_m": nearest_m}
    if source is Source.RETREAT:
        words = f"Somebody is only {nearest_m:.2f} m away, and the robot backs off."
        return Reason(ReasonCode.PERSON_CLOSE, words, parameters.retreat_speed_m_s, numbers)
    if source is Source.NAVIGATION and world.approach and _holds(world.approach.stamp_s, now_s, parameters):
        words = f"The routine {world.approach.routine} may come close to somebody {nearest_m:.2f} m away."
        return Reason(ReasonCode.APPROACH, words, parameters.approach_speed_m_s, numbers, world.approach.routine)
    return Reason(ReasonCode.PERSON_CLOSE, f"Somebody is only {nearest_m:.2f} m away.", 0.0, numbers)


def _holds(stamp_s: float, now_s: float, parameters: SafetyParameters) -> bool:
    return -parameters.future_tolerance_s <= now_s - stamp_s < parameters.state_timeout_s


def _battery(world: World, now_s: float, parameters: SafetyParameters) -> Iterator[Reason]:
    since_s = world.critical_since_s
    if world.battery and since_s is None and is_critical(world.battery.charge, False, parameters):
        since_s = now_s
    if since_s is None:
        return
    left_s = parameters.battery_finish_s - (now_s - since_s)
    numbers = {"charge": world.battery.charge} if world.battery else {}
    if left_s > 0:
        words = f"The battery is critical: {left_s:.0f} s are left to finish."
        yield Reason(ReasonCode.BATTERY_CRITICAL, words, parameters.battery_speed_m_s, {**numbers, "left_s": left_s})
    else:
        yield Reason(ReasonCode.BATTERY_EMPTY, "The battery is critical: the robot stays here.", 0.0, numbers)


def _site(world: World, now_s: float, parameters: SafetyParameters) -> Iterator[Reason]:
    """Whoever tells of the home may have ended: then it counts as night, and a person can still drive by hand."""
    if world.site is None:
        return
    age_s = now_s - world.site.stamp_s
    if age_s >= parameters.state_timeout_s:
        words = f"Nobody has told for {age_s:.0f} s whether these are quiet hours: the robot moves slowly."
        yield Reason(ReasonCode.SITE_SILENT, words, parameters.night_speed_m_s, {"age_s": age_s})
    if world.site.night:
        yield Reason(ReasonCode.NIGHT, "These are quiet hours: the robot moves slowly.", parameters.night_speed_m_s)
    door_m = world.site.door_distance_m
    if door_m is not None and door_m <= parameters.door_within_m:
        words = f"A doorway is {door_m:.2f} m away."
        yield Reason(ReasonCode.DOOR, words, parameters.door_speed_m_s, {"distance_m": door_m})


def _bumper_pressed(world: World) -> bool:
    return world.bumper is not None and world.bumper.pressed


def _current_a(world: World) -> float:
    return abs(world.drive.current_a) if world.drive else 0.0
