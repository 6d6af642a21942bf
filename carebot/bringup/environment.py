"""What DDS is told by its environment: pictures fit through, and nobody outside this machine listens."""

from __future__ import annotations

import os
from collections.abc import Mapping

from carebot.resources import share_dir

LARGE_DATA = "LARGE_DATA?max_msg_size=1MB&sockets_size=2MB&non_blocking=true"
"""Fast DDS: TCP for what is large. With its defaults most pictures are lost, see docs/architecture.md."""

PROFILE_VARIABLES = ("FASTDDS_DEFAULT_PROFILES_FILE", "FASTRTPS_DEFAULT_PROFILES_FILE")  # Fast DDS 3 and 2
TRANSPORT_VARIABLES = (*PROFILE_VARIABLES, "FASTDDS_BUILTIN_TRANSPORTS")
WITH_FAST_DDS_2 = ("humble", "iron", "jazzy")
RANGE = "ROS_AUTOMATIC_DISCOVERY_RANGE"


def dds_environment(network: str, given: Mapping[str, str]) -> dict[str, str]:
    """The variables to add to `given`, the user's own, which are left alone.

    On `this_machine` a Fast DDS profile opens sockets on the loopback interface only. ROS's own LOCALHOST range is
    meant for that, but it adds transports of its own to the configured ones, and pictures are lost again; so the range
    is left open where, and only where, the profile closes the door.
    """
    is_fast_dds = given.get("RMW_IMPLEMENTATION", "rmw_fastrtps_cpp").startswith("rmw_fastrtps")
    has_own_transports = any(given.get(name) for name in TRANSPORT_VARIABLES)
    if given.get(RANGE) or given.get("ROS_LOCALHOST_ONLY"):
        return {}
    if network == "local_network":
        return {RANGE: "SUBNET", **({} if has_own_transports else {"FASTDDS_BUILTIN_TRANSPORTS": LARGE_DATA})}
    if has_own_transports or not is_fast_dds:
        return {RANGE: "LOCALHOST"}
    variable = PROFILE_VARIABLES[given.get("ROS_DISTRO") in WITH_FAST_DDS_2]
    return {RANGE: "SUBNET", variable: str(share_dir() / "launch" / "this_machine.xml")}


def stay_on_this_machine() -> None:
    """Let this process, which is about to import ROS, speak to nodes of this machine only, as `carebot up` does."""
    os.environ.update(dds_environment("this_machine", os.environ))


def stay_alone() -> None:
    """The same, in a ROS domain of its own where none is given: what runs beside it is not measured."""
    os.environ.setdefault("ROS_DOMAIN_ID", str(1 + os.getpid() % 100))
    stay_on_this_machine()
