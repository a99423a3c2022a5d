"""A recording may begin at a snapshot: ten seconds cut out of a long one are small, whole, and say what they take on trust."""

import random

import games
import pytest
from damage import of_kind, put_together, take_apart
from games import inputs_for

from replay import CutError, FormatError, Playback, Recorder, Recording, ReplayError, UsageError, Verdict, append_marker, verify
from replay.core import format as fmt
from replay.core.records import End, Header, Marker
from replay.core.simulation import Simulation
from replay.core.writer import Proof, new_recording

TICKS, LAST = 1700, 1500
STARTS = [1, 600, 730, 660, 1200, 1499]  # where a group begins, a chunk, and anywhere


@pytest.fixture(scope="module", params=[games.RowsAndCommands(), games.Varying(), games.CommandsOnly(), games.ListEvents()])
def whole(request, tmp_path_factory):
    """The game, its long recording, and every state and the events of every tick."""
    game, path = request.param, tmp_path_factory.mktemp("whole") / "whole.replay"
    with Recorder(path, game, seed=5, players=["Ann", "Ben"]) as recorder:
        seen, events = [recorder.match.seen()], []
        for row, commands in inputs_for(game, TICKS):
            happened = recorder.step(row, commands)
            events.append(plain(happened))
            seen.append(recorder.match.seen())
    return game, path, seen, events


def plain(events):
    return events if isinstance(events, list) else events.tolist()


def cut(target, source, game, start, stop, **changes):
    """Ticks start..stop of a recording, as a recording that begins with the state of tick `start`. Its header."""
    with Recording(source) as recording:
        playback = Playback(game, recording)
        playback.seek(start)
        state = playback.match.save()
        header = recording.header._replace(id=bytes(16), start_tick=start, parent=(recording.header.id, start))
        header = header._replace(**changes)
        simulation = Simulation(game, header)
        simulation.load(state, start)
        with new_recording(target, header, [Marker(start, "here"), Marker(stop, "there")]) as writer:
            writer.snapshot(start, state)
            for at in range(start, stop, header.chunk_ticks):
                upto = min(at + header.chunk_ticks, stop)
                if at > start and (at - start) % header.group_ticks == 0:
                    writer.snapshot(at, simulation.save())
                commands = recording.commands(at, upto)
                trace = simulation.trace(recording.inputs(at, upto), commands)
                ends_group = upto == stop or (upto - start) % header.group_ticks == 0
                proof = Proof(trace.digests().tobytes(), simulation.hash(), simulation.events_hash if ends_group else None)
                writer.inputs(recording.inputs(at, upto), commands, proof)
            end = End(stop, writer.version, simulation.hash(), simulation.events_hash, simulation.result())
            writer.end(end, header)
    return header


@pytest.mark.parametrize("start", STARTS)
def test_it_verifies_and_says_from_where(whole, path, start):
    game, source, seen, _ = whole
    cut(path, source, game, start, LAST)
    verification = verify(path, game)
    assert verification.verdict is Verdict.OK and verification.message.startswith(f"from tick {start}, ")
    assert (verification.start_tick, verification.ticks) == (start, LAST)
    assert verification.digests_compared == LAST - start
    assert verification.hashes_compared == -(-(LAST - start) // 60) + 1
    assert verification.result == {"value": seen[LAST][0] >> 8}


@pytest.mark.parametrize("start", STARTS)
@pytest.mark.parametrize("use_snapshots", [True, False])
def test_every_seek_is_the_state_of_the_whole(whole, path, start, use_snapshots):
    game, source, seen, events = whole
    cut(path, source, game, start, LAST)
    chance = random.Random(start)
    with Recording(path) as recording:
        playback = Playback(game, recording, use_snapshots=use_snapshots)
        assert playback.tick == start and playback.match.seen() == seen[start]
        visits = [LAST, start, *(chance.randint(start, LAST) for _ in range(30)), *range(LAST, start - 1, -97), start, LAST]
        for tick in visits:
            playback.seek(tick)
            assert playback.tick == tick and playback.match.seen() == seen[tick], tick
            if tick < LAST:
                assert plain(playback.step()) == events[tick], tick
        assert not playback.warning and playback.divergence is None
        straight = Playback(game, recording)
        assert plain(straight.step(10**6)) == [event for tick in events[start:LAST] for event in tick]


@pytest.mark.parametrize("start", STARTS)
def test_its_ticks_inputs_and_markers_keep_their_numbers(whole, path, start):
    game, source, _, _ = whole
    cut(path, source, game, start, LAST)
    with Recording(path) as recording, Recording(source) as long:
        assert (recording.start_tick, recording.ticks, recording.seconds) == (start, LAST, (LAST - start) / 60)
        assert recording.inputs(start, LAST).tobytes() == long.inputs(start, LAST).tobytes()
        assert recording.commands(start, LAST) == long.commands(start, LAST)
        assert [(marker.tick, marker.text) for marker in recording.markers] == [(start, "here"), (LAST, "there")]
        assert recording.header.parent == (long.header.id, start)
        for begin, end in ((start - 1, start), (0, LAST), (start, LAST + 1)):
            with pytest.raises(UsageError):
                recording.inputs(begin, end)
    with pytest.raises(UsageError):
        append_marker(path, start - 1, "before it began")
    append_marker(path, start, "at once")
    assert verify(path, game).is_ok


@pytest.mark.parametrize("start", STARTS)
def test_its_stream_begins_with_what_is_held_and_its_versions_count_from_there(whole, path, start):
    game, source, seen, _ = whole
    cut(path, source, game, start, LAST)
    with Recording(path) as recording:
        events = list(recording.input_events())
        assert recording.version == recording.end.version == len(events)
        assert recording.tick_of_version(0) == start and recording.version_at(start) == 0
        playback = Playback(game, recording)
        for version in range(1, len(events) + 1, 7):
            tick = events[version - 1][0] + 1
            assert recording.tick_of_version(version) == tick
            assert recording.version_at(tick) >= version > recording.version_at(tick - 1)
            playback.seek(version=version)
            assert playback.match.seen() == seen[tick]


@pytest.mark.parametrize("tick", [-1, 0, 729, LAST + 1])
def test_a_seek_before_it_begins_or_after_it_ends_is_a_usage_error(whole, path, tick):
    game, source, seen, _ = whole
    cut(path, source, game, 730, LAST)
    with Recording(path) as recording:
        playback = Playback(game, recording)
        with pytest.raises(UsageError, match=r"730\.\.1500"):
            playback.seek(tick)
        assert playback.match.seen() == seen[730]
    for start, stop in ((tick, None), (None, tick)):
        with pytest.raises(UsageError, match="not inside"):
            verify(path, game, start=start, stop=stop)


def test_a_part_of_it_can_be_verified(whole, path):
    game, source, _, _ = whole
    cut(path, source, game, 730, LAST)
    verification = verify(path, game, stop=800)
    assert verification.is_ok and (verification.start_tick, verification.ticks) == (730, 850)
    assert verification.message == "only ticks 730-850 of 1500, believing the snapshot of tick 730"
    assert verify(path, game, start=1400).start_tick == 1330


def test_another_length_of_chunks_and_of_groups_changes_nothing(whole, path):
    game, source, seen, _ = whole
    cut(path, source, game, 730, LAST, chunk_ticks=37, group_ticks=111)
    assert verify(path, game).is_ok
    with Recording(path) as recording:
        playback = Playback(game, recording)
        for tick in (LAST, 731, 1000, 841, 840, 730):
            playback.seek(tick)
            assert playback.match.seen() == seen[tick]


@pytest.mark.parametrize("start", [600, 730])
def test_without_its_state_it_is_refused(whole, path, start):
    game, source, _, _ = whole
    cut(path, source, game, start, LAST)
    chunks = take_apart(path.read_bytes())
    first = next(index for index, (kind, _) in enumerate(chunks) if kind == fmt.KIND_SNAPSHOT)
    path.write_bytes(put_together([*chunks[:first], *chunks[first + 1 :]]))
    refused(path, game)
    assert verify(path, game).verdict is Verdict.UNREADABLE


def refused(path, game):
    """No state is shown of it, and no verdict is given, and nothing but an error of ours is raised."""
    with pytest.raises(ReplayError), Recording(path) as recording:
        Playback(game, recording)
    assert verify(path, game).verdict in (Verdict.UNREADABLE, Verdict.INCOMPLETE)


@pytest.mark.parametrize("kept", ["the header", "half of the state"])
def test_cut_off_before_its_state_is_whole_it_is_refused(whole, path, kept):
    game, source, _, _ = whole
    cut(path, source, game, 730, LAST)
    data, chunks = path.read_bytes(), take_apart(path.read_bytes())
    header = len(put_together(chunks[:1]))
    path.write_bytes(data[: header + (5 if kept != "the header" else 0)])
    refused(path, game)
    with Recording(path) as recording:
        assert (recording.start_tick, recording.ticks) == (730, 730) and isinstance(recording.damage, CutError)
        for ask in (recording.identity, recording.match_identity, lambda: recording.start_state):
            with pytest.raises(FormatError):
                ask()


def test_cut_off_after_its_state_it_is_that_state(whole, path):
    game, source, seen, _ = whole
    cut(path, source, game, 730, LAST)
    chunks = take_apart(path.read_bytes())
    path.write_bytes(put_together(chunks[:2]))
    with Recording(path) as recording:
        playback = Playback(game, recording)
        assert playback.match.seen() == seen[730] and playback.at_end
    assert verify(path, game).verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("what", ["of another tick", "of another recording", "no state at all", "of another size"])
def test_another_state_to_begin_with_is_never_ok(whole, path, what):
    game, source, seen, _ = whole
    cut(path, source, game, 730, LAST)
    with Recording(path) as recording:
        state = recording.snapshot(730)
        other = {
            "of another tick": recording.snapshot(1330),
            "of another recording": bytes([state[0] ^ 1]) + state[1:],
            "no state at all": b"abc",
            "of another size": state + b"\0",
        }[what]
    from replay.core.records import Snapshot

    chunks = take_apart(path.read_bytes())
    forged = (fmt.KIND_SNAPSHOT, Snapshot(730, len(other), None, fmt.deflate(other)).pack())
    path.write_bytes(put_together([chunks[0], forged, *chunks[2:]]))
    verification = verify(path, game)
    assert verification.verdict in (Verdict.DIVERGED, Verdict.UNREADABLE)
    try:
        with Recording(path) as recording:
            playback = Playback(game, recording, use_snapshots=False)
            playback.seek(LAST)
            assert playback.divergence is not None  # it is shown, and said to be another
            jumping = Playback(game, recording)
            jumping.seek(LAST)  # from a later snapshot, which is the right one
            assert jumping.match.seen() == seen[LAST] and not jumping.warning
    except ReplayError:
        pass


def test_its_identity_depends_on_the_state_that_it_begins_with_and_is_not_the_wholes(whole, path, tmp_path):
    game, source, _, _ = whole
    cut(path, source, game, 730, LAST)
    cut(tmp_path / "again", source, game, 730, LAST, chunk_ticks=30, group_ticks=300)
    cut(tmp_path / "later", source, game, 731, LAST)
    with Recording(path) as one, Recording(tmp_path / "again") as again, Recording(tmp_path / "later") as later:
        assert one.identity() == again.identity() and one.match_identity() == again.match_identity()
        assert one.identity() != later.identity() and one.match_identity() != later.match_identity()
        with Recording(source) as long:
            assert one.match_identity() != long.match_identity()


def test_ten_seconds_of_a_long_recording_are_small(whole, path):
    game, source, _, _ = whole
    cut(path, source, game, 900, LAST)
    assert path.stat().st_size < source.stat().st_size / 2 < 30_000


def test_a_game_that_cannot_load_cannot_begin_there_and_says_so(path, tmp_path):
    game = games.Silent()

    class Stuck(games.Silent):
        class match(games.Silent.match):  # noqa: N801
            load = None

    with Recorder(tmp_path / "whole", game, seed=5, players=["a", "b"]) as recorder:
        for row, _ in inputs_for(game, 300):
            recorder.step(row)
    cut(path, tmp_path / "whole", game, 130, 300)
    assert verify(path, game).is_ok
    assert verify(path, Stuck()).verdict is Verdict.UNVERIFIABLE
    with Recording(path) as recording, pytest.raises(ReplayError, match="cannot be put into a saved state"):
        Playback(Stuck(), recording)


def test_a_header_that_begins_later_needs_its_snapshot_first_of_all(whole, path):
    game, source, _, _ = whole
    header = cut(path, source, game, 730, LAST)
    chunks = take_apart(path.read_bytes())
    marker = (fmt.KIND_MARKER, Marker(730, "first").pack())
    assert Header.unpack(of_kind(chunks, fmt.KIND_HEADER)[0]) == header
    path.write_bytes(put_together([chunks[0], marker, *chunks[1:]]))
    refused(path, game)
