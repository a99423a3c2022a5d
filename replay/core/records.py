"""The records of the format, one class each, write and read side by side."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from replay.core.commands import Command
from replay.core.errors import NewerFormatError
from replay.core.fields import Fields, bytes_of, check_fields, dtype_of
from replay.core.format import (
    FORMAT_VERSION,
    KIND_END,
    MAX_CHUNK_TICKS,
    MAX_CREATED_MS,
    MAX_GROUP_BYTES,
    MAX_GROUP_TICKS,
    MAX_HEADER_ITEMS,
    MAX_PAYLOAD,
    MAX_PLAYERS,
    MAX_RESULT_ITEMS,
    MAX_SESSION_BYTES,
    MAX_STATE_BYTES,
    MAX_TICKS,
)
from replay.core.plain import binary, expect, integer, pack_plain, plain, sequence, text, unpack

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

FINISHED, STOPPED, CRASHED = "finished", "stopped", "crashed"
_TRUTH = "game rules ticks_per_second seed config players input session start_tick".split()
_NOTES = "id created parent chunk_ticks group_ticks proof_ticks events event_kinds made_with".split()
_KEYS_1 = set("format id game rules ticks_per_second seed config players input chunk_ticks group_ticks created parent".split())


class Player(NamedTuple):
    """Who sat in a seat. Says nothing that the rules depend on; bots are players whose inputs were recorded like anyone's."""

    name: str
    kind: str = "human"  # "human", or "bot" with its temperament: "bot:hunter"
    id: str = ""  # who it is, whatever the name; "": not known

    @property
    def is_bot(self) -> bool:
        return self.kind.startswith("bot")


class Header(NamedTuple):
    """What was played: with the inputs, all that a match depends on. From `id` on: how it is stored, and notes about it.

    session: a server's nonce, so that the same inputs played again are another match.
    start_tick: where the inputs begin; unless it is 0, the snapshot of that tick is where the match starts.
    parent: (id, tick) of the recording this one branches from or was cut out of.
    events: the fields of an event record; empty if events are lists. event_kinds: their kinds by number.
    made_with: versions, platform and commit of what recorded it.
    """

    game: str
    rules: int
    ticks_per_second: int
    seed: int
    config: dict[str, int | str]
    players: tuple[Player, ...]
    input_fields: Fields
    session: bytes = b""
    start_tick: int = 0
    id: bytes = bytes(16)  # 16 random bytes
    created_ms: int = 0
    parent: tuple[bytes, int] | None = None
    chunk_ticks: int = 60
    group_ticks: int = 600
    proof_ticks: int = 1
    events: Fields = ()
    event_kinds: tuple[str, ...] = ()
    made_with: dict[str, str | bool] = {}  # noqa: RUF012 (nobody changes it)
    format: int = FORMAT_VERSION

    @property
    def input_dtype(self) -> np.dtype[Any]:
        """The row of one player. A dtype without fields for a game that has no rows."""
        return dtype_of(self.input_fields)

    @property
    def row_bytes(self) -> int:
        return bytes_of(self.input_fields)

    @property
    def proves_events(self) -> bool:
        return self.format > 1

    @property
    def has_player_ids(self) -> bool:
        return any(player.id for player in self.players)

    def as_read(self) -> Header:
        """What a reader will make of it. Raises FormatError for what would not be read."""
        header = Header.unpack(self.pack())
        return header if not self.has_player_ids else header.with_player_ids(self.pack_player_ids())

    def pack_player_ids(self) -> bytes:
        """The payload of the chunk that holds them: the header itself is as old readers know it."""
        return pack_plain([player.id for player in self.players])

    def with_player_ids(self, payload: bytes) -> Header:
        """Raises FormatError for a payload that holds no id for each player."""
        ids = sequence(unpack(payload, items=MAX_PLAYERS), len(self.players), "ids of players")
        seats = zip(self.players, ids, strict=True)
        return self._replace(
            players=tuple(player._replace(id=text(each, "the id of a player", empty=True)) for player, each in seats)
        )

    def pack(self) -> bytes:
        truth = {
            "game": self.game,
            "rules": self.rules,
            "ticks_per_second": self.ticks_per_second,
            "seed": self.seed,
            "config": self.config,
            "players": [[player.name, player.kind] for player in self.players],
            "input": [list(part) for part in self.input_fields],
            "session": self.session,
            "start_tick": self.start_tick,
        }
        notes = {
            "id": self.id,
            "created": self.created_ms,
            "parent": list(self.parent) if self.parent else None,
            "chunk_ticks": self.chunk_ticks,
            "group_ticks": self.group_ticks,
            "proof_ticks": self.proof_ticks,
            "events": [list(part) for part in self.events],
            "event_kinds": list(self.event_kinds),
            "made_with": self.made_with,
        }
        return pack_plain({"format": FORMAT_VERSION, "truth": truth, "notes": notes})

    @classmethod
    def unpack(cls, payload: bytes) -> Header:
        value = unpack(payload, containers=MAX_HEADER_ITEMS, items=MAX_HEADER_ITEMS)
        expect(isinstance(value, dict), "a map of header fields", value)
        version = integer(value.get("format"), 1, 2**31, "format version")
        if version > FORMAT_VERSION:
            raise NewerFormatError(
                f"written in format {version}; this version reads up to {FORMAT_VERSION}", "upgrade deterministic-replay"
            )
        if version == 1:
            _expect_keys(value, _KEYS_1)
            notes = {"proof_ticks": 1, "events": [], "event_kinds": [], "made_with": {}}
            return cls._checked({"session": b"", "start_tick": 0, **value}, {**notes, **value}, version)
        _expect_keys(value, {"format", "truth", "notes"})
        for name, keys in (("truth", _TRUTH), ("notes", _NOTES)):
            expect(isinstance(value[name], dict), f"a map of {name}", value[name])
            _expect_keys(value[name], set(keys))
        return cls._checked(value["truth"], value["notes"], version)

    @classmethod
    def _checked(cls, truth: dict[str, Any], notes: dict[str, Any], version: int) -> Header:
        seats = truth["players"]
        expect(isinstance(seats, list) and 1 <= len(seats) <= MAX_PLAYERS, f"1 to {MAX_PLAYERS} players", seats)
        players = tuple(
            Player(*(text(part, "name and kind of a player") for part in sequence(seat, 2, "player"))) for seat in seats
        )
        chunk_ticks = integer(notes["chunk_ticks"], 1, MAX_CHUNK_TICKS, "chunk_ticks")
        group_ticks = integer(notes["group_ticks"], 1, MAX_GROUP_TICKS, "group_ticks")
        proof_ticks = integer(notes["proof_ticks"], 1, MAX_CHUNK_TICKS, "proof_ticks")
        expect(group_ticks % chunk_ticks == 0, "group_ticks: a multiple of chunk_ticks", group_ticks)
        expect(chunk_ticks % proof_ticks == 0, "chunk_ticks: a multiple of proof_ticks", chunk_ticks)
        fields = check_fields(truth["input"], "input")
        group_bytes = group_ticks * len(players) * bytes_of(fields)
        expect(group_bytes <= MAX_GROUP_BYTES, f"groups of up to {MAX_GROUP_BYTES:,} bytes of inputs", group_bytes)
        expect(type(truth["session"]) is bytes and len(truth["session"]) <= MAX_SESSION_BYTES, "a session nonce", truth["session"])
        return cls(
            game=text(truth["game"], "game"),
            rules=integer(truth["rules"], 0, 2**31, "rules"),
            ticks_per_second=integer(truth["ticks_per_second"], 1, 10_000, "ticks_per_second"),
            seed=integer(truth["seed"], 0, 2**64 - 1, "seed"),
            config=_checked_config(truth["config"]),
            players=players,
            input_fields=fields,
            session=truth["session"],
            start_tick=integer(truth["start_tick"], 0, MAX_TICKS, "start_tick"),
            id=binary(notes["id"], (16,), "id"),
            created_ms=integer(notes["created"], 0, MAX_CREATED_MS, "created"),
            parent=_checked_parent(notes["parent"]),
            chunk_ticks=chunk_ticks,
            group_ticks=group_ticks,
            proof_ticks=proof_ticks,
            events=check_fields(notes["events"], "event"),
            event_kinds=_checked_kinds(notes["event_kinds"]),
            made_with=_checked_origin(notes["made_with"]),
            format=version,
        )


def _expect_keys(value: dict[str, Any], keys: set[str]) -> None:
    expect(value.keys() == keys, f"the header fields {', '.join(sorted(keys))}", ", ".join(sorted(map(str, value))))


def _checked_config(config: Any) -> dict[str, int | str]:
    expect(isinstance(config, dict) and len(config) <= 256, "config: a map of up to 256 settings", config)
    for key, setting in config.items():
        text(key, "the name of a setting")
        if isinstance(setting, str):
            text(setting, f"setting {key!r}", empty=True)
        else:
            integer(setting, -(2**63), 2**63 - 1, f"setting {key!r}")
    return dict(config)


def _checked_parent(parent: Any) -> tuple[bytes, int] | None:
    if parent is None:
        return None
    parent_id, tick = sequence(parent, 2, "parent")
    return binary(parent_id, (16,), "the parent's id"), integer(tick, 0, MAX_TICKS, "the parent's tick")


def _checked_kinds(kinds: Any) -> tuple[str, ...]:
    expect(isinstance(kinds, list) and len(kinds) <= 256, "up to 256 event kinds", kinds)
    return tuple(text(kind, "an event kind") for kind in kinds)


def _checked_origin(origin: Any) -> dict[str, str | bool]:
    expect(isinstance(origin, dict) and len(origin) <= 64, "made_with: a map of up to 64 facts", origin)
    for key, fact in origin.items():
        text(key, "the name of a fact")
        if not isinstance(fact, bool):
            text(fact, f"the fact {key!r}", empty=True)
    return dict(origin)


class InputChunk(NamedTuple):
    """The inputs of some ticks, and what proves the states that follow from them.

    digests: of every tick that is proved, or none. hash: of the last state. events_hash: E, where
    a group ends, or in a chunk that is shorter.
    input_events: how many the chunk holds; None in format 1. commands: MessagePack, or empty.
    """

    first_tick: int
    tick_count: int
    encoded: bytes
    digests: bytes = b""
    hash: int | None = None
    events_hash: int | None = None
    input_events: int | None = None
    commands: bytes = b""

    def pack(self) -> bytes:
        expect(self.hash is not None or self.events_hash is None, "a hash of the state beside that of the events", self.events_hash)
        hashes = b"".join(part.to_bytes(8, "little") for part in (self.hash, self.events_hash) if part is not None)
        values = [self.first_tick, self.tick_count, self.encoded, self.digests, hashes, self.input_events]
        return pack_plain([*values, self.commands] if self.commands else values)

    @classmethod
    def unpack(cls, payload: bytes, header: Header) -> InputChunk:
        lengths = 5 if header.format == 1 else (6, 7)
        first, count, encoded, digests, hashes, *rest = sequence(unpack(payload), lengths, "inputs")
        count = integer(count, 1, MAX_CHUNK_TICKS, "tick count")
        first = integer(first, 0, MAX_TICKS - count, "first tick")
        expect(type(encoded) is bytes, "encoded inputs", encoded)
        binary(digests, (0, proofs_in(header, first, count)), "digests")
        binary(hashes, (0, 8, 16) if rest else (0, 8), "hashes")
        expect(len(rest) < 2 or type(rest[1]) is bytes, "commands", rest[-1:])
        expect(bool(header.input_fields) or not encoded, "no encoded inputs where a game has no rows", encoded)
        return cls(
            first,
            count,
            encoded,
            digests,
            int.from_bytes(hashes[:8], "little") if hashes else None,
            int.from_bytes(hashes[8:], "little") if len(hashes) > 8 else None,
            integer(rest[0], 0, MAX_TICKS, "input events") if rest else None,
            rest[1] if len(rest) > 1 else b"",
        )


def proofs_in(header: Header, first_tick: int, tick_count: int) -> int:
    """How many of the states first_tick+1 ... first_tick+tick_count are proved by a digest."""
    step, base = header.proof_ticks, header.start_tick
    return (first_tick + tick_count - base) // step - (first_tick - base) // step


class Snapshot(NamedTuple):
    """A state in the file. `data` is deflated; with a base, it is the difference to the snapshot of that tick."""

    tick: int
    size: int
    base: int | None
    data: bytes

    def pack(self) -> bytes:
        return pack_plain([self.tick, self.size, self.base, self.data])

    @classmethod
    def unpack(cls, payload: bytes, header: Header) -> Snapshot:
        values = sequence(unpack(payload), 3 if header.format == 1 else 4, "snapshot")
        tick, size, base, data = values if len(values) == 4 else (*values[:2], None, values[2])
        expect(type(data) is bytes, "a compressed state", data)
        tick = integer(tick, 0, MAX_TICKS, "tick")
        base = None if base is None else integer(base, 0, tick - 1, "base tick")
        return cls(tick, integer(size, 0, MAX_STATE_BYTES, "state size"), base, data)


def difference(state: bytes, base: bytes) -> bytes:
    """The exclusive or of two states, as long as `state`; the base is cut or filled up with zeros. Its own inverse."""
    size = len(state)
    base = base[:size].ljust(size, b"\0")
    return (int.from_bytes(state, "little") ^ int.from_bytes(base, "little")).to_bytes(size, "little")


class Marker(NamedTuple):
    tick: int
    text: str

    def pack(self) -> bytes:
        return pack_plain([self.tick, text(self.text, "marker")])

    @classmethod
    def unpack(cls, payload: bytes) -> Marker:
        tick, name = sequence(unpack(payload), 2, "marker")
        return cls(integer(tick, 0, MAX_TICKS, "tick"), text(name, "marker"))


class Crash(NamedTuple):
    """The inputs with which the rules raised an exception of this type."""

    kind: str
    row: bytes
    commands: list[Any] = []  # noqa: RUF012  ([player, data]; nobody changes it)

    @classmethod
    def by(cls, kind: str, row: bytes, commands: Iterable[Command]) -> Crash:
        return cls(kind, row, [[player, data] for _, player, data in commands])

    def given(self, header: Header, tick: int) -> tuple[npt.NDArray[np.void], list[Command]]:
        """What the rules were given: rows of shape (1, players), and commands."""
        import numpy as np

        row = np.frombuffer(self.row, header.input_dtype) if header.row_bytes else np.zeros(len(header.players), header.input_dtype)
        return row.reshape(1, -1), [(tick, player, data) for player, data in self.commands]


class End(NamedTuple):
    """The seal. version: number of input events. hash: of the last state, events_hash: E at the last tick; None if not known.
    result: what the recorder said came out, a claim until verified. how: FINISHED, STOPPED or CRASHED."""

    ticks: int
    version: int
    hash: int | None
    events_hash: int | None
    result: Any
    how: str = FINISHED
    crash: Crash | None = None

    def pack(self) -> bytes:
        crash = None if self.crash is None else [self.crash.kind, self.crash.row, self.crash.commands]
        hashes = [b"" if each is None else each.to_bytes(8, "little") for each in (self.hash, self.events_hash)]
        payload = pack_plain([self.ticks, self.version, *hashes, plain(self.result), self.how, crash])
        limit = MAX_PAYLOAD[KIND_END]
        expect(len(payload) <= limit, f"a result that fits in {limit:,} bytes", len(payload))
        return payload

    @classmethod
    def unpack(cls, payload: bytes, header: Header) -> End:
        value = unpack(payload, containers=MAX_RESULT_ITEMS, items=MAX_RESULT_ITEMS)
        if header.format == 1:
            ticks, version, stored, result = sequence(value, 4, "end")
            value = [ticks, version, stored, bytes(8), result, FINISHED, None]
        ticks, version, stored, events, result, how, crash = sequence(value, 7, "end")
        expect(how in (FINISHED, STOPPED, CRASHED) and (how == CRASHED) == (crash is not None), "how it ended", how)
        lengths = (8,) if how == FINISHED else (0, 8)
        return cls(
            integer(ticks, 0, MAX_TICKS, "ticks"),
            integer(version, 0, MAX_TICKS * MAX_PLAYERS, "stream version"),
            int.from_bytes(stored, "little") if binary(stored, lengths, "hash") else None,
            int.from_bytes(events, "little") if binary(events, lengths, "events hash") else None,
            plain(result),
            how,
            None if crash is None else _checked_crash(crash, header),
        )


def _checked_crash(value: Any, header: Header) -> Crash:
    kind, row, commands = sequence(value, 3, "crash")
    expect(isinstance(commands, list), "the commands of the crash", commands)
    for command in commands:
        player, data = sequence(command, 2, "command of the crash")
        integer(player, 0, len(header.players) - 1, "player of a command")
        plain(data)
    return Crash(text(kind, "exception type"), binary(row, (header.row_bytes * len(header.players),), "row"), commands)
