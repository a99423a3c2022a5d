"""What a game gives decides what it gets, and whatever it gives, nothing that is shown of it is wrong."""

import random

import games
import numpy as np
import pytest
from damage import header_of, put_together, take_apart
from games import inputs_for

from replay import Playback, Recorder, Recording, ReplayError, Verdict, verify
from replay.core import format as fmt
from replay.core.errors import MachineError, RulesError, UsageError
from replay.core.records import Crash, End

TICKS = 700  # a group and a bit, and a last chunk that is not full


def record(path, game, given):
    """Recorded as far as the rules let it; the match's own view of every state, as it was at the time."""
    with Recorder(path, game, seed=5, players=["Ann", "Ben"]) as recorder:
        seen = [recorder.match.seen()]
        for row, commands in given:
            recorder.step(row, commands)
            seen.append(recorder.match.seen())
    return seen


def straight(game, given):
    """Every state and the events of every tick, without the engine."""
    match = game.new_match(5, 2, {})
    seen, events = [match.seen()], []
    takes = getattr(game, "takes_commands", game.input_dtype is None)
    for tick, (row, commands) in enumerate(given):
        rows = np.zeros((1, 2), []) if row is None else row[None]
        happened = match.advance(rows, [(tick, *command) for command in commands]) if takes else match.advance(rows)
        seen.append(match.seen())
        events.append([] if happened is None else happened.tolist() if isinstance(happened, np.ndarray) else happened)
    return seen, events


def visits(ticks, seed=1):
    """Here and there, and then backwards to the start."""
    chance = random.Random(seed)
    borders = [0, ticks, 1, ticks - 1, 599, 600, 601, 60, 59, 61]
    return [*borders, *(chance.randrange(ticks + 1) for _ in range(40)), *range(ticks, -1, -53), 0, ticks]


def plain(events):
    return events.tolist() if isinstance(events, np.ndarray) else list(events)


SOUND = [
    games.Varying(),
    games.NoLoad(),
    games.ProofOnly(),
    games.Floats(),
    games.CommandsOnly(),
    games.RowsAndCommands(),
    games.Dear(),
    games.ListEvents(),
    games.Silent(),
]


@pytest.mark.parametrize("game", SOUND, ids=lambda game: game.name)
def test_a_game_is_recorded_verified_and_sought_and_every_seek_equals_the_straight_run(path, game):
    given = inputs_for(game, TICKS)
    seen, events = straight(game, given)
    assert record(path, game, given) == seen
    verification = verify(path, game)
    assert (verification.verdict, verification.message, verification.ticks) == (Verdict.OK, "", TICKS)
    assert verification.hashes_compared == 13
    assert verification.digests_compared == TICKS // getattr(game, "proof_ticks", 1)
    assert verification.result == {"value": seen[-1][0] >> 8} and not verification.notes
    with Recording(path) as recording:
        playback = Playback(game, recording)
        for tick in visits(TICKS):
            playback.seek(tick)
            assert playback.tick == tick and playback.match.seen() == seen[tick], tick
            if tick < TICKS:
                assert plain(playback.step()) == events[tick], tick
                assert playback.match.seen() == seen[tick + 1], tick
        assert not playback.warning and playback.divergence is None
        begin = Playback(game, recording)
        assert plain(begin.step(TICKS)) == [event for tick in events for event in tick]


@pytest.mark.parametrize("game", [*SOUND, games.Leaking()], ids=lambda game: game.name)
@pytest.mark.parametrize("tick", [37, 599, 600, 699])
def test_a_game_that_goes_another_way_at_one_tick_diverges_there(path, game, tick):
    class Other(type(game)):
        class match(game.match):  # noqa: N801
            def take(self, row, commands):
                super().take(row, commands)
                if self.tick == tick:
                    self.value ^= 1 << 40

    record(path, Other(), inputs_for(game, TICKS))
    verification = verify(path, game)
    assert verification.verdict is Verdict.DIVERGED and verification.divergence.what == "state"
    proved = getattr(game, "proof_ticks", 1)
    first = min(-(-(tick + 1) // proved) * proved, TICKS)
    assert first <= verification.first_bad_tick <= first + proved  # later by one: where 8 bits agree by chance
    assert verification.divergence.last_good_tick <= tick


def test_a_state_of_varying_length_is_kept_whole_or_as_a_difference_and_both_come_back(path):
    game = games.Varying()
    given = inputs_for(game, 2500)
    record(path, game, given)
    match, states = game.new_match(5, 2, {}), {}
    for tick, (row, _) in enumerate(given):
        if tick % 600 == 0:
            states[tick] = match.save()
        match.advance(row[None])
    assert len({len(state) for state in states.values()}) == len(states) > 3
    with Recording(path) as recording:
        assert {tick: recording.snapshot(tick) for tick in recording.snapshot_ticks} == states


def test_an_input_of_exact_bits_comes_back_bit_for_bit_and_nan_is_refused(path):
    game = games.Floats()
    given = inputs_for(game, 200, seed=4)
    record(path, game, given)
    with Recording(path) as recording:
        rows = recording.inputs(0, 200)
    assert rows.tobytes() == b"".join(row.tobytes() for row, _ in given)
    assert any(np.signbit(row["x"][0]) and row["x"][0] == 0 for row, _ in given)  # -0.0 among them
    with Recorder(path.with_name("nan.replay"), game, seed=1, players=["a", "b"]) as recorder:
        row = np.zeros(2, game.input_dtype)
        for name in "xy":
            row[name] = [0, np.nan]
            with pytest.raises(UsageError, match="NaN"):
                recorder.step(row)
            row[name] = 0
        recorder.step(row)
        assert recorder.tick == 1


def test_a_dear_save_is_made_for_snapshots_and_not_for_every_tick(path):
    game = games.Dear()
    games.Dear.match.saves = 0
    record(path, game, inputs_for(game, TICKS))
    assert games.Dear.match.saves <= 4
    games.Dear.match.saves = 0
    assert verify(path, game).is_ok
    assert games.Dear.match.saves <= 4 + -(-TICKS // 60)  # where a chunk begins, to go back to
    with Recording(path) as recording:
        assert recording.header.proof_ticks == 15 and len(recording.digests(0, TICKS)) == TICKS // 15


def test_proofs_that_do_not_divide_a_second_are_refused_at_once(path):
    class Odd(games.Dear):
        proof_ticks = 7

    with pytest.raises(UsageError, match="proves every 7 ticks"):
        Recorder(path, Odd(), seed=1, players=["a"])
    assert not path.exists()


def test_without_load_and_save_there_are_no_snapshots_and_all_is_run_again(path):
    game = games.ProofOnly()
    record(path, game, inputs_for(game, TICKS))
    with Recording(path) as recording:
        assert recording.snapshot_ticks == []


def test_rows_are_refused_where_a_game_takes_commands_only_and_commands_where_it_takes_rows_only(path, tmp_path):
    with Recorder(path, games.CommandsOnly(), seed=1, players=["a", "b"]) as recorder:
        with pytest.raises(UsageError, match="takes no rows"):
            recorder.step(np.zeros(2, games.KEYS))
        with pytest.raises(UsageError, match="a command of player 2"):
            recorder.step(commands=[(2, "x")])
        recorder.step(commands=[(1, ("a", "tuple"))])
        recorder.step()
    assert verify(path, games.CommandsOnly()).is_ok
    with Recording(path) as recording:
        assert recording.ticks == 2 and recording.commands(0, 2) == [(0, 1, ["a", "tuple"])]
    with Recorder(tmp_path / "rows.replay", games.Silent(), seed=1, players=["a", "b"]) as recorder:
        with pytest.raises(UsageError, match="takes no commands"):
            recorder.step(np.zeros(2, games.KEYS), [(0, "x")])
        assert recorder.tick == 0


NOT_PLAIN = {
    "an object": object(),
    "NaN": float("nan"),
    "a set": {1},
    "a number as key": {1: 2},
    "nested ten deep": [[[[[[[[[[1]]]]]]]]]],
    "a number of numpy": np.int64(5),
    "a number beyond 64 bits": 2**64,
    "a number below 64 bits": -(2**63) - 1,
    "half a character": "\ud800",
    "half a character in a key": {"\ud800": 1},
}


@pytest.mark.parametrize("what", NOT_PLAIN)
def test_a_command_that_cannot_be_read_back_is_refused_at_once_with(what, path):
    with Recorder(path, games.CommandsOnly(), seed=1, players=["a", "b"]) as recorder:
        recorder.step(commands=[(0, "x")])
        with pytest.raises(ReplayError):
            recorder.step(commands=[(0, NOT_PLAIN[what])])
        recorder.step(commands=[(0, "y")])
    verification = verify(path, games.CommandsOnly())
    assert verification.is_ok and verification.ticks == 2


# --- games that do what they should not --------------------------------------------------------------------------------


@pytest.mark.parametrize("use_snapshots", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_state_outside_save_is_noticed_said_and_never_shown(path, use_snapshots, seed):
    game = games.Leaking()
    given = inputs_for(game, TICKS)
    seen, events = straight(game, given)
    assert record(path, game, given) == seen
    assert verify(path, game).is_ok  # the straight run is right: nothing is wrong with the match
    with Recording(path) as recording:
        playback = Playback(game, recording, use_snapshots=use_snapshots)
        for tick in visits(TICKS, seed):
            playback.seek(tick)
            assert playback.tick == tick and playback.match.seen() == seen[tick], tick
            if tick < TICKS:
                assert plain(playback.step()) == events[tick], tick
                assert playback.match.seen() == seen[tick + 1], tick
        assert "outside save()" in playback.warning and "replay check leaking" in playback.warning
        assert playback.divergence is None


@pytest.mark.parametrize("use_snapshots", [True, False])
def test_a_seek_that_ends_a_tick_or_two_after_a_jump_shows_no_wrong_state_either(path, use_snapshots):
    """One digest of 8 bits lets a wrong state pass once in 256 times: of this match that of tick 3661, after a jump to 3660."""
    game, wrong = games.Forgetful(), []
    with Recorder(path, game, seed=1, players=["a", "b"], snapshot_seconds=1) as recorder:
        seen = [recorder.match.seen()]
        for row, _ in inputs_for(game, 3700, seed=1):
            recorder.step(row)
            seen.append(recorder.match.seen())
    with Recording(path) as recording:
        for tick in (61, 1801, 3601, 3661):
            playback = Playback(game, recording, use_snapshots=use_snapshots)
            if not use_snapshots:
                kept = playback.simulation.checkpoint()._replace(tick=tick - 1, handle=recording.snapshot(tick - 1))
                playback._checkpoints.add(tick - 1, kept, kept.cost)
            for after in (0, 1):
                playback.seek(tick + after)
                if playback.match.seen() != seen[tick + after]:
                    wrong.append((tick + after, playback.warning))
    assert not wrong


@pytest.mark.parametrize("use_snapshots", [True, False])
def test_a_step_after_a_jump_shows_no_wrong_state_either(path, use_snapshots):
    game = games.Forgetful()
    with Recorder(path, game, seed=1, players=["a", "b"], snapshot_seconds=1) as recorder:
        seen = [recorder.match.seen()]
        for row, _ in inputs_for(game, 3700, seed=1):
            recorder.step(row)
            seen.append(recorder.match.seen())
    with Recording(path) as recording:
        playback = Playback(game, recording, use_snapshots=use_snapshots)
        if not use_snapshots:
            kept = playback.simulation.checkpoint()._replace(tick=3660, handle=recording.snapshot(3660))
            playback._checkpoints.add(3660, kept, kept.cost)
        playback.seek(3660)
        for tick in range(3661, 3680):
            playback.step()
            assert playback.match.seen() == seen[tick], tick


@pytest.mark.parametrize("budget", [10**9, 5 * 2**20, 0])
def test_a_game_that_keeps_its_states_itself_gets_every_handle_back_once_and_none_too_early(path, budget):
    game = games.Handles()
    given = inputs_for(game, TICKS)
    with Recorder(path, game, seed=5, players=["Ann", "Ben"]) as recorder:
        seen = [recorder.match.seen()]
        for row, _ in given:
            recorder.step(row)
            seen.append(recorder.match.seen())
    assert verify(path, game).is_ok
    with Recording(path) as recording:
        playback = Playback(game, recording, checkpoint_budget_bytes=budget)
        match = playback.match
        for tick in visits(TICKS):
            playback.seek(tick)
            assert playback.match.seen() == seen[tick]
        assert playback.match is match and len(match.released) + len(playback._checkpoints) == len(match.table)
        assert not playback.warning


def test_a_game_that_saves_and_keeps_states_itself_but_cannot_load_is_sought_by_its_own_states(path):
    class Own(games.Handles):
        class match(games.Handles.match):  # noqa: N801
            save, load = games.Walk.save, None

    game = Own()
    with Recorder(path, game, seed=5, players=["Ann", "Ben"]) as recorder:
        seen = [recorder.match.seen()]
        for row, _ in inputs_for(game, TICKS):
            recorder.step(row)
            seen.append(recorder.match.seen())
    assert verify(path, game).is_ok
    with Recording(path) as recording:
        assert recording.snapshot_ticks == [0, 600]
        for first in (650, 600, 3):
            playback = Playback(game, recording)
            for tick in (first, *visits(TICKS)):
                playback.seek(tick)
                assert playback.match.seen() == seen[tick], tick
            assert not playback.warning


def test_rules_that_raise_end_the_recording_and_raise_again_when_it_is_verified(path):
    game = games.Raising()
    given = inputs_for(game, TICKS)
    with pytest.raises(RulesError) as caught:
        record(path, game, given)
    assert (caught.value.kind, caught.value.tick) == ("ZeroDivisionError", 100)
    with Recording(path) as recording:
        assert recording.ticks == 100 and recording.end.how == "crashed" and recording.end.crash.kind == "ZeroDivisionError"
        assert recording.end.crash.row == given[100][0].tobytes()
    verification = verify(path, game)
    assert (verification.verdict, verification.ticks) == (Verdict.OK, 100)
    assert verification.message == "raises ZeroDivisionError at tick 100, as recorded"
    seen, _ = straight(game, given[:100])
    with Recording(path) as recording:
        playback = Playback(game, recording)
        for tick in visits(100):
            if tick <= 100:
                playback.seek(tick)
                assert playback.match.seen() == seen[tick]


def test_rules_that_raise_between_two_proofs_raise_again_too(path):
    game = games.DearAndRaising()
    with pytest.raises(RulesError):
        record(path, game, inputs_for(game, TICKS))
    verification = verify(path, game)
    assert (verification.verdict, verification.message) == (Verdict.OK, "raises ZeroDivisionError at tick 100, as recorded")


def test_the_command_that_made_the_rules_raise_is_kept_with_its_row(path):
    game = games.RaisingOnCommand()
    given = inputs_for(game, 130)
    row = given[-1][0].copy()
    row["buttons"][0] = 99
    with pytest.raises(RulesError):
        record(path, game, [*given, (row, [(1, "fine"), (0, "boom")])])
    with Recording(path) as recording:
        assert recording.end.crash == Crash("KeyError", row.tobytes(), [[1, "fine"], [0, "boom"]])
    verification = verify(path, game)
    assert (verification.verdict, verification.message) == (Verdict.OK, "raises KeyError at tick 130, as recorded")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda crash: Crash(crash.kind, bytes(len(crash.row)), crash.commands), "do not raise"),
        (lambda crash: Crash(crash.kind, crash.row, []), "do not raise"),
        (lambda crash: Crash("ValueError", crash.row, crash.commands), "raise KeyError"),
    ],
)
def test_a_crash_that_does_not_happen_again_is_a_divergence(path, change, message):
    game = games.RaisingOnCommand()
    given = inputs_for(game, 130)
    row = given[-1][0].copy()
    row["buttons"][0] = 99
    with pytest.raises(RulesError):
        record(path, game, [*given, (row, [(0, "boom")])])
    chunks = take_apart(path.read_bytes())
    end = End.unpack(chunks[-1][1], header_of(chunks))
    edited = End(end.ticks, end.version, end.hash, end.events_hash, end.result, end.how, change(end.crash))
    path.write_bytes(put_together([*chunks[:-1], (fmt.KIND_END, edited.pack())]))
    verification = verify(path, game)
    assert verification.verdict is Verdict.DIVERGED and message in verification.message
    assert verification.divergence.what == "rules" and verification.first_bad_tick == 131


def test_rules_that_raise_in_a_playback_leave_it_lost_and_the_next_seek_finds_it_again(path):
    game = games.Silent()
    given = inputs_for(game, TICKS)
    seen, _ = straight(game, given)
    record(path, game, given)

    class Broken(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            def take(self, row, commands):
                super().take(row, commands)
                if self.tick == 650 and self.is_angry:
                    raise ZeroDivisionError

            is_angry = True

    with Recording(path) as recording:
        playback = Playback(Broken(), recording)
        for _ in range(2):
            with pytest.raises(RulesError, match="ZeroDivisionError"):
                playback.seek(TICKS)
            assert playback.simulation.is_lost
            playback.seek(620)
            assert playback.match.seen() == seen[620] and not playback.simulation.is_lost
        playback.match.is_angry = False
        playback.seek(TICKS)
        assert playback.match.seen() == seen[TICKS]


def test_a_result_that_raises_is_one_error_of_ours_and_every_tick_is_kept(path):
    game = games.ResultRaises()
    given = inputs_for(game, TICKS)
    with pytest.raises(RulesError, match="LookupError"):
        record(path, game, given)
    seen, _ = straight(game, given)
    with Recording(path) as recording:
        assert recording.ticks == TICKS
        playback = Playback(game, recording)
        for tick in visits(TICKS):
            playback.seek(tick)
            assert playback.match.seen() == seen[tick]
    assert verify(path, game).verdict in (Verdict.INCOMPLETE, Verdict.DIVERGED)


def test_a_result_that_raises_hides_no_exception_that_leaves_the_recorder(path):
    with pytest.raises(KeyboardInterrupt), Recorder(path, games.ResultRaises(), seed=1, players=["a", "b"]) as recorder:
        for row, _ in inputs_for(games.ResultRaises(), 90):
            recorder.step(row)
        raise KeyboardInterrupt
    with Recording(path) as recording:
        assert recording.ticks == 90


def test_a_load_that_raises_is_shown_by_no_state_that_is_wrong(path):
    game = games.LoadRaises()
    given = inputs_for(game, TICKS)
    seen, _ = straight(game, given)
    record(path, game, given)
    assert verify(path, game).is_ok
    with Recording(path) as recording:
        playback = Playback(game, recording)
        for tick in visits(TICKS):
            playback.seek(tick)
            assert playback.tick == tick and playback.match.seen() == seen[tick], tick


def test_a_match_that_the_machine_does_not_let_begin_is_no_verdict_about_the_match(path):
    given = inputs_for(games.Silent(), 90)
    with pytest.raises(MachineError, match=r"no-place cannot start here: .*Permission denied"):
        Recorder(path, games.NoPlace(), seed=1, players=["a", "b"])
    assert not path.exists()

    class Elsewhere(games.Silent):
        name = "no-place"

    record(path, Elsewhere(), given)
    verification = verify(path, games.NoPlace())
    assert verification.verdict is Verdict.ENVIRONMENT and "Permission denied" in verification.message
    with Recording(path) as recording, pytest.raises(MachineError):
        Playback(games.NoPlace(), recording)


def test_a_game_without_proof_and_save_is_refused_before_there_is_a_file(path):
    class Nothing(games.Level):
        class match(games.Walk):  # noqa: N801
            save = load = None

    with pytest.raises(ReplayError, match=r"neither proof\(\) nor save\(\)"):
        Recorder(path, Nothing(), seed=1, players=["a", "b"])
    assert not path.exists()


class OneStep:
    """One step a call, however many rows it is given, as a plain game may have it."""

    def __init__(self):
        self.tick, self.total = 0, 0

    def advance(self, rows):
        self.total = (self.total * 31 + int(rows["press"].sum())) % 2**32
        self.tick += 1
        return [(self.tick - 1, "tenth", self.total)] if self.tick % 10 == 0 else []

    def proof(self):
        return b"%d %d" % (self.tick, self.total)


class Plain:
    name, rules, ticks_per_second = "plain", 1, 60
    input_dtype = np.dtype([("press", "u1")])

    def new_match(self, seed, players, config):
        return OneStep()


def test_a_game_whose_events_are_lists_is_run_one_tick_a_call_everywhere(path):
    game, totals = Plain(), [0]
    with Recorder(path, game, seed=1, players=["a"]) as recorder:
        for tick in range(200):
            recorder.step(np.array([(tick % 7,)], game.input_dtype))
            totals.append(recorder.match.total)
    assert verify(path, game).is_ok and verify(path, game, every_tick=False).is_ok
    with Recording(path) as recording:
        playback = Playback(game, recording)
        for tick in (150, 30, 200):
            playback.seek(tick)
            assert playback.match.total == totals[tick] and playback.divergence is None and not playback.warning
        playback.seek(0)
        assert [event[0] for event in playback.step(200)] == list(range(9, 200, 10))
