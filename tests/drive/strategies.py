"""Robots and twists as hypothesis makes them."""

from __future__ import annotations

from hypothesis import strategies as st

from carebot.drive.kinematics import Kinematics, differential, mecanum, skid_steer
from carebot.geometry import Twist2D

lengths = st.floats(0.02, 1.0)
bases: st.SearchStrategy[Kinematics] = st.one_of(
    st.builds(differential, lengths, lengths),
    st.builds(skid_steer, lengths, lengths, st.floats(1.0, 3.0), st.sampled_from([2, 4])),
    st.builds(mecanum, lengths, lengths, lengths),
)
speeds = st.floats(-5.0, 5.0)
twists = st.builds(Twist2D, speeds, speeds, speeds)
