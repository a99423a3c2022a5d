import contextlib
import os

import msgpack
import numpy as np
import pytest
from damage import header_of, of_kind, put_together, record, take_apart
from hypothesis import given, settings
from hypothesis import strategies as st
from memory import most_added
from patience import within
from toys import BANK, COUNTER, random_inputs

from replay import CutError, FormatError, Playback, Recorder, Recording, ReplayError, UsageError, verify
from replay.core import format as fmt
from replay.core.records import InputChunk


def test_what_was_played_is_read_back(path):
    rows = record(path, COUNTER, ticks=1500, players=3, config={"step": 2})
    with Recording(path) as recording:
        assert recording.state == "complete"
        assert recording.ticks == 1500
        assert recording.header.config == {"step": 2}
        assert [player.name for player in recording.header.players] == ["player 0", "player 1", "player 2"]
        assert recording.snapshot_ticks == [0, 600, 1200]
        assert (recording.inputs(0, 1500) == rows).all()
        for start, stop in ((0, 0), (0, 1), (59, 61), (599, 601), (1499, 1500), (1500, 1500), (130, 1310)):
            assert (recording.inputs(start, stop) == rows[start:stop]).all()


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (0, 151), (100, 50)])
def test_inputs_outside_the_recording_are_a_usage_error(path, start, stop):
    record(path)
    with Recording(path) as recording, pytest.raises(UsageError):
        recording.inputs(start, stop)


def test_the_stream_version_is_the_number_of_input_events(path):
    rows = record(path, COUNTER, ticks=1300, players=2)
    with Recording(path) as recording:
        events = list(recording.input_events())
        assert recording.end.version == len(events)
        assert events[:1] and all(rows[tick, player] == row for tick, player, row in events)
        late = [event for event in events if event[0] >= 700]
        assert list(recording.input_events(700)) == late
    state = np.zeros(2, rows.dtype)
    by_tick = {(tick, player): row for tick, player, row in events}
    for tick in range(1300):
        for player in range(2):
            state[player] = by_tick.get((tick, player), state[player])
        assert (state == rows[tick]).all()


def whole_ticks(chunks):
    return sum(msgpack.unpackb(payload)[1] for payload in of_kind(chunks, fmt.KIND_INPUTS))


def check_prefix(data, path, original):
    """`data` opens to a prefix of `original` and says that something is missing; or it is refused. Returns the ticks that play."""
    path.write_bytes(data)
    try:
        with Recording(path) as recording:
            assert recording.damage is not None, "plays without a word"
            assert (recording.inputs(0, recording.ticks) == original[: recording.ticks]).all()
            playback = Playback(BANK, recording)
            playback.step(recording.ticks)
            ticks = recording.ticks
    except FormatError:
        ticks = 0
    assert not verify(path, BANK).is_ok
    return ticks


def test_a_file_cut_at_every_byte_plays_to_its_last_whole_chunk(small, path):
    path.write_bytes(small)
    with Recording(path) as recording:
        original = recording.inputs(0, recording.ticks)
    ends, offset, check = {}, len(fmt.MAGIC), fmt.MAGIC_CHECK
    ticks = 0
    while offset < len(small):
        chunk = fmt.read_chunk(small, offset, check)
        if chunk.kind == fmt.KIND_INPUTS:
            ticks += msgpack.unpackb(chunk.payload)[1]
        offset, check = chunk.end, chunk.check
        ends[offset] = ticks
    whole = 0
    for size in range(len(small)):
        whole = ends.get(size, whole)
        assert check_prefix(small[:size], path, original) == whole, size
        if size:
            assert verify(path, BANK).verdict == "incomplete"


@pytest.mark.parametrize("bit", [pytest.param(bit, marks=[pytest.mark.deep] * (bit not in (0, 3, 7))) for bit in range(8)])
def test_every_single_flipped_bit_is_refused_or_named(small, path, bit):
    path.write_bytes(small)
    with Recording(path) as recording:
        original = recording.inputs(0, recording.ticks)
    for at in range(len(small)):
        flipped = bytearray(small)
        flipped[at] ^= 1 << bit
        check_prefix(bytes(flipped), path, original)


def test_a_chunk_deleted_repeated_swapped_or_from_another_file_is_refused(small, path, tmp_path):
    path.write_bytes(small)
    with Recording(path) as recording:
        original = recording.inputs(0, recording.ticks)
    record(tmp_path / "other.replay", seed=8)
    pieces, offset, check = [], len(fmt.MAGIC), fmt.MAGIC_CHECK
    for data, kept in ((small, pieces), ((tmp_path / "other.replay").read_bytes(), foreign := [])):
        offset, check = len(fmt.MAGIC), fmt.MAGIC_CHECK
        while offset < len(data):
            chunk = fmt.read_chunk(data, offset, check)
            kept.append(data[offset : chunk.end])
            offset, check = chunk.end, chunk.check
    count = len(pieces)
    damaged = [pieces[:i] + pieces[i + 1 :] for i in range(count)]
    damaged += [pieces[: i + 1] + pieces[i:] for i in range(count)]
    damaged += [
        [*pieces[:i], pieces[j], *pieces[i + 1 : j], pieces[i], *pieces[j + 1 :]] for i in range(count) for j in range(i + 1, count)
    ]
    damaged += [[*pieces[:i], foreign[i], *pieces[i + 1 :]] for i in range(count)]
    for parts in damaged:
        check_prefix(fmt.MAGIC + b"".join(parts), path, original)


def swapped(chunks, kind, change):
    """`chunks` with the unpacked payload of the first chunk of `kind` changed; checksums are repaired when put together."""
    result, done = [], False
    for each, payload in chunks:
        if each == kind and not done:
            value = msgpack.unpackb(payload)
            done = True
            change(value)
            payload = msgpack.packb(value)
        result.append((each, payload))
    return result


def set_item(index, new):
    def change(value):
        value[index] = new(value[index]) if callable(new) else new

    return change


def set_truth(name, new):
    return lambda value: set_item(name, new)(value["truth"])


HOSTILE = {
    "no chunk at all": lambda c: [],
    "no header": lambda c: c[1:],
    "two headers": lambda c: [c[0], *c],
    "the header not first": lambda c: [c[1], c[0], *c[2:]],
    "an unknown kind that is needed": lambda c: [c[0], (b"Q"[0], b""), *c[1:]],
    "a kind that is no letter": lambda c: [c[0], (0, b""), *c[1:]],
    "inputs behind the end": lambda c: [*c, next(each for each in c if each[0] == fmt.KIND_INPUTS)],
    "a second end": lambda c: [*c, c[-1]],
    "ticks that go back": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(0, 1)),
    "a chunk missing in the middle": lambda c: [each for i, each in enumerate(c) if i != 2],
    "a chunk twice": lambda c: [*c[:3], c[2], *c[3:]],
    "more ticks than a chunk holds": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(1, 61)),
    "16 million ticks": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(1, 16_000_000)),
    "no ticks": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(1, 0)),
    "inputs that are no compressed data": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(2, b"\xff" * 9)),
    "inputs that are a bomb": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(2, fmt.deflate(bytes(10**8)))),
    "inputs too short": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(2, fmt.deflate(b"abc"))),
    "too few digests": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(3, lambda d: d[:-1])),
    "an edited digest of the last tick": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(3, lambda d: d[:-1] + bytes([d[-1] ^ 1]))),
    "an edited hash": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(4, lambda h: bytes([h[0] ^ 1]) + h[1:])),
    "half a hash": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(4, b"1234")),
    "a snapshot of another tick": lambda c: swapped(c, fmt.KIND_SNAPSHOT, set_item(0, 1)),
    "a snapshot of another size": lambda c: swapped(c, fmt.KIND_SNAPSHOT, set_item(1, 17)),
    "a snapshot that claims 4 GB": lambda c: swapped(c, fmt.KIND_SNAPSHOT, set_item(1, 2**32 - 1)),
    "a snapshot that is a bomb": lambda c: swapped(c, fmt.KIND_SNAPSHOT, set_item(3, fmt.deflate(bytes(10**8)))),
    "a snapshot of another state": lambda c: swapped(c, fmt.KIND_SNAPSHOT, set_item(3, fmt.deflate(b"\1" * 16))),
    "a snapshot too small for the game": lambda c: swapped(
        c, fmt.KIND_SNAPSHOT, lambda v: v.__setitem__(slice(1, 4), [3, None, fmt.deflate(b"abc")])
    ),
    "a snapshot too large for the game": lambda c: swapped(
        c, fmt.KIND_SNAPSHOT, lambda v: v.__setitem__(slice(1, 4), [10**6, None, fmt.deflate(bytes(10**6))])
    ),
    "a snapshot that is a difference to nothing": lambda c: swapped(c, fmt.KIND_SNAPSHOT, set_item(2, 0)),
    "another seed": lambda c: swapped(c, fmt.KIND_HEADER, set_truth("seed", 99)),
    "another rules number": lambda c: swapped(c, fmt.KIND_HEADER, set_truth("rules", 2)),
    "a game called os": lambda c: swapped(c, fmt.KIND_HEADER, set_truth("game", "os")),
    "a game called ../x": lambda c: swapped(c, fmt.KIND_HEADER, set_truth("game", "../x")),
    "inputs of another shape": lambda c: swapped(c, fmt.KIND_HEADER, set_truth("input", [["amount", "i2"], ["b", "i2"]])),
    "a player too many": lambda c: swapped(c, fmt.KIND_HEADER, set_truth("players", lambda p: [*p, ["x", "human"]])),
    "a start later than its inputs": lambda c: swapped(c, fmt.KIND_HEADER, set_truth("start_tick", 60)),
    "an input event too many": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(5, lambda n: n + 1)),
    "no number of input events": lambda c: swapped(c, fmt.KIND_INPUTS, set_item(5, None)),
    "commands for a game that takes none": lambda c: swapped(c, fmt.KIND_INPUTS, lambda v: v.append(msgpack.packb([[0, 0, "x"]]))),
    "commands that are none": lambda c: swapped(c, fmt.KIND_INPUTS, lambda v: v.append(b"\x90")),
    "an edited hash of the events": lambda c: swapped(c, fmt.KIND_END, set_item(3, b"\1" + bytes(7))),
    "an end by a crash that did not happen": lambda c: swapped(
        c, fmt.KIND_END, lambda v: v.__setitem__(slice(5, 7), ["crashed", ["KeyError", bytes(8), []]])
    ),
    "an end of other ticks": lambda c: swapped(c, fmt.KIND_END, set_item(0, 7)),
    "an end of another version": lambda c: swapped(c, fmt.KIND_END, set_item(1, lambda v: v + 1)),
    "an end of another hash": lambda c: swapped(c, fmt.KIND_END, set_item(2, bytes(8))),
    "an edited result": lambda c: swapped(c, fmt.KIND_END, set_item(4, {"balance": 10**9})),
    "a marker behind the last tick": lambda c: [*c, (fmt.KIND_MARKER, msgpack.packb([1000, "x"]))],
    "a marker of a megabyte": lambda c: [*c, (fmt.KIND_MARKER, msgpack.packb([1, "x" * 1_000_000]))],
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_recording_does_not_pass_with_repaired_checksums_and(what, small, path):
    path.write_bytes(put_together(HOSTILE[what](take_apart(small))))

    def read() -> None:
        found = verify(path, BANK) if what != "a game called os" and what != "a game called ../x" else verify(path)
        # The seed is the one edit that this game provably ignores: its state does not depend on it.
        assert found.is_ok == (what == "another seed")
        with contextlib.suppress(ReplayError), Recording(path) as recording:
            playback = Playback(BANK, recording)
            for tick in (recording.ticks, 0, recording.ticks // 2):
                playback.seek(tick)

    assert most_added(lambda: within(1, read)) < 200e6


@pytest.mark.parametrize("stripped", [(0,), (1,), (2,), (0, 2), (0, 1), (0, 1, 2)])
@pytest.mark.parametrize("what", ["digests", "hash", "both"])
def test_a_recording_of_which_some_chunks_claim_nothing_plays_and_is_verified_by_what_is_left(small, path, stripped, what):
    chunks = take_apart(small)
    facts, place = header_of(chunks), [index for index, (kind, _) in enumerate(chunks) if kind == fmt.KIND_INPUTS]
    assert len(place) == 3
    for number in stripped:
        part = InputChunk.unpack(chunks[place[number]][1], facts)
        claims = {"digests": {"digests": b""}, "hash": {"hash": None, "events_hash": None}}
        part = part._replace(**(claims["digests"] | claims["hash"] if what == "both" else claims[what]))
        chunks[place[number]] = (fmt.KIND_INPUTS, part.pack())
    path.write_bytes(put_together(chunks))
    verification = verify(path, BANK)
    assert verification.is_ok and verification.ticks == 150  # the seal is still there
    left = [count for number, count in enumerate((60, 60, 30)) if number not in stripped or what == "hash"]
    assert verification.digests_compared == sum(left)
    assert verification.hashes_compared == 1 + (3 if what == "digests" else 3 - len(stripped))
    assert verify(path, BANK, every_tick=False).is_ok
    with Recording(path) as recording:
        playback = Playback(BANK, recording)
        for tick in (150, 0, 61, 60, 59, 149, 1, 120, 121):
            playback.seek(tick)
            assert playback.match.state["tick"][0] == tick
        assert not playback.warning and playback.divergence is None


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_random_damage_with_repaired_checksums_raises_nothing_but_replay_errors(small, tmp_path_factory, data):
    path = tmp_path_factory.mktemp("damage") / "m.replay"
    chunks = take_apart(small)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(chunks) - 1))
        kind, payload = chunks[index]
        at = data.draw(st.integers(0, len(payload)))
        cut = data.draw(st.integers(0, 8))
        chunks[index] = (kind, payload[:at] + data.draw(st.binary(max_size=8)) + payload[at + cut :])
    path.write_bytes(put_together(chunks))
    verify(path, BANK)
    try:
        with Recording(path) as recording:
            list(recording.input_events())
            Playback(BANK, recording).seek(recording.ticks)
    except ReplayError:
        pass


def test_unknown_lower_case_chunks_are_skipped(small, path):
    chunks = take_apart(small)
    path.write_bytes(put_together([chunks[0], (b"z"[0], b"from the future"), *chunks[1:], (b"z"[0], b"")]))
    assert verify(path, BANK).is_ok


NOT_RECORDINGS = {
    "an empty file": b"",
    "one byte of magic": fmt.MAGIC[:1],
    "most of the magic": fmt.MAGIC[:-1],
    "the magic alone": fmt.MAGIC,
    "a PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "a recording through text mode": fmt.MAGIC.replace(b"\r\n", b"\n") + bytes(100),
    "text": b"hello, this is not a recording",
    "zeros": bytes(1000),
}


@pytest.mark.parametrize("what", NOT_RECORDINGS)
def test_a_clear_error_for(what, path):
    path.write_bytes(NOT_RECORDINGS[what])
    with pytest.raises(FormatError) as caught:
        Recording(path)
    assert caught.value.hint
    assert not verify(path).is_ok


def test_a_folder_and_a_fifo_are_refused_without_waiting(tmp_path):
    with pytest.raises(FormatError, match="folder"):
        Recording(tmp_path)
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(FormatError, match="regular file"):
        Recording(tmp_path / "fifo")
    with pytest.raises(FileNotFoundError):
        Recording(tmp_path / "nothing")


def test_a_recording_that_is_being_written_can_be_followed(path):
    rows = random_inputs(BANK, 200, 2)
    with Recorder(path, BANK, seed=1, players=["a", "b"], config={}) as recorder, Recording(path) as follower:
        assert follower.ticks == 0 and isinstance(follower.damage, CutError)
        assert not follower.refresh()
        for tick, row in enumerate(rows, 1):
            recorder.step(row)
            assert follower.refresh() == (tick > 60 and tick % 60 == 5)  # a second's work is spread over the next ticks
            assert follower.ticks == max(tick - 5, 0) // 60 * 60
            assert (follower.inputs(0, follower.ticks) == rows[: follower.ticks]).all()
        recorder.finish()
        assert follower.refresh()
        assert follower.state == "complete" and follower.ticks == 200
        assert (follower.inputs(0, 200) == rows).all()


def test_a_file_that_shrinks_or_changes_under_the_reader_is_noticed(path):
    record(path, ticks=1300)
    with Recording(path) as recording:
        os.truncate(path, 2000)
        with pytest.raises(FormatError):
            recording.inputs(1200, 1300)
    path.unlink()
    record(path, ticks=1300)
    with Recording(path) as recording:
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1
        path.write_bytes(data)
        with pytest.raises(FormatError):
            recording.inputs(0, 1300)
