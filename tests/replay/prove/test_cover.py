"""What recordings reach of the rules, and which changes of the rules they notice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from needs import needed

from replay.core.errors import UsageError
from replay.core.installed import VARIABLE
from replay.prove.cover.cover import covered, ranges
from replay.prove.cover.explained import explained, read_explanations
from replay.prove.cover.mutants import mutants_of
from replay.prove.cover.reach import BY_THE_INTERPRETER, Reach
from replay.prove.cover.rules import lines_of_functions

GAME = """
from typing import NamedTuple
from replay import PlainGame

STEP = 3

class Held(NamedTuple):
    left: bool = False
    right: bool = False

class Walk(PlainGame):
    players, Input, event_kinds = 1, Held, ("wall", "never")

    def start(self, config):
        self.x = 0

    def step(self, inputs):
        held = inputs[0]
        if held.right:
            self.x += STEP
        if held.left:
            self.x -= 1
        if self.x > 60:
            self.emit("wall")
            self.x = 0
"""
RECORD = """
import sys
from replay import Recorder
from walk import Held, Walk
for name, held, ticks in (("right", Held(right=True), 90), ("short", Held(right=True), 10), ("left", Held(left=True), 10)):
    with Recorder(f"r/{name}.replay", Walk, seed=1, players=["Ann"]) as recorder:
        for _ in range(ticks):
            recorder.step(Walk.rows(held))
"""


def run(folder, *arguments, code=None):
    """`replay` in a process of its own, or other code; gives exit code, stdout and stderr."""
    environment = {**os.environ, "REPLAY_CACHE": str(folder / ".cache"), "PYTHONPATH": os.pathsep.join([str(folder), *sys.path])}
    command = [sys.executable, "-c", code or "from replay.cli import main; main()", *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout, done.stderr


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A game and three recordings of it: one that reaches almost all, and two that add little or nothing."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "walk.py").write_text(GAME)
    (folder / "pyproject.toml").write_text('[tool.replay]\ngame = "walk:Walk"\n')
    (folder / "r").mkdir()
    assert run(folder, code=RECORD)[0] == 0
    return folder


def line_of(text):
    return next(number for number, line in enumerate(GAME.splitlines(), 1) if text in line)


def test_cover_says_what_is_reached_what_never_occurs_and_what_is_enough(project):
    code, out, err = run(project, "cover", "r", "--json")
    facts = json.loads(out)
    assert code == 0, err
    assert facts["lines"] == facts["of_lines"] == 9 and not facts["missing_lines"]
    assert facts["missing_event_kinds"] == ["never"] and facts["event_kinds"] == {"wall": 4}
    assert facts["inputs"] == ["left", "right"] and facts["missing_inputs"] == []
    assert [Path(each["path"]).name for each in facts["enough"]] == ["right.replay", "left.replay"]
    assert [Path(path).name for path in facts["idle"]] == ["short.replay"]
    by_name = {Path(each["path"]).name: each for each in facts["recordings"]}
    assert by_name["left.replay"]["lines"] == 6 and by_name["left.replay"]["inputs"] == ["left"]
    code, out, _ = run(project, "cover", "r/left.replay", "--rules", "walk")
    assert f"walk.py: lines never run: {line_of('+= STEP')}, {line_of('emit')}-{line_of('emit') + 1}" in out
    assert "event kinds that never occur: wall, never" in out and "inputs that never occur: right" in out


def test_a_recording_that_is_not_ok_counts_for_nothing(project, tmp_path):
    (tmp_path / "cut.replay").write_bytes((project / "r" / "right.replay").read_bytes()[:-30])
    code, out, err = run(project, "cover", project / "r" / "left.replay", tmp_path / "cut.replay", "--json")
    assert code == 1 and "counts for nothing: incomplete" in err
    assert json.loads(out)["missing_event_kinds"] == ["wall", "never"]


def test_rules_are_named_by_modules(project):
    code, _, err = run(project, "cover", "r", "--rules", "no.such.module")
    assert code == 2 and "there is no module 'no.such.module'" in err


def test_the_smallest_set_is_found_and_what_others_reach_is_idle():
    lines = {"a": [1, 2, 3], "b": [3, 4], "c": [2, 3]}
    reaches = [Reach(Path(name), lines={("f", line) for line in of_it}, ticks=1) for name, of_it in lines.items()]
    result = covered(reaches, type("Game", (), {}))
    assert [(str(path), count) for path, count in result.enough] == [("a", 3), ("b", 1)]
    assert list(map(str, result.idle)) == ["c"]
    assert ranges([1, 2, 3, 7, 9, 10]) == "1-3, 7, 9-10"


def test_lines_outside_of_functions_do_not_count():
    assert lines_of_functions("A = 1\ndef f(\n    x,\n):\n    y = x\n    return y\nB = 2\n") == {5, 6}


# --- changes ---

SOURCE = """
LIMIT = 5

def step(world, count):
    "What it does."
    if count <= LIMIT and not world.over:
        world.x += 1
        world.y = -count
    return "ä", world.x * 2
"""


@pytest.fixture
def mutants(tmp_path):
    file = tmp_path / "rules.py"
    file.write_text(SOURCE, encoding="utf-8")
    return mutants_of(file)


def test_the_small_changes_that_people_make_are_made(mutants):
    changes = {(each.line, each.kind, each.change) for each in mutants}
    assert {
        (2, "constant", "5 -> 6"),
        (2, "constant", "5 -> 4"),
        (6, "comparison", "count <= LIMIT -> (count < LIMIT)"),
        (6, "logic", "count <= LIMIT and not world.over -> (count <= LIMIT or not world.over)"),
        (6, "logic", "not world.over -> (world.over)"),
        (7, "sign", "world.x += 1 -> world.x -= 1"),
        (7, "constant", "1 -> 2"),
        (7, "drop", "world.x += 1 -> pass"),
        (8, "sign", "-count -> (count)"),
        (9, "sign", "world.x * 2 -> (world.x // 2)"),
    } <= changes
    source = mutants[0].file.read_bytes()
    for mutant in mutants:
        compile(mutant.applied(source), "mutant", "exec")
        assert mutant.applied(source) != source and mutant.diff(source)
    assert not any("What it does" in each.before for each in mutants if each.kind != "order")
    assert [each.in_function for each in mutants] == [each.line != 2 for each in mutants]


@pytest.mark.parametrize(
    ("first", "second", "matters"),
    [
        ("w.x += 1", "w.y = -n", False),
        ("w.x += 1", "w.y = w.x", True),
        ("w.x = 1", "w.x += 2", True),
        ("n = w.x", "w.x = 3", True),
        ("w = other", "w.y = 2", True),
        ("w.a[0] = 1", "w.a = n", True),
        ("x = max(n, 1)", "y = abs(n)", False),
        ("x = draw(w)", "y = draw(w)", True),
    ],
)
def test_two_statements_are_swapped_where_it_may_matter(tmp_path, first, second, matters):
    file = tmp_path / "rules.py"
    file.write_text(f"def f(w, n, other, draw):\n    {first}\n    {second}\n")
    assert any(each.kind == "order" for each in mutants_of(file)) is matters


def test_reasons_fit_a_line_and_a_change_and_a_wrong_file_is_refused(mutants, tmp_path):
    file = tmp_path / "mutants.toml"
    file.write_text('[[mutant]]\nfile = "rules.py"\nline = "LIMIT = 5"\nchange = "5 -> 6"\nwhy = "nobody counts so far"\n')
    reasons = read_explanations(file)
    fitting = [each for each in mutants if explained(reasons, each, SOURCE.splitlines()[each.line - 1])]
    assert [each.change for each in fitting] == ["5 -> 6"]
    for text in ("[[mutant", '[[mutant]]\nfile = "rules.py"\n', '[[mutant]]\nfile = 1\nline = "x"\nwhy = "y"\n', 'mutant = "x"\n'):
        file.write_text(text)
        with pytest.raises(UsageError):
            read_explanations(file)


def test_survivors_are_named_and_what_is_known_is_not_tried_again(project):
    before = (project / "walk.py").read_bytes()
    code, out, err = run(project, "mutate", "r/right.replay", "--jobs", "2", "--json")
    facts = [json.loads(line) for line in out.splitlines()]
    outcome = {(each["text"], each["change"]): each for each in facts}
    assert code == 1 and (project / "walk.py").read_bytes() == before, err
    assert outcome["STEP = 3", "3 -> 4"]["outcome"] == "killed" and outcome["STEP = 3", "3 -> 4"]["tick"] == 1
    assert outcome["if self.x > 60:", "self.x > 60 -> (self.x >= 60)"]["outcome"] == "killed"
    assert outcome["self.x -= 1", "self.x -= 1 -> self.x += 1"]["how"] == "no recording reaches it"
    log = project / ".cache" / "mutants.log"
    size = log.stat().st_size
    assert run(project, "mutate", "r/right.replay", "--json")[1] == out and log.stat().st_size == size
    code, out, err = run(project, "mutate", "r/right.replay", "--limit", "5", "--seed", "3")
    assert "5 changes: " in err


IN_SMALL_SHARES = """
from replay.cli import main
from replay.prove.cover import trials
trials._LEAST_OF_A_SHARE = 1
main()
"""


@pytest.mark.slow
def test_workers_find_out_of_changes_what_this_process_does_and_it_is_remembered_here(project, monkeypatch):
    needed("distributed")
    from distributed import LocalCluster

    log = project / ".cache" / "mutants.log"
    here = run(project, "mutate", "r/right.replay", "--json")
    log.unlink()
    there = run(project, "mutate", "r/right.replay", "--json", "--workers", "2", code=IN_SMALL_SHARES)
    assert there[:2] == here[:2], there[2]
    size = log.stat().st_size
    assert run(project, "mutate", "r/right.replay", "--json", "--workers", "2")[:2] == here[:2] and log.stat().st_size == size
    log.unlink()
    monkeypatch.syspath_prepend(project)  # processes that are spawned get it
    theirs = {**BY_THE_INTERPRETER, VARIABLE: "walk:Walk", "REPLAY_CACHE": str(project / ".theirs")}
    width = {"n_workers": 1, "threads_per_worker": 1, "env": theirs}
    with LocalCluster(**width, dashboard_address="127.0.0.1:0", silence_logs=50) as cluster:  # it stands in another folder
        far = run(project, "mutate", "r/right.replay", "--json", "--limit", "6", "--cluster", cluster.scheduler_address)
    drawn = [json.loads(line) for line in far[1].splitlines()]
    facts = {(each["line"], each["change"]): each for each in map(json.loads, here[1].splitlines())}
    assert far[0] == 1 and len(drawn) == 6, far[2]
    for each in drawn:
        known = facts[each["line"], each["change"]]
        assert each["outcome"] == known["outcome"] and Path(each["by"]).name == Path(known["by"]).name
    assert {each["outcome"] for each in drawn} > {"survived"} and log.exists()  # what far ones find out is kept here, too


def test_what_survives_may_be_explained_and_a_reason_for_nothing_is_stale(project):
    reasons = project / "mutants.toml"
    default = '[[mutant]]\nfile = "walk.py"\nline = "left: bool = False"\nwhy = "every input says it"\n'
    reasons.write_text(default + '[[mutant]]\nfile = "walk.py"\nline = "STEP = 3"\nwhy = "wrong"\n')
    code, out, err = run(project, "mutate", "r", "--explained", "mutants.toml")
    assert code == 1 and "nothing survives that fits walk.py: STEP = 3" in err and "1 explained" in err
    assert "left: bool = False" not in out and "right: bool = False" in out


def test_a_match_that_kills_a_survivor_is_found_and_offered(project, tmp_path):
    draw = ("--limit", "12", "--seed", "2")
    code, out, err = run(project, "mutate", "r/left.replay", "--search", "2", "-o", tmp_path / "new", *draw)
    assert code == 1 and "killed by" in out, err
    offered = sorted((tmp_path / "new").glob("*.replay"))
    assert offered and run(project, "verify", *offered)[0] == 0
    sizes = [int(line.split("survivor")[0].split("of")[1]) for line in err.splitlines() if "survivors killed" in line]
    _, after, _ = run(project, "mutate", "r/left.replay", *offered, *draw)
    assert sizes and after.count("survived") < sizes[0]


def test_a_change_that_never_ends_is_noticed_and_a_copy_that_is_not_run_is_not_believed(project, tmp_path, monkeypatch):
    from replay.core.errors import MachineError
    from replay.prove.cover.trial import TIMEOUT, Copy

    monkeypatch.chdir(project)
    monkeypatch.syspath_prepend(str(project))
    import walk  # noqa: F401 - it is copied from where it was loaded

    source = project / "walk.py"
    copy = Copy([source], ["walk"], tmp_path)
    recordings = [project / "r" / "right.replay"]
    try:
        stuck = GAME.replace("held = inputs[0]", "held = inputs[0]\n        while True: pass").encode()
        assert copy.try_out(source, stuck, recordings, "walk", 3.0).outcome == TIMEOUT
        assert copy.try_out(source, GAME.encode(), recordings, "walk", 60.0).outcome == "survived"
        assert copy.try_out(source, b"no python", recordings, "walk", 60.0).outcome == "killed"
        assert copy.try_out(source, b"import os; os._exit(0)", recordings, "walk", 60.0).outcome == "killed"
        leads_back = f"import sys; sys.path.insert(0, {str(project)!r}); del sys.modules['walk']; import walk; Walk = walk.Walk"
        with pytest.raises(MachineError, match="not from the copy"):
            copy.try_out(source, leads_back.encode(), recordings, "walk", 60.0)
    finally:
        copy.close()
        sys.modules.pop("walk")
