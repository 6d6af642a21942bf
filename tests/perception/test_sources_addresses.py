"""Addresses of streams: what can be said about them, and what must not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carebot.errors import SourceError
from carebot.perception.sources.addresses import is_url, parse_stream, shown_url


@pytest.mark.parametrize(
    ("spec", "shown"),
    [
        ("rtsp://cam.local/stream1", "rtsp://cam.local/stream1"),
        ("rtsp://me:hush@cam:8554/live", "rtsp://cam:8554/live"),
        ("RTSP://me:hush@cam/live", "rtsp://cam/live"),
        ("rtsp://me:hu@sh@cam/live", "rtsp://cam/live"),
        ("rtsp://me:hu/sh@cam/live", "rtsp://…"),
        ("rtsp://me:hu?sh@cam/live", "rtsp://…"),
        ("rtsp://me:hu#sh@cam/live", "rtsp://…"),
        ("http://cam/video.cgi?user=me&pwd=hush", "http://cam/video.cgi?…"),
        ("http://cam/video.cgi?pwd=hu@sh", "http://…"),
        ("rtsp://cam:554/user=me_password=hush_channel=1/live", "rtsp://cam:554/…/live"),
        ("http://cam/a#hush", "http://cam/a?…"),
    ],
)
def test_what_is_shown_names_the_camera_and_no_secret(spec: str, shown: str) -> None:
    assert shown_url(spec) == shown


@settings(deadline=None)
@given(
    user=st.text(min_size=1, max_size=8),
    password=st.text(alphabet=st.sampled_from("abc@:/?#%= \\\n&4"), min_size=1, max_size=12),
    path=st.sampled_from(["", "/", "/live", "/a/b?c=d"]),
)
def test_no_password_is_ever_shown(user: str, password: str, path: str) -> None:
    secret = f"~{password}~"
    spec = f"rtsp://{user}:{secret}@camera:554{path}"
    shown = shown_url(spec)
    assert "~" not in shown or "~" in user
    assert secret not in said_of(spec)


def said_of(spec: str) -> str:
    """Everything that parsing `spec` lets people see."""
    try:
        address = parse_stream(spec)
    except SourceError as error:
        return str(error)
    return f"{address.shown} {address!r}"


@pytest.mark.parametrize(
    ("spec", "host", "port"),
    [
        ("rtsp://cam/live", "cam", 554),
        ("rtsps://cam/live", "cam", 322),
        ("http://cam", "cam", 80),
        ("https://cam/x", "cam", 443),
        ("rtsp://me:hush@192.168.1.9:8554/live", "192.168.1.9", 8554),
        ("rtsp://me:hu%2Fsh@[fe80::1]:9/live", "fe80::1", 9),
        ("rtsp://cam/@live", "cam", 554),
    ],
)
def test_host_and_port(spec: str, host: str, port: int) -> None:
    address = parse_stream(spec)
    assert (address.host, address.port, address.url) == (host, port, spec)


@pytest.mark.parametrize(
    "spec",
    [
        "rtsp://",
        "rtsp:///live",
        "http://cam:notaport/x",
        "http://cam:99999/x",
        "rtsp://[::1/x",
        "rtsp://me:12/34@cam/x",
    ],
)
def test_an_address_that_makes_no_sense_is_refused_with_an_example(spec: str) -> None:
    with pytest.raises(SourceError, match="rtsp://user:password@host:port/path") as caught:
        parse_stream(spec)
    assert "34" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["ftp", "file", "udp", "concat"])
def test_another_kind_of_address_is_refused_with_those_that_work(scheme: str) -> None:
    with pytest.raises(SourceError, match=f"{scheme}:// .* use http, https, rtsp, rtsps") as caught:
        parse_stream(f"{scheme}://me:hush@place/x")
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "url"),
    [
        ("rtsp://a", True),
        ("HTTP://a", True),
        ("clip.mp4", False),
        ("/a/b://c", False),
        ("camera:0", False),
        ("", False),
    ],
)
def test_what_is_an_address(spec: str, url: bool) -> None:
    assert is_url(spec) is url
