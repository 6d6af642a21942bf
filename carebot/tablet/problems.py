"""Errors of the API as application/problem+json (RFC 9457), those of the frameworks underneath too."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import Response

from carebot.errors import RecordsError
from carebot.records.accounts import RefusedError

MEDIA_TYPE = "application/problem+json"


class ProblemBody(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Problem(Exception):  # noqa: N818 - the name of RFC 9457
    """An answer that says what went wrong."""

    def __init__(self, status: int, title: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers = status, title, detail, headers

    def response(self) -> JSONResponse:
        body = ProblemBody(title=self.title, status=self.status, detail=self.detail)
        return JSONResponse(body.model_dump(), self.status, self.headers, media_type=MEDIA_TYPE)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of an operation: these problems, and those that every operation may answer with."""
    return {status: _problem(status) for status in sorted({*statuses, 401, 403, 421, 429})}


def documented_open(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The same for an operation that needs no key."""
    return {status: _problem(status) for status in sorted({*statuses, 403, 421, 429})}


def documented_with_body(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The same for an operation that takes a body."""
    return documented(400, 411, 413, 415, 422, *statuses)


def _problem(status: int) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/ProblemBody"}
    return {"description": HTTPStatus(status).phrase, "content": {MEDIA_TYPE: {"schema": schema}}}


def add_problem_handlers(app: FastAPI) -> None:
    """Every error leaves as a problem."""
    handlers: dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]] = {
        Problem: _on_problem,
        RequestValidationError: _on_invalid,
        HTTPException: _on_http,
        RecordsError: _on_records,
        RefusedError: _on_refused,
        Exception: _on_unforeseen,
    }
    for kind, handler in handlers.items():
        app.add_exception_handler(kind, handler)


async def _on_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _on_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return Problem(422, "Not understood", f"{where}: {first['msg'].removeprefix('Value error, ')}.").response()


async def _on_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, str(error.detail), f"{error.detail}.", dict(error.headers or {})).response()


async def _on_records(_request: Request, error: Exception) -> Response:
    return Problem(503, "Not recorded", f"Nothing was changed. {error}").response()


async def _on_refused(_request: Request, error: Exception) -> Response:
    return Problem(409, "Not possible", str(error)).response()


async def _on_unforeseen(_request: Request, _error: Exception) -> Response:
    """Starlette raises the error again when this is sent, so that it stands in the log."""
    return Problem(500, "Not done", "The robot's web server has made a mistake, which stands in its log.").response()


class MethodNotAllowed:
    """An ASGI endpoint for methods that a path lacks: 405 with those that it has (RFC 9110, 15.5.6)."""

    def __init__(self, allowed: set[str]) -> None:
        self._allow = ", ".join(sorted(allowed))

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        detail = f"This address knows only {self._allow}."
        await Problem(405, "Method not allowed", detail, {"Allow": self._allow}).response()(scope, receive, send)


class NotFound:
    """An ASGI endpoint for addresses of the API that do not exist."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        detail = "There is nothing at this address: see /api/v1/openapi.json."
        await Problem(404, "Not found", detail).response()(scope, receive, send)


def with_problem_schema(description: Mapping[str, Any]) -> dict[str, Any]:
    """The OpenAPI description with the schema that all problems share."""
    described = dict(description)
    schemas = described.setdefault("components", {}).setdefault("schemas", {})
    schemas["ProblemBody"] = ProblemBody.model_json_schema()
    return described
