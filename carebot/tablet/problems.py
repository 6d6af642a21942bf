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
from carebot.tablet.language import DEFAULT, Texts

MEDIA_TYPE = "application/problem+json"


class ProblemBody(BaseModel):
    """What went wrong (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


class Problem(Exception):  # noqa: N818 - the name of RFC 9457
    """An answer that says what went wrong; `key` names the text that says so in other languages."""

    def __init__(
        self, status: int, title: str, detail: str, headers: dict[str, str] | None = None, key: str = ""
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers, self.key = status, title, detail, headers, key

    def words(self, texts: Texts | None) -> str:
        """The detail in that language; a text for its status where it has none of its own."""
        if texts is None or texts.language == DEFAULT:
            return self.detail
        return texts.sentence(self.key or f"problem_{self.status}", {}) or self.detail

    def response(self, texts: Texts | None = None) -> JSONResponse:
        body = ProblemBody(title=self.title, status=self.status, detail=self.words(texts))
        return JSONResponse(body.model_dump(), self.status, self.headers, media_type=MEDIA_TYPE)


class ToldProblem(Problem):
    """One whose detail is in the caller's language already."""

    def words(self, _texts: Texts | None) -> str:
        return self.detail


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


def add_problem_handlers(app: FastAPI, texts_for: Callable[[Request], Texts] | None = None) -> None:
    """Every error leaves as a problem: in English, or as `texts_for` has it for who asks for a language."""
    problems: dict[type[Exception], Callable[[Exception], Problem]] = {
        Problem: _of_problem,
        RequestValidationError: _of_invalid,
        HTTPException: _of_http,
        RecordsError: _of_records,
        RefusedError: _of_refused,
        Exception: _of_unforeseen,
    }

    def handler(problem_of: Callable[[Exception], Problem]) -> Callable[[Request, Exception], Awaitable[Response]]:
        async def answer(request: Request, error: Exception) -> Response:
            if texts_for is None or "accept-language" not in request.headers:
                return problem_of(error).response()
            return problem_of(error).response(texts_for(request))

        return answer

    for kind, problem_of in problems.items():
        app.add_exception_handler(kind, handler(problem_of))


def _of_problem(error: Exception) -> Problem:
    assert isinstance(error, Problem)
    return error


def _of_invalid(error: Exception) -> Problem:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"][1:]) or "the body"
    return Problem(422, "Not understood", f"{where}: {first['msg'].removeprefix('Value error, ')}.")


def _of_http(error: Exception) -> Problem:
    assert isinstance(error, HTTPException)
    return Problem(error.status_code, str(error.detail), f"{error.detail}.", dict(error.headers or {}))


def _of_records(error: Exception) -> Problem:
    return Problem(503, "Not recorded", f"Nothing was changed. {error}", key="not_recorded")


def _of_refused(error: Exception) -> Problem:
    assert isinstance(error, RefusedError)
    return Problem(409, "Not possible", str(error), key=error.code)


def _of_unforeseen(_error: Exception) -> Problem:
    """Starlette raises the error again when this is sent, so that it stands in the log."""
    return Problem(500, "Not done", "The robot's web server has made a mistake, which stands in its log.")


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
