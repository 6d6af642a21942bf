"""Runs nodes in this process until it is told to stop; what a user can cause ends in a sentence and an exit code."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NoReturn

import rclpy
from rclpy._rclpy_pybind11 import InvalidHandle, RCLError
from rclpy.exceptions import NotInitializedException, ROSInterruptException
from rclpy.executors import ExternalShutdownException, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from carebot.errors import CarebotError
from carebot.ros.params import refuse_unknown_parameters

MakeNode = Callable[[], Node]
LOOKS_EVERY_S = 0.1
"""A signal is noticed when what rclpy waits for comes, or after this."""


def run(*makers: MakeNode, args: Sequence[str] | None = None) -> NoReturn:
    """Make the nodes, spin them in one executor, and end the process.

    `args` are ROS arguments, the command line's by default; they hold for every node. Exit code 0 after SIGINT or
    SIGTERM, a CarebotError's own after its sentence; anything else is a bug and shows its traceback.
    """
    sys.exit(run_until_stopped(makers, args))


def run_until_stopped(makers: Sequence[MakeNode], args: Sequence[str] | None = None) -> int:
    """What `run` does, without the exit: the exit code."""
    try:
        with ros(args) as told, nodes(makers) as running:
            _spin(running, told)
    except CarebotError as error:
        print(f"{_names(makers)}: {error}", file=sys.stderr, flush=True)
        return error.exit_code
    return 0


WAYS_OUT = (RCLError, InvalidHandle, NotInitializedException)
"""What rclpy raises where it is used after its context was shut down."""


class ToldToStop:
    """Whether SIGINT or SIGTERM came. While nodes are made it ends that at once; later it ends the spinning between two
    callbacks, and ROS stays up until the nodes are destroyed: a drive node still has to tell an external base to stand.
    """

    def __init__(self) -> None:
        self.came = self.spins = False

    def __call__(self, *_: object) -> None:
        self.came = True
        if not self.spins:
            rclpy.try_shutdown()


@contextlib.contextmanager
def ros(args: Sequence[str] | None = None) -> Iterator[ToldToStop]:
    """ROS is up inside, and being told to stop (SIGINT, SIGTERM) is a good end.

    rclpy's own handlers would shut ROS down before the nodes can say their last word, and Python's would raise
    KeyboardInterrupt in the middle of a callback.
    """
    told = ToldToStop()
    rclpy.init(args=None if args is None else list(args), signal_handler_options=SignalHandlerOptions.NO)
    before = {number: signal.signal(number, told) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield told
        rclpy.try_shutdown()
    except (ExternalShutdownException, ROSInterruptException):
        rclpy.try_shutdown()
    except Exception as error:
        was_told_to_stop = not rclpy.ok()
        _shut_down_after_a_failure()
        if not (was_told_to_stop and isinstance(error, WAYS_OUT)):
            raise  # else it is only the way out of a node that was being made when the stop came
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _shut_down_after_a_failure() -> None:
    """Shut down; what goes wrong in that (rclpy also destroys nodes that are half-made) must not hide the failure."""
    try:
        rclpy.try_shutdown()
    except Exception as error:  # noqa: BLE001 - told, and the failure itself is raised by the caller
        print(f"while closing: {error!r}", file=sys.stderr)


@contextlib.contextmanager
def nodes(makers: Sequence[MakeNode]) -> Iterator[list[Node]]:
    """The nodes, made in order and destroyed in the reverse one, every one even where another fails."""
    with contextlib.ExitStack() as stack:
        made = []
        for make in makers:
            node = make()
            stack.callback(node.destroy_node)
            refuse_unknown_parameters(node)
            made.append(node)
        yield made


def _spin(running: Sequence[Node], told: ToldToStop) -> None:
    executor = SingleThreadedExecutor()
    try:
        for node in running:
            executor.add_node(node)
        told.spins = True
        while not told.came and rclpy.ok():
            executor.spin_once(timeout_sec=LOOKS_EVERY_S)
    finally:
        executor.shutdown(timeout_sec=1.0)  # it holds handles, and must let go of them before the nodes are destroyed


def _names(makers: Sequence[MakeNode]) -> str:
    return ", ".join(getattr(make, "__name__", "node").removesuffix("Node").lower() for make in makers)
