"""`replay migrate` and `replay shrink`: recordings played again, under new rules or as little of them as possible."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click

from replay.cli.check import setting_pairs
from replay.cli.common import OK, Command, emit, escape, naming, progress, recordings
from replay.cli.complete import recordings as complete_recordings
from replay.cli.inspect import JSON
from replay.cli.output import echo
from replay.core.installed import find_game
from replay.core.names import SUFFIX, bare_name
from replay.core.recording import Recording
from replay.core.text import counted
from replay.prove.migrate import Migration, migrated_name
from replay.prove.migrate import migrate as migrate_file
from replay.prove.report import shell_word
from replay.prove.shrink import BUDGET_SECONDS, Shrunk
from replay.prove.shrink import shrink as shrink_file


@click.command(
    cls=Command,
    examples=[
        "replay migrate match.replay --dry-run",
        "replay migrate recordings/ -o migrated/",
        "replay migrate old.replay --set map_hash=3f2a -o new.replay",
    ],
)
@click.argument("paths", nargs=-1, required=True, shell_complete=complete_recordings)
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
        raise click.UsageError(f"{output} is not a folder, and there are {len(files)} recordings")
    changed = setting_pairs(settings)
    done = 0
    try:
        for path in files:
            with naming(path):
                target = None if dry_run else _target(path, output)
                migration = migrate_file(path, target, settings=changed)
            facts = {name: value for name, value in vars(migration).items() if name != "game"}
            facts |= {"source": str(path), "target": str(target) if target else None}
            emit(facts, as_json, partial(_migration_lines, migration))
            done += 1
    finally:
        if done < len(files) > 1:
            echo(f"{done} of {counted(len(files), 'recording')} done", err=True)
    return OK


def _target(path: Path, output: Path | None) -> Path:
    if output is None or output.is_dir():
        with Recording(path) as recording:
            name = migrated_name(path, find_game(recording.header.game))
        return name if output is None else output / path.name
    return output


def _migration_lines(migration: Migration) -> Iterator[str]:
    new = f" -> {escape(str(migration.target))}" if migration.target else " (dry run)"
    yield f"{escape(str(migration.source))}{new}"
    yield f"  {escape(migration.game)} rules {migration.rules[0]} -> {migration.rules[1]}, {migration.ticks:,} ticks"
    for name in migration.dropped_fields:
        yield f"  the input {name!r} is gone; it was never used"
    if migration.before is None:
        yield "  the old one claims no result; now it is:"
    elif not migration.outcome:
        yield "  the outcome is the same" + (", and so are all states and events" if migration.is_same else "")
    if migration.changed_at is not None:
        yield f"  states or events differ from tick {migration.changed_at} on"
    for path, before, after in migration.outcome:
        yield f"  {escape(path or 'result'):<28} {escape(str(before))} -> {escape(str(after))}"


@click.command(
    cls=Command,
    examples=[
        "replay shrink match.replay",
        "replay shrink match.replay -o bug.replay --reference ../old/.venv/bin/python",
        "replay shrink match.replay --budget-seconds 600 --json",
    ],
)
@click.argument("file", shell_complete=complete_recordings, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path), help="The new file. Default: NAME.small.replay beside it.")
@click.option(
    "--reference",
    metavar="REVISION|PYTHON",
    help="What computes what was recorded: a git revision, `recorded`, or an old environment.",
)
@click.option("--budget-seconds", type=click.FloatRange(0), default=BUDGET_SECONDS, show_default=True, help="Search no longer.")
@JSON
def shrink(file: Path, output: Path | None, reference: str | None, budget_seconds: float, as_json: bool) -> int:
    """Cut a diverging recording to a short one that still diverges: a bug report of seconds.

    What comes after the first bad tick goes; then players' inputs, then spans of ticks, as long as the environment that recorded
    it (--reference; else a second process of this one) and this code still differ.
    """
    target = output or file.with_name(f"{bare_name(file.name)}.small{SUFFIX}")
    with progress("shrinking") as show, naming(file):
        shrunk = shrink_file(
            file, target, reference=reference, budget_seconds=budget_seconds, progress=partial(show, unit="ticks left")
        )
    emit({**vars(shrunk), "target": str(target)}, as_json, lambda: _shrunk_lines(shrunk))
    return OK


def _shrunk_lines(shrunk: Shrunk) -> Iterator[str]:
    before, after = shrunk.ticks
    cut = f"{after:,} ticks of {before:,}, first bad tick {shrunk.first_bad_tick}; {shrunk.attempts} attempts"
    yield f"{escape(str(shrunk.target))}: {cut}"
    if shrunk.idle_players:
        yield f"  players who do nothing any more: {', '.join(map(str, shrunk.idle_players))}"
    if shrunk.note:
        yield f"  {escape(shrunk.note)}"
    yield f"look: replay verify {shell_word(str(shrunk.target))}"
