"""The command line `replay`, and recordings as tests: one file a group of commands.

commands       the table of all commands
quick          `verify FILE` of a compiled game, where all agrees
common         exit codes, messages, arguments, progress
output         where output goes, its colours and its width; stdout holds nothing but data
tables         tables that fit the terminal; `analysis`: the commands for tables of many matches
facts          what a recording says of itself
guide          the pages of `replay/docs/`
textconv       the same, and a line a second, for `git diff`
complete       what a shell offers after TAB
pytest_plugin  recordings as tests: what loads in every pytest run
recordings     recordings as tests: what it does where there are some
"""


def main() -> None:
    import sys

    from replay.cli import quick

    try:
        if quick.is_plain(sys.argv[1:]) and quick.verified(sys.argv[2]):
            sys.exit(0)
    except KeyboardInterrupt:
        print("\nreplay: interrupted", file=sys.stderr)
        sys.exit(130)
    from replay.cli.commands import replay
    from replay.cli.common import run

    sys.exit(run(replay, "replay"))
