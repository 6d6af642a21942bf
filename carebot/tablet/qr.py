"""QR codes, as pictures and for a terminal."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    """The QR code of `text` as an SVG document on white."""
    out = io.BytesIO()
    segno.make(text).save(out, kind="svg", scale=8, light="#fff", xmldecl=False)
    return out.getvalue().decode()


def qr_terminal(text: str) -> str:
    """The QR code of `text` in half blocks, for a terminal."""
    out = io.StringIO()
    segno.make(text).terminal(out, compact=True)
    return out.getvalue()
