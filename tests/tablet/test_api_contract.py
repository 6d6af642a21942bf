"""What holds for every operation of the API: its description is valid, and whatever is wrong with a request is said."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.tablet.running import RunningServer, paired, running

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD")
UNREADABLE = [b"{", b"[1,", b"\xff\xfe", b'{"a":NaN', b"null", b"[]", b'"text"', b"[" * 20_000, b'{"a":' * 5_000]
OTHER_KINDS = [
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "application/x-www-form-urlencoded",
    "",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    with running(tmp_path_factory.mktemp("server"), access="pin") as started:
        yield started


@pytest.fixture(scope="module")
def client(server: RunningServer) -> Iterator[httpx.Client]:
    with paired(server) as client:
        yield client


@pytest.fixture(scope="module")
def description(client: httpx.Client) -> dict[str, Any]:
    return dict(client.get("/api/v1/openapi.json").json())


def address(path: str) -> str:
    return path.replace("{what}", "live_view").replace("{id}", "x").replace("{name}", "x")


def with_body(description: dict[str, Any], kind: str = "") -> list[tuple[str, str]]:
    """Every operation that takes a body, or those that take one of that kind."""
    return [
        (method.upper(), path)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
        if kind in ("", *operation.get("requestBody", {"content": ()})["content"]) and "requestBody" in operation
    ]


def is_problem(answer: httpx.Response, *statuses: int) -> None:
    about = f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:300]}"
    assert answer.status_code in statuses, about
    assert answer.headers["content-type"] == "application/problem+json", about
    assert answer.json()["status"] == answer.status_code
    assert {"type", "title", "status", "detail"} <= answer.json().keys()


def test_the_description_is_valid_openapi_3_1(description: dict[str, Any]):
    assert description["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(description).iter_errors()) == []


def test_every_operation_has_its_own_name_and_says_what_it_does(description: dict[str, Any]):
    operations = [each for operations in description["paths"].values() for each in operations.values()]
    assert len({each["operationId"] for each in operations}) == len(operations) > 30
    assert all(each.get("description") for each in operations)


def test_methods_that_an_address_lacks_are_refused_with_those_it_has(client: httpx.Client, description: dict[str, Any]):
    for path, operations in description["paths"].items():
        known = {method.upper() for method in operations} | ({"HEAD"} if "get" in operations else set())
        for method in set(METHODS) - known:
            answer = client.request(method, address(path))
            assert answer.status_code == 405, f"{method} {path}: {answer.status_code}"
            assert set(answer.headers["allow"].split(", ")) == known, path
            if method != "HEAD":
                is_problem(answer, 405)


def header_names(answer: httpx.Response) -> set[str]:
    return set(answer.headers) - {"transfer-encoding"}  # how content travels, where there is some


def test_head_answers_like_get_without_the_content(
    server: RunningServer, client: httpx.Client, description: dict[str, Any]
):
    paths = [path for path, operations in description["paths"].items() if "get" in operations]
    assert len(paths) > 20
    with httpx.Client(base_url=server.url, trust_env=False, timeout=20) as stranger:
        for path in (*paths, "/api/v1/openapi.json"):
            for caller in (client, stranger):
                shown, head = caller.get(address(path)), caller.head(address(path))
                assert head.status_code == shown.status_code, path
                assert header_names(head) == header_names(shown), path
                assert head.headers.get("content-type") == shown.headers.get("content-type"), path
                assert head.content == b"", path


def test_head_of_a_stream_ends_and_of_an_export_is_in_the_audit(server: RunningServer, client: httpx.Client):
    head = client.head("/api/v1/events")
    assert (head.status_code, head.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert client.head("/api/v1/export/alerts.csv").headers["content-length"]
    rows = client.get("/api/v1/audit", params={"kind": "export"}).json()["rows"]
    assert rows[0]["what"] == "exported alerts.csv"


def test_head_of_a_command_does_nothing(server: RunningServer, client: httpx.Client):
    head = client.head("/api/v1/emergency_stop")
    assert (head.status_code, head.headers["allow"]) == (405, "POST")
    assert client.get("/api/v1/audit", params={"kind": "motion"}).json()["rows"] == []


def test_what_is_not_said_to_be_json_is_not_taken_for_it(client: httpx.Client, description: dict[str, Any]):
    for method, path in with_body(description):
        for kind in OTHER_KINDS:
            headers = {"Content-Type": kind} if kind else {}
            is_problem(client.request(method, address(path), content=b'{"name": "x"}', headers=headers), 415)


def test_what_is_too_large_is_refused_before_it_is_read(client: httpx.Client, description: dict[str, Any]):
    large = b'{"name": "' + b"x" * 70_000 + b'"}'
    for method, path in with_body(description):
        headers = {"Content-Type": "application/json"}
        is_problem(client.request(method, address(path), content=large, headers=headers), 413)


def test_what_is_no_json_or_another_shape_is_explained(client: httpx.Client, description: dict[str, Any]):
    for method, path in with_body(description, "application/json"):
        for body in UNREADABLE:
            if body == b"null" and path.endswith("/reset"):
                continue  # there a body may be left out
            headers = {"Content-Type": "application/json"}
            is_problem(client.request(method, address(path), content=body, headers=headers), 400, 422)


def test_addresses_that_do_not_exist_are_not_found(client: httpx.Client):
    for path in ("/api/v1/nothing", "/api/v2/alerts", "/api/", "/api/v1/alerts/x/y/z", "/api/v1/robots/x/y"):
        for method in ("GET", "POST", "DELETE"):
            is_problem(client.request(method, path), 404)


def test_every_operation_without_a_key_is_refused(server: RunningServer, description: dict[str, Any]):
    open_to_all = {"/health", "/api/v1/pair"}
    with httpx.Client(base_url=server.url, trust_env=False, timeout=20) as stranger:
        for path, operations in description["paths"].items():
            for method in set(operations) if path not in open_to_all else ():
                is_problem(stranger.request(method, address(path)), 401)
