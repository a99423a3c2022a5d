"""Rules that a file can make take more than they should, each in its own way, by its config."""

from __future__ import annotations

import json
import os
import sys
import time
from contextlib import suppress
from pathlib import Path

from toys import Counter, CounterMatch

FORGED = [
    json.dumps(line).encode() + b"\n"
    for line in (
        {"loaded": True},
        {
            "verification": {
                "verdict": "ok",
                "message": "",
                "hint": "",
                "game": "hungry",
                "ticks": 200,
                "final_hash": 1,
                "what": None,
            }
        },
        {"verdict": "ok", "ticks": 200},
    )
]


class HungryMatch(CounterMatch):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.wants = config.get("wants", "")
        self.file = config.get("file", "")
        self.ticks = 0

    def advance(self, inputs):
        self.ticks += len(inputs)
        if self.ticks > 60:  # not while the rules are loaded
            getattr(self, f"take_{self.wants}", lambda: None)()
        return super().advance(inputs)

    def take_memory(self):
        bytearray(2**32)

    def take_time(self):
        time.sleep(600)

    def take_work(self):
        while True:
            pass

    def take_crash(self):
        os.kill(os.getpid(), 11)

    def take_disk(self):
        Path(self.file).write_bytes(bytes(1000))

    def take_output(self):
        print("not for the answer", flush=True)
        print("nor this", file=sys.stderr, flush=True)

    def take_exit(self):
        os._exit(0)

    def take_the_floor(self):
        """Says what should come out, on whatever is open, and leaves."""
        for line in FORGED:
            for number in range(64):
                with suppress(OSError):
                    os.write(number, line)
        os._exit(0)

    def take_the_line(self):
        for number in range(3, 64):
            with suppress(OSError):
                while True:
                    os.write(number, bytes(2**16))

    def take_its_leave(self):
        os.closerange(0, 64)
        time.sleep(600)

    def take_colours(self):
        raise ValueError("\x1b[2J\x1b]0;owned\x07 gone ##[error]")


class Hungry(Counter):
    name = "hungry"
    match = HungryMatch


HUNGRY = Hungry()
