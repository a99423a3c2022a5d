import subprocess
import sys

import pytest
from installed import install

from replay import ReplayError, UsageError
from replay.prove.conformance.lint import CAUSES, PROGRAM_RULES, files_of, lint, lint_source

HEADER = """
import datetime, glob, math, os, random, time, uuid
import numpy as np
from pathlib import Path
from random import choice as pick
from time import monotonic
names = {"a", "b"}
queue: list[int] = []
FOLDER = Path("maps")
"""


def rules(source):
    return [finding.rule for finding in lint_source(HEADER + source, whole_numbers=True) if finding.line > HEADER.count("\n")]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("time.time()", "clock"),
        ("monotonic()", "clock"),
        ("now = time.perf_counter", "clock"),
        ("datetime.datetime.now()", "clock"),
        ("random.random()", "random"),
        ("pick([1])", "random"),
        ("uuid.uuid4()", "random"),
        ("os.urandom(4)", "random"),
        ("np.random.rand()", "random"),
        ("np.random.default_rng()", "random"),
        ("hash('x')", "identity"),
        ("sorted(queue, key=id)", "identity"),
        ("id(queue)", "identity"),
        ("for name in names: print(name)", "set-order"),
        ("for name in {1, 2}: print(name)", "set-order"),
        ("[x for x in set(queue)]", "set-order"),
        ("list(names)", "set-order"),
        ("first = next(iter(names))", "set-order"),
        ("names.pop()", "set-order"),
        ("both = [*names]", "set-order"),
        ("def f(s: set[int]):\n    for x in s: print(x)", "set-order"),
        ("class A:\n    def f(self):\n        self.s = set()\n        return list(self.s)", "set-order"),
        ("for x in names | {1}: print(x)", "set-order"),
        ("os.listdir('.')", "files"),
        ("for path in FOLDER.glob('*'): pass", "files"),
        ("glob.glob('*')", "files"),
        ("def f():\n    open('x')", "files"),
        ("os.environ['HOME']", "environment"),
        ("np.empty(3)", "uninitialised"),
        ("np.empty_like(queue)", "uninitialised"),
        ("x = 1.5", "fraction"),
        ("x = 3 / 2", "fraction"),
        ("queue[0] /= 2", "fraction"),
        ("float(3)", "fraction"),
        ("math.sin(1)", "float"),
        ("dtype = '<f4'", "fraction"),
        ("np.zeros(3, dtype=float)", "fraction"),
        ("np.zeros(3, np.float32)", "fraction"),
        ("np.mean(queue)", "numpy-float"),
        ("np.sin(1)", "numpy-float"),
        ("np.hypot(1, 2)", "numpy-float"),
    ],
)
def test_each_thing_that_breaks_replays_is_found(source, rule):
    assert rule in rules(source)


@pytest.mark.parametrize(
    "source",
    [
        "x = 3 // 2 + 5 % 3",
        "math.isqrt(9) + math.gcd(4, 6)",
        "np.zeros(3, np.int64) + np.arange(3)",
        "len(names) + sum(names) + ('a' in names)",
        "for name in sorted(names): pass",
        "sorted(path.name for path in FOLDER.glob('*.txt'))",
        "sorted(os.listdir('.'))",
        "any(name == 'a' for name in names)",
        "both = {name for name in names}",
        "path = FOLDER / 'plaza.txt'",
        "path = Path(__file__).parent / 'maps' / f'{queue}.txt'",
        "queue.pop()",
        "for x in {'a': 1}: pass",
        "def time(): return 3\ntime()",
        "'''A docstring with 1.5 and time.time() in it.'''",
        "random_state = 5",
    ],
)
def test_what_is_harmless_is_left_alone(source):
    header = HEADER.replace("random, ", "").replace("time, ", "") if "def time" in source else HEADER
    assert [finding for finding in lint_source(header + source, whole_numbers=True) if finding.line > header.count("\n")] == []


def test_a_comment_allows_a_rule_for_its_line_or_on_its_own_for_the_file():
    assert lint_source("import time\ntime.time()  # replay: allow clock - for the log only") == []
    assert [one.rule for one in lint_source("import time\ntime.time()  # replay: allow float")] == ["clock"]
    assert lint_source("# replay: allow float, clock - a read model\nimport math, time\nmath.sin(1)\ntime.time()") == []
    assert [one.line for one in lint_source("import time\ntime.time()  # replay: allow clock\ntime.time()")] == [3]


def test_a_finding_says_where_what_and_what_to_do(tmp_path):
    (tmp_path / "rules.py").write_text("import time\nnow = time.time()\n")
    (finding,) = lint(str(tmp_path / "rules.py"))
    assert str(finding) == f"{tmp_path}/rules.py:2:7: clock: time.time; {CAUSES['clock']}"


def test_a_game_is_read_as_far_as_its_rules_import_and_nothing_is_run(tmp_path, monkeypatch):
    package = tmp_path / "tiny_game"
    package.mkdir()
    (package / "__init__.py").write_text("raise RuntimeError('was imported')\n")
    (package / "rules.py").write_text("from tiny_game import maths\nfrom .world import step\nGAME = None\n")
    (package / "maths.py").write_text("import tiny_game.tables\n")
    (package / "tables.py").write_text("import math\nx = math.sin(1)\n")
    (package / "world.py").write_text("def step(): pass\n")
    (package / "view.py").write_text("import time\nnow = time.time()\n")
    monkeypatch.syspath_prepend(install(tmp_path, "[replay.games]\ntiny = tiny_game.rules:GAME\n"))
    assert {file.name for file in files_of("tiny")} == {"__init__.py", "rules.py", "maths.py", "tables.py", "world.py"}
    assert [finding.rule for finding in lint("tiny")] == ["float"]
    assert [finding.path.name for finding in lint("tiny_game.view")] == ["view.py"]
    assert len(files_of("tiny_game")) == len(files_of(str(package))) == 6
    assert "tiny_game" not in sys.modules


def test_what_is_not_source_is_an_error(tmp_path):
    with pytest.raises(UsageError, match="is not a game, module, file or folder"):
        lint("no_such_module_anywhere")
    with pytest.raises(ReplayError, match="is not Python"):
        lint_source("def (:")
    with pytest.raises(ReplayError, match="nested too deeply"):
        lint_source("x = " + "-" * 900 + "1")
    (tmp_path / "latin.py").write_bytes(b"name = 'Ren\xe9'")
    with pytest.raises(ReplayError, match="it is not UTF-8"):
        lint(str(tmp_path / "latin.py"))


def test_numbers_that_are_not_whole_are_named_only_if_one_asks():
    assert lint_source("speed = 1.5 / 2") == []
    assert {finding.rule for finding in lint_source("speed = 1.5 / 2", whole_numbers=True)} == {"fraction"}


@pytest.mark.parametrize("source", ["x = np.zeros(3, 'f4')", "x = y.astype('float32')", "x = np.dtype([('x', 'f8')])"])
def test_a_text_is_a_type_of_fractions_only_where_types_stand(source):
    assert "fraction" in rules(source)
    assert rules("square, word, kinds = 'f4', 'double', [('f8', 'pawn')]") == []


def test_what_runs_only_as_a_program_is_no_part_of_the_rules():
    source = "import time\ndef main():\n    return time.time()\nif __name__ == '__main__':\n    print(time.time(), main())\n"
    assert lint_source(source) == []
    assert [finding.line for finding in lint_source(source + "def step():\n    return main()\n")] == [3]


def test_a_game_may_be_named_by_its_attribute(tmp_path, monkeypatch):
    (tmp_path / "walked.py").write_text("import time\nGAME = time.time()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert [finding.rule for finding in lint("walked:GAME")] == ["clock"]


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("pygame.time.get_ticks()", "clock"),
        ("pygame.time.wait(5)", None),
        ("clock = pygame.time.Clock()\nclock.tick(60)", None),
        ("late = pygame.time.wait(5)", "clock"),
        ("clock = pygame.time.Clock()\ndt = clock.tick(60)", "clock"),
        ("class A:\n    def f(self):\n        self.clock = Clock()\n        return self.clock.get_fps()", "clock"),
        ("pygame.key.get_pressed()", "input"),
        ("for event in pygame.event.get(): pass", "input"),
        ("pygame.mouse.get_pos()", "input"),
        ("threading.Thread(target=f)", "thread"),
        ("socket.create_connection(('a', 1))", "network"),
        ("requests.get('http://x')", "network"),
        ("song.tick(3)", None),
        ("pygame.draw.circle(screen, (1, 2, 3), (1, 2), 3)", None),
    ],
)
def test_what_a_pygame_program_does_that_no_rules_may(source, rule):
    findings = lint_source(f"import pygame, threading, socket, requests\nfrom pygame.time import Clock\n{source}")
    assert {finding.rule for finding in findings} == ({rule} if rule else set())
    assert bool({rule} & PROGRAM_RULES) == (rule in ("thread", "network"))


def test_the_command_leaves_out_what_a_recorded_program_has_from_its_recording(tmp_path):
    file = tmp_path / "rocks.py"
    file.write_text("import pygame, random\nrandom.random()\nfor name in {'a', 'b'}:\n    pygame.time.get_ticks()\n")
    done = subprocess.run([sys.executable, "-m", "replay", "lint", "--program", str(file)], capture_output=True, text=True)
    assert done.returncode == 1 and "set-order" in done.stdout and len(done.stdout.splitlines()) == 1
