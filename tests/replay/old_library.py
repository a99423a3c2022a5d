"""The tables of earlier versions of the library, filled with what one of today holds."""

import json
import zlib

import sqlalchemy as sa
from shelf import searchable

from replay.find.library import blocks, database
from replay.find.library.facts import squeeze
from replay.find.library.registry import facts_of
from replay.find.library.tables import configs, dictionaries, files, metadata, players, recordings, settings, words
from replay.find.library.tables import facts as facts_table

TABLES = {
    "recordings": """id integer primary key, identity varchar(32) not null unique, game text not null, rules bigint not null,
        seed text not null, config text not null, created_ms bigint not null, ticks integer not null,
        ticks_per_second integer not null, seconds float not null, result text not null, outcome text not null,
        folded_by text not null""",
    "files": """id integer primary key, path text not null unique, path_key text not null, recording_id integer,
        size bigint not null, mtime_ns bigint not null, verdict text not null, message text not null""",
    "settings": "recording_id integer, name text, value_key text not null, primary key (recording_id, name)",
    "players": """recording_id integer, seat integer, name text not null, name_key text not null, kind text not null,
        is_winner boolean not null, primary key (recording_id, seat)""",
    "numbers": "recording_id integer, seat integer, name text, value float not null, primary key (recording_id, seat, name)",
    "projections": """recording_id integer, name text, version integer not null, result {blob} not null,
        primary key (recording_id, name)""",
    "events": """recording_id integer, number integer, tick integer not null, kind text not null, actor integer,
        target integer, item text, amount bigint, primary key (recording_id, number)""",
}
INDEXES = ("recordings created_ms", "files recording_id", "players name_key")


# What is not as it is today in version 3.
OF_VERSION_3 = {
    "numbers": """name_id integer not null, value float not null, recording_id integer not null, seat integer not null,
        primary key (name_id, value, recording_id, seat)""",
    "events": """kind_id integer not null, recording_id integer not null, number integer not null, tick integer not null,
        actor integer, target integer, item_id integer, amount bigint, primary key (kind_id, recording_id, number)""",
}


def held_by(connection):
    """Of each match the facts, numbers as (seat, name, value), and events as (number, tick, kind, actor, target, item, amount)."""
    matches = connection.execute(sa.select(recordings.c.id, recordings.c.folded_by_id)).all()
    identity = {number: number for number, _ in matches}
    rows = searchable(connection, identity)
    held = {}
    for number, folded_by in matches:
        numbers = [(seat, name, value) for match, name, seat, value in rows["replay_numbers"] if match == number]
        events = []
        for match, tick, _, kind, actor, target, item, amount, has_amount in rows["replay_events"]:
            if match == number:
                seats = (None if seat < 0 else seat for seat in (actor, target))
                events.append((len(events), tick, kind, *seats, item, amount if has_amount else None))
        held[number] = (folded_by, facts_of(connection, number), numbers, events)
    return held


def remake_3(library):
    """Make a library one of version 3."""
    with database.writing(library._engine) as connection:
        number = {text: number for number, text in connection.execute(sa.select(words.c.id, words.c.text))}
        held = held_by(connection)
        connection.execute(sa.delete(dictionaries))
        for table in (blocks.columns, blocks.blocks, blocks.fresh, blocks.stale):
            table.drop(connection)
        for index in ("replay_recordings_by_game", "replay_files_by_verdict", "replay_players_by_id"):
            connection.execute(sa.text(f"drop index {index}"))
        connection.execute(sa.text("alter table replay_players drop column player_id"))
        connection.execute(sa.text("create index ix_replay_recordings_game_id on replay_recordings (game_id)"))
        for name, columns in OF_VERSION_3.items():
            connection.execute(sa.text(f"create table replay_{name} ({columns})"))
        facts_table.drop(connection)
        blob = "bytea" if connection.dialect.name == "postgresql" else "blob"
        connection.execute(sa.text(f"alter table replay_recordings add column facts {blob}"))
        old = {name: sa.Table(f"replay_{name}", sa.MetaData(), autoload_with=connection) for name in (*OF_VERSION_3, "recordings")}
        dictionary = {}
        for match, (folded_by, facts, numbers, events) in held.items():
            if facts is None:
                continue
            names = {}
            for seat, name, value in numbers:
                names.setdefault(name, []).append([seat, value])
                row = {"name_id": number[name], "value": value, "recording_id": match, "seat": seat}
                connection.execute(sa.insert(old["numbers"]).values(**row))
            for at, tick, kind, actor, target, item, amount in events:
                row = {"kind_id": number[kind], "recording_id": match, "number": at, "tick": tick, "actor": actor, "target": target}
                connection.execute(sa.insert(old["events"]).values(**row, item_id=number.get(item), amount=amount))
            plain = json.dumps([facts.result, facts.projections, names, sorted({event[2] for event in events})]).encode()
            if folded_by not in dictionary:
                dictionary[folded_by] = plain
                connection.execute(sa.insert(dictionaries).values(folded_by_id=folded_by, data=plain))
            squeezed = squeeze(plain, dictionary[folded_by])
            connection.execute(sa.update(old["recordings"]).where(old["recordings"].c.id == match).values(facts=squeezed))
        connection.execute(sa.text("update replay_meta set value = '3'"))


def remake(library, version):
    """Make a library one of an earlier version: 1, or 2, which knows the identity of the match."""
    with library._engine.connect() as connection:
        held = {table.name: connection.execute(sa.select(table)).mappings().all() for table in metadata.sorted_tables}
        matches = held_by(connection)
    text = {row["id"]: row["text"] for row in held[words.name]}
    config = {row["id"]: row["config"] for row in held[configs.name]}
    rows = {name: [] for name in TABLES}
    for row in held[recordings.name]:
        (_, known, numbers, events), plain = (
            matches[row["id"]],
            {name: row[name] for name in row if not name.endswith("_id")},
        )
        folded_by = f"2 race={row['rules']} presses=1"
        plain |= {"game": text[row["game_id"]], "config": config[row["config_id"]], "outcome": text[row["outcome_id"]]}
        rows["recordings"].append({**plain, "result": json.dumps(known.result), "folded_by": folded_by})
        for name, (number, data) in known.projections.items():
            result = zlib.compress(json.dumps(data).encode())
            rows["projections"].append({"recording_id": row["id"], "name": name, "version": number, "result": result})
        for seat, name, value in numbers:
            rows["numbers"].append({"recording_id": row["id"], "seat": seat, "name": name, "value": value})
        for event in events:
            names = ("number", "tick", "kind", "actor", "target", "item", "amount")
            rows["events"].append({"recording_id": row["id"], **dict(zip(names, event, strict=True))})
        for option in held[settings.name]:
            if option["config_id"] == row["config_id"]:
                words_of = {"name": text[option["name_id"]], "value_key": text[option["value_id"]]}
                rows["settings"].append({"recording_id": row["id"], **words_of})
    for row in held[files.name]:
        rows["files"].append({name: row[name] for name in row if name != "verified_by_id"})
    for row in held[players.name]:
        named = {"name": text[row["name_id"]], "name_key": text[row["key_id"]], "kind": text[row["kind_id"]]}
        rows["players"].append({name: row[name] for name in ("recording_id", "seat", "is_winner")} | named)
    with database.writing(library._engine) as connection:
        metadata.drop_all(connection)
        blob = "bytea" if connection.dialect.name == "postgresql" else "blob"
        connection.execute(sa.text("create table replay_meta (key text primary key, value text not null)"))
        connection.execute(sa.text(f"insert into replay_meta values ('schema version', '{version}')"))
        for name, columns in TABLES.items():
            columns += ", match_identity varchar(32)" if (name, version) == ("recordings", 2) else ""
            connection.execute(sa.text(f"create table replay_{name} ({columns.format(blob=blob)})"))
            for row in rows[name]:
                kept = {key: value for key, value in row.items() if key != "match_identity" or version > 1}
                places = ", ".join(f":{key}" for key in kept)
                connection.execute(sa.text(f"insert into replay_{name} ({', '.join(kept)}) values ({places})"), kept)
        for index in INDEXES:
            table, column = index.split()
            connection.execute(sa.text(f"create index ix_replay_{table}_{column} on replay_{table} ({column})"))
