"""Runs under another interpreter, sent there as text: states of a recording, or a new recording, made by that environment's rules.

It may use only what every version of the library has. One JSON request a line on stdin; on stdout one JSON line for each, followed
by raw bytes where it says so.
"""

import json
import os
import sys
from typing import Any, BinaryIO


def states(request: dict[str, Any], out: BinaryIO) -> None:
    """Every state from tick `start` to `stop`, one after the other."""
    import replay
    from replay.core.installed import find_game

    with replay.Recording(request["path"]) as recording:
        game = find_game(recording.header.game)
        playback = replay.Playback(game, recording, use_snapshots=False)
        playback.seek(request["start"])
        state = playback.match.save()
        dtype = getattr(playback.match, "state_dtype", None)
        answer = {"size": len(state), "fields": repr(dtype.descr) if dtype is not None else "", "rules": game.rules}
        out.write(json.dumps(answer).encode() + b"\n" + state)
        for _ in range(request["stop"] - request["start"]):
            playback.step()
            out.write(playback.match.save())


def record(request: dict[str, Any], out: BinaryIO) -> None:
    """Play the inputs in `rows` (a .npy file) as a new recording at `path`, with the rules of this environment."""
    import numpy as np

    import replay
    from replay.core.installed import find_game

    rows = np.load(request["rows"], allow_pickle=False)
    game = find_game(request["game"])
    players = [replay.Player(*player) for player in request["players"]]
    with replay.Recorder(request["path"], game, seed=request["seed"], players=players, config=request["config"]) as recorder:
        for row in rows:
            recorder.step(row)
    out.write(b"{}\n")


def serve() -> None:
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a game prints must not get between the answers
    for line in sys.stdin:
        request = json.loads(line)
        try:
            (states if request["do"] == "states" else record)(request, out)
        except Exception as error:
            out.write(json.dumps({"error": f"{type(error).__name__}: {error}"}).encode() + b"\n")
        out.flush()


if __name__ == "__main__":
    serve()
