"""The systemd unit that runs a profile on a robot."""

from __future__ import annotations

import pwd
import re
from collections.abc import Iterable
from pathlib import Path

from carebot.bringup.profile import load_profile
from carebot.errors import ConfigError, SetupError
from carebot.resources import share_dir

TEMPLATE = Path("hardware") / "systemd" / "carebot.service"


def unit(profile: str, overrides: Iterable[str], user: str, program: Path) -> str:
    """The unit file that runs `program up` with `profile` (a name or a file) as `user`.

    Raises:
        ConfigError: the profile or an override is wrong, or there is no such user.
        SetupError: the template is not where carebot is installed.
    """
    overrides = list(overrides)
    loaded = load_profile(profile, overrides)
    try:
        pwd.getpwnam(user)
    except KeyError:
        raise ConfigError(f"--user: there is no user '{user}' here: make one with `adduser --system`.") from None
    path = share_dir() / TEMPLATE
    try:
        template = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SetupError(f"{path} cannot be read ({error.strerror}): install carebot again.") from None
    named = str(Path(profile).resolve()) if Path(profile).is_file() else profile
    words = [str(program), "up", named, *(word for override in overrides for word in ("--set", override))]
    fields = {
        "robot": loaded.robot,
        "user": user,
        "command": " ".join(map(_quoted, words)),
    }
    return re.sub(r"@([a-z]+)@", lambda found: fields[found[1]], template)


def _quoted(word: str) -> str:
    """As systemd.syntax(7) and systemd.service(5) want it: `%` and `$` would be expanded."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return escaped if re.fullmatch(r"[\w@%+=:,./$\\-]+", escaped) else f'"{escaped}"'
