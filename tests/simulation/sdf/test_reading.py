"""Frames, joints, shapes and sensors mean what SDFormat says they mean."""

from __future__ import annotations

from collections.abc import Callable
from math import cos, inf, pi, sin
from pathlib import Path

import mujoco
import numpy as np
import pytest

from carebot.simulation.sdf.build import LoadedWorld, load_world
from carebot.simulation.sdf.description import CameraSensor

Writer = Callable[..., Path]


def place(loaded: LoadedWorld, body: str) -> np.ndarray:
    data = mujoco.MjData(loaded.model)
    mujoco.mj_forward(loaded.model, data)
    return np.array(data.body(body).xpos)


def after(loaded: LoadedWorld, seconds: float) -> mujoco.MjData:
    data = mujoco.MjData(loaded.model)
    mujoco.mj_step(loaded.model, data, nstep=round(seconds / loaded.world.scene.step_s))
    return data


def test_a_link_is_where_its_frames_put_it(model: Writer) -> None:
    path = model("""<static>true</static><pose>1 0 0 0 0 1.5707963267948966</pose>
        <frame name="f"><pose>1 0 0 0 0 1.5707963267948966</pose></frame>
        <frame name="g" attached_to="f"><pose>0 0 1 0 0 0</pose></frame>
        <link name="a"><pose relative_to="g">1 0 0 0 0 0</pose></link>""")
    assert place(load_world(path), "m::a") == pytest.approx((0.0, 1.0, 1.0))


def test_degrees_and_quaternions(model: Writer) -> None:
    path = model("""<static>true</static>
        <frame name="d"><pose degrees="true">0 0 0 0 0 90</pose></frame>
        <frame name="q"><pose rotation_format="quat_xyzw">0 0 0  0 0 1 0</pose></frame>
        <link name="a"><pose relative_to="d">1 0 0 0 0 0</pose></link>
        <link name="b"><pose relative_to="q">1 0 0 0 0 0</pose></link>""")
    loaded = load_world(path)
    assert place(loaded, "m::a") == pytest.approx((0, 1, 0))
    assert place(loaded, "m::b") == pytest.approx((-1, 0, 0))


def test_a_nested_model_and_its_parts_by_name(model: Writer) -> None:
    path = model("""<static>true</static>
        <model name="inner"><pose>1 0 0 0 0 0</pose><link name="x"><pose>0 2 0 0 0 0</pose></link></model>
        <link name="a"><pose relative_to="inner::x">0 0 3 0 0 0</pose></link>""")
    assert place(load_world(path), "m::a") == pytest.approx((1, 2, 3))


def test_an_included_model_stands_by_its_placement_frame(sdf: Writer) -> None:
    sdf(
        """<model name="part"><static>true</static><link name="l"/>
        <frame name="tip"><pose>0 0 2 0 0 0</pose></frame></model>""",
        name="part.sdf",
    )
    path = sdf("""<world name="w"><include><uri>part.sdf</uri><name>p</name><placement_frame>tip</placement_frame>
        <pose>1 0 5 0 0 0</pose></include></world>""")
    assert place(load_world(path), "p::l") == pytest.approx((1, 0, 3))


def test_includes_are_found_on_the_resource_path(sdf: Writer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sdf('<model name="thing"><static>true</static><link name="l"/></model>', name="there/thing/thing.sdf")
    config = tmp_path / "there" / "thing" / "model.config"
    config.write_text('<model><sdf version="1.9">thing.sdf</sdf></model>', encoding="utf-8")
    monkeypatch.setenv("GZ_SIM_RESOURCE_PATH", str(tmp_path / "there"))
    path = sdf('<world name="w"><include><uri>model://thing</uri><pose>0 0 4 0 0 0</pose></include></world>')
    assert place(load_world(path), "thing::l") == pytest.approx((0, 0, 4))


def test_a_free_body_falls_by_g(model: Writer) -> None:
    loaded = load_world(model('<pose>0 0 10 0 0 0</pose><link name="a">{inertia}</link>'))
    assert after(loaded, 1.0).body("m::a").xpos[2] == pytest.approx(10 - 9.8 / 2, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "joint_type", "count"),
    [
        ("revolute", mujoco.mjtJoint.mjJNT_HINGE, 1),
        ("continuous", mujoco.mjtJoint.mjJNT_HINGE, 1),
        ("prismatic", mujoco.mjtJoint.mjJNT_SLIDE, 1),
        ("universal", mujoco.mjtJoint.mjJNT_HINGE, 2),
        ("ball", mujoco.mjtJoint.mjJNT_BALL, 1),
        ("fixed", None, 0),
    ],
)
def test_kinds_of_joints(model: Writer, kind: str, joint_type: object, count: int) -> None:
    axes = "<axis><xyz>0 1 0</xyz></axis><axis2><xyz>1 0 0</xyz></axis2>" if kind in ("universal",) else ""
    axes = "<axis><xyz>0 1 0</xyz></axis>" if kind in ("revolute", "continuous", "prismatic") else axes
    path = model(f"""<link name="a">{{inertia}}</link><link name="b">{{inertia}}</link>
        <joint name="j" type="{kind}"><parent>a</parent><child>b</child>{axes}</joint>""")
    compiled = load_world(path).model
    assert compiled.njnt == count + 1, "one more for the free base"
    assert all(compiled.jnt_type[1:] == joint_type)
    assert not compiled.jnt_limited.any()


def test_limits_damping_friction_and_axis(model: Writer) -> None:
    path = model("""<link name="a">{inertia}</link>
        <link name="b"><pose>0 0 0 0 0 1.5707963267948966</pose>{inertia}</link>
        <joint name="world_joint" type="fixed"><parent>world</parent><child>a</child></joint>
        <joint name="j" type="revolute"><pose>0.5 0 0 0 0 0</pose><parent>a</parent><child>b</child>
          <axis><xyz expressed_in="__model__">1 0 0</xyz><limit><lower>-0.5</lower><upper>1.5</upper></limit>
          <dynamics><damping>0.3</damping><friction>0.2</friction></dynamics></axis></joint>""")
    compiled = load_world(path).model
    joint = compiled.joint("m::j")
    assert joint.range == pytest.approx((-0.5, 1.5))
    assert np.ravel(compiled.dof_damping)[0] == pytest.approx(0.3)
    assert joint.frictionloss[0] == pytest.approx(0.2)
    assert joint.axis == pytest.approx((0, -1, 0), abs=1e-9)
    assert joint.pos == pytest.approx((0.5, 0, 0))


def test_a_static_model_needs_no_inertia_and_stays(model: Writer) -> None:
    loaded = load_world(model('<static>true</static><pose>0 0 1 0 0 0</pose><link name="a"/>'))
    assert after(loaded, 0.1).body("m::a").xpos[2] == 1.0


def test_the_slipperier_surface_decides(sdf: Writer) -> None:
    """Slides down a slope of 20° on a slippery foot, stays on a rough one."""
    slope = 20 * pi / 180

    def box(mu: float) -> Path:
        return sdf(f"""<world name="w"><gravity>{9.8 * sin(slope)} 0 {-9.8 * cos(slope)}</gravity>
            <model name="g"><static>true</static><link name="l"><collision name="c"><geometry><plane/></geometry>
            </collision></link></model>
            <model name="m"><pose>0 0 0.05 0 0 0</pose><link name="a">{{inertia}}<collision name="c"><geometry><box>
            <size>0.2 0.2 0.1</size></box></geometry><surface><friction><ode><mu>{mu}</mu></ode></friction></surface>
            </collision></link></model></world>""")

    assert after(load_world(box(0.8)), 1.0).body("m::a").xpos[0] == pytest.approx(0.0, abs=0.02)
    slid = 9.8 * (sin(slope) - 0.1 * cos(slope)) / 2
    assert after(load_world(box(0.1)), 1.0).body("m::a").xpos[0] == pytest.approx(slid, rel=0.05)


SHAPES = {
    "box": ("<box><size>1 2 3</size></box>", (0.5, 1.0, 1.5)),
    "cylinder": ("<cylinder><radius>0.2</radius><length>1</length></cylinder>", (0.2, 0.5, 0)),
    "capsule": ("<capsule><radius>0.2</radius><length>1</length></capsule>", (0.2, 0.5, 0)),
    "sphere": ("<sphere><radius>0.3</radius></sphere>", (0.3, 0, 0)),
    "ellipsoid": ("<ellipsoid><radii>1 2 3</radii></ellipsoid>", (1, 2, 3)),
}


@pytest.mark.parametrize("kind", SHAPES)
def test_shapes_are_as_large_as_they_say(model: Writer, kind: str) -> None:
    text, size = SHAPES[kind]
    path = model(f'<link name="a">{{inertia}}<collision name="c"><geometry>{text}</geometry></collision></link>')
    geom = load_world(path).model.geom("m::a::c")
    assert geom.type == getattr(mujoco.mjtGeom, f"mjGEOM_{kind.upper()}")
    assert geom.size[: len(size)] == pytest.approx(size)


def test_a_mesh_keeps_its_place_and_scale(model: Writer, tmp_path: Path) -> None:
    corners = [(x, y, z) for x in (1, 2) for y in (0, 1) for z in (0, 1)]
    faces = ["1 3 4 2", "5 6 8 7", "1 2 6 5", "3 7 8 4", "1 5 7 3", "2 4 8 6"]
    lines = [f"v {x} {y} {z}" for x, y, z in corners] + [f"f {face}" for face in faces]
    (tmp_path / "cube.obj").write_text("\n".join(lines) + "\n", encoding="utf-8")
    path = model("""<static>true</static><link name="a"><visual name="v"><geometry><mesh><uri>cube.obj</uri>
        <scale>2 1 1</scale></mesh></geometry></visual></link>""")
    compiled = load_world(path).model
    assert compiled.geom_pos[0] == pytest.approx((3.0, 0.5, 0.5), abs=1e-6)


def test_masses_and_turned_inertia(model: Writer) -> None:
    path = model("""<link name="a"><inertial><pose>0 0 0.5 0 0 1.5707963267948966</pose><mass>3</mass>
        <inertia><ixx>0.2</ixx><iyy>0.3</iyy><izz>0.4</izz></inertia></inertial></link>""")
    world = load_world(path).world
    inertia = world.links[0].inertia
    assert inertia is not None
    assert np.diag(inertia.matrix) == pytest.approx((0.3, 0.2, 0.4))
    body = load_world(path).model.body("m::a")
    assert body.mass[0] == 3
    assert sorted(body.inertia) == pytest.approx([0.2, 0.3, 0.4])


def test_a_camera_looks_along_x(model: Writer) -> None:
    path = model("""<static>true</static><link name="a"><sensor name="eye" type="camera"><pose>0 0 1 0 0 0</pose>
        <camera><horizontal_fov>1.2</horizontal_fov><image><width>640</width><height>480</height></image></camera>
        </sensor></link>""")
    loaded = load_world(path)
    data = mujoco.MjData(loaded.model)
    mujoco.mj_forward(loaded.model, data)
    turn = data.camera("m::a::eye").xmat.reshape(3, 3)
    assert -turn[:, 2] == pytest.approx((1, 0, 0))
    assert turn[:, 1] == pytest.approx((0, 0, 1))
    sensor = loaded.world.sensors[0]
    assert isinstance(sensor, CameraSensor)
    assert (sensor.width_px, sensor.height_px) == (640, 480)


def test_an_imu_at_rest_feels_gravity(sdf: Writer) -> None:
    path = sdf("""<world name="w"><model name="m"><link name="a">{inertia}
        <sensor name="imu" type="imu"><update_rate>100</update_rate></sensor></link>
        <joint name="j" type="fixed"><parent>world</parent><child>a</child></joint></model></world>""")
    data = after(load_world(path), 0.1)
    assert data.sensor("m::a::imu/accelerometer").data == pytest.approx((0, 0, 9.8), abs=1e-3)


def test_an_endless_limit_is_none(model: Writer) -> None:
    path = model("""<link name="a">{inertia}</link><link name="b">{inertia}</link>
        <joint name="j" type="revolute"><parent>a</parent><child>b</child>
        <axis><xyz>0 0 1</xyz><limit><lower>-1e16</lower><upper>1e16</upper></limit></axis></joint>""")
    assert (load_world(path).world.joints[0].axes[0].lower, load_world(path).world.joints[0].axes[0].upper) == (
        -inf,
        inf,
    )


def test_a_file_with_only_a_model_is_a_world_of_it(sdf: Writer) -> None:
    assert load_world(sdf('<model name="solo"><link name="l">{inertia}</link></model>')).world.models == ("solo",)


def test_what_is_static_has_no_motors(sdf: Writer) -> None:
    people = """<include><uri>model://resident</uri><name>statue</name><static>true</static></include>
        <include><uri>model://carebot/model.sdf</uri><name>parked</name><static>true</static><pose>2 0 0 0 0 0</pose>
        </include>"""
    loaded = load_world(sdf(f'<world name="w">{people}</world>'))
    assert not loaded.model.nu
    assert not loaded.model.nv


def test_what_a_sensor_does_not_do_is_named(sdf: Writer) -> None:
    sensors = """<model name="m"><static>true</static><link name="l">
        <sensor name="l" type="gpu_lidar"><lidar><scan><horizontal><samples>9</samples></horizontal>
        <vertical><samples>16</samples></vertical></scan></lidar></sensor></link></model>"""
    notes = [str(note) for note in load_world(sdf(f'<world name="w">{sensors}</world>')).world.notes]
    assert any("one row of rays" in note for note in notes)
