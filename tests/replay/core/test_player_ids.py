"""Who somebody is, whatever the name: an annotation that old readers skip, and that nothing else in a file depends on."""

import pytest
from damage import put_together, take_apart
from toys import COUNTER, random_inputs

from replay import FormatError, Playback, Player, Recorder, Recording, RingRecorder, UsageError, verify
from replay.core import format as fmt
from replay.core.plain import pack_plain
from replay.find.edit import clip, pack, strip
from replay.read.space import space_of

IDS = ("u-17", "")
ROWS = random_inputs(COUNTER, 150, 2)


def record(path, ids=IDS, **options):
    players = [Player(name, id=each) for name, each in zip(("Ann", "Ben"), ids, strict=True)]
    with Recorder(path, COUNTER, seed=1, players=players, config={}, **options) as recorder:
        for row in ROWS:
            recorder.step(row)
        assert ids_of(recorder) == ids
    return path


def ids_of(recording):
    return tuple(player.id for player in recording.header.players)


def test_they_come_back_and_both_identities_are_as_without_them(path, tmp_path, monkeypatch):
    import os

    monkeypatch.setattr(os, "urandom", lambda size: bytes(size))
    monkeypatch.setattr("time.time_ns", lambda: 10**18)
    record(path)
    record(tmp_path / "bare.replay", ("", ""))
    with Recording(path) as recording, Recording(tmp_path / "bare.replay") as bare:
        assert ids_of(recording) == IDS and ids_of(bare) == ("", "")
        assert recording.identity() == bare.identity() and recording.match_identity() == bare.match_identity()
    with_ids, without = take_apart(path.read_bytes()), take_apart((tmp_path / "bare.replay").read_bytes())
    assert [part for part in with_ids if part[0] != fmt.KIND_PLAYERS] == without  # the bytes of those without are as ever
    assert verify(path, COUNTER).is_ok


def test_they_stay_in_what_is_made_of_a_recording(path, tmp_path):
    record(path)
    with Recording(path) as recording:
        clip(recording, tmp_path / "clip.replay", 60, 120, COUNTER)
        strip(recording, tmp_path / "strip.replay")
        pack(recording, tmp_path / "pack.replay", COUNTER)
        assert [part.kind for part in space_of(recording) if part.name == "players"] == ["annotation"]
    for name in ("clip", "strip", "pack"):
        assert verify(tmp_path / f"{name}.replay", COUNTER).is_ok
        with Recording(tmp_path / f"{name}.replay") as made:
            assert ids_of(made) == IDS and made.damage is None
            playback = Playback(COUNTER, made)
            playback.seek(made.ticks)
    ring = RingRecorder(COUNTER, seconds=1, seed=1, players=[Player("Ann", id="u-17"), "Ben"], config={}, group_seconds=1)
    for row in ROWS:
        ring.step(row)
    ring.save(tmp_path / "ring.replay")
    with Recording(tmp_path / "ring.replay") as made:
        assert ids_of(made) == IDS and made.start_tick


def test_a_reader_that_does_not_know_them_reads_all_the_rest(path, tmp_path, monkeypatch):
    record(path)
    with Recording(path) as recording:
        clip(recording, tmp_path / "clip.replay", 60, 120, COUNTER)
        identities = recording.identity(), recording.match_identity()
    monkeypatch.setattr(fmt, "KIND_PLAYERS", b"?"[0])
    monkeypatch.delitem(fmt.MAX_PAYLOAD, b"p"[0])
    for file in (path, tmp_path / "clip.replay"):
        with Recording(file) as recording:
            assert recording.damage is None and ids_of(recording) == ("", "")
        assert verify(file, COUNTER).is_ok
    with Recording(path) as recording:
        assert (recording.identity(), recording.match_identity()) == identities


def test_a_recording_cut_off_anywhere_has_them_or_no_tick(path):
    data = record(path).read_bytes()
    for size in range(take_apart_end(data), len(data), 37):
        with Recording(data[:size]) as recording:
            assert ids_of(recording) == IDS or not recording.ticks


def take_apart_end(data):
    """Where the header ends."""
    return fmt.read_chunk(data, len(fmt.MAGIC), fmt.MAGIC_CHECK).end


@pytest.mark.parametrize(
    "payload",
    [["a"], ["a", "b", "c"], ["a", 7], ["a", "b" * 201], ["a", None], "ab", {"a": 1}, [["a"], "b"]],
)
def test_ids_of_strangers_that_cannot_be_are_damage_before_any_tick(path, payload):
    chunks = take_apart(record(path).read_bytes())
    changed = [(kind, pack_plain(payload) if kind == fmt.KIND_PLAYERS else part) for kind, part in chunks]
    with Recording(put_together(changed)) as recording:
        assert "no tick is whole" in str(recording.damage) and ids_of(recording) == ("", "")


def test_ids_twice_or_after_inputs_are_damage(path):
    header, ids, *rest = take_apart(record(path).read_bytes())
    for chunks in ([header, ids, ids, *rest], [header, *rest[:2], ids, *rest[2:]]):
        with Recording(put_together(chunks)) as recording:
            assert "ids of players where there can be none" in str(recording.damage)


@pytest.mark.parametrize(
    ("wrong", "error"), [(7, UsageError), (None, UsageError), ("\ud800", UsageError), ("x" * 201, FormatError)]
)
def test_an_id_that_would_not_be_read_is_not_written(path, wrong, error):
    with pytest.raises(error, match="id"):
        Recorder(path, COUNTER, seed=1, players=[Player("Ann", id=wrong), "Ben"], config={})
    assert not path.exists()


def test_any_text_is_an_id(path):
    odd = ("\x1b[31m'; DROP TABLE 東京\0", "x" * 200)
    with Recording(record(path, odd)) as recording:
        assert ids_of(recording) == odd
