"""How the PIN reaches the robot's terminal: a private file that any command of the same user can read."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from carebot.files import write_whole
from carebot.resources import data_dir


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where to point a browser, the PIN to type there, and until when it works (seconds since 1970 UTC)."""

    url: str
    pin: str
    expires_at_s: float

    def sentence(self) -> str:
        """What to show on a terminal."""
        return f"Tablet: open {self.url} and pair with the PIN {self.pin[:3]} {self.pin[3:]}."


def invitation_path(port: int) -> Path:
    """The file of the tablet that listens on `port`."""
    return data_dir() / "run" / f"tablet-{port}.json"


def write_invitation(invitation: Invitation, port: int) -> None:
    """Leave the invitation for `read_invitation`; only this user can read it. Raises OSError when that fails."""
    path = invitation_path(port)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_whole(path, json.dumps(asdict(invitation)).encode())


def read_invitation(port: int, *, now_s: float | None = None) -> Invitation | None:
    """The invitation of the tablet that listens on `port`; None when there is none or its PIN has expired."""
    try:
        content = json.loads(invitation_path(port).read_text(encoding="utf-8"))
        invitation = Invitation(str(content["url"]), str(content["pin"]), float(content["expires_at_s"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return invitation if invitation.expires_at_s > (time.time() if now_s is None else now_s) else None


def withdraw_invitation(port: int) -> None:
    """Take the invitation away, as the tablet does when it ends; harmless when there is none."""
    invitation_path(port).unlink(missing_ok=True)
