"""What `replay check` sees of the planted bugs, and of sound games, at its full length: `python -m tests.benchmarks checks`.

A bug counts as caught if the check that the table names says what it says there; as found, if only another one does. Takes minutes.
"""

from __future__ import annotations

import importlib
import os
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.extend(str(Path(__file__).parents[1] / "replay" / part) for part in ("", "core", "games"))

from bugs import BUGS, GAMES

from replay.core.installed import load_game
from replay.prove.conformance import check_game

KINDS = ("contract", "abilities", "dependence", "rare", "surroundings")
SPECS = (
    "game.match:ARENA",
    "toys:COUNTER",
    "toys:BANK",
    "plain_games:World",
    "plain_games:Pong",
    "plain_games:Talk",
    "replay.docs.examples.bank:Bank",
    "replay.docs.examples.chess_game:Chess",
    "replay.docs.examples.physics:BALLS",
    "gymnasium:CartPole-v1",
    "gymnasium:FrozenLake-v1",
    "gymnasium:Pendulum-v1",
    "pettingzoo:classic/tictactoe_v3",
    str(Path(__file__).parents[1] / "replay" / "games" / "rocks.py"),
)


def judged(name: str, game: object, check: str, where: str, because: str, options: dict[str, object]) -> str:
    began = time.perf_counter()
    report = check_game(game, **options)
    named = [finding for finding in report.findings if finding.check == check and where in str(finding)]
    is_caught = named and (not because or any(because in finding.because for finding in named))
    verdict = "caught" if is_caught else "found" if report.findings else "missed"
    print(f"{verdict:7} {name:45} {time.perf_counter() - began:6.1f} s", flush=True)
    return verdict


def main() -> None:
    warnings.simplefilter("ignore")
    os.environ |= {"LOGNAME": "ann", "SHELL": "/bin/sh", "PYGAME_HIDE_SUPPORT_PROMPT": "1"}  # somebody at a machine
    for kind in KINDS:
        table = importlib.import_module(f"planted.{kind}").BUGS
        print(kind, dict(Counter(judged(name, *bug) for name, bug in table.items())), flush=True)
    field = [
        judged(name, GAMES[name](), bug.check, bug.where, "", {}) for name, bug in BUGS.items() if not bug.check.startswith("lint:")
    ]
    print("of the field", dict(Counter(field)))
    sound = {**importlib.import_module("planted.good").GOOD, **{spec: load_game(spec) for spec in SPECS}}
    alarms = 0
    for name, game in sound.items():
        began = time.perf_counter()
        findings = check_game(game).findings
        alarms += bool(findings)
        print(f"{'ALARM' if findings else 'ok':7} {name:45} {time.perf_counter() - began:6.1f} s", *findings, flush=True)
    print(f"{alarms} false alarms on {len(sound)} sound games")


if __name__ == "__main__":
    main()
