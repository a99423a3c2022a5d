"""Rules that a file can make take more than they should, each in its own way, by its config."""

from __future__ import annotations

import os
import time
from pathlib import Path

from toys import Counter, CounterMatch


class HungryMatch(CounterMatch):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.wants = config.get("wants", "")
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
        Path(os.environ["HUNGRY_FILE"]).write_bytes(bytes(1000))

    def take_output(self):
        print("not for the answer", flush=True)


class Hungry(Counter):
    name = "hungry"
    match = HungryMatch


HUNGRY = Hungry()
