"""What the library stores of a recording: read, verified, and folded into rows. Knows files and games, and no database."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.errors import CutError, MachineError, ReplayError, UsageError
from replay.core.events import event_columns
from replay.core.game import Events, Game, Match, abilities_of
from replay.core.happened import joined
from replay.core.recording import Recording
from replay.core.records import Header, Player
from replay.core.url import Url, path_of
from replay.core.verify import Verdict, verify_open
from replay.find.library.facts import Facts
from replay.read.projection import projections_of
from replay.read.readmodel import Grid, as_data
from replay.read.verified import VerifiedFold, is_counted, player_numbers

FindGame = Callable[[str], Game]
Wants = Callable[[str, Game], bool]
EventRow = tuple[int, str, int | None, int | None, str | None, int | None]  # tick, kind, actor, target, item, amount

_FOLDING = 3  # raise it when the same match gives other facts


@dataclass
class Examined:
    """A file, read and verified. `identity` and `header` are None if not even the header is readable.

    is_settled: False where it was the machine that failed, so that the next look at the file is a new one.
    verified_by: the fingerprint of the rules that gave the verdict; "" if it is not known.
    folded_by: what gave the facts, see `folding_of`. facts, events: of a match that was verified; None and none if they were not
        wanted, or are not to be had. plain: the facts as bytes. keys: that no other match may have.
    """

    size: int
    mtime_ns: int
    verdict: Verdict
    message: str = ""
    is_settled: bool = True
    identity: str = ""
    match_identity: str = ""
    header: Header | None = None
    ticks: int = 0
    verified_by: str = ""
    folded_by: str = ""
    facts: Facts | None = None
    plain: bytes = b""
    keys: list[str] = field(default_factory=list)
    events: list[EventRow] = field(default_factory=list)


Elsewhere = Callable[[Recording, Examined], object]


def clean(text: str) -> str:
    """`text` without the one character that PostgreSQL cannot store."""
    return text.replace("\0", "\ufffd")


def folding_of(game: Game) -> str:
    """What decides which facts a match gives: `NAME=VERSION` of the folding, and of each projection."""
    return folding({name: getattr(factory, "version", 0) for name, factory in projections_of(game).items()})


def folding(versions: Mapping[str, int]) -> str:
    """The same of projections of these versions."""
    return " ".join(f"{name}={version}" for name, version in {"": _FOLDING, **dict(sorted(versions.items()))}.items())


def versions_in(folded_by: str) -> dict[str, int]:
    """`folding_of` taken apart; empty for what is none."""
    parts = (each.rpartition("=") for each in folded_by.split(" "))
    return {name: int(version) for name, _, version in parts if version.isdecimal()}


def covers(folded_by: str, other: str) -> bool:
    """Whether facts that were folded so are at least those of the other folding."""
    held = versions_in(folded_by)
    return all(held.get(name, -1) >= version for name, version in versions_in(other).items())


def keys_of(game: Game, players: Sequence[Player], config: Mapping[str, int | str], created_ms: int) -> list[str]:
    """What no two matches may share, by the game. Raises UsageError for what is no list of texts."""
    unique_keys = abilities_of(game).unique_keys
    texts = [] if unique_keys is None else list(unique_keys(players, config, created_ms))
    if not all(isinstance(text, str) for text in texts):
        raise UsageError(f"{game.name}: unique_keys gives texts, not {texts!r:.60}")
    return [clean(text) for text in texts]


def examine(path: Path, find_game: FindGame, wants: Wants, elsewhere: Elsewhere | None = None) -> Examined:
    """Read and verify the file at `path`, in one simulation. A file that cannot be read is a value too.

    wants: whether the facts of a match of this identity and game are wanted. elsewhere: fills in what another environment finds of
    a recording whose rules are not here.
    """
    try:
        stat = path.stat()
    except OSError as error:
        return Examined(0, 0, Verdict.UNREADABLE, error.strerror or str(error))
    except MachineError as error:
        return Examined(0, 0, Verdict.ENVIRONMENT, str(error), is_settled=False)
    examined = Examined(stat.st_size, stat.st_mtime_ns, Verdict.UNREADABLE)
    try:
        with Recording(path) as recording:
            examined.identity, examined.match_identity = recording.identity(), recording.match_identity()
            examined.header, examined.ticks = recording.header, recording.ticks
            if elsewhere is None or _is_here(recording.header, find_game):
                _verify(recording, examined, find_game, wants)
            else:
                elsewhere(recording, examined)
    except MachineError as error:
        examined.verdict, examined.message, examined.is_settled = Verdict.ENVIRONMENT, clean(str(error)), False
    except (ReplayError, OSError) as error:
        examined.verdict = Verdict.INCOMPLETE if isinstance(error, CutError) else Verdict.UNREADABLE
        examined.message = clean(getattr(error, "strerror", None) or str(error))
    return examined


def _is_here(header: Header, find_game: FindGame) -> bool:
    try:
        return find_game(header.game).rules == header.rules
    except ReplayError:
        return False


def _verify(recording: Recording, examined: Examined, find_game: FindGame, wants: Wants) -> None:
    header = recording.header
    try:
        game = find_game(header.game)
        if (game.name, game.rules) == (header.game, header.rules) and wants(examined.identity, game):
            examined.keys = keys_of(game, header.players, header.config, header.created_ms)
            rows = _EventRows(game, len(header.players))
            folded = VerifiedFold(game, [player.name for player in header.players], [rows])
            verification = folded.verify(recording)
            if is_counted(verification):
                _give(folded, rows, game, examined, verification.result or {})
        else:
            verification = verify_open(recording, game)
        examined.verdict, examined.message = verification.verdict, clean(verification.message)
    except MachineError as error:
        examined.verdict, examined.message = Verdict.ENVIRONMENT, clean(str(error))
    except ReplayError as error:
        examined.verdict, examined.message = Verdict.UNVERIFIABLE, clean(str(error))
    except OSError as error:
        examined.verdict, examined.message = Verdict.ENVIRONMENT, error.strerror or str(error)
    examined.is_settled = examined.is_settled and examined.verdict is not Verdict.ENVIRONMENT


def _give(folded: VerifiedFold, rows: _EventRows, game: Game, examined: Examined, result: dict[str, Any]) -> None:
    """Put the facts of a match that was verified into `examined`."""
    facts, events = Facts(result=dict(as_data(result))), []
    with folded.stumbling():
        results = folded.results()
        counted = player_numbers(results, result.get("players"), rows.players)
        facts.numbers = {(seat, clean(name)): float(value) for (seat, name), value in counted.items()}
        facts.projections = {
            name: (folded.projections[name].version, each.as_arrays() if isinstance(each, Grid) else as_data(each))
            for name, each in results.items()
        }
        events = rows.result()
        examined.plain = facts.plain()
    if folded.is_machine:  # not the match's affair: the next look at the file is a new one
        examined.is_settled = False
        return
    examined.folded_by = folding_of(game)
    if not folded.has_stumbled:
        examined.facts, examined.events = facts, events


class _EventRows:
    """Collects the events that can be searched for, as rows. A game may name the kinds that are too many for that."""

    name, version, is_sampling = "event rows", 2, False

    def __init__(self, game: Game, players: int) -> None:
        self.abilities = abilities_of(game)
        self._left_out = set(self.abilities.unindexed_kinds)
        kinds = self.abilities.event_kinds
        self._numbers_left_out = [number for number, kind in enumerate(kinds) if kind in self._left_out]
        self._game = game
        self.players = players
        self._events: list[Events] = []

    def observe(self, events: Events, match: Match) -> None:
        if isinstance(events, np.ndarray):
            self._events.append(events[~np.isin(events["kind"], self._numbers_left_out)])
        else:
            self._events.append([event for event in events if event[1] not in self._left_out])

    def result(self) -> list[EventRow]:
        events = joined(self._events, self.abilities)
        return rows_of(event_columns(self._game, events), self.players) if len(events) else []


def rows_of(columns: Mapping[str, Sequence[Any]], players: int) -> list[EventRow]:
    """Events as rows. columns: as `event_columns` gives them."""
    missing = [None] * len(columns["tick"])
    actor, target, item, amount = (columns.get(name, missing) for name in ("actor", "target", "item", "amount"))
    seats = [[_whole(seat, 0, players - 1) for seat in column] for column in (actor, target)]
    items = [None if each is None else clean(str(each)) for each in item]
    amounts = [_whole(each, -(2**63), 2**63 - 1) for each in amount]
    kinds = [clean(str(kind)) for kind in columns["kind"]]
    return list(zip(columns["tick"], kinds, *seats, items, amounts, strict=True))


def _whole(value: Any, low: int, high: int) -> int | None:
    """`value` if it is a whole number in these limits: in the data of an event there may be anything."""
    return value if type(value) is int and low <= value <= high else None


def absolute(name: str, root: Path) -> Path:
    """The path that is kept by this name."""
    path = path_of(name)
    return path if isinstance(path, Url) else Path(os.path.normpath(root / path))


def relative(path: Path, root: Path) -> str:
    """`path` seen from `root`, with slashes; a URL as it is. Raises ReplayError for a name that is not text."""
    if isinstance(path, Url):
        return str(path)
    try:
        text = Path(os.path.relpath(path.absolute(), root)).as_posix()
        text.encode()
    except UnicodeEncodeError:
        raise ReplayError(f"{os.fsencode(path)!r} is not a readable file name", "rename it") from None
    except ValueError:  # another drive
        text = path.absolute().as_posix()
    return text
