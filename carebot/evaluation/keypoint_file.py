"""Keypoint sequences in .npz files: somebody else's pose model looked at the recording, and we judge what it saw.

Keys: `keypoints` (T, J, 2 or 3) float, x and y as parts of the picture's width and height (0..1), then a confidence;
(0, 0) and NaN are joints that were not found. `joints`: J names (carebot.evaluation.joint_names says which are
understood). `fps`: pictures a second. `aspect`: the picture's width divided by its height.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.npyio import NpzFile
from numpy.typing import NDArray

from carebot.errors import SourceError
from carebot.evaluation.joint_names import coco_indices
from carebot.people import COCO_KEYPOINTS, People, Person

HEIGHT_PX = 480
"""Keypoints have no pixels: the picture is thought to be this high."""
FARTHEST = 4.0
"""Coordinates beyond this many pictures are not parts of a picture's width and height."""
KEYS = ("keypoints", "joints", "fps", "aspect")
ANEW = "make it anew with np.savez"
TRUNK = {"shoulder": (5, 6), "hip": (11, 12)}


class KeypointFile:
    """The people of one file, in order of time; `duration_s` is the time of the last picture."""

    def __init__(self, path: Path) -> None:
        """Raises SourceError: one sentence that names the file and what is wrong with it."""
        content = _content(path)
        keypoints, names = _keypoints(path, content), _names(path, content)
        if len(names) != keypoints.shape[1]:
            raise SourceError(
                f"{path}: 'joints' has {len(names)} names for {keypoints.shape[1]} joints: make them fit."
            )
        self.fps = _number(path, content, "fps", 0.5, 1000.0)
        self.aspect = _number(path, content, "aspect", 0.1, 10.0)
        self._joints = _as_coco(path, keypoints, names)

    def __len__(self) -> int:
        return len(self._joints)

    def people(self) -> Iterator[People]:
        """One picture after the other; nobody is in those without a joint."""
        width_px = max(1, round(HEIGHT_PX * self.aspect))
        for number, joints in enumerate(self._joints):
            seen = joints[:, 2] > 0.0
            person = Person(1, float(joints[seen, 2].mean()), joints) if seen.any() else None
            yield People(number / self.fps, width_px, HEIGHT_PX, () if person is None else (person,))


def _content(path: Path) -> dict[str, NDArray[Any]]:
    if not path.is_file():  # opening a pipe would wait for ever
        raise SourceError(f"{path} {'is no file' if path.exists() else 'does not exist'}: check the name.")
    try:
        opened = path.open("rb")  # np.load would leave it open where the file is damaged
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}): check its permissions.") from None
    with opened, _arrays(path, opened) as file:
        return {key: _array(path, file, key) for key in KEYS if key in file}


def _arrays(path: Path, opened: BinaryIO) -> NpzFile:
    try:
        file = np.load(opened, allow_pickle=False)
    except Exception:  # noqa: BLE001 - zipfile, zlib and NumPy's header parser have dozens, and none says more
        raise SourceError(f"{path} cannot be read because it is damaged or no .npz file: {ANEW}.") from None
    if not isinstance(file, NpzFile):
        raise SourceError(f"{path} holds a single array: save keypoints, joints, fps and aspect with np.savez.")
    return file


def _array(path: Path, file: NpzFile, key: str) -> NDArray[Any]:
    try:
        array = file[key]
    except Exception as error:  # noqa: BLE001 - as above, and a damaged header may ask for any amount of memory
        if "allow_pickle" in str(error):
            raise SourceError(
                f"{path}: '{key}' holds Python objects (dtype object): save it as plain numbers or text with np.savez."
            ) from None
        raise SourceError(f"{path} cannot be read because '{key}' in it is damaged: {ANEW}.") from None
    if not isinstance(array, np.ndarray):
        raise SourceError(f"{path} cannot be read because '{key}' in it is no array: {ANEW}.")
    return array


def _keypoints(path: Path, content: dict[str, NDArray[Any]]) -> NDArray[np.float64]:
    given = _wanted(path, content, "keypoints")
    if given.dtype.kind not in "fiu":
        raise SourceError(f"{path}: 'keypoints' must hold numbers (float), but it is of dtype {given.dtype}.")
    if given.ndim != 3 or given.shape[2] not in (2, 3):
        raise SourceError(f"{path}: 'keypoints' must have the shape (T, J, 2 or 3), but it has {given.shape}.")
    if not len(given):
        raise SourceError(f"{path}: 'keypoints' holds no picture: record it anew.")
    keypoints = given.astype(np.float64)
    places = keypoints[:, :, :2]
    farthest = float(np.abs(places[np.isfinite(places)]).max(initial=0.0))
    if farthest > FARTHEST:
        raise SourceError(
            f"{path}: 'keypoints' reaches {farthest:.0f}, so it is in pixels: divide x by the picture's width and y by "
            f"its height."
        )
    return keypoints


def _names(path: Path, content: dict[str, NDArray[Any]]) -> list[str]:
    given = _wanted(path, content, "joints")
    if given.ndim != 1 or given.dtype.kind not in "US":
        raise SourceError(
            f"{path}: 'joints' must be a list of names, one for each joint, but it is {_in_short(given)}."
        )
    return [name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name) for name in given]


def _number(path: Path, content: dict[str, NDArray[Any]], key: str, least: float, most: float) -> float:
    given = _wanted(path, content, key)
    if given.size != 1 or given.dtype.kind not in "fiu" or not least <= float(given.reshape(())) <= most:
        raise SourceError(
            f"{path}: '{key}' must be one number between {least:g} and {most:g}, but it is {_in_short(given)}."
        )
    return float(given.reshape(()))


def _in_short(given: NDArray[Any]) -> str:
    if given.size != 1:
        return f"of the shape {given.shape} and dtype {given.dtype}"
    value = given.reshape(-1)[0].item()
    return f"the text {value!r}" if given.dtype.kind in "US" else f"{value} (dtype {given.dtype})"


def _wanted(path: Path, content: dict[str, NDArray[Any]], key: str) -> NDArray[Any]:
    if key not in content:
        have = ", ".join(content) or "none of keypoints, joints, fps, aspect"
        raise SourceError(f"{path} has no '{key}' (it has {have}): add it with np.savez.")
    return content[key]


def _as_coco(path: Path, keypoints: NDArray[np.float64], names: list[str]) -> NDArray[np.float32]:
    """(T, 17, 3); joints that are not there have the confidence 0."""
    indices = coco_indices(names)
    for part, joints in TRUNK.items():
        if not set(joints) & set(indices):
            raise SourceError(
                f"{path}: 'joints' names no {part} that is understood: call them left_{part}, right_{part}."
            )
    whole = np.zeros((len(keypoints), len(COCO_KEYPOINTS), 3), np.float32)
    for coco, number in indices.items():
        joint = keypoints[:, number]
        found = np.isfinite(joint).all(axis=1) & (joint[:, :2] != 0.0).any(axis=1)
        whole[:, coco, :2] = np.where(found[:, None], joint[:, :2], 0.0)
        whole[:, coco, 2] = np.where(found, np.clip(joint[:, 2], 0.0, 1.0) if joint.shape[1] == 3 else 1.0, 0.0)
    return whole
