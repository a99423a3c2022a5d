"""A game is named by `--game`, by the project one stands in, or by an entry point; never by a recording. From a folder with a plain
game in it, as its author has one."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

ROOT = Path(__file__).parents[3]

GAME = """
import struct

import numpy as np


class Match:
    def __init__(self, seed, players, config):
        self.total, self.tick = seed % 1000, 0

    def advance(self, rows):
        events = []
        for row in rows:
            self.total = (self.total * 31 + int(row["move"].sum())) % 2**32
            if row["move"][0] == 1:
                events.append((self.tick, "moved", {"actor": 0, "total": self.total}))
            self.tick += 1
        return events

    def save(self):
        return struct.pack("<QQ", self.total, self.tick)

    def load(self, saved):
        if len(saved) != 16:
            raise ValueError("not a state")
        self.total, self.tick = struct.unpack("<QQ", saved)


class Game:
    name, rules, ticks_per_second = "mygame", 1, 30
    input_dtype = np.dtype([("move", "i1")])
    event_kinds = ("moved",)

    def new_match(self, seed, players, config):
        return Match(seed, players, config)


GAME = Game()
"""
RECORD = """
import sys
import numpy as np
from mygame import GAME
from replay import Recorder

for path in sys.argv[1:]:
    with Recorder(path, GAME, seed=5, players=["Ann", "Ben"]) as recorder:
        for tick in range(100):
            row = np.zeros(2, GAME.input_dtype)
            row["move"] = tick // 7 % 3 - 1
            recorder.step(row)
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project: a plain game, and two recordings of it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "mygame.py").write_text(GAME)
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"}
    subprocess.run([sys.executable, "-c", RECORD, "a.replay", "b.replay"], cwd=folder, env=environment, check=True)
    return folder


def replay(folder, *arguments, **environment):
    """Run a command line as it is installed: without the current folder among the places of modules."""
    command = [sys.executable, "-P", "-c", "from replay.cli import main; main()", *map(str, arguments)]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True)
    return done.returncode, done.stdout, done.stderr


COMMANDS = {
    "verify": (["verify", "a.replay"], 0, "100 ticks"),
    "verify in two processes": (["verify", "a.replay", "b.replay", "--jobs", "2"], 0, "b.replay"),
    "info": (["info", "a.replay"], 0, "mygame rules 1"),
    "show": (["show", "a.replay", "--at", "v:3"], 0, "mygame names no fields; its state has 16 bytes"),
    "cat": (["cat", "a.replay"], 0, "actor Ann"),
    "events": (["events", "a.replay", "--json"], 0, '"kind": "moved"'),
    "stats": (["stats", "a.replay"], 2, "mygame has no projections"),
    "check": (["check", "mygame", "--ticks", "60"], 0, "ok"),
    "clip": (["clip", "a.replay", "--from", "1s", "-o", "OUT"], 0, "bytes"),
    "pack": (["pack", "a.replay", "-o", "OUT"], 0, "bytes"),
    "index in two processes": (["index", ".", "--jobs", "2", "--library", "OUT"], 0, " new in"),
}


def named_by_option(folder, *arguments):
    return replay(folder, arguments[0], "--game", "mygame:GAME", *arguments[1:])


def named_by_variable(folder, *arguments):
    return replay(folder, *arguments, REPLAY_GAME="mygame:GAME")


def named_by_project(folder, *arguments):
    (folder / "pyproject.toml").write_text('[tool.replay]\ngame = "mygame:GAME"\n')
    try:
        return replay(folder, *arguments)
    finally:
        (folder / "pyproject.toml").unlink()


@pytest.mark.parametrize("named", [named_by_option, named_by_project])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_plain_game_is_found(folder, tmp_path, command, named):
    arguments, code, text = COMMANDS[command]
    exit_code, out, err = named(folder, *[str(tmp_path / "out") if part == "OUT" else part for part in arguments])
    assert exit_code == code, out + err
    assert text in out + err


def test_by_the_variable_too(folder):
    assert named_by_variable(folder, "verify", "a.replay")[0] == 0


def test_without_a_name_it_is_not_found_and_the_message_says_how_to_name_it(folder):
    code, out, err = replay(folder, "show", "a.replay")
    assert code == 4 and not out and "needs the game 'mygame'" in err and "--game MODULE:ATTR" in err
    assert replay(folder, "info", "a.replay")[0] == 0  # reads the file only


def test_a_list_of_games_and_a_class_and_folders_below(folder, tmp_path):
    (folder / "pyproject.toml").write_text('[tool.replay]\ngame = ["mygame:Game"]\n')
    below = folder / "below"
    below.mkdir()
    try:
        assert replay(folder, "verify", "a.replay")[0] == 0
        code, _, err = replay(below, "verify", "../a.replay", PYTHONPATH=f"{ROOT}{os.pathsep}{folder}")
        assert code == 0, err
    finally:
        (folder / "pyproject.toml").unlink()
        below.rmdir()


@pytest.mark.parametrize(
    "text", ["", "[tool.replay]\n", "[tool.replay]\ngame = 5\n", "[tool.replay", "[tool.replay]\ngame = [1]\n"]
)
def test_a_project_that_says_nothing_useful_is_nobody_s_error(folder, text):
    (folder / "pyproject.toml").write_text(text)
    try:
        assert replay(folder, "show", "a.replay")[0] == 4
        assert named_by_option(folder, "info", "a.replay")[0] == 0
    finally:
        (folder / "pyproject.toml").unlink()


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("nonsense", 2),
        ("mygame:", 2),
        (":GAME", 2),
        ("nothere:GAME", 6),
        ("mygame:NOTHING", 6),
        ("mygame:Match", 6),
        ("os:system", 6),
    ],
)
def test_what_is_not_a_game_is_said_in_three_lines(folder, spec, code):
    exit_code, out, err = replay(folder, "show", "a.replay", "--game", spec)
    assert exit_code == code and not out and spec in err
    assert len(err.splitlines()) <= 3 and "Traceback" not in err


@pytest.mark.parametrize("name", ["evil", "evil:GAME", "evil.py", "./evil", "os:system"])
def test_a_recording_that_names_a_module_never_imports_it(folder, tmp_path, name):
    sys.path[:0] = [str(ROOT / "tests" / "replay")]
    try:
        from damage import header_of, put_together, take_apart
    finally:
        del sys.path[0]
    (tmp_path / "evil.py").write_text("from pathlib import Path\nPath('imported').touch()\nGAME = 1\n")
    chunks = take_apart((folder / "a.replay").read_bytes())
    chunks[0] = (chunks[0][0], header_of(chunks)._replace(game=name).pack())
    (tmp_path / "stranger.replay").write_bytes(put_together(chunks))
    for command in ("info", "verify"):
        assert replay(tmp_path, command, "stranger.replay")[0] == (0 if command == "info" else 4)
    done = subprocess.run([sys.executable, "-P", "-c", IN_TURN], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0
    assert not (tmp_path / "imported").exists()


IN_TURN = """
import sys
from replay.cli import main
for command in ("show", "cat", "events", "stats", "verify"):
    sys.argv = ["replay", command, "stranger.replay"]
    try:
        main()
    except SystemExit as left:
        assert left.code == 4, command
    else:
        raise AssertionError(command)
"""


def test_naming_a_game_lasts_as_long_as_the_command(monkeypatch, folder, capsys):
    from replay.cli.commands import replay as command
    from replay.cli.common import run

    monkeypatch.chdir(folder)
    monkeypatch.delenv("REPLAY_GAME", raising=False)
    monkeypatch.setattr(sys, "argv", ["replay", "info", "a.replay", "--game", "mygame:GAME", "--json"])
    assert run(command, "replay") == 0
    assert json.loads(capsys.readouterr().out)["game"] == "mygame rules 1"
    assert "REPLAY_GAME" not in os.environ


def test_every_command_takes_it():
    from replay.cli.commands import COMMANDS as ALL
    from replay.cli.commands import replay as command

    for name in ALL:
        told = CliRunner().invoke(command, [name, "--help"])
        assert told.exit_code == 0, told.output
        if name not in ("lint", "receipt"):
            assert "--game" in told.output, name


LEAVING = """
import sys
from toys import Counter, CounterMatch

class Match(CounterMatch):
    def {method}(self, *given):
        if self.state["tick"][0] >= {tick}:
            sys.exit(0)
        return super().{method}(*given)

class Game(Counter):
    def new_match(self, seed, players, config):
        return sys.exit(0) if {tick} < 0 else Match(seed, players, config)

GAME = Game()
"""


@pytest.mark.parametrize(
    ("method", "tick", "commands", "code", "said"),
    [
        ("advance", 60, "verify show cat clip", 1, "the rules raised SystemExit at tick 60"),
        ("save", 150, "verify show clip", 1, "the rules raised SystemExit"),
        ("advance", -1, "verify show cat clip", 4, "cannot start this match"),
    ],
)
def test_rules_that_leave_the_program_do_not_leave_it_with_their_exit_code(tmp_path, method, tick, commands, code, said):
    """`sys.exit(0)` in the rules would be a pass."""
    sys.path[:0] = [str(ROOT / "tests" / "replay")]
    try:
        from damage import record
        from toys import COUNTER
    finally:
        del sys.path[0]
    record(tmp_path / "a.replay", COUNTER)
    (tmp_path / "leaving.py").write_text(LEAVING.format(method=method, tick=tick))
    path = os.pathsep.join(map(str, (ROOT, ROOT / "tests" / "replay")))
    for command in commands.split():
        options = ["--from", "0", "-o", "b.replay"] if command == "clip" else []
        exit_code, out, err = replay(tmp_path, command, "a.replay", *options, "--game", "leaving:GAME", PYTHONPATH=path)
        assert exit_code == code and said in out + err and "Traceback" not in err, command
