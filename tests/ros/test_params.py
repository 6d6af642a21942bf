from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import pytest
import rclpy
from pydantic import BaseModel, ConfigDict, Field
from rclpy.node import Node
from rclpy.parameter import Parameter

from carebot.errors import ConfigError
from carebot.geometry import CameraMounting
from carebot.ros.params import declare, descriptions, refuse_unknown_parameters


class Colour(str, Enum):
    RED = "red"
    BLUE = "blue"


@dataclass(frozen=True, slots=True)
class Settings:
    """What a node may be told."""

    speed_m_s: float = 0.5
    """How fast it
    goes."""

    source: str = "0"
    retries: int = 3
    loud: bool = False
    zone: tuple[float, ...] = ()
    colour: Colour = Colour.RED

    def __post_init__(self) -> None:
        if self.speed_m_s <= 0:
            raise ValueError("speed_m_s must be positive")


class Limits(BaseModel):
    model_config = ConfigDict(frozen=True)

    share: float = Field(0.5, ge=0, le=1)


@contextlib.contextmanager
def node_with(**values: object) -> Iterator[Node]:
    rclpy.init(args=[])
    overrides = [Parameter(name.replace("__", "."), value=value) for name, value in values.items()]
    node = Node("tried", namespace="robot", parameter_overrides=overrides)
    try:
        yield node
    finally:
        node.destroy_node()
        rclpy.try_shutdown()


def test_without_overrides_it_is_the_dataclass_s_own_values() -> None:
    with node_with() as node:
        assert declare(node, Settings) == Settings()


def test_values_arrive_with_their_types() -> None:
    given = {"speed_m_s": 2, "source": 1, "retries": 5, "loud": True, "zone": [0.0, 0.5], "colour": "blue"}
    with node_with(**given) as node:
        assert declare(node, Settings) == Settings(2.0, "1", 5, True, (0.0, 0.5), Colour.BLUE)
        refuse_unknown_parameters(node)


def test_a_prefix_groups_the_names() -> None:
    with node_with(mounting__height_m=2.0) as node:
        assert declare(node, CameraMounting, "mounting") == CameraMounting(height_m=2.0)
        refuse_unknown_parameters(node)


def test_pydantic_models_do_as_well() -> None:
    with node_with(share=1) as node:
        assert declare(node, Limits).share == 1.0


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("speed_m_s", "fast"),
        ("speed_m_s", -1.0),
        ("speed_m_s", True),
        ("speed_m_s", float("nan")),
        ("speed_m_s", [1.0]),
        ("retries", 1.5),
        ("retries", False),
        ("loud", "perhaps"),
        ("zone", "everywhere"),
        ("zone", ["a"]),
        ("colour", "green"),
    ],
)
def test_a_bad_value_is_refused_in_a_sentence_with_its_name(name: str, value: object) -> None:
    with node_with(**{name: value}) as node, pytest.raises(ConfigError, match=name) as caught:
        declare(node, Settings)
    assert "/robot/tried" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_pydantic_limit_is_refused_too() -> None:
    with node_with(share=1.5) as node, pytest.raises(ConfigError, match="less than or equal to 1"):
        declare(node, Limits)


def test_a_parameter_that_nobody_declared_is_refused() -> None:
    with node_with(sped_m_s=1.0) as node:
        declare(node, Settings)
        with pytest.raises(ConfigError, match=r"no parameter 'sped_m_s': use one of .*speed_m_s"):
            refuse_unknown_parameters(node)


def test_parameters_cannot_be_changed_behind_the_node_s_back() -> None:
    with node_with() as node:
        declare(node, Settings)
        [result] = node.set_parameters([Parameter("retries", value=9)])
        assert not result.successful


def test_docstrings_become_descriptions() -> None:
    assert descriptions(Settings) == {"speed_m_s": "How fast it goes."}
    with node_with() as node:
        declare(node, Settings)
        assert node.describe_parameter("speed_m_s").description == "How fast it goes."
