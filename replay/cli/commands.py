"""The table of all commands. They load when they are called, so that none pays for another."""

from __future__ import annotations

import click

from replay.cli.common import LazyGroup

# name: (module, attribute, one line of help)
COMMANDS = {
    "record": (".record", "record", "Record a pygame program as it is, or any game played by a machine."),
    "info": (".inspect", "info", "What a recording holds: game, players, length, result."),
    "verify": (".verify", "verify", "Re-simulate recordings and prove that they still happen."),
    "diff": (".compare", "diff", "Where two recordings part, or a recording and this code."),
    "bisect": (".compare", "bisect", "The first tick at which something holds."),
    "cover": (".cover", "cover", "What recordings reach of the rules, and which of them are enough."),
    "mutate": (".mutate", "mutate", "Which small changes of the rules would the recordings notice?"),
    "check": (".check", "check", "Is a game deterministic? Every promise, by running it in many ways."),
    "lint": (".check", "lint", "What in the source of rules breaks replays."),
    "migrate": (".rework", "migrate", "Play old recordings by the installed rules, into new ones."),
    "accept": (".accept", "accept", "Review what new rules make of old recordings, and replace those you accept."),
    "shrink": (".rework", "shrink", "Cut a diverging recording to a short one that still diverges."),
    "show": (".inspect", "show", "The state at one moment, by field names."),
    "cat": (".inspect", "cat", "The input events, or the events that follow from them, a line each."),
    "stats": (".stats", "stats", "What happened, in numbers: scoreboard, kill feed, economy ..."),
    "plot": (".stats", "plot", "What happened, as a picture: score, heat map, kill matrix."),
    "index": (".library", "index", "Verify recordings and enter them into the library."),
    "prune": (".library", "prune", "Forget the recordings whose files are gone."),
    "ls": (".library", "ls", "The recordings of the library, all or those that match."),
    "search": (".library", "search", "Moments: FILE@TIME where something happens."),
    "tables": (".analysis", "tables", "Recordings as tables: matches, players, events, as Parquet."),
    "query": (".analysis", "query", "Questions in SQL over the tables."),
    "board": (".analysis", "board", "Who is best: leaderboards over the tables."),
    "scan": (".scan", "scan", "Moments at which a condition on state fields begins to hold, in many recordings."),
    "watch": (".watch", "watch", "Watch recordings: play, scrub, go backwards, take over."),
    "export": (".watch", "export", "A picture, GIF or film of a recording, without a window."),
    "events": (".events", "events", "What happens in a match, live too: events with positions to resume from."),
    "clip": (".edit", "clip", "Cut out a moment, small; it is verified from there on."),
    "strip": (".edit", "strip", "Leave out all that can be computed again."),
    "pack": (".edit", "pack", "Verify, compute hashes and snapshots anew, compress."),
    "receipt": (".receipt", "receipt", "Signed receipts of verifications: keys, and checking."),
    "mark": (".edit", "mark", "Name a moment, or the highlights."),
    "guide": (".guide", "guide", "The guide, one page at a time."),
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    package=__package__,
    examples=["replay info match.replay", "replay verify recordings/", "replay show match.replay --at 20s"],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="deterministic-replay", prog_name="replay")
def replay() -> None:
    """Deterministic replays: look into recordings, re-simulate them, prove that they are the same match.

    A recording is named by path, folder, glob, or FILE@TIME. TAB completes games, recordings and moments in them after

    \b
    bash    eval "$(_REPLAY_COMPLETE=bash_source replay)"    in ~/.bashrc
    zsh     eval "$(_REPLAY_COMPLETE=zsh_source replay)"     in ~/.zshrc
    fish    _REPLAY_COMPLETE=fish_source replay | source     in ~/.config/fish/completions/replay.fish
    """
