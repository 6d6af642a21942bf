"""`make fuzz SECONDS=3600`: the checks of decoder_checks.py on what atheris finds by following the decoders' branches.

One input is: which check and protocol, how many bytes at once, and the bytes. Ends with a failure at the first finding.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parents[2]))
with atheris.instrument_imports(include=["carebot.drivers"]):
    from carebot.clock import ManualClock
    from carebot.drivers.fake_controller import FakeController
    from carebot.drivers.line import Line
    from carebot.drivers.loopback import Loopback
    from carebot.drivers.registry import controller_named
    from tests.drivers.decoder_checks import CHECKS, check_decoder
    from tests.drivers.rig import Rig, settings_for

LONGEST_INPUT = 700
_LONGEST_SEED = 400


class Recorder(Line):
    """A line that writes down what passed, by who sent it."""

    def __init__(self, fake: FakeController) -> None:
        super().__init__(fake)
        self.from_host, self.from_device = b"", b""

    def exchange(self, data: bytes, now_s: float) -> bytes:
        sent = super().exchange(data, now_s)
        self.from_host += data
        self.from_device += sent
        return sent


def conversation(name: str) -> Recorder:
    """What the real driver and the fake say to each other in a second of driving."""
    kind, clock = controller_named(name), ManualClock(1.0)
    settings = settings_for(name, "none")
    line = Recorder(kind.fake(settings))
    loopback = Loopback(line, clock)
    rig = Rig(kind.driver(settings, clock, loopback.open), clock, line, loopback=loopback)
    rig.ready()
    rig.drive([3.0] * rig.count, seconds=1.0)
    rig.controller.stop()
    return line


def check(data: bytes) -> None:
    if len(data) > 2:
        function, name = CHECKS[data[0] % len(CHECKS)]
        function(name, data[2:], 1 + data[1] % 64)


def write_seeds(folder: Path) -> None:
    for number, (function, name) in enumerate(CHECKS):
        line = conversation(name)
        said = line.from_device if function is check_decoder else line.from_host
        for at in range(0, min(len(said), 10 * _LONGEST_SEED), _LONGEST_SEED):
            seed = bytes((number, 63)) + said[at : at + _LONGEST_SEED]
            (folder / f"{function.__name__}-{name}-{at}").write_bytes(seed)


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="carebot-fuzz-") as folder:
        write_seeds(Path(folder))
        flags = [f"-max_len={LONGEST_INPUT}", "-timeout=20", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *flags, *sys.argv[1:], folder], check)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
