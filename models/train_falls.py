#!/usr/bin/env python3
"""Trains the posture network of carebot/falls on motions of the simulated resident.

    python models/train_falls.py --motions DIR [--rounds 18] [--exercises 24] [--views 15] [--epochs 8] [--out FILE]

Three steps: simulate (kept in DIR, so that a second run goes on where the first ended), look at each motion through
random cameras, and train two networks that are shipped as one: one has seen people catch themselves as they fall
(tumbles), the other has not and takes less for a fall. Motions of every sixth round are never trained on: the figures
that it prints are theirs.
Needs the extra `[train]` (torch, onnx). models/fall_postures.md says what came of it.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession
from training import motions
from training.exercises import COURSES, exercise
from training.export import write_onnx
from training.motions import CLASSES, Motion
from training.tumbles import COURSES as TUMBLES
from training.tumbles import TUMBLE, tumble
from training.views import SWAPPED, view

from carebot.falls.window import CHANNELS, JOINTS, STEPS

HELD_OUT_EVERY = 6
BATCH, RATE = 256, 2e-3
DOUBTS = {"falling": 0.25}
"""Training shows more falls than any home has: how much of the probability of a class is believed."""
Network = Callable[[NDArray[np.float32]], NDArray[np.float32]]
Windows = tuple[NDArray[np.float16], NDArray[np.int8]]


def main() -> None:
    arguments = _arguments()
    if find_spec("torch") is None:
        sys.exit("torch is not installed: pip install 'carebot[train]', then start this again.")
    arguments.motions.mkdir(parents=True, exist_ok=True)
    simulate(arguments.motions, arguments.rounds, arguments.jobs)
    days, tumbles, held_out = look(arguments.motions, arguments.exercises, arguments.views, arguments.jobs)
    print(
        f"windows: {len(days[1])} and {len(tumbles[1])} of tumbles to train on, {len(held_out[1])} held out", flush=True
    )
    networks = [
        fit(_joined([days, tumbles]), held_out, arguments.epochs, arguments.seed),
        fit(days, held_out, arguments.epochs, arguments.seed + 1),
    ]
    write_onnx(networks, DOUBTS, arguments.out)
    print(f"{arguments.out}: {arguments.out.stat().st_size / 1024:.0f} KiB")
    tell(_shipped(arguments.out), held_out)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--motions", type=Path, required=True, help="where simulated motions are kept")
    parser.add_argument("--rounds", type=int, default=18, help="how often each scenario is simulated")
    parser.add_argument("--exercises", type=int, default=24, help="how often each exercise is done, and each tumble")
    parser.add_argument("--views", type=int, default=15, help="cameras for each motion")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("fall_postures.onnx"))
    return parser.parse_args()


def simulate(folder: Path, rounds: int, jobs: int) -> None:
    """What is not there yet: each scenario with a fall in every round, those of daily life in every second one."""
    falls, days = motions.suitable_names()
    wanted = [(name, number) for number in range(rounds) for name in falls + (days if number % 2 == 0 else [])]
    missing = [each for each in wanted if not (folder / f"{each[0]}-{each[1]}.npz").exists()]
    began_s = time.monotonic()
    with ProcessPoolExecutor(jobs) as pool:
        for done, motion in enumerate(pool.map(_simulate, missing, chunksize=4), start=1):
            if motion is not None:
                motions.save(motion, folder)
            if done % 50 == 0:
                print(f"simulated {done} of {len(missing)} in {time.monotonic() - began_s:.0f} s", flush=True)


def _simulate(which: tuple[str, int]) -> Motion | None:
    return motions.simulate(*which)


def look(folder: Path, times: int, views: int, jobs: int) -> tuple[Windows, Windows, Windows]:
    """Windows to train on, those of tumbles, and windows that are held out."""
    seen: dict[str, list[Windows]] = {"days": [], "tumbles": [], "held out": []}
    with ProcessPoolExecutor(jobs) as pool:
        exercises = (exercise(name, seed) for seed in range(times) for name in COURSES)
        tumbles = (tumble(name, seed) for seed in range(times) for name in TUMBLES)
        every = itertools.chain(motions.load_all(folder), exercises, tumbles)
        jobs_of = ((motion, views) for motion in every)
        for use, windows in pool.map(_views, jobs_of, chunksize=8):
            seen[use].extend(windows)
    days, tumbled, held_out = (_joined(parts) for parts in seen.values())
    return days, tumbled, held_out


def _views(job: tuple[Motion, int]) -> tuple[str, list[Windows]]:
    motion, count = job
    random = np.random.default_rng((motion.seed, sum(motion.name.encode())))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # means of joints that are all missing
        found = [view(motion, random) for _ in range(count)]
    return use_of(motion), [each for each in found if each is not None]


def use_of(motion: Motion) -> str:
    """What a motion is for; all of one seed, whatever the camera, are trained on or are held out."""
    if motion.seed % HELD_OUT_EVERY == 0:
        return "held out"
    return "tumbles" if motion.name.startswith(TUMBLE) else "days"


def _joined(parts: Sequence[Windows]) -> Windows:
    return np.concatenate([each[0] for each in parts]), np.concatenate([each[1] for each in parts])


def fit(train_on: Windows, held_out: Windows, epochs: int, seed: int) -> Any:
    import torch

    torch.manual_seed(seed)
    network = make_network()
    share = np.bincount(train_on[1], minlength=len(CLASSES)) / len(train_on[1])
    weight = torch.tensor((1.0 / np.sqrt(share + 1e-3)) / np.mean(1.0 / np.sqrt(share + 1e-3)), dtype=torch.float32)
    loss_of = torch.nn.CrossEntropyLoss(weight, label_smoothing=0.05)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-3)
    steps = epochs * (len(train_on[1]) // BATCH + 1)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps)
    random = np.random.default_rng(seed)
    for epoch in range(epochs):
        began_s, losses = time.monotonic(), []
        network.train()
        for windows, labels in batches(train_on, random):
            loss = loss_of(network(torch.from_numpy(windows)), torch.from_numpy(labels))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(loss.detach()))
        print(
            f"epoch {epoch + 1} of {epochs}: loss {np.mean(losses):.3f}, {time.monotonic() - began_s:.0f} s", flush=True
        )
    network.eval()
    with torch.no_grad():
        tell(lambda windows: network(torch.from_numpy(windows)).numpy(), held_out)
    return network


def make_network() -> Any:
    """Convolutions over time that halve it three times; 0.12 million weights."""
    from torch import nn

    return nn.Sequential(
        nn.Conv1d(CHANNELS, 64, 5, padding=2),
        nn.ReLU(),
        nn.Conv1d(64, 64, 5, stride=2, padding=2),
        nn.ReLU(),
        nn.Conv1d(64, 96, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Conv1d(96, 96, 3, stride=2, padding=1),
        nn.ReLU(),
        nn.Flatten(),
        nn.Dropout(0.2),
        nn.Linear(96 * STEPS // 8, 64),
        nn.ReLU(),
        nn.Linear(64, len(CLASSES)),
    )


def batches(windows: Windows, random: np.random.Generator) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """All of them in a new order, half of them mirrored."""
    order = random.permutation(len(windows[1]))
    for begin in range(0, len(order), BATCH):
        chosen = np.sort(order[begin : begin + BATCH])
        batch = windows[0][chosen].astype(np.float32)
        mirrored = random.random(len(batch)) < 0.5
        batch[mirrored] = mirror(batch[mirrored])
        yield batch, windows[1][chosen].astype(np.int64)


def mirror(batch: NDArray[np.float32]) -> NDArray[np.float32]:
    """Left and right exchanged, (n, CHANNELS, STEPS)."""
    count = len(JOINTS)
    order = [JOINTS.index(SWAPPED[joint]) for joint in JOINTS]
    swapped = batch.reshape(len(batch), 3, count, STEPS)[:, :, order].copy()
    swapped[:, 0] *= -1.0
    return swapped.reshape(batch.shape)


def _shipped(path: Path) -> Network:
    session = InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda windows: np.asarray(session.run(None, {"window": windows})[0], np.float32)


def tell(network: Network, held_out: Windows) -> None:
    guesses = np.concatenate(
        [network(held_out[0][at : at + 4096].astype(np.float32)).argmax(1) for at in range(0, len(held_out[1]), 4096)]
    )
    for number, name in enumerate(CLASSES):
        is_it, says_it = held_out[1] == number, guesses == number
        recall, precision = (
            (is_it & says_it).sum() / max(is_it.sum(), 1),
            (is_it & says_it).sum() / max(says_it.sum(), 1),
        )
        print(f"  {name:8} recall {recall:.3f}, precision {precision:.3f} of {is_it.sum()}", flush=True)


if __name__ == "__main__":
    main()
