"""`replay index`, `ls`, `search`: many recordings, and the moments in them."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import click

from replay.cli.common import ENVIRONMENT, FINDING, OK, UNREADABLE, Command, NothingToDo, complain, emit, escape, progress
from replay.cli.complete import recordings
from replay.cli.languages import SEARCHES
from replay.cli.output import data, echo
from replay.cli.spreadsheet import spreadsheet
from replay.cli.workers import By, worker_options
from replay.core.text import counted
from replay.core.url import Url, path_of
from replay.find.library import FILE_NAME, CatalogueEntry, Library, Moment
from replay.find.library.following import follow
from replay.find.search import length_seconds
from replay.read.timecode import clock

_LEAVES_OUT = re.compile(r"-[^\W\d]\w*(?:\.\w+)?(?::|[!<>]?=|<|>)")
FOLDERS = (Path(), Path("recordings"))  # where a library is looked for, here and in the folders above
COLOURS = {"ok": "green", "unverifiable": "yellow"}

_Function = TypeVar("_Function", bound=Callable[..., Any])


def library_options(function: _Function) -> _Function:
    where = "A file or SQLAlchemy URL. Default: library.sqlite next to the recordings."
    function = click.option("--library", "location", envvar="REPLAY_LIBRARY", metavar="URL", help=where)(function)
    base = "The folder that paths in a library on a server are relative to. Default: the current one."
    return click.option("--root", envvar="REPLAY_LIBRARY_ROOT", type=click.Path(file_okay=False, path_type=Path), help=base)(
        function
    )


def existing(location: str | None, root: Path | None, *, to_read: bool = True, sought: Sequence[str] = ()) -> Library:
    """The library that is meant. Raises NothingToDo if there is none yet, naming the first of what is sought in it."""
    to_search = f" to search for {sought[0]} in" if sought else ""
    if location is None:
        here = Path.cwd()
        places = (above / folder / FILE_NAME for above in (here, *here.parents) for folder in FOLDERS)
        path = next((place for place in places if place.is_file()), None)
        if path is None:
            raise NothingToDo(f"no library here{to_search}; make one: replay index recordings/")
        location = str(path)
    elif "://" not in location and not Path(location).exists():
        raise NothingToDo(f"no library {location}{to_search}; make it: replay index --library {location} recordings/")
    return Library(location, root, to_read=to_read)


@click.command(
    cls=Command,
    examples=[
        "replay index",
        "replay index recordings/ --jobs 2",
        "replay index recordings/ --follow --json",
        "replay index recordings/ --reference recorded    # older rules count what they made",
        "replay index s3://season/2026/ --library postgresql://localhost/matches --workers 4",
        "replay index s3://season/ --library postgresql://db/matches --cluster tcp://10.0.0.1:8786",
    ],
)
@click.argument("named", metavar="[PATHS]...", nargs=-1, shell_complete=recordings)
@worker_options()
@click.option("--rebuild", is_flag=True, help="Read everything again, not only what is new or has changed.")
@click.option("--follow", "live", is_flag=True, help="Go on: enter each recording that comes as soon as it has ended, or is cut.")
@click.option(
    "--reference",
    metavar="REVISION|PYTHON",
    help="Who judges recordings of rules that are not here: a git revision (`recorded`, a tag) or an environment.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file that was read.")
@library_options
def index(
    named: tuple[str, ...],
    by: By,
    rebuild: bool,
    live: bool,
    reference: str | None,
    as_json: bool,
    location: str | None,
    root: Path | None,
) -> int:
    """Verify recordings and enter them into the library: header, players, result, numbers, events.

    PATHS are files and folders; default: recordings/. Where neither the file nor the rules have changed, it is passed over. Killed
    in the middle, the next call goes on. What is known of a verified match stays, even where its game is not installed or has other
    rules by now; `replay prune` forgets.
    """
    paths = tuple(map(path_of, named)) or (FOLDERS[1],)
    if missing := next((path for path in paths if not path.exists()), None):
        raise NothingToDo(f"no recordings in {missing}")
    folder = Path() if isinstance(paths[0], Url) else paths[0] if paths[0].is_dir() else paths[0].parent
    counts: dict[str, int] = {}
    files = 0
    is_machine = False
    start = time.perf_counter()

    def tell(done: int, total: int) -> None:
        nonlocal files
        files = total
        show(done, total, unit="files")

    with Library(location or str(folder / FILE_NAME), root) as library, progress("indexing") as show:
        try:
            look = partial(follow, library) if live else library.index
            outcomes = look(paths, rebuild=rebuild, reference=reference, progress=tell, **by.options())
            for path, status, verdict, message in outcomes:
                counts[status] = counts.get(status, 0) + 1
                if status == "known" and verdict in ("", "ok"):
                    continue
                is_machine = is_machine or verdict == "environment"
                emit({"file": str(path), "status": status, "verdict": verdict, "message": message}, as_json, tuple)
                if live:
                    data().flush()
                if verdict != "ok" or status == "refused":
                    complain("replay", f"{path}: {verdict}: {message}")
        finally:
            echo(_counts_text(counts, files, time.perf_counter() - start), err=True)
    if not counts:
        raise NothingToDo(f"no recordings in {', '.join(map(str, paths))}")
    if is_machine:
        return ENVIRONMENT
    return UNREADABLE if counts.get("broken") else OK


def _counts_text(counts: dict[str, int], files: int, seconds: float) -> str:
    """files: how many there are, if that is known."""
    done = sum(counts.values())
    texts = [
        f"{counts[status]} {status}" for status in ("new", "updated", "copy", "broken", "refused", "known") if status in counts
    ]
    part = f"{done:,} of {counted(files, 'file')}: " if done < files else ""
    return f"{part}{', '.join(texts) or 'nothing'} in {seconds:.1f} s"


@click.command(cls=Command, examples=["replay prune --dry-run", "replay prune", "replay prune --library ~/matches/library.sqlite"])
@click.option("--dry-run", is_flag=True, help="Only say what would be forgotten.")
@library_options
def prune(dry_run: bool, location: str | None, root: Path | None) -> int:
    """Forget the recordings whose files are gone, with all that the library knows of them."""
    with existing(location, root, to_read=dry_run) as library:
        gone = library.prune(dry_run=dry_run)
    for path in gone:
        echo(escape(shown(path)))
    complain("replay", f"{counted(len(gone), 'file')} {'would be ' if dry_run else ''}forgotten")
    return OK


class Asking(Command):
    """A command that takes a search: one that begins with `-field:` is a term of it, and no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(ctx, [f" {each}" if _LEAVES_OUT.match(each) else each for each in args])


@click.command(
    cls=Asking,
    examples=["replay ls", "replay ls map:duel player:Ann 'kills>=10' after:2026-01-01", "replay ls --verdict diverged --json"],
    help=f"""List the recordings of the library, all or those that match; winners have a star.

    QUERY says the same as the options, and more:

    {SEARCHES}

    A number is what the game counts, a setting like map is one of its own. `stale` is what was ok by rules, or in an environment,
    that changed since: index again. See also: `replay search`, for events; `replay scan`, for states; `replay query`, for counts
    and averages.
    """,
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
@click.option("--from", "cursor", default="", metavar="CURSOR", help="Go on where an earlier list ended; it said so.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording.")
@click.option("--csv", "as_csv", is_flag=True, help="A table for spreadsheets.")
@library_options
def ls(
    query: tuple[str, ...],
    sort: str,
    limit: int | None,
    cursor: str,
    as_json: bool,
    as_csv: bool,
    location: str | None,
    root: Path | None,
    **filters: Any,
) -> int:
    with existing(location, root, sought=query) as library:
        entries = library.find(_search(query, **filters), sort=sort, limit=limit, after=cursor)
    facts = [{**vars(entry), "path": shown(entry.path)} for entry in entries]
    if as_csv:
        echo(
            "\n".join(spreadsheet([{**each, **{name: ", ".join(each[name]) for name in ("players", "winners")}} for each in facts]))
        )
    else:
        for entry, each in zip(entries, facts, strict=True):
            emit(each, as_json, partial(_line, entry))
    if not entries:
        complain("replay", "no recording matches")
    elif limit is not None and len(entries) == limit:
        complain("replay", f"more may follow: --from {entries[-1].cursor}")
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
    file = escape(shown(entry.path))
    if not entry.identity:
        return f"{verdict} {file}  {escape(entry.message)}"
    played = datetime.fromtimestamp(entry.created_ms / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    length = clock(round(entry.seconds * entry.ticks_per_second), entry.ticks_per_second)
    names = " ".join(escape(name) + ("*" if name in entry.winners else "") for name in entry.players)
    place = escape(str((entry.config or {}).get("map", entry.game)))
    return f"{verdict} {played}  {length:>8}  {place:<10} {file}  {names}"


def shown(path: Path) -> str:
    """The path as one would type it here."""
    return str(path) if isinstance(path, Url) else os.path.relpath(path)


@click.command(
    cls=Asking,
    examples=[
        "replay search --player Ann --kind death --as actor --item launcher --within 5s --at-least 3",
        "replay search map:duel --kind streak --limit 10 --json",
        'replay watch "$(replay search --kind death --as actor --within 4s --at-least 4 --limit 1)"',
    ],
    help=f"""Find moments by what happens: FILE@TIME lines that `replay watch`, `show` and `clip` take.

    QUERY narrows down the recordings, in these words:

    {SEARCHES}

    With --as, the events of a moment are all of the same player. See also: `replay scan`, for states; `replay query`, for counts
    and averages.
    """,
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
@click.option("--csv", "as_csv", is_flag=True, help="A table for spreadsheets.")
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
    as_csv: bool,
    location: str | None,
    root: Path | None,
) -> int:
    with existing(location, root, sought=query) as library:
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
    places = [f"{shown(moment.path)}@{moment.tick}" for moment in moments]
    facts = [{"moment": place, **vars(moment), "path": shown(moment.path)} for place, moment in zip(places, moments, strict=True)]
    if as_csv:
        echo("\n".join(spreadsheet(facts)))
    else:
        for moment, place, each in zip(moments, places, facts, strict=True):
            emit(each, as_json, partial(_moment_line, moment, place, is_long))
    if not moments:
        complain("replay", "no such moment")
    return OK if moments else FINDING


def _moment_line(moment: Moment, place: str, is_long: bool) -> str:
    if not is_long:
        return escape(place)
    at, seconds = clock(moment.tick, moment.ticks_per_second), (moment.last_tick - moment.tick) / moment.ticks_per_second
    return f"{escape(place)}  {at}  {moment.count} in {seconds:.1f} s  {escape(moment.player or '')}".rstrip()
