"""The command line `replay`. Commands load when they are called, so that none pays for another."""

from __future__ import annotations

import sys

import click

from replay.cli.common import LazyGroup, run

# name: (module, attribute, one line of help)
COMMANDS = {
    "info": ("replay.cli.inspect", "info", "What a recording holds: game, players, length, result."),
    "verify": ("replay.cli.verify", "verify", "Re-simulate recordings and prove that they still happen."),
    "diff": ("replay.cli.compare", "diff", "Where two recordings part, or a recording and this code."),
    "bisect": ("replay.cli.compare", "bisect", "The first tick at which something holds."),
    "check": ("replay.cli.check", "check", "Is a game deterministic? Every promise, by running it in many ways."),
    "lint": ("replay.cli.check", "lint", "What in the source of rules breaks replays."),
    "migrate": ("replay.cli.rework", "migrate", "Play old recordings by the installed rules, into new ones."),
    "shrink": ("replay.cli.rework", "shrink", "Cut a diverging recording to a short one that still diverges."),
    "show": ("replay.cli.inspect", "show", "The state at one moment, by field names."),
    "cat": ("replay.cli.inspect", "cat", "The input events, or the events that follow from them, a line each."),
    "stats": ("replay.cli.stats", "stats", "What happened, in numbers: scoreboard, kill feed, economy ..."),
    "plot": ("replay.cli.stats", "plot", "What happened, as a picture: score, heat map, kill matrix."),
    "index": ("replay.cli.library", "index", "Verify recordings and enter them into the library."),
    "ls": ("replay.cli.library", "ls", "The recordings of the library, all or those that match."),
    "search": ("replay.cli.library", "search", "Moments: FILE@TIME where something happens."),
    "watch": ("replay.cli.watch", "watch", "Watch recordings: play, scrub, go backwards, take over."),
    "export": ("replay.cli.watch", "export", "A picture, GIF or film of a recording, without a window."),
    "events": ("replay.cli.events", "events", "What happens in a match, live too: events with positions to resume from."),
    "clip": ("replay.cli.edit", "clip", "Cut out a moment; the clip still verifies from the seed."),
    "strip": ("replay.cli.edit", "strip", "Leave out all that can be computed again."),
    "pack": ("replay.cli.edit", "pack", "Verify, compute hashes and snapshots anew, compress."),
    "receipt": ("replay.cli.receipt", "receipt", "Signed receipts of verifications: keys, and checking."),
    "mark": ("replay.cli.edit", "mark", "Name a moment, or the highlights."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    examples=["replay info match.replay", "replay verify recordings/", "replay show match.replay --at 20s"],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="deterministic-replay", prog_name="replay")
def replay() -> None:
    """Deterministic replays: look into recordings, re-simulate them, prove that they are the same match.

    A recording is named by path, folder, glob, or FILE@TIME.
    """


def main() -> None:
    sys.exit(run(replay, "replay"))
