"""`replay verify`: the proof, for people and for machines."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from replay.cli.common import (
    ENVIRONMENT,
    FINDING,
    OK,
    UNREADABLE,
    UNVERIFIABLE,
    Command,
    NothingToDo,
    complain,
    draw_tick,
    emit,
    progress,
    recordings,
    stopped_by_signals,
)
from replay.cli.complete import recordings as complete_recordings
from replay.cli.complete import times
from replay.cli.output import data, echo
from replay.cli.workers import By, worker_options
from replay.core.errors import ReplayError, UsageError
from replay.core.text import counted
from replay.core.url import path_of
from replay.core.verify import Verdict, Verification
from replay.prove.batch import Scope, shard_of, verify_many
from replay.prove.causes import Cause, Causes, Extent, sign_of
from replay.prove.report import INDENT, as_data, headline, repeated, report

if TYPE_CHECKING:
    from replay.prove.reference import ReferenceComparison, References

EXIT_CODES = {
    Verdict.OK: OK,
    Verdict.DIVERGED: FINDING,
    Verdict.INCOMPLETE: UNREADABLE,
    Verdict.UNREADABLE: UNREADABLE,
    Verdict.UNVERIFIABLE: UNVERIFIABLE,
    Verdict.ENVIRONMENT: ENVIRONMENT,
}
COLOURS = {Verdict.OK: "green", Verdict.DIVERGED: "red", Verdict.UNVERIFIABLE: "yellow", Verdict.ENVIRONMENT: "yellow"}
GIT_BISECT_SKIP, GIT_BISECT_ABORT = 125, 129

Output = Callable[[Verification, "ReferenceComparison | None", "Cause | None"], object]


class _VerifyCommand(Command):
    """With --git-bisect its exit codes are what `git bisect run` reads: 125 for all that says nothing about the match. To git, any
    other one means "bad"."""

    def make_context(self, info_name: str | None, args: list[str], *rest: Any, **extra: Any) -> click.Context:
        git_bisect = "--git-bisect" in args
        try:
            return super().make_context(info_name, args, *rest, **extra)
        except click.UsageError as error:
            if not git_bisect:
                raise
            complain("replay", error.format_message())
            raise click.exceptions.Exit(GIT_BISECT_ABORT) from error

    def invoke(self, ctx: click.Context) -> int:
        git_bisect = ctx.params.pop("git_bisect")
        try:
            code: int = super().invoke(ctx)
        except NothingToDo as error:  # recordings come and go with the commits
            if not git_bisect:
                raise
            complain("replay", error.format_message())
            return GIT_BISECT_SKIP
        except UsageError as error:
            if not git_bisect:
                raise
            complain("replay", str(error), error.hint)
            return GIT_BISECT_ABORT
        except (ReplayError, OSError) as error:  # a key that cannot be read, a worker that died
            if not git_bisect:
                raise
            complain("replay", str(error), getattr(error, "hint", ""))
            return GIT_BISECT_SKIP
        return GIT_BISECT_SKIP if git_bisect and code not in (OK, FINDING) else code


@click.command(
    cls=_VerifyCommand,
    examples=[
        "replay verify recordings/ --jobs 2 --junit report.xml",
        "replay verify match.replay --reference recorded    # or HEAD~1, a tag, ../old/.venv/bin/python",
        "replay verify --git-bisect recordings/duel.replay    # for git bisect run",
    ],
)
@click.argument("paths", nargs=-1, required=True, shell_complete=complete_recordings)
@worker_options()
@click.option("--no-cache", is_flag=True, help="Simulate what has not changed since it was found ok, too.")
@click.option("--shard", metavar="K/N", help="Only the K-th of N shares, about equally long: for N machines of a CI.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first recording that is not ok.")
@click.option(
    "--from",
    "start",
    metavar="TIME",
    shell_complete=times,
    help="Begin at the recording's own snapshot before TIME, and believe it.",
)
@click.option("--to", "stop", metavar="TIME", shell_complete=times, help="Stop with the second that holds TIME.")
@click.option("--every-second", is_flag=True, help="For the hurried: compare the hash of every second, not every tick's digest.")
@click.option("--every-tick", is_flag=True, hidden=True, help="What is done by default.")
@click.option(
    "--parent",
    metavar="FULL",
    shell_complete=complete_recordings,
    help="Prove, too, that recordings cut out of FULL begin with its state.",
)
@click.option("--budget-ticks", type=click.IntRange(1), help="Give up on a recording that takes more ticks.")
@click.option("--budget-seconds", type=click.FloatRange(0), help="Give up on a recording that takes longer.")
@click.option("--untrusted", is_flag=True, help="For files of strangers: each in a process with limits; claims are ignored.")
@click.option("--receipt", is_flag=True, help="Print what --untrusted attests of each as a line of JSON; reports go to stderr.")
@click.option("--sign", "key_file", metavar="KEY", help="Sign the receipts with this private key (PEM).")
@click.option(
    "--reference",
    metavar="REVISION|PYTHON",
    help="Where one diverged, compare with what the rules of a git revision compute (HEAD~1, a tag, `recorded`), or of another "
    "environment.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per recording.")
@click.option("--report", "html", type=click.Path(dir_okay=False), metavar="FILE", help="Write a report in HTML, in one file.")
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
    by: By,
    fail_fast: bool,
    reference: str | None,
    as_json: bool,
    junit: str | None,
    html: str | None,
    github: bool,
    artifacts: str | None,
    receipt: bool,
    key_file: str | None,
    parent: str | None,
    every_second: bool,
    no_cache: bool,
    shard: str | None,
    **scope: Any,
) -> int:
    """Re-simulate recordings and prove that they still happen.

    PATHS are files, folders, globs, or - for a list on stdin. Every tick is compared, states and events. What was found ok, and has
    not changed since, nor its rules, is not simulated again.
    Exit codes: 0 all ok, 1 one diverged, 3 one cannot be read or has no end, 4 one needs other rules or more than its budget, 5 no
    recordings, 6 this machine cannot tell.
    """
    files, count, width = _files(paths, shard)
    receipt = receipt or key_file is not None
    asked = _scope(scope, every_second, receipt, as_json, bool(parent or reference or artifacts))
    tally, causes, extent = _Tally(), Causes(), Extent(count)
    with stopped_by_signals(), ExitStack() as stack:
        show = stack.enter_context(progress("verifying"))
        outputs: list[Output] = [partial(tell, width=width, as_json=as_json, err=receipt)]
        if receipt:
            outputs.append(_receipts(key_file))
        references = _references(stack, reference)
        outputs += _reports(stack, extent, junit, github, as_json, html, references)
        stack.enter_context(_noting_cuts(extent))
        how: dict[str, Any] = {"scope": asked, "remember": not (no_cache or reference), **by.options()}
        verifications = verify_many(by.paths(files), progress=show if count == 1 else None, **how)
        stack.enter_context(closing(verifications))
        if count != 1:
            stack.callback(_sum_up, tally, causes, count, time.perf_counter())
        for number, verification in enumerate(verifications, 1):
            if parent is not None:
                verification = _begun_by(parent, verification)
            comparison = None if references is None else _compared(verification, references)
            tally.add(verification)
            extent.done = number
            cause = None if verification.is_ok else _cause(causes, verification, comparison)
            for output in outputs:
                output(verification, comparison, cause)
            if artifacts and not verification.is_ok:
                _keep(verification, comparison, artifacts, number if count != 1 else 0)
            if count != 1:
                show(number, count or number, "files")
            if fail_fast and not verification.is_ok:
                break
    codes = [EXIT_CODES[verdict] for verdict in tally if verdict is not Verdict.OK]
    # A divergence is the finding; it outranks a file that could not be judged.
    return FINDING if FINDING in codes else codes[0] if codes else OK


def _scope(values: dict[str, Any], every_second: bool, receipt: bool, as_json: bool, runs_here: bool) -> Scope:
    """How much to verify. runs_here: something else is to be done with the files, outside of any wall. Raises UsageError for
    options that exclude each other."""
    if every_second and values["every_tick"]:
        raise UsageError("--every-second and --every-tick exclude each other", "every tick is compared by default")
    scope = Scope(**{**values, "every_tick": not every_second, "untrusted": values["untrusted"] or receipt})
    if scope.untrusted and (scope.start or scope.stop or (receipt and as_json)):
        raise UsageError("--untrusted goes with no --from, --to; a receipt with no --json", "it is always the whole match")
    if scope.untrusted and runs_here:
        raise UsageError("--untrusted goes with no --parent, --reference, --artifacts", "they run the rules outside of the wall")
    return scope


def _files(paths: tuple[str, ...], shard: str | None) -> tuple[Iterator[Path], int | None, int]:
    """The files, how many they are (None: a list that is still coming), and the width of their names."""
    if "-" in paths:
        if shard is not None:
            raise UsageError("a list that is still coming has no shares", "give files or folders with --shard")
        listed = (path_of(line.rstrip("\n")) for line in sys.stdin if line.strip())
        first = next(listed, None)
        if first is None:
            raise NothingToDo("no recordings in the list on stdin")
        return chain([first], listed), None, 40
    files = recordings(paths)
    if shard is not None:
        number, count = _share(shard)
        files = shard_of(files, number, count)
        if not files:
            raise NothingToDo(f"there are fewer recordings than shares: none is in {shard}")
    return iter(files), len(files), min(max(len(str(file)) for file in files), 60)


def _share(text: str) -> tuple[int, int]:
    number, _, count = text.partition("/")
    if not (
        number.isascii() and count.isascii() and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count) <= 9999
    ):
        raise UsageError(f"--shard {text!r} is not a share", "K/N, like 3/10: the third of ten")
    return int(number), int(count)


def _cause(causes: Causes, verification: Verification, comparison: ReferenceComparison | None) -> Cause:
    sign = sign_of(verification, comparison)
    return causes.add(str(verification.path), verification.verdict, sign, verification.first_bad_tick)


def _begun_by(parent: str, verification: Verification) -> Verification:
    from replay.prove.parent import with_parent

    return with_parent(verification, parent)


def _references(stack: ExitStack, named: str | None) -> References | None:
    if named is None:
        return None
    from replay.prove.reference import References

    return stack.enter_context(References(named))


def _compared(verification: Verification, references: References) -> ReferenceComparison:
    from replay.prove.reference import compare

    return compare(verification, references)


def _reports(
    stack: ExitStack,
    extent: Extent,
    junit: str | None,
    github: bool,
    as_json: bool,
    html: str | None,
    references: References | None,
) -> Iterator[Output]:
    if html:
        from replay.cli.report_page import HtmlReport

        yield stack.enter_context(HtmlReport(html, extent, references)).add
    if junit or github:
        from replay.prove.ci import GitHub, JUnit

        if junit:
            yield stack.enter_context(JUnit(junit, extent)).add
        if github:
            stream = sys.stderr if as_json else data()
            yield stack.enter_context(GitHub(stream, os.environ.get("GITHUB_STEP_SUMMARY"), extent)).add


@contextmanager
def _noting_cuts(extent: Extent) -> Iterator[None]:
    """While what was done is written down, nothing more interrupts: who stops a run likes to say it twice."""
    try:
        yield
    except BaseException:
        extent.is_cut = True
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise


def _keep(verification: Verification, comparison: ReferenceComparison | None, folder: str, number: int) -> None:
    from replay.prove.ci import keep_artifacts

    files = keep_artifacts(verification, folder, number, draw_tick, comparison)
    echo(f"{INDENT}kept in {files[0].parent}", err=True)


class _Tally(Counter[Verdict]):
    """How many recordings had which verdict, and how many of those that are ok were not simulated again."""

    unchanged = 0

    def add(self, verification: Verification) -> None:
        self[verification.verdict] += 1
        self.unchanged += verification.unchanged


def _sum_up(tally: _Tally, causes: Causes, count: int | None, began: float) -> None:
    """Also when interrupted: how much was done, of how much."""
    for cause in causes.shared:
        echo(f"cause {cause.number}: {cause}", err=True)
        echo(f"{INDENT}{cause.names()}", err=True)
    total = tally.total()
    done = counted(total, "recording") if count in (None, total) else f"{total:,} of {counted(count or 0, 'recording')}"
    counts = ", ".join(f"{count:,} {verdict}" for verdict, count in tally.items()) or "none"
    counts += f"; {tally.unchanged:,} unchanged since they were verified" if tally.unchanged else ""
    echo(f"{done} in {time.perf_counter() - began:.1f} s: {counts}", err=True)


def _receipts(key_file: str | None) -> Output:
    """Prints the receipt of each, signed if there is a key."""
    from replay.prove.sandbox.places import places
    from replay.prove.sandbox.receipt import load_key, sign, to_json

    if key_file and places().has(Path(key_file)):
        raise UsageError(f"{key_file} lies where rules could read it, among what they import", "keep keys elsewhere")
    key = load_key(key_file, private=True) if key_file else None

    def print_receipt(verification: Verification, comparison: object, cause: object) -> None:
        if (receipt := verification.receipt) is not None:
            echo(to_json(receipt if key is None else sign(receipt, key)))

    return print_receipt


def tell(
    verification: Verification,
    comparison: ReferenceComparison | None,
    cause: Cause | None = None,
    width: int = 0,
    as_json: bool = False,
    *,
    err: bool = False,
) -> None:
    """The verification as one JSON object, or as a line and a report; the report of a cause is given once."""
    facts = as_data(verification, comparison) | {"cause": cause.number if cause else None}
    emit(facts, as_json, lambda: _lines(verification, comparison, cause, width), err=err)


def _lines(verification: Verification, comparison: ReferenceComparison | None, cause: Cause | None, width: int) -> Iterator[str]:
    is_known = cause is not None and cause.count > 1
    if cause is not None and is_known:  # a line will do
        verification = replace(verification, message=repeated(verification, cause))
    text = headline(verification, width)
    yield click.style(text[:13], fg=COLOURS.get(verification.verdict, "red"), bold=True) + text[13:]
    if not is_known:
        yield from (INDENT + line for line in report(verification, comparison))
