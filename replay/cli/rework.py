"""`replay migrate` and `replay shrink`: recordings played again, under new rules or as little of them as possible."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from replay.cli.check import setting_pairs
from replay.cli.common import OK, Command, escape, naming, print_json, progress, recordings
from replay.cli.inspect import JSON
from replay.core.installed import find_game
from replay.core.names import SUFFIX
from replay.core.recording import Recording
from replay.prove.migrate import Migration, migrated_name
from replay.prove.migrate import migrate as migrate_file
from replay.prove.report import shell_word
from replay.prove.shrink import BUDGET_SECONDS
from replay.prove.shrink import shrink as shrink_file


@click.command(
    cls=Command,
    examples=[
        "replay migrate match.replay --dry-run",
        "replay migrate recordings/ -o migrated/",
        "replay migrate old.replay --set map_hash=3f2a -o new.replay",
    ],
)
@click.argument("paths", nargs=-1, required=True)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="The new file, or a folder. Default: NAME.rulesN.replay beside it."
)
@click.option("--set", "settings", multiple=True, metavar="KEY=VALUE", help="A setting that changes; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Only show how the outcome changes.")
@JSON
def migrate(paths: tuple[str, ...], output: Path | None, settings: tuple[str, ...], dry_run: bool, as_json: bool) -> int:
    """Play old recordings by the installed rules, into new ones that name the old ones as parents.

    The old files are only read. Exit codes: 0 done, 3 one cannot be read, 4 game not installed.
    """
    files = recordings(paths)
    if output is not None and len(files) > 1 and not output.is_dir():
        raise click.UsageError(f"{output} is no folder, and there are {len(files)} recordings")
    changed = setting_pairs(settings)
    for path in files:
        with naming(path):
            target = None if dry_run else _target(path, output)
            found = migrate_file(path, target, settings=changed)
        if as_json:
            print_json({"source": str(path), "target": str(target) if target else None, "rules": found.rules, "ticks": found.ticks,
                        "before": found.before, "after": found.after, "dropped_fields": found.dropped_fields})  # fmt: skip
        else:
            _tell(found)
    return OK


def _target(path: Path, output: Path | None) -> Path:
    if output is None or output.is_dir():
        with Recording(path) as recording:
            name = migrated_name(path, find_game(recording.header.game))
        return name if output is None else output / path.name
    return output


def _tell(found: Migration) -> None:
    new = f" -> {escape(str(found.target))}" if found.target else " (dry run)"
    click.echo(f"{escape(str(found.source))}{new}")
    click.echo(f"  {escape(found.game)} rules {found.rules[0]} -> {found.rules[1]}, {found.ticks:,} ticks")
    for name in found.dropped_fields:
        click.echo(f"  the input {name!r} is gone; it was never used")
    if found.before is None:
        click.echo("  the old one claims no result; now it is:")
    elif not found.outcome:
        click.echo("  the outcome is the same")
    for path, before, after in found.outcome:
        click.echo(f"  {escape(path or 'result'):<28} {escape(str(before))} -> {escape(str(after))}")


@click.command(
    cls=Command,
    examples=[
        "replay shrink match.replay",
        "replay shrink match.replay -o bug.replay --reference ../old/.venv/bin/python",
        "replay shrink match.replay --budget-seconds 600 --json",
    ],
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The new file. Default: NAME.small.replay beside it.")
@click.option("--reference", metavar="PYTHON", help="The environment that computes what was recorded, such as the old version's.")
@click.option("--budget-seconds", type=click.FloatRange(0), default=BUDGET_SECONDS, show_default=True, help="Search no longer.")
@JSON
def shrink(file: Path, output: Path | None, reference: str | None, budget_seconds: float, as_json: bool) -> int:
    """Cut a diverging recording to a short one that still diverges: a bug report of seconds.

    What is behind the first bad tick goes; then players' inputs, then spans of ticks, as long as the environment that recorded
    it (--reference; else a second process of this one) and this code still differ.
    """
    target = output or file.with_name(f"{file.name.removesuffix(SUFFIX)}.small{SUFFIX}")
    with progress("shrinking") as show, naming(file):
        found = shrink_file(
            file, target, reference=reference, budget_seconds=budget_seconds, progress=partial(show, unit="ticks left")
        )
    if as_json:
        print_json({**vars(found), "target": str(target)})
        return OK
    before, after = found.ticks
    click.echo(
        f"{escape(str(target))}: {after:,} ticks of {before:,}, first bad tick {found.first_bad_tick}; {found.attempts} attempts"
    )
    if found.idle_players:
        click.echo(f"  players who do nothing any more: {', '.join(map(str, found.idle_players))}")
    if found.note:
        click.echo(f"  {escape(found.note)}")
    click.echo(f"look: replay verify {shell_word(str(target))}")
    return OK
