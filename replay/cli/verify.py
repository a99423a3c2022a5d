"""`replay verify`: the proof, for people and for machines."""

from __future__ import annotations

import os
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import click

from replay.cli.common import (
    FINDING,
    OK,
    UNREADABLE,
    UNVERIFIABLE,
    Command,
    NothingToDo,
    complain,
    print_json,
    progress,
    recordings,
)
from replay.core.errors import UsageError
from replay.core.verify import Verdict, Verification
from replay.prove.batch import Scope, verify_many
from replay.prove.report import INDENT, as_data, headline, report

EXIT_CODES = {
    Verdict.OK: OK,
    Verdict.DIVERGED: FINDING,
    Verdict.INCOMPLETE: UNREADABLE,
    Verdict.UNREADABLE: UNREADABLE,
    Verdict.UNVERIFIABLE: UNVERIFIABLE,
}
COLOURS = {Verdict.OK: "green", Verdict.DIVERGED: "red", Verdict.UNVERIFIABLE: "yellow"}
GIT_BISECT_SKIP, GIT_BISECT_ABORT = 125, 129


class _VerifyCommand(Command):
    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        git_bisect = "--git-bisect" in args
        try:
            return super().make_context(info_name, args, *rest, **extra)
        except click.UsageError as error:
            if not git_bisect:
                raise
            # To `git bisect run` a usage error's exit code would mean "bad".
            complain("replay", error.format_message())
            raise click.exceptions.Exit(GIT_BISECT_ABORT) from error


@click.command(
    cls=_VerifyCommand,
    examples=[
        "replay verify recordings/ --jobs 2 --junit report.xml",
        "replay verify match.replay --reference ../old/.venv/bin/python",
        "replay verify --git-bisect recordings/duel.replay    # for git bisect run",
    ],
)
@click.argument("paths", nargs=-1, required=True)
@click.option("--jobs", type=click.IntRange(1, 64), default=1, help="Recordings verified at once.", show_default=True)
@click.option("--fail-fast", is_flag=True, help="Stop at the first recording that is not ok.")
@click.option("--from", "start", metavar="TIME", help="Begin at the recording's own snapshot before TIME, and believe it.")
@click.option("--to", "stop", metavar="TIME", help="Stop with the second that holds TIME.")
@click.option("--every-tick", is_flag=True, help="Compare the digest of every tick on the way, not only the hash of every second.")
@click.option("--budget-ticks", type=click.IntRange(1), help="Give up on a recording that takes more ticks.")
@click.option("--budget-seconds", type=click.FloatRange(0), help="Give up on a recording that takes longer.")
@click.option("--untrusted", is_flag=True, help="For files of strangers: each in a process with limits; claims are ignored.")
@click.option("--receipt", is_flag=True, help="Print what --untrusted attests of each as a line of JSON; reports go to stderr.")
@click.option("--sign", "key_file", metavar="KEY", help="Sign the receipts with this private key (PEM).")
@click.option("--reference", metavar="PYTHON", help="Where one diverged, compare with what this other environment computes.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording.")
@click.option("--junit", type=click.Path(dir_okay=False), metavar="FILE", help="Write a JUnit report.")
@click.option(
    "--github/--no-github",
    default=lambda: os.environ.get("GITHUB_ACTIONS") == "true",
    help="Annotations and step summary. Default: on under GITHUB_ACTIONS.",
)
@click.option(
    "--artifacts", type=click.Path(file_okay=False), metavar="DIR", help="Keep report, states and picture of failures here."
)
@click.option("--git-bisect", is_flag=True, help="Exit codes for `git bisect run`: 0 good, 1 diverged, 125 cannot tell.")
def verify(
    paths: tuple[str, ...],
    jobs: int,
    fail_fast: bool,
    reference: str | None,
    as_json: bool,
    junit: str | None,
    github: bool,
    artifacts: str | None,
    git_bisect: bool,
    receipt: bool,
    key_file: str | None,
    **scope: Any,
) -> int:
    """Re-simulate recordings and prove that they still happen.

    PATHS are files, folders, globs, or - for a list on stdin. Exit codes: 0 all ok, 1 one diverged, 3 one cannot be read or has no
    end, 4 one needs other rules or more than its budget, 5 no recordings.
    """
    try:
        files, count, width = _files(paths)
    except NothingToDo as nothing:
        if not git_bisect:
            raise
        complain("replay", nothing.format_message())
        return GIT_BISECT_ABORT
    receipt = receipt or key_file is not None
    scope["untrusted"] = scope["untrusted"] or receipt
    if scope["untrusted"] and (scope["start"] or scope["stop"] or (receipt and as_json)):
        raise UsageError("--untrusted goes with no --from, --to; a receipt with no --json", "it is always the whole match")
    key = _signing_key(key_file)
    worst = OK
    with ExitStack() as stack:
        show = stack.enter_context(progress("verifying"))
        outputs = list(_outputs(stack, junit, github, as_json))
        results = verify_many(files, jobs=jobs, scope=Scope(**scope), progress=partial(show) if count == 1 else None)
        stack.enter_context(closing(results))
        tally: Counter[Verdict] = Counter()
        if count != 1:
            stack.callback(_sum_up, tally, time.perf_counter())
        for number, found in enumerate(results, 1):
            tally[found.verdict] += 1
            if reference and found.verdict is Verdict.DIVERGED:
                _compare(found, reference)
            # A divergence is the finding; it outranks a file that could not be judged.
            code = EXIT_CODES[found.verdict]
            worst = code if worst == OK or code == FINDING else worst
            tell(found, width, as_json, err=receipt)
            if receipt and found.receipt is not None:
                _print_receipt(found.receipt, key)
            for output in outputs:
                output.add(found)
            if artifacts and not found.is_ok:
                _keep(found, artifacts, number if count != 1 else 0)
            if count != 1:
                show(number, count or number, "files")
            if fail_fast and not found.is_ok:
                break
    if git_bisect and worst not in (OK, FINDING):
        return GIT_BISECT_SKIP
    return worst


def _files(paths: tuple[str, ...]) -> tuple[Iterator[Path], int | None, int]:
    """The files, how many they are (None: a list that is still coming), and the width of their names."""
    if "-" in paths:
        listed = (Path(line.rstrip("\n")) for line in sys.stdin if line.strip())
        first = next(listed, None)
        if first is None:
            raise NothingToDo("no recordings in the list on stdin")
        return chain([first], listed), None, 40
    files = recordings(paths)
    return iter(files), len(files), min(max(len(str(file)) for file in files), 60)


def _outputs(stack: ExitStack, junit: str | None, github: bool, as_json: bool) -> Iterator[Any]:
    if junit or github:
        from replay.prove.ci import GitHub, JUnit

        if junit:
            yield stack.enter_context(JUnit(junit))
        if github:
            stream = sys.stderr if as_json else sys.stdout
            yield stack.enter_context(GitHub(stream, os.environ.get("GITHUB_STEP_SUMMARY")))


def _compare(found: Verification, python: str) -> None:
    from replay.prove.reference import compare

    compare(found, python)


def _keep(found: Verification, folder: str, number: int) -> None:
    from replay.prove.ci import keep_artifacts

    kept = keep_artifacts(found, folder, number)
    click.echo(f"{INDENT}kept in {kept[0].parent}", err=True)


def _sum_up(tally: Counter[Verdict], began: float) -> None:
    """Also when interrupted: what was done is said."""
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in tally.items()) or "none"
    click.echo(f"{tally.total():,} recordings in {time.perf_counter() - began:.1f} s: {counts}", err=True)


def _signing_key(file: str | None) -> Any:
    if file is None:
        return None
    from replay.prove.sandbox.receipt import load_key

    return load_key(file, private=True)


def _print_receipt(attested: dict[str, Any], key: Any) -> None:
    from replay.prove.sandbox.receipt import sign, to_json

    click.echo(to_json(attested if key is None else sign(attested, key)))


def tell(found: Verification, width: int, as_json: bool, *, err: bool = False) -> None:
    """Say what came out: a line and a report, or one JSON object."""
    if as_json:
        print_json(as_data(found))
        return
    text = headline(found, width)
    verdict, rest = text[:13], text[13:]
    click.echo(click.style(verdict, fg=COLOURS.get(found.verdict, "red"), bold=True) + rest, err=err)
    for line in report(found):
        click.echo(INDENT + line, err=err)
