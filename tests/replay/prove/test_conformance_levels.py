"""The kit with games that can do more, and less."""

import games
import numpy as np
import pytest
from games import Level, Walk, inputs_for
from planted import dependence, game_of
from planted.abilities import PROVING, TRACING, Legal
from planted.good import ReadsItsLevel
from toys import COUNTER

from replay.prove.conformance import CHECKS, check_game

SEARCHED = {"searched-inputs"}
LOADING = {"save-load-save", "load-run-on", "rollback"}
OWN = {"checkpoint", "trace", "prove"} | SEARCHED


class Dear(Level):
    name = "dear"
    proof_ticks = 15

    class match(Walk):  # noqa: N801
        """A proof and a save that are not the same."""

        def proof(self):
            return self.save()[:12]


def skipped(game, **options):
    report = check_game(game, ticks=130, search_lines=0, **options)
    assert report.is_ok, report
    return set(report.skipped), report


@pytest.mark.parametrize(
    ("game", "missing", "level"),
    [
        (games.Varying(), OWN, 2),
        (games.Floats(), OWN, 2),
        (games.NoLoad(), OWN | LOADING, 1),
        (games.ProofOnly(), OWN | LOADING, 1),
        (games.Handles(), {"trace", "prove"} | LOADING | SEARCHED, 1),
        (games.CommandsOnly(), OWN | {"nonsense-inputs"}, 2),
        (games.RowsAndCommands(), OWN, 2),
        (Dear(), OWN, 2),
        (games.ListEvents(), OWN, 2),
        (games.Silent(), OWN, 2),
        (COUNTER, OWN, 3),
    ],
    ids=lambda part: getattr(part, "name", ""),
)
def test_a_game_of_any_level_is_checked_as_far_as_it_goes_and_told_what_the_next_level_brings(game, missing, level):
    checks, report = skipped(game)
    assert checks == missing and set(report.passed) == set(CHECKS) - missing
    assert report.level == level and str(report).splitlines()[-1].startswith(f"level {level}: ")


def test_what_would_bring_more_is_named():
    def last(game):
        return str(check_game(game, ticks=20, checks=["reading"])).splitlines()[-1]

    assert last(games.ProofOnly()).endswith("`save()` and `load()` would bring snapshots, seeking and branches")
    assert last(games.NoLoad()).endswith("tick 0; `load()` would bring snapshots, seeking and branches")
    assert "`state_dtype` would bring differences by field" in last(games.Varying())


def test_the_reason_is_said_where_a_check_is_skipped():
    _, report = skipped(games.ProofOnly())
    assert report.skipped["rollback"] == "the match has no save() and no load()"
    assert report.skipped["trace"] == "the match has no trace()"
    assert "takes no rows" in skipped(games.CommandsOnly())[1].skipped["nonsense-inputs"]


# --- a game's own inputs ---


def test_a_game_s_own_inputs_are_legal_moves():
    _, report = skipped(Legal())
    assert not report.notes
    silent = Legal()
    silent.inputs = None
    said = dict(skipped(silent)[1].not_tried)
    assert "it takes commands, and none was tried" in said["commands"]


def test_recorded_commands_can_be_given():
    rows = np.zeros((50, 2), games.KEYS)
    commands = [
        (tick, player, data) for tick, (_, said) in enumerate(inputs_for(games.RowsAndCommands(), 50)) for player, data in said
    ]
    assert commands and not skipped(games.RowsAndCommands(), inputs=rows, commands=commands)[1].notes[2:]


def test_a_sound_trace_passes():
    assert "trace" in check_game(TRACING, ticks=130, checks=["trace"]).passed


def test_a_sound_prove_passes_and_makes_level_4():
    report = check_game(PROVING, ticks=130, checks=["prove"])
    assert "prove" in report.passed and report.level == 4 and report.is_ok


class ReadsALevel(ReadsItsLevel):
    """Of a name of its own: the game is called after it."""


def test_what_a_match_reads_where_it_begins_is_said():
    report = check_game(game_of(ReadsALevel, Level), ticks=60, checks=["globals"])
    assert report.is_ok and any("new_match reads a file" in note for note in report.notes)
    assert any("new_match looks at the environment (os.environ by planted/good.py" in note for note in report.notes)


def test_entropy_is_for_a_new_match_of_a_game_that_says_so_and_for_nothing_else():
    for game, is_broken in ((dependence.DrawsEntropy(), True), (dependence.BeginsRandom(), False), (dependence.DrawsLater(), True)):
        findings = check_game(game, ticks=60, checks=["globals"]).findings
        assert [finding.check for finding in findings] == ["globals"] * is_broken, game.name


class Refusing(Level):
    name = "refusing"

    class match(Walk):  # noqa: N801
        """Gives a checkpoint at the start, and none later."""

        save = load = None

        def proof(self):
            return Walk.save(self)

        def checkpoint(self):
            return None if self.tick else self.proof()

        def restore(self, handle):
            Walk.load(self, handle)


def test_a_match_that_gives_no_more_checkpoints_is_not_asked_to_return():
    report = check_game(Refusing(), ticks=130, checks=["checkpoint"])
    assert report.is_ok and report.skipped["checkpoint"] == "from tick 1 on the match gives none: it runs again instead"
