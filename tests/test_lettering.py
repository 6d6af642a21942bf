"""Names in pictures: in fonts that are there, and left out where none is."""

from __future__ import annotations

import io

import pytest
from matplotlib.figure import Figure

from carebot import lettering
from carebot.lettering import drawable

MADE_UP = "\ue153"
"""A letter that of matplotlib's own fonts only STIXNonUnicode has."""


def test_letters_that_no_font_has_are_left_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lettering, "CJK", ("No Such Font",))
    assert drawable("Zoë – café 1.npz") == "Zoë – café 1.npz"
    assert drawable("転倒 1.npz (fall)") == "… 1.npz (fall)"
    assert drawable("\udc93a\x07") == "…a…"


def test_a_further_font_is_used_where_it_is_installed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lettering, "CJK", ("No Such Font",))
    assert drawable(MADE_UP) == "…"
    monkeypatch.setattr(lettering, "CJK", ("No Such Font", "STIXNonUnicode"))
    assert drawable(MADE_UP) == MADE_UP


@pytest.mark.parametrize("name", ["山田家", f"a{MADE_UP}", "$a_$", "\udc93"])
def test_any_name_is_drawn_without_a_warning(monkeypatch: pytest.MonkeyPatch, name: str):
    monkeypatch.setattr(lettering, "CJK", (*lettering.CJK, "STIXNonUnicode"))
    figure = Figure()
    figure.suptitle(drawable(name), **lettering.lettering())
    figure.savefig(io.BytesIO())
