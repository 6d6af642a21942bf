"""How topics are delivered, stated once for both ends."""

from __future__ import annotations

from rclpy.qos import DurabilityPolicy, HistoryPolicy, QoSProfile, ReliabilityPolicy


def latched(depth: int) -> QoSProfile:
    """Reliable, and the newest `depth` messages are kept for whoever comes later."""
    return QoSProfile(
        history=HistoryPolicy.KEEP_LAST,
        depth=depth,
        reliability=ReliabilityPolicy.RELIABLE,
        durability=DurabilityPolicy.TRANSIENT_LOCAL,
    )


PEOPLE = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
"""Keypoints: each picture counts for the speed of a fall, an old one is worth nothing."""

FALL_ALERTS = latched(50)
"""A care node that was restarted hears again what it may have missed."""

NOTICED = latched(200)
"""A care node that was restarted hears again what was noticed meanwhile."""

NOTICE_BOOK = latched(1)
"""The whole of it each time, so that the newest is enough."""

ALERTS = latched(1)
"""The whole list each time, so that the newest is enough."""

GOALS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=100,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
"""Goals, results and cancellations of actions that many may send at the same moment: ROS's own default loses the
eleventh, at either end."""

CAPTIONS = latched(30)
"""What is said and was heard, with the last of it for whoever comes later. At a depth of one, a reader that is busy for
a moment loses what was said meanwhile; nothing must lean on more than this being kept."""

SPOKEN_ONCE = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=50,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
"""What somebody said or asked for: it holds for now, and not for whoever comes later."""

HEARING_FAULT = latched(1)
"""Why the robot hears nothing, empty where it does: the newest is enough, also for a care node that was restarted."""

OFFERS = latched(1)
"""What can be asked for: the whole list, which changes only when care starts."""

SCHEDULE = latched(1)
"""The whole schedule at each change, so that the newest is enough."""

ROUTINES = latched(1)
"""The whole list each time, so that the newest is enough."""

ANNOUNCEMENTS = QoSProfile(
    history=HistoryPolicy.KEEP_LAST,
    depth=10,
    reliability=ReliabilityPolicy.RELIABLE,
    durability=DurabilityPolicy.VOLATILE,
)
"""Sentences to be said aloud: said once, and not hours later by a loudspeaker that comes up then."""
