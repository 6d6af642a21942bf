from __future__ import annotations

import numpy as np

from carebot.people import People, Person
from carebot.perception.skeleton import CALM, canvas, draw_people, write_line

STANDING = np.column_stack([np.full(17, 0.5), np.linspace(0.1, 0.9, 17), np.full(17, 0.9)]).astype(np.float32)


def people(*keypoints: np.ndarray) -> People:
    return People(0.0, 320, 240, tuple(Person(number, 0.9, each) for number, each in enumerate(keypoints, start=1)))


def test_a_canvas_is_black() -> None:
    assert canvas(320, 240).shape == (240, 320, 3)
    assert not canvas(320, 240).any()


def test_joints_are_drawn_where_they_are_in_the_persons_colour() -> None:
    image = canvas(320, 240)
    other = STANDING - (0.25, 0, 0)
    draw_people(image, people(STANDING, other), {2: (0, 0, 255)})
    for x, y, _ in STANDING:
        assert tuple(image[round(y * 240), round(x * 320)]) == CALM
    for x, y, _ in other:
        assert tuple(image[round(y * 240), round(x * 320)]) == (0, 0, 255)
    assert not image[:, 200:].any()


def test_guessed_joints_are_not_drawn() -> None:
    image = canvas(320, 240)
    guessed = STANDING.copy()
    guessed[:, 2] = 0.29
    draw_people(image, people(guessed))
    assert not image.any()


def test_joints_outside_the_picture_do_no_harm() -> None:
    image = canvas(320, 240)
    draw_people(image, people(STANDING * (9, 9, 1), STANDING * (-3, 2, 1), STANDING * (1e12, -1e12, 1)))
    assert image.shape == (240, 320, 3)


def test_a_line_of_text_is_written_below_the_one_before() -> None:
    first, second = canvas(320, 240), canvas(320, 240)
    write_line(first, "hello", 0)
    write_line(second, "hello", 1, (0, 0, 255))
    assert np.nonzero(first.any(axis=(1, 2)))[0].mean() + 5 < np.nonzero(second.any(axis=(1, 2)))[0].mean()
    assert not second[..., :2].any()
