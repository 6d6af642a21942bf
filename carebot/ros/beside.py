"""A node for commands that do something else meanwhile: it spins in a thread and leaves signals to the command."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator

import rclpy
from rclpy.context import Context
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

JOIN_TIMEOUT_S = 5.0


@contextlib.contextmanager
def node_beside(name: str, robot: str) -> Iterator[Node]:
    """A node in the namespace `robot`, in a ROS context of its own; its callbacks come in another thread."""
    context = Context()
    rclpy.init(context=context, signal_handler_options=SignalHandlerOptions.NO)
    node = rclpy.create_node(name, namespace=robot, context=context)
    executor = SingleThreadedExecutor(context=context)
    executor.add_node(node)

    def spin() -> None:
        with contextlib.suppress(ExternalShutdownException):  # left
            executor.spin()

    thread = threading.Thread(target=spin, name=name, daemon=True)
    thread.start()
    try:
        yield node
    finally:
        executor.shutdown()
        rclpy.try_shutdown(context=context)
        thread.join(timeout=JOIN_TIMEOUT_S)
