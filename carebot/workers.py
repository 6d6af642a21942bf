"""Work in several processes at a time, none of which outlives the one that started it."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import TypeVar

from carebot.errors import SetupError
from carebot.orphans import die_with

Result = TypeVar("Result")


@contextmanager
def workers(jobs: int, prepare: Callable[[], object] | None = None) -> Iterator[ProcessPoolExecutor]:
    """A pool of `jobs` fresh processes, each of which begins with `prepare`; to be used from the main thread.

    Raises:
        SetupError: one of them was ended from outside, as it is where memory runs out.
    """
    before = multiprocessing.active_children()
    pool = ProcessPoolExecutor(jobs, multiprocessing.get_context("spawn"), _begin, (os.getpid(), prepare))
    try:
        yield pool
    except BrokenProcessPool:
        # A broken pool ends its processes, but not one that it was just starting, and then waits for that for ever.
        for process in set(multiprocessing.active_children()).difference(before):
            process.kill()
        raise SetupError("a process was ended, perhaps for lack of memory: use fewer --jobs.") from None
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def done_by(calls: Sequence[Callable[[], Result]], jobs: int) -> Iterator[tuple[int, Result]]:
    """The number of each call and what it returns, as they come; with one job in this process, one after the other.

    Raises:
        SetupError: as `workers` does; and whatever a call raises.
    """
    if jobs == 1:
        yield from ((number, call()) for number, call in enumerate(calls))
        return
    with workers(jobs) as pool:
        numbers = {pool.submit(call): number for number, call in enumerate(calls)}
        for done in as_completed(numbers):
            yield numbers[done], done.result()


def _begin(parent_pid: int, prepare: Callable[[], object] | None) -> None:
    die_with(parent_pid)
    if prepare is not None:
        prepare()
