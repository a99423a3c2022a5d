"""What the bytes of a recording are."""

import json

import pytest
from damage import record
from toys import BANK, COUNTER

from replay import Recording, append_marker
from replay.find.edit import clip, strip
from replay.read.space import space_of


def sizes(path):
    with Recording(path) as recording:
        parts = {part.name: part.bytes for part in space_of(recording)}
    assert sum(parts.values()) == path.stat().st_size
    return parts


@pytest.mark.parametrize("game", [COUNTER, BANK], ids=["counter", "bank"])
def test_the_parts_add_up_to_the_file_and_digests_are_a_byte_a_tick(path, game):
    record(path, game, ticks=1500, players=2)
    append_marker(path, 77, "first blood")
    parts = sizes(path)
    assert parts["digests"] == 1500 and parts["hashes"] == 8 * (25 + 2)  # every second; E of every ten seconds
    assert parts.keys() == {"header", "inputs", "snapshots", "digests", "hashes", "end", "markers", "chunks"}


def test_stripping_leaves_the_truth_as_it_was_and_takes_what_is_derived(path, tmp_path):
    record(path, BANK, ticks=1500, players=2)
    with Recording(path) as recording:
        strip(recording, tmp_path / "small.replay")
    before, after = sizes(path), sizes(tmp_path / "small.replay")
    assert (after["header"], after["inputs"]) == (before["header"], before["inputs"])
    assert not {"snapshots", "digests", "hashes"} & after.keys()


def test_the_state_that_a_clip_begins_with_is_truth(path, tmp_path, installed):
    record(path, BANK, ticks=1500, players=2)
    with Recording(path) as recording:
        clip(recording, tmp_path / "clip.replay", 700, 900)
    with Recording(tmp_path / "clip.replay") as recording:
        kinds = {part.name: part.kind for part in space_of(recording)}
    assert kinds["first state"] == "truth" and "snapshots" not in kinds


def test_what_lies_after_a_damage_is_not_read(path):
    record(path, BANK, ticks=600, players=2)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    assert 0 < sizes(path)["not read"] < len(data)


def test_info_tells_it_in_lines_and_as_json(path, installed, capsys, monkeypatch):
    from replay.cli.commands import replay
    from replay.cli.common import run

    record(path, BANK, ticks=600, players=2)
    monkeypatch.setattr("sys.argv", ["replay", "info", "--space", "--json", str(path)])
    assert run(replay, "replay") == 0 and json.loads(capsys.readouterr().out) == sizes(path)
    monkeypatch.setattr("sys.argv", ["replay", "info", "--space", str(path)])
    assert run(replay, "replay") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split()[0] == "inputs" and "truth" in lines[1] and "all that the match needs" in lines[-1]
