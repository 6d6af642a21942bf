"""The frames of the simulated robot and its world, as tf names them (REP 105)."""

from __future__ import annotations

WORLD_FRAME = "world"
CAMERA_FRAME = "camera_optical_frame"
DEPTH_FRAME = "depth_optical_frame"
LIDAR_FRAME = "lidar_link"
IMU_FRAME = "imu_link"
BASE_FRAME = "base_footprint"
