"""The rows of the table of determinism that need a whole match of arena, and a mutant for each that must go red."""

import numpy as np
import pytest
from golden import RECORDINGS

from game.match import ARENA, ArenaMatch
from game.rules import STATE
from replay import Playback, Recording, state_hash

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


def test_a_load_that_forgets_any_field_makes_the_scrub_check_go_red(played, monkeypatch):
    _, _, states = played
    jumps = (60, 500, 300, 590, 20, 400, 250, 0, 120, 599)
    paths = list(dict.fromkeys(path for path, _, _ in leaves(STATE)))
    varying = [path for path in paths if len({dropped(states[0], states[tick], path) for tick in jumps}) > 2]
    assert len(varying) > 25

    def scrubbing_differs(path):
        class Forgetful(ArenaMatch):
            def load(self, snapshot):
                super().load(dropped(snapshot, self.save(), path))

        monkeypatch.setattr(type(ARENA), "new_match", lambda game, *given: Forgetful(*given))
        try:
            with Recording(RECORDINGS / f"{NAME}.replay") as recording:
                playback = Playback(ARENA, recording)
                for tick in jumps:
                    playback.seek(tick)
                    if playback.match.save() != states[tick]:
                        return True
        except ValueError:  # what is left is no state of this match
            return True
        return False

    assert [path for path in varying if not scrubbing_differs(path)] == []
    assert not scrubbing_differs("no such field")
