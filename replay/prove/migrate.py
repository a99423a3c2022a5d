"""Old recordings under new rules: the same inputs played again, into a new recording that names the old one as its parent."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.commands import Command, commands_of
from replay.core.errors import ReplayError
from replay.core.game import Abilities, Game, Inputs, abilities_of, result_of
from replay.core.installed import find_game
from replay.core.names import SUFFIX, bare_name
from replay.core.recorder import Recorder
from replay.core.recording import Recording
from replay.core.writer import new_file, refuse_existing


@dataclass
class Migration:
    """A recording played by the installed rules.

    target: the new recording; None if none was written.
    before, after: the results: as the old one claims, and as the rules now have it. `outcome` says where they differ.
    changed_at: the first tick whose state or events are other than recorded; None if all that the old one claims of them holds.
    is_compared: whether it claims enough of states and events to say so; format 1 claims nothing of events.
    dropped_fields: input fields that the rules no longer have, and that were always zero.
    """

    source: Path
    target: Path | None
    game: str
    rules: tuple[int, int]
    ticks: int
    before: Any
    after: Any = None
    dropped_fields: list[str] = field(default_factory=list)
    changed_at: int | None = None
    is_compared: bool = False

    @property
    def is_same(self) -> bool:
        """Whether the new rules behave as recorded: every state, every event and the result."""
        return self.is_compared and self.changed_at is None and not self.outcome and self.before is not None

    @property
    def outcome(self) -> list[tuple[str, Any, Any]]:
        """(path in the result, before, after) of all that changed."""
        return list(_changes(self.before, self.after))


def migrate(
    source: str | os.PathLike[str],
    target: str | os.PathLike[str] | None,
    game: Game | None = None,
    settings: Mapping[str, int | str] | None = None,
) -> Migration:
    """Play the inputs of `source` by the installed rules into the new recording `target`; None: only see how it comes out.

    game: the rules; by default the installed game that the recording names.
    settings: settings of the match that become other than recorded: a rule's new setting, the hash of a map that changed.

    Markers are kept. The old recording is only read; a cut one is played as far as it goes. Raises UsageError if `target` exists,
    ReplayError if the rules do not take the match or its inputs.
    """
    with Recording(source) as recording:
        if recording.defect is not None:
            raise recording.defect
        game = find_game(recording.header.game) if game is None else game
        if target is not None:
            refuse_existing(target)
        new = None if target is None else Path(target)
        before = recording.end.result if recording.end else None
        rules = (recording.header.rules, game.rules)
        migration = Migration(Path(source), new, game.name, rules, recording.ticks, before)
        with tempfile.TemporaryDirectory() as folder:
            played = Path(folder) / f"new{SUFFIX}"
            _play(recording, played, game, settings or {}, migration)
            with Recording(played) as computed:
                migration.changed_at, hashes = _first_change(recording, computed)
                migration.is_compared = hashes > 0 and recording.header.proves_events
            if target is not None:
                with new_file(target) as file, open(played, "rb") as finished:
                    shutil.copyfileobj(finished, file)
    return migration


def _first_change(old: Recording, new: Recording) -> tuple[int | None, int]:
    """The first tick of which two recordings of the same inputs claim another state, or other events; and how many 64-bit hashes of
    states were compared up to there."""
    step, hashes = old.header.proof_ticks, 0
    is_alike = step == new.header.proof_ticks and old.header.proves_events == new.header.proves_events
    for ours, theirs in zip(old.spans(), new.spans(), strict=False):
        if is_alike and ours.digests and theirs.digests and ours.digests != theirs.digests:
            wrong = next((n for n, pair in enumerate(zip(ours.digests, theirs.digests, strict=False)) if pair[0] != pair[1]), None)
            if wrong is not None:
                return ours.first_tick - ours.first_tick % step + (wrong + 1) * step, hashes
        if ours.stop_tick == theirs.stop_tick:
            claims = zip((ours.hash, ours.events_hash), (theirs.hash, theirs.events_hash), strict=True)
            if any(None not in pair and pair[0] != pair[1] for pair in claims):
                return ours.stop_tick, hashes
            hashes += None not in (ours.hash, theirs.hash)
    return None if old.ticks == new.ticks else min(old.ticks, new.ticks), hashes


def migrated_name(source: Path, game: Game) -> Path:
    """Where a migrated recording goes by default: `duel.replay` becomes `duel.rules2.replay`."""
    return source.with_name(f"{bare_name(source.name)}.rules{game.rules}{SUFFIX}")


def _play(recording: Recording, path: Path, game: Game, settings: Mapping[str, int | str], migration: Migration) -> None:
    header = recording.header
    if header.ticks_per_second != game.ticks_per_second:
        rates = f"{header.ticks_per_second} ticks/s; {game.name} rules {game.rules} run at {game.ticks_per_second}"
        raise ReplayError(f"was recorded at {rates}", "its inputs mean something else at another rate")
    if header.start_tick:
        raise ReplayError(
            f"begins at tick {header.start_tick}, with a state that rules {header.rules} made",
            "migrate the recording that it was cut out of, and cut that",
        )
    markers = sorted(recording.markers, key=lambda marker: marker.tick)
    config = {**header.config, **settings}
    with _explained(f"{game.name} rules {game.rules} do not take this match", "give what it needs with --set KEY=VALUE"):
        recorder = Recorder(
            path,
            game,
            seed=header.seed,
            players=header.players,
            config=config,
            parent=(header.id, 0),
            session=header.session,
            chunk_seconds=max(header.chunk_ticks // header.ticks_per_second, 1),
            snapshot_seconds=max(header.group_ticks // header.ticks_per_second, 1),
        )
    with recorder:
        for row, commands in _given(recording, game, migration):
            while markers and markers[0].tick <= recorder.tick:
                recorder.mark(markers.pop(0).text)
            with _explained(f"{game.name} rules {game.rules} raised at tick {recorder.tick}"):
                recorder.step(row, commands)
        for marker in markers:
            recorder.mark(marker.text)
        with _explained(f"{game.name} rules {game.rules} raised after tick {recorder.tick}"):
            migration.after = result_of(recorder.match)
    if recorder.error is not None:
        raise recorder.error


def _given(recording: Recording, game: Game, migration: Migration) -> Iterator[tuple[Inputs | None, list[tuple[int, Any]]]]:
    """What the new rules are given tick by tick: a row of their dtype, or None if they take none, and commands. With a recording
    that ends because the rules raised, the inputs that made them raise are the last."""
    abilities, end = abilities_of(game), recording.end
    for span in recording.spans():
        yield from _of_ticks(abilities, span.rows, span.commands, span.first_tick, migration)
    if end is not None and end.crash is not None:
        yield from _of_ticks(abilities, *end.crash.given(recording.header, recording.ticks), recording.ticks, migration)


def _of_ticks(
    abilities: Abilities, rows: Inputs, commands: list[Command], first_tick: int, migration: Migration
) -> Iterator[tuple[Inputs | None, list[tuple[int, Any]]]]:
    if commands and not abilities.takes_commands:
        raise ReplayError(f"it holds commands, and {migration.game} rules {migration.rules[1]} take none")
    converted = _converted(rows, abilities.input_dtype or np.dtype([]), migration)
    for tick, row in enumerate(converted, first_tick):
        of_tick = [(player, data) for _, player, data in commands_of(commands, tick, tick + 1)]
        yield None if abilities.input_dtype is None else row, of_tick


@contextmanager
def _explained(problem: str, hint: str = "") -> Iterator[None]:
    """Whatever a game raises inside becomes a ReplayError."""
    try:
        yield
    except ReplayError:
        raise
    except Exception as error:
        raise ReplayError(f"{problem}: {str(error) or type(error).__name__}", hint) from error


def _converted(rows: Inputs, dtype: np.dtype[Any], migration: Migration) -> Inputs:
    """`rows` in the input dtype of the rules: by field names. New fields are zero; one that is gone must never have been used."""
    if rows.dtype == dtype:
        return rows
    rules = f"{migration.game} rules {migration.rules[1]}"
    converted: Inputs = np.zeros(rows.shape, dtype)
    for name in rows.dtype.names or ():
        values = rows[name]
        if name not in (dtype.names or ()):
            if values.any():
                raise ReplayError(f"its input {name!r} is used, and {rules} have no such input")
            if name not in migration.dropped_fields:
                migration.dropped_fields.append(name)
            continue
        converted[name] = values
        if (converted[name] != values).any():
            raise ReplayError(f"its input {name!r} holds values that do not fit into {dtype[name]}")
    return converted


def _changes(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(before, dict) and isinstance(after, dict):
        for key in dict.fromkeys((*before, *after)):
            yield from _changes(before.get(key), after.get(key), f"{path}.{key}" if path else str(key))
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for index, pair in enumerate(zip(before, after, strict=True)):
            yield from _changes(*pair, f"{path}[{index}]")
    elif before != after:
        yield path, before, after
