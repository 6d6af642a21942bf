"""schemathesis against the real server: no 5xx, and every answer as the description of the API says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from carebot.tablet.sessions import COOKIE
from tests.tablet.running import paired, running

EXAMPLES = 10


@pytest.mark.slow
def test_whatever_is_sent_the_api_answers_as_it_says(tmp_path: Path):
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert program is not None, "schemathesis belongs to the test extra"
    with running(tmp_path, access="pin") as server, paired(server) as client:
        server.do("hear", fall="a", kind="confirmed")
        token = client.cookies[COOKIE]  # with access by PIN, whatever accounts the fuzzer makes shut nobody out
        fuzzer = [program, "run", f"{server.url}api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"]
        limits = ["--max-examples", str(EXAMPLES), "--seed", "1", "--no-color", "--continue-on-failure"]
        done = subprocess.run(
            [*fuzzer, *limits], cwd=tmp_path, capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
        assert "Authentication failed" not in done.stdout, "it was locked out, and tested nothing"
        assert client.get("/health").status_code == 200
