"""Whole-number geometry, the random stream, and the maps."""

from __future__ import annotations

import math

import numpy as np
import pytest

from game.arena import Arena, arena_names, load_arena
from game.fixed import COSINE, ONE, SINE, TURN, angle_of, isqrt
from game.rng import below, seeded
from game.rules import COLUMNS, RNG
from game.ways import SEARCH, TABLES, step_towards

ROOM = "#####\n#S.S#\n#.o.#\n#S.S#\n#####"


def test_sines_are_the_nearest_whole_numbers():
    exact = [math.sin(2 * math.pi * angle / TURN) * ONE for angle in range(TURN)]
    assert np.abs(SINE - exact).max() <= 0.5
    assert (SINE[(np.arange(TURN) + TURN // 4) % TURN] == COSINE).all()


def test_angle_of_is_within_one_step_all_the_way_round():
    for step in range(0, 4096, 7):
        turn = 2 * math.pi * step / 4096
        dx, dy = round(math.cos(turn) * 100_000), round(math.sin(turn) * 100_000)
        assert abs((angle_of(dx, dy) - step / 4 + 512) % TURN - 512) <= 1
    assert [angle_of(*way) for way in ((1, 0), (0, 1), (-1, 0), (0, -1), (0, 0))] == [0, 256, 512, 768, 0]


def test_isqrt_is_exact():
    for value in [*range(300), 2**31 - 1, 2**31, 10**12, (10**9) ** 2, (10**9) ** 2 - 1]:
        assert isqrt(value) == math.isqrt(value)


def test_random_numbers_are_sfc32_and_cover_their_range():
    state = np.zeros(1, RNG)
    state[0] = seeded(7, "test")
    a, b, c, counter = seeded(7, "test")
    rng = state.view(np.recarray)[0]
    drawn = []
    for _ in range(2000):
        expected, a, counter = (a + b + counter) % 2**32, b ^ b >> 9, counter + 1
        b, c = c * 9 % 2**32, ((c << 21 | c >> 11) + expected) % 2**32
        drawn.append(below(rng, 10))
        assert drawn[-1] == expected * 10 >> 32
    assert np.bincount(drawn, minlength=10).min() > 150


def test_every_purpose_and_every_seed_has_a_stream_of_its_own():
    assert len({seeded(seed, purpose) for seed in (0, 1, 2**64 - 1) for purpose in ("rules", "bot 0", "bot 1")}) == 9


def tables_of(arena: Arena) -> np.recarray:
    return arena.tables.array(TABLES, (1,)).view(np.recarray)[0]


@pytest.mark.parametrize("name", arena_names())
def test_a_map_is_closed_and_all_of_it_that_matters_can_be_reached(name):
    arena = load_arena(name)
    assert arena.walls[[0, -1]].all()
    assert arena.walls[:, [0, -1]].all()
    assert len(arena.description) > 20
    tables, search = tables_of(arena), np.zeros(1, SEARCH).view(np.recarray)[0]
    tiles = [y // 32 * COLUMNS + x // 32 for x, y in arena.spawns + arena.spots]
    assert tables.walls.reshape(22, 40)[: arena.rows, : arena.columns].astype(bool).tolist() == arena.walls.tolist()
    assert [tables.spawn_count, tables.spot_count] == [len(arena.spawns), len(arena.spots)]
    assert all(step_towards(tables, search, here, there) for there in tiles[::4] for here in tiles if here != there)


def test_there_are_maps_of_different_character():
    assert {"corridors", "duel", "plaza"} <= set(arena_names())
    assert len({load_arena(name).hash for name in arena_names()}) == len(arena_names())


def test_the_hash_of_a_map_is_that_of_its_tiles_not_of_its_words():
    plain, described, other = (Arena("room", text).hash for text in (ROOM, "; a room\n" + ROOM, ROOM.replace(".", ":")))
    assert plain == described != other


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "rectangle"),
        (ROOM + "#", "rectangle"),
        (ROOM.replace("o", "x"), "unknown tiles 'x'"),
        (ROOM.replace("#", ".", 1), "border"),
        (ROOM.replace("S", "."), "tiles 'S'"),
        (ROOM.replace("o", "."), "tiles 'o'"),
        (ROOM.replace(".", "#"), "no way"),
    ],
)
def test_a_broken_map_is_refused_with_the_reason(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        print(Arena("room", text).tables)


def test_an_unknown_map_is_refused_by_name():
    for name in ("../maps/duel", "Duel", "", "maze"):
        with pytest.raises(ValueError, match="no map is called"):
            load_arena(name)


def test_the_first_step_goes_around_a_wall_and_never_across_a_corner():
    tables, search = tables_of(load_arena("duel")), np.zeros(1, SEARCH).view(np.recarray)[0]
    walls = tables.walls
    for there in np.flatnonzero(walls == 0)[::37]:
        for here in np.flatnonzero(walls == 0):
            keys = step_towards(tables, search, int(here), int(there))
            across, along = bool(keys & 2) - bool(keys & 1), (bool(keys & 8) - bool(keys & 4)) * COLUMNS
            assert not walls[here + across] | walls[here + along] | walls[here + across + along]
