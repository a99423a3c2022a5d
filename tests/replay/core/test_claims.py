"""What a file claims and nothing in it proves: results of crashes, commands nobody takes, snapshots, markers, NaN."""

import numpy as np
import pytest
from talk import TALK, record_talk
from toys import COUNTER, Counter, CounterMatch, random_inputs

from replay import FormatError, Playback, Recorder, Recording, UnverifiableError, Verdict, find_game, verify
from replay.core import format as fmt
from replay.core.game import state_hash
from replay.core.records import End, Marker
from replay.core.setup import header_for
from replay.core.simulation import Simulation
from replay.core.writer import Proof, new_recording
from replay.find.edit import clip, clip_start, strip


def recorded(path, game, rows):
    with Recorder(path, game, seed=1, players=["a", "b"]) as recorder:
        for row in rows:
            recorder.step(row)


def copied(source, target, *, end=None, has_digests=True, tampered=None):
    """Chunk by chunk; with another end, without digests, or with the snapshot of one tick changed."""
    with Recording(source) as recording, new_recording(target, recording.header) as writer:
        for span in recording.spans(recording.start_tick):
            if recording.has_snapshot(span.first_tick):
                state = recording.snapshot(span.first_tick)
                if span.first_tick == tampered:
                    match = CounterMatch(1, 2, {})
                    match.load(state)
                    match.state["players"]["sum"][0, 0] += 777
                    state = match.save()
                writer.snapshot(span.first_tick, state)
            proof = Proof(span.digests if has_digests else b"", span.hash, span.events_hash)
            writer.inputs(span.rows, span.commands, proof)
        writer.end(recording.end if end is None else end(recording.end), recording.header)
    return target


def other_at(tick):
    """The rules of a counter that computes something else at this tick."""

    class Other(CounterMatch):
        def advance(self, inputs):
            parts = []
            for row in range(len(inputs)):
                parts.append(super().advance(inputs[row : row + 1]))
                if self.state["tick"][0] == tick:
                    self.state["players"]["sum"][0, 1] += 1
            return np.concatenate(parts)

    class Game(Counter):
        match = Other

    return Game()


def test_the_result_of_a_crash_is_a_claim_like_any_other(path, tmp_path):
    record_talk(path, crash=True)
    lie = copied(path, tmp_path / "lie.replay", end=lambda end: end._replace(result={"winner": "me"}))
    verification = verify(lie, TALK)
    assert verification.verdict is Verdict.DIVERGED and "claimed result" in verification.message


def test_commands_for_a_game_that_takes_none_are_never_ok(path):
    arena = find_game("arena")
    header = header_for(arena, 1, ["a", "b"], arena.default_config(map="duel", seconds=30))
    simulation, rows = Simulation(arena, header), np.zeros((60, 2), arena.input_dtype)
    trace = simulation.trace(rows)
    proof = Proof(trace.digests().tobytes(), simulation.hash(), simulation.events_hash)
    with new_recording(path, header) as writer:
        writer.inputs(rows, [(5, 0, {"cheat": 1})], proof)
        writer.end(End(60, writer.version, proof.hash, proof.events_hash, simulation.result()), header)
    for every_tick in (True, False):
        assert verify(path, arena, every_tick=every_tick).verdict is Verdict.UNVERIFIABLE
    with Recording(path) as recording, pytest.raises(UnverifiableError, match="takes none"):
        Playback(arena, recording).step(60)


def test_a_trace_may_tell_no_events_as_an_advance_may(path):
    class Quiet(CounterMatch):
        def advance(self, inputs):
            super().advance(inputs)

        def trace(self, rows, states):
            for row in range(len(rows)):
                self.advance(rows[row : row + 1])
                states[row] = np.frombuffer(self.save(), np.uint8)
            return None, np.zeros(len(rows), int)

    class Game(Counter):
        match = Quiet

    recorded(path, Game(), random_inputs(COUNTER, 100, 2))
    assert verify(path, Game()).is_ok


def test_rules_that_raise_are_located_in_a_stripped_recording_of_a_game_without_load(path, tmp_path):
    class Raises(CounterMatch):
        save = load = None
        is_angry = False

        def __init__(self, *arguments):
            super().__init__(*arguments)
            del self.state_dtype

        def proof(self):
            return self.state.tobytes()

        def advance(self, inputs):
            if Raises.is_angry and self.state["tick"][0] >= 700:
                raise ValueError("enough")
            super().advance(inputs)

    class Game(Counter):
        match, event_dtype, event_kinds = Raises, None, ()

    recorded(path, Game(), random_inputs(COUNTER, 900, 2))
    with Recording(path) as recording:
        strip(recording, tmp_path / "stripped.replay")
    Raises.is_angry = True
    for each in (path, tmp_path / "stripped.replay"):
        verification = verify(each, Game())
        assert (verification.verdict, verification.first_bad_tick) == (Verdict.DIVERGED, 701)


def test_a_snapshot_that_its_hash_contradicts_is_not_shown_whatever_is_known_of_later_ticks(path, tmp_path):
    recorded(path, other_at(1400), random_inputs(COUNTER, 1500, 2))
    tampered = copied(path, tmp_path / "tampered.replay", tampered=600)
    with Recording(tampered) as recording:
        for is_known in (False, True):
            playback = Playback(COUNTER, recording, checkpoint_budget_bytes=1)
            if is_known:
                playback.step(1500)
                assert playback.divergence is not None
            playback.seek(600)
            assert state_hash(playback.match) == recording.hash_at(600)


def test_a_file_without_digests_is_not_believed_in_its_snapshots(path, tmp_path):
    recorded(path, COUNTER, random_inputs(COUNTER, 1500, 2))
    tampered = copied(path, tmp_path / "tampered.replay", has_digests=False, tampered=600)
    with Recording(tampered) as recording:
        playback = Playback(COUNTER, recording)
        playback.seek(660)
        assert state_hash(playback.match) == recording.hash_at(660)


def test_a_load_that_is_wrong_shows_nothing_wrong_after_a_divergence_either(path):
    class Wrong(CounterMatch):
        def load(self, saved):
            super().load(saved)
            self.state["random"] += 1

    class Game(Counter):
        match = Wrong

    recorded(path, other_at(100), random_inputs(COUNTER, 600, 2))
    with Recording(path) as recording:
        playback, straight = (Playback(Game(), recording, use_snapshots=False) for _ in range(2))
        playback.seek(600)
        straight.step(300)
        playback.seek(300)
        assert playback.divergence is not None and playback.match.save() == straight.match.save()


def test_a_step_over_a_known_divergence_runs_only_its_own_ticks(path):
    ran = [0]

    class Counted(CounterMatch):
        def advance(self, inputs):
            ran[0] += len(inputs)
            return super().advance(inputs)

    class Game(Counter):
        match = Counted

    recorded(path, other_at(1793), random_inputs(COUNTER, 2400, 2))
    with Recording(path) as recording:
        playback = Playback(Game(), recording, use_snapshots=False)
        playback.seek(2400)
        assert playback.divergence in (1793, 1794)
        playback.seek(1750)
        ran[0] = 0
        playback.step(60)
        assert ran[0] <= 70


def test_a_marker_before_the_start_is_damage(path, tmp_path):
    recorded(path, COUNTER, random_inputs(COUNTER, 900, 2))
    with Recording(path) as recording:
        clip(recording, tmp_path / "clip.replay", 300, 400, COUNTER)
    with Recording(tmp_path / "clip.replay") as source, new_recording(path.with_name("early.replay"), source.header) as writer:
        for span in source.spans(300):
            if source.has_snapshot(span.first_tick):
                writer.snapshot(span.first_tick, source.snapshot(span.first_tick))
            writer.inputs(span.rows, span.commands, Proof(span.digests, span.hash, span.events_hash))
        writer.append(fmt.KIND_MARKER, Marker(3, "clip start").pack())
        writer.end(source.end, source.header)
    with Recording(path.with_name("early.replay")) as recording:
        assert recording.state == "damaged" and "marker" in str(recording.damage) and clip_start(recording) == 300


def test_nan_in_recorded_inputs_is_no_input(path):
    class Game(Counter):
        input_dtype = np.dtype([("x", "<f4")])

    rows = np.zeros((5, 2), Game.input_dtype)
    rows["x"][3, 1] = np.nan
    with new_recording(path, header_for(Game(), 1, ["a", "b"], {})) as writer:
        writer.inputs(rows)
    with Recording(path) as recording, pytest.raises(FormatError, match="'x' is NaN"):
        recording.inputs(0, 1)
