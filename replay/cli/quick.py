"""`replay verify FILE` where everything agrees: said before the command line has been imported, which takes longer than the proof.

Whatever else is asked, and whatever else comes out, the command line does and says.
"""

from __future__ import annotations

import gc
import os
import stat
import sys
import time
from pathlib import Path

from replay.cli.output import colours, stdout_for_data
from replay.core.proof import proved
from replay.core.text import proved_line
from replay.native import engine

INDENT = " " * 13


def is_plain(arguments: list[str]) -> bool:
    """Whether these are `verify FILE` and nothing else, for a person or a pipe."""
    if len(arguments) != 2 or arguments[0] != "verify" or arguments[1].startswith("-") or sys.stdout is None:
        return False
    try:
        return stat.S_ISREG(os.stat(arguments[1]).st_mode) and os.environ.get("GITHUB_ACTIONS") != "true"  # noqa: PTH116
    except (OSError, ValueError):
        return False


def verified(path: str) -> bool:
    """Whether the recording is ok; then it has been said."""
    began = time.perf_counter()
    engine.makes = False
    gc.disable()  # over before there is anything to collect
    try:
        with stdout_for_data():
            proof = proved(path, None, None)
    except Exception:  # the command line meets it again, and knows the words
        proof = None
    finally:
        gc.enable()
        engine.makes = True
    if proof is None:
        return False
    line = proved_line(str(Path(path)), proof.ticks, proof.hashes_compared, time.perf_counter() - began)
    if sys.stdout.isatty() if (wanted := colours()) is None else wanted:
        line = f"\x1b[32m\x1b[1m{line[:13]}\x1b[0m{line[13:]}"
    gc.freeze()  # the process ends: what is in memory needs no search for what can go
    return _said("\n".join([line, *(f"{INDENT}note: {note}" for note in proof.notes)]) + "\n")


def _said(text: str) -> bool:
    """False for a stream that does not take it; the command line says why."""
    try:
        text.encode(sys.stdout.encoding or "utf-8", sys.stdout.errors or "strict")
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:  # `| head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        return False
    return True
