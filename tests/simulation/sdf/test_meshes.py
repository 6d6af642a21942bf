"""Meshes as they come from modellers: where they are, what colour they have, and what touches them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import mujoco
import numpy as np
import pytest
import trimesh

from carebot.errors import ConfigError
from carebot.simulation.sdf.build import TOUCHED_GROUP, load_world
from carebot.simulation.sdf.meshes import MOST_TRIANGLES, drawn_pieces, touched_pieces

Writer = Callable[..., Path]
ONE = (1.0, 1.0, 1.0)


def box(size: tuple[float, float, float], at: tuple[float, float, float]) -> trimesh.Trimesh:
    made = trimesh.creation.box(size)
    made.apply_translation(at)
    return made


def room() -> trimesh.Trimesh:
    """The walls of a room of 6 x 6 m, seen from inside, in one piece."""
    walls = box((6, 6, 2.5), (0, 0, 1.25))
    walls.invert()
    walls.update_faces(np.abs(walls.face_normals[:, 2]) < 0.5)
    return walls


def collada(path: Path, unit: str, up: str, colour: str = "0.8 0.1 0.1 1") -> Path:
    """A pyramid 2 units long, 1 wide, 1 high, written by hand."""
    corners = "0 0 0 2 0 0 2 1 0 0 1 0 1 0.5 1"
    faces = "0 2 1 0 3 2 0 1 4 1 2 4 2 3 4 3 0 4"
    path.write_text(
        f"""<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">
    <asset><created>2020-01-01T00:00:00Z</created><modified>2020-01-01T00:00:00Z</modified>{unit}
    <up_axis>{up}</up_axis></asset>
    <library_effects><effect id="e"><profile_COMMON><technique sid="t"><lambert><diffuse>
    <color>{colour}</color></diffuse></lambert></technique></profile_COMMON></effect></library_effects>
    <library_materials><material id="m"><instance_effect url="#e"/></material></library_materials>
    <library_geometries><geometry id="g"><mesh>
    <source id="p"><float_array id="a" count="15">{corners}</float_array><technique_common>
    <accessor source="#a" count="5" stride="3"><param name="X" type="float"/><param name="Y" type="float"/>
    <param name="Z" type="float"/></accessor></technique_common></source>
    <vertices id="v"><input semantic="POSITION" source="#p"/></vertices>
    <triangles count="6" material="s"><input semantic="VERTEX" source="#v" offset="0"/><p>{faces}</p></triangles>
    </mesh></geometry></library_geometries>
    <library_visual_scenes><visual_scene id="s1"><node id="n"><translate>10 0 0</translate>
    <instance_geometry url="#g"><bind_material><technique_common><instance_material symbol="s" target="#m"/>
    </technique_common></bind_material></instance_geometry></node></visual_scene></library_visual_scenes>
    <scene><instance_visual_scene url="#s1"/></scene></COLLADA>""",
        encoding="utf-8",
    )
    return path


@pytest.mark.parametrize(
    ("unit", "metres"), [("", 1.0), ('<unit name="inch" meter="0.0254"/>', 0.0254), ('<unit meter="1"/>', 1.0)]
)
@pytest.mark.parametrize("up", ["Z_UP", "Y_UP"])
def test_collada_has_its_unit_and_its_places_and_as_in_gazebo_no_up_axis(
    tmp_path: Path, unit: str, up: str, metres: float
) -> None:
    (piece,) = drawn_pieces(collada(tmp_path / "pyramid.dae", unit, up), ONE)
    assert piece.vertices.min(axis=0) == pytest.approx(np.array((10.0, 0.0, 0.0)) * metres)
    assert piece.vertices.max(axis=0) == pytest.approx(np.array((12.0, 1.0, 1.0)) * metres)


def test_collada_keeps_its_colour_where_the_world_gives_none(model: Writer, tmp_path: Path) -> None:
    collada(tmp_path / "pyramid.dae", "", "Z_UP")
    mesh = "<geometry><mesh><uri>pyramid.dae</uri></mesh></geometry>"
    path = model(
        f"""<static>true</static><link name="a"><visual name="own">{mesh}</visual><visual name="given">{mesh}
        <material><diffuse>0 0 1 1</diffuse></material></visual></link>"""
    )
    compiled = load_world(path).model
    own, given = (compiled.mat_rgba[compiled.geom(f"visual:m::a::{name}").matid[0]] for name in ("own", "given"))
    assert own == pytest.approx((0.8, 0.1, 0.1, 1.0), abs=0.01)
    assert given == pytest.approx((0.0, 0.0, 1.0, 1.0))


def touch(model: Writer, tmp_path: Path, mesh: trimesh.Trimesh, name: str) -> mujoco.MjModel:
    """A world in which that mesh stands and touches."""
    mesh.export(tmp_path / name)
    shape = f"<geometry><mesh><uri>{name}</uri></mesh></geometry>"
    path = model(f'<static>true</static><link name="a"><collision name="c">{shape}</collision></link>')
    return load_world(path).model


@pytest.mark.parametrize("name", ["room.stl", "room.obj"])
def test_inside_of_a_room_in_one_piece_is_free(model: Writer, tmp_path: Path, name: str) -> None:
    compiled = touch(model, tmp_path, room(), name)
    touching = compiled.geom_group == TOUCHED_GROUP
    assert touching.sum() == 8, "four walls of two triangles each"
    corners = np.array([compiled.geom_pos[number] for number in np.flatnonzero(touching)])
    assert (np.abs(corners[:, :2]).max(axis=1) > 2.5).all(), "none of them lies in the room"


def test_closed_room_that_looks_inward_is_hollow_and_a_block_is_not(tmp_path: Path) -> None:
    closed = box((6, 6, 2.5), (0, 0, 1.25))
    closed.export(tmp_path / "block.stl")
    closed.invert()
    closed.export(tmp_path / "room.stl")
    assert len(touched_pieces(tmp_path / "block.stl", ONE)) == 1
    assert len(touched_pieces(tmp_path / "room.stl", ONE)) == 12


def test_parts_that_do_not_hang_together_touch_each_for_itself(model: Writer, tmp_path: Path) -> None:
    """A table's legs: one may go between them."""
    legs = [box((0.05, 0.05, 0.7), (x, y, 0.35)) for x in (-0.5, 0.5) for y in (-0.4, 0.4)]
    compiled = touch(model, tmp_path, trimesh.util.concatenate(legs), "table.obj")
    names = {compiled.geom(number).name for number in range(compiled.ngeom)}
    assert {"m::a::c", "m::a::c#1", "m::a::c#2", "m::a::c#3"} <= names


def test_flat_piece_has_a_thickness(model: Writer, tmp_path: Path) -> None:
    sheet = trimesh.Trimesh([(0, 0, 0), (0.4, 0, 0), (0, 0.4, 0)], [(0, 1, 2)])
    compiled = touch(model, tmp_path, sheet, "sheet.stl")
    assert (compiled.geom_group == TOUCHED_GROUP).sum() == 1


def test_scale_counts_also_where_it_mirrors(tmp_path: Path) -> None:
    box((1, 1, 1), (1, 0, 0)).export(tmp_path / "cube.stl")
    (piece,) = drawn_pieces(tmp_path / "cube.stl", (-2.0, 1.0, 1.0))
    assert piece.vertices[:, 0].min() == pytest.approx(-3.0)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.dae", "this is no XML", "cannot be read|can be read"),
        ("b.dae", "<COLLADA/>", "can be read|no triangles"),
        ("c.obj", "v 0 0 0\n", "no triangles|can be read"),
        ("d.stl", "solid x\nendsolid x\n", "no triangles|can be read"),
        ("e.obj", "v 0 0 0\nv nan 0 0\nv 0 1 0\nf 1 2 3\n", "no numbers|can be read|no triangles"),
    ],
)
def test_broken_mesh_is_told_in_a_sentence(
    model: Writer, tmp_path: Path, name: str, content: str, complaint: str
) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    shape = f"<geometry><mesh><uri>{name}</uri></mesh></geometry>"
    path = model(f'<static>true</static><link name="a"><visual name="v">{shape}</visual></link>')
    with pytest.raises(ConfigError, match=complaint) as caught:
        load_world(path)
    assert name in str(caught.value)
    assert "\n" not in str(caught.value)


def test_too_large_a_mesh_is_refused(tmp_path: Path) -> None:
    grid = trimesh.creation.icosphere(subdivisions=7)
    trimesh.util.concatenate([grid, grid.copy().apply_translation((3, 0, 0))]).export(tmp_path / "huge.stl")
    assert 2 * len(grid.faces) > MOST_TRIANGLES
    with pytest.raises(ConfigError, match="simplify it"):
        drawn_pieces(tmp_path / "huge.stl", ONE)
