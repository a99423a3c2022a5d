"""Three engines, one answer: a toy game on the interpreter, as machine code and as WebAssembly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import needs
import numpy as np
import pytest
import xxhash
from installed import install
from native_toy import INPUT, KERNELS, RULES, STATE, TOY, ToyMatch

from replay import Playback, Recorder, Recording, verify
from replay.core.errors import MachineError
from replay.core.happened import hashed_by_tick
from replay.core.proof import proved
from replay.core.setup import header_for
from replay.core.simulation import Simulation
from replay.native import engine as engines
from replay.native.engine import engine_of
from replay.native.interface import INTERPRETER, MACHINE_CODE, WASM
from replay.native.interpreter import Interpreter
from replay.native.layout import Record, dtype_of, layout_of
from replay.native.rules import Rules
from replay.native.wasm import WebAssembly
from replay.prove.sandbox import untrusted, verify_untrusted

ROOT = Path(__file__).parents[3]
ON_WASM = pytest.param(WASM, marks=needs.WASM)
K = 0x9E3779B97F4A7C15


@pytest.fixture(scope="module")
def made():
    """Every engine, opened once."""
    assert engine_of(KERNELS).name == MACHINE_CODE
    made = {MACHINE_CODE: engine_of(KERNELS), INTERPRETER: Interpreter(KERNELS)}
    return made | ({WASM: WebAssembly(KERNELS)} if needs.HAS_WASM else {})


@pytest.fixture
def on(made, monkeypatch):
    def use(name):
        monkeypatch.setitem(engines._open, KERNELS, made[name])
        return made[name]

    return use


def rows_of(ticks: int, players: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = np.zeros((ticks, players), INPUT)
    rows["push"] = rng.integers(-128, 128, rows.shape)
    rows["jump"] = np.where(rng.random(rows.shape) < 0.05, rng.integers(1, 256, rows.shape), 0)
    return rows


@pytest.mark.parametrize("players", [1, 3, 5])
def test_three_engines_give_the_same_states_events_and_results(players, on, made):
    rows, found = rows_of(700, players), {}
    for name in made:
        on(name)
        match = TOY.new_match(7, players, {})
        states = np.zeros((len(rows), STATE.itemsize), np.uint8)
        events, ends = match.trace(rows, states)
        other = TOY.new_match(7, players, {})
        parts = [other.advance(rows[start : start + 100]) for start in range(0, len(rows), 100)]
        assert np.concatenate(parts).tobytes() == events.tobytes() and other.save() == match.save() == states[-1].tobytes()
        found[name] = states.tobytes(), events.tobytes(), ends.tobytes(), match.result()
    assert len(events) > 50 * players
    assert all(each == found[INTERPRETER] for each in found.values())


@needs.WASM
def test_webassembly_is_among_the_engines(made):
    assert list(made) == [MACHINE_CODE, INTERPRETER, WASM]


@pytest.mark.parametrize("name", [MACHINE_CODE, ON_WASM])
def test_prove_says_what_hashing_every_state_and_event_says(name, on):
    on(name)
    rows = rows_of(1000, 5)
    match, other = TOY.new_match(3, 5, {}), TOY.new_match(3, 5, {})
    states = np.zeros((len(rows), STATE.itemsize), np.uint8)
    events, _ = other.trace(rows, states)
    given, proofs, checkpoints = match.prove(rows, 103, 12345, 150, 7)
    assert given.tobytes() == events.tobytes()
    assert proofs[:, 0].tolist() == [xxhash.xxh3_64_intdigest(state.tobytes()) for state in states]
    folded, of_tick = 12345, dict(hashed_by_tick(events))
    for tick in range(len(rows)):
        folded = 0 if (103 + tick) % 150 == 0 else folded
        folded = (folded * K + of_tick[tick]) % 2**64 if tick in of_tick else folded
        assert proofs[tick, 1] == folded
    assert checkpoints == [states[tick].tobytes() for tick in range(1000) if (103 + tick + 1) % 7 == 0]


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")  # words wrap, and numpy warns of it
@pytest.mark.parametrize("name", [MACHINE_CODE, INTERPRETER])
def test_every_length_is_hashed_as_xxhash_does(name, on):
    engine = on(name)
    data = np.random.default_rng(1).integers(0, 256, 20_000).astype(np.uint8).tobytes()
    memory = engine.buffer(len(data))
    memory.view[:] = data
    lengths = range(1100) if name == MACHINE_CODE else [*range(0, 260, 3), 1024, 1089]
    for at, size in [*((at, size) for size in lengths for at in (0, 3)), (1, 2048), (0, 2049), (7, 4096), (5, 19_995)]:
        computed = engine.entry("hash_of")(memory.place, len(data), at, size) % 2**64
        assert computed == xxhash.xxh3_64_intdigest(data[at : at + size]), (at, size)


@pytest.fixture
def path(tmp_path):
    """A minute of three players."""
    with Recorder(tmp_path / "toy.replay", TOY, seed=9, players=["a", "b", "c"]) as recorder:
        for row in rows_of(3000, 3):
            recorder.step(row)
    return tmp_path / "toy.replay"


@pytest.mark.parametrize("name", [INTERPRETER, MACHINE_CODE, ON_WASM])
def test_a_recording_is_proved_and_sought_on_every_engine(name, on, path):
    on(name)
    assert (proved(path, TOY, None) is None) == (name == INTERPRETER)  # which leaves it to the verifier
    verification = verify(path, TOY)
    assert verification.is_ok and verification.digests_compared == 3000 and not verification.notes
    with Recording(path) as recording:
        playback = Playback(TOY, recording)
        linear = {}
        while not playback.at_end:
            playback.step(50)
            linear[playback.tick] = playback.match.save()
        again = Playback(TOY, recording)
        for tick in [2950, 100, 1500, 1450, 3000, 50, 2000]:
            again.seek(tick)
            assert again.match.save() == linear[tick]
        assert not again.warning and again.divergence is None


def test_a_subclass_that_changes_a_method_is_not_proved_by_the_library(on):
    engine = on(MACHINE_CODE)

    class Slower(ToyMatch):
        def advance(self, inputs):
            return super().advance(inputs[:1].repeat(len(inputs), 0))

    class Other(ToyMatch):
        def save(self):
            return super().save()[::-1]

    for kind in (Slower, Other):
        game = type("Game", (type(TOY),), {"new_match": staticmethod(lambda seed, players, config, kind=kind: kind(engine, 1, 2))})
        assert not Simulation(game(), header_for(TOY, 1, ["a", "b"], {})).proves_at_once
    assert Simulation(TOY, header_for(TOY, 1, ["a", "b"], {})).proves_at_once


@pytest.mark.parametrize("name", [INTERPRETER, MACHINE_CODE])
def test_more_events_in_a_tick_than_the_rules_say_are_an_error_and_not_another_match(name, on):
    on(name)
    match = TOY.new_match(1, 5, {})
    rows = np.zeros((30, 5), INPUT)
    rows["jump"][20:] = 7
    assert len(match.advance(rows)) == 50  # one for each player
    rows["jump"][20, 0] = 255  # which the toy logs seven times
    for call in ("advance", "trace", "prove"):
        match = TOY.new_match(1, 5, {})
        given = {"trace": (np.zeros((30, STATE.itemsize), np.uint8),), "prove": (0, 0, 50, 0)}.get(call, ())
        if getattr(match, call) is not None:
            with pytest.raises(ValueError, match="tick 20 of these logged more events than `events_per_tick` says"):
                getattr(match, call)(rows, *given)


def test_the_layout_reads_what_numpy_reads():
    layout = layout_of(STATE)
    assert dtype_of(layout) == STATE
    match = TOY.new_match(5, 3, {})
    match.advance(rows_of(10, 3))
    mine, numpys = Record(match.save(), layout), np.frombuffer(match.save(), STATE)[0]
    assert [mine["tick"], mine["players"], mine["rng"]] == [numpys["tick"], numpys["players"], numpys["rng"]]
    assert [[ball[name] for name in ("x", "v", "hits")] for ball in mine["balls"]] == [
        list(ball) for ball in numpys["balls"].tolist()
    ]


def test_the_manifest_says_what_the_rules_say(on):
    import json

    engine = on(MACHINE_CODE)
    facts = json.loads(json.dumps(RULES.manifest()))
    assert {name: engine.manifest[name] for name in facts} == facts
    assert engine.manifest["compiler"].startswith("numba ")


def test_an_entry_called_as_one_of_the_engine_s_own_is_an_error():
    records = {"state": RULES.state, "inputs": INPUT, "events": RULES.events, "tables": RULES.tables}
    with pytest.raises(ValueError, match="entry 'hash' of its own"):
        Rules(KERNELS, tick=lambda *_: None, events_per_tick=1, **records, entries={"hash": RULES.entries["hash_of"]})


def test_an_engine_that_there_is_not_is_an_error_of_this_machine(monkeypatch):
    monkeypatch.delitem(engines._open, KERNELS, raising=False)
    monkeypatch.setenv(engines.VARIABLE, "steam")
    with pytest.raises(MachineError, match="REPLAY_ENGINE is 'steam'") as raised:
        engine_of(KERNELS)
    assert raised.value.hint == "it can be machine-code, interpreter or wasm"


def run(code: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "replay")])
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": path, **environment}, capture_output=True, text=True)


def test_without_numba_and_without_a_library_the_rules_run_interpreted(tmp_path, path):
    code = "import sys; sys.modules['numba'] = None\nfrom native_toy import TOY\nfrom replay import verify\n"
    code += "print(verify(sys.argv[1], TOY).verdict)"
    done = run(code, path, REPLAY_CACHE=str(tmp_path / "empty"))
    assert done.stdout == "ok\n", done.stderr
    assert "the rules run interpreted, which is slow: no library came with the game, and numba is not installed" in done.stderr
    demanded = run(code, path, REPLAY_CACHE=str(tmp_path / "empty"), REPLAY_ENGINE="machine-code")
    assert demanded.stdout == "environment\n", demanded.stderr


def test_kernels_that_cannot_be_compiled_say_why_and_run_interpreted(tmp_path):
    source = (ROOT / "tests" / "replay" / "native_toy.py").read_text()
    bad = source.replace("state, log = world.state, world.log", "state, log = world.state, world.log\n    print(open)").replace(
        "native_toy", "bad_toy"
    )
    (tmp_path / "bad_toy.py").write_text(bad.replace('"toy"', '"bad"'))
    code = "from bad_toy import TOY\nTOY.new_match(1, 2, {})"
    done = run(code, PYTHONPATH=os.pathsep.join([str(tmp_path), str(ROOT)]))
    assert done.returncode == 0 and "the rules run interpreted, which is slow: the rules do not compile: " in done.stderr


WRONG = {
    "a value that its field has no room for": ("ball.hits = (int(ball.hits) + 1) & 255", "ball.hits = int(ball.hits) + 60"),
    "a division by nothing": ("state.tick += 1", "state.tick += 1 + 0 * (7 // (int(state.tick) - 40))"),
    "an index beyond the array": ("ball.x = x", "ball.x = x + int(tables.walls[2 + player])"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_only_the_interpreter_notices_is_found_by_the_kit(what, tmp_path):
    source = (ROOT / "tests" / "replay" / "native_toy.py").read_text()
    assert WRONG[what][0] in source
    wrong = source.replace(*WRONG[what]).replace("native_toy", "wrong_toy").replace('Kernels("toy"', 'Kernels("wrong"')
    (tmp_path / "wrong_toy.py").write_text(wrong)
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    command = [sys.executable, "-m", "replay", "check", "wrong_toy:TOY", "--ticks", "120"]
    done = subprocess.run(command, cwd=tmp_path, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True)
    assert done.returncode == 1 and "FAILED" in done.stdout, done.stdout + done.stderr
    assert "the rules interpreted" in done.stdout


# --- behind the wall ---


@needs.WASM
def test_a_strangers_file_is_verified_by_webassembly_made_for_it(tmp_path, monkeypatch):
    """With a cache of its own, in which nothing is made yet; machine code is not even opened."""
    monkeypatch.syspath_prepend(install(tmp_path / "site", "[replay.games]\ntoy = native_toy:TOY\n"))
    monkeypatch.setenv("REPLAY_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("REPLAY_ENGINE", raising=False)
    with Recorder(tmp_path / "match.replay", TOY, seed=3, players=["a", "b"], config={}) as recorder:
        for row in rows_of(300, 2):
            recorder.step(row)
    refuse = "import replay.native.library\nreplay.native.library.opened = replay.native.library.found = None\n"
    monkeypatch.setattr(untrusted, "_INSIDE", refuse + untrusted._INSIDE)
    verification = verify_untrusted(tmp_path / "match.replay")
    assert verification.is_ok and verification.receipt["verdict"] == "ok", verification
    assert [path.suffix for path in (tmp_path / "cache").iterdir() if path.suffix == ".wasm"]
    monkeypatch.setenv("REPLAY_ENGINE", "machine-code")
    monkeypatch.delenv("REPLAY_CACHE")
    assert verify_untrusted(tmp_path / "match.replay").verdict != "ok"  # the test would see it
