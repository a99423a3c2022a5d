"""The rows of the table of determinism that need a whole match of arena, and a mutant for each that must go red."""

import numpy as np
import pytest
from golden import RECORDINGS

from game.match import ARENA, ArenaMatch
from game.rules import STATE
from replay import Playback, Recorder, Recording, state_hash

NAME = "every-weapon"
TICKS = 600


@pytest.fixture(scope="module")
def played():
    """The game's header, inputs, and the state of every tick of a golden match."""
    with Recording(RECORDINGS / f"{NAME}.replay") as recording:
        rows = recording.inputs(0, TICKS).copy()
        match = Playback(ARENA, recording).match
        states = [match.save()]
        for row in rows:
            match.advance(row[None])
            states.append(match.save())
        return recording.header, rows, states


def of(header):
    """The match of a header, to record it again."""
    return {"seed": header.seed, "players": header.players, "config": header.config}


def new_match(header):
    return ARENA.new_match(header.seed, len(header.players), header.config)


@pytest.mark.parametrize("back", [1, 2, 7, 60])
def test_rolling_back_and_stepping_again_changes_nothing(played, back):
    header, rows, states = played
    match = new_match(header)
    for tick in range(TICKS):
        match.advance(rows[tick][None])
        if tick % 5 == 0 and tick + 1 >= back:
            match.load(states[tick + 1 - back])
            for again in range(tick + 1 - back, tick + 1):
                match.advance(rows[again][None])
        assert match.save() == states[tick + 1]


def test_a_flip_anywhere_in_the_state_changes_its_hash(played):
    _, _, states = played
    saved = states[300]

    class Flipped:
        def __init__(self, at):
            self.at = at

        def save(self):
            changed = bytearray(saved)
            changed[self.at] ^= 1
            return bytes(changed)

    hashes = {state_hash(Flipped(at)) for at in range(len(saved))}
    assert len(hashes) == len(saved)


def leaves(dtype, at=0, path=""):
    """(path, first byte, bytes) of every field that holds no fields itself, arrays of records taken apart."""
    if dtype.subdtype is not None and dtype.subdtype[0].names:
        inner, shape = dtype.subdtype
        for index in range(int(np.prod(shape))):
            yield from leaves(inner, at + index * inner.itemsize, path)
    elif dtype.names:
        for name in dtype.names:
            part, offset = dtype.fields[name][:2]
            yield from leaves(part, at + offset, f"{path}.{name}".lstrip("."))
    else:
        yield path, at, dtype.itemsize


def dropped(saved, other, path):
    """`saved` with every field of this path as in `other`."""
    result = bytearray(saved)
    for each, at, size in leaves(STATE):
        if each == path:
            result[at : at + size] = other[at : at + size]
    return bytes(result)


@pytest.mark.parametrize("method", ["load", "restore"])
def test_a_state_that_comes_back_without_any_field_is_noticed_and_no_wrong_state_is_shown(played, tmp_path, monkeypatch, method):
    """load: the file's own snapshots, one a second, and nothing kept in memory. restore: what arena keeps in memory."""
    header, rows, states = played
    with Recorder(tmp_path / "x.replay", ARENA, **of(header), snapshot_seconds=1) as recorder:
        for row in rows:
            recorder.step(row)
    jumps = (70, 500, 313, 590, 25, 400, 250, 0, 135, 599)
    paths = list(dict.fromkeys(path for path, _, _ in leaves(STATE)))
    varying = [path for path in paths if len({dropped(states[0], states[tick], path) for tick in jumps}) > 2]
    assert len(varying) > 25

    def is_noticed(path):
        """Whether the playback says that jumps cannot be trusted, or the game that this is no state."""
        refusals = []

        def forgetful(match, state):
            try:
                original(match, dropped(state, match.save(), path))
            except ValueError as error:  # what is left is no state of this match
                refusals.append(error)
                raise

        original = getattr(ArenaMatch, method)
        with monkeypatch.context() as patch, Recording(tmp_path / "x.replay") as recording:
            patch.setattr(ArenaMatch, method, forgetful)
            playback = Playback(ARENA, recording, checkpoint_budget_bytes=0 if method == "load" else 2**26)
            for tick in jumps:
                playback.seek(tick)
                assert playback.match.save() == states[tick], f"a wrong state of tick {tick} is shown"
            return bool(playback.warning or refusals)

    unnoticed = [path for path in varying if not is_noticed(path)]
    harmless = ["players.buttons", "players.aim_x", "players.aim_y"]  # the inputs of the very next tick write over them
    assert unnoticed == (harmless if method == "load" else [])
    assert not is_noticed("no such field")


def test_a_state_that_was_loaded_is_not_taken_for_one_that_was_proved(played, tmp_path, monkeypatch):
    """What a load forgot may not show later, when the seek goes exactly there."""
    header, rows, states = played
    with Recorder(tmp_path / "x.replay", ARENA, **of(header), snapshot_seconds=1) as recorder:
        for row in rows:
            recorder.step(row)
    load = ArenaMatch.load
    monkeypatch.setattr(ArenaMatch, "load", lambda match, state: load(match, dropped(state, match.save(), "players.buttons")))
    with Recording(tmp_path / "x.replay") as recording:
        playback = Playback(ARENA, recording)
        for tick in (250, 240, 310, 300, 190, 180, 181, 180):
            playback.seek(tick)
            assert playback.match.save() == states[tick], f"a wrong state of tick {tick} is shown"
