"""Recordings of every kind under new rules, cut down, compared and scrubbed: commands, floats, beginnings at a tick, crashes."""

import errno
import os
from dataclasses import replace
from pathlib import Path

import games
import numpy as np
import pytest
from games import Level, Walk, inputs_for, mixed
from parts import clip
from toys import DriftingGame, LaterRules

from replay import Playback, Recorder, Recording, ReplayError, Verdict, verify
from replay.core.errors import RulesError
from replay.prove.batch import verify_one
from replay.prove.diff import compare
from replay.prove.migrate import migrate
from replay.prove.reference import Reference
from replay.prove.reference.comparison import whole_state
from replay.prove.report import as_data, divergence_of, report
from replay.prove.scrub import rewind_equals, seek_equals
from replay.prove.shrink import Given, shrink

KINDS = [games.RowsAndCommands(), games.CommandsOnly(), games.Floats(), games.Varying(), games.ListEvents(), games.Dear()]
ids = pytest.mark.parametrize("game", KINDS, ids=lambda game: game.name)


def play(path, game, given, **options):
    with Recorder(path, game, **{"seed": 5, "players": ["Ann", "Ben"], **options}) as recorder:
        for row, commands in given:
            recorder.step(row, commands)
    return path


def later(game, **changes):
    """The same rules under the next number."""
    return type("Later", (type(game),), {"rules": 2, **changes})()


@ids
def test_any_recording_migrates_with_its_commands(game, path, tmp_path):
    given = inputs_for(game, 150)
    play(path, game, given)
    migration = migrate(path, tmp_path / "new.replay", later(game))
    assert not migration.outcome and verify(migration.target, later(game)).is_ok
    with Recording(path) as old, Recording(migration.target) as new:
        assert new.inputs(0, 150).tobytes() == old.inputs(0, 150).tobytes() and new.commands(0, 150) == old.commands(0, 150)
        assert new.match_identity() != old.match_identity()


def test_a_migrated_recording_has_the_chunks_and_snapshots_of_its_source(path, tmp_path):
    game = games.RowsAndCommands()
    play(path, game, inputs_for(game, 1000), chunk_seconds=2, snapshot_seconds=4)
    migrate(path, tmp_path / "new.replay", later(game))
    with Recording(path) as old, Recording(tmp_path / "new.replay") as new:
        assert (new.header.chunk_ticks, new.header.group_ticks) == (120, 240)
        assert new.snapshot_ticks == old.snapshot_ticks == [0, 240, 480, 720, 960]


def test_rules_that_take_no_commands_any_more_refuse_those_that_were_given(path):
    play(path, games.RowsAndCommands(), inputs_for(games.RowsAndCommands(), 90))
    with pytest.raises(ReplayError, match="holds commands, and rows-and-commands rules 2 take none"):
        migrate(path, None, later(games.RowsAndCommands(), takes_commands=False))


def test_a_recording_of_rules_that_raised_is_played_to_the_end_by_rules_that_do_not(path, tmp_path):
    game = games.Raising()
    with pytest.raises(RulesError):
        play(path, game, inputs_for(game, 150))
    fixed = later(game, match=Walk)
    migrate(path, tmp_path / "new.replay", fixed)
    with Recording(path) as old, Recording(tmp_path / "new.replay") as new:
        assert (old.ticks, new.ticks, new.end.how) == (100, 101, "finished")


@pytest.mark.parametrize("name", ["bare", "snapshots"])
def test_format_1_proves_no_events_so_that_nobody_says_they_stay_the_same(name):
    old = Path(__file__).parents[2] / "trust" / "landed" / f"format1-counter1-{name}.replay"
    migration = migrate(old, None, LaterRules())
    assert migration.changed_at is None and not migration.outcome and not migration.is_same


def test_of_format_1_the_second_is_known_in_which_a_state_changes():
    old = Path(__file__).parents[2] / "trust" / "landed" / "format1-counter1-snapshots.replay"
    assert migrate(old, None, DriftingGame()).changed_at in range(100, 161)


def test_a_recording_that_begins_at_a_tick_is_not_migrated(path, tmp_path):
    play(path, games.RowsAndCommands(), inputs_for(games.RowsAndCommands(), 150))
    part = clip(tmp_path / "part.replay", path, 60, 90)
    with pytest.raises(ReplayError, match="begins at tick 60"):
        migrate(part, None, later(games.RowsAndCommands()))


# --- scrub ---


@ids
def test_to_and_fro_is_the_straight_run_for_every_kind(game, path):
    play(path, game, inputs_for(game, 150))
    for check in (seek_equals, rewind_equals):
        verification = check(path, game)
        assert verification.is_ok and verification.hashes_compared > verify(path, game).hashes_compared


def test_a_part_is_scrubbed_from_where_it_begins(path, tmp_path):
    play(path, games.RowsAndCommands(), inputs_for(games.RowsAndCommands(), 150))
    part = clip(tmp_path / "part.replay", path, 60, 130)
    assert seek_equals(part, games.RowsAndCommands()).is_ok and rewind_equals(part, games.RowsAndCommands()).is_ok


def test_state_that_is_in_no_save_fails_both_although_playback_shows_nothing_wrong(path):
    play(path, games.Forgetful(), inputs_for(games.Forgetful(), 150))
    for check, words in ((seek_equals, "after a jump"), (rewind_equals, "on the way back")):
        verification = check(path, games.Forgetful())
        assert verification.verdict is Verdict.DIVERGED and words in verification.message


# --- diff ---


def test_commands_that_differ_are_named_by_tick_and_player(path, tmp_path):
    game = games.RowsAndCommands()
    given = inputs_for(game, 150)
    changed = [(row, [*said, (1, "hello")] if tick == 77 else said) for tick, (row, said) in enumerate(given)]
    play(path, game, given)
    play(tmp_path / "b.replay", game, changed)
    with Recording(path) as a, Recording(tmp_path / "b.replay") as b:
        comparison = compare(a, b, game)
    assert (comparison.input_tick, comparison.state_tick) == (77, 78)
    ((player, ours, theirs),) = comparison.inputs
    assert player == 1 and theirs["commands"][-1] == "hello" and ours.get("commands", []) == theirs["commands"][:-1]


def test_a_part_is_compared_where_both_are(path, tmp_path):
    game = games.RowsAndCommands()
    play(path, game, inputs_for(game, 150))
    part = clip(tmp_path / "part.replay", path, 60, 130)
    with Recording(path) as a, Recording(part) as b:
        comparison = compare(a, b, game)
    assert list(comparison.facts) == ["start_tick"] and comparison.input_tick is None and comparison.state_tick is None
    play(tmp_path / "other.replay", game, inputs_for(game, 150, seed=1))
    with Recording(tmp_path / "other.replay") as a, Recording(part) as b:
        assert compare(a, b, game).state_tick == 60


def test_a_match_that_only_proves_is_compared_by_its_proof(path, tmp_path):
    game = games.ProofOnly()
    play(path, game, inputs_for(game, 90))
    play(tmp_path / "b.replay", game, inputs_for(game, 90), seed=6)
    with Recording(path) as a, Recording(tmp_path / "b.replay") as b:
        assert compare(a, b, game).state_tick == 0 and compare(a, a, game).is_same


# --- shrink ---


def test_ticks_and_players_are_taken_out_of_commands_as_of_rows():
    rows = np.arange(12, dtype="<i2").reshape(6, 2).view([("dx", "<i2")])
    given = Given(rows, [(0, 0, "a"), (2, 1, "b"), (3, 0, "c"), (5, 1, "d")])
    assert given.until(3).commands == [(0, 0, "a"), (2, 1, "b")] and len(given.until(3).rows) == 3
    assert given.without_ticks(1, 3).commands == [(0, 0, "a"), (1, 0, "c"), (3, 1, "d")]
    silent = given.without_player(1, 0, 4)
    assert silent.commands == [(0, 0, "a"), (3, 0, "c"), (5, 1, "d")] and silent.rows["dx"][:, 1].tolist() == [0, 0, 0, 0, 9, 11]
    assert given.is_same(Given(rows.copy(), list(given.commands))) and not given.is_same(silent)


@pytest.mark.parametrize("name", ["RowsAndCommands", "CommandsOnly", "Varying", "ProofOnly"])
def test_another_process_records_and_computes_matches_of_every_kind(name, path, tmp_path, monkeypatch):
    game = getattr(games, name)()
    monkeypatch.setenv("REPLAY_GAME", f"games:{name}")
    play(path, game, inputs_for(game, 130))
    with Recording(path) as recording, Reference(None) as other:
        rows, commands = recording.inputs(0, 130), recording.commands(0, 130)
        other.record(recording.header, rows, commands, tmp_path / "again.replay")
        with Recording(tmp_path / "again.replay") as again:
            assert again.match_identity() == recording.match_identity() and again.end.hash == recording.end.hash
        playback = Playback(game, recording, use_snapshots=False)
        for tick, (state, _) in enumerate(other.states(path, 0, 100)):
            playback.seek(tick)
            assert state == whole_state(playback.match)
            if tick == 50:
                break  # what is left is not taken for the next answer
        assert len(list(other.states(path, 5, 9))) == 5


class TalkingTooMuch(games.RowsAndCommands):
    """Differs once player 1 has said something after tick 40."""

    class match(games.RowsAndCommands.match):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            if self.tick > 40 and any(player == 1 for player, _ in commands):
                self.value = mixed(self.value, 7)


def test_a_recording_with_commands_shrinks_to_the_one_that_matters(path, tmp_path, monkeypatch):
    game = games.RowsAndCommands()
    monkeypatch.setenv("REPLAY_GAME", "games:RowsAndCommands")  # what the other process computes
    play(path, game, inputs_for(game, 200))
    shrunk = shrink(path, tmp_path / "small.replay", TalkingTooMuch(), budget_seconds=20)
    assert shrunk.idle_players == [0] and not shrunk.note
    with Recording(shrunk.target) as recording:
        commands = recording.commands(0, recording.ticks)
        assert {player for _, player, _ in commands} == {1} and 41 < recording.ticks < 45
        assert min(tick for tick, _, _ in commands) >= recording.ticks - 2


def test_the_end_of_a_crash_that_does_not_happen_here_is_kept(path, tmp_path, monkeypatch):
    monkeypatch.setenv("REPLAY_GAME", "games:Raising")  # what the other process computes
    with pytest.raises(RulesError):
        play(path, games.Raising(), inputs_for(games.Raising(), 150))
    calm = type("Calm", (games.Raising,), {"match": Walk})()
    shrunk = shrink(path, tmp_path / "small.replay", calm, budget_seconds=20)
    assert shrunk.ticks == (100, 100) and shrunk.first_bad_tick == 101
    with Recording(path) as before, Recording(shrunk.target) as after:
        assert after.end.how == "crashed" and after.end == before.end and after.damage is None
    verification = verify(shrunk.target, calm)
    assert verification.verdict is Verdict.DIVERGED and "the rules do not raise" in verification.message
    assert verify(shrunk.target, games.Raising()).is_ok


# --- report ---


class Talking(Level):
    name = "rows-and-commands"
    takes_commands = True

    class match(games.RowsAndCommands.match):  # noqa: N801
        def take(self, row, commands):
            super().take(row, commands)
            self.value = mixed(self.value, 1) if self.tick == 100 else self.value


def test_a_divergence_of_commands_and_floats_is_json_and_comes_back_from_it(path):
    import json

    play(path, Talking(), inputs_for(Talking(), 150))
    verification = verify(path, games.RowsAndCommands())
    assert verification.verdict is Verdict.DIVERGED and verification.divergence.inputs
    data = json.loads(json.dumps(as_data(verification), allow_nan=False))
    back = divergence_of(data)
    assert (back.first_bad_tick, back.what, back.fields) == (verification.first_bad_tick, "state", [])
    assert "first_bad_tick" not in data and any("command" in line for line in report(verification))


@pytest.mark.parametrize(
    ("number", "verdict"), [(errno.EIO, "environment"), (errno.EMFILE, "environment"), (errno.EACCES, "unreadable")]
)
def test_what_the_machine_does_wrong_is_not_the_file_s_fault(number, verdict, path, monkeypatch):
    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("replay.prove.batch.verify", fail)
    verification = verify_one(path)
    assert verification.verdict == verdict and verification.message == os.strerror(number)


def test_a_seal_that_claims_too_much_has_no_first_bad_tick(path):
    play(path, games.Varying(), inputs_for(games.Varying(), 90))
    verification = verify(path, games.Varying())
    assert divergence_of(as_data(verification)) is None and list(report(replace(verification, notes=["little"]))) == [
        "note: little"
    ]
