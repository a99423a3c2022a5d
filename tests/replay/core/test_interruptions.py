"""What is kept when something other than the rules of a tick gives out: the proof, the load, the result; by whatever it raises."""

import gc
import sys
from contextlib import suppress

import numpy as np
import pytest
from damage import record
from talk import TALK
from toys import BANK, COUNTER, Counter, CounterMatch, random_inputs

from replay import Playback, Recorder, Recording, ReplayError, UsageError, Verdict, verify
from replay.core.errors import MachineError, RulesError
from replay.find.edit import clip, pack
from replay.find.ring import RingRecorder

ROWS = random_inputs(COUNTER, 120, 2)


def game_of(kind, **values):
    class Game(Counter):
        match = kind

    for name, value in values.items():
        setattr(Game, name, value)
    return Game()


class Once(CounterMatch):
    """Its save raises once, at tick 90."""

    raises: type[BaseException] | None = None

    def save(self):
        if self.state["tick"][0] == 90 and Once.raises is not None:
            error, Once.raises = Once.raises, None
            raise error
        return super().save()


@pytest.mark.parametrize(
    ("error", "seen"), [(KeyboardInterrupt, KeyboardInterrupt), (ValueError, RulesError), (MemoryError, MachineError)]
)
@pytest.mark.parametrize("is_ring", [False, True])
def test_a_proof_that_gives_out_leaves_a_file_that_verifies(path, error, seen, is_ring):
    game = game_of(Once)
    own = (
        RingRecorder(game, seconds=9, seed=1, players=["a", "b"])
        if is_ring
        else Recorder(path, game, seed=1, players=["a", "b"], config={})
    )
    Once.raises = error
    with pytest.raises(seen):
        for row in ROWS:
            own.step(row)
    assert Once.raises is None and own.tick == 90
    if is_ring:
        own.save(path)
    with pytest.raises(UsageError):
        own.step(ROWS[0]) if not is_ring or error is not KeyboardInterrupt else own.step()
    with Recording(path) as recording:
        assert recording.state == "complete" and recording.ticks == (89 if is_ring else 90)
    assert verify(path, game).is_ok


def test_rules_that_leave_the_program_are_rules_that_raise(path):
    class Leaves(CounterMatch):
        def advance(self, inputs):
            if self.state["tick"][0] == 50:
                sys.exit(0)
            return super().advance(inputs)

    record(path, COUNTER, ticks=70)
    verification = verify(path, game_of(Leaves))
    assert verification.verdict is Verdict.DIVERGED and "SystemExit at tick 50" in verification.message
    with pytest.raises(RulesError), Recorder(path.with_name("own.replay"), game_of(Leaves), seed=1, players=["a", "b"]) as recorder:
        for row in ROWS:
            recorder.step(row)
    assert verify(path.with_name("own.replay"), game_of(Leaves)).message == "raises SystemExit at tick 50, as recorded"

    def leave(*_):
        sys.exit(0)

    assert verify(path, game_of(CounterMatch, new_match=leave)).verdict is Verdict.UNVERIFIABLE


def test_a_load_that_is_interrupted_leaves_no_half_state_to_be_shown(path):
    class Halved(CounterMatch):
        is_interrupted = False

        def load(self, saved):
            if Halved.is_interrupted:
                self.state["random"] = 0
                raise KeyboardInterrupt
            super().load(saved)

    record(path, COUNTER, ticks=1500)
    with Recording(path) as recording:
        playback = Playback(game_of(Halved), recording)
        playback.seek(5)
        state = playback.match.save()
        Halved.is_interrupted = True
        with pytest.raises(KeyboardInterrupt):
            playback.seek(900)
        Halved.is_interrupted = False
        playback.seek(5)
        assert playback.match.save() == state


def test_a_result_that_cannot_be_written_is_left_out_by_all_that_write_recordings(path, tmp_path):
    class Tupled(CounterMatch):
        def result(self):
            return {"pair": (1, 2)}

    game = game_of(Tupled)
    with pytest.raises(ReplayError, match="plain data"), Recorder(path, game, seed=1, players=["a", "b"]) as recorder:
        for row in ROWS:
            recorder.step(row)
    ring = RingRecorder(game, seconds=2, seed=1, players=["a", "b"])
    for row in ROWS:
        ring.step(row)
    ring.save(tmp_path / "ring.replay")
    with Recording(path) as recording:
        clip(recording, tmp_path / "clip.replay", 10, 50, game)
        pack(recording, tmp_path / "pack.replay", game)
    for name in ("match", "ring", "clip", "pack"):
        with Recording(tmp_path / f"{name}.replay") as recording:
            assert recording.end.how == "stopped" and recording.end.result is None
        assert verify(tmp_path / f"{name}.replay", game).is_ok


def test_a_crash_by_too_many_commands_is_saved_by_a_ring_as_stopped(path):
    ring = RingRecorder(TALK, seconds=2, seed=1, players=["a", "b"])
    for _ in range(30):
        ring.step(commands=[(0, {"say": "x"})])
    with pytest.raises(RulesError):
        ring.step(commands=[*[(0, {"say": "x"})] * 5000, (0, {"say": "boom"})])
    ring.save(path)
    with Recording(path) as recording:
        assert recording.ticks == 30 and recording.end.how == "stopped"
    assert verify(path, TALK).is_ok


def test_rules_cannot_change_what_is_recorded_of_their_inputs(path, tmp_path):
    class Wipes(CounterMatch):
        def advance(self, inputs):
            events = super().advance(inputs)
            try:
                inputs["dx"] = 0
            except ValueError:
                return events
            raise AssertionError("the inputs could be written to")

    game = game_of(Wipes)
    rows = random_inputs(COUNTER, 1500, 2)
    ring = RingRecorder(game, seconds=30, seed=1, players=["a", "b"])
    with Recorder(path, game, seed=1, players=["a", "b"]) as recorder:
        for row in rows:
            recorder.step(row)
            ring.step(row)
    ring.save(tmp_path / "ring.replay")
    with Recording(path) as recording:
        pack(recording, tmp_path / "pack.replay", game)
        Playback(game, recording).step(1500)
    for name in ("match", "ring", "pack"):
        assert verify(tmp_path / f"{name}.replay", COUNTER).is_ok


def test_a_marker_after_the_end_is_refused(path):
    with Recorder(path, COUNTER, seed=1, players=["a", "b"]) as recorder:
        recorder.step(ROWS[0])
    with pytest.raises(UsageError, match="sealed"):
        recorder.mark("too late")


def test_a_command_is_simulated_as_it_is_read_back(path):
    import enum

    class Number(enum.IntEnum):
        ONE = 1

    given = [np.float64(0.25), Number.ONE, ("a", ["b"]), {"key": (1,)}]
    seen = []

    class Sees:
        def __init__(self, *_):
            self.tick = 0

        def advance(self, rows, commands):
            seen.extend(data for _, _, data in commands)
            self.tick += len(rows)

        def save(self):
            return b"%d" % self.tick

    class Game:
        name, rules, ticks_per_second, takes_commands = "sees", 1, 60, True

        def new_match(self, seed, players, config):
            return Sees()

    with Recorder(path, Game(), seed=1, players=["a"]) as recorder:
        for data in given:
            recorder.step(commands=[(0, data)])
        deep = []
        for _ in range(5000):
            deep = [deep]
        with pytest.raises(ReplayError, match="8 levels"):
            recorder.step(commands=[(0, deep)])
    live, seen = [(type(data), data) for data in seen], seen.clear() or seen
    assert live == [(float, 0.25), (int, 1), (list, ["a", ["b"]]), (dict, {"key": [1]})]
    assert verify(path, Game()).is_ok and [(type(data), data) for data in seen] == live


def test_the_name_of_an_exception_may_be_long(path):
    kind = type("E" * 250, (Exception,), {})

    class Raises(CounterMatch):
        def advance(self, inputs):
            if self.state["tick"][0] == 50:
                raise kind
            return super().advance(inputs)

    with pytest.raises(RulesError), Recorder(path, game_of(Raises), seed=1, players=["a", "b"]) as recorder:
        for row in ROWS:
            recorder.step(row)
    assert verify(path, game_of(Raises)).is_ok


class _InterruptAt:
    """Raises KeyboardInterrupt at the n-th line that Python runs in `replay/core`, once."""

    def __init__(self, number):
        self.left = number

    def __call__(self, frame, event, argument):
        if "/replay/core/" not in frame.f_code.co_filename.replace("\\", "/"):
            return None
        return self.line

    def line(self, frame, event, argument):
        if event == "line":
            self.left -= 1
            if self.left == 0:
                sys.settrace(None)
                raise KeyboardInterrupt
        return self.line


def interrupted(path, game, number, first=57, last=68):
    """A recorder that is interrupted at a line of its steps from `first` to `last`: how many had been done. None: too late."""
    done, was = 0, False
    trace = _InterruptAt(number)
    gc.disable()  # what is collected in the middle of a step is another recorder
    with suppress(KeyboardInterrupt), Recorder(path, game, seed=1, players=["a", "b"], config={}) as recorder:
        try:
            for tick, row in enumerate(random_inputs(game, last, 2)):
                sys.settrace(trace if tick >= first else None)
                recorder.step(row)
                done += 1
        except KeyboardInterrupt:
            was = True
            raise
        finally:
            sys.settrace(None)
            gc.enable()
    return done if was else None


@pytest.mark.slow
@pytest.mark.parametrize("game", [COUNTER, BANK], ids=lambda game: game.name)
def test_an_interruption_at_any_line_of_a_step_loses_no_tick_and_claims_no_wrong_one(game, tmp_path):
    """Around the end of a second, where a chunk is taken, encoded in pieces and written."""
    number, ways = 0, set()
    while True:
        number += 7
        path = tmp_path / f"{number}.replay"
        done = interrupted(path, game, number)
        if done is None:
            break
        verification = verify(path, game)
        assert verification.is_ok, (number, verification)
        assert done <= verification.ticks <= done + 1, number
        with Recording(path) as recording:
            ways.add((recording.end.how, recording.ticks - done))
        path.unlink()
    assert number > 500 and ("stopped", 0) in ways and ("stopped", 1) in ways


def test_a_ring_that_was_interrupted_between_a_tick_and_its_keeping_saves_what_is_whole(path):
    ring = RingRecorder(COUNTER, seconds=9, seed=1, players=["a", "b"])
    rows = random_inputs(COUNTER, 130, 2)
    for row in rows[:-1]:
        ring.step(row)
    hash_of = ring._simulation.hash
    ring._simulation.hash = lambda: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        ring.step(rows[-1])
    ring._simulation.hash = hash_of
    with pytest.raises(UsageError, match="the match ended at tick 130"):
        ring.step(rows[-1])
    ring.save(path)
    assert verify(path, COUNTER).is_ok and verify(path, COUNTER).ticks == 129
