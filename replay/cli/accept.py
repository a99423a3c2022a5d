"""`replay accept`: recordings of older rules, reviewed one at a time, and replaced by what the new rules make of them."""

from __future__ import annotations

import re
import sys
import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from replay.cli import renewed
from replay.cli.common import FINDING, OK, Command, complain, escape, print_json, recordings, refused_under_ci
from replay.cli.complete import recordings as complete_recordings
from replay.cli.inspect import JSON
from replay.cli.output import echo
from replay.core.errors import ReplayError, UsageError
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.core.text import counted
from replay.core.verdict import Verdict
from replay.prove.batch import verify_one
from replay.prove.causes import Cause, Causes, Sign
from replay.prove.renewal import Renewal, proposed, unraised

if TYPE_CHECKING:
    from replay.prove.reference import References
    from replay.prove.reference.behaviour import Behaviour

_ANSWERS = {"a": "accepted", "r": "rejected", "s": "skipped"}
_QUESTION = "accept (a), reject (r), skip (s), accept all of this group (g), pictures (p), page that plays it (o), quit (q)? "


@click.command(
    cls=Command,
    examples=[
        "replay accept recordings/",
        "replay accept recordings/ --group 1 --keep-old old/",
        "replay accept recordings/ --reference recorded    # what events appear and vanish",
        "replay accept recordings/ --all --json",
    ],
)
@click.argument("paths", nargs=-1, required=True, shell_complete=complete_recordings)
@click.option("--all", "take_all", is_flag=True, help="Accept all, and ask nothing.")
@click.option("--group", type=click.IntRange(1), metavar="N", help="Accept those of a group, and ask nothing.")
@click.option(
    "--keep-old", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Keep the old ones in this folder."
)
@click.option(
    "--pictures", type=click.Path(path_type=Path, file_okay=False), metavar="DIR", help="Draw the first changed tick here."
)
@click.option(
    "--reference",
    metavar="REVISION|PYTHON",
    help="Ask the old rules, too: a git revision (`recorded`, a tag) or an environment. Fields, events and pictures of both.",
)
@JSON
def accept(
    paths: tuple[str, ...],
    take_all: bool,
    group: int | None,
    keep_old: Path | None,
    pictures: Path | None,
    reference: str | None,
    as_json: bool,
) -> int:
    """Review what new rules make of recordings of an older `rules` number, and replace those that you accept.

    What diverges under the same number is never replaced. Recordings whose outcomes change alike are a group. Keys, a line each
    where stdin is no terminal: a accept, r reject, s skip, g accept the group, p write pictures of before and after, o write a page
    that plays it, q quit.
    Exit codes: 0 nothing is left to accept, 1 something was rejected, skipped or refused, 2 refused under CI.
    """
    refused_under_ci("replay accept")
    with ExitStack() as stack:
        references = None
        if reference is not None:
            from replay.prove.reference import References

            references = stack.enter_context(References(reference))
        review = _Review(keep_old, pictures, references, as_json, asks=not take_all and group is None, takes_all=take_all)
        if group is not None:
            review.taken.add(group)
        answers = Counter(review.decide(path) for path in recordings(paths))
    del answers[""]
    words = ", ".join(f"{count:,} {answer}" for answer, count in answers.items()) or "nothing to accept"
    echo(f"{words}; {counted(len(review.groups), 'group')}" if len(review.groups) else words, err=True)
    return OK if set(answers) <= {"accepted"} else FINDING


@dataclass
class _Review:
    """One recording after the other, and what was said of those before. taken: groups that are accepted unasked."""

    keep_old: Path | None
    pictures: Path | None
    references: References | None
    as_json: bool
    asks: bool
    takes_all: bool
    taken: set[int] = field(default_factory=set)
    groups: Causes = field(default_factory=Causes)

    def decide(self, path: Path) -> str:
        """accepted, rejected, skipped, or refused; empty for one that is what the rules compute."""
        facts: dict[str, Any] = {"path": str(path)}
        try:
            with ExitStack() as stack:
                if (renewal := _proposal(path, stack)) is None:
                    return ""
                behaviour = self._behaviour(renewal)
                group = _group(self.groups, renewal, behaviour)
                if not self.as_json:
                    text = f"{escape(str(renewal.path))}  group {group.number}: {group.sign}"
                    echo("\n".join([text, *renewed.lines(renewal, behaviour)]))
                if self.pictures is not None:
                    self._write("p", renewal, behaviour)
                answer = self._answer(group, renewal, behaviour)
                if answer == "accepted":
                    renewal.accept(self.keep_old)
                facts |= {"answer": answer, "group": group.number, **renewed.facts(renewal, behaviour)}
        except (ReplayError, OSError) as error:
            answer = "refused"
            complain("replay", f"{path} is not replaced: {error}", getattr(error, "hint", ""))
            facts |= {"answer": answer, "why": str(error)}
        if self.as_json:
            print_json(facts)
        return answer

    def _behaviour(self, renewal: Renewal) -> Behaviour | None:
        """Beside that of the old rules, where they can be asked."""
        if self.references is None:
            return None
        from replay.prove.reference.behaviour import behaviour_of

        return behaviour_of(renewal.path, renewal.aside, self.references)

    def _write(self, key: str, renewal: Renewal, behaviour: Behaviour | None) -> None:
        """Pictures or a page, into the folder of `--pictures` or a new one, and say where."""
        if self.pictures is None:
            self.pictures = Path(tempfile.mkdtemp(prefix="replay-accept-"))
        try:
            if key == "p":
                files = renewed.draw(renewal, behaviour, self.pictures)
            else:
                files = [renewed.write_moment(renewal, behaviour, self.pictures)]
        except (ImportError, ReplayError) as error:
            complain("replay", f"no picture of {renewal.path}: {error}", getattr(error, "hint", ""))
            return
        for file in files:
            echo(f"  {escape(str(file))}", err=True)

    def _answer(self, group: Cause, renewal: Renewal, behaviour: Behaviour | None) -> str:
        """By a key, or a line where stdin is no terminal. After the end of it the rest is skipped."""
        if self.takes_all or group.number in self.taken:
            return "accepted"
        while self.asks:
            echo(_QUESTION, err=True)
            key = click.getchar() if sys.stdin.isatty() else sys.stdin.readline()[:1]
            if key in _ANSWERS:
                return _ANSWERS[key]
            if key == "g":
                self.taken.add(group.number)
                return "accepted"
            if key in ("p", "o"):
                self._write(key, renewal, behaviour)
                continue
            self.asks = key not in ("q", "", "\x03", "\x04")
        return "skipped"


def _proposal(path: Path, stack: ExitStack) -> Renewal | None:
    """What could replace a recording; None for one that is what the rules compute. Raises ReplayError for one that has to stay."""
    with Recording(path) as recording:
        header = recording.header
        is_of_here = find_game(header.game).rules == header.rules
    if not is_of_here:
        return stack.enter_context(proposed(path))
    verification = verify_one(path)
    if verification.verdict is Verdict.DIVERGED:
        raise UsageError(unraised(header.game, header.rules))
    if not verification.is_ok:
        raise ReplayError(verification.message, verification.hint)
    return None


def _group(groups: Causes, renewal: Renewal, behaviour: Behaviour | None) -> Cause:
    """Recordings in whose results the same things change, or the same fields and events, by the same step of the rules."""
    migration = renewal.migration
    names = dict.fromkeys(re.sub(r"\[\d+\]", "[]", path) for path, _, _ in migration.outcome)
    is_compared = behaviour is not None and not behaviour.note
    is_same = behaviour.is_same and not names if behaviour is not None and is_compared else migration.is_same
    tick = renewed.changed_at(renewal, behaviour)
    what = "nothing changes" if is_same else "the result changes" if names else "states or events change, the result does not"
    if not is_same and not names and tick is None:
        what = "no state that it proves changes, nor the result; it does not prove its events"
    if behaviour is not None and is_compared and not names:
        names = dict.fromkeys(re.sub(r"\[[\d,]*\]", "[]", part.path) for part in behaviour.fields)
        names |= dict.fromkeys((*behaviour.vanished, *behaviour.appeared))
    kind = f"{migration.game} rules {migration.rules[0]} -> {migration.rules[1]}: {what}"
    return groups.add(str(renewal.path), Verdict.UNVERIFIABLE, Sign(kind, tuple(names)), tick)
