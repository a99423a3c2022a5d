"""What the library stores of a recording: read, verified, and folded into rows. Knows files and games, and no database."""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.errors import CutError, MachineError, ReplayError
from replay.core.events import event_columns
from replay.core.game import Events, Game, Match, abilities_of
from replay.core.happened import joined
from replay.core.playback import Playback
from replay.core.recording import Recording
from replay.core.records import Header
from replay.core.verify import Verdict, verify
from replay.read.projection import fold, make_projections, projections_of
from replay.read.readmodel import Table, as_data

Rows = list[dict[str, Any]]
FindGame = Callable[[str], Game]

_FOLDING = 2  # raise it when the same match gives other rows below


@dataclass
class Examined:
    """A file, read and verified. `identity` and `header` are None if not even the header is readable.

    size: -1 where it was the machine that failed, so that the next look at the file is a new one.
    """

    size: int
    mtime_ns: int
    verdict: Verdict
    message: str = ""
    identity: str | None = None
    match_identity: str | None = None
    header: Header | None = None
    ticks: int = 0
    game: Game | None = None  # with the rules that the recording needs


@dataclass
class Folded:
    """The rows that a match gives, by table; without the id of the recording. All empty for rules that are not installed."""

    by: str = ""
    result: dict[str, Any] = field(default_factory=dict)
    players: Rows = field(default_factory=list)
    settings: Rows = field(default_factory=list)
    numbers: Rows = field(default_factory=list)
    projections: Rows = field(default_factory=list)
    events: Rows = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """How it ended, in a word: what the result calls its `reason`."""
        return clean(str(self.result.get("reason") or ""))


def clean(text: str) -> str:
    """`text` without the one character that PostgreSQL cannot store."""
    return text.replace("\0", "\ufffd")


def folded_by(game: Game | None) -> str:
    """What decides which rows a match gives: when it changes, they have to be computed again."""
    if game is None:
        return ""
    versions = (f"{name}={getattr(factory, 'version', 0)}" for name, factory in sorted(projections_of(game).items()))
    return " ".join([f"{_FOLDING}", f"{game.name}={game.rules}", *versions])


def examine(path: Path, find_game: FindGame) -> Examined:
    """Read and verify the file at `path`. A file that cannot be read is a value too."""
    try:
        facts = path.stat()
    except OSError as error:
        return Examined(0, 0, Verdict.UNREADABLE, error.strerror or str(error))
    examined = Examined(facts.st_size, facts.st_mtime_ns, Verdict.UNREADABLE)
    try:
        with Recording(path) as recording:
            examined.identity, examined.match_identity = recording.identity(), recording.match_identity()
            examined.header, examined.ticks = recording.header, recording.ticks
    except (ReplayError, OSError) as error:
        examined.verdict = Verdict.INCOMPLETE if isinstance(error, CutError) else Verdict.UNREADABLE
        examined.message = clean(getattr(error, "strerror", None) or str(error))
        return examined
    _verify(path, examined, examined.header, find_game)
    if examined.verdict is Verdict.ENVIRONMENT:
        examined.size = -1
    return examined


def _verify(path: Path, examined: Examined, header: Header, find_game: FindGame) -> None:
    try:
        game = find_game(header.game)
        verification = verify(path, game)
        examined.verdict, examined.message = verification.verdict, clean(verification.message)
        examined.game = game if (game.name, game.rules) == (header.game, header.rules) else None
    except MachineError as error:
        examined.verdict, examined.message = Verdict.ENVIRONMENT, clean(str(error))
    except ReplayError as error:
        examined.verdict, examined.message = Verdict.UNVERIFIABLE, clean(str(error))
    except OSError as error:
        examined.verdict, examined.message = Verdict.ENVIRONMENT, error.strerror or str(error)


class _EventRows:
    """Collects the events that can be searched for, as rows. A game may name the kinds that are too many for that."""

    name, version = "event rows", 2

    def __init__(self, game: Game, players: int) -> None:
        self._abilities = abilities_of(game)
        self._left_out = set(self._abilities.unindexed_kinds)
        kinds = self._abilities.event_kinds
        self._numbers_left_out = [number for number, kind in enumerate(kinds) if kind in self._left_out]
        self._game = game
        self._players = players
        self._events: list[Events] = []

    def observe(self, events: Events, match: Match) -> None:
        if isinstance(events, np.ndarray):
            self._events.append(events[~np.isin(events["kind"], self._numbers_left_out)])
        else:
            self._events.append([event for event in events if event[1] not in self._left_out])

    def result(self) -> Rows:
        events = joined(self._events, self._abilities)
        if not len(events):
            return []
        columns = event_columns(self._game, events)
        missing = [None] * len(events)
        actor, target, item, amount = (columns.get(name, missing) for name in ("actor", "target", "item", "amount"))
        seats = [[_whole(seat, 0, self._players - 1) for seat in column] for column in (actor, target)]
        items = [None if each is None else clean(str(each)) for each in item]
        amounts = [_whole(each, -(2**63), 2**63 - 1) for each in amount]
        kinds = [clean(str(kind)) for kind in columns["kind"]]
        names = ("number", "tick", "kind", "actor", "target", "item", "amount")
        rows = zip(range(len(missing)), columns["tick"], kinds, *seats, items, amounts, strict=True)
        return [dict(zip(names, row, strict=True)) for row in rows]


def _whole(value: Any, low: int, high: int) -> int | None:
    """`value` if it is a whole number in these limits: in the data of an event there may be anything."""
    return value if type(value) is int and low <= value <= high else None


def fold_rows(path: Path, examined: Examined) -> Folded:
    """Everything that the library stores of the match in `path`, whose header `examined` has."""
    header, game = examined.header, examined.game
    assert header is not None
    rows = Folded(by=folded_by(game))
    results: dict[str, tuple[int, Any]] = {}  # by name of the projection: its version, and its result
    if game is not None:
        try:
            with Recording(path) as recording:
                playback = Playback(game, recording, use_snapshots=False)
                collected = _EventRows(game, len(header.players))
                projections = dict(zip(projections_of(game), make_projections(playback), strict=True))
                fold(playback, [*projections.values(), collected])
                results = {name: (projection.version, projection.result()) for name, projection in projections.items()}
                rows.result, rows.events = playback.simulation.result(), collected.result()
        except MachineError:  # not the match's affair: the next look at the file is a new one
            results, rows.result, rows.events, rows.by, examined.size = {}, {}, [], "", -1
        except Exception:  # rules that stumble over a stranger's inputs; the verdict says so
            results, rows.result, rows.events = {}, {}, []
    winners = rows.result.get("winners") or []
    rows.players = [
        {
            "seat": seat,
            "name": clean(player.name),
            "name_key": clean(player.name).casefold(),
            "kind": clean(player.kind),
            "is_winner": seat in winners,
        }
        for seat, player in enumerate(header.players)
    ]
    rows.settings = [
        {"name": clean(name).lower(), "value_key": clean(str(value)).casefold()} for name, value in header.config.items()
    ]
    tables = [result.rows for _, result in results.values() if isinstance(result, Table) and result.player is not None]
    rows.numbers = _numbers([*tables, rows.result.get("players")], len(header.players))
    rows.projections = [
        {"name": name, "version": version, "result": zlib.compress(json.dumps(as_data(result)).encode())}
        for name, (version, result) in results.items()
    ]
    return rows


def _numbers(tables: list[Any], players: int) -> Rows:
    """Every number in tables that have a row for each player, in seat order. What two tables call by the same name is taken from
    the first. The last is the result of a game, in which anything may be."""
    numbers: dict[tuple[int, str], float] = {}
    for table in tables:
        if isinstance(table, Sequence) and len(table) == players and all(isinstance(row, Mapping) for row in table):
            for seat, row in enumerate(table):
                for name, value in _flat(row):
                    numbers.setdefault((seat, name.lower()), value)
    return [{"seat": seat, "name": name, "value": value} for (seat, name), value in numbers.items()]


def _flat(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, Mapping) and not prefix:
            yield from _flat(value, f"{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield prefix + name, float(value)


def relative(path: Path, root: Path) -> str:
    """`path` seen from `root`, with slashes. Raises ReplayError for a name that is not text."""
    try:
        text = Path(os.path.relpath(path.absolute(), root)).as_posix()
        text.encode()
    except UnicodeEncodeError:
        raise ReplayError(f"{os.fsencode(path)!r} is not a readable file name", "rename it") from None
    except ValueError:  # another drive
        text = path.absolute().as_posix()
    return text
