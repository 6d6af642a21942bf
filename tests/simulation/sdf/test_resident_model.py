"""The residents' SDF files are those that the embedded simulator's own body gives."""

from __future__ import annotations

import re
from pathlib import Path

import mujoco
import numpy as np
import pytest

from carebot.simulation.anatomy import MASS_FRACTION
from carebot.simulation.joints import JOINTS
from carebot.simulation.resident import add_resident
from carebot.simulation.sdf.build import load_world
from carebot.simulation.sdf.resident_model import DEFAULT, WITH_WALKING_FRAME, write_residents
from carebot.simulation.sdf.resources import models_dir
from carebot.simulation.wardrobe import RESIDENTS

SHIPPED = models_dir() / "resident"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def sdf_of(name: str) -> Path:
    return SHIPPED / ("model.sdf" if name == DEFAULT else f"{name}.sdf")


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("residents")
    write_residents(folder)
    return folder


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_the_shipped_files_are_what_the_script_writes(written: Path) -> None:
    """Words exactly, numbers as near as they are printed."""
    assert files_in(SHIPPED) == files_in(written)
    for name in files_in(written):
        shipped, fresh = ((folder / name).read_text(encoding="utf-8") for folder in (SHIPPED, written))
        assert NUMBER.sub("#", shipped) == NUMBER.sub("#", fresh), f"{name} is old: run the script again"
        ours, theirs = (np.array(NUMBER.findall(text), dtype=float) for text in (shipped, fresh))
        assert ours == pytest.approx(theirs, rel=1e-4, abs=0.011 if name.endswith(".obj") else 2e-5), name


def test_there_are_four_and_one_has_a_walking_frame() -> None:
    assert len(RESIDENTS) >= 4
    with_frame = [name for name in RESIDENTS if "model://walking_frame" in sdf_of(name).read_text(encoding="utf-8")]
    assert with_frame == [WITH_WALKING_FRAME]


@pytest.mark.parametrize("name", RESIDENTS)
def test_masses_joints_and_places_are_those_of_the_embedded_body(name: str) -> None:
    resident = RESIDENTS[name]
    spec = mujoco.MjSpec()
    spec.compiler.degree = False
    add_resident(spec, resident)
    own = spec.compile()
    data = mujoco.MjData(own)
    mujoco.mj_forward(own, data)
    loaded = load_world(sdf_of(name))
    links = {link.name.removeprefix(f"{name}::"): link for link in loaded.world.links if link.skeleton == name}
    joints = {joint.name.removeprefix(f"{name}::"): joint for joint in loaded.world.joints}
    assert sum(link.inertia.mass_kg for link in links.values() if link.inertia) == pytest.approx(
        resident.anatomy.mass_kg, rel=1e-3
    )
    for segment in (own.body(number).name for number in range(1, own.nbody)):
        assert links[segment].pose.position == pytest.approx(data.body(segment).xpos, abs=1e-5)
    for joint in JOINTS:
        axis = joints[joint.name].axes[0]
        assert (axis.lower, axis.upper) == pytest.approx((joint.lowest_rad, joint.highest_rad), abs=1e-5)
        assert axis.direction == pytest.approx(joint.axis, abs=1e-6)
        assert axis.effort == joint.torque
    assert {servo.joint for servo in loaded.world.controllers} == {f"{name}::{joint.name}" for joint in JOINTS}


def test_segment_masses_are_human() -> None:
    loaded = load_world(sdf_of("kenji"))
    weights = {link.name.rpartition("::")[2]: link.inertia for link in loaded.world.links}
    for segment in ("head", "left_thigh", "right_forearm"):
        links = [inertia for name, inertia in weights.items() if re.fullmatch(rf"{segment}(_\d)?", name)]
        fraction = MASS_FRACTION[segment.removeprefix("left_").removeprefix("right_")]
        assert sum(inertia.mass_kg for inertia in links if inertia) == pytest.approx(68.0 * fraction, rel=1e-3)


def test_without_balance_a_resident_ends_on_the_floor() -> None:
    """Nothing holds the pelvis: with limp muscles the person collapses, and nothing explodes."""
    loaded = load_world(sdf_of("hana"))
    spec = loaded.spec
    spec.worldbody.add_geom(name="ground", type=mujoco.mjtGeom.mjGEOM_PLANE, size=(5, 5, 0.1))
    model = spec.compile()
    model.actuator_gainprm[:] = 0
    model.actuator_biasprm[:] = 0
    data = mujoco.MjData(model)
    fastest = 0.0
    for _ in range(200):
        mujoco.mj_step(model, data, nstep=10)
        fastest = max(fastest, float(np.linalg.norm(data.qvel[:3])))
    assert data.body("hana::pelvis").xpos[2] < 0.35
    assert 1.0 < fastest < 6.0
