"""A recording of which only some chunks have digests: what there is, is compared; what nothing proves, is not believed."""

from __future__ import annotations

import numpy as np
import pytest
from damage import put_together, take_apart
from native_toy import INPUT, TOY
from toys import COUNTER, random_inputs

from replay import Playback, Recorder, Recording, Verdict, verify
from replay.core import format as fmt
from replay.core.records import InputChunk, Snapshot

TICKS = 1330


def toy_rows():
    rng = np.random.default_rng(4)
    rows = np.zeros((TICKS, 2), INPUT)
    rows["push"], rows["jump"][::40, 0] = rng.integers(-90, 90, rows.shape), 1
    return rows


@pytest.fixture(scope="module", params=[TOY, COUNTER], ids=lambda game: game.name)
def whole(request, tmp_path_factory):
    """A recording, its game, and the state of every tick."""
    game = request.param
    path = tmp_path_factory.mktemp("whole") / "match.replay"
    rows = toy_rows() if game is TOY else random_inputs(COUNTER, TICKS, 2)
    with Recorder(path, game, seed=3, players=["a", "b"], config={}) as recorder:
        states = [recorder.match.save()]
        for row in rows:
            recorder.step(row)
            states.append(recorder.match.save())
    return path, game, states


def changed(path, target, change):
    """A copy whose chunks of inputs and snapshots went through `change(kind, record)`; None leaves one out."""
    with Recording(path) as recording:
        header = recording.header
    chunks = []
    for kind, payload in take_apart(path.read_bytes()):
        if kind in (fmt.KIND_INPUTS, fmt.KIND_SNAPSHOT):
            record = (InputChunk if kind == fmt.KIND_INPUTS else Snapshot).unpack(payload, header)
            record = change(record, header)
            if record is None:
                continue
            payload = record.pack()
        chunks.append((kind, payload))
    target.write_bytes(put_together(chunks))
    return target


def test_a_snapshot_that_only_a_stripped_chunk_could_refute_is_not_believed(whole, tmp_path):
    path, game, states = whole

    def change(record, header):
        group = header.group_ticks
        if isinstance(record, InputChunk):
            return record._replace(digests=b"") if record.first_tick == group else record
        if record.tick > group:
            return None
        return Snapshot(group, len(states[0]), None, fmt.deflate(states[group - 7])) if record.tick == group else record

    copy = changed(path, tmp_path / "copy.replay", change)
    assert verify(copy, game).verdict is Verdict.DIVERGED
    with Recording(copy) as recording:
        group, chunk = recording.header.group_ticks, recording.header.chunk_ticks
        for tick in (group, group + 10, group + chunk - 1, 2 * group - 10):
            playback = Playback(game, recording)
            playback.seek(tick)
            assert playback.match.save() == states[tick] and playback.divergence is None


@pytest.mark.parametrize("steps", [1, 7, 200])
def test_digests_beside_a_stripped_chunk_are_compared_however_one_steps(whole, steps, tmp_path):
    path, game, _ = whole

    def change(record, header):
        if isinstance(record, Snapshot):
            return None
        if record.first_tick == header.group_ticks:
            return record._replace(digests=b"")
        if record.first_tick == header.group_ticks + header.chunk_ticks:
            return record._replace(digests=bytes(digest ^ 255 for digest in record.digests))
        return record

    copy = changed(path, tmp_path / "copy.replay", change)
    with Recording(copy) as recording:
        first = recording.header.group_ticks + recording.header.chunk_ticks + 1
        playback = Playback(game, recording)
        playback.seek(recording.header.group_ticks)
        while playback.tick < first + 60:
            playback.step(steps)
        if game is TOY or steps == 1:
            assert playback.divergence == first
        else:  # without a library only the last eight ticks of a piece are compared
            assert first <= playback.divergence <= first + 60
