"""The tables of the library, on any database that SQLAlchemy speaks to.

All text that many rows share is a word, kept once. Numbers and events, of which there are many, lie in columns of thousands of
matches.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

meta = sa.Table("replay_meta", metadata, sa.Column("key", sa.Text, primary_key=True), sa.Column("value", sa.Text, nullable=False))

words = sa.Table(
    "replay_words",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("text", sa.Text, nullable=False, unique=True),
)


def _word(name: str, **options: Any) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer, **{"nullable": False} | options)


def _of_recording(**options: Any) -> sa.Column[Any]:
    """No foreign key: to keep one, a database would go through all rows whenever a recording goes."""
    return sa.Column("recording_id", sa.Integer, **{"nullable": False} | options)


vocabulary = sa.Table(  # what can be asked for by name: fields of searches, and values that games have a fixed set of
    "replay_vocabulary",
    metadata,
    sa.Column("what", sa.String(8), primary_key=True),
    _word("word_id", primary_key=True),
    sqlite_with_rowid=False,
)
dictionaries = sa.Table(
    "replay_dictionaries",
    metadata,
    sa.Column("folded_by_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),  # what the facts that were folded so are compressed with
)


configs = sa.Table(
    "replay_configs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("config", sa.Text, nullable=False, unique=True),  # JSON
)
settings = sa.Table(
    "replay_settings",
    metadata,
    sa.Column("config_id", sa.Integer, primary_key=True),
    _word("name_id", primary_key=True),
    _word("value_id"),
    sqlite_with_rowid=False,
)
recordings = sa.Table(
    "replay_recordings",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("identity", sa.String(32), nullable=False, unique=True),  # what makes the second registration of a match fail
    sa.Column("match_identity", sa.String(32), index=True),  # no names, no dates; NULL: from before there was one
    _word("game_id"),
    sa.Column("rules", sa.BigInteger, nullable=False),
    sa.Column("seed", sa.Text, nullable=False),  # up to 2**64 - 1
    sa.Column("config_id", sa.Integer, nullable=False, index=True),
    sa.Column("created_ms", sa.BigInteger, nullable=False, index=True),  # since 1970, UTC
    sa.Column("ticks", sa.Integer, nullable=False),
    sa.Column("ticks_per_second", sa.Integer, nullable=False),
    sa.Column("seconds", sa.Float, nullable=False, index=True),
    _word("outcome_id"),
    _word("folded_by_id"),  # the rules and projections that gave the facts; "" if there are none
    sa.Index("replay_recordings_by_game", "game_id", "rules"),
)
facts = sa.Table(  # of verified matches; apart from their rows, which are many to go through
    "replay_facts",
    metadata,
    _of_recording(primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),  # see `replay.find.library.facts`
)
files = sa.Table(
    "replay_files",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("path", sa.Text, nullable=False, unique=True),  # relative to the library, with slashes
    sa.Column("path_key", sa.Text, nullable=False),  # case folded by Python, as databases do not agree on it
    sa.Column("recording_id", sa.ForeignKey(recordings.c.id), index=True),  # NULL: nothing readable
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("mtime_ns", sa.BigInteger, nullable=False),
    sa.Column("verdict", sa.Text, nullable=False),  # of this file: its hashes are claims of its own
    sa.Column("message", sa.Text, nullable=False),
    _word("verified_by_id"),  # the fingerprint of the rules that gave the verdict; "" if it is not known
    sa.Index("replay_files_by_verdict", "verdict", "verified_by_id", "recording_id"),
)
players = sa.Table(
    "replay_players",
    metadata,
    _of_recording(primary_key=True),
    sa.Column("seat", sa.Integer, primary_key=True),
    _word("name_id"),
    _word("key_id"),  # the name, case folded by Python
    _word("kind_id"),
    sa.Column("is_winner", sa.Boolean, nullable=False),
    _word("player_id", nullable=True),  # NULL: not known
    sa.Index("replay_players_by_key", "key_id", "recording_id"),
    sqlite_with_rowid=False,
)
players_by_id = sa.Index(  # not partial on PostgreSQL: to say so, its dialect would be loaded wherever a library is opened
    "replay_players_by_id", players.c.player_id, players.c.recording_id, sqlite_where=players.c.player_id.is_not(None)
)
fresh = sa.Table(  # numbers and events of matches that are in no block yet; see `replay.find.library.blocks`
    "replay_fresh",
    metadata,
    sa.Column("recording_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
)
blocks = sa.Table(
    "replay_blocks",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("first_id", sa.Integer, nullable=False),  # of the matches in it
    sa.Column("last_id", sa.Integer, nullable=False),
    sa.Column("matches", sa.Integer, nullable=False),  # how many
    sa.Column("members", sa.LargeBinary, nullable=False),  # which
)
columns = sa.Table(
    "replay_columns",
    metadata,
    sa.Column("what", sa.Integer, primary_key=True, autoincrement=False),  # numbers of a name, or events of a kind
    _word("name_id", primary_key=True, autoincrement=False),
    sa.Column("block_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("matches", sa.Integer, nullable=False),  # how many have it
    sa.Column("data", sa.LargeBinary, nullable=False),
)
stale = sa.Table(  # matches that were taken out of a block
    "replay_stale",
    metadata,
    sa.Column("block_id", sa.Integer, primary_key=True, autoincrement=False),
    _of_recording(primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
keys = sa.Table(
    "replay_keys",
    metadata,
    _word("game_id", primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),  # that makes the second of two matches fail
    _of_recording(nullable=True, index=True),  # whose it is; NULL: only reserved
    sa.Column("holder", sa.String(32), index=True),  # of the reservation
    sa.Column("until_ms", sa.BigInteger),  # when the reservation ends, since 1970
)
claims = sa.Table(  # see `replay.find.library.claims`
    "replay_claims",
    metadata,
    sa.Column("path", sa.Text, primary_key=True),  # as in replay_files
    sa.Column("holder", sa.Text, nullable=False, index=True),
    sa.Column("until_ms", sa.BigInteger, nullable=False),  # when the lease ends, since 1970
)
