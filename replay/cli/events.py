"""`replay events`: the derived events of a recording, also of one that is being written."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from replay.cli.common import OK, Command, emit, naming
from replay.cli.complete import recordings
from replay.cli.inspect import fields_text
from replay.cli.output import data
from replay.core.recording import Recording
from replay.find.follow import BEGIN, Position, follow


@click.command(
    cls=Command,
    examples=[
        "replay events match.replay --kind death --kind streak",
        "replay events live.replay --follow --json | jq 'select(.kind == \"death\")'",
        "replay events live.replay --follow --json --after 1204:0",
    ],
)
@click.argument("file", shell_complete=recordings, type=click.Path(path_type=Path))
@click.option("--follow", "live", is_flag=True, help="Go on while the match is being recorded; ends with it.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only events of this kind; may be given again.")
@click.option("--after", metavar="TICK:INDEX", help="Go on after this position: that of the last event one has dealt with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def events(file: Path, live: bool, kinds: tuple[str, ...], after: str | None, as_json: bool) -> int:
    """What happens in a match, an event a line: its position, its kind, and its fields by name, players by theirs.

    Whoever keeps the position of the last event they have dealt with, and comes back with it as --after, misses none and gets
    none twice, whatever was killed in between.
    """
    start = Position.parse(after) if after is not None else BEGIN
    names: list[str] = []
    with naming(file):
        for event in follow(file, kinds=kinds or None, after=start, live=live):
            if not names and not as_json:  # as there are events, there is a header now
                with Recording(file) as recording:
                    names = [player.name for player in recording.header.players]
            emit(event, as_json, partial(_line, event, names))
            if live:
                data().flush()
    return OK


def _line(event: dict[str, Any], names: list[str]) -> str:
    position = event.pop("position")
    return f"{position:>10}  {fields_text(event, names)}"
