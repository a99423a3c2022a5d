"""One match as tables: verified, folded once, names resolved."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from replay.core.errors import ReplayError, UnverifiableError, UsageError
from replay.core.events import event_columns
from replay.core.game import Events, Game, Match, abilities_of, state_record
from replay.core.happened import joined as joined_events
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.find.tables.columns import array_of, table_of
from replay.find.tables.schema import column_names, fixed_names
from replay.read.projection import projections_of
from replay.read.verified import VerifiedFold, is_counted, is_of_players, player_numbers

FOLDING = 2  # raise it when the same match gives other rows
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class MatchTables:
    """A match as Arrow tables, which polars, pandas and DuckDB take as they are. states: None if nobody asked for them."""

    matches: pa.Table
    players: pa.Table
    events: pa.Table
    states: pa.Table | None = None

    def tables(self) -> dict[str, pa.Table]:
        return {name: table for name, table in vars(self).items() if table is not None}


def fold_label(game: Game) -> str:
    """Eight digits that stand for what counts: the version of these tables, and that of each of the game's projections."""
    versions = {name: getattr(factory, "version", 0) for name, factory in sorted(projections_of(game).items())}
    return hashlib.blake2b(json.dumps([FOLDING, versions]).encode(), digest_size=4).hexdigest()


def tables_of(
    recording: Recording, game: Game | None = None, *, every: int | None = None, known: Mapping[str, Any] | None = None
) -> MatchTables:
    """The tables of one recording, which is verified on the way. Its columns: `replay.find.tables.schema`.

    game: the rules; by default those that are installed. every: with the states of every so many ticks.
    known: what is known already: `match`, its identity; of the file `file`, `bytes`, `changed_ns`.

    Raises UnverifiableError for rules that are not here, ReplayError for a match that does not agree with its recording or that the
    game's projections cannot count, UsageError for a game whose states have no fields.
    """
    header = recording.header
    game = find_game(header.game) if game is None else game
    if (game.name, game.rules) != (header.game, header.rules):
        raise UnverifiableError(
            f"{recording.path}: made by {header.game}, rules {header.rules}; here is {game.name}, rules {game.rules}",
            "only the rules that made a match can count what happened in it",
        )
    names = [player.name for player in header.players]
    events = _AllEvents(game)
    folded = VerifiedFold(game, names, [events], is_of_players)
    verification = folded.verify(recording)
    if not is_counted(verification):
        raise ReplayError(f"{recording.path}: {verification.verdict.value}: {verification.message}", "replay verify says where")
    results: dict[str, Any] = {}
    with folded.stumbling():
        results = folded.results()
    if folded.has_stumbled:
        raise ReplayError(f"{recording.path}: a projection of {game.name} cannot count it", "replay stats names the projection")
    known = known or {}
    key = _key(recording, game, known.get("match"))
    result = verification.result or {}
    won = result.get("winners")
    winners = [seat for seat in won if type(seat) is int and 0 <= seat < len(names)] if isinstance(won, list | tuple) else None
    return MatchTables(
        _matches(recording, key, result, winners, known),
        _players(recording, key, player_numbers(results, result.get("players"), len(names)), winners),
        _events(game, key, events.all(), names),
        None if every is None else _states(recording, game, key, every),
    )


class _AllEvents:
    """Keeps what happens."""

    name, version, is_sampling = "events", FOLDING, False

    def __init__(self, game: Game) -> None:
        self._abilities = abilities_of(game)
        self._parts: list[Events] = []

    def observe(self, events: Events, match: Match) -> None:
        self._parts.append(events)

    def result(self) -> None:
        return None

    def all(self) -> Events:
        return joined_events(self._parts, self._abilities) if self._parts else []


def _key(recording: Recording, game: Game, identity: str | None) -> dict[str, Any]:
    header = recording.header
    return {
        "match": identity or recording.identity(),
        "game": header.game,
        "rules": header.rules,
        "fold": fold_label(game),
        "date": day_of(header.created_ms),
    }


def day_of(created_ms: int) -> date:
    """The latest date there is for one beyond."""
    try:
        return (_EPOCH + timedelta(milliseconds=created_ms)).date()
    except OverflowError:
        return date.max


def _matches(
    recording: Recording,
    key: dict[str, Any],
    result: Mapping[str, Any],
    winners: Sequence[int] | None,
    known: Mapping[str, Any],
) -> pa.Table:
    header = recording.header
    row = {
        "played": header.created_ms,
        "seconds": (recording.ticks - recording.start_tick) / header.ticks_per_second,
        "ticks": recording.ticks - recording.start_tick,
        "ticks_per_second": header.ticks_per_second,
        "seats": len(header.players),
        "outcome": str(result.get("reason") or ""),
        "winners": None if winners is None else [header.players[seat].name for seat in winners],
        "same_match": recording.match_identity(),
        "seed": str(header.seed),
        **known,
    }
    return table_of_matches({name: [value] for name, value in key.items()}, [row], [header.config])


def table_of_matches(
    keys: Mapping[str, list[Any]], rows: Sequence[Mapping[str, Any]], settings: Sequence[Mapping[str, int | str]]
) -> pa.Table:
    """keys: the columns that all tables have. rows: of the others, what is known. settings: of each match."""
    fixed = {name: [row.get(name) for row in rows] for name in fixed_names("matches")} | dict(keys)
    fixed["config"] = [json.dumps(dict(each), ensure_ascii=False) for each in settings]
    columns = column_names({name for each in settings for name in each}, fixed_names("matches"), "config")
    return table_of(
        "matches", fixed, {column: array_of([each.get(name) for each in settings]) for name, column in columns.items()}, len(rows)
    )


def _players(
    recording: Recording, key: dict[str, Any], numbers: Mapping[tuple[int, str], Any], winners: Sequence[int] | None
) -> pa.Table:
    players = recording.header.players
    seats = range(len(players))
    columns = column_names({name for _, name in numbers}, fixed_names("players"), "number")
    fixed = {
        **key,
        "seat": list(seats),
        "player": [player.name for player in players],
        "player_id": [player.id or None for player in players],
        "kind": [player.kind for player in players],
        "won": None if winners is None else [seat in winners for seat in seats],
    }
    counted = {column: array_of([numbers.get((seat, name)) for seat in seats]) for name, column in columns.items()}
    return table_of("players", fixed, counted, len(players))


def _events(game: Game, key: dict[str, Any], events: Events, names: Sequence[str]) -> pa.Table:
    rows = len(events)
    fields: dict[str, list[Any]] = event_columns(game, events) if rows else {"tick": [], "kind": []}
    ticks = fields.pop("tick")
    fixed: dict[str, Any] = {**key, "tick": ticks, "place": places_of(ticks)}
    fixed["kind"] = [str(kind) for kind in fields.pop("kind")]
    fixed |= _times(game, ticks)
    for role in ("actor", "target"):
        seats = [seat if type(seat) is int and 0 <= seat < len(names) else None for seat in fields.pop(role, [None] * rows)]
        fixed[role] = [None if seat is None else names[seat] for seat in seats]
        fixed[f"{role}_seat"] = seats
    columns = column_names(fields, fixed_names("events"), "event")
    return table_of("events", fixed, {column: array_of(fields[name]) for name, column in columns.items()}, rows)


def places_of(ticks: Sequence[int]) -> list[int]:
    """Of events in order, the place of each among those of its tick."""
    return [place for _, its in groupby(ticks) for place, _ in enumerate(its)]


def _times(game: Game, ticks: Sequence[int]) -> dict[str, Any]:
    rate = game.ticks_per_second
    return {"ticks_per_second": rate, "second": [tick / rate for tick in ticks]}


def _states(recording: Recording, game: Game, key: dict[str, Any], every: int) -> pa.Table:
    """The match is simulated once more, beside what was proved."""
    if every < 1:
        raise UsageError(f"states of every {every} ticks", "every tick is --every 1")
    playback = Playback(game, recording, use_snapshots=False)
    ticks, rows = [], []
    while True:
        if playback.tick % every == 0 or playback.at_end:
            record = state_record(playback.match, playback.match.save()) if hasattr(playback.match, "save") else None
            if record is None:
                raise UsageError(f"the states of {game.name} have no fields", "a game names them by state_dtype or state_fields")
            ticks.append(playback.tick)
            rows.append(record)
        if playback.at_end:
            break
        playback.step(min(every - playback.tick % every, playback.ticks - playback.tick))
    fields = _fields_of_records(np.array(rows)) if isinstance(rows[0], np.void) else _fields_of_dicts(rows)
    columns = column_names(fields, fixed_names("states"), "state")
    fixed = {**key, "tick": ticks, **_times(game, ticks)}
    return table_of("states", fixed, {column: fields[name]() for name, column in columns.items()}, len(ticks))


def _fields_of_records(records: np.ndarray[Any, Any]) -> dict[str, Callable[[], pa.Array]]:
    """By path, each field that holds numbers; one that is there several times, as a list."""
    fields: dict[str, Callable[[], pa.Array]] = {}

    def descend(values: np.ndarray[Any, Any], path: str) -> None:
        if values.dtype.names is not None:
            for name in values.dtype.names:
                descend(values[name], f"{path}.{name}" if path else name)
        elif values.dtype.kind in "iufb":
            fields[path] = lambda: _array_of_numbers(values)

    descend(records, "")
    return fields


def _array_of_numbers(values: np.ndarray[Any, Any]) -> pa.Array:
    native = np.ascontiguousarray(values.reshape(len(values), -1), values.dtype.newbyteorder("="))
    flat = pa.array(native.reshape(-1))
    return flat if values.ndim == 1 else pa.FixedSizeListArray.from_arrays(flat, native.shape[1]).cast(pa.list_(flat.type))


def _fields_of_dicts(rows: Sequence[Mapping[str, Any]]) -> dict[str, Callable[[], pa.Array]]:
    names = dict.fromkeys(name for row in rows for name in row)
    return {name: (lambda name=name: array_of([row.get(name) for row in rows])) for name in names}  # type: ignore[misc]
