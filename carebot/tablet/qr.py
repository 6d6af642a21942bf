"""QR codes as pictures."""

from __future__ import annotations

import io

import segno


def qr_svg(text: str) -> str:
    """The QR code of `text` as an SVG document on white."""
    out = io.BytesIO()
    segno.make(text).save(out, kind="svg", scale=8, light="#fff", xmldecl=False)
    return out.getvalue().decode()
