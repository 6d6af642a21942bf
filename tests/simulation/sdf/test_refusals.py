"""What would make the simulated world wrong is refused with its file, its line and a remedy; the rest is noted once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from carebot.errors import ConfigError
from carebot.simulation.sdf.build import load_world

Writer = Callable[..., Path]
LINKS = '<link name="a">{inertia}</link><link name="b">{inertia}</link>'
AXIS = "<axis><xyz>0 0 1</xyz></axis>"


def joint(content: str, kind: str = "revolute", name: str = "j") -> str:
    return f'<joint name="{name}" type="{kind}">{content}</joint>'


BAD_MODELS = {
    "unknown geometry": (
        '<link name="a">{inertia}<collision name="c"><geometry><pyramid/></geometry></collision></link>',
        "the geometry <pyramid> is unknown",
    ),
    "a collision that cannot be simulated": (
        '<link name="a">{inertia}<collision name="c"><geometry><heightmap/></geometry></collision></link>',
        "cannot be touched",
    ),
    "no geometry": ('<link name="a">{inertia}<visual name="v"/></link>', "has no geometry"),
    "a dynamic model without inertia": ('<link name="a"/>', "has no inertia"),
    "an inertia that no body has": (
        '<link name="a"><inertial><inertia><ixx>1</ixx><iyy>1</iyy><izz>3</izz></inertia></inertial></link>',
        "no body has this inertia",
    ),
    "no mass": ('<link name="a"><inertial><mass>0</mass></inertial></link>', "must be a number above zero"),
    "mass that is not a number": ('<link name="a"><inertial><mass>heavy</mass></inertial></link>', "'heavy'"),
    "mass that is NaN": ('<link name="a"><inertial><mass>nan</mass></inertial></link>', "not a number"),
    "a size below zero": (
        '<link name="a">{inertia}<visual name="v"><geometry><box><size>1 -1 1</size></box></geometry></visual></link>',
        "must be above zero",
    ),
    "too few numbers": ('<pose>1 2 3</pose><link name="a">{inertia}</link>', "holds 3 numbers: it needs 6"),
    "an unknown frame": ('<link name="a"><pose relative_to="there">0 0 0 0 0 0</pose>{inertia}</link>', "no 'there'"),
    "poses in a circle": (
        """<link name="a">{inertia}</link><frame name="f"><pose relative_to="g"/></frame>
        <frame name="g"><pose relative_to="f"/></frame>""",
        "in a circle",
    ),
    "an unknown joint": (LINKS + joint(f"<parent>a</parent><child>b</child>{AXIS}", "screw"), "'screw'"),
    "a joint without its link": (LINKS + joint(f"<parent>a</parent><child>c</child>{AXIS}"), "no 'c'"),
    "a joint without an axis": (LINKS + joint("<parent>a</parent><child>b</child>"), "no <axis>"),
    "an axis of zero": (
        LINKS + joint("<parent>a</parent><child>b</child><axis><xyz>0 0 0</xyz></axis>"),
        "the axis <xyz> is zero",
    ),
    "limits the wrong way round": (
        LINKS
        + joint(
            "<parent>a</parent><child>b</child><axis><xyz>0 0 1</xyz>"
            "<limit><lower>1</lower><upper>0</upper></limit></axis>"
        ),
        "exchange them",
    ),
    "a closed loop": (
        '<link name="c">{inertia}</link>'
        + LINKS
        + joint(f"<parent>a</parent><child>b</child>{AXIS}")
        + joint(f"<parent>c</parent><child>b</child>{AXIS}", name="k"),
        "closed loops",
    ),
    "joints in a circle": (
        LINKS
        + joint(f"<parent>a</parent><child>b</child>{AXIS}")
        + joint(f"<parent>b</parent><child>a</child>{AXIS}", name="k"),
        "in a circle",
    ),
    "a name given twice": ('<link name="a">{inertia}</link><link name="a">{inertia}</link>', "given twice"),
    "no name": ("<link>{inertia}</link>", "has no name"),
    "a mesh that is not there": (
        """<link name="a">{inertia}<visual name="v"><geometry><mesh><uri>gone.stl</uri></mesh></geometry></visual>
        </link>""",
        "gone.stl does not exist",
    ),
    "a moving plane": (
        '<link name="a">{inertia}<collision name="c"><geometry><plane/></geometry></collision></link>',
        "cannot move",
    ),
    "a drive without its wheels": (
        LINKS + '<plugin filename="gz-sim-diff-drive-system" name="d"><left_joint>x</left_joint></plugin>',
        "no joint 'x'",
    ),
    "a lidar that sees nothing": (
        """<link name="a">{inertia}<sensor name="s" type="gpu_lidar"><lidar><range><min>5</min><max>1</max></range>
        </lidar></sensor></link>""",
        "holds nothing",
    ),
    "a bumper that is not there": (
        """<link name="a">{inertia}<sensor name="s" type="contact"><contact><collision>x</collision></contact>
        </sensor></link>""",
        "no collision 'x'",
    ),
}


@pytest.mark.parametrize("case", BAD_MODELS)
def test_a_bad_model_is_refused_with_its_place(model: Writer, case: str) -> None:
    content, complaint = BAD_MODELS[case]
    path = model(content)
    with pytest.raises(ConfigError) as caught:
        load_world(path)
    message = str(caught.value)
    assert complaint in message
    assert f"{path}, line " in message
    assert message.count("\n") == 0


def test_the_line_is_that_of_the_fault(model: Writer) -> None:
    path = model('<link name="good">{inertia}</link>\n\n<link name="bad"/>')
    with pytest.raises(ConfigError, match=r"line 7: the link 'bad' has no inertia"):
        load_world(path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("this is not XML", "line 1: this is not XML"),
        ("", "not XML"),
        ("<sdf version='1.9'><model name='m'>", "not XML"),
        ("<robot name='r'/>", "begins with <robot>"),
        ("<sdf><model name='m'/></sdf>", "SDF version is 'missing'"),
        ("<sdf version='2.0'><model name='m'/></sdf>", "SDF version is '2.0'"),
        ("<sdf version='1.2'><model name='m'/></sdf>", "SDF version is '1.2'"),
        ("<sdf version='1.9'/>", "neither a world nor a model"),
        ("<!DOCTYPE s [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><sdf version='1.9'>&x;</sdf>", "DOCTYPE"),
    ],
)
def test_a_bad_file_is_refused(tmp_path: Path, content: str, complaint: str) -> None:
    path = tmp_path / "bad.sdf"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"bad\.sdf") as caught:
        load_world(path)
    assert complaint in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.sdf does not exist"):
        load_world(tmp_path / "none.sdf")


@pytest.mark.parametrize(
    ("uri", "complaint"),
    [
        ("model://no_such_model", "model://no_such_model does not exist"),
        ("nothing.sdf", "nothing.sdf does not exist"),
        ("https://example.org/model", "is not downloaded"),
        ("ftp://x/y", "'ftp:'"),
        ("", "has no <uri>"),
    ],
)
def test_an_include_that_is_not_there(sdf: Writer, uri: str, complaint: str) -> None:
    path = sdf(f'<world name="w"><include><uri>{uri}</uri></include></world>')
    with pytest.raises(ConfigError, match=r"line 3") as caught:
        load_world(path)
    assert complaint in str(caught.value)


def test_an_include_of_itself(sdf: Writer) -> None:
    path = sdf('<model name="m"><link name="l">{inertia}</link><include><uri>test.sdf</uri></include></model>')
    with pytest.raises(ConfigError, match="includes itself"):
        load_world(path)


def test_an_include_of_itself_by_way_of_another(sdf: Writer) -> None:
    sdf('<model name="n"><include><uri>test.sdf</uri></include></model>', name="other.sdf")
    path = sdf('<model name="m"><include><uri>other.sdf</uri></include></model>')
    with pytest.raises(ConfigError, match=r"includes itself \(test.sdf → other.sdf → test.sdf\)"):
        load_world(path)


def test_what_cannot_be_done_is_noted_once_and_the_rest_goes_on(model: Writer) -> None:
    sensor = '<sensor name="{}" type="magnetometer"/>'
    path = model(f"""<link name="a">{{inertia}}{sensor.format("x")}{sensor.format("y")}
        <visual name="v"><geometry><heightmap/></geometry></visual><enable_wind>true</enable_wind></link>
        <plugin filename="libMyPlugin.so" name="p"/>""")
    loaded = load_world(path)
    said = {note.what: (note.line, note.times) for note in loaded.world.notes}
    assert said == {
        "a sensor of type 'magnetometer' is not simulated": (5, 2),
        "<heightmap> is not drawn": (6, 1),
        "the plugin 'libMyPlugin.so' does not run here": (7, 1),
        "<enable_wind> in <link> is not read": (6, 1),
    }
    assert loaded.model.nbody == 2
