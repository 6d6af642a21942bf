"""The judge: which motion is allowed now, and why not more."""

from carebot.safety.judge import judge
from carebot.safety.parameters import SafetyParameters
from carebot.safety.safety_judge import SafetyJudge
from carebot.safety.verdict import Reason, ReasonCode, Verdict
from carebot.safety.world import MotionRequest, Sensor, Source, World

__all__ = [
    "MotionRequest",
    "Reason",
    "ReasonCode",
    "SafetyJudge",
    "SafetyParameters",
    "Sensor",
    "Source",
    "Verdict",
    "World",
    "judge",
]
