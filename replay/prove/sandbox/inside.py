"""How a process for a stranger's file begins: the wall first, then the file.

Its job comes by stdin: a line of JSON, then the bytes of the recording. It answers with lines (see `answer`). Nothing
is imported here that has threads, and no rules.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, BinaryIO

from replay.prove.sandbox.limits import Limits
from replay.prove.sandbox.places import Places
from replay.prove.sandbox.wall import put_up


def main(answers: BinaryIO) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    job: dict[str, Any] = json.loads(sys.stdin.buffer.readline())
    os.environ.clear()
    os.environ.update(job["environment"])
    limits = Limits()
    limits.traces()
    limits.time(job["loading_seconds"] + 2 * job["budget_seconds"])
    missing = put_up(Places(**job["places"]))
    from replay.prove.sandbox.judging import Judge  # behind the wall

    Judge(job, limits, missing, answers, nowhere).judge(sys.stdin.buffer.read())
