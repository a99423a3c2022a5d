"""What the golden recordings protect: .ci/mutants.toml, and that each of those made for it notices what no other does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from golden import RECORDINGS

from replay.prove.cover.explained import read_explanations
from replay.prove.cover.mutants import Mutant, line_of, mutants_of
from replay.prove.cover.trial import KILLED, SURVIVED, Copy

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "game" / "simulation").glob("*.py"))
# A golden match and a change that it notices: its kind, a part of the line, a part of the change. One of each kind; of most matches
# what they are there for. That of "volley" comes after 2,900 ticks, which only the whole run waits for.
NOTICED = [
    ("close-call", "comparison", "abs(int(player.y) - y) <", "(abs(int(player.y) - y) <= rules.HIT_RADIUS)"),
    ("cornered-across", "constant", "column = (x + rules.RADIUS if vx > 0", "0 -> 1"),
    ("cornered-across", "logic", "if abs(dx) >= rules.SPLASH_RADIUS", "and"),
    ("cornered-along", "constant", "row = (y + rules.RADIUS if vy > 0", "0 -> 1"),
    ("edge-of-a-blast", "comparison", "if distance <", "(distance <= rules.SPLASH_RADIUS)"),
    ("late-help", "comparison", "if state.tick <", "(state.tick <= player.assist_until[other])"),
    ("late-help", "drop", "player.deaths += 1", "pass"),
    ("late-help", "order", "move_players(state", "fire_weapons"),
    ("own-goals", "sign", "first, best, second =", "1 << 30 -> (1 >> 30)"),
    ("reckless", "comparison", "item >= rules.COIN", "(item > rules.COIN)"),
]


@pytest.fixture(scope="module")
def mutants() -> list[Mutant]:
    return [mutant for source in SOURCES for mutant in mutants_of(source)]


@pytest.fixture(scope="module")
def copy_of_the_rules(tmp_path_factory) -> Iterator[Copy]:
    copy = Copy(SOURCES, ["game.simulation"], tmp_path_factory.mktemp("copy"))
    yield copy
    copy.close()


def test_every_explanation_fits_a_change_that_there_is(mutants):
    lines = {mutant: line_of(mutant) for mutant in mutants}
    explanations = read_explanations(ROOT / ".ci" / "mutants.toml")
    assert len(explanations) > 40
    stale = [each for each in explanations if not any(each.fits(mutant, line) for mutant, line in lines.items())]
    assert not stale
    assert all(each.change for each in explanations)  # none explains all that can be done to a line


@pytest.mark.parametrize(("name", "kind", "line", "change"), NOTICED)
def test_a_golden_match_notices_the_change(name, kind, line, change, mutants, copy_of_the_rules):
    mutant = next(each for each in mutants if each.kind == kind and change in each.change and line in line_of(each))
    path = RECORDINGS / f"{name}.replay"
    trial = copy_of_the_rules.try_out(mutant.file, mutant.applied(mutant.file.read_bytes()), [path], "arena", 60.0)
    assert trial.outcome == KILLED and Path(trial.by) == path, trial


def test_rules_as_they_are_are_not_noticed(copy_of_the_rules):
    path = RECORDINGS / "late-help.replay"
    assert copy_of_the_rules.try_out(SOURCES[0], SOURCES[0].read_bytes(), [path], "arena", 60.0).outcome == SURVIVED
