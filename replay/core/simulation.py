"""One match being run by the engine. Every call into a game's code goes through here: guarded, and its events are proved."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import xxhash

from replay.core.commands import Command, commands_of
from replay.core.derived import fits
from replay.core.errors import FormatError, MachineError, RulesError, UnverifiableError
from replay.core.fields import fields_of
from replay.core.game import Abilities, Events, Game, GameOf, Match, abilities_of, result_of, state_record
from replay.core.happened import folded_on, hashed_by_tick, hashes_by_tick, in_order_of_bytes, joined, no_events
from replay.core.plain import MAX_TEXT, own_copy
from replay.core.records import Header

M = TypeVar("M", bound=Match)

_56 = np.uint64(56)
_TRACED_AT_ONCE = 600  # ticks: their states are in memory together
_UNKNOWN_COST = 2**20
# Not the rules' doing: the machine's, or a limit of the interpreter that differs from run to run.
_OF_THE_MACHINE = (MachineError, MemoryError, RecursionError, ImportError, OSError)
_hash = xxhash.xxh3_64_intdigest


class Checkpoint(NamedTuple):
    """A state in the memory of this process. hash: its proof. handle: what the match gave; cost in bytes."""

    tick: int
    events_hash: int
    hash: int
    handle: Any
    cost: int


class Trace(NamedTuple):
    """What a run of some ticks came to. hashes, event_hashes: the proof of the state, and E, at every proved tick; uint64.
    checkpoints: those on the way, if they were asked for and cost nothing. states: see `traced`."""

    events: Events
    hashes: npt.NDArray[np.uint64]
    event_hashes: npt.NDArray[np.uint64]
    checkpoints: Sequence[Checkpoint] = ()
    states: npt.NDArray[np.uint8] | None = None

    def digests(self) -> npt.NDArray[np.uint8]:
        return (self.hashes ^ (self.event_hashes >> _56)).astype(np.uint8)  # which keeps the low 8 bits


def joined_traces(pieces: Sequence[Trace], abilities: Abilities) -> Trace:
    """Traces one after the other, without states."""
    if len(pieces) == 1:
        return pieces[0]
    none, checkpoints = [np.zeros(0, np.uint64)], [checkpoint for piece in pieces for checkpoint in piece.checkpoints]
    hashes = np.concatenate(none + [piece.hashes for piece in pieces])
    folds = np.concatenate(none + [piece.event_hashes for piece in pieces])
    return Trace(joined([piece.events for piece in pieces], abilities), hashes, folds, checkpoints)


def digest_of(state_hash: int, events_hash: int) -> int:
    """What a chunk stores of a tick: 8 bits, so that a wrong state passes once in 256 ticks."""
    return (state_hash ^ (events_hash >> 56)) & 0xFF


class Simulation(Generic[M]):
    """The match that `header` begins, at its first tick, under `game`.

    match: read it as you like; it is stepped only through this object. tick: where it is. events_hash: E there.
    is_lost: the rules raised in the middle of a call, so that `match` is in no state that has a name.

    Raises UnverifiableError if these are not the rules that the header needs, or they do not take this match. Every method raises
    RulesError if the game's code raises (but `load`: FormatError), MachineError if the machine is the cause.
    """

    def __init__(self, game: GameOf[M], header: Header) -> None:
        self.game = game
        self.abilities = abilities_of(game)
        self.header = header
        _check_rules(game, self.abilities, header)
        self._group_ticks, self._proof_ticks = header.group_ticks, header.proof_ticks
        self._folds = header.proves_events
        self.restart()

    def restart(self) -> None:
        """A new match, at the first tick."""
        header = self.header
        try:
            self.match = self.game.new_match(header.seed, len(header.players), dict(header.config))
        except (UnverifiableError, MachineError):
            raise
        except _OF_THE_MACHINE as error:
            raise MachineError(f"{self.game.name} cannot start here: {_text_of(error)}") from error
        except (Exception, SystemExit) as error:  # the config comes from a file; what a game makes of nonsense is its own affair
            raise UnverifiableError(
                f"{self.game.name} rules {self.game.rules} cannot start this match: {_text_of(error)}",
                f"its config: {header.config}",
            ) from error
        match: Any = self.match
        self._advance: Callable[..., Any] = match.advance
        self._save: Callable[[], bytes] | None = getattr(match, "save", None)
        self._load: Callable[[bytes], None] | None = getattr(match, "load", None)
        proof = getattr(match, "proof", None)
        self._proof: Callable[[], bytes] | None = proof or self._save
        own = getattr(match, "checkpoint", None)
        self._checkpoint = own if own is not None else self.save if self._load is not None and self._save is not None else None
        self._restore = getattr(match, "restore", None) if own is not None else self._load
        self._release = getattr(match, "release", None)
        dtype = getattr(match, "state_dtype", None)
        whole = dtype is not None and proof is None and header.proof_ticks == 1 and not self.abilities.takes_commands
        self._trace: Callable[..., Any] | None = match.trace if whole and fits(match, "trace", "advance", "save") else None
        self._prove: Callable[..., Any] | None = match.prove if whole and fits(match, "prove", "advance", "save") else None
        one = self._prove is not None and fits(match, "prove_tick", "prove", "advance", "save")
        self._prove_one: Callable[..., Any] | None = match.prove_tick if one else None
        self.state_dtype: np.dtype[Any] | None = dtype
        self.writes_states = self._trace is not None  # see `traced`
        self.tick = header.start_tick
        self.events_hash = 0
        self.is_lost = False

    # --- running ---

    def run(self, rows: npt.NDArray[np.void], commands: Sequence[Command] = ()) -> Events:
        """Run `len(rows)` ticks and return their events."""
        if len(rows) > 1 and self.abilities.event_dtype is None:
            start, ticks = self.tick, range(len(rows))
            parts = [self.run(rows[at : at + 1], commands_of(commands, start + at, start + at + 1)) for at in ticks]
            return joined(parts, self.abilities)
        stop = self.tick + len(rows)
        return self._call(self._run, stop, *self._arguments(rows, commands))

    def _run(self, stop: int, *arguments: Any) -> Events:
        events = self._happened(self._advance(*arguments))
        folded = self._folded(events, self.tick, stop) if self._folds else 0
        self.events_hash, self.tick = folded, stop
        return events

    def step(self, row: npt.NDArray[np.void], commands: Sequence[Command] = ()) -> tuple[Events, int | None]:
        """Run one tick, of shape (1, players). Returns its events, and the proof of the state where that costs nothing."""
        if self._prove_one is None or commands:
            return self.run(row, commands), None
        return self._call(self._prove_tick, _read_only(row))  # type: ignore[no-any-return]

    def _prove_tick(self, row: npt.NDArray[np.void]) -> tuple[Events, int]:
        assert self._prove_one is not None
        begun = self.tick - self.header.start_tick
        events, proof, folded = self._prove_one(row, begun, self.events_hash, self._group_ticks)
        folded, tick = folded if self._folds else 0, self.tick + 1
        self.events_hash, self.tick = folded, tick
        return events, proof

    def trace(self, rows: npt.NDArray[np.void], commands: Sequence[Command] = (), every: int = 0) -> Trace:
        """Run `len(rows)` ticks, and prove each of them that is to be proved. every: with checkpoints at every such tick, counted
        from the recording's first one, if the match `proves_at_once`."""
        if self._prove is not None and not commands and len(rows) <= _TRACED_AT_ONCE:
            trace: Trace = self._call(self._proved, _read_only(rows), every)
            self.tick += len(rows)
            return trace
        pieces, at = [], 0
        while at < len(rows):
            to_border = self._group_ticks - (self.tick - self.header.start_tick) % self._group_ticks
            stop = min(at + to_border, at + _TRACED_AT_ONCE, len(rows))
            if self._prove is not None and not commands:
                pieces.append(self.trace(rows[at:stop], (), every))
            else:
                pieces.append(self.traced(rows[at:stop], commands))
            at = stop
        return joined_traces(pieces, self.abilities)

    def traced(self, rows: npt.NDArray[np.void], commands: Sequence[Command]) -> Trace:
        """`trace` of ticks of one group; with the saved state after each, shape (ticks, bytes), if it `writes_states`."""
        start = self.tick
        if self._trace is not None and self.state_dtype is not None and not commands:
            size = self.state_dtype.itemsize
            states = np.empty((len(rows), size), np.uint8)
            stop = start + len(rows)
            if self._prove is not None:
                trace: Trace = self._call(self._proved, _read_only(rows), 0, states)
                self.tick = stop
                return trace
            events, folds = self._call(self._run_traced, _read_only(rows), states, stop)
            data = states.reshape(-1).data
            hashes = [_hash(data[at : at + size]) for at in range(0, len(rows) * size, size)]
            self.tick = stop
            return Trace(events, np.array(hashes, np.uint64), folds, states=states)
        parts, proofs, folds = [], [], []
        at, step, base = 0, self._proof_ticks, self.header.start_tick
        while at < len(rows):
            stop = min(at + step - (start + at - base) % step, len(rows))
            parts.append(self.run(rows[at:stop], commands_of(commands, start + at, start + stop)))
            at = stop
            if (start + at - base) % step == 0:
                proofs.append(self.hash())
                folds.append(self.events_hash)
        return Trace(joined(parts, self.abilities), np.array(proofs, np.uint64), np.array(folds, np.uint64))

    def _arguments(self, rows: npt.NDArray[np.void], commands: Sequence[Command]) -> tuple[Any, ...]:
        """What the game is given is its own, or cannot be changed: what it does to it changes nothing else."""
        rows = _read_only(rows)
        if self.abilities.takes_commands:
            return rows, [(tick, player, own_copy(data)) for tick, player, data in commands]
        if commands:
            raise UnverifiableError(
                f"tick {commands[0][0]} has commands, and {self.game.name} takes none", "see its takes_commands"
            )
        return (rows,)

    def _call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return function(*arguments)
        except _OF_THE_MACHINE as error:
            self.is_lost = True
            raise MachineError(f"{self.game.name} at tick {self.tick}: {_text_of(error)}") from error
        except (Exception, SystemExit) as error:  # inputs come from a file; what the rules make of nonsense is their own affair
            self.is_lost = True
            raise RulesError(type(error).__name__[:MAX_TEXT], self.tick, str(error)) from error
        except BaseException:  # Ctrl-C in the middle of a tick
            self.is_lost = True
            raise

    def _read(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """`_call` of what changes nothing: after Ctrl-C the match is where it was."""
        was_lost = self.is_lost
        try:
            return self._call(function, *arguments)
        except (MachineError, RulesError):
            raise
        except BaseException:
            self.is_lost = was_lost
            raise

    def _happened(self, events: Events | None) -> Events:
        return no_events(self.abilities) if events is None else in_order_of_bytes(events, self.abilities)

    def _folded(self, events: Events, start: int, stop: int) -> int:
        """E after the ticks from `start` to `stop`."""
        if start == stop:
            return self.events_hash
        group_start = stop - 1 - (stop - 1 - self.header.start_tick) % self._group_ticks
        folded = self.events_hash if start > group_start else 0
        ticks, hashes = hashes_by_tick(events)
        for event_hash in hashes if start >= group_start else hashes[bisect_left(ticks, group_start) :]:
            folded = folded_on(folded, event_hash)
        return folded

    def _proved(self, rows: npt.NDArray[np.void], every: int, *states: npt.NDArray[np.uint8]) -> Trace:
        """`trace` by the match itself, or with `states`, an array for them, `traced`."""
        assert self._prove is not None
        begun = self.tick - self.header.start_tick
        happened, proofs, handles = self._prove(rows, begun, self.events_hash, self._group_ticks, every, *states)
        if not self._folds:
            proofs[:, 1] = 0
        elif len(rows):
            self.events_hash = int(proofs[-1, 1])
        checkpoints = []
        if handles:
            tick = self.tick - begun % every
            for handle in handles:
                tick += every
                state_hash, events_hash = proofs[tick - self.tick - 1].tolist()
                checkpoints.append(Checkpoint(tick, events_hash, state_hash, handle, _cost_of(handle)))
        return Trace(self._happened(happened), proofs[:, 0], proofs[:, 1], checkpoints, *states)

    def _run_traced(self, rows: npt.NDArray[np.void], states: npt.NDArray[np.uint8], stop: int) -> Any:
        """The events of ticks of one group, and E after each."""
        assert self._trace is not None
        start, (happened, _) = self.tick, self._trace(rows, states)
        events = self._happened(happened)
        if not self._folds:
            return events, np.zeros(stop - start, np.uint64)
        folded = 0 if (start - self.header.start_tick) % self._group_ticks == 0 else self.events_hash
        values, borders = [folded], [start]
        for tick, event_hash in hashed_by_tick(events):
            folded = folded_on(folded, event_hash)
            values.append(folded)
            borders.append(tick)
        borders.append(stop)
        self.events_hash = folded
        return events, np.repeat(np.array(values, np.uint64), np.diff(borders))

    # --- states ---

    @property
    def proves_at_once(self) -> bool:
        """Whether proving every tick costs little more than to run it."""
        return self._prove is not None

    @property
    def can_load(self) -> bool:
        return self._load is not None

    @property
    def can_return(self) -> bool:
        """Whether the match can be put back into an earlier state; else it has to run again from the start."""
        return self._checkpoint is not None and self._restore is not None

    def hash(self) -> int:
        """The proof of the state."""
        if self._proof is None:
            raise UnverifiableError(f"a match of {self.game.name} has neither proof() nor save()", "it needs one of them")
        return int(self._read(lambda: _hash(_as_bytes(self._proof()))))  # type: ignore[misc]

    def save(self) -> bytes | None:
        """The complete state; None if the game does not save."""
        return None if self._save is None else bytes(self._read(lambda: _as_bytes(self._save())))  # type: ignore[misc]

    def load(self, saved: bytes, tick: int) -> None:
        """Become the saved state of a tick at which a group begins. Raises FormatError if the game refuses it."""
        if self._load is None:
            raise UnverifiableError(f"a match of {self.game.name} cannot be put into a saved state", "it has no load()")
        try:
            self._load(saved)
        except _OF_THE_MACHINE as error:
            self.is_lost = True
            raise MachineError(f"{self.game.name}: {_text_of(error)}") from error
        except (Exception, SystemExit) as error:  # promised is ValueError; a stranger's bytes may make it another one
            raise FormatError(f"is not a state of this match: {_text_of(error)}") from error
        except BaseException:  # Ctrl-C in the middle of it
            self.is_lost = True
            raise
        self.tick, self.events_hash, self.is_lost = tick, 0, False

    def checkpoint(self) -> Checkpoint | None:
        """The state, to return to; None if the match cannot."""
        handle = self._read(self._checkpoint) if self._checkpoint is not None and self.can_return else None
        if handle is None:
            return None
        return Checkpoint(self.tick, self.events_hash, self.hash(), handle, _cost_of(handle))

    def restore(self, checkpoint: Checkpoint) -> None:
        assert self._restore is not None
        self._call(self._restore, checkpoint.handle)
        self.tick, self.events_hash, self.is_lost = checkpoint.tick, checkpoint.events_hash, False

    def release(self, checkpoint: Checkpoint) -> None:
        """The checkpoint is not needed any more."""
        if self._release is not None:
            self._call(self._release, checkpoint.handle)

    def screen(self) -> npt.NDArray[np.uint8] | None:
        """The game's own picture, shape (height, width, 3); None if it has none."""
        screen = getattr(self.match, "screen", None)
        return None if screen is None else self._read(lambda: _as_picture(screen()))

    def result(self) -> dict[str, Any]:
        """What came out so far; empty if the game does not say."""
        result: dict[str, Any] = self._read(result_of, self.match)
        return result

    def record(self, saved: bytes | None = None) -> Any | None:
        """The state (or `saved`) by field names: see `state_record`."""
        data = self.save() if saved is None else saved
        return None if data is None else state_record(self.match, data)


def _cost_of(handle: Any) -> int:
    return len(handle) if isinstance(handle, bytes) else int(getattr(handle, "nbytes", _UNKNOWN_COST))


def _read_only(rows: npt.NDArray[np.void]) -> npt.NDArray[np.void]:
    if rows.flags.writeable:
        rows = rows.view()
        rows.flags.writeable = False
    return rows


def _as_bytes(state: Any) -> Any:
    if not isinstance(state, bytes | bytearray | memoryview):
        raise TypeError(f"a state is bytes; this one is a {type(state).__name__}")
    return state


def _as_picture(screen: Any) -> npt.NDArray[np.uint8]:
    picture = np.asarray(screen)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3 or not picture.size:
        raise TypeError(f"a screen has the shape (height, width, 3), uint8; this one is {picture.dtype} of {picture.shape}")
    return picture


def _check_rules(game: Game, abilities: Abilities, header: Header) -> None:
    if (game.name, game.rules) != (header.game, header.rules):
        raise UnverifiableError(
            f"needs {header.game} rules {header.rules}; installed: {game.name} rules {game.rules}",
            "see how it plays now: replay migrate --dry-run; or install the version that recorded it",
        )
    if fields_of(abilities.input_dtype) != header.input_fields or game.ticks_per_second != header.ticks_per_second:
        raise UnverifiableError(
            f"its inputs are {list(header.input_fields)} at {header.ticks_per_second} ticks/s; "
            f"{game.name} rules {game.rules} take {list(fields_of(abilities.input_dtype))} at {game.ticks_per_second}",
            "the rules changed without a new rules number",
        )


def _text_of(error: BaseException) -> str:
    return str(error) or type(error).__name__
