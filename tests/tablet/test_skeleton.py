"""Stick figures from any keypoints, and nothing but numbers in the picture."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from carebot.people import People, Person
from carebot.tablet.skeleton import svg
from tests.tablet.serve import person


def draw(*people: Person, **tracks: str) -> ElementTree.Element:
    states = {int(name[1:]): state for name, state in tracks.items()}
    return ElementTree.fromstring(svg(People(0.0, 640, 480, people), states))


def test_nobody_is_an_empty_picture():
    assert list(draw()) == []


def test_a_picture_without_size_is_no_error():
    ElementTree.fromstring(svg(People(0.0, 0, 0, (person(1, 0.5),)), {}))


def test_each_person_has_a_figure_in_the_colour_of_their_state():
    figures = list(draw(person(1, 0.3), person(7, 0.7), t7="confirmed"))
    assert [figure.get("class") for figure in figures] == ["person well", "person confirmed"]
    assert [len(figure.findall("line")) for figure in figures] == [12, 12]
    assert all(figure.find("circle") is not None for figure in figures)


def test_joints_that_are_unsure_are_not_drawn():
    hidden = person(1, 0.5).keypoints.copy()
    hidden[[13, 14, 15, 16], 2] = 0.1
    (figure,) = draw(Person(1, 0.9, hidden))
    assert len(figure.findall("line")) == 8


@given(arrays(np.float32, (17, 3), elements=st.floats(width=32, allow_nan=True, allow_infinity=True)))
def test_any_keypoints_make_a_picture(keypoints: np.ndarray):
    text = svg(People(0.0, 640, 480, (Person(1, 0.5, keypoints),)), {1: "suspected"})
    ElementTree.fromstring(text)
    assert not re.search("nan|inf", text)


@pytest.mark.parametrize("height_px", [480, 1080])
def test_the_picture_keeps_its_proportions(height_px: int):
    root = ElementTree.fromstring(svg(People(0.0, 640, height_px), {}))
    assert root.get("viewBox") == f"0 0 640 {height_px}"
