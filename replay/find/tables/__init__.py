"""Recordings as tables: averages, boards and any other question over many matches. Needs the extra `analysis`.

    tables_of(recording).events                    # Arrow, which polars, pandas and DuckDB take as it is
    for filed in fill("tables", paths): ...        # a folder of Parquet
    with Questions("tables") as tables:
        tables.ask("select player, avg(kills) from players group by player")

Rows are counted only from matches that agree with their recordings.

schema    the tables: columns, types, units, meaning
columns   plain data as Arrow columns, whatever it is
match     one match as tables
store     a folder of Parquet, to which matches are added once, and whole
filling   recordings into it
sql       questions in SQL, with nothing else within reach
board     leaderboards
"""

from replay.core.extras import optional

with optional():
    from replay.find.tables.board import Board
    from replay.find.tables.filling import Filed, fill
    from replay.find.tables.match import MatchTables, tables_of
    from replay.find.tables.sql import Questions
    from replay.find.tables.store import TablesError

__all__ = ["Board", "Filed", "MatchTables", "Questions", "TablesError", "fill", "tables_of"]
