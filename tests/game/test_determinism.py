"""The same inputs give the same bytes, however they are run; and no bytes from outside break that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from needs import WASM
from stage import new_match, random_inputs, trace

from game.bots import TEMPERAMENTS, Bots
from game.kernels import KERNELS
from game.match import ARENA
from game.rules import EVENT, EVENTS_PER_TICK, INPUT, STATE
from replay.core.game import Game, Match, state_hash

TESTS = Path(__file__).parent
ROOT = TESTS.parent.parent


def run_python(*arguments: str, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-W", "error", *arguments],
        cwd=TESTS,  # python -c looks for packages here first
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def leaves(dtype: np.dtype, path: str = "") -> list[tuple[str, np.dtype]]:
    if dtype.subdtype:
        return leaves(dtype.subdtype[0], path)
    if dtype.names is None:
        return [(path, dtype)]
    return [leaf for name in dtype.names for leaf in leaves(dtype[name], f"{path}.{name}".lstrip("."))]


def settled_match(ticks=200, players=4, **config):
    """A match in full swing."""
    match = new_match(players=players, **config)
    match.advance(random_inputs(ticks, players))
    return match


def test_the_game_and_the_match_keep_the_engine_s_protocol():
    assert isinstance(ARENA, Game)
    assert isinstance(new_match(), Match)


def test_the_state_is_packed_little_endian_integers_and_nothing_else():
    formats = {dtype.str for _, dtype in leaves(STATE)}
    assert formats <= {"|i1", "<i2", "<i4", "<i8"}
    assert STATE.itemsize == sum(np.dtype(STATE[name]).itemsize for name in STATE.names) <= 5000


def test_compiled_and_interpreted_give_the_same_bytes_inputs_and_events_at_every_tick():
    """Interpreted, an overflow of 32 bits is a warning, and a warning an error."""
    interpreted = run_python(str(TESTS / "stage.py"), "400", REPLAY_ENGINE="interpreter").splitlines()
    assert interpreted == trace(400)
    assert sum("hit" in line for line in interpreted) > 5
    assert any("death" in line for line in interpreted)


@WASM
def test_webassembly_gives_the_same_bytes_inputs_and_events_at_every_tick():
    assert run_python(str(TESTS / "stage.py"), "2000", REPLAY_ENGINE="wasm").splitlines() == trace(2000)


def test_another_hash_seed_locale_and_process_give_the_same_bytes():
    elsewhere = run_python("-O", str(TESTS / "stage.py"), "300", PYTHONHASHSEED="7", LC_ALL="C", TZ="Asia/Tokyo")
    assert elsewhere.splitlines() == trace(300)


@pytest.mark.parametrize("batch", [1, 7, 60, 2400])
def test_batches_of_any_size_give_the_same_bytes_and_events(batch):
    inputs = random_inputs(2400, 8)
    straight, match = new_match(players=8), new_match(players=8)
    events = straight.advance(inputs)
    parts = [match.advance(inputs[start : start + batch]) for start in range(0, len(inputs), batch)]
    assert match.save() == straight.save()
    assert np.concatenate(parts).tobytes() == events.tobytes()


def test_more_events_than_the_log_has_room_for_are_all_there():
    inputs = random_inputs(30_000, 8)
    whole, parts = new_match(players=8, score_limit=999, seconds=999), new_match(players=8, score_limit=999, seconds=999)
    events = whole.advance(inputs)
    assert len(events) > 4 * EVENTS_PER_TICK
    assert (np.diff(events["tick"]) >= 0).all()
    pieces = [parts.advance(inputs[start : start + 60]) for start in range(0, len(inputs), 60)]
    assert np.concatenate(pieces).tobytes() == events.tobytes()


def test_inputs_of_any_layout_are_read_alike():
    inputs = random_inputs(120, 3)
    frozen = inputs.copy()
    frozen.flags.writeable = False
    wide = np.zeros((120, 6), INPUT)
    wide[:, ::2] = inputs
    hashes = set()
    for given in (inputs, frozen, wide[:, ::2], np.asfortranarray(inputs)):
        match = new_match(players=3)
        match.advance(given)
        hashes.add(state_hash(match))
    assert len(hashes) == 1


@pytest.mark.parametrize("given", [np.zeros((2, 3), INPUT), np.zeros(2, INPUT), np.zeros((2, 2), EVENT), np.zeros((2, 2))])
def test_inputs_of_another_shape_are_refused(given):
    with pytest.raises(ValueError, match="expected inputs"):
        new_match().advance(given)


def test_no_rows_are_no_ticks():
    match = settled_match()
    before = match.save()
    assert len(match.advance(np.zeros((0, 4), INPUT))) == 0
    assert match.save() == before


def test_save_and_load_at_every_tick_equals_the_straight_run_to_the_end():
    inputs = random_inputs(240, 5, seed=4)
    straight = new_match(players=5)
    saves = [straight.save()]
    for row in inputs:
        straight.advance(row[None])
        saves.append(straight.save())
    other = new_match(players=5)
    for tick, save in enumerate(saves):
        other.load(save)
        assert other.save() == save
        other.advance(inputs[tick:])
        assert other.save() == saves[-1]


def test_events_belong_to_the_caller():
    match = settled_match()
    events = match.advance(random_inputs(60, 4, seed=9))
    kept = events.copy()
    match.advance(random_inputs(60, 4, seed=10))
    assert events.tobytes() == kept.tobytes()
    events["tick"] = 0


def test_any_input_bits_are_legal():
    rng = np.random.default_rng(5)
    for fill in (b"\xff", b"\x00\xff", b"\x80"):
        rows = np.frombuffer((fill * INPUT.itemsize * 300 * 8)[: INPUT.itemsize * 300 * 8], INPUT).reshape(300, 8)
        new_match(players=8).advance(rows)
    for name in ("plaza", "corridors", "duel"):
        match = new_match(players=8, map=name, score_limit=999, seconds=999)
        for _ in range(20):
            match.advance(np.frombuffer(rng.bytes(INPUT.itemsize * 8 * 600), INPUT).reshape(600, 8))
        match.load(match.save())


def test_what_the_rules_make_of_a_long_match_is_always_a_loadable_state():
    match = new_match(players=8, map="corridors", score_limit=999)
    bots = Bots(match, [TEMPERAMENTS[index % 4] for index in range(8)], seed=1)
    for tick in range(3000):
        match.advance(bots.inputs(match)[None])
        if tick % 10 == 0:
            match.load(match.save())


def test_every_field_of_the_state_is_in_the_snapshot():
    base = settled_match().save()
    assert len(base) == STATE.itemsize
    for at in range(len(base)):
        changed = bytearray(base)
        changed[at] ^= 1
        match = new_match(players=4)
        try:
            match.load(bytes(changed))
        except ValueError:
            continue
        assert match.save() == bytes(changed)


# --- snapshots from strangers ------------------------------------------------------------------------------------------


def hostile_snapshots():
    """Random bytes, and a real state with each field in turn at the extremes of its width."""
    rng = np.random.default_rng(6)
    base = settled_match().save()
    for length in (0, 1, STATE.itemsize - 1, STATE.itemsize + 1):
        yield bytes(length)
    for _ in range(40):
        yield rng.bytes(STATE.itemsize)
        noisy = bytearray(base)
        for at in rng.integers(0, len(base), 3):
            noisy[at] = rng.integers(0, 256)
        yield bytes(noisy)
    for path, dtype in leaves(STATE):
        info = np.iinfo(dtype)
        for value in (info.min, -1, 0, 1, 7, 8, 31, 63, 64, 100, 127, info.max):
            state = np.frombuffer(base, STATE).copy()
            part = state
            for name in path.split("."):
                part = part[name]
            part[...] = value
            yield state.tobytes()


def attack() -> tuple[int, int]:
    """Load every hostile snapshot, and play on with those that are taken. Returns how many were refused, and taken."""
    refused = taken = 0
    inputs = random_inputs(150, 4, seed=7)
    match = new_match(players=4)
    for snapshot in hostile_snapshots():
        before = match.save()
        try:
            match.load(snapshot)
        except ValueError:
            refused += 1
            assert match.save() == before
            continue
        taken += 1
        match.advance(inputs)
    return refused, taken


def test_a_hostile_snapshot_is_refused_or_can_be_played_on():
    refused, taken = attack()
    assert refused > 200
    assert taken > 50


def test_a_snapshot_of_another_match_is_refused():
    match = new_match(players=4)
    for other in (new_match(players=5), new_match(players=4, score_limit=3), new_match(players=4, mode="teams")):
        with pytest.raises(ValueError, match="snapshot of another match"):
            match.load(other.save())


@pytest.mark.parametrize(
    "code",
    [
        "import test_determinism as t; t.attack(); t.test_any_input_bits_are_legal()",
        pytest.param("import learners; learners.look_at_hostile_states(); learners.trace(40)", marks=pytest.mark.deep),
    ],
)
def test_no_index_leaves_its_array(code):
    """Compiled code checks no bounds unless told to: tell it, for hostile inputs and for hostile snapshots."""
    run_python(
        "-c",
        f"import bounds; {code}",
        REPLAY_ENGINE="interpreter",
        PYTHONPATH=os.pathsep.join(map(str, (ROOT, TESTS, TESTS.parent))),
    )


def test_an_index_that_leaves_its_array_would_show():
    code = "import bounds; from game.ways import is_clear; import numpy as np; from game.ways import TABLES\n"
    code += "is_clear(np.zeros(1, TABLES)[0], 0, 0, 10**6, 10**8)"
    with pytest.raises(subprocess.CalledProcessError) as raised:
        run_python("-c", code, REPLAY_ENGINE="interpreter", PYTHONPATH=f"{ROOT}{os.pathsep}{TESTS}")
    assert "IndexError: index is out of bounds" in raised.value.stderr


def test_every_module_that_kernels_are_made_of_is_part_of_the_library_s_name():
    """Whatever the entries import of this package decides about the code."""
    named = {path.resolve() for pattern in KERNELS.sources for path in (ROOT / "game").glob(pattern)}
    code = "import sys, game.entries; print(*[m.__file__ for n, m in sys.modules.items() if n.startswith('game.')])"
    assert {Path(file).resolve() for file in run_python("-c", code).split()} <= named
