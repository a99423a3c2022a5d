"""Three small real recordings, every bit and every byte of them. The default run flips every few bits; `--budget 20` flips all."""

import numpy as np
import pytest
from damage import header_of, record, take_apart
from toys import BANK, COUNTER, random_inputs

from game.match import ARENA
from replay import CutError, FormatError, Playback, Recorder, Recording, verify
from replay.core import format as fmt
from replay.core.records import InputChunk

STRIDE = 20


def bank(path):
    record(path, BANK, ticks=150, players=2)
    return BANK


def counter(path):
    record(path, COUNTER, ticks=200, players=1, snapshots=False)
    return COUNTER


def arena(path):
    config = ARENA.default_config(map="duel", seconds=2)
    with Recorder(path, ARENA, seed=1, players=["Ann", "Ben"], config=config) as recorder:
        for row in random_inputs(ARENA, 130, 2):
            recorder.step(row)
        recorder.mark("here")
    return ARENA


@pytest.fixture(params=[bank, counter, arena], ids=lambda make: make.__name__)
def real(request, tmp_path):
    """A game, the bytes of a recording of it, its inputs, and the states that they lead to."""
    path = tmp_path / "real.replay"
    game = request.param(path)
    with Recording(path) as recording:
        rows = recording.inputs(0, recording.ticks).copy()
    return game, path.read_bytes(), rows


def what_plays(path, game, rows):
    """How many ticks a damaged file plays, all of them as they were; 0 if it is refused."""
    try:
        with Recording(path) as recording:
            assert recording.damage is not None, "plays without a word"
            assert (recording.inputs(0, recording.ticks) == rows[: recording.ticks]).all()
            playback = Playback(game, recording)
            playback.seek(recording.ticks)
            return recording.ticks, recording.damage
    except FormatError as error:
        return 0, error


def test_every_flipped_bit_is_refused_or_named(real, path, budget):
    game, data, rows = real
    stride = max(1, STRIDE // budget(1))
    for bit in range(0, len(data) * 8, stride):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        path.write_bytes(flipped)
        what_plays(path, game, rows)
        if bit % 7 == 0:
            assert not verify(path, game).is_ok


def test_every_cut_plays_exactly_what_is_whole_and_says_that_it_is_cut(real, path):
    game, data, rows = real
    ends, offset, check, ticks = {}, len(fmt.MAGIC), fmt.MAGIC_CHECK, 0
    header = header_of(take_apart(data))
    sealed = None
    while offset < len(data):
        chunk = fmt.read_chunk(data, offset, check)
        if chunk.kind == fmt.KIND_INPUTS:
            ticks += InputChunk.unpack(chunk.payload, header).tick_count
        offset, check = chunk.end, chunk.check
        ends[offset] = ticks
        sealed = offset if chunk.kind == fmt.KIND_END else sealed
    whole = 0
    for size in range(1, len(data)):
        whole = ends.get(size, whole)
        if size == sealed:
            continue  # a marker behind the seal is gone, which nobody can know
        path.write_bytes(data[:size])
        played, error = what_plays(path, game, rows)
        assert played == whole and isinstance(error, CutError), size


def test_the_inputs_of_these_are_worth_damaging(real):
    _, _, rows = real
    assert len(np.unique(rows)) > 5
