"""This machine may be busy: no example of a property fails for being slow."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("drive", deadline=None)
settings.load_profile("drive")
