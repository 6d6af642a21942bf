"""What a world is, in frozen values: links with world poses, joints, shapes, sensors, lights. SI units, full names."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from carebot.simulation.rotations import Vector
from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.notes import Note
from carebot.simulation.sdf.poses import Pose3D
from carebot.simulation.sdf.values import Colour

ShapeKind = Literal["box", "cylinder", "sphere", "capsule", "ellipsoid", "plane", "mesh"]
JointKind = Literal["fixed", "revolute", "continuous", "prismatic", "ball", "universal"]
CameraKind = Literal["camera", "depth", "rgbd"]


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """`size` as MuJoCo has it (half sizes; radius and half length). `turned` is its own frame in its element's."""

    kind: ShapeKind
    size: tuple[float, float, float]
    turned: Pose3D
    mesh: Path | None = None
    scale: tuple[float, float, float] = (1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True)
class Material:
    """`rgba` is the diffuse colour; `specular`, `shininess` and `emission` are 0..1."""

    rgba: Colour
    specular: float
    shininess: float
    emission: float


@dataclass(frozen=True, slots=True, eq=False)
class Visual:
    name: str
    pose: Pose3D
    shape: Shape
    material: Material
    is_coloured: bool = True
    """Whether the file gives it a colour; a mesh without keeps its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Collision:
    """`friction` is Coulomb's; where two surfaces meet the smaller one counts, as in Gazebo's default engine."""

    name: str
    pose: Pose3D
    shape: Shape
    friction: float
    torsional_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Inertia:
    """`matrix` (3, 3) about the centre of mass, in the link's axes; `centre` in the link's frame."""

    mass_kg: float
    centre: Vector
    matrix: Vector


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """`pose` is in the world, everything in it is in the link's own frame. `model` is the outermost one's name."""

    name: str
    model: str
    skeleton: str
    pose: Pose3D
    static: bool
    self_collide: bool
    gravity: bool
    inertia: Inertia | None
    visuals: tuple[Visual, ...]
    collisions: tuple[Collision, ...]
    element: Element


@dataclass(frozen=True, slots=True, eq=False)
class Axis:
    """`direction` is in the world. Limits are in radians or metres, `effort` in N·m or N; infinite for none."""

    direction: Vector
    lower: float
    upper: float
    effort: float
    damping: float
    friction: float
    spring_stiffness: float
    spring_reference: float


@dataclass(frozen=True, slots=True, eq=False)
class Joint:
    """`parent` is a link's full name or `world`; `pose` is in the world."""

    name: str
    kind: JointKind
    parent: str
    child: str
    pose: Pose3D
    axes: tuple[Axis, ...]
    element: Element


@dataclass(frozen=True, slots=True, eq=False)
class Sensor:
    """What every sensor has: the link it sits on, its pose there, updates a second, and its topic."""

    name: str
    link: str
    pose: Pose3D
    rate_hz: float
    topic: str


@dataclass(frozen=True, slots=True, eq=False)
class CameraSensor(Sensor):
    """Looks along its x axis. A camera of this name is in the MuJoCo model."""

    kind: CameraKind
    width_px: int
    height_px: int
    horizontal_fov_rad: float
    near_m: float
    far_m: float


@dataclass(frozen=True, slots=True)
class Sweep:
    """So many rays evenly from the first angle to the last, both included."""

    samples: int
    first_rad: float
    last_rad: float


@dataclass(frozen=True, slots=True, eq=False)
class LidarSensor(Sensor):
    """Rays in the xy plane of the site of this name."""

    horizontal: Sweep
    nearest_m: float
    farthest_m: float
    noise_m: float


@dataclass(frozen=True, slots=True, eq=False)
class ImuSensor(Sensor):
    """MuJoCo's sensors are called NAME/gyro, NAME/accelerometer and NAME/orientation."""


@dataclass(frozen=True, slots=True, eq=False)
class ContactSensor(Sensor):
    """`geoms` are those whose touch it reports."""

    geoms: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Light:
    """`direction` is where it shines; `cutoff_rad` the half angle of a spot."""

    name: str
    kind: Literal["point", "directional", "spot"]
    link: str
    pose: Pose3D
    direction: Vector
    diffuse: Colour
    specular: Colour
    attenuation: tuple[float, float, float]
    cutoff_rad: float
    casts_shadow: bool


@dataclass(frozen=True, slots=True)
class DiffDrive:
    """Wheels that a differential drive turns; actuators with the joints' names take their speed in rad/s."""

    model: str
    left: tuple[str, ...]
    right: tuple[str, ...]
    separation_m: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class PositionController:
    """A servo on a joint; the actuator with the joint's name takes its angle or place."""

    joint: str
    stiffness: float
    damping: float
    effort: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    ambient: Colour
    background: Colour
    gravity: Vector
    step_s: float


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """`frames` are the named frames with their poses in the world; `models` the outermost models in order."""

    name: str
    file: Path
    scene: Scene
    models: tuple[str, ...]
    links: tuple[Link, ...]
    joints: tuple[Joint, ...]
    sensors: tuple[Sensor, ...]
    lights: tuple[Light, ...]
    drives: tuple[DiffDrive, ...]
    controllers: tuple[PositionController, ...]
    frames: dict[str, Pose3D]
    notes: tuple[Note, ...]
