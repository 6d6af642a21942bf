"""The recordings of the black box, as files that Foxglove opens. Whoever takes one is recorded before."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from carebot.records.audit import Deed
from carebot.records.black_box_files import read_recording, recordings
from carebot.tablet import api_models as bodies
from carebot.tablet.problems import Problem, documented
from carebot.tablet.rights import Scope
from carebot.tablet.services import Services, needs, visitor_of

MCAP = "application/octet-stream"
_FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The recording (mcap).",
        "content": {MCAP: {"schema": {"type": "string", "format": "binary"}}},
    }
}


def add_routes(router: APIRouter, services: Services) -> None:
    reading: dict[str, Any] = {"tags": ["robots"], "dependencies": needs(services, Scope.TRACES_READ)}

    @router.get("/api/v1/black-box", **reading, responses=documented())
    def every_recording() -> bodies.RecordingsBody:
        """What was heard last, and what was kept around accidents."""
        found = [] if services.traces is None else recordings(services.traces.black_box)
        return bodies.RecordingsBody(recordings=[bodies.recording_body(each) for each in found])

    @router.get(
        "/api/v1/black-box/{id}",
        **reading,
        response_class=Response,
        responses={**_FILE, **documented(404, 422, 503)},
    )
    def one_recording(id: Annotated[str, Path(max_length=60)], request: Request) -> Response:
        """One of them, as an mcap file of ROS 2 messages."""
        content = None if services.traces is None else read_recording(services.traces.black_box, id)
        if content is None:
            raise Problem(404, "No such recording", "It made room for newer ones: see /api/v1/black-box.")
        services.books.audit.record(Deed("look", visitor_of(request).name, "took a recording of the black box", id))
        name = f"{services.robot_name}-{id}.mcap"
        headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
        return Response(content, media_type=MCAP, headers=headers)
