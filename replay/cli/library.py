"""`replay index`, `ls`, `search`: many recordings, and the moments in them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from replay.cli.common import ENVIRONMENT, FINDING, OK, UNREADABLE, Command, NothingToDo, complain, emit, escape, progress
from replay.cli.complete import recordings
from replay.cli.output import echo
from replay.core.text import counted
from replay.find.library import FILE_NAME, CatalogueEntry, Library, Moment
from replay.find.search import length_seconds
from replay.read.timecode import clock

FOLDERS = (Path(), Path("recordings"))  # where a library is looked for
COLOURS = {"ok": "green", "unverifiable": "yellow"}

_Function = TypeVar("_Function", bound=Callable[..., Any])


def library_options(function: _Function) -> _Function:
    where = "A file or SQLAlchemy URL. Default: library.sqlite next to the recordings."
    function = click.option("--library", "location", envvar="REPLAY_LIBRARY", metavar="URL", help=where)(function)
    base = "The folder that paths in a library on a server are relative to. Default: the current one."
    return click.option("--root", envvar="REPLAY_LIBRARY_ROOT", type=click.Path(file_okay=False, path_type=Path), help=base)(
        function
    )


def existing(location: str | None, root: Path | None) -> Library:
    """The library that is meant. Raises NothingToDo if there is none yet."""
    if location is None:
        path = next((folder / FILE_NAME for folder in FOLDERS if (folder / FILE_NAME).exists()), None)
        if path is None:
            raise NothingToDo("no library here; make one: replay index recordings/")
        location = str(path)
    elif "://" not in location and not Path(location).exists():
        raise NothingToDo(f"no library {location}; make it: replay index --library {location} recordings/")
    return Library(location, root, to_read=True)


@click.command(
    cls=Command,
    examples=[
        "replay index",
        "replay index recordings/ --jobs 2",
        "replay index ~/matches --library postgresql://localhost/matches",
    ],
)
@click.argument("paths", nargs=-1, shell_complete=recordings, type=click.Path(path_type=Path))
@click.option("--jobs", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@click.option("--prune", is_flag=True, help="Forget recordings whose files are gone.")
@click.option("--rebuild", is_flag=True, help="Read everything again, not only what is new or has changed.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file that was read.")
@library_options
def index(
    paths: tuple[Path, ...], jobs: int, prune: bool, rebuild: bool, as_json: bool, location: str | None, root: Path | None
) -> int:
    """Verify recordings and enter them into the library: header, players, result, numbers, events.

    PATHS are files and folders; default: recordings/. What has not changed is passed over. Killed in the middle, the next call
    goes on.
    """
    paths = paths or (FOLDERS[1],)
    if missing := next((path for path in paths if not path.exists()), None):
        raise NothingToDo(f"no recordings in {missing}")
    folder = paths[0] if paths[0].is_dir() else paths[0].parent
    counts: dict[str, int] = {}
    files = 0
    is_machine = False
    start = time.perf_counter()

    def tell(done: int, total: int) -> None:
        nonlocal files
        files = total
        show(done, total, unit="files")

    with Library(location or str(folder / FILE_NAME), root) as library, progress("indexing") as show:
        pruned = library.prune() if prune else []
        try:
            outcomes = library.index(paths, jobs=jobs, rebuild=rebuild, progress=tell)
            for path, status, verdict, message in outcomes:
                counts[status] = counts.get(status, 0) + 1
                if status == "known" and verdict in ("", "ok"):
                    continue
                is_machine = is_machine or verdict == "environment"
                emit({"file": str(path), "status": status, "verdict": verdict, "message": message}, as_json, tuple)
                if verdict != "ok":
                    complain("replay", f"{path}: {verdict}: {message}")
        finally:
            echo(_counts_text(counts, len(pruned), files, time.perf_counter() - start), err=True)
    if not counts:
        raise NothingToDo(f"no recordings in {', '.join(map(str, paths))}")
    if is_machine:
        return ENVIRONMENT
    return UNREADABLE if counts.get("broken") else OK


def _counts_text(counts: dict[str, int], pruned: int, files: int, seconds: float) -> str:
    """files: how many there are, if that is known."""
    done = sum(counts.values())
    texts = [f"{counts[status]} {status}" for status in ("new", "updated", "copy", "broken", "known") if status in counts]
    texts += [f"{pruned} forgotten"] if pruned else []
    part = f"{done:,} of {counted(files, 'file')}: " if done < files else ""
    return f"{part}{', '.join(texts) or 'nothing'} in {seconds:.1f} s"


@click.command(
    cls=Command,
    examples=["replay ls", "replay ls map:duel player:Ann 'kills>=10' after:2026-01-01", "replay ls --verdict diverged --json"],
)
@click.argument("query", nargs=-1)
@click.option("--map", "map_name", metavar="NAME", help="On this map.")
@click.option("--player", "player_names", multiple=True, metavar="NAME", help="With this player; may be given again.")
@click.option("--winner", metavar="NAME", help="Won by this player.")
@click.option("--outcome", metavar="WORD", help="That ended so: score, time ...")
@click.option("--longer", metavar="TIME", help="At least so long: 90s, 1:30, 2m.")
@click.option("--shorter", metavar="TIME", help="At most so long.")
@click.option("--after", metavar="DATE", help="Played at or after: 2026-01-31.")
@click.option("--before", metavar="DATE", help="Played before.")
@click.option("--verdict", metavar="WORD", help="ok, diverged, incomplete, unreadable, unverifiable, environment.")
@click.option("--rules", metavar="N", help="Under these rules.")
@click.option("--sort", default="-date", show_default=True, help="date, length, file, or a number such as kills; - for descending.")
@click.option("--limit", type=click.IntRange(1), help="At most so many.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording.")
@library_options
def ls(
    query: tuple[str, ...], sort: str, limit: int | None, as_json: bool, location: str | None, root: Path | None, **filters: Any
) -> int:
    """List the recordings of the library, all or those that match; winners have a star.

    QUERY says the same as the options, and more: map:duel player:Ann kills>=10 winner:Ann bot:hunter length>=1:30 on:2026-01-31
    file:*final* -verdict:ok, or just a word. One that begins with - goes into quotes with another, or after --.
    """
    with existing(location, root) as library:
        entries = library.find(_search(query, **filters), sort=sort, limit=limit)
    for entry in entries:
        emit({**vars(entry), "path": _shown(entry.path)}, as_json, partial(_line, entry))
    if not entries:
        complain("replay", "no recording matches")
    return OK if entries else FINDING


def _search(query: tuple[str, ...], **filters: Any) -> str:
    """The options as part of the query text."""
    fields = {"map_name": "map:", "longer": "length>=", "shorter": "length<="}
    names = filters.pop("player_names", ())
    terms = [_term("player:", name) for name in names]
    terms += [_term(fields.get(option, f"{option}:"), value) for option, value in filters.items() if value is not None]
    return " ".join([*terms, *query])


def _term(field: str, value: str) -> str:
    if '"' in value:
        raise click.UsageError(f"{value!r}: quotes cannot be searched for; put * in their place")
    return f'{field}"{value}"'


def _line(entry: CatalogueEntry) -> str:
    verdict = click.style(f"{entry.verdict:<12}", fg=COLOURS.get(entry.verdict, "red"))
    file = escape(_shown(entry.path))
    if not entry.identity:
        return f"{verdict} {file}  {escape(entry.message)}"
    played = datetime.fromtimestamp(entry.created_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    length = clock(round(entry.seconds * entry.ticks_per_second), entry.ticks_per_second)
    names = " ".join(escape(name) + ("*" if name in entry.winners else "") for name in entry.players)
    place = escape(str((entry.config or {}).get("map", entry.game)))
    return f"{verdict} {played}  {length:>8}  {place:<10} {file}  {names}"


def _shown(path: Path) -> str:
    """The path as one would type it here."""
    return os.path.relpath(path)


@click.command(
    cls=Command,
    examples=[
        "replay search --player Ann --kind death --as actor --item launcher --within 5s --at-least 3",
        "replay search map:duel --kind streak --limit 10 --json",
        'replay watch "$(replay search --kind death --as actor --within 4s --at-least 4 --limit 1)"',
    ],
)
@click.argument("query", nargs=-1)
@click.option("--kind", required=True, help="Kind of event: death, streak, purchase ...")
@click.option("--player", metavar="NAME", help="With this player; * stands for anything.")
@click.option("--as", "role", type=click.Choice(["actor", "target"]), help="In this part: who did it, or whom it was done to.")
@click.option("--item", metavar="NAME", help="With this item.")
@click.option("--within", metavar="TIME", help="So close together: 5s.")
@click.option("--at-least", type=click.IntRange(1), default=1, show_default=True, help="So many of them.")
@click.option("--limit", type=click.IntRange(1), help="At most so many moments.")
@click.option("--long", "-l", "is_long", is_flag=True, help="After each moment: time, how many, who.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per moment.")
@library_options
def search(
    query: tuple[str, ...],
    kind: str,
    player: str | None,
    role: str | None,
    item: str | None,
    within: str | None,
    at_least: int,
    limit: int | None,
    is_long: bool,
    as_json: bool,
    location: str | None,
    root: Path | None,
) -> int:
    """Find moments: FILE@TIME lines that `replay watch`, `show` and `clip` take.

    QUERY narrows down the recordings, as for `replay ls`. With --as, the events of a moment are all of the same player.
    """
    with existing(location, root) as library:
        moments = library.moments(
            " ".join(query),
            kind=kind,
            player=player,
            role=role,
            item=item,
            within_seconds=None if within is None else length_seconds(within),
            at_least=at_least,
            limit=limit,
        )
    for moment in moments:
        path = _shown(moment.path)
        place = f"{path}@{moment.tick}"
        emit({"moment": place, **vars(moment), "path": path}, as_json, partial(_moment_line, moment, place, is_long))
    if not moments:
        complain("replay", "no such moment")
    return OK if moments else FINDING


def _moment_line(moment: Moment, place: str, is_long: bool) -> str:
    if not is_long:
        return escape(place)
    at, seconds = clock(moment.tick, moment.ticks_per_second), (moment.last_tick - moment.tick) / moment.ticks_per_second
    return f"{escape(place)}  {at}  {moment.count} in {seconds:.1f} s  {escape(moment.player or '')}".rstrip()
