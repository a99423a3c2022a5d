"""The tables of matches: their columns, types, units and meaning. What is documented and printed is made from this.

Beside these columns a table has those that a game brings: settings in `matches` and `players`, numbers in `players`, fields in
`events` and `states`. Their names come from games and recordings, so they are data until `column_names` has made names of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS = 400  # of a game, in one table: the first by name
_LONGEST = 60


class Column(NamedTuple):
    """type: of those in `arrow_type`. meaning: with the unit. search: what asks for it in `replay.find.search`, if anything."""

    name: str
    type: str
    meaning: str
    search: str = ""


_MATCH = Column("match", "text", "the recording: 32 hexadecimal digits, the same in every table")
_PARTITION = (
    Column("game", "text", "the name of the game", "game:"),
    Column("rules", "whole", "the number of its rules", "rules:"),
    Column("fold", "text", "what counted: other digits for other versions of the projections"),
    Column("date", "date", "the day on which it was played, UTC", "on:"),
)
_RATE = Column("ticks_per_second", "whole", "the rate of its ticks")
SECOND = Column("second", "number", "the same in seconds")  # computed where the tables are read: files are without
_TIME = (Column("tick", "whole", "ticks since the start of the match"), _RATE, SECOND)

MATCHES = (
    _MATCH,
    *_PARTITION,
    Column("played", "time", "when it began, UTC", "after: before:"),
    Column("seconds", "number", "how long it took", "length"),
    Column("ticks", "whole", "the same in ticks"),
    _RATE,
    Column("seats", "whole", "how many played"),
    Column("outcome", "text", "how it ended, in the game's word; empty if it does not say", "outcome:"),
    Column("winners", "texts", "the names of those who won; null if the game does not say"),
    Column("same_match", "text", "equal for equal rules, settings, seed and inputs, whoever played and when", "match:"),
    Column("seed", "text", "of its randomness, a number up to 2**64 - 1"),
    Column("config", "text", "all settings, as JSON"),
    Column("file", "text", "the recording, seen from the folder that the tables are in", "file:"),
    Column("bytes", "whole", "the size of that file"),
    Column("changed_ns", "whole", "when that file was changed, nanoseconds since 1970"),
)
PLAYERS = (
    _MATCH,
    *_PARTITION,
    Column("seat", "whole", "0 for the first player"),
    Column("player", "text", "the name", "player:"),
    Column("player_id", "text", "who it is, whatever the name; null if the recording does not say", "player_id:"),
    Column("kind", "text", "human, or what sort of bot", "bot:"),
    Column("won", "yes/no", "whether this player won; null if the game does not say", "winner:"),
)
EVENTS = (
    _MATCH,
    *_PARTITION,
    *_TIME,
    Column("place", "whole", "among the events of its tick: 0 for the first"),
    Column("kind", "text", "what happened"),
    Column("actor", "text", "the name of the player who did it; null: nobody"),
    Column("target", "text", "the name of the player to whom it was done; null: nobody"),
    Column("actor_seat", "whole", "the seat of the actor"),
    Column("target_seat", "whole", "the seat of the target"),
)
STATES = (_MATCH, *_PARTITION, *_TIME)
TABLES = {"matches": MATCHES, "players": PLAYERS, "events": EVENTS, "states": STATES}


@cache
def arrow_type(name: str) -> pa.DataType:
    import pyarrow as pa

    types: dict[str, Any] = {
        "text": pa.string(),
        "texts": pa.list_(pa.string()),
        "whole": pa.int64(),
        "number": pa.float64(),
        "yes/no": pa.bool_(),
        "date": pa.date32(),
        "time": pa.timestamp("ms", "UTC"),
    }
    return types[name]


def fixed_names(table: str) -> list[str]:
    return [column.name for column in TABLES[table]]


def column_names(names: Iterable[str], taken: Collection[str], prefix: str) -> dict[str, str]:
    """For names of games, names of columns: small letters, digits and `_`; none twice and none that is taken, whatever they are.

    prefix: goes before a name that is taken, or that begins as no name can.
    """
    columns: dict[str, str] = {}
    used = set(taken)
    for name in sorted(names)[:MOST_COLUMNS]:
        column = plain = _column_name(name, taken, prefix)
        number = 2
        while column in used:
            column, number = f"{plain}_{number}", number + 1
        used.add(column)
        columns[name] = column
    return columns


def _column_name(name: str, taken: Collection[str], prefix: str) -> str:
    column = re.sub(r"[^a-z0-9_]+", "_", name.lower())[:_LONGEST].strip("_")
    return f"{prefix}_{column}".rstrip("_") if column in taken or not column[:1].isalpha() else column
