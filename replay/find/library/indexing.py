"""What the library keeps of a recording: read, verified, and folded into rows. Knows files and games, and no database."""

from __future__ import annotations

import json
import math
import os
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.errors import CutError, ReplayError
from replay.core.game import Events, Game, Match, result_of
from replay.core.playback import Playback
from replay.core.projection import Projection, fold, make_projections, projections_of
from replay.core.recording import Recording
from replay.core.records import Header
from replay.core.verify import Verdict, verify

Rows = list[dict[str, Any]]
FindGame = Callable[[str], Game]

_FOLDING = 1  # raise it when the same match gives other rows below


@dataclass
class Examined:
    """A file, read and verified. `identity` and `header` are None if not even the header is readable."""

    size: int
    mtime_ns: int
    verdict: Verdict
    message: str = ""
    identity: str | None = None
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
    """What decides which rows a match gives: when it changes, they have to be made again."""
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
    found = Examined(facts.st_size, facts.st_mtime_ns, Verdict.UNREADABLE)
    try:
        with Recording(path) as recording:
            found.header, found.ticks, found.identity = recording.header, recording.ticks, recording.identity()
    except (ReplayError, OSError) as error:
        found.verdict = Verdict.INCOMPLETE if isinstance(error, CutError) else Verdict.UNREADABLE
        found.message = clean(getattr(error, "strerror", None) or str(error))
        return found
    try:
        game = find_game(found.header.game)
        checked = verify(path, game)
        found.verdict, found.message = checked.verdict, clean(checked.message)
        found.game = game if (game.name, game.rules) == (found.header.game, found.header.rules) else None
    except ReplayError as error:
        found.verdict, found.message = Verdict.UNVERIFIABLE, clean(str(error))
    except OSError as error:
        found.message = error.strerror or str(error)
    return found


class _EventRows:
    """Collects the events that can be searched for, as rows. A game may name the kinds that are too many for that."""

    name, version = "event rows", 1

    def __init__(self, game: Game, players: int) -> None:
        left_out = set(getattr(game, "unindexed_kinds", ()))
        self._is_wanted = np.array([kind not in left_out for kind in game.event_kinds], np.bool_)
        self._game = game
        self._players = players
        self._item_names: Sequence[str] | None = getattr(game, "event_names", {}).get("item")
        self._events: list[Events] = []

    def observe(self, events: Events, match: Match) -> None:
        self._events.append(events[self._is_wanted[events["kind"]]])

    def result(self) -> Rows:
        if not self._events:
            return []
        events = np.concatenate(self._events)
        count = len(events)
        names = events.dtype.names or ()
        columns = {
            name: events[name].tolist() if name in names else [None] * count for name in ("actor", "target", "item", "amount")
        }
        kinds = [self._game.event_kinds[kind] for kind in events["kind"].tolist()]
        return [
            {
                "number": number,
                "tick": tick,
                "kind": kind,
                "actor": self._seat(actor),
                "target": self._seat(target),
                "item": self._item(item),
                "amount": amount,
            }
            for number, (tick, kind, actor, target, item, amount) in enumerate(
                zip(events["tick"].tolist(), kinds, *columns.values(), strict=True)
            )
        ]

    def _seat(self, seat: int | None) -> int | None:
        return seat if seat is not None and 0 <= seat < self._players else None

    def _item(self, item: int | None) -> str | None:
        if item is None or self._item_names is None:
            return None if item is None else str(item)
        return self._item_names[item] if 0 <= item < len(self._item_names) else str(item)


def fold_rows(path: Path, found: Examined) -> Folded:
    """Everything that is kept of the match in `path`, which `examine` found to have a header."""
    header, game = found.header, found.game
    assert header is not None
    rows = Folded(by=folded_by(game))
    results: list[tuple[Projection, Any]] = []
    if game is not None:
        try:
            with Recording(path) as recording:
                playback = Playback(game, recording, use_snapshots=False)
                collected = _EventRows(game, len(header.players))
                projections = make_projections(playback)
                fold(playback, [*projections, collected])
                results = [(projection, projection.result()) for projection in projections]
                rows.result, rows.events = result_of(playback.match), collected.result()
        except Exception:  # rules that stumble over a stranger's inputs; the verdict says so
            results, rows.result, rows.events = [], {}, []
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
    rows.numbers = _numbers([*(result for _, result in results), rows.result], len(header.players))
    rows.projections = [
        {"name": name, "version": projection.version, "result": zlib.compress(json.dumps(result).encode())}
        for name, (projection, result) in zip(projections_of(game) if game and results else (), results, strict=True)
    ]
    return rows


def _numbers(results: list[Any], players: int) -> Rows:
    """Every number that a result holds for each player: `{"players": [{name: number, ...}, in seat order]}`. What two results call
    by the same name is taken from the first."""
    found: dict[tuple[int, str], float] = {}
    for result in results:
        table = result.get("players") if isinstance(result, dict) else None
        if not isinstance(table, list) or len(table) != players or not all(isinstance(row, dict) for row in table):
            continue
        for seat, row in enumerate(table):
            for name, value in _flat(row):
                found.setdefault((seat, name.lower()), value)
    return [{"seat": seat, "name": name, "value": value} for (seat, name), value in found.items()]


def _flat(row: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in row.items():
        if isinstance(value, dict) and not prefix:
            yield from _flat(value, f"{name}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            yield prefix + name, float(value)


def relative(path: Path, root: Path) -> str:
    """`path` seen from `root`, with slashes. Raises ReplayError for a name that is no text."""
    try:
        text = Path(os.path.relpath(path.absolute(), root)).as_posix()
        text.encode()
    except UnicodeEncodeError:
        raise ReplayError(f"{os.fsencode(path)!r} is no readable file name", "rename it") from None
    except ValueError:  # another drive
        text = path.absolute().as_posix()
    return text
