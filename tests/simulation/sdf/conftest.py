"""SDF files written by tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

INERTIA = "<inertial><mass>2</mass><inertia><ixx>0.1</ixx><iyy>0.1</iyy><izz>0.1</izz></inertia></inertial>"


@pytest.fixture
def sdf(tmp_path: Path) -> Callable[..., Path]:
    """Writes an SDF file with this inside; `{inertia}` stands for one that is possible."""

    def write(content: str, name: str = "test.sdf", version: str = "1.9") -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        filled = content.replace("{inertia}", INERTIA)
        path.write_text(f'<?xml version="1.0"?>\n<sdf version="{version}">\n{filled}\n</sdf>\n', encoding="utf-8")
        return path

    return write


@pytest.fixture
def model(sdf: Callable[..., Path]) -> Callable[..., Path]:
    """Writes a world with one model of this content."""

    def write(content: str, **more: str) -> Path:
        return sdf(f'<world name="w">\n<model name="m">\n{content}\n</model>\n</world>', **more)

    return write
