"""Players that try things at random, and what they get to see, for tests that run in this process and in others."""

from __future__ import annotations

import numpy as np
from stage import new_match

from game.env.vector import VectorArena
from game.observation import MOST_KEYS, OBSERVATION


def actions_of(arena, calls: int, seed: int = 1) -> np.ndarray:
    """Random ones, held for some calls, so that something comes of them."""
    rng = np.random.default_rng(seed)
    return np.repeat([arena.sample(rng) for _ in range(calls // 8 + 1)], 8, axis=0)[:calls]


def trace(calls: int) -> list[str]:
    arena = VectorArena(2, 5, bots=("hunter", "collector"), map="corridors", frame_skip=2)
    arena.reset(seed=9)
    lines = []
    for actions in actions_of(arena, calls):
        observations, rewards, _ = arena.step(actions)
        lines.append((observations.tobytes() + rewards.tobytes() + arena.tallies.tobytes() + arena.states.tobytes()).hex())
    return lines


def sights_of(match) -> np.ndarray:
    """What every player of a match knows."""
    players, engine = match.players, match.engine
    keys, sights = engine.buffer(MOST_KEYS * 8), engine.buffer(OBSERVATION.itemsize * players)
    engine.entry("look")(match.world.place, match.tables.place, keys.place, sights.place, players, sights.place, players)
    return np.frombuffer(bytes(sights.view), OBSERVATION)


def look_at_hostile_states() -> None:
    from test_determinism import hostile_snapshots

    match, taken = new_match(players=4), 0
    for snapshot in hostile_snapshots():
        try:
            match.load(snapshot)
        except ValueError:
            continue
        seen = sights_of(match)
        numbers = np.frombuffer(seen.tobytes(), "<f4")
        assert np.isfinite(numbers).all() and np.abs(numbers).max() <= 1
        taken += 1
    assert taken > 50
