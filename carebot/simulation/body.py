"""A person's body in motion: poses in, physics out; led by the guide, or falling free."""

from __future__ import annotations

from typing import Any

import mujoco
import numpy as np

from carebot.simulation.anatomy import Anatomy
from carebot.simulation.falling import FallPlan
from carebot.simulation.joints import JOINTS, SIDES
from carebot.simulation.motion import TICK_S, Pose, from_angles
from carebot.simulation.rotations import Vector
from carebot.simulation.world import Stage

TORSO = ("pelvis", "abdomen", "thorax")
STIFFNESS = np.array([joint.stiffness for joint in JOINTS])
DAMPING = np.array([joint.damping for joint in JOINTS])
SLIPPERY_FRICTION = 0.06
LYING_HIPS_M, LYING_SHOULDERS_M = 0.24, 0.36
"""With hips and shoulders below these heights a body lies, even where its own limbs are between it and the floor."""


class Body:
    """Reads and drives one person in a MuJoCo model and its data; `prefix` stands before the person's names."""

    def __init__(self, stage: Stage, data: Any, anatomy: Anatomy, prefix: str) -> None:
        model = stage.model
        self._model, self._data, self._anatomy, self._prefix = model, data, anatomy, prefix
        self._angles = np.array([model.joint(prefix + joint.name).qposadr[0] for joint in JOINTS])
        self._muscles = np.array([model.actuator(prefix + joint.name).id for joint in JOINTS])
        root = model.joint(f"{prefix}root")
        place, velocity = int(root.qposadr[0]), int(root.dofadr[0])
        self._place, self._turn = slice(place, place + 3), slice(place + 3, place + 7)
        self._velocity = slice(velocity, velocity + 3)
        self._own_velocities = slice(velocity, velocity + 6 + len(JOINTS))
        self._weld = model.equality(f"{prefix}guide").id
        self._mocap = int(model.body(f"{prefix}guide").mocapid[0])
        self._pelvis = model.body(f"{prefix}pelvis").id
        self._own_bodies = np.flatnonzero(model.body_rootid == model.body_rootid[self._pelvis])
        self._is_floor = stage.floor
        torso = [model.body(prefix + name).id for name in TORSO]
        self._is_torso = np.isin(model.geom_bodyid, torso)
        self._sites = {
            name: model.site(prefix + name).id for side in SIDES for name in (f"{side}_hip", f"{side}_shoulder")
        }
        self._shoes = [
            geom
            for side in SIDES
            for geom in np.flatnonzero(model.geom_bodyid == model.body(f"{prefix}{side}_foot").id)
            if model.geom_contype[geom]
        ]
        self._grip = model.geom_friction[self._shoes].copy()
        self._before: Vector | None = None

    # guided

    def place(self, pose: Pose) -> None:
        """Put the body there at rest, without physics."""
        self._data.qpos[self._place], self._data.qpos[self._turn] = pose.pelvis_m, pose.pelvis_q
        self._data.qpos[self._angles] = pose.angles
        self._data.qvel[self._own_velocities] = 0.0
        self._guide(pose)
        self._data.ctrl[self._muscles] = pose.angles
        mujoco.mj_forward(self._model, self._data)

    def follow(self, pose: Pose) -> None:
        """Lead the pelvis to this pose and have the muscles go for its angles; once a tick."""
        before = pose.angles if self._before is None else self._before
        rate = np.clip((pose.angles - before) / TICK_S, -8.0, 8.0)
        self._data.ctrl[self._muscles] = pose.angles + DAMPING / STIFFNESS * rate
        self._before = pose.angles
        self._guide(pose)

    def _guide(self, pose: Pose) -> None:
        self._data.mocap_pos[self._mocap], self._data.mocap_quat[self._mocap] = pose.pelvis_m, pose.pelvis_q

    def take_hold(self) -> None:
        """Balance and strength are back: the guide holds the pelvis where it is."""
        self._set_tone(np.ones(len(JOINTS)))
        self._data.xfrc_applied[self._own_bodies] = 0.0
        self._before = None
        self._guide(self.pose())
        self._data.eq_active[self._weld] = 1

    # falling

    def let_go(self) -> None:
        """From now on nothing holds the body but its own muscles."""
        self._data.eq_active[self._weld] = 0

    def react(self, plan: FallPlan, since_onset_s: float, since_contact_s: float | None) -> None:
        """Muscles, pushes and slipperiness of a fall at this tick."""
        self._set_tone(plan.tone_at(since_onset_s, since_contact_s))
        self._data.ctrl[self._muscles] = plan.target_at(since_onset_s, self._data.qpos[self._angles])
        self._data.xfrc_applied[self._own_bodies] = 0.0
        for push in plan.pushes:
            if push.from_s <= since_onset_s < push.until_s:
                self._data.xfrc_applied[self._model.body(self._prefix + push.body).id, :3] += push.force_n
        slipping = since_onset_s < plan.slippery_s
        self._model.geom_friction[self._shoes] = (SLIPPERY_FRICTION, 0.005, 0.0001) if slipping else self._grip

    def _set_tone(self, tone: Vector) -> None:
        self._model.actuator_gainprm[self._muscles, 0] = STIFFNESS * tone
        self._model.actuator_biasprm[self._muscles, 1] = -STIFFNESS * tone
        self._model.actuator_biasprm[self._muscles, 2] = -DAMPING * tone

    # measured

    def pose(self) -> Pose:
        """The body as it is."""
        qpos = self._data.qpos
        return from_angles(self._anatomy, qpos[self._place].copy(), qpos[self._turn].copy(), qpos[self._angles])

    @property
    def pelvis_m(self) -> Vector:
        return np.asarray(self._data.xpos[self._pelvis])

    @property
    def pelvis_speed_m_s(self) -> float:
        return float(np.linalg.norm(self._data.qvel[self._velocity]))

    @property
    def torso_angle_rad(self) -> float:
        """Between the line from hips to shoulders and the vertical: 0 upright, pi / 2 lying."""
        hips = self._middle("hip")
        up = self._middle("shoulder") - hips
        return float(np.arccos(np.clip(up[2] / np.linalg.norm(up), -1.0, 1.0)))

    def _middle(self, joint: str) -> Vector:
        left, right = (self._data.site_xpos[self._sites[f"{side}_{joint}"]] for side in SIDES)
        return np.asarray((left + right) / 2.0)

    @property
    def on_floor(self) -> bool:
        """Whether pelvis, abdomen or chest touches the floor, or lies on an arm or leg that does."""
        return self._touches_floor() or (
            self._middle("hip")[2] < LYING_HIPS_M and self._middle("shoulder")[2] < LYING_SHOULDERS_M
        )

    def _touches_floor(self) -> bool:
        contacts = self._data.contact
        pairs = contacts.geom[contacts.dist < 0.0]
        first, second = pairs[:, 0], pairs[:, 1]
        return bool(
            np.any(self._is_floor[first] & self._is_torso[second] | self._is_torso[first] & self._is_floor[second])
        )
