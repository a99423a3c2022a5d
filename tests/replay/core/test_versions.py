"""The stream's version is the number of input events so far: every tick has one, and every version a first state with it."""

import random
from pathlib import Path

import games
import numpy as np
import pytest
from damage import put_together, take_apart
from games import inputs_for
from toys import COUNTER, random_inputs

from replay import Playback, Recorder, Recording, UsageError, verify
from replay.core import format as fmt
from replay.core.records import InputChunk

LANDED = Path(__file__).parents[2] / "trust" / "landed"
TICKS = 700


def naive(rows, commands):
    """By its definition: every input event in order; in a tick first the inputs by player, then the commands."""
    events, before = [], np.zeros(rows.shape[1], rows.dtype)
    for tick, row in enumerate(rows):
        if rows.dtype.names:
            events += [
                (tick, player, row[player]) for player in range(len(row)) if row[player].tobytes() != before[player].tobytes()
            ]
            before = row
        events += [command for command in commands if command[0] == tick]
    return events


def all_of(recording):
    return recording.inputs(recording.start_tick, recording.ticks), recording.commands(recording.start_tick, recording.ticks)


def same(one, other):
    return len(one) == len(other) and all(
        a[:2] == b[:2]
        and type(a[2]) is type(b[2])
        and (a[2].tobytes() == b[2].tobytes() if isinstance(a[2], np.void) else a[2] == b[2])
        for a, b in zip(one, other, strict=True)
    )


@pytest.fixture(params=[games.RowsAndCommands(), games.CommandsOnly(), games.Silent(), games.Floats()], ids=lambda game: game.name)
def played(request, path):
    """The game, its open recording, and every state."""
    game = request.param
    with Recorder(path, game, seed=5, players=["Ann", "Ben"]) as recorder:
        seen = [recorder.match.seen()]
        for row, commands in inputs_for(game, TICKS):
            recorder.step(row, commands)
            seen.append(recorder.match.seen())
    with Recording(path) as recording:
        yield game, recording, seen


def test_the_stream_is_what_a_naive_count_says(played):
    _, recording, _ = played
    expected = naive(*all_of(recording))
    assert len(expected) > 100
    assert same(list(recording.input_events()), expected)
    for start, stop in ((0, 0), (0, 1), (59, 61), (60, 600), (599, 601), (601, TICKS), (TICKS, TICKS)):
        assert same(list(recording.input_events(start, stop)), [event for event in expected if start <= event[0] < stop])


def test_every_version_has_the_first_state_that_contains_it_and_every_tick_its_version(played):
    _, recording, _ = played
    expected = naive(*all_of(recording))
    assert recording.version == recording.end.version == len(expected)
    assert recording.tick_of_version(0) == 0
    for version, (tick, _, _) in enumerate(expected, 1):
        assert recording.tick_of_version(version) == tick + 1
    for tick in range(TICKS + 1):
        assert recording.version_at(tick) == sum(1 for event in expected if event[0] < tick)


def test_a_seek_by_version_is_at_that_state(played):
    game, recording, seen = played
    expected = naive(*all_of(recording))
    playback = Playback(game, recording)
    versions = list(range(len(expected) + 1))
    random.Random(3).shuffle(versions)
    for version in [0, len(expected), *versions[:150]]:
        tick = expected[version - 1][0] + 1 if version else 0
        playback.seek(version=version)
        assert playback.tick == tick and playback.match.seen() == seen[tick]


def test_a_version_outside_or_beside_a_tick_is_a_usage_error_and_moves_nothing(played):
    game, recording, seen = played
    playback = Playback(game, recording)
    playback.seek(77)
    for version in (-1, recording.version + 1, 10**9):
        with pytest.raises(UsageError, match="no version"):
            recording.tick_of_version(version)
        with pytest.raises(UsageError):
            playback.seek(version=version)
    with pytest.raises(UsageError):
        playback.seek(5, version=5)
    with pytest.raises(UsageError):
        playback.seek()
    assert playback.tick == 77 and playback.match.seen() == seen[77]


@pytest.mark.parametrize("chunk", [0, 3, 9])
def test_an_input_event_that_a_chunk_claims_and_the_next_one_denies_is_never_ok(played, path, chunk):
    """The sum is right, and the end: only the chunks' own numbers are not."""
    game, recording, _ = played
    chunks = take_apart(path.read_bytes())
    inputs = [index for index, (kind, _) in enumerate(chunks) if kind == fmt.KIND_INPUTS]
    for index, by in ((inputs[chunk], 1), (inputs[chunk + 1], -1)):
        part = InputChunk.unpack(chunks[index][1], recording.header)
        assert part.input_events > 0
        chunks[index] = (fmt.KIND_INPUTS, part._replace(input_events=part.input_events + by).pack())
    path.write_bytes(put_together(chunks))
    assert not verify(path, game).is_ok


@pytest.mark.parametrize("tick", [-1, TICKS + 1])
def test_a_tick_outside_has_no_version(played, tick):
    with pytest.raises(UsageError):
        played[1].version_at(tick)


def test_a_version_that_holds_only_what_is_written_so_far_grows_with_the_file(path):
    rows = random_inputs(COUNTER, 400, 2)
    with Recorder(path, COUNTER, seed=1, players=["a", "b"]) as recorder, Recording(path) as follower:
        for row in rows:
            recorder.step(row)
            follower.refresh()
            expected = naive(rows[: follower.ticks], [])
            assert follower.version == len(expected)
            if expected:
                assert follower.tick_of_version(len(expected)) == expected[-1][0] + 1
        recorder.finish()
        assert follower.refresh() and follower.version == len(naive(rows, [])) == recorder.version


def test_a_file_without_an_end_has_versions_as_far_as_it_goes(path):
    rows = random_inputs(COUNTER, 400, 2)
    with Recorder(path, COUNTER, seed=1, players=["a", "b"]) as recorder:
        for row in rows:
            recorder.step(row)
    path.write_bytes(path.read_bytes()[:-1])
    with Recording(path) as recording:
        assert recording.end is None and recording.version == len(naive(rows, []))


@pytest.mark.parametrize("name", sorted(file.name for file in LANDED.glob("format1-*.replay")))
def test_format_1_does_not_say_its_versions_and_they_are_the_same_count(name):
    with Recording(LANDED / name) as recording:
        assert recording.header.format == 1
        expected = naive(*all_of(recording))
        assert recording.version == recording.end.version == len(expected)
        assert same(list(recording.input_events()), expected)
        for version in [0, *range(1, len(expected) + 1, max(1, len(expected) // 200))]:
            assert recording.tick_of_version(version) == (expected[version - 1][0] + 1 if version else 0)
        for tick in range(0, recording.ticks + 1, max(1, recording.ticks // 200)):
            assert recording.version_at(tick) == sum(1 for event in expected if event[0] < tick)
        if recording.header.game == "counter":
            playback = Playback(COUNTER, recording)
            playback.seek(version=len(expected) // 2)
            assert playback.tick == expected[len(expected) // 2 - 1][0] + 1


@pytest.mark.parametrize("name", sorted(file.name for file in LANDED.glob("format1-*.replay")))
def test_the_order_in_which_versions_are_asked_for_makes_no_difference(name):
    with Recording(LANDED / name) as one, Recording(LANDED / name) as other:
        last = one.version
        forwards = [one.tick_of_version(version) for version in range(last + 1)][:300]
        assert [other.version_at(other.ticks), other.tick_of_version(last)] == [last, one.tick_of_version(last)]
        assert [other.tick_of_version(version) for version in range(last + 1)][:300] == forwards


def test_a_command_after_the_last_input_of_a_group_and_before_the_first_of_the_next_is_counted_in_its_tick(path):
    game = games.RowsAndCommands()
    row = np.zeros(2, game.input_dtype)
    said = {599: [(0, "last")], 600: [(1, "first"), (1, "first")], 699: [(0, "end")]}
    with Recorder(path, game, seed=5, players=["Ann", "Ben"]) as recorder:
        for tick in range(TICKS):
            recorder.step(row, said.get(tick, []))
    with Recording(path) as recording:
        assert recording.version == 4
        assert [recording.tick_of_version(version) for version in range(5)] == [0, 600, 601, 601, 700]
        assert [recording.version_at(tick) for tick in (599, 600, 601, 699, 700)] == [0, 1, 3, 3, 4]
        assert list(recording.input_events()) == [(599, 0, "last"), (600, 1, "first"), (600, 1, "first"), (699, 0, "end")]
