"""`replay events`: the derived events of recordings, also of those that are being written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from replay.cli.common import FINDING, OK, UNREADABLE, Command, complain, emit, escape, naming
from replay.cli.complete import recordings
from replay.cli.inspect import fields_text
from replay.cli.output import data
from replay.core.lock import is_being_recorded
from replay.core.recording import Recording
from replay.find.follow import BEGIN, Position, follow
from replay.find.search import length_seconds
from replay.find.streams import follow_all


@click.command(
    cls=Command,
    examples=[
        "replay events match.replay --kind death --kind streak",
        "replay events live.replay --follow --json --after 1204:0",
        "replay events recordings/ --follow --json | jq 'select(.kind == \"death\")'",
    ],
)
@click.argument("paths", nargs=-1, required=True, shell_complete=recordings, type=click.Path(path_type=Path))
@click.option("--follow", "live", is_flag=True, help="Go on while matches are being recorded; ends with them, but for a folder.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only events of this kind; may be given again.")
@click.option("--after", metavar="POSITION", help="Go on after this position: that of the last event one has dealt with.")
@click.option("--still", metavar="TIME", help="A file that nobody holds, and that is still for so long, is cut off. Default: 30s.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def events(paths: tuple[Path, ...], live: bool, kinds: tuple[str, ...], after: str | None, still: str | None, as_json: bool) -> int:
    """What happens in a match, an event a line: its position, its kind, and its fields by name, players by theirs.

    Whoever keeps the position of the last event they have dealt with, and comes back with it as --after, misses none and gets
    none twice, whatever was killed in between.

    Of a folder, or of many files, lines are records: begin, event, ended, cut, resumed, refused, caught-up. One position stands for
    all of them. Exit codes: 0; 1 a recording was refused; 3 the one file that was followed is cut off.
    """
    still_seconds = None if still is None else length_seconds(still)
    if len(paths) > 1 or paths[0].is_dir():
        return _many(paths, live, kinds, after, still_seconds, as_json)
    file = paths[0]
    start = Position.parse(after) if after is not None else BEGIN
    names: list[str] = []
    with naming(file):
        for event in follow(file, kinds=kinds or None, after=start, live=live, still_seconds=still_seconds):
            if not names and not as_json:  # as there are events, there is a header now
                with Recording(file) as recording:
                    names = [player.name for player in recording.header.players]
            emit(event, as_json, partial(_line, event, names))
            if live:
                data().flush()
        with Recording(file) as recording:
            damage = None if is_being_recorded(file) else recording.damage
    if damage is not None:
        complain("replay", f"{file}: {damage}", damage.hint)
    return OK if damage is None else UNREADABLE


def _line(event: dict[str, Any], names: list[str]) -> str:
    position = event.pop("position")
    return f"{position:>10}  {fields_text(event, names)}"


def _many(
    paths: tuple[Path, ...], live: bool, kinds: tuple[str, ...], after: str | None, still_seconds: float | None, as_json: bool
) -> int:
    names: dict[str, list[str]] = {}
    code = OK
    for record in follow_all(paths, kinds=kinds or None, after=after or "", live=live, still_seconds=still_seconds):
        if record["record"] == "begin":
            names[record["stream"]] = record["players"]
        if record["record"] == "refused":
            code = FINDING
        emit(record, as_json, partial(_record_line, record, names))
        if live:
            data().flush()
    return code


def _record_line(record: dict[str, Any], names: dict[str, list[str]]) -> str:
    kind, stream = record.pop("record"), record.pop("stream", "")
    record.pop("position")
    if kind == "event":
        return f"{escape(stream)}@{record['tick'] + 1}  {fields_text(record, names.get(stream, []))}"
    facts = (f"{name} {record[name]}" for name in ("game", "rules", "ticks", "how", "message") if name in record)
    return escape("  ".join([part for part in (stream, kind, *facts) if part]))
