"""Which elements are read; everything else that a file holds is noted, so that nothing is dropped in silence."""

from __future__ import annotations

from carebot.simulation.sdf.document import Element
from carebot.simulation.sdf.notes import Notes

READ: dict[str, frozenset[str]] = {
    tag: frozenset(children.split())
    for tag, children in {
        "world": "gravity physics scene light model frame plugin joint",
        "physics": "max_step_size",
        "scene": "ambient background shadows",
        "model": "static pose self_collide link joint frame model plugin",
        "frame": "pose",
        "link": "pose inertial visual collision sensor light gravity self_collide",
        "inertial": "mass pose inertia",
        "visual": "pose geometry material transparency",
        "collision": "pose geometry surface",
        "surface": "friction",
        "friction": "ode bullet torsional",
        "joint": "parent child pose axis axis2 screw_thread_pitch thread_pitch gearbox_ratio physics sensor",
        "axis": "xyz limit dynamics use_parent_model_frame",
        "axis2": "xyz limit dynamics use_parent_model_frame",
        "limit": "lower upper effort velocity",
        "dynamics": "damping friction spring_stiffness spring_reference",
        "light": "pose diffuse specular attenuation direction spot cast_shadows",
        "camera": "image clip noise horizontal_fov",
        "lidar": "scan range noise",
        "ray": "scan range noise",
    }.items()
}

HARMLESS = frozenset(
    word
    for words in (
        "gui spherical_coordinates magnetic_field atmosphere grid visualize always_on update_rate real_time_factor",
        "real_time_update_rate max_contacts dart ode bullet visibility_flags allow_auto_disable must_be_base_link",
        "laser_retro meta layer depth_camera save stiffness dissipation intensity topic camera_info_topic",
        "optical_frame_id gz_frame_id frame_id",
        "enable_metrics format range resolution cast_shadows",
    )
    for word in words.split()
)
"""What changes nothing here, or is read elsewhere."""


def note_unread(element: Element, notes: Notes) -> None:
    """Walk through everything below `element`."""
    read = READ.get(element.tag)
    for child in element.children:
        if read is not None and child.tag not in read and child.tag not in HARMLESS and ":" not in child.tag:
            notes.add(child, f"<{child.tag}> in <{element.tag}> is not read")
        if child.tag != "plugin":
            note_unread(child, notes)
