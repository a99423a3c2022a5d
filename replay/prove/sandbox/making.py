"""Rules compiled for the wall: by a process outside of it, which sees no stranger's file, only the name of an installed game."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import BinaryIO

from replay.core.errors import MachineError
from replay.core.installed import find_game
from replay.native.engine import VARIABLE
from replay.native.interface import INTERPRETER, MACHINE_CODE
from replay.prove.sandbox.judging import warm_up


def main(answers: BinaryIO) -> None:
    """Answers with the first engine of those wanted that these rules can have here; the last resort is the interpreter."""
    job = json.loads(sys.stdin.buffer.readline())
    game = find_game(job["game"])
    for engine in (job["engine"] or MACHINE_CODE, MACHINE_CODE, INTERPRETER):
        os.environ[VARIABLE] = engine
        with suppress(MachineError):
            warm_up(game, job["players"])
            answers.write(engine.encode())
            return
