"""Names in drawn pictures, in any script that the machine has a font for."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from typing import Any

LATIN = "DejaVu Sans"  # comes with matplotlib
CJK = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "IPAexGothic",
    "IPAPGothic",
    "IPAGothic",
    "TakaoPGothic",
    "TakaoGothic",
    "VL PGothic",
    "VL Gothic",
    "Droid Sans Fallback",
    "WenQuanYi Zen Hei",
    "Hiragino Sans",
    "Hiragino Kaku Gothic ProN",
    "Yu Gothic",
    "Meiryo",
    "MS Gothic",
)
LEFT_OUT = "…"


def lettering() -> dict[str, Any]:
    """How matplotlib is to write a name: with these fonts, and with $ as a letter."""
    return {"family": _families(), "parse_math": False}


def drawable(name: str) -> str:
    """With … for what no font has letters for, which would be boxes and a warning for each."""
    runs = groupby(name, key=lambda sign: sign == "\n" or any(ord(sign) in _letters(each) for each in _families()))
    return "".join("".join(run) if has_letters else LEFT_OUT for has_letters, run in runs)


def _families() -> list[str]:
    """Those that are installed; matplotlib warns of others."""
    from matplotlib.font_manager import fontManager

    return [LATIN, *(name for name in CJK if name in {font.name for font in fontManager.ttflist})]


@cache
def _letters(family: str) -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont, get_font

    return frozenset(get_font(findfont(FontProperties(family=[family]))).get_charmap())
