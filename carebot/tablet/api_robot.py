"""The robot: how it is, what it sees as keypoints, and what its parts say."""

from __future__ import annotations

from fastapi import APIRouter, Path

from carebot.tablet import api_models as bodies
from carebot.tablet.problems import Problem, documented
from carebot.tablet.rights import Scope
from carebot.tablet.robot import Part, RobotView
from carebot.tablet.services import Services, needs, needs_here


def add_routes(router: APIRouter, services: Services) -> None:
    robot, reading = services.robot, needs(services, Scope.ROBOTS_READ)

    @router.get("/api/v1/robot", tags=["robots"], dependencies=reading, responses=documented())
    async def state() -> bodies.RobotBody:
        """How the robot is."""
        return bodies.robot_body(robot.view())

    @router.get("/api/v1/robots", tags=["robots"], dependencies=reading, responses=documented())
    async def every_state() -> bodies.RobotsBody:
        """How the robots are that this server speaks for."""
        return bodies.RobotsBody(robots=[bodies.robot_body(robot.view())])

    @router.get("/api/v1/robots/{name}", tags=["robots"], dependencies=reading, responses=documented(404, 422))
    async def one_state(name: str = Path(max_length=100)) -> bodies.RobotBody:
        """How one robot is."""
        view = robot.view()
        if view.name != name:
            raise Problem(404, "No such robot", "This server speaks for no robot of that name: see /api/v1/robots.")
        return bodies.robot_body(view)

    @router.get(
        "/api/v1/parts",
        tags=["robots"],
        dependencies=needs(services, Scope.HEALTH_READ),
        responses=documented(),
    )
    async def parts() -> bodies.PartsBody:
        """What every node and device says of itself."""
        return bodies.PartsBody(parts=[bodies.part_body(part) for part in all_parts(services, robot.view())])

    @router.get(
        "/api/v1/people",
        tags=["robots"],
        dependencies=needs_here(services, Scope.PEOPLE_READ),
        responses=documented(),
    )
    async def people() -> bodies.PeopleBody:
        """What the robot sees, as keypoints."""
        return bodies.people_body(robot.view())


def all_parts(services: Services, view: RobotView) -> list[Part]:
    """The robot's parts, by name, and the tablet's own audit."""
    fault = services.books.audit.fault
    audit = Part("tablet: audit", "error" if fault else "ok", fault or "every deed is on disk")
    return sorted((*view.parts, audit), key=lambda part: part.name)
