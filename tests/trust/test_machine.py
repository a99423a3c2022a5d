"""Play, mark, save, load, seek, step, branch and read at random, against a model too plain to be wrong: a list of inputs."""

import contextlib
import tempfile
from pathlib import Path

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from toys import COUNTER

from replay import CutError, Playback, Recorder, Recording, verify
from replay.find.edit import clip

PLAYERS = ["a", "b"]


def straight(rows, seed):
    """The state after `rows`, from tick 0, a tick at a time."""
    match = COUNTER.new_match(seed, len(PLAYERS), {})
    for row in rows:
        match.advance(np.array([row], COUNTER.input_dtype))
    return match.save()


class Machine(RuleBasedStateMachine):
    @initialize(seed=st.integers(0, 2**64 - 1), snapshots=st.booleans(), chunk=st.sampled_from([1, 2]))
    def begin(self, seed, snapshots, chunk):
        self.folder = tempfile.TemporaryDirectory()
        self.number, self.seed = 0, seed
        self.rows, self.marks, self.saved = [], [], []
        self.options = {"snapshots": snapshots, "chunk_seconds": chunk, "snapshot_seconds": 4}
        self.record(None)

    def record(self, parent):
        self.number += 1
        self.path = Path(self.folder.name) / f"{self.number}.replay"
        self.recorder = Recorder(self.path, COUNTER, seed=self.seed, players=PLAYERS, config={}, parent=parent, **self.options)
        for row in self.rows:
            self.recorder.step(np.array(row, COUNTER.input_dtype))
        self.playback = None

    @property
    def is_open(self):
        return self.playback is None

    @precondition(lambda self: self.is_open)
    @rule(ticks=st.integers(1, 90), dx=st.integers(-(2**15), 2**15 - 1), buttons=st.integers(0, 255), player=st.integers(0, 1))
    def play(self, ticks, dx, buttons, player):
        row = [(0, 0), (0, 0)]
        row[player] = (dx, buttons)
        for _ in range(ticks):
            self.recorder.step(np.array(row, COUNTER.input_dtype))
            self.rows.append(row)

    @precondition(lambda self: self.is_open)
    @rule(text=st.text(st.characters(codec="utf-8"), min_size=1, max_size=20))
    def mark(self, text):
        self.recorder.mark(text)
        self.marks.append((len(self.rows), text))

    @precondition(lambda self: self.is_open)
    @rule()
    def follow(self):
        """What another process sees by now: whole chunks, and what is in them."""
        with Recording(self.path) as recording:
            assert isinstance(recording.damage, CutError) and len(self.rows) - recording.ticks < 66 * self.options["chunk_seconds"]
            self.same_inputs(recording)

    @precondition(lambda self: self.is_open)
    @rule()
    def finish(self):
        self.recorder.finish()
        assert self.recorder.match.save() == straight(self.rows, self.seed)
        self.open("finished")

    @precondition(lambda self: self.is_open)
    @rule(error=st.sampled_from([KeyError, KeyboardInterrupt, SystemExit]))
    def leave_by_an_exception(self, error):
        """Every tick that was stepped is kept, and the file sealed as stopped."""
        with contextlib.suppress(error), self.recorder:
            raise error
        self.open("stopped")

    def open(self, how):
        found = verify(self.path, COUNTER)
        assert found.is_ok and found.ticks == len(self.rows)
        self.recording = Recording(self.path)
        assert self.recording.end.how == how
        assert [(marker.tick, marker.text) for marker in self.recording.markers] == self.marks
        self.same_inputs(self.recording)
        self.playback = Playback(COUNTER, self.recording, checkpoint_budget_bytes=500)
        self.saved = []

    def same_inputs(self, recording):
        expected = np.array(self.rows, COUNTER.input_dtype).reshape(-1, len(PLAYERS))[: recording.ticks]
        assert (recording.inputs(0, recording.ticks) == expected).all()

    @precondition(lambda self: not self.is_open)
    @rule(share=st.floats(0, 1))
    def seek(self, share):
        self.playback.seek(round(share * len(self.rows)))

    @precondition(lambda self: not self.is_open)
    @rule(ticks=st.integers(0, 100))
    def step(self, ticks):
        before = self.playback.tick
        events = self.playback.step(ticks)
        assert self.playback.tick == min(before + ticks, len(self.rows))
        assert all(before <= tick < self.playback.tick for tick in events["tick"])

    @precondition(lambda self: not self.is_open)
    @rule()
    def save(self):
        self.saved.append((self.playback.tick, self.playback.match.save()))

    @precondition(lambda self: not self.is_open and self.saved)
    @rule(data=st.data())
    def load(self, data):
        """A saved state, loaded into a new match and played on, goes where the straight run goes."""
        tick, saved = data.draw(st.sampled_from(self.saved))
        match = COUNTER.new_match(self.seed ^ 1, len(PLAYERS), {})
        match.load(saved)
        assert match.save() == saved
        match.advance(self.recording.inputs(tick, len(self.rows)))
        assert match.save() == straight(self.rows, self.seed)

    @precondition(lambda self: not self.is_open)
    @rule(shares=st.tuples(st.floats(0, 1), st.floats(0, 1)), whole=st.booleans())
    def clip(self, shares, whole):
        """A part of it, from a state of its own: the same inputs lead to the same states."""
        start, stop = sorted(round(share * len(self.rows)) for share in shares)
        target = Path(self.folder.name) / f"clip{self.number}-{start}-{stop}-{whole}.replay"
        if target.exists():
            return
        clip(self.recording, target, start, stop, COUNTER, whole=whole)
        assert verify(target, COUNTER).is_ok
        with Recording(target) as part:
            assert (part.start_tick, part.ticks) == (0 if whole else start, stop) and part.damage is None
            playback = Playback(COUNTER, part)
            playback.seek(stop)
            assert playback.match.save() == straight(self.rows[:stop], self.seed)
            playback.seek(part.start_tick)
            assert playback.match.save() == straight(self.rows[: part.start_tick], self.seed)

    @precondition(lambda self: not self.is_open)
    @rule(share=st.floats(0, 1))
    def seek_a_version(self, share):
        """The first state that contains an input event: counted here one by one."""
        before, ticks = [(0, 0)] * len(PLAYERS), [0]
        for tick, row in enumerate(self.rows):
            ticks += [tick + 1] * sum(new != old for new, old in zip(row, before, strict=True))
            before = row
        version = round(share * (len(ticks) - 1))
        assert self.recording.version == len(ticks) - 1
        self.playback.seek(version=version)
        assert self.playback.tick == ticks[version]

    @precondition(lambda self: not self.is_open)
    @rule(share=st.floats(0, 1))
    def branch(self, share):
        """Go on from some tick with other inputs, as a new recording."""
        tick = round(share * len(self.rows))
        parent = (self.recording.header.id, tick)
        self.recording.close()
        self.rows, self.marks = self.rows[:tick], []
        self.record(parent)

    @invariant()
    def the_match_is_where_the_straight_run_is(self):
        if not hasattr(self, "recorder"):
            return
        at = self.recorder if self.is_open else self.playback
        expected = straight(self.rows[: at.tick], self.seed)
        assert at.match.save() == expected

    def teardown(self):
        if hasattr(self, "recorder"):
            self.recorder.close()
            if not self.is_open:
                self.recording.close()
            self.folder.cleanup()


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=40, stateful_step_count=20, deadline=None)
