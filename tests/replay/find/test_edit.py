import os

import numpy as np
import pytest
from damage import of_kind, record, take_apart
from toys import BANK, COUNTER, LEAKY

from replay import Playback, Recorder, Recording, ReplayError, UsageError, Verdict, append_marker, state_hash, verify
from replay.core import format as fmt
from replay.core.writer import new_file
from replay.find.edit import CLIP_START, clip, clip_start, pack, strip

EDITS = {"strip": lambda source, target: strip(source, target), "pack": lambda source, target: pack(source, target, COUNTER)}


@pytest.fixture
def match(tmp_path):
    """A recording of 75 seconds with two markers."""
    path = tmp_path / "match.replay"
    record(path, COUNTER, ticks=4500)
    append_marker(path, 300, "early")
    append_marker(path, 1400, "late")
    return path


def identity_of(path):
    with Recording(path) as recording:
        return recording.identity()


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_keeps_the_identity_the_markers_and_the_verdict(match, tmp_path, edit):
    before, target = match.read_bytes(), tmp_path / "new.replay"
    with Recording(match) as source:
        EDITS[edit](source, target)
        with Recording(target) as new:
            assert new.identity() == source.identity()
            assert sorted(new.markers, key=lambda marker: marker.tick) == source.markers
            assert new.damage is None
            assert new.end == source.end
            assert (new.inputs(0, 4500) == source.inputs(0, 4500)).all()
    assert verify(target, COUNTER).is_ok
    assert match.read_bytes() == before
    assert target.stat().st_size < match.stat().st_size


def test_a_stripped_recording_holds_no_snapshot_and_no_hash_but_the_last(match, tmp_path):
    with Recording(match) as source:
        strip(source, tmp_path / "new.replay")
    chunks = take_apart((tmp_path / "new.replay").read_bytes())
    assert not of_kind(chunks, fmt.KIND_SNAPSHOT)
    assert all(not part.digests and part.hash is None for part in map(fmt.InputChunk.unpack, of_kind(chunks, fmt.KIND_INPUTS)))
    assert len(of_kind(chunks, fmt.KIND_END)) == 1


def test_pack_computes_again_what_strip_left_out(match, tmp_path):
    with Recording(match) as source:
        strip(source, tmp_path / "stripped.replay")
        pack(source, tmp_path / "packed.replay", COUNTER)
    with Recording(tmp_path / "stripped.replay") as stripped:
        pack(stripped, tmp_path / "again.replay", COUNTER)
    assert (tmp_path / "again.replay").read_bytes() == (tmp_path / "packed.replay").read_bytes()
    with Recording(tmp_path / "again.replay") as again:
        assert again.snapshot_ticks == [0, 3600]
    assert verify(tmp_path / "again.replay", COUNTER, every_tick=True).is_ok


def test_pack_does_not_pack_a_divergence_away(path, tmp_path):
    record(path, LEAKY, ticks=300)
    with Recording(path) as source, pytest.raises(ReplayError, match="does not verify: diverged"):
        pack(source, tmp_path / "new.replay", LEAKY)
    assert not (tmp_path / "new.replay").exists()


def test_pack_seals_what_is_whole_of_a_cut_recording(match, tmp_path):
    cut = tmp_path / "cut.replay"
    cut.write_bytes(match.read_bytes()[:-400])
    with Recording(cut) as source:
        assert source.state == "cut"
        pack(source, tmp_path / "new.replay", COUNTER)
        assert identity_of(tmp_path / "new.replay") == source.identity()
    assert verify(tmp_path / "new.replay", COUNTER).is_ok


@pytest.mark.parametrize("edit", EDITS)
def test_a_damaged_recording_is_refused(match, tmp_path, edit):
    data = bytearray(match.read_bytes())
    data[-100] ^= 1
    match.write_bytes(data)
    with Recording(match) as source, pytest.raises(ReplayError, match="chunk"):
        EDITS[edit](source, tmp_path / "new.replay")
    assert [file.name for file in tmp_path.iterdir()] == ["match.replay"]


@pytest.mark.parametrize(("start", "stop"), [(0, 0), (0, 1), (59, 60), (100, 633), (600, 600), (700, 1200), (0, 4500)])
def test_a_clip_verifies_from_the_seed_and_ends_where_it_was_cut(match, tmp_path, start, stop):
    target = tmp_path / "clip.replay"
    with Recording(match) as source:
        clip(source, target, start, stop, COUNTER)
        playback = Playback(COUNTER, source)
        playback.seek(stop)
        with Recording(target) as new:
            assert new.damage is None
            assert new.ticks == stop
            assert new.end.hash == state_hash(playback.match)
            assert clip_start(new) == start
            assert new.header.parent == (source.header.id, stop)
            assert [marker.text for marker in new.markers if marker.text != CLIP_START] == ["early", "late"][
                : (stop >= 300) + (stop >= 1400)
            ]
    verification = verify(target, COUNTER, every_tick=True)
    assert (verification.verdict, verification.ticks) == (Verdict.OK, stop)


def test_the_same_clip_cut_twice_is_the_same_recording_and_another_one_is_not(match, tmp_path):
    with Recording(match) as source:
        for name, start, stop in [("a", 60, 200), ("b", 60, 200), ("c", 61, 200), ("d", 60, 201)]:
            clip(source, tmp_path / name, start, stop, COUNTER)
    identities = [identity_of(tmp_path / name) for name in "abcd"]
    assert identities[0] == identities[1]
    assert len({*identities, identity_of(match)}) == 4


def test_a_clip_of_a_clip_begins_where_the_last_cut_says(match, tmp_path):
    with Recording(match) as source:
        clip(source, tmp_path / "a", 60, 200, COUNTER)
    with Recording(tmp_path / "a") as source:
        clip(source, tmp_path / "b", 100, 150, COUNTER)
    with Recording(tmp_path / "b") as new:
        assert clip_start(new) == 100


def test_a_clip_of_a_divergent_recording_diverges(path, tmp_path):
    record(path, LEAKY, ticks=300)
    with Recording(path) as source:
        clip(source, tmp_path / "clip", 0, 250, LEAKY)
    assert verify(tmp_path / "clip", LEAKY).verdict is Verdict.DIVERGED


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (10, 9), (0, 4501)])
def test_a_clip_outside_the_recording_is_refused(match, tmp_path, start, stop):
    with Recording(match) as source, pytest.raises(UsageError, match="no ticks"):
        clip(source, tmp_path / "clip", start, stop, COUNTER)


def test_the_identity_depends_on_every_input_and_on_the_length(tmp_path):
    header, rows = None, None
    seen = set()
    for name, change in {"a": None, "b": 0, "c": 149}.items():
        path = tmp_path / name
        rows = record(path, BANK, ticks=150)
        if change is not None:
            path.unlink()
            rows[change, 1]["amount"] ^= 1
            record(path, BANK, inputs=rows)
        with Recording(path) as recording:
            header = header or recording.header
            recording.header = header  # the random id and the time left aside
            seen.add(recording.identity())
    assert len(seen) == 3


def test_the_identity_does_not_depend_on_how_the_file_is_cut_into_chunks(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "urandom", lambda count: bytes(count))
    monkeypatch.setattr("time.time_ns", lambda: 10**18)
    record(tmp_path / "a", COUNTER, ticks=700)
    record(tmp_path / "b", COUNTER, ticks=700, chunk_seconds=2, snapshot_seconds=4, snapshots=False)
    assert identity_of(tmp_path / "a") == identity_of(tmp_path / "b")


def test_nothing_is_written_over_a_file(match, tmp_path):
    before = match.read_bytes()
    with Recording(match) as source:
        for edit in EDITS.values():
            with pytest.raises(UsageError, match="exists"):
                edit(source, match)
    assert match.read_bytes() == before


def test_a_file_that_appears_while_writing_is_not_written_over(tmp_path):
    target = tmp_path / "new.replay"
    with pytest.raises(UsageError, match="exists"), new_file(target) as file:
        file.write(b"ours")
        target.write_bytes(b"theirs")
    assert target.read_bytes() == b"theirs"
    assert [file.name for file in tmp_path.iterdir()] == ["new.replay"]


def test_an_interrupted_command_leaves_no_file(match, tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("replay.core.writer.ChunkWriter.end", interrupted)
    with Recording(match) as source, pytest.raises(KeyboardInterrupt):
        pack(source, tmp_path / "new.replay", COUNTER)
    assert [file.name for file in tmp_path.iterdir()] == ["match.replay"]


def test_markers_of_a_recording_in_the_making_come_along(path, tmp_path):
    with Recorder(path, COUNTER, seed=1, players=["a"], config={}) as recorder:
        for tick in range(100):
            if tick == 40:
                recorder.mark("mid")
            recorder.step(np.zeros(1, COUNTER.input_dtype))
    with Recording(path) as source:
        strip(source, tmp_path / "new")
        with Recording(tmp_path / "new") as new:
            assert new.markers == source.markers != []
