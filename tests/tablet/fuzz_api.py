"""schemathesis against the real server: nothing it sends may be answered but as the description of the API says.

    nice -n 15 .venv/bin/python -m tests.tablet.fuzz_api --examples 500 --only '^/api/v1/schedule' [--phases fuzzing]

ends with 1 where something is found, and prints it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from carebot.tablet.sessions import COOKIE
from tests.tablet.running import paired, running

SETTINGS = """\
hooks = "tests.tablet.fuzz_recordings"
[checks.positive_data_acceptance]
expected-statuses = ["2xx", "3xx", 401, 403, 404, 409, 412, 429, "5xx"]

[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 412, 413, 415, 422, 428, 429, "5xx"]
"""
"""Besides what the program takes for a fair refusal: 412, as an `If-Match` that it made up is not what was seen last,
and 413, as what is too long for the schema may be too long for any body."""
PATIENCE_S = 120.0
"""On a machine with other work, an answer that takes long is no fault."""


def fuzzed(folder: Path, examples: int, *limits: str, limit_s: float = 240.0) -> tuple[int, str]:
    """schemathesis's exit code and what it printed; `limits` are options of its own."""
    program = shutil.which("schemathesis", path=str(Path(sys.executable).parent))
    assert program is not None, "schemathesis belongs to the test extra"
    (folder / "schemathesis.toml").write_text(SETTINGS, encoding="utf-8")
    with running(folder, access="pin") as server, paired(server, timeout_s=PATIENCE_S) as client:
        server.do("hear", fall="a", kind="confirmed")
        token = client.cookies[COOKIE]  # with access by PIN, whatever accounts the fuzzer makes shut nobody out
        command = [program, "run", f"{server.url}api/v1/openapi.json", "--header", f"Authorization: Bearer {token}"]
        command += ["--max-examples", str(examples), "--no-color", "--continue-on-failure", *limits]
        command += ["--request-timeout", f"{PATIENCE_S:g}"]
        found = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        done = subprocess.run(
            command, cwd=folder, env=found, capture_output=True, text=True, timeout=limit_s, check=False
        )
        assert "Authentication failed" not in done.stdout, "it was locked out, and tested nothing"
        assert client.get("/health").status_code == 200, "the server is gone"
    return done.returncode, done.stdout + done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description="Let schemathesis loose on the tablet's API.")
    parser.add_argument("--examples", type=int, default=100)
    parser.add_argument("--only", default="", help="a pattern of addresses")
    parser.add_argument("--phases", default="examples,coverage,fuzzing,stateful")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    limits = ["--phases", asked.phases, "--seed", str(asked.seed)]
    limits += ["--include-path-regex", asked.only] if asked.only else []
    with tempfile.TemporaryDirectory() as folder:
        code, told = fuzzed(Path(folder), asked.examples, *limits, limit_s=7200.0)
    print(told)
    return int(code != 0)


if __name__ == "__main__":
    sys.exit(main())
