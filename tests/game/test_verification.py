"""A divergence in arena is located to the tick and named to the field; changed rules are reported so that a newcomer can follow."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from golden import RECORDINGS
from installed import install

from game.match import ARENA
from game.rules import INPUT, STATE
from replay import Recorder, verify
from replay.core.verify import Verdict
from replay.prove.conformance.lint import lint
from replay.prove.reference import Reference, compare

ROOT = Path(__file__).parent.parent.parent
TICKS = 1250

# The rules of another machine: from tick `seed // 100` on, part `seed % 100` of the state comes out differently.
OTHER_RULES = """
from game.match import ArenaGame, ArenaMatch
from game.rules import STATE


class OtherMatch(ArenaMatch):
    def __init__(self, seed, players, config):
        super().__init__(seed, players, config)
        self.from_tick, part = divmod(seed, 100)
        self.at = STATE.fields[STATE.names[part]][1]

    def save(self):
        data = bytearray(super().save())
        if self.state["tick"][0] >= self.from_tick:
            data[self.at] ^= 1
        return bytes(data)


class OtherGame(ArenaGame):
    def new_match(self, seed, players, config):
        return OtherMatch(seed, players, config)


GAME = OtherGame()
"""


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """The other machine's rules, and a reference that runs them in a process of its own."""
    folder = tmp_path_factory.mktemp("other")
    install(folder, "[replay.games]\narena = other_rules:GAME\n")
    (folder / "other_rules.py").write_text(OTHER_RULES)
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder}:{ROOT} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    space: dict = {}
    exec(compile(OTHER_RULES, "other_rules.py", "exec"), space)
    with Reference(python) as reference:
        yield space["GAME"], reference


def inputs(players):
    rng = np.random.default_rng(5)
    rows = np.zeros((TICKS, players), INPUT)
    held = np.maximum.accumulate(np.where(rng.random((TICKS, players)) < 0.05, np.arange(TICKS)[:, None], 0), axis=0)
    rows["buttons"] = np.take_along_axis(rng.integers(0, 64, (TICKS, players)), held, 0)
    rows["x"], rows["y"] = np.take_along_axis(rng.integers(0, 700, (TICKS, players)), held, 0), 300
    return rows


@pytest.mark.parametrize("part", STATE.names)
@pytest.mark.parametrize("tick", [1, 601, TICKS])
def test_a_divergence_in_any_part_of_the_state_is_located_and_named(part, tick, other, tmp_path):
    game, reference = other
    path = tmp_path / "match.replay"
    seed = tick * 100 + STATE.names.index(part)
    with Recorder(path, game, seed=seed, players=["a", "b", "c"], config=ARENA.default_config("duel")) as recorder:
        for row in inputs(3):
            recorder.step(row)
    verification = verify(path, ARENA)
    assert verification.verdict is Verdict.DIVERGED
    assert verification.first_bad_tick in (tick, tick + 1)  # the one after: 1 time in 256 eight bits agree by chance
    divergence = verification.divergence
    assert divergence.what == "state" and divergence.last_good_tick == verification.first_bad_tick - 1
    if tick < TICKS:
        assert divergence.field_tick == (600 if tick == 1 else 1200)
        assert part in [difference.path.split("[")[0].split(".")[0] for difference in divergence.fields]
        assert divergence.random_draws["first_bad_tick"] >= 0
    comparison = compare(verification, reference, ARENA)
    assert not comparison.note and comparison.tick == tick
    (only,) = comparison.fields
    assert only.path.split("[")[0].split(".")[0] == part


def test_a_changed_constant_without_a_new_rules_number_is_reported_so_that_a_newcomer_can_follow(tmp_path):
    for package in ("game", "replay"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "look", "watch"))
    constants = tmp_path / "game" / "numbers.py"
    before = constants.read_text()
    constants.write_text(before.replace("RUN_SPEED = 1000", "RUN_SPEED = 990"))
    assert constants.read_text() != before
    install(tmp_path, "[replay.games]\narena = game.match:ARENA\n")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "REPLAY_ENGINE": "interpreter"}
    done = subprocess.run(
        [sys.executable, "-m", "replay", "verify", RECORDINGS / "duel.replay", "--to", "5s"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1, done.stderr
    for text in (
        "diverged",
        "last good tick",
        "first bad tick",
        "fields that differ at the snapshot of tick",
        "players[",
        "inputs that changed around it:",
        "replay show",
        "if the rules were changed on purpose: give arena a new `rules` number",
        "pytest --replay-update=all",
    ):
        assert text in done.stdout, done.stdout


def test_reading_the_rules_finds_nothing_that_breaks_replays():
    modules = (
        "numbers",
        "rng",
        "rules",
        "fixed",
        "ways",
        "claims",
        "match",
        "config",
        "arena",
        "kernels",
        "projections",
        "simulation",
        "entries",
    )
    assert [str(finding) for module in modules for finding in lint(f"game.{module}", whole_numbers=True)] == []


def test_random_numbers_are_counted_from_the_start():
    match = ARENA.new_match(1, 2, ARENA.default_config())
    assert match.random_draws() == 0
    match.advance(inputs(2)[:60])
    assert 0 < match.random_draws() < 10_000
