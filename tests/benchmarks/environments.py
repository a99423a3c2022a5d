"""What recording costs an environment, as one table: `python tests/benchmarks/environments.py`. Takes about a minute.

Bare and recorded runs of the same actions are interleaved; all times are of the processor.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import ale_py
import gymnasium

from replay import Playback, Recording, verify
from replay.games.gymnasium import Record, game_of

ROUNDS = 7


def row(what: str, bar: str, measured: str) -> None:
    print(f"| {what} | {bar} | {measured} |", flush=True)


def made(env_id: str, seed: int = 1) -> Any:
    env = gymnasium.make(env_id, disable_env_checker=True)
    env.action_space.seed(seed)
    return env


def run(env: Any, actions: list[Any]) -> float:
    """Processor seconds that the steps took, resets left out: those of a cartridge are dear."""
    env.reset(seed=1)
    spent, start = 0.0, time.process_time()
    for action in actions:
        _, _, terminated, truncated, _ = env.step(action)
        if terminated or truncated:
            spent += time.process_time() - start
            env.reset()
            start = time.process_time()
    return spent + time.process_time() - start


def overhead(env_id: str, steps: int, bar: str, folder: Path) -> None:
    space = made(env_id).action_space
    actions = [space.sample() for _ in range(steps)]
    bare, recorded = [], []
    for number in range(ROUNDS):
        with closing(made(env_id)) as env:
            bare.append(run(env, actions))
        with closing(Record(made(env_id), folder / f"{number}-{env_id.replace('/', '-')}.replay", seed=1)) as env:
            recorded.append(run(env, actions))
    shares = [without / with_it for without, with_it in zip(bare, recorded, strict=True)]
    row(
        f"{env_id}: speed while recording, of its bare speed",
        bar,
        f"{min(bare) / min(recorded):.0%} by the best runs, median {statistics.median(shares):.0%}, of {steps / min(bare):,.0f} "
        f"steps/s; {min(recorded) / steps * 1e6 - min(bare) / steps * 1e6:.0f} us a step",
    )


def playing(env_id: str, folder: Path) -> None:
    path = next(folder.glob(f"0-{env_id.replace('/', '-')}.replay"))
    game = game_of(env_id)

    def seconds(work: Callable[[], object]) -> float:
        start = time.process_time()
        work()
        return time.process_time() - start

    with Recording(path) as recording:
        took = min(seconds(lambda: verify(path, game)) for _ in range(3))
        row(
            f"{env_id}: verify",
            "-",
            f"{recording.ticks / took:,.0f} ticks/s; {path.stat().st_size / recording.ticks:.1f} bytes a tick",
        )
        playback = Playback(game, recording)
        playback.seek(recording.ticks)
        ticks = [(number * 7919) % recording.ticks for number in range(60)]
        seeks = sorted(seconds(lambda tick=tick: playback.seek(tick)) for tick in ticks)  # type: ignore[misc]
        assert not playback.warning and playback.divergence is None
        row(f"{env_id}: seek in {recording.ticks:,} ticks", "-", f"p99 {seeks[-1] * 1e3:.0f} ms, median {seeks[30] * 1e3:.0f} ms")


def main() -> None:
    gymnasium.register_envs(ale_py)
    print("| what | bar | measured |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for env_id, steps, bar in (
            ("ALE/Pong-v5", 1500, ">= 60 %"),
            ("ALE/Breakout-v5", 1500, ">= 60 %"),
            ("CartPole-v1", 5000, "-"),
        ):
            overhead(env_id, steps, bar, folder)
            playing(env_id, folder)


if __name__ == "__main__":
    main()
