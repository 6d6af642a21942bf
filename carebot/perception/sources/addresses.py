"""Addresses of network streams: checked, and shown without what must stay secret. No I/O."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from carebot.errors import SourceError

DEFAULT_PORTS = {"http": 80, "https": 443, "rtsp": 554, "rtsps": 322}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")


@dataclass(frozen=True, slots=True)
class StreamAddress:
    """Where a stream is: `url` as FFmpeg takes it (may hold a password), `shown` for people and logs (never does)."""

    url: str
    shown: str
    host: str
    port: int

    def __repr__(self) -> str:
        return f"StreamAddress({self.shown!r})"


def is_url(spec: str) -> bool:
    """Whether `spec` reads as scheme://something."""
    return _SCHEME.match(spec) is not None


def parse_stream(spec: str) -> StreamAddress:
    """The stream that `spec` names.

    Raises:
        SourceError: the scheme is none of rtsp, rtsps, http, https, or there is no host, or the port is no number.
    """
    scheme, rest = spec.split("://", 1)
    scheme = scheme.lower()
    if scheme not in DEFAULT_PORTS:
        raise SourceError(f"{scheme}:// is not a kind of stream that carebot reads: use {', '.join(DEFAULT_PORTS)}.")
    shown = shown_url(spec)
    url = f"{scheme}://{rest}"
    host, port = _host_and_port(url, shown)
    return StreamAddress(url, shown, host, port or DEFAULT_PORTS[scheme])


def shown_url(spec: str) -> str:
    """`spec` without user, password, query, and without path parts that hold a '=' (some cameras take passwords there).

    A raw '/', '?' or '#' in a password is not valid in an address, but people write it; where one stands before an
    '@', nobody can tell what is secret, and only the scheme is shown.
    """
    scheme, rest = spec.split("://", 1)
    before, _, place = rest.rpartition("@")
    if re.search(r"[/?#\\]", before):
        return f"{scheme.lower()}://…"
    path, *query = re.split(r"[?#]", place, maxsplit=1)
    parts = ["…" if "=" in part else part for part in path.split("/")]
    return f"{scheme.lower()}://" + "/".join(parts) + ("?…" if query else "")


def _host_and_port(url: str, shown: str) -> tuple[str, int | None]:
    try:
        split = urlsplit(url)
        host, port = split.hostname, split.port
    except ValueError:
        raise SourceError(_unreadable(shown)) from None
    if not host or _is_split_in_password(split):
        raise SourceError(_unreadable(shown))
    return host, port


def _is_split_in_password(split: SplitResult) -> bool:
    """Whether 'host:port' is rather the first half of user:password, as in rtsp://me:12/34@camera."""
    return split.username is None and ":" in split.netloc and "@" in f"{split.path}{split.fragment}"


def _unreadable(shown: str) -> str:
    return (
        f"The address {shown} cannot be understood: write it as rtsp://user:password@host:port/path, "
        "with special characters of the password percent-encoded (@ as %40, / as %2F, # as %23)."
    )
