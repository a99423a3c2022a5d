"""Arena, of which every simulation leaves a line in a file: a module, because workers have to import it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from game.match import ARENA  # noqa: E402
from replay.find.library import Library  # noqa: E402
from replay.prove.workers import dask_workers  # noqa: E402

NOTES = "REPLAY_BENCHMARK_NOTES"


class Counted(type(ARENA)):  # type: ignore[misc]
    def new_match(self, seed: int, players: int, config: Any) -> Any:
        if os.environ.get(NOTES):
            with open(os.environ[NOTES], "a") as notes:
                notes.write(f"{os.getpid()} {seed}\n")
        return super().new_match(seed, players, config)


GAME = Counted()


def find(name: str) -> Any:
    assert name == GAME.name
    return GAME


def index(url: str, folder: str, scheduler: str = "") -> None:
    """In a process of its own. scheduler: whose workers do it, if not this process."""
    with Library(url, find_game=find) as library:
        if scheduler:
            with dask_workers(scheduler) as executor:
                list(library.index([folder], executor=executor))
        else:
            list(library.index([folder]))


if __name__ == "__main__":
    index(*sys.argv[1:])
