"""From an entry of the registry to a pose estimator; a family's code is only imported when it is used."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from carebot.errors import ConfigError
from carebot.perception.estimators.base import PoseEstimator
from carebot.perception.registry import ModelEntry
from carebot.perception.session import Session, SessionOptions
from carebot.perception.verification import verified

Sessions = dict[str, Session]


def make_estimator(entry: ModelEntry, options: SessionOptions | None = None) -> PoseEstimator:
    """The pose estimator that `entry` describes, ready to run.

    Raises:
        ConfigError: the entry is no pose model, its family is unknown, or a file that the family needs is not listed.
        ModelError: a file is missing, has another hash than the registry says, or does not fit its family.
    """
    return build(entry, open_sessions(entry, options))


def open_sessions(entry: ModelEntry, options: SessionOptions | None = None) -> Sessions:
    """A session for each role of `entry`, and "people" for the model that finds its people, made of verified files
    only. The sessions say on which provider they run and why."""
    sessions = {file.role: Session(verified(file), options, file.input_size) for file in entry.files}
    if entry.detector is not None:
        finder = entry.detector.file("model")
        sessions[PEOPLE] = Session(verified(finder), options, finder.input_size)
    return sessions


def build(entry: ModelEntry, sessions: Sessions) -> PoseEstimator:
    """The estimator of `entry` on `sessions` that are open already; raises as `make_estimator` does."""
    if entry.family not in FAMILIES:
        raise ConfigError(
            f"{entry.registry}: the model '{entry.name}': family '{entry.family}' is no pose family: "
            f"use one of {', '.join(FAMILIES)}."
        )
    return FAMILIES[entry.family](entry, sessions)


PEOPLE = "people"


def _blazepose(entry: ModelEntry, sessions: Sessions) -> PoseEstimator:
    family = import_module("carebot.perception.estimators.blazepose")
    roles = [entry.file(role).role for role in ("detector", "landmarks")]
    estimator: PoseEstimator = family.BlazePose(*(sessions[role] for role in roles))
    return estimator


def _yolo_pose(entry: ModelEntry, sessions: Sessions) -> PoseEstimator:
    from carebot.perception.estimators.yolo_pose import YoloPose

    file = entry.file("model")
    return YoloPose(sessions[file.role], file.input_size)


def _movenet(entry: ModelEntry, sessions: Sessions) -> PoseEstimator:
    from carebot.perception.estimators.movenet import MoveNet

    file = entry.file("model")
    return MoveNet(sessions[file.role], file.input_size)


def _rtmpose(entry: ModelEntry, sessions: Sessions) -> PoseEstimator:
    from carebot.perception.estimators.rtmpose import RTMPose
    from carebot.perception.estimators.yolo_person import YoloPerson

    file = entry.file("model")
    if entry.detector is None:
        return RTMPose(sessions[file.role], None, file.input_size)
    finder = entry.detector
    if finder.family not in ("yolo_person", "yolo_pose"):
        raise ConfigError(
            f"{finder.registry}: the model '{finder.name}' finds no people for '{entry.name}': "
            f"its family must be yolo_person or yolo_pose."
        )
    people = YoloPerson(sessions[PEOPLE], finder.file("model").input_size, pose=finder.family == "yolo_pose")
    return RTMPose(sessions[file.role], people, file.input_size)


FAMILIES: dict[str, Callable[[ModelEntry, Sessions], PoseEstimator]] = {
    "blazepose": _blazepose,
    "yolo_pose": _yolo_pose,
    "rtmpose": _rtmpose,
    "movenet": _movenet,
}
