"""What arena costs a program that learns, as one table: `python -m tests.benchmarks learning`. Takes about a minute.

A match-tick is one tick of one match, whose players all act, observe and are rewarded. The figures are of one thread; all kinds of
run take turns, best and median of them are told, by the clock and of the CPU alone. Nothing is asserted; machines are noisy.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(Path(__file__).parent)]

from engine import row, timed  # noqa: E402

from game.env import VectorArena, parallel_env  # noqa: E402
from game.env.parallel import ArenaParallelEnv  # noqa: E402

MATCHES, CALLS, ROUNDS, HELD = 64, 200, 21, 8
LONG = {"score_limit": 999, "seconds": 24 * 3600}


def many(arena: VectorArena) -> Callable[[], object]:
    """CALLS steps of actions drawn at random and held for some ticks."""
    rng = np.random.default_rng(1)
    drawn = [arena.sample(rng) for _ in range(CALLS // HELD + 1)]

    def run() -> None:
        for call in range(CALLS):
            arena.step(drawn[call // HELD])

    return run


def one(env: ArenaParallelEnv) -> Callable[[], object]:
    env.reset(seed=1)
    rng = np.random.default_rng(1)
    drawn = [
        {agent: rng.integers(0, env.action_space(agent).nvec) for agent in env.possible_agents} for _ in range(CALLS // HELD + 1)
    ]

    def run() -> None:
        for call in range(CALLS):
            env.step(drawn[call // HELD])

    return run


def main() -> None:
    print("| what | bar | measured |\n|---|---|---|")
    works: list[tuple[str, str, int, Callable[[], object]]] = []
    for players in (2, 4, 8):
        bar = ">= 300,000 match-ticks/s" if players == 4 else ""
        works.append(
            (f"`VectorArena.step`, {MATCHES} matches of {players}", bar, MATCHES, many(VectorArena(MATCHES, players, **LONG)))
        )
    against = VectorArena(MATCHES, 4, bots=("hunter", "brawler", "camper"), **LONG)
    works.append((f"the same, {MATCHES} matches of one against three bots", "", MATCHES, many(against)))
    skipping = VectorArena(MATCHES, 4, frame_skip=4, **LONG)
    works.append((f"the same, {MATCHES} matches of 4, four ticks a call", "", 4 * MATCHES, many(skipping)))
    works.append(("PettingZoo's dicts, one match of 4", "", 1, one(parallel_env(**LONG))))
    times: list[list[tuple[float, float]]] = [[] for _ in works]
    for _ in range(ROUNDS):
        for each, (_, _, _, work) in zip(times, works, strict=True):
            each.append(timed(work))
    for each, (what, bar, ticks, _) in zip(times, works, strict=True):
        clock, own = ([ticks * CALLS / seconds for seconds in column] for column in zip(*each, strict=True))
        told = f"{max(clock):,.0f}, median {statistics.median(clock):,.0f}; of CPU {max(own):,.0f}, {statistics.median(own):,.0f}"
        row(what, bar, f"{told} match-ticks/s")


if __name__ == "__main__":
    main()
