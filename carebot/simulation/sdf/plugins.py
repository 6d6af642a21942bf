"""Which of gz-sim's systems the embedded simulator does in its own way: drives and servos; the rest is noted."""

from __future__ import annotations

from math import inf, isfinite

from carebot.simulation.sdf.description import DiffDrive, Joint, PositionController
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.notes import Notes
from carebot.simulation.sdf.scopes import Scope
from carebot.simulation.sdf.values import number, positive, string

BUILT_IN = (
    "physics",
    "sensors",
    "user-commands",
    "scene-broadcaster",
    "imu",
    "contact",
    "joint-state-publisher",
    "pose-publisher",
)
"""What every world of the embedded simulator does anyway."""


def read_plugins(
    scope: Scope, joints: dict[str, Joint], notes: Notes
) -> tuple[list[DiffDrive], list[PositionController]]:
    """The drives and servos of one model or the world; raises ConfigError for a joint that is not there."""
    drives: list[DiffDrive] = []
    servos: list[PositionController] = []
    for plugin in scope.element.all("plugin"):
        system = _system(plugin)
        if system == "diff-drive":
            drives.append(_drive(plugin, scope, joints))
        elif system == "joint-position-controller":
            servos.append(_servo(plugin, scope, joints))
        elif system not in BUILT_IN:
            notes.add(plugin, f"the plugin '{plugin.attributes.get('filename', '?')}' does not run here")
    return drives, servos


def _system(plugin: Element) -> str:
    """`diff-drive` of gz-sim-diff-drive-system, libignition-gazebo6-diff-drive-system.so and their like."""
    name = plugin.attributes.get("filename", "").rpartition("/")[2].removesuffix(".so").removeprefix("lib")
    for start in ("gz-sim", "ignition-gazebo"):
        if name.startswith(start):
            return name.removeprefix(start).lstrip("0123456789").strip("-").removesuffix("-system")
    return name


def _drive(plugin: Element, scope: Scope, joints: dict[str, Joint]) -> DiffDrive:
    left = tuple(_joint(element, element.text, scope, joints).name for element in plugin.all("left_joint"))
    right = tuple(_joint(element, element.text, scope, joints).name for element in plugin.all("right_joint"))
    if not left or not right:
        plugin.refuse("the differential drive needs a <left_joint> and a <right_joint>: name them")
    return DiffDrive(
        scope.path, left, right, positive(plugin, "wheel_separation", 1.0), positive(plugin, "wheel_radius", 0.2)
    )


def _servo(plugin: Element, scope: Scope, joints: dict[str, Joint]) -> PositionController:
    joint = _joint(plugin, string(plugin, "joint_name"), scope, joints)
    if len(joint.axes) != 1:
        plugin.refuse(f"the joint '{joint.name}' has {len(joint.axes)} axes: a position controller needs one")
    effort = min(abs(number(plugin, "cmd_max", inf)), joint.axes[0].effort)
    return PositionController(
        joint=joint.name,
        stiffness=abs(number(plugin, "p_gain", 1.0)),
        damping=abs(number(plugin, "d_gain", 0.1)),
        effort=effort if isfinite(effort) else inf,
    )


def _joint(element: Element, name: str, scope: Scope, joints: dict[str, Joint]) -> Joint:
    full = scope.full(name)
    if full not in joints:
        element.refuse(f"there is no joint '{name}' in the model '{scope.path}': correct the name")
    return joints[full]
