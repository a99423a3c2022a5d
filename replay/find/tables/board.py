"""Leaderboards: one number of the players, for each of whoever they are told apart by, best first."""

from __future__ import annotations

from typing import NamedTuple

import pyarrow as pa

from replay.core.errors import UsageError
from replay.core.text import nearest
from replay.find.tables.sql import Questions, quoted

WON = "wins"
PER = {
    "match": "sum({value}) / count(DISTINCT match)",
    "minute": "60 * sum({value}) / sum(seconds)",
    "total": "sum({value})",
    "best": "max({value})",
}
_NUMBERS = frozenset("TINYINT SMALLINT INTEGER BIGINT UTINYINT USMALLINT UINTEGER UBIGINT FLOAT DOUBLE BOOLEAN".split())


class Board(NamedTuple):
    """What to rank. by: columns of `players`. of: a number among them, or `wins`. per: see PER. where: a condition in SQL.

    Who has no value in a column of `by`, such as an id, is not ranked.
    at_least: matches, to be ranked at all: one lucky match is no rate.
    """

    by: tuple[str, ...] = ("player",)
    of: str = WON
    per: str = "match"
    where: str = ""
    at_least: int = 1
    top: int = 10

    def answer(self, tables: Questions) -> pa.Table:
        """Columns: rank, those of `by`, what is ranked, matches. Equal numbers have equal ranks.

        Raises UsageError for a column that is not there.
        """
        kinds = dict(tables.columns["players"])
        for name in self.by:
            _expect(name, kinds)
        if self.of == WON:
            value = "won::INTEGER"
        else:
            value = quoted(_expect(self.of, {name: kind for name, kind in kinds.items() if kind in _NUMBERS}))
        by = ", ".join(quoted(name) for name in self.by)
        number = PER[self.per].format(value=value)
        title = quoted(f"{self.of} {self.per}" if self.per in ("total", "best") else f"{self.of} per {self.per}")
        where = "".join(f"AND {quoted(name)} IS NOT NULL " for name in self.by) + (f"AND ({self.where}\n)" if self.where else "")
        # No column of a game begins with _.
        return tables.ask(
            f"SELECT rank() OVER (ORDER BY _number DESC) AS rank, * EXCLUDE (_number, _matches), _number AS {title}, "
            f"_matches AS matches FROM (SELECT {by}, {number} AS _number, count(DISTINCT match) AS _matches FROM players "
            f"WHERE {value} IS NOT NULL {where} GROUP BY {by} HAVING _matches >= $at_least) ORDER BY rank, {by} LIMIT $top",
            {"at_least": self.at_least, "top": self.top},
        )


def _expect(name: str, names: dict[str, str]) -> str:
    if name not in names:
        raise UsageError(f"players have no {name!r} to rank by", f"{nearest(name, names)} They have: {', '.join(names)}".lstrip())
    return name
