"""`replay scan`: moments at which a condition on state fields begins to hold, in many recordings; and the text about conditions."""

from __future__ import annotations

import errno
import glob
import os
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from replay.cli.common import FINDING, OK, complain, emit, escape
from replay.cli.common import recordings as named_recordings
from replay.cli.complete import recordings
from replay.cli.languages import CONDITIONS, SEARCHES
from replay.cli.library import Asking, existing, library_options, shown
from replay.cli.output import echo
from replay.cli.spreadsheet import spreadsheet
from replay.cli.workers import By, worker_options
from replay.core.errors import UsageError
from replay.core.names import SUFFIX
from replay.core.text import counted
from replay.core.url import is_url
from replay.find.search import length_seconds, parse
from replay.read.timecode import clock

if TYPE_CHECKING:
    from replay.find.scan import Hit, Refused


@click.command(
    cls=Asking,
    examples=[
        "replay scan recordings/ --when '0 < players.*.health < 10'",
        "replay scan map:duel --when '0 < players.*.health < 10' --then 'winner.*' --long",
        "replay scan recordings/ --when 'any(players.*.streak >= 3)' --every event --json --jobs 2",
        "replay watch \"$(replay scan recordings/ --when 'sum(players.*.gold) > 400' --limit 1)\"",
    ],
    help=f"""Find moments by a condition on state fields: FILE@TIME lines that `replay watch`, `show` and `clip` take.

    QUERY is files and folders; or a search in the library, in these words:

    {SEARCHES}

    Every match is run again, and proved on the way: of one that its recording contradicts, no moment is given. A CONDITION:

    {CONDITIONS}

    A moment is where the condition begins to hold. A list is asked player by player: players.*.health < 10 is somebody with less
    than 10, and --then is asked of the same player. There, winner.* is who won, once the match has ended.

    See also: `replay search`, for events; `replay query`, for counts and averages.

    Exit codes: 0 found; 1 nothing found, or a recording that could not be scanned.
    """,
)
@click.argument("query", nargs=-1, shell_complete=recordings)
@click.option("--when", "condition", required=True, metavar="CONDITION", help="Over state fields; `replay show` lists them.")
@click.option("--then", metavar="CONDITION", help="Only if this holds at a later tick.")
@click.option("--within", metavar="TIME", help="So soon after it: 5s. Default: by the end of the match.")
@click.option("--every", default="tick", show_default=True, metavar="tick|event|N", help="Look at these ticks only.")
@click.option("--limit", type=click.IntRange(1), help="At most so many moments.")
@worker_options()
@click.option("--long", "-l", "is_long", is_flag=True, help="After each moment: time, who, when it held then.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per moment.")
@click.option("--csv", "as_csv", is_flag=True, help="A table for spreadsheets.")
@library_options
def scan(
    query: tuple[str, ...],
    condition: str,
    then: str | None,
    within: str | None,
    every: str,
    limit: int | None,
    by: By,
    is_long: bool,
    as_json: bool,
    as_csv: bool,
    location: str | None,
    root: Path | None,
) -> int:
    from replay.find.scan import scan as hits_in
    from replay.find.when import When

    question = When(condition, then, None if within is None else length_seconds(within))
    refused: list[Refused] = []
    paths = _paths(query, location, root)
    rows = []
    found = hits_in(by.paths(paths), question, every=_every(every), refused=refused.append, **by.options())
    count = 0
    for count, hit in enumerate(islice(found, limit), 1):  # noqa: B007
        facts = _facts(hit)
        if as_csv:
            rows.append(facts)
        else:
            emit(facts, as_json, partial(_line, hit, is_long))
    if rows:
        echo("\n".join(spreadsheet(rows)))
    for path, message, hint in refused:
        complain("replay", f"{shown(path)}: {message}", hint)
    if not count:
        complain("replay", f"no such moment in {counted(len(paths) - len(refused), 'recording')}")
    return OK if count and not refused else FINDING


def _paths(query: tuple[str, ...], location: str | None, root: Path | None) -> list[Path]:
    """The files that are named, or that the library finds. Raises UsageError for both at once, OSError for a file that there is
    not."""
    are_paths = [_is_path(each) for each in query]
    if query and all(are_paths) and location is None:
        return named_recordings(query)
    for each, is_path in zip(query, are_paths, strict=True):
        if not is_path and _is_meant_as_path(each):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), each)
    if any(are_paths):
        raise UsageError(
            f"{query[are_paths.index(True)]} is a file, and a search goes through the library", "name files, or search"
        )
    with existing(location, root, sought=query) as library:
        return [entry.path for entry in library.find(" ".join(query), sort="file") if entry.identity]


def _is_meant_as_path(text: str) -> bool:
    """Whether it is written as a file or a folder, and not as a term like file:*final.replay."""
    return text.endswith((SUFFIX, "/", os.sep)) and not any(term.field for term in parse(text))


def _is_path(text: str) -> bool:
    return is_url(text) or Path(text).exists() or (glob.has_magic(text) and bool(glob.glob(text, recursive=True)))


def _every(text: str) -> Any:
    return int(text) if text.isascii() and text.isdecimal() else text


def _facts(hit: Hit) -> dict[str, Any]:
    path = shown(hit.path)
    return {"moment": f"{path}@{hit.tick}", "path": path, **hit.value._asdict()}


def _line(hit: Hit, is_long: bool) -> str:
    held, rate = hit.value, hit.value.ticks_per_second
    place = f"{escape(shown(hit.path))}@{hit.tick}"
    if not is_long:
        return place
    later = "" if held.then is None else f"  then {clock(held.then, rate)}"
    return f"{place}  {clock(hit.tick, rate)}  {escape(held.player or '')}{later}".rstrip()
