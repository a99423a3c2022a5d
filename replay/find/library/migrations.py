"""How the tables of earlier versions become those of this one. A migration that has been released never changes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from replay.core.records import Header, Player
from replay.core.verify import Verdict
from replay.find.library.facts import Facts
from replay.find.library.indexing import EventRow, Examined
from replay.find.library.registry import store
from replay.find.library.tables import files, metadata, players_by_id
from replay.find.library.words import Words

_OF_VERSION_2 = ("recordings", "files", "settings", "players", "numbers", "projections", "events")


def _add_match_identity(connection: sa.Connection) -> None:
    """Version 2: the same match under other names is found."""
    connection.execute(sa.text("ALTER TABLE replay_recordings ADD COLUMN match_identity VARCHAR(32)"))


def _keep_facts_compact(connection: sa.Connection) -> None:
    """Version 3: text is kept once, numbers and events are clustered, and what was found out of a verified match stays."""
    inspector = sa.inspect(connection)
    for name in _OF_VERSION_2:
        for index in inspector.get_indexes(f"replay_{name}"):
            if not index.get("duplicates_constraint") and index["name"]:
                connection.execute(sa.text(f'DROP INDEX "{index["name"]}"'))
        connection.execute(sa.text(f"ALTER TABLE replay_{name} RENAME TO replay_old_{name}"))
    metadata.create_all(connection)
    old = {name: sa.Table(f"replay_old_{name}", sa.MetaData(), autoload_with=connection) for name in _OF_VERSION_2}
    known = Words()
    for path, path_key, examined in _examined(connection, old):
        store(connection, known, path, path_key, examined)
    broken = [{**row, "verified_by_id": known.numbers(connection, [""])[""]} for row in _broken(connection, old["files"])]
    if broken:
        connection.execute(sa.insert(files), broken)
    for name in reversed(_OF_VERSION_2):
        connection.execute(sa.text(f"DROP TABLE replay_old_{name}{'' if connection.dialect.name == 'sqlite' else ' CASCADE'}"))


def _examined(connection: sa.Connection, old: dict[str, sa.Table]) -> Iterator[tuple[str, str, Examined]]:
    """Every file of a match as it would be entered today."""
    held, recordings = old["files"], old["recordings"]
    matches = connection.execute(sa.select(held, recordings).join(recordings, recordings.c.id == held.c.recording_id)).all()
    for row in matches:
        its = {column.name: row[len(held.c) + at] for at, column in enumerate(recordings.c)}
        parts = {
            name: connection.execute(sa.select(old[name]).where(old[name].c.recording_id == its["id"])).mappings().all()
            for name in ("players", "numbers", "projections", "events")
        }
        parts["events"] = sorted(parts["events"], key=lambda event: event["number"])
        examined = Examined(row.size, row.mtime_ns, Verdict(row.verdict), row.message)
        examined.identity, examined.match_identity, examined.ticks = its["identity"], its["match_identity"], its["ticks"]
        examined.header = _header(its, parts["players"])
        if its["folded_by"] and row.verdict in (Verdict.OK, Verdict.INCOMPLETE):
            examined.facts, examined.events = _facts(its, parts)
            examined.plain, examined.folded_by = (
                examined.facts.plain(),
                "=2 " + its["folded_by"].partition(" ")[2].partition(" ")[2],
            )
        yield row.path, row.path_key, examined


def _header(its: dict[str, Any], players: Any) -> Header:
    seats = [Player(player["name"], player["kind"]) for player in sorted(players, key=lambda player: player["seat"])]
    start_tick = its["ticks"] - round(its["seconds"] * its["ticks_per_second"])
    config = json.loads(its["config"])
    header = Header(its["game"], its["rules"], its["ticks_per_second"], int(its["seed"]), config, tuple(seats), ())
    return header._replace(start_tick=start_tick, created_ms=its["created_ms"])


def _facts(its: dict[str, Any], parts: Any) -> tuple[Facts, list[EventRow]]:
    numbers = {(row["seat"], row["name"]): row["value"] for row in parts["numbers"]}
    projections = {row["name"]: (row["version"], json.loads(zlib.decompress(row["result"]))) for row in parts["projections"]}
    names = ("number", "tick", "kind", "actor", "target", "item", "amount")
    happened: list[Any] = [tuple(row[name] for name in names) for row in parts["events"]]
    return Facts(json.loads(its["result"]), projections, numbers, sorted({row["kind"] for row in parts["events"]})), happened


def _broken(connection: sa.Connection, held: sa.Table) -> list[dict[str, Any]]:
    rows = connection.execute(sa.select(held).where(held.c.recording_id.is_(None))).mappings()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def _add_player_ids(connection: sa.Connection) -> None:
    """Version 4: who somebody is, whatever the name."""
    if "player_id" not in {column["name"] for column in sa.inspect(connection).get_columns("replay_players")}:  # else made just now
        connection.execute(sa.text("ALTER TABLE replay_players ADD COLUMN player_id INTEGER"))
        players_by_id.create(connection)


# MIGRATIONS[n] brings a library of version n to n + 1. Version 0 is an empty database, which gets the tables as they are now.
MIGRATIONS: list[Callable[[sa.Connection], None]] = [metadata.create_all, _add_match_identity, _keep_facts_compact, _add_player_ids]
