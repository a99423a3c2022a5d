"""`replay events`: the derived events of a recording, also of one that is being written."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from replay.cli.common import OK, Command, escape, naming
from replay.find.follow import BEGIN, Position, follow


@click.command(
    cls=Command,
    examples=[
        "replay events match.replay --kind death --kind streak",
        "replay events live.replay --follow --json | jq 'select(.kind == \"death\")'",
        "replay events live.replay --follow --json --after 1204:0",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--follow", "live", is_flag=True, help="Go on while the match is being recorded; ends with it.")
@click.option("--kind", "kinds", multiple=True, metavar="KIND", help="Only events of this kind; may be given again.")
@click.option("--after", metavar="TICK:INDEX", help="Go on behind this position: that of the last event one has dealt with.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")
def events(file: Path, live: bool, kinds: tuple[str, ...], after: str | None, as_json: bool) -> int:
    """What happens in a match, an event a line, each with its position.

    Whoever keeps the position of the last event they have dealt with, and comes back with it as --after, misses none and gets
    none twice, whatever was killed in between.
    """
    start = Position.parse(after) if after is not None else BEGIN
    with naming(file):
        for event in follow(file, kinds=kinds or None, after=start, live=live):
            if as_json:
                text = json.dumps(event)
            else:
                position, kind = event.pop("position"), event.pop("kind")
                del event["tick"]
                text = f"{position:>10}  {kind:<10}  " + "  ".join(f"{name} {value}" for name, value in event.items())
            click.echo(escape(text))
            if live:
                sys.stdout.flush()
    return OK
