"""Recordings to begin with: of toy games, of arena, and of any shape that a header can describe."""

from __future__ import annotations

import os
import random
import struct
import tempfile
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from damage import record, take_apart
from installed import install
from talk import TALK, record_talk
from toys import BANK, COUNTER, random_inputs

from replay import ReplayError, find_game
from replay.core import format as fmt
from replay.core.fields import check_fields
from replay.core.game import Game
from replay.core.records import CRASHED, FINISHED, STOPPED, Crash, End, Header, Player
from replay.core.simulation import Simulation
from replay.core.writer import UNPROVED, ChunkWriter, Proof
from replay.find.ring import RingRecorder

Chunks = list[tuple[int, bytes]]
_LANDED = Path(__file__).parents[1] / "trust" / "landed"


class Echo:
    """A game for any header: its state is a checksum of all that was put in, so that any rows and any commands are played."""

    name = "echo"
    event_dtype = None
    event_kinds = ("none",)
    takes_commands = True

    def __init__(self, header: Header) -> None:
        self.rules, self.ticks_per_second, self._start_tick = header.rules, header.ticks_per_second, header.start_tick
        self.input_dtype = header.input_dtype if header.input_fields else None

    def new_match(self, seed: int, players: int, config: object) -> EchoMatch:
        return EchoMatch(seed, self._start_tick)


class EchoMatch:
    """The state grows and shrinks. The command "boom" raises."""

    def __init__(self, seed: int, tick: int) -> None:
        self._seen, self._tick = seed & 0xFFFFFFFF, tick

    def advance(self, rows: np.ndarray, commands: list[Any]) -> list[Any]:
        events, at = [], 0
        for row in rows:
            self._seen = zlib.crc32(row.tobytes(), self._seen)
            while at < len(commands) and commands[at][0] <= self._tick:
                self._seen = zlib.crc32(repr(commands[at][1:]).encode(errors="backslashreplace"), self._seen)
                if commands[at][2] == "boom":
                    raise ZeroDivisionError("boom")
                at += 1
            if self._seen % 7 == 0:
                events.append((self._tick, "none", {"seen": self._seen, "b": b"x"}))
            self._tick += 1
        return events

    def save(self) -> bytes:
        return struct.pack("<qI", self._tick, self._seen) + bytes(self._seen % 5)

    def load(self, saved: bytes) -> None:
        tick, seen = struct.unpack("<qI", saved[:12])
        if not 0 <= tick <= fmt.MAX_TICKS or saved[12:] != bytes(seen % 5):
            raise ValueError("no state of this match")
        self._tick, self._seen = tick, seen


def game_of(header: Header) -> Game:
    """The rules to try a recording with, whatever its header says. Raises ReplayError if there are none."""
    toys = {toy.name: toy for toy in (BANK, COUNTER, TALK)}
    if header.game in toys:
        return toys[header.game]
    return Echo(header) if header.game == "echo" else find_game(header.game)


@cache
def recorded() -> tuple[Chunks, ...]:
    """A few real recordings, small, as chunks."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.replay" for number in range(7)]
        record(paths[0], BANK, ticks=150, players=2)
        record(paths[1], COUNTER, ticks=130, players=2, config={"step": 2}, snapshot_seconds=1)
        record(paths[2], BANK, ticks=130, players=1, chunk_seconds=2, snapshot_seconds=2, session=b"nonce")
        record(paths[3], COUNTER, ticks=0, players=1)
        record_talk(paths[4], snapshot_seconds=1)
        record_talk(paths[5], crash=True, snapshot_seconds=2)
        ring = RingRecorder(COUNTER, seconds=2, seed=7, players=["a", "b"], group_seconds=1)
        for row in random_inputs(COUNTER, 250, 2):
            ring.step(row)
        ring.save(paths[6])
        found = [take_apart(path.read_bytes()) for path in (*paths, *sorted(_LANDED.glob("format1-counter*")))]
        try:
            arena = find_game("arena")
        except ReplayError:
            return tuple(found)
        config = arena.default_config(map="duel", seconds=4)
        record(Path(folder) / "arena.replay", arena, ticks=200, players=2, config=config)
        return (*found, take_apart((Path(folder) / "arena.replay").read_bytes()))


def invented(rng: random.Random) -> Chunks:
    """A sound recording of a shape of its own: players, fields, chunk and group lengths at and near their limits."""
    header = _invented_header(rng)
    simulation, data = Simulation(Echo(header), header), bytearray()
    writer = ChunkWriter(header, lambda part: not data.extend(part))
    players, chunk_ticks, row_bytes = len(header.players), header.chunk_ticks, max(header.row_bytes, 1)
    if header.start_tick:
        state = struct.pack("<qI", header.start_tick, 10)
        simulation.load(state, header.start_tick)
        writer.snapshot(header.start_tick, state)
    room = max(1, 20_000 // (players * row_bytes))  # bytes, not ticks, are what a case costs
    whole, rest = divmod(rng.choice((0, 1, room, room + 1)), min(chunk_ticks, room))
    proves = rng.random() < 0.7
    for index in range(min(whole, 30) + 1):
        count = min(chunk_ticks, room) if index < whole and chunk_ticks <= room else rest or 1
        rows = np.frombuffer(rng.randbytes(count * players * header.row_bytes), header.input_dtype) if header.row_bytes else None
        rows = np.zeros((count, players), header.input_dtype) if rows is None else rows.reshape(count, players)
        first = writer.tick
        commands = [(tick, rng.randrange(players), _said(rng)) for tick in _some_ticks(rng, first, count)]
        if rng.random() < 0.2 and first != header.start_tick:
            writer.snapshot(first, simulation.save() or b"")
        trace = simulation.trace(rows, commands)
        ends_group = (simulation.tick - header.start_tick) % header.group_ticks == 0 or count < chunk_ticks
        events_hash = simulation.events_hash if ends_group else None
        writer.inputs(rows, commands, Proof(trace.digests().tobytes(), simulation.hash(), events_hash) if proves else UNPROVED)
        if count < chunk_ticks:
            break
    crash = Crash("ZeroDivisionError", bytes(players * header.row_bytes), [[0, "boom"]])
    how = rng.choice((FINISHED, FINISHED, STOPPED, CRASHED))
    facts = (writer.tick, writer.version, simulation.hash(), simulation.events_hash)
    writer.end(End(*facts, None if how == CRASHED else {}, how, crash if how == CRASHED else None), header)
    return take_apart(bytes(data))


def _invented_header(rng: random.Random) -> Header:
    players = rng.choice((1, 1, 2, 7, 63, 64))
    kinds = [f"{rng.choice('iu')}{rng.choice((1, 2, 4, 8))}" for _ in range(rng.choice((0, 1, 2, 5, 30)))]
    fields = check_fields([(f"f{number}", kind) for number, kind in enumerate(kinds)], "input")
    row_bytes = max(1, sum(int(kind[1]) for kind in kinds))
    chunk_ticks = rng.choice((1, 2, 60, 600, fmt.MAX_CHUNK_TICKS))
    most = max(1, fmt.MAX_GROUP_BYTES // (players * row_bytes * chunk_ticks))
    group_ticks = chunk_ticks * min(rng.choice((1, 2, 10, most)), most, max(1, fmt.MAX_GROUP_TICKS // chunk_ticks))
    return Header(
        game="echo",
        rules=rng.choice((0, 1, 2**31)),
        ticks_per_second=rng.choice((1, 60, 10_000)),
        seed=rng.choice((0, 7, 2**64 - 1)),
        config={"k" * rng.choice((1, 200)): rng.choice((0, -(2**63), 2**63 - 1, "", "\x1b[31m"))},
        players=tuple(Player(rng.choice(("a", "\n", "[red]", "\u202e" * 200)), "human") for _ in range(players)),
        input_fields=fields,
        session=rng.choice((b"", b"", b"x", bytes(fmt.MAX_SESSION_BYTES))),
        start_tick=rng.choice((0, 0, 0, 1, 61, fmt.MAX_TICKS - 50_000)),
        id=rng.randbytes(16),
        created_ms=rng.choice((0, fmt.MAX_CREATED_MS)),
        parent=rng.choice((None, (bytes(16), fmt.MAX_TICKS))),
        chunk_ticks=chunk_ticks,
        group_ticks=group_ticks,
        proof_ticks=rng.choice([step for step in (1, 1, 2, 3, 60, chunk_ticks) if chunk_ticks % step == 0]),
        events=rng.choice(((), (("tick", "i4"), ("kind", "u1")))),
        event_kinds=rng.choice(((), ("a", "\x1b[31m"))),
        made_with=rng.choice(({}, {"replay": "2", "clean": True}, {"\n::error::": "\x1b[2J"})),
    )


def _some_ticks(rng: random.Random, first: int, count: int) -> list[int]:
    return sorted(rng.randrange(first, first + count) for _ in range(rng.choice((0, 0, 1, 5))))


def _said(rng: random.Random) -> Any:
    return rng.choice((None, True, 0, -(2**63), 2**64 - 1, 0.5, "a", "\x1b[31m", b"\0", [], {}, {"say": ["x", {"y": None}]}))


def install_toys(folder: Path) -> Path:
    """A folder for the module path, in which the toy games are found as installed games are."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    return install(folder, "[replay.games]\ncounter = toys:COUNTER\nbank = toys:BANK\ntalk = talk:TALK\n")
