"""`replay tables`, `query`, `board`: questions over many matches."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from replay.cli.common import FINDING, OK, Command, NothingToDo, complain, emit, escape, print_json, progress
from replay.cli.common import recordings as recordings_named
from replay.cli.complete import recordings
from replay.cli.output import columns, echo
from replay.cli.spreadsheet import spreadsheet
from replay.cli.tables import table_lines
from replay.cli.workers import By, worker_options

if TYPE_CHECKING:
    import pyarrow as pa

_Function = TypeVar("_Function", bound=Callable[..., Any])


def _folder_option(*names: str, help: str) -> Callable[[_Function], _Function]:
    return click.option(
        *names,
        envvar="REPLAY_TABLES",
        type=click.Path(path_type=Path),
        default="tables",
        show_default=True,
        metavar="FOLDER",
        help=help,
    )


_folder = _folder_option("--tables", "folder", help="What `replay tables` made.")
_json = click.option("--json", "as_json", is_flag=True, help="One JSON object per row.")
_csv = click.option("--csv", "as_csv", is_flag=True, help="A table for spreadsheets.")


@click.command(
    cls=Command,
    examples=[
        "replay tables recordings/",
        "replay tables recordings/ -o season/ --states 15",
        "replay tables recordings/ --json | jq -r .file",
    ],
)
@click.argument("paths", nargs=-1, shell_complete=recordings)
@_folder_option("-o", "--output", "folder", help="Where the tables are.")
@click.option("--states", "every", type=click.IntRange(1), metavar="N", help="Of what is new, the state of every N ticks too.")
@worker_options()
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file that was read.")
def tables(paths: tuple[str, ...], folder: Path, every: int | None, by: By, as_json: bool) -> int:
    """Verify recordings and add what happened in them to tables: matches, players, events; Parquet, which many programs read.

    PATHS are files and folders; default: recordings/. A match is added once, whatever its files; killed in the middle, the next
    call goes on. What does not agree with its recording, or cannot be verified here, is left out and named.
    """
    from replay.find.tables import fill

    counts: dict[str, int] = {}
    start = time.perf_counter()
    paths = paths or ("recordings",)
    files = recordings_named(paths)
    if not any(file.exists() for file in files):
        raise NothingToDo(f"no recordings in {', '.join(paths)}")

    def tell(done: int, total: int) -> None:
        show(done, total, unit="files")

    with progress("counting") as show:
        for path, status, message in fill(folder, by.paths(files), every=every, progress=tell, **by.options()):
            counts[status] = counts.get(status, 0) + 1
            if status != "known":
                emit({"file": str(path), "status": status, "message": message}, as_json, tuple)
            if status == "skipped":
                complain("replay", message if message.startswith(str(path)) else f"{path}: {message}")
    texts = [f"{counts[status]:,} {status}" for status in ("new", "again", "copy", "known", "skipped") if status in counts]
    echo(f"{', '.join(texts)} in {time.perf_counter() - start:.1f} s", err=True)
    return FINDING if counts.get("skipped") else OK


@click.command(
    cls=Command,
    examples=[
        'replay query "select map, count(*), avg(seconds) from matches group by map"',
        'replay query "select player, avg(kills) from players group by all order by 2 desc limit 5" --csv',
        "replay query --schema",
    ],
)
@click.argument("question", required=False)
@click.option("--schema", is_flag=True, help="The tables, their columns, and what they mean.")
@_json
@_csv
@_folder
def query(question: str | None, schema: bool, as_json: bool, as_csv: bool, folder: Path) -> int:
    """Ask the tables in SQL: matches, players, events, states. QUESTION is one SELECT; - reads it from stdin.

    It is DuckDB's SQL. A question can read nothing but the tables, and changes nothing: it may be a stranger's.

    Columns are called as in searches: player:Ann kills>=10 is player = 'Ann' and kills >= 10. Where they are not, --schema says
    which term asks for the same. See also: `replay ls` and `search`, for matches and moments; `replay scan`, for states.
    """
    from replay.find.tables import Questions
    from replay.find.tables.sql import described

    if question is None and not schema:
        raise click.UsageError("a question is missing, or --schema")
    with Questions(folder) as asked:
        if schema:
            return _print_rows(described(asked.columns), ["table", "column", "type", "search", "meaning"], as_json, as_csv)
        text = sys.stdin.read() if question == "-" else str(question)
        return _print(asked.ask(text), as_json, as_csv)


@click.command(
    cls=Command,
    examples=[
        "replay board --of kills",
        "replay board --of wins --at-least 20",
        "replay board --by player --by map --of damage_dealt --per minute",
        "replay board --of kills --per best --where \"date >= '2026-11-01'\"",
    ],
)
@click.option("--by", multiple=True, default=("player",), show_default=True, metavar="COLUMN", help="Whom to rank; or several.")
@click.option("--of", default="wins", show_default=True, metavar="NUMBER", help="By which number of the players: kills, wins ...")
@click.option(
    "--per",
    type=click.Choice(["match", "minute", "total", "best"]),
    default="match",
    show_default=True,
    help="The average of a match or of a minute, the sum, or the record.",
)
@click.option("--where", default="", metavar="SQL", help="Only these rows of players: map = 'duel'.")
@click.option("--at-least", type=click.IntRange(1), default=1, show_default=True, metavar="N", help="Only who has so many matches.")
@click.option("--top", type=click.IntRange(1), default=10, show_default=True, metavar="N", help="So many rows.")
@_json
@_csv
@_folder
def board(as_json: bool, as_csv: bool, folder: Path, **ranked: Any) -> int:
    """Rank players: leaderboards, win rates, records. Wins per match are the win rate."""
    from replay.find.tables import Board, Questions

    with Questions(folder) as asked:
        return _print(Board(**ranked).answer(asked), as_json, as_csv)


def _print(answer: pa.Table, as_json: bool, as_csv: bool) -> int:
    names = _told_apart(answer.column_names)
    rows = [
        dict(zip(names, values, strict=True)) for values in zip(*(column.to_pylist() for column in answer.columns), strict=True)
    ]
    return _print_rows(rows, names, as_json, as_csv)


def _print_rows(rows: Sequence[Mapping[str, Any]], names: Sequence[str], as_json: bool, as_csv: bool) -> int:
    if as_json:
        for row in rows:
            print_json({name: _plain(value) for name, value in row.items()})
    elif as_csv:
        records = [{name: _plain(value) for name, value in row.items()} for row in rows]
        echo("\n".join(spreadsheet(records)) if records else ",".join(names))
    else:
        is_number = [any(_is_number(row[name]) for row in rows) for name in names]
        cells = [[_cell(row[name]) for name in names] for row in rows]
        for line in table_lines([escape(name) for name in names], cells, is_number, columns()):
            echo(line)
    if not rows:
        complain("replay", "no rows")
    return OK if rows else FINDING


def _told_apart(names: Sequence[str]) -> list[str]:
    """Names of which SQL may give one twice."""
    texts: list[str] = []
    for name in names:
        text, number = name, 2
        while text in texts:
            text, number = f"{name}_{number}", number + 1
        texts.append(text)
    return texts


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _plain(value: Any) -> Any:
    """A value that JSON has: dates and times as text, UTC."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return value.isoformat(" ", "auto" if value.microsecond else "seconds").removesuffix("+00:00")
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    return value if value is None or isinstance(value, bool | int | float | str | bytes) else str(value)


def _cell(value: Any) -> str:
    value = _plain(value)
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.3f}" if math.isfinite(value) else str(value)
    if isinstance(value, int):
        return f"{value:,}"
    return escape(", ".join(map(_cell, value)) if isinstance(value, list) else str(value))
