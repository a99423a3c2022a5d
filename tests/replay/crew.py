"""A game whose every simulation leaves a line in a file, for those who count what many workers do. In a module of its own, because
workers have to import it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from patience import PATIENCE_SECONDS
from shelf import Race, RaceMatch

from replay import UnverifiableError

NOTES = "REPLAY_TEST_NOTES"  # the file's name, in the environment
_HERE = Path(__file__).parent


class NotedMatch(RaceMatch):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        if os.environ.get(NOTES):
            with open(os.environ[NOTES], "a") as notes:
                notes.write(f"{os.getpid()} {seed}\n")
            time.sleep(0.02)  # so that everybody gets a share


class Noted(Race):
    match = NotedMatch


NOTED = Noted()


def find(name):
    if name != NOTED.name:
        raise UnverifiableError(f"needs the game {name!r}, which is not installed")
    return NOTED


def notes():
    """(process, seed) of each simulation so far."""
    try:
        lines = Path(os.environ[NOTES]).read_text().splitlines()
    except FileNotFoundError:
        return []
    return [tuple(map(int, line.split())) for line in lines]


def kill_the_one_at_work(count):
    """Wait for so many simulations, and kill the process that began the last one; its number."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(noted := notes()) < count:
        assert time.monotonic() < deadline, noted
        time.sleep(0.001)
    os.kill(noted[-1][0], signal.SIGKILL)
    return noted[-1][0]


def index(location, root, folder):
    """In a process of its own: prints the status of each file."""
    from replay.find.library import Library

    with Library(location, root, find) as library:
        for outcome in library.index([folder]):
            print(outcome.status, flush=True)


def indexer(location, root, folder):
    """A process that runs `index`."""
    script = "import sys, crew; crew.index(*sys.argv[1:])"
    places = os.pathsep.join(map(str, (_HERE, _HERE.parent, _HERE.parents[1])))
    environment = {**os.environ, "PYTHONPATH": places}
    command = [sys.executable, "-c", script, *map(str, (location, root, folder))]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
