"""The tables of earlier versions of the library, filled with what one of today holds."""

import json
import zlib

import sqlalchemy as sa

from replay.find.library import database
from replay.find.library.registry import facts_of
from replay.find.library.tables import configs, events, files, metadata, players, recordings, settings, words

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


def remake(library, version):
    """Make a library one of an earlier version: 1, or 2, which knows the identity of the match."""
    with library._engine.connect() as connection:
        held = {table.name: connection.execute(sa.select(table)).mappings().all() for table in metadata.sorted_tables}
        facts = {row["id"]: facts_of(connection, row["id"]) for row in held[recordings.name]}
    text = {row["id"]: row["text"] for row in held[words.name]}
    config = {row["id"]: row["config"] for row in held[configs.name]}
    rows = {name: [] for name in TABLES}
    for row in held[recordings.name]:
        known, plain = facts[row["id"]], {name: row[name] for name in row if not name.endswith("_id") and name != "facts"}
        folded_by = f"2 race={row['rules']} presses=1"
        plain |= {"game": text[row["game_id"]], "config": config[row["config_id"]], "outcome": text[row["outcome_id"]]}
        rows["recordings"].append({**plain, "result": json.dumps(known.result), "folded_by": folded_by})
        for name, (number, data) in known.projections.items():
            result = zlib.compress(json.dumps(data).encode())
            rows["projections"].append({"recording_id": row["id"], "name": name, "version": number, "result": result})
        for (seat, name), value in known.numbers.items():
            rows["numbers"].append({"recording_id": row["id"], "seat": seat, "name": name, "value": value})
        for option in held[settings.name]:
            if option["config_id"] == row["config_id"]:
                words_of = {"name": text[option["name_id"]], "value_key": text[option["value_id"]]}
                rows["settings"].append({"recording_id": row["id"], **words_of})
    for row in held[files.name]:
        rows["files"].append({name: row[name] for name in row if name != "verified_by_id"})
    for row in held[players.name]:
        named = {"name": text[row["name_id"]], "name_key": text[row["key_id"]], "kind": text[row["kind_id"]]}
        rows["players"].append({name: row[name] for name in ("recording_id", "seat", "is_winner")} | named)
    for row in held[events.name]:
        named = {"kind": text[row["kind_id"]], "item": text.get(row["item_id"])}
        rows["events"].append({name: row[name] for name in row if name not in ("kind_id", "item_id")} | named)
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
