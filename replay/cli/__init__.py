"""The command line `replay`. Commands load when they are called, so that none pays for another."""

from __future__ import annotations

import sys

import click

from replay.cli.common import Command, run

# name: (module, attribute, one line of help)
COMMANDS = {
    "info": ("inspect", "info", "What a recording holds: game, players, length, result."),
    "verify": ("verify", "verify", "Re-simulate recordings and prove that they still happen."),
    "show": ("inspect", "show", "The state at one moment, by field names."),
    "cat": ("inspect", "cat", "The input events, or the events that follow from them, a line each."),
}


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[name]
        command: click.Command = getattr(__import__(f"replay.cli.{module}", fromlist=[attribute]), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in COMMANDS.items()])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        Command.write_examples(
            formatter,
            [
                "replay info match.replay",
                "replay verify recordings/",
                "replay show match.replay --at 20s",
            ],
        )


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="deterministic-replay", prog_name="replay")
def replay() -> None:
    """Deterministic replays: look into recordings, re-simulate them, prove that they are the same match.

    A recording is named by path, folder, glob, or FILE@TIME.
    """


def main() -> None:
    sys.exit(run(replay, "replay"))
