"""`replay mutate`: which small changes of the rules would the recordings notice?"""

from __future__ import annotations

import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from replay.cli.common import FINDING, Command, complain, emit, escape, naming, progress, recordings
from replay.cli.complete import recordings as complete_recordings
from replay.cli.cover import RULES, game_of, reached, said_problems
from replay.cli.inspect import JSON
from replay.cli.output import echo
from replay.cli.workers import By, worker_options
from replay.core.errors import UsageError
from replay.core.text import counted
from replay.prove.cover.explained import Explanation, explained, read_explanations
from replay.prove.cover.mutants import Mutant, line_of, mutants_of
from replay.prove.cover.reach import BY_THE_INTERPRETER
from replay.prove.cover.rules import module_of, sources_of
from replay.prove.cover.search import found, machine_matches
from replay.prove.cover.trial import SURVIVED, Trial
from replay.prove.cover.trials import Rules, Trials


@click.command(
    cls=Command,
    examples=[
        "replay mutate recordings/ --rules mygame.rules --jobs 2",
        "replay mutate recordings/ --rules mygame.rules --limit 100 --seed 7 --explained mutants.toml",
        "replay mutate recordings/ --rules mygame.rules --search 20 -o proposed/",
        "replay mutate recordings/ --rules mygame.rules --workers 8",
    ],
)
@click.argument("paths", nargs=-1, required=True, shell_complete=complete_recordings)
@RULES
@worker_options(BY_THE_INTERPRETER)
@click.option("--limit", type=click.IntRange(1), help="Try only so many, drawn by --seed.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which ones --limit draws.")
@click.option("--explained", "explanations", type=click.Path(path_type=Path), metavar="FILE", help="A TOML file of reasons.")
@click.option("--search", type=click.IntRange(0), metavar="N", help="Look for what kills a survivor in N matches by a machine.")
@click.option("--among", multiple=True, metavar="PATH", help="Look in these recordings, too, as those of bots.")
@click.option("-o", "--output", type=click.Path(path_type=Path), metavar="FOLDER", help="Where what is found is offered.")
@JSON
def mutate(
    paths: tuple[str, ...],
    modules: tuple[str, ...],
    by: By,
    limit: int | None,
    seed: int,
    explanations: Path | None,
    search: int | None,
    among: tuple[str, ...],
    output: Path | None,
    as_json: bool,
) -> int:
    """Change the rules a little, one change at a time, and see whether a recording notices.

    Comparisons, constants, signs, and / or, the order of statements, dropped statements; in a copy of the sources, with the
    recordings that reach the line. Kernels are compiled once, with all changes in one library: then a change takes a tenth of a
    second; other rules are run by the interpreter, up to the first recording that notices. What an earlier call has found out is
    not tried again. A change that survives is a fault that nobody would see. Exit codes: 0 all noticed or explained, 1 one
    survives, or an explanation is stale.
    """
    if (search is not None or among) and output is None:
        raise UsageError("what the search finds needs a place", "name a folder: -o proposed/")
    reasons = [] if explanations is None else read_explanations(explanations)
    files = recordings(paths)
    game = game_of(files)
    sources = sources_of(game, modules)
    mutants = _drawn([mutant for source in sources for mutant in mutants_of(source)], limit, seed)
    rules = Rules(game, modules or [module_of(game)], sources, reached([*by.paths(files)], sources, **by.options()))
    code = said_problems(rules.reaches)
    with Trials(rules, by.jobs, lambda mutant: explained(reasons, mutant, line_of(mutant)) is not None, by.executor) as trials:
        trials.check_copy()
        tally, survivors, used = _try_all(trials, mutants, reasons, as_json)
        if output is not None and survivors:
            _search(trials, rules, survivors, search or 0, among, output)
    stale = [each for each in reasons if each not in used and _is_stale(each, sources, mutants)]
    for each in stale:
        complain("replay", f"{explanations}: nothing survives that fits {each.file}: {each.line}", "take the explanation out")
    echo(f"{counted(tally.total(), 'change')}: {', '.join(f'{count:,} {word}' for word, count in tally.most_common())}", err=True)
    return FINDING if survivors or stale else code


def _drawn(mutants: list[Mutant], limit: int | None, seed: int) -> list[Mutant]:
    if limit is None or limit >= len(mutants):
        return mutants
    return [mutants[index] for index in sorted(random.Random(seed).sample(range(len(mutants)), limit))]


def _try_all(
    trials: Trials, mutants: Sequence[Mutant], reasons: Sequence[Explanation], as_json: bool
) -> tuple[Counter[str], list[Mutant], set[Explanation]]:
    """Counts by outcome; the survivors that nothing explains; the explanations that explained one."""
    tally: Counter[str] = Counter()
    survivors: list[Mutant] = []
    used: set[Explanation] = set()
    with progress("changing the rules") as show:
        for number, (mutant, trial) in enumerate(trials.run(mutants), 1):
            show(number, len(mutants), "changes")
            line, source = line_of(mutant), mutant.file.read_bytes()
            reason = explained(reasons, mutant, line) if trial.outcome == SURVIVED else None
            if reason is not None:
                used.add(reason)
            elif trial.outcome == SURVIVED:
                survivors.append(mutant)
            tally["explained" if reason is not None else trial.outcome] += 1
            if as_json or (trial.outcome == SURVIVED and reason is None):
                emit(_data(mutant, trial, line, reason), as_json, lambda m=mutant, t=trial, s=source: _lines(m, t, s))  # type: ignore[misc]
    return tally, survivors, used


def _lines(mutant: Mutant, trial: Trial, source: bytes) -> Iterator[str]:
    why = f": {escape(trial.how)}" if trial.how else ""
    yield f"survived  {escape(os.path.relpath(mutant.file))}:{mutant.line}  {mutant.kind}{why}"
    yield from (f"          {escape(line)}" for line in mutant.diff(source))


def _data(mutant: Mutant, trial: Trial, line: str, reason: Explanation | None) -> dict[str, Any]:
    return {
        "file": os.path.relpath(mutant.file),
        "line": mutant.line,
        "text": line.strip(),
        "kind": mutant.kind,
        "change": mutant.change,
        **trial._asdict(),
        "explained": None if reason is None else reason.why,
    }


def _is_stale(explanation: Explanation, sources: Sequence[Path], tried: Sequence[Mutant]) -> bool:
    """Whether all changes that it is about were tried, and none survived; or there are none."""
    known = set(tried)
    for source in sources:
        if any(explanation.fits(each, line_of(each)) and each not in known for each in mutants_of(source)):
            return False
    return True


def _search(trials: Trials, rules: Rules, survivors: list[Mutant], count: int, among: tuple[str, ...], output: Path) -> None:
    """Offer recordings that kill survivors."""
    samples = [reach.path for reach in rules.reaches if not reach.problem]
    trials.compile(survivors)
    with tempfile.TemporaryDirectory(prefix="replay-search-") as folder, naming(output):
        candidates = [*(recordings(among) if among else []), *machine_matches(rules.game, samples, count, Path(folder))]
        offered = 0
        for mutant, golden in found(survivors, candidates, rules.game, trials.tried_on, output):
            offered += 1
            echo(f"killed by  {escape(str(golden))}: {escape(os.path.relpath(mutant.file))}:{mutant.line} {mutant.kind}")
    echo(f"{offered} of {counted(len(survivors), 'survivor')} killed by matches out of {len(candidates)}", err=True)
