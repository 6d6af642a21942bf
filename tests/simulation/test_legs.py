from __future__ import annotations

import numpy as np
import pytest

from carebot.simulation.anatomy import MASS_FRACTION, Anatomy
from carebot.simulation.legs import Foot, foot_of, leg_angles
from carebot.simulation.rotations import about_z, quaternion

BODY = Anatomy(stature_m=1.62, mass_kg=65.0)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("forward_m", [-0.3, 0.0, 0.3])
@pytest.mark.parametrize("down_m", [0.45, 0.60, 0.72])
@pytest.mark.parametrize("yaw_rad", [-2.0, 0.0, 1.0])
def test_leg_reaches_the_foot_it_is_told(side: str, forward_m: float, down_m: float, yaw_rad: float) -> None:
    pelvis, q = np.array((1.0, 2.0, 0.85)), quaternion(yaw_rad, 0.1, 0.02)
    out_m = BODY.hip_half_width_m if side == "left" else -BODY.hip_half_width_m
    foot = Foot(pelvis + about_z(yaw_rad) @ (forward_m, out_m, -down_m), yaw_rad, 0.2)
    reached = foot_of(BODY, side, pelvis, q, leg_angles(BODY, side, pelvis, q, foot))
    assert reached.ankle_m == pytest.approx(foot.ankle_m, abs=1e-9)
    assert reached.yaw_rad == pytest.approx(yaw_rad, abs=0.15)


def test_foot_out_of_reach_stretches_the_leg_towards_it() -> None:
    pelvis, q = np.array((0.0, 0.0, 2.0)), quaternion(0.0)
    foot = Foot(np.array((0.0, 0.084, 0.0)), 0.0)
    reached = foot_of(BODY, "left", pelvis, q, leg_angles(BODY, "left", pelvis, q, foot))
    assert pelvis[2] - reached.ankle_m[2] == pytest.approx(BODY.leg_m, rel=0.01)


def test_segments_make_up_the_whole_body() -> None:
    trunk = {"pelvis", "abdomen", "thorax", "head"}
    assert sum(share * (1 if name in trunk else 2) for name, share in MASS_FRACTION.items()) == pytest.approx(1.0)
