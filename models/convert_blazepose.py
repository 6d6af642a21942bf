#!/usr/bin/env python3
"""Makes `pose_detector.onnx` and `pose_landmarks.onnx` from the BlazePose files in MediaPipe's wheel.

python models/convert_blazepose.py [--wheel FILE | --tflite-dir DIR] [--out models/]

Without --wheel or --tflite-dir, pip downloads the wheel of mediapipe 0.10.21 into a temporary folder. Needs the
packages `tflite`, `onnx` and `numpy`. MediaPipe and its models are under the Apache License 2.0.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from conversion import reader, rewrites
from conversion.writer import Normalisation, Output, Writer

MEDIAPIPE = "mediapipe==0.10.21"
LANDMARKS = 39
ANCHORS = 2254


class BadSourceError(Exception):
    """What was given to convert is not what this script knows; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Source:
    """A TFLite file in the wheel, what it becomes, and how its outputs are finished."""

    member: str
    sha256: str
    outputs: tuple[int, ...]
    normalisation: Normalisation
    result: str
    finish: Callable[[Writer, Sequence[str]], list[Output]]


def finish_detector(writer: Writer, outputs: Sequence[str]) -> list[Output]:
    """Boxes as they are; scores as probabilities of the logits clipped to +-100, as MediaPipe clips them."""
    boxes, logits = outputs
    writer.add("Identity", boxes, outputs=["boxes"])
    low, high = (writer.constant(np.array(limit, np.float32)) for limit in (-100, 100))
    clipped = writer.add("Clip", writer.add("Reshape", logits, writer.ints(0, ANCHORS)), low, high)
    writer.add("Sigmoid", clipped, outputs=["scores"])
    return [Output("boxes", (ANCHORS, 12)), Output("scores", (ANCHORS,))]


def finish_landmarks(writer: Writer, outputs: Sequence[str]) -> list[Output]:
    """Landmarks with visibility and presence as probabilities, the presence of a person, and the metric landmarks."""
    flat, presence, world = outputs
    columns = writer.add("Reshape", flat, writer.ints(0, LANDMARKS, 5))
    writer.add("Split", columns, writer.ints(3, 2), outputs=["position", "logits"], axis=2)
    writer.add("Concat", "position", writer.add("Sigmoid", "logits"), outputs=["landmarks"], axis=2)
    writer.add("Identity", presence, outputs=["presence"])
    writer.add("Reshape", world, writer.ints(0, LANDMARKS, 3), outputs=["world"])
    return [Output("landmarks", (LANDMARKS, 5)), Output("presence", (1,)), Output("world", (LANDMARKS, 3))]


SOURCES = (
    Source(
        member="mediapipe/modules/pose_detection/pose_detection.tflite",
        sha256="9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        outputs=(0, 1),
        normalisation=Normalisation(offset=127.5, scale=1 / 127.5),
        result="pose_detector.onnx",
        finish=finish_detector,
    ),
    Source(
        member="mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
        sha256="e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        outputs=(0, 1, 4),
        normalisation=Normalisation(offset=0.0, scale=1 / 255),
        result="pose_landmarks.onnx",
        finish=finish_landmarks,
    ),
)


def convert(data: bytes, source: Source) -> onnx.ModelProto:
    """The ONNX model of a TFLite file."""
    graph = rewrites.rewritten(reader.read(data, source.outputs))
    writer = Writer()
    finished = source.finish(writer, writer.graph(graph, "image", source.normalisation))
    notes = {
        "source": f"{MEDIAPIPE} {Path(source.member).name}",
        "source_sha256": source.sha256,
        "licence": "Apache-2.0",
    }
    return writer.model(Path(source.result).stem, graph.input_shape[1:], finished, notes)


def checked(data: bytes, source: Source, where: Path) -> bytes:
    """The data, if it is the very file that this script was made for."""
    found = hashlib.sha256(data).hexdigest()
    if found != source.sha256:
        raise BadSourceError(
            f"{Path(source.member).name} in {where} has sha256 {found}, take it from the wheel of {MEDIAPIPE}"
        )
    return data


def from_wheel(wheel: Path) -> list[bytes]:
    """The TFLite files of a wheel, checked."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            return [checked(archive.read(source.member), source, wheel) for source in SOURCES]
    except (OSError, zipfile.BadZipFile, KeyError) as error:
        raise BadSourceError(f"{wheel} is not a readable wheel of {MEDIAPIPE}: {error}") from error


def from_folder(folder: Path) -> list[bytes]:
    """The TFLite files in a folder, or below it as in the wheel, checked."""
    return [checked(_find(folder, source).read_bytes(), source, folder) for source in SOURCES]


def _find(folder: Path, source: Source) -> Path:
    for path in (folder / Path(source.member).name, folder / source.member):
        if path.is_file():
            return path
    raise BadSourceError(f"{folder} has no {Path(source.member).name}, unpack it there from the wheel of {MEDIAPIPE}")


def from_pip() -> list[bytes]:
    """The TFLite files of the wheel that pip downloads."""
    with tempfile.TemporaryDirectory() as folder:
        # The wheel of any Python will do: only the data in it are used.
        options = ["--no-deps", "--only-binary=:all:", "--python-version", "3.11", "--dest", folder]
        command = [sys.executable, "-m", "pip", "download", MEDIAPIPE, *options]
        done = subprocess.run(command, stdout=sys.stderr, check=False)
        wheels = list(Path(folder).glob("*.whl"))
        if done.returncode != 0 or not wheels:
            raise BadSourceError(
                f"pip could not download {MEDIAPIPE}, fetch its wheel for Python 3.11 and name it with --wheel"
            )
        return from_wheel(wheels[0])


def write(model: onnx.ModelProto, path: Path) -> None:
    """Saves the model and prints its name, size and hash."""
    data = model.SerializeToString(deterministic=True)
    path.write_bytes(data)
    print(f"{path}  {len(data) / 1e6:.1f} MB  sha256 {hashlib.sha256(data).hexdigest()}")


def arguments(words: Sequence[str] | None = None) -> argparse.Namespace:
    """The command line, read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given = parser.add_mutually_exclusive_group()
    given.add_argument("--wheel", type=Path, help=f"the wheel of {MEDIAPIPE}")
    given.add_argument("--tflite-dir", type=Path, help="a folder with the two TFLite files")
    parser.add_argument(
        "--out", type=Path, default=Path(__file__).parent, help="where the ONNX files go (default: %(default)s)"
    )
    return parser.parse_args(words)


def _files(options: argparse.Namespace) -> list[bytes]:
    if options.wheel:
        return from_wheel(options.wheel)
    return from_folder(options.tflite_dir) if options.tflite_dir else from_pip()


def run(words: Sequence[str] | None = None) -> int:
    """Converts both models; exit code 0 when done, 2 for bad input."""
    options = arguments(words)
    try:
        files = _files(options)
        options.out.mkdir(parents=True, exist_ok=True)
        for data, source in zip(files, SOURCES, strict=True):
            write(convert(data, source), options.out / source.result)
    except (BadSourceError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(run())
