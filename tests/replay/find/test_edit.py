import os
from pathlib import Path

import numpy as np
import pytest
from damage import header_of, of_kind, record, take_apart
from talk import DEAR, DRIFT, FORGETFUL, NO_LOAD, TALK, record_talk
from toys import BANK, COUNTER, LEAKY, Counter, CounterMatch, LaterRules

from replay import (
    Playback,
    Recorder,
    Recording,
    ReplayError,
    UnverifiableError,
    UsageError,
    Verdict,
    append_marker,
    state_hash,
    verify,
)
from replay.core import format as fmt
from replay.core.records import InputChunk
from replay.core.writer import new_file
from replay.find.edit import CLIP_START, clip, clip_start, pack, strip

LANDED = Path(__file__).parents[2] / "trust" / "landed"


class OtherEventsMatch(CounterMatch):
    def advance(self, inputs):
        events = super().advance(inputs)
        events["amount"][events["tick"] == 0] += 1
        return events


class OtherEvents(Counter):
    match = OtherEventsMatch


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
            assert new.end._replace(events_hash=0) == source.end._replace(events_hash=0)  # E counts from its group
            assert (new.inputs(0, 4500) == source.inputs(0, 4500)).all()
    assert verify(target, COUNTER).is_ok
    assert match.read_bytes() == before
    assert target.stat().st_size < match.stat().st_size


def test_a_stripped_recording_holds_no_snapshot_and_no_hash_but_the_last(match, tmp_path):
    with Recording(match) as source:
        strip(source, tmp_path / "new.replay")
    chunks = take_apart((tmp_path / "new.replay").read_bytes())
    assert not of_kind(chunks, fmt.KIND_SNAPSHOT)
    parts = [InputChunk.unpack(payload, header_of(chunks)) for payload in of_kind(chunks, fmt.KIND_INPUTS)]
    assert all(not part.digests and part.hash is None and part.events_hash is None for part in parts)
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


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(
    ("start", "stop"), [(0, 0), (0, 1), (59, 60), (100, 633), (600, 600), (700, 1200), (0, 4500), (4500, 4500)]
)
def test_a_clip_is_verified_and_begins_and_ends_where_it_was_cut(match, tmp_path, start, stop, whole):
    target, first = tmp_path / "clip.replay", 0 if whole else start
    with Recording(match) as source:
        clip(source, target, start, stop, COUNTER, whole=whole)
        playback = Playback(COUNTER, source)
        playback.seek(stop)
        with Recording(target) as new:
            assert new.damage is None
            assert (new.start_tick, new.ticks) == (first, stop)
            assert (new.end.hash, new.end.how) == (state_hash(playback.match), "finished" if stop == 4500 else "stopped")
            assert clip_start(new) == start
            assert new.header.parent == (source.header.id, stop if whole else start)
            inside = [marker for marker in source.markers if first <= marker.tick <= stop]
            assert [marker for marker in new.markers if marker.text != CLIP_START] == inside
            assert (new.inputs(first, stop) == source.inputs(first, stop)).all()
            playback.seek(first)
            assert not first or new.start_state == playback.match.save()
    verification = verify(target, COUNTER)
    if (first, stop) == (4500, 4500) or stop == 0:
        assert verification.verdict in (Verdict.OK, Verdict.UNVERIFIABLE)
    else:
        assert (verification.verdict, verification.ticks) == (Verdict.OK, stop)
        assert verification.digests_compared == stop - first
    assert (f"from tick {start}" in verification.message) == (first > 0)


def test_a_clip_is_small(match, tmp_path):
    with Recording(match) as source:
        clip(source, tmp_path / "clip", 3900, 4500, COUNTER)
        clip(source, tmp_path / "whole", 3900, 4500, COUNTER, whole=True)
    assert (tmp_path / "clip").stat().st_size < (tmp_path / "whole").stat().st_size / 4


def test_every_state_of_a_clip_is_that_of_its_source(match, tmp_path):
    with Recording(match) as source:
        clip(source, tmp_path / "clip", 1234, 3456, COUNTER)
        with Recording(tmp_path / "clip") as new:
            ours, theirs = Playback(COUNTER, new), Playback(COUNTER, source)
            for tick in (3456, 1234, 2000, 1235, 1834, 3455):
                ours.seek(tick)
                theirs.seek(tick)
                assert ours.match.save() == theirs.match.save()
            assert ours.divergence is None
            assert not ours.warning


def test_the_same_clip_cut_twice_is_the_same_recording_and_another_one_is_not(match, tmp_path):
    with Recording(match) as source:
        for name, start, stop in [("a", 60, 200), ("b", 60, 200), ("c", 61, 200), ("d", 60, 201)]:
            clip(source, tmp_path / name, start, stop, COUNTER)
    identities = [identity_of(tmp_path / name) for name in "abcd"]
    assert identities[0] == identities[1]
    assert len({*identities, identity_of(match)}) == 4


def test_a_clip_and_a_whole_clip_are_two_recordings(match, tmp_path):
    with Recording(match) as source:
        clip(source, tmp_path / "a", 60, 200, COUNTER)
        clip(source, tmp_path / "b", 60, 200, COUNTER, whole=True)
    assert identity_of(tmp_path / "a") != identity_of(tmp_path / "b")


@pytest.mark.parametrize("first_whole", [False, True])
@pytest.mark.parametrize("whole", [False, True])
def test_a_clip_of_a_clip(match, tmp_path, first_whole, whole):
    with Recording(match) as source:
        clip(source, tmp_path / "a", 60, 1400, COUNTER, whole=first_whole)
    with Recording(tmp_path / "a") as source:
        clip(source, tmp_path / "b", 100, 1350, COUNTER, whole=whole)
        with Recording(tmp_path / "b") as new:
            assert clip_start(new) == 100
            assert new.start_tick == ((0 if first_whole else 60) if whole else 100)
            assert new.header.parent == (source.header.id, 1350 if whole else 100)
    assert verify(tmp_path / "b", COUNTER).is_ok
    with Recording(match) as source, Recording(tmp_path / "b") as new:
        playback = Playback(COUNTER, source)
        playback.seek(1350)
        assert new.end.hash == state_hash(playback.match)
        if not first_whole:
            with pytest.raises(UsageError, match="has ticks"):
                clip(new, tmp_path / "c", 10, 1350, COUNTER)


@pytest.mark.parametrize("whole", [False, True])
def test_a_clip_hides_no_divergence(match, tmp_path, whole):
    with Recording(match) as source:
        rows = source.inputs(0, 4500)
    path = tmp_path / "drifting.replay"
    record(path, COUNTER, inputs=rows)
    with Recording(path) as source:
        with pytest.raises(ReplayError, match=r"differs from its recording from tick 10[12] on; a clip would hide it"):
            clip(source, tmp_path / "clip", 50, 250, DRIFT, whole=whole)
        with pytest.raises(ReplayError, match="a clip would hide it"):
            clip(source, tmp_path / "clip", 500, 600, DRIFT, whole=whole)
        clip(source, tmp_path / "before", 20, 80, DRIFT, whole=whole)
    assert not (tmp_path / "clip").exists()
    assert verify(tmp_path / "before", COUNTER).is_ok


def test_a_clip_of_a_stripped_recording_hides_no_divergence_either(match, tmp_path):
    with Recording(match) as source:
        strip(source, tmp_path / "stripped")
    with Recording(tmp_path / "stripped") as source:
        clip(source, tmp_path / "clip", 300, 400, COUNTER)
        with pytest.raises(ReplayError, match="does not verify: diverged"):
            clip(source, tmp_path / "drifting", 300, 400, DRIFT)
    assert verify(tmp_path / "clip", COUNTER).is_ok


@pytest.mark.parametrize("game", [DEAR, TALK])
def test_a_clip_at_any_tick_of_games_of_every_kind(path, tmp_path, game):
    if game is TALK:
        record_talk(path)
    else:
        record(path, game, ticks=130)
    with Recording(path) as source:
        for start, stop in [(0, 130), (1, 2), (59, 130), (60, 121), (77, 77 + 6)]:
            clip(source, tmp_path / f"{start}", start, stop, game)
            verification = verify(tmp_path / f"{start}", game)
            assert (verification.verdict, verification.ticks) == (Verdict.OK, stop)
            with Recording(tmp_path / f"{start}") as new:
                assert new.commands(start, stop) == source.commands(start, stop)


def test_a_game_without_load_is_clipped_whole_only(path, tmp_path):
    record(path, NO_LOAD, ticks=130)
    with Recording(path) as source:
        with pytest.raises(UsageError, match="cannot begin at tick 60") as caught:
            clip(source, tmp_path / "clip", 60, 120, NO_LOAD)
        assert "--whole" in caught.value.hint
        clip(source, tmp_path / "clip", 60, 120, NO_LOAD, whole=True)
    assert verify(tmp_path / "clip", NO_LOAD).is_ok


def test_a_state_that_does_not_hold_all_begins_no_clip(path, tmp_path):
    record(path, FORGETFUL, ticks=300)
    with Recording(path) as source:
        with pytest.raises(ReplayError, match="goes on differently") as caught:
            clip(source, tmp_path / "clip", 60, 300, FORGETFUL)
        assert "--whole" in caught.value.hint
        assert not (tmp_path / "clip").exists()
        clip(source, tmp_path / "clip", 60, 300, FORGETFUL, whole=True)
    assert verify(tmp_path / "clip", FORGETFUL).is_ok


@pytest.mark.parametrize("edit", [strip, lambda source, target: pack(source, target, TALK)])
@pytest.mark.parametrize("crash", [False, True])
def test_commands_growing_states_and_crashes_are_kept(path, tmp_path, edit, crash):
    record_talk(path, ticks=1300, crash=crash)
    with Recording(path) as source:
        edit(source, tmp_path / "new")
        with Recording(tmp_path / "new") as new:
            assert new.identity() == source.identity()
            assert new.match_identity() == source.match_identity()
            assert new.commands(0, 1300) == source.commands(0, 1300) != []
            assert (new.end.how, new.end.crash, new.end.version) == (source.end.how, source.end.crash, source.end.version)
            assert (new.end.how == "crashed") == crash
            assert new.version == source.version
    verification = verify(tmp_path / "new", TALK)
    assert verification.is_ok
    assert ("raises ZeroDivisionError at tick 1300, as recorded" in verification.message) == crash
    assert (tmp_path / "new").stat().st_size < path.stat().st_size


def test_a_clip_to_the_end_of_a_crash_crashes_again_and_one_before_it_does_not(path, tmp_path):
    record_talk(path, crash=True)
    with Recording(path) as source:
        clip(source, tmp_path / "to-the-end", 60, 130, TALK)
        clip(source, tmp_path / "before", 60, 129, TALK)
    with Recording(tmp_path / "to-the-end") as new:
        assert (new.end.how, new.end.crash.kind) == ("crashed", "ZeroDivisionError")
    with Recording(tmp_path / "before") as new:
        assert (new.end.how, new.end.crash) == ("stopped", None)
    assert verify(tmp_path / "to-the-end", TALK).is_ok
    assert verify(tmp_path / "before", TALK).is_ok


def test_so_many_commands_that_they_fill_a_chunk_are_cut_into_more(path, tmp_path):
    many = [(0, {"say": "x" * 50})] * 100
    with Recorder(path, TALK, seed=1, players=["a"]) as recorder:
        for _ in range(60):
            recorder.step(commands=many)
    with Recording(path) as source:
        pack(source, tmp_path / "packed", TALK)
        clip(source, tmp_path / "clip", 7, 60, TALK)
        with Recording(tmp_path / "packed") as new:
            assert new.commands(0, 60) == source.commands(0, 60)
    assert verify(tmp_path / "packed", TALK).is_ok
    assert verify(tmp_path / "clip", TALK).is_ok


class ProvedByFives(type(TALK)):
    name = "talk by fives"
    proof_ticks = 5


def test_a_clip_whose_first_chunks_cannot_hold_the_commands_is_refused_and_one_that_begins_elsewhere_is_made(path, tmp_path):
    """Five ticks cannot be told apart, and what was said in them lies in two groups of the source: too much for one."""
    game = ProvedByFives()
    with Recorder(path, game, seed=3, players=["Ann", "Ben"]) as recorder:
        for tick in range(220):
            recorder.step(commands=[(0, {"say": "x" * 120_000})] if 197 <= tick <= 201 else [])
    with Recording(path) as source:
        with pytest.raises(UsageError, match="too many commands for 5 ticks that begin at tick 187") as caught:
            clip(source, tmp_path / "clip.replay", 187, 220, game)
        assert caught.value.hint == "begin elsewhere" and not (tmp_path / "clip.replay").exists()
        clip(source, tmp_path / "clip.replay", 185, 220, game)
    assert verify(tmp_path / "clip.replay", game).is_ok


def test_strip_and_pack_of_a_recording_that_begins_with_a_state_keep_it(match, tmp_path):
    with Recording(match) as source:
        clip(source, tmp_path / "clip", 1234, 3456, COUNTER)
    for edit in EDITS.values():
        target = tmp_path / "new"
        with Recording(tmp_path / "clip") as source:
            edit(source, target)
            with Recording(target) as new:
                assert (new.identity(), new.start_state) == (source.identity(), source.start_state)
                assert new.start_tick == 1234
        assert verify(target, COUNTER).is_ok
        target.unlink()


# --- both formats ---


def landed(name):
    return LANDED / f"format1-{name}.replay"


@pytest.mark.parametrize("name", ["counter1-bare", "counter1-snapshots"])
def test_format_1_is_clipped_stripped_and_packed(name, tmp_path):
    before = landed(name).read_bytes()
    with Recording(landed(name)) as source:
        assert source.header.format == 1
        strip(source, tmp_path / "stripped")
        pack(source, tmp_path / "packed", COUNTER)
        clip(source, tmp_path / "clip", source.ticks // 3, source.ticks, COUNTER)
        clip(source, tmp_path / "whole", source.ticks // 3, source.ticks, COUNTER, whole=True)
        formats = {}
        for made in ("stripped", "packed", "clip", "whole"):
            verification = verify(tmp_path / made, COUNTER)
            assert verification.is_ok
            with Recording(tmp_path / made) as new:
                formats[made] = new.header.format
                assert ("format 1: its events are not proved" in verification.notes) == (new.header.format == 1)
                assert new.version == source.version or new.start_tick
                if made in ("stripped", "packed"):
                    assert new.identity() == source.identity()
                    assert new.end.result == source.end.result
                if made != "stripped":
                    assert new.header.event_kinds == COUNTER.event_kinds
                    assert new.end.events_hash
        assert formats == {"stripped": 1, "packed": 2, "clip": 2, "whole": 2}
    assert landed(name).read_bytes() == before


def test_without_the_rules_pack_cannot_and_says_of_format_1_that_its_events_are_not_proved(tmp_path):
    with (
        Recording(landed("counter1-bare")) as source,
        pytest.raises(UnverifiableError, match="format 1: its events are not proved"),
    ):
        pack(source, tmp_path / "new", LaterRules())
    record(tmp_path / "two", COUNTER)
    with Recording(tmp_path / "two") as source, pytest.raises(UnverifiableError, match="to pack is to compute") as caught:
        pack(source, tmp_path / "new", LaterRules())
    assert "format 1" not in str(caught.value)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["two"]


def test_an_event_that_was_changed_shows_after_pack(tmp_path):
    """Format 1 does not prove events; what `pack` makes of it does."""
    with Recording(landed("counter1-bare")) as source:
        pack(source, tmp_path / "packed", COUNTER)
    assert verify(landed("counter1-bare"), OtherEvents()).is_ok
    verification = verify(tmp_path / "packed", OtherEvents())
    assert (verification.verdict, verification.divergence.what) == (Verdict.DIVERGED, "events")


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
