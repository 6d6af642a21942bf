"""JSON that comes in the text of a message."""

from __future__ import annotations

import json
from typing import Any


def json_object(content: str) -> dict[str, Any] | None:
    """The object that `content` is, empty where there is none; None where it is anything else, or cannot be told."""
    try:
        read = json.loads(content) if content else {}
        json.dumps(read, ensure_ascii=False).encode()  # halves of characters could not be told to anybody
    except (ValueError, RecursionError):
        return None
    return read if isinstance(read, dict) else None
