"""The robot's outline."""

from __future__ import annotations

from carebot.safety.parameters import SafetyParameters
from carebot.safety.sweep import Box


def outline(parameters: SafetyParameters) -> Box:
    """The robot's outline around its centre, without any margin."""
    return Box(-parameters.rear_m, parameters.front_m, -parameters.right_m, parameters.left_m)
