"""How the tables of earlier versions become those of this one. A migration that has been released never changes."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa

from replay.core.records import Header, Player
from replay.core.verify import Verdict
from replay.find.library import blocks
from replay.find.library.facts import Facts, expand
from replay.find.library.indexing import EventRow, Examined
from replay.find.library.registry import store
from replay.find.library.tables import claims, dictionaries, facts, files, metadata, players_by_id, recordings
from replay.find.library.words import Words, insert_tuples

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
    for path, examined in _examined(connection, old):
        store(connection, known, path, examined)
    broken = [{**row, "verified_by_id": known.numbers(connection, [""])[""]} for row in _broken(connection, old["files"])]
    if broken:
        connection.execute(sa.insert(files), broken)
    for name in reversed(_OF_VERSION_2):
        connection.execute(sa.text(f"DROP TABLE replay_old_{name}{'' if connection.dialect.name == 'sqlite' else ' CASCADE'}"))


def _examined(connection: sa.Connection, old: dict[str, sa.Table]) -> Iterator[tuple[str, Examined]]:
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
        yield row.path, examined


def _header(its: dict[str, Any], players: Any) -> Header:
    seats = [Player(player["name"], player["kind"]) for player in sorted(players, key=lambda player: player["seat"])]
    start_tick = its["ticks"] - round(its["seconds"] * its["ticks_per_second"])
    config = json.loads(its["config"])
    header = Header(its["game"], its["rules"], its["ticks_per_second"], int(its["seed"]), config, tuple(seats), ())
    return header._replace(start_tick=start_tick, created_ms=its["created_ms"])


def _facts(its: dict[str, Any], parts: Any) -> tuple[Facts, list[EventRow]]:
    numbers = {(row["seat"], row["name"]): float(row["value"]) for row in parts["numbers"]}
    projections = {row["name"]: (row["version"], json.loads(zlib.decompress(row["result"]))) for row in parts["projections"]}
    names = ("tick", "kind", "actor", "target", "item", "amount")
    happened: list[Any] = [tuple(row[name] for name in names) for row in parts["events"]]
    return Facts(json.loads(its["result"]), projections, numbers), happened


def _broken(connection: sa.Connection, held: sa.Table) -> list[dict[str, Any]]:
    rows = connection.execute(sa.select(held).where(held.c.recording_id.is_(None))).mappings()
    return [{name: value for name, value in row.items() if name != "id"} for row in rows]


def _lay_out_in_columns(connection: sa.Connection) -> None:
    """Version 5: numbers and events lie in columns of thousands of matches, and facts are without them."""
    inspector = sa.inspect(connection)
    if not inspector.has_table("replay_numbers"):
        return  # of version 2, made as it is now
    metadata.create_all(connection)
    matches, numbers, events = (
        sa.Table(f"replay_{name}", sa.MetaData(), autoload_with=connection) for name in ("recordings", "numbers", "events")
    )
    dictionary = dict(connection.execute(sa.select(dictionaries.c.folded_by_id, dictionaries.c.data)).all())
    connection.execute(sa.delete(dictionaries))
    known = Words()
    has_facts = sa.select(matches.c.id, matches.c.folded_by_id).where(matches.c.facts.is_not(None))
    for number, folded_by in connection.execute(has_facts.order_by(matches.c.id)).all():
        data = connection.scalar(sa.select(matches.c.facts).where(matches.c.id == number)) or b""
        result, projections, values, kinds = json.loads(expand(data, dictionary[folded_by]))
        names = known.numbers(connection, [*values, *kinds])
        is_its = (events.c.recording_id == number, events.c.kind_id.in_([names[kind] for kind in kinds]))
        rows = connection.execute(sa.select(events).where(*is_its).order_by(events.c.number)).all()
        its = ((names[name], seat, float(value)) for name, seats in values.items() for seat, value in seats)
        placed = blocks.placed((row.tick, (row.kind_id, row.actor, row.target, row.item_id, row.amount)) for row in rows)
        blocks.put_in(connection, number, its, placed)
        plain = Facts(result, projections).plain()
        insert_tuples(connection, facts, [(number, known.squeezed(connection, folded_by, plain))])
    for table in (numbers, events):
        table.drop(connection)
    connection.execute(sa.text("DROP INDEX ix_replay_recordings_game_id"))
    connection.execute(sa.text("ALTER TABLE replay_recordings DROP COLUMN facts"))
    for table in (recordings, files):
        for index in table.indexes:
            index.create(connection, checkfirst=True)
    blocks.gather(connection)


def _add_player_ids(connection: sa.Connection) -> None:
    """Version 4: who somebody is, whatever the name."""
    if "player_id" not in {column["name"] for column in sa.inspect(connection).get_columns("replay_players")}:  # else made just now
        connection.execute(sa.text("ALTER TABLE replay_players ADD COLUMN player_id INTEGER"))
        players_by_id.create(connection)


def _add_claims(connection: sa.Connection) -> None:
    """Version 6: several who index a folder share it."""
    claims.create(connection, checkfirst=True)


# MIGRATIONS[n] brings a library of version n to n + 1. Version 0 is an empty database, which gets the tables as they are now.
MIGRATIONS: list[Callable[[sa.Connection], None]] = [
    metadata.create_all,
    _add_match_identity,
    _keep_facts_compact,
    _add_player_ids,
    _lay_out_in_columns,
    _add_claims,
]
