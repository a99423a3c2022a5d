"""The command line `arena`: one file a group of commands."""


def main() -> None:
    import sys

    from replay.cli.common import run

    from .commands import arena

    sys.exit(run(arena, "arena"))
