"""Whatever goes wrong in the API leaves as a problem, what nobody foresaw too."""

from __future__ import annotations

from fastapi import FastAPI
from fastapi.testclient import TestClient

from carebot.tablet.problems import add_problem_handlers


def test_what_nobody_foresaw_is_a_problem_too():
    app = FastAPI()
    add_problem_handlers(app)

    @app.get("/broken")
    async def broken() -> None:
        raise OverflowError("secret")

    answer = TestClient(app, raise_server_exceptions=False).get("/broken")
    assert answer.status_code == answer.json()["status"] == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert "secret" not in answer.text
