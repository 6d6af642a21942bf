"""Fetches a model's file: goes on where it was cut off, and shows the real name only when every byte is right.

What has come so far lies in `NAME.part`, with the server's mark of that version (ETag or date) in `NAME.part.version`.
"""

from __future__ import annotations

import errno
import fcntl
import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from carebot.errors import ModelError, PullError
from carebot.files import to_disk
from carebot.perception.registry import ModelFile
from carebot.perception.verification import sha256_of

Progress = Callable[[int, int | None], None]
"""Called with the bytes that are here and, where the server says it, the bytes there will be."""

CHUNK_BYTES = 1 << 16
TIMEOUT_S = 30.0
CUTS_WITHOUT_A_BYTE = 3
KEPT_FREE_BYTES = 32 << 20
"""A pull leaves this much of the disk to the robot's records."""
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def pull(file: ModelFile, progress: Progress | None = None, timeout_s: float = TIMEOUT_S) -> bool:
    """Put `file` in its place, unless it is there and right already. True where something was fetched.

    A connection that is cut is taken up again as long as bytes keep coming; what has come stays for the next pull.

    Raises:
        PullError: the file cannot be fetched, or what came is not what the registry says; nothing then lies under the
            file's name that was not there before.
    """
    if _is_here(file):
        return False
    url = _permitted(file)
    with _disk_errors_explained(file.path), _only_one(file.path):
        if _is_here(file):
            return False
        _fetch_right_file(file, url, progress or _silent, timeout_s)
        to_disk(_part(file.path))
        _part(file.path).replace(file.path)
        _forget(file.path)
        to_disk(file.path.parent)
    return True


def _silent(here: int, total: int | None) -> None:
    """Shows nothing."""
    del here, total


def _is_here(file: ModelFile) -> bool:
    try:
        return sha256_of(file.path) == file.sha256
    except ModelError:
        return False


def _fetch_right_file(file: ModelFile, url: str, progress: Progress, timeout_s: float) -> None:
    resumed = _size(_part(file.path)) > 0
    _fetch(file, url, progress, timeout_s)
    found = sha256_of(_part(file.path))
    if found == file.sha256:
        return
    _forget(file.path)
    if resumed:  # the beginning may be from another version of the file, so once more from its first byte
        _fetch_right_file(file, url, progress, timeout_s)
        return
    raise PullError(
        f"{url} gave a file with sha256 {found}, but the registry says {file.sha256}: "
        f"it was thrown away, so check the registry's url and sha256."
    )


class _CutError(Exception):
    """The connection ended before the file did; the message says how."""


def _fetch(file: ModelFile, url: str, progress: Progress, timeout_s: float) -> None:
    """Bring the `.part` file to its full length, over as many connections as it takes."""
    most, fruitless = _size(_part(file.path)), 0
    while True:
        try:
            _fetch_more(file.path, url, progress, timeout_s)
            return
        except _CutError as cut:
            here = _size(_part(file.path))
            fruitless = 0 if here > most else fruitless + 1
            most = max(most, here)
            if fruitless == CUTS_WITHOUT_A_BYTE:
                raise PullError(
                    f"{url} could not be read to its end ({cut}, {here} bytes are here): pull again to go on."
                ) from None


def _fetch_more(path: Path, url: str, progress: Progress, timeout_s: float) -> None:
    """One connection; raises _CutError where the `.part` file is not complete after it."""
    with _opened(_request(path, url), url, timeout_s) as response:
        here = _size(_part(path))
        if response.status == RANGE_NOT_SATISFIABLE:
            _accept_as_whole(path, response, here)
            return
        start = _start_of(response, path, here)
        total = _total(response, start)
        _remember_version(path, response)
        _refuse_if_too_large(path, 0 if total is None else total - start)
        here = _append(path, response, start, total, progress)
    if total is not None and here < total:
        raise _CutError("the connection was cut")


def _accept_as_whole(path: Path, response: Any, here: int) -> None:
    """There is nothing behind what is here: either that is all, or it is of another version."""
    if response.headers.get("Content-Range", "").rpartition("/")[2] != str(here):
        _forget(path)
        raise _CutError("the server's file is shorter than what was here")


def _append(path: Path, response: Any, start: int, total: int | None, progress: Progress) -> int:
    """Write what comes behind the first `start` bytes; the number of bytes that are then here."""
    here = start
    with _part(path).open("r+b" if _part(path).exists() else "wb") as stream:
        if _size(_part(path)) > start:
            stream.truncate(start)
        stream.seek(start)
        for chunk in _chunks(response):
            _refuse_if_too_large(path, len(chunk))
            stream.write(chunk)
            here += len(chunk)
            progress(here, total)
    return here


def _chunks(response: Any) -> Iterator[bytes]:
    while True:
        try:
            chunk = response.read1(CHUNK_BYTES)
        except TimeoutError:
            raise _CutError("nothing came any more") from None
        except (OSError, http.client.HTTPException):
            raise _CutError("the connection was cut") from None
        if not chunk:
            return
        yield chunk


def _request(path: Path, url: str) -> urllib.request.Request:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "identity", "User-Agent": "carebot"})
    if here := _size(_part(path)):
        request.add_header("Range", f"bytes={here}-")
        if _version(path).is_file():
            request.add_header("If-Range", _version(path).read_text(encoding="latin-1"))
    return request


@contextmanager
def _opened(request: urllib.request.Request, url: str, timeout_s: float) -> Iterator[Any]:
    with _connected(request, url, timeout_s) as response:
        yield response


def _connected(request: urllib.request.Request, url: str, timeout_s: float) -> Any:
    try:
        return _opener(url).open(request, timeout=timeout_s)
    except urllib.error.HTTPError as error:
        if error.code == RANGE_NOT_SATISFIABLE:
            return error
        error.close()
        answer = " ".join(f"{error.code} {error.reason}".split())
        raise PullError(f"{url} is not given (the server answers {answer}): check the url, or try later.") from None
    except urllib.error.URLError as error:
        raise PullError(f"{url} cannot be reached ({_said(error.reason)}): check the network and the url.") from None
    except TimeoutError:
        raise _CutError("the server does not answer") from None
    except (http.client.HTTPException, ConnectionError):
        raise _CutError("the server hung up") from None


RANGE_NOT_SATISFIABLE = 416
PARTIAL_CONTENT = 206


def _start_of(response: Any, path: Path, here: int) -> int:
    """Where in the file the answer begins: at its first byte where the server knows no ranges or has a new version."""
    if response.status != PARTIAL_CONTENT:
        return 0
    begins = response.headers.get("Content-Range", "").removeprefix("bytes ").partition("-")[0]
    if begins == str(here):
        return here
    _forget(path)
    raise _CutError("the server sent another part than asked for")


def _total(response: Any, start: int) -> int | None:
    length = response.headers.get("Content-Length", "")
    return start + int(length) if length.isdigit() else None


def _remember_version(path: Path, response: Any) -> None:
    """Keep what If-Range may be sent with: a strong ETag, else a date (RFC 9110, 13.1.5)."""
    tag = response.headers.get("ETag", "")
    version = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
    if version:
        _version(path).write_text(version, encoding="latin-1")
    else:
        _version(path).unlink(missing_ok=True)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a redirect only where the new address is as safe as the first."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(newurl).scheme != "https" and not (_is_local_http(req.full_url) and _is_local_http(newurl)):
            fp.close()
            raise PullError(f"{req.full_url} redirects to {newurl}, which is not https: use another url.")
        # Python 3.10 does not know 308, which for a GET is 307.
        return super().redirect_request(req, fp, 307 if code == 308 else code, msg, headers, newurl)

    http_error_308 = urllib.request.HTTPRedirectHandler.http_error_302


def _opener(url: str) -> urllib.request.OpenerDirector:
    handlers: list[urllib.request.BaseHandler] = [_SafeRedirects()]
    if _is_local_http(url):
        handlers.append(urllib.request.ProxyHandler({}))  # a proxy's "localhost" is another machine
    return urllib.request.build_opener(*handlers)


def _permitted(file: ModelFile) -> str:
    """The file's address, if it is https, a local file, or http on this very machine.

    Plain http to another machine is refused: the hash would show a changed file, but anybody on the way could see which
    models a home uses, hold back a repaired one, or keep the robot without any.
    """
    if file.url is None:
        raise PullError(
            f"{file.path} is not to be pulled (the registry has no url for it): put the file there yourself."
        )
    if not _is_permitted(file.url):
        raise PullError(
            f"{file.url} is not an address to pull from: use https, a file: address, or http on this machine only, "
            f"because others can read and hold back what plain http carries."
        )
    return file.url


def _is_permitted(url: str) -> bool:
    try:
        parts = urlsplit(url)
        if "\0" in unquote(url):
            return False
        return parts.scheme == "file" or (parts.scheme == "https" and bool(parts.hostname)) or _is_local_http(url)
    except ValueError:
        return False


def _is_local_http(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "http" and parts.hostname in LOCAL_HOSTS


@contextmanager
def _only_one(path: Path) -> Iterator[None]:
    """Hold the folder's lock, so that two pulls never write the same file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (path.parent / ".pull.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PullError(
                f"{path} is being pulled by another carebot just now: wait until that one is done."
            ) from None
        yield


@contextmanager
def _disk_errors_explained(path: Path) -> Iterator[None]:
    try:
        yield
    except PullError:
        raise
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _forget(path)  # the robot's records need the room more
            raise PullError(
                f"{path} does not fit on its disk, which is full or nearly so: make room and pull again."
            ) from None
        raise PullError(
            f"{path} cannot be written ({_said(error)}): check the folder's permissions and its disk."
        ) from None


def _refuse_if_too_large(path: Path, more_bytes: int) -> None:
    status = os.statvfs(path.parent)
    if status.f_bavail * status.f_frsize < more_bytes + KEPT_FREE_BYTES:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _forget(path: Path) -> None:
    _part(path).unlink(missing_ok=True)
    _version(path).unlink(missing_ok=True)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _version(path: Path) -> Path:
    return path.with_name(path.name + ".part.version")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _said(error: object) -> str:
    return getattr(error, "strerror", None) or str(error)
