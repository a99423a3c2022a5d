"""Many changes in one source, and in one library: each does what it does alone."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import pytest
from test_cover import run

from replay.native import kernels
from replay.prove.cover import compiled
from replay.prove.cover.compiled import Libraries
from replay.prove.cover.mutants import mutants_of
from replay.prove.cover.schemata import schemata_of
from replay.prove.cover.trial import Trial

SOURCE = '''
"""Rules."""
from __future__ import annotations
from replay.native.kernels import kernel

MOST = 9


def helper(x, y=1):
    return x + y


@kernel
def step(state, keys):
    """What it does."""
    total = 0
    for index in range(3):
        x, y = state[index], keys[index]
        if x < 0 or not y:
            continue
        z = x + y * 2
        state[index] = min(z, MOST)
        total += state[index] if z > 4 else -1
        if total > 12:
            break
    else:
        state[2] -= 1
    state[0] = total
    return 0 <= total < 20 and state[1] != 3
'''
STATES = [([1, 2, 3], [1, 1, 1]), ([5, -1, 2], [1, 0, 2]), ([0, 3, 9], [0, 0, 0]), ([4, 4, 4], [2, 2, 2]), ([0, 0, 1], [2, 1, 0])]


def results(source):
    """What `step` gives and leaves for each state, or the error that it raises."""
    names: dict = {"__name__": "rules"}
    exec(compile(source, "rules", "exec"), names)
    told = []
    for state, keys in copy.deepcopy(STATES):
        try:
            told.append((names["step"](state, keys), state))
        except Exception as error:
            told.append((NameError if isinstance(error, NameError) else type(error), state))
    return told


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "rules.py"
    path.write_text(SOURCE)
    return path


def test_each_selected_change_does_what_it_does_alone_and_none_does_nothing(file, monkeypatch):
    numbers = {mutant: number for number, mutant in enumerate(mutants_of(file), 1)}
    schemata = schemata_of(file.read_bytes(), numbers)
    assert {each.kind for each in schemata.placed} == {"comparison", "constant", "sign", "logic", "order", "drop"}
    selected = 0
    monkeypatch.setattr(kernels, "selected", lambda: selected)
    assert results(schemata.text) == results(SOURCE)
    differ = 0
    for mutant in schemata.placed:
        selected = numbers[mutant]
        alone = results(mutant.applied(file.read_bytes()))
        assert results(schemata.text) == alone, mutant
        selected = 0
        differ += alone != results(SOURCE)
    assert differ > len(schemata.placed) // 2


def test_what_runs_at_the_import_or_would_use_a_name_without_a_value_is_left_to_the_interpreter(file):
    numbers = {mutant: number for number, mutant in enumerate(mutants_of(file), 1)}
    schemata = schemata_of(file.read_bytes(), numbers)
    left = {(each.line, each.kind) for each in numbers if each not in schemata.placed}
    lines = SOURCE.splitlines()
    assert {lines[line - 1].strip() for line, _ in left} == {
        "MOST = 9",
        "def helper(x, y=1):",
        "return x + y",
        "z = x + y * 2",  # after what uses it
    }
    assert {each.before for each in schemata.doubtful} == {"total = 0", "x, y = state[index], keys[index]", "z = x + y * 2"}


def test_a_change_that_does_not_compile_is_left_out_and_where_nothing_does_no_more_is_tried(file, monkeypatch):
    mutants = mutants_of(file)
    bad = next(each for each in mutants if each.kind == "logic")
    begun = []

    def begin(library, game, recordings, processes):
        begun.append(set(library.numbers))
        return "it does not compile" if broken or bad in library.numbers else ""

    monkeypatch.setattr(compiled, "copied", lambda sources, modules, folder: {file: folder / "rules.py"})
    monkeypatch.setattr(compiled.Library, "begin", begin)
    placed, broken = schemata_of(file.read_bytes(), dict.fromkeys(mutants, 1)).placed, False
    with Libraries([file], ["rules"], "game", [], 1) as libraries:
        libraries.hold(mutants)
        assert {each for each in mutants if libraries.get(each) is None} == set(mutants) - placed | {bad}
    begun.clear()
    broken = True
    with Libraries([file], ["rules"], "game", [], 1) as libraries:
        libraries.hold(mutants)
        assert not any(map(libraries.get, mutants)) and libraries.problem == "it does not compile"
    assert begun == [placed, set()]


RECORD = """
from native_toy import TOY
from replay import Recorder
import numpy as np
with Recorder("r/balls.replay", TOY, seed=7, players=["Ann", "Bo"]) as recorder:
    for tick in range(120):
        rows = np.zeros(2, TOY.input_dtype)
        rows["push"], rows["jump"] = (40, -70), tick % 9 == 0
        recorder.step(rows)
"""


def test_changes_of_compiled_rules_are_tried_in_one_library_and_what_survives_is_named(tmp_path):
    toy = Path(__file__).parents[1] / "native_toy.py"
    shutil.copy(toy, tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.replay]\ngame = "native_toy:TOY"\n')
    (tmp_path / "r").mkdir()
    assert run(tmp_path, code=RECORD)[0] == 0
    code, out, err = run(tmp_path, "mutate", "r", "--rules", "native_toy", "--limit", "16", "--seed", 1002)
    assert code == 1, err
    assert "max(-901, min(900," in out and "16 changes" in err and "killed" in err


def test_a_trial_of_a_library_that_dies_is_a_kill():
    assert Trial(*json.loads(compiled.in_fork(lambda task: 1 / 0, b"{}"))).outcome == "killed"
