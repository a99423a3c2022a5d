"""The table of all commands. They load when they are called."""

from __future__ import annotations

import click

from replay.cli.common import LazyGroup

# name: (module, attribute, one line of help)
COMMANDS = {
    "play": (".play", "play", "Play against bots or friends at this machine."),
    "demo": (".bots", "demo", "Play, record, re-simulate, verify and seek in a match of bots; a few seconds."),
    "bots": (".bots", "bots", "Record a match of bots, without a window and at full speed."),
    "maps": (".bots", "maps", "The maps, drawn with letters."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    package=__package__,
    examples=["arena demo", "arena bots --players 8 --seconds 180 --seed 7 -o match.replay", "arena maps"],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="deterministic-replay", prog_name="arena")
def arena() -> None:
    """A top-down shooter whose every match is recorded and can be watched, verified and taken over."""
