"""Inline scripts only where NiceGUI draws; everything else forbids them."""

from __future__ import annotations

from pathlib import Path

from carebot.tablet.places import PLACES
from tests.tablet.running import paired, running


def test_only_drawn_pages_allow_inline_scripts(tmp_path: Path):
    with running(tmp_path) as server, paired(server) as client:
        for path in ("/pair", "/sign-in", "/set-up", "/health", "/api/v1/session", "/static/stop.js", "/no-such-page"):
            assert "unsafe" not in client.get(path).headers["content-security-policy"], path
        for place in PLACES:
            page = client.get(place.path)
            assert page.status_code == 200
            assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in page.headers["content-security-policy"]


def test_a_page_that_is_not_theirs_is_refused_in_words_and_recorded(tmp_path: Path):
    with running(tmp_path) as server:
        server.do("account", name="Chie", password="seven blue teapots", roles=[["administrator", "*"]])
        server.do("account", name="Fumi", password="seven blue teapots", roles=[["family", "*"]])
        with paired(server) as family, paired(server) as admin:
            for client, name in ((family, "Fumi"), (admin, "Chie")):
                client.post("/api/v1/sign-in", json={"name": name, "password": "seven blue teapots"})
            refused = {place.path for place in PLACES if family.get(place.path).status_code == 403}
            assert refused == {"/routines", "/schedule", "/talk", "/drive", "/history", "/health-of-the-robot"}
            assert "This page is not yours" in family.get("/drive").text
            assert 'href="/drive"' not in family.get("/").text
            rows = admin.get("/api/v1/audit", params={"kind": "refusal"}).json()["rows"]
            assert {"/drive", "/history"} <= {row["what"] for row in rows if row["who"] == "Fumi"}
