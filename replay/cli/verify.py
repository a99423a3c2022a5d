"""`replay verify`: the proof, for people and for machines."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import click

from replay.cli.common import FINDING, OK, UNREADABLE, UNVERIFIABLE, Command, escape, print_json, progress, recordings
from replay.timecode import clock
from replay.verify import Verdict, Verification
from replay.verify import verify as verify_file

EXIT_CODES = {
    Verdict.OK: OK,
    Verdict.DIVERGED: FINDING,
    Verdict.INCOMPLETE: UNREADABLE,
    Verdict.UNREADABLE: UNREADABLE,
    Verdict.UNVERIFIABLE: UNVERIFIABLE,
}
COLOURS = {Verdict.OK: "green", Verdict.DIVERGED: "red", Verdict.UNVERIFIABLE: "yellow"}


@click.command(
    cls=Command,
    examples=["replay verify match.replay", "replay verify recordings/ --jobs 2", "replay verify --json 'recordings/*.replay'"],
)
@click.argument("paths", nargs=-1, required=True)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Recordings verified at once.", show_default=True)
@click.option("--every-tick", is_flag=True, help="Compare the digest of every tick on the way, not only the hash of every second.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording.")
def verify(paths: tuple[str, ...], jobs: int, every_tick: bool, as_json: bool) -> int:
    """Re-simulate recordings and prove that they still happen.

    Exit codes: 0 all ok, 1 one diverged, 3 one cannot be read or has no end, 4 one needs other rules, 5 no recordings.
    """
    worst = OK
    files = recordings(paths)
    width = min(max(len(str(file)) for file in files), 60)
    for found, seconds in _verified(files, jobs, every_tick):
        # A divergence is the finding; it outranks a file that could not be judged.
        code = EXIT_CODES[found.verdict]
        worst = code if worst == OK or code == FINDING else worst
        if as_json:
            print_json(as_data(found, seconds))
        else:
            click.echo(line(found, seconds, width))
            for text in report(found):
                click.echo(text)
    return worst


def _verified(files: list[Path], jobs: int, every_tick: bool) -> Iterator[tuple[Verification, float]]:
    """Each file's verification and the seconds it took, in order."""
    with progress("verifying") as show:
        if jobs == 1 or len(files) == 1:
            for file in files:
                yield _timed(file, every_tick, partial(show) if len(files) == 1 else None)
                show(files.index(file) + 1, len(files), "files")
            return
        with ThreadPoolExecutor(jobs) as pool:
            results: Iterable[tuple[Verification, float]] = pool.map(lambda file: _timed(file, every_tick, None), files)
            for done, result in enumerate(results, 1):
                yield result
                show(done, len(files), "files")


def _timed(file: Path, every_tick: bool, show: Any) -> tuple[Verification, float]:
    start = time.perf_counter()
    try:
        found = verify_file(file, every_tick=every_tick, progress=show)
    except OSError as error:
        found = Verification(file, Verdict.UNREADABLE, error.strerror or str(error))
    return found, time.perf_counter() - start


def as_data(found: Verification, seconds: float) -> dict[str, Any]:
    data = asdict(found)
    data.update(path=str(found.path), verdict=found.verdict.value, seconds=round(seconds, 6))
    return data


def line(found: Verification, seconds: float, width: int) -> str:
    head = (
        click.style(f"{found.verdict:<13}", fg=COLOURS.get(found.verdict, "red"), bold=True) + f"{escape(str(found.path)):<{width}}"
    )
    if found.is_ok:
        return f"{head}  {found.ticks:>9,} ticks  {found.hashes_compared:>6,} hashes  {found.ticks / seconds:>12,.0f} ticks/s"
    return f"{head}  {escape(found.message)}"


def report(found: Verification) -> Iterator[str]:
    """The lines under a recording that is not ok: what a person needs to go on."""
    if found.hint:
        yield f"{'':13}{escape(found.hint)}"
    if found.first_bad_tick is None:
        return
    rate = found.ticks_per_second
    yield f"{'':13}last good tick   {found.last_good_tick}  {clock(found.last_good_tick or 0, rate)}"
    yield f"{'':13}first bad tick   {found.first_bad_tick}  {clock(found.first_bad_tick, rate)}"
    if found.field_tick is not None:
        yield f"{'':13}fields that differ at the snapshot of tick {found.field_tick}:"
        for part in found.fields[:12]:
            yield f"{'':15}{part.path:<32} recorded {part.recorded!s:<12} computed {part.computed}"
        if len(found.fields) > 12:
            yield f"{'':15}and {len(found.fields) - 12} more (--json names up to 64)"
    near = sorted(found.events, key=lambda event: abs(event["tick"] - found.first_bad_tick))[:8]
    if near:
        yield f"{'':13}events around it:"
        for event in sorted(near, key=lambda event: event["tick"]):
            fields = "  ".join(f"{name} {value}" for name, value in event.items() if name not in ("tick", "kind"))
            yield f"{'':15}{event['tick']:>8}  {event['kind']:<10}  {fields}"
    yield f"{'':13}look: replay show {escape(str(found.path))} --at {found.first_bad_tick}"
