"""ArUco markers in a picture, and where they hang, seen from the robot.

A marker is a black square with white cells; its four corners and its known size give its pose (OpenCV's solvePnP with
SOLVEPNP_IPPE_SQUARE: Collins and Bartoli, Infinitesimal Plane-Based Pose Estimation, 2014). That method has two answers
for which way a small square leans; as the charger's marker hangs upright, both are moved to where an upright marker
fits the corners best, and the better one is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, cos, sin, tan
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from carebot.geometry import CameraMounting, Marker, Pose2D
from carebot.perception.frames import Image

DICTIONARY = cv2.aruco.DICT_4X4_50
"""`DICT_4X4_50`: ids 0 to 49, four by four cells and a black border of one."""
CELLS = 6
"""Cells along the edge of a marker, its border included."""
MOST_WRONG_PX = 4.0
"""Corners that fit no upright marker by less than this, in the mean, are no marker of the charger."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Lens:
    """How a camera projects: `matrix` (3, 3) in pixels, and OpenCV's distortion coefficients (n,)."""

    matrix: Floats
    distortion: Floats

    @staticmethod
    def of_opening(width_px: int, height_px: int, vertical_fov_rad: float) -> Lens:
        """A pinhole with square pixels and its axis in the picture's middle."""
        focal_px = height_px / 2.0 / tan(vertical_fov_rad / 2.0)
        middle = width_px / 2.0, height_px / 2.0
        matrix = np.array([[focal_px, 0.0, middle[0]], [0.0, focal_px, middle[1]], [0.0, 0.0, 1.0]])
        return Lens(matrix, np.zeros(5))

    def scaled_to(self, width_px: int, height_px: int, calibrated: tuple[int, int]) -> Lens:
        """The same lens for pictures of another size than the `calibrated` one (width, height)."""
        shares = np.array([[width_px / calibrated[0]], [height_px / calibrated[1]], [1.0]])
        return Lens(self.matrix * shares, self.distortion)


@dataclass(frozen=True, slots=True)
class LensPlace:
    """How the camera is fixed, and how far ahead and to the left of the robot's centre its lens is, in metres."""

    mounting: CameraMounting
    ahead_m: float = 0.0
    left_m: float = 0.0


class MarkerFinder:
    """Looks for markers of one size; `marker_m` is the edge of the black square in metres."""

    def __init__(self, marker_m: float) -> None:
        half = marker_m / 2.0
        self._corners_m = np.array([(-half, half, 0.0), (half, half, 0.0), (half, -half, 0.0), (-half, -half, 0.0)])
        options = cv2.aruco.DetectorParameters()
        options.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
        self._detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(DICTIONARY), options)

    def find(self, image: Image, lens: Lens, place: LensPlace) -> tuple[Marker, ...]:
        """Every marker of the dictionary that hangs upright in the picture (height, width, 3)."""
        detected: Any = self._detector.detectMarkers(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
        corners, ids = detected[0], () if detected[1] is None else detected[1].ravel()
        found = (self._marker(int(each), at, lens, place) for each, at in zip(ids, corners, strict=True))
        return tuple(marker for marker in found if marker is not None)

    def _marker(self, marker_id: int, corners: Any, lens: Lens, place: LensPlace) -> Marker | None:
        corners_px = np.asarray(corners, np.float64).reshape(4, 2)
        undistorted = cv2.undistortPoints(corners_px[:, None], lens.matrix, lens.distortion)
        points = np.asarray(undistorted, np.float64).reshape(4, 2)
        base = _turn(place.mounting)
        answers = (self._upright(points, *answer, base) for answer in self._solved(points))
        best = min(answers, key=lambda fit: fit[1], default=None)
        if best is None or best[1] * lens.matrix[1, 1] > MOST_WRONG_PX:
            return None
        ahead, left, _, yaw_rad = (float(value) for value in best[0])
        return Marker(marker_id, Pose2D(ahead + place.ahead_m, left + place.left_m, yaw_rad))

    def _solved(self, points: Floats) -> list[tuple[Floats, Floats]]:
        """The square's answers: turns (3, 3) and places (3,) in the camera's optical frame."""
        flags = cv2.SOLVEPNP_IPPE_SQUARE
        count, turns, places, _ = cv2.solvePnPGeneric(self._corners_m, points, np.eye(3), None, flags=flags)
        matrices = [np.asarray(cv2.Rodrigues(turns[n])[0], np.float64) for n in range(count)]
        return [(matrix, np.asarray(places[n], np.float64).ravel()) for n, matrix in enumerate(matrices)]

    def _upright(self, points: Floats, turn: Floats, place: Floats, base: Floats) -> tuple[Floats, float]:
        """The upright marker nearest to that answer: (ahead, left, up, yaw) from the lens, and its mean error.

        The error is in shares of the focal length.
        """
        normal = base @ turn[:, 2]
        first = np.array([*(base @ place), atan2(normal[1], normal[0])])

        def errors(fit: Floats) -> Floats:
            in_camera = (_upright_corners(self._corners_m, fit[3]) + fit[:3]) @ base
            return np.asarray((in_camera[:, :2] / np.maximum(in_camera[:, 2:], 1e-3) - points).ravel())

        found = least_squares(errors, first, method="lm", max_nfev=60)
        return found.x, float(np.sqrt(np.mean(np.square(found.fun)) * 2.0))


def _upright_corners(corners_m: Floats, yaw_rad: float) -> Floats:
    """(4, 3) ahead, left, up from its middle, of a marker whose face looks along `yaw_rad`."""
    to_its_right = np.array([-sin(yaw_rad), cos(yaw_rad), 0.0])
    return np.asarray(corners_m[:, :1] * to_its_right + corners_m[:, 1:2] * np.array([0.0, 0.0, 1.0]))


def _turn(mounting: CameraMounting) -> Floats:
    """(3, 3): from the camera's optical axes (right, down, away) to ahead, left and up of the robot."""
    return np.array([mounting.from_optical(*axis) for axis in np.eye(3)]).T


def cells_of(marker_id: int) -> NDArray[np.bool_]:
    """(6, 6) from the upper left corner on, as seen from before it: True where a cell is black.

    Raises:
        ValueError: for an id that the dictionary does not have.
    """
    if not 0 <= marker_id < 50:
        raise ValueError(f"DICT_4X4_50 has the markers 0 to 49, not {marker_id}")
    drawn = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), marker_id, CELLS)
    return np.asarray(drawn < 128)
