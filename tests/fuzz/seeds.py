"""Recordings to begin with: of toy games, of arena, and of any shape that a header can describe."""

from __future__ import annotations

import os
import random
import tempfile
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from damage import record, take_apart
from toys import BANK, COUNTER, EVENT

from replay import ReplayError, find_game
from replay.core import format as fmt
from replay.core.encoding import InputEncoder
from replay.core.game import Game
from replay.core.playback import start_match

Chunks = list[tuple[int, bytes]]


class Echo:
    """A game for any header: its state is a checksum of all that was put in, so that any row of integers is played."""

    name = "echo"
    event_dtype = EVENT
    event_kinds = ("none",)

    def __init__(self, header: fmt.Header) -> None:
        self.rules, self.ticks_per_second, self.input_dtype = header.rules, header.ticks_per_second, header.input_dtype

    def new_match(self, seed: int, players: int, config: object) -> EchoMatch:
        return EchoMatch(seed)


class EchoMatch:
    def __init__(self, seed: int) -> None:
        self._seen = seed & 0xFFFFFFFF

    def advance(self, inputs: np.ndarray) -> np.ndarray:
        for row in inputs:
            self._seen = zlib.crc32(np.ascontiguousarray(row).view(np.uint8), self._seen)
        return np.zeros(0, EVENT)

    def save(self) -> bytes:
        return self._seen.to_bytes(8, "little")

    def load(self, snapshot: bytes) -> None:
        if len(snapshot) != 8 or any(snapshot[4:]):
            raise ValueError("no state of this match")
        self._seen = int.from_bytes(snapshot, "little")


def game_of(header: fmt.Header) -> Game:
    """The rules to try a recording with, whatever its header says. Raises ReplayError if there are none."""
    toys = {toy.name: toy for toy in (BANK, COUNTER)}
    if header.game in toys:
        return toys[header.game]
    return Echo(header) if header.game == "echo" else find_game(header.game)


@cache
def recorded() -> tuple[Chunks, ...]:
    """A few real recordings, small, as chunks."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.replay" for number in range(4)]
        record(paths[0], BANK, ticks=150, players=2)
        record(paths[1], COUNTER, ticks=130, players=2, config={"step": 2}, snapshot_seconds=1)
        record(paths[2], BANK, ticks=130, players=1, chunk_seconds=2, snapshot_seconds=2)
        record(paths[3], COUNTER, ticks=0, players=1)
        found = [take_apart(path.read_bytes()) for path in paths]
        try:
            arena = find_game("arena")
        except ReplayError:
            return tuple(found)
        config = arena.default_config(map="duel", seconds=4)
        record(Path(folder) / "arena.replay", arena, ticks=200, players=2, config=config)
        return (*found, take_apart((Path(folder) / "arena.replay").read_bytes()))


def invented(rng: random.Random) -> Chunks:
    """A sound recording of a shape of its own: players, fields, chunk and group lengths at and near their limits."""
    players = rng.choice((1, 1, 2, 7, 63, 64))
    kinds = [f"<{rng.choice('iu')}{rng.choice((1, 2, 4, 8))}" for _ in range(rng.choice((1, 2, 5, 30)))]
    dtype = np.dtype([(f"f{number}", kind) for number, kind in enumerate(kinds)])
    chunk_ticks = rng.choice((1, 2, 60, 600, fmt.MAX_CHUNK_TICKS))
    most = max(1, fmt.MAX_GROUP_BYTES // (players * dtype.itemsize * chunk_ticks))
    group_ticks = chunk_ticks * min(rng.choice((1, 2, 10, most)), most, max(1, fmt.MAX_GROUP_TICKS // chunk_ticks))
    header = fmt.Header(
        id=rng.randbytes(16),
        game="echo",
        rules=rng.choice((0, 1, 2**31)),
        ticks_per_second=rng.choice((1, 60, 10_000)),
        seed=rng.choice((0, 7, 2**64 - 1)),
        config={"k" * rng.choice((1, 200)): rng.choice((0, -(2**63), 2**63 - 1, "", "\x1b[31m"))},
        players=tuple(fmt.Player(rng.choice(("a", "\n", "[red]", "\u202e" * 200)), "human") for _ in range(players)),
        input_dtype=dtype,
        chunk_ticks=chunk_ticks,
        group_ticks=group_ticks,
        created_ms=rng.choice((0, fmt.MAX_CREATED_MS)),
        parent=rng.choice((None, (bytes(16), fmt.MAX_TICKS))),
    )
    match, encoder = start_match(Echo(header), header), InputEncoder(header)
    chunks: Chunks = [(fmt.KIND_HEADER, header.pack())]
    room = max(1, 20_000 // (players * dtype.itemsize))  # bytes, not ticks, are what a case costs
    whole, rest = divmod(rng.choice((0, 1, room, room + 1)), min(chunk_ticks, room))
    for index in range(min(whole, 30) + 1):
        count = min(chunk_ticks, room) if index < whole and chunk_ticks <= room else rest or 1
        rows = np.frombuffer(rng.randbytes(count * players * dtype.itemsize), dtype).reshape(count, players)
        if rng.random() < 0.2:
            chunks.append((fmt.KIND_SNAPSHOT, fmt.Snapshot(encoder.tick, match.save()).pack()))
        first = encoder.tick
        match.advance(rows)
        encoded = encoder.encode(rows)
        chunks.append((fmt.KIND_INPUTS, fmt.InputChunk(first, count, encoded).pack()))
        if count < chunk_ticks:
            break
    chunks.append((fmt.KIND_END, fmt.End(encoder.tick, encoder.version, _hash(match), {}).pack()))
    return chunks


def _hash(match: EchoMatch) -> int:
    from replay import state_hash

    return state_hash(match)


def install_toys(folder: Path) -> Path:
    """A folder for the module path, in which the toy games are found as installed games are."""
    site = folder / "toys-1.dist-info"
    site.mkdir(parents=True)
    (site / "METADATA").write_text("Metadata-Version: 2.1\nName: toys\nVersion: 1\n")
    (site / "entry_points.txt").write_text("[replay.games]\ncounter = toys:COUNTER\nbank = toys:BANK\n")
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    return folder
