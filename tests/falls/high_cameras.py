"""Falls of the stick figure before cameras that nobody described, by rules alone and with the network: a table.

python -m tests.falls.high_cameras
"""

from __future__ import annotations

from collections.abc import Sequence

from carebot.falls import FallClassifier, FallMonitor
from carebot.falls.network import shipped_network
from carebot.people import People
from tests.falls.scenes import DAILY_LIFE, FALLS, shot

CAMERAS = ((0.6, 3.0), (1.1, 4.0), (1.8, 4.0), (2.5, 5.0), (2.8, 4.0))
"""Height and distance in metres."""
FACING_DEG = (0.0, 45.0, 90.0, 180.0, 225.0)


def is_confirmed(pictures: Sequence[People], classifier: FallClassifier | None) -> bool:
    monitor = FallMonitor(classifier=classifier)
    return any(event.kind.value == "confirmed" for picture in pictures for event in monitor.step(picture))


def main() -> None:
    print("confirmed of all, skeletons without joints in space, mounting unknown")
    for title, scenes in (("falls", FALLS), ("daily life", DAILY_LIFE)):
        for height_m, distance_m in CAMERAS:
            filmed = [
                shot(moves, height_m=height_m, distance_m=distance_m, facing_deg=facing, world=False)[1]
                for moves in scenes.values()
                for facing in FACING_DEG
            ]
            rules = sum(is_confirmed(pictures, None) for pictures in filmed)
            both = sum(is_confirmed(pictures, shipped_network()) for pictures in filmed)
            print(f"{title}, camera {height_m:g} m high: rules {rules}, with the network {both}, of {len(filmed)}")


if __name__ == "__main__":
    main()
