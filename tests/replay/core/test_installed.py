"""Which games there are: named by the environment, the project or an entry point. Never by a recording."""

import os
import sys
from importlib import metadata

import pytest
from damage import header_of, put_together, record, take_apart
from toys import COUNTER

from replay import UnverifiableError, UsageError, Verdict, verify
from replay.core import format as fmt
from replay.core.entrypoints import EntryPoint, _in_folders, entry_point
from replay.core.errors import MachineError
from replay.core.installed import VARIABLE, find_game, installed_games, load_game, named_here


@pytest.fixture(autouse=True)
def elsewhere(tmp_path, monkeypatch):
    """No project around, and nothing named."""
    monkeypatch.delenv(VARIABLE, raising=False)
    folder = tmp_path / "project"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "path", [*sys.path])
    return folder


def test_the_environment_names_a_game(path, monkeypatch):
    record(path, COUNTER, ticks=70)
    assert verify(path).verdict is Verdict.UNVERIFIABLE
    monkeypatch.setenv(VARIABLE, "toys:COUNTER")
    assert find_game("counter") is COUNTER and "counter" in installed_games()
    assert verify(path).is_ok


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('[tool.replay]\ngame = "toys:COUNTER"\n', ["toys:COUNTER"]),
        ('[tool.replay]\ngame = ["toys:BANK", "toys:COUNTER"]\n', ["toys:BANK", "toys:COUNTER"]),
        ('[tool.replay]\ngame = ["toys:BANK", 5, "toys:COUNTER"]\n', ["toys:BANK", "toys:COUNTER"]),
        ("[tool.other]\n", []),
        ("[tool.replay]\n", []),
        ("[tool.replay\n", []),
        ("# tool.replay\ngame = 1\n", []),
        ('tool = "replay"  # tool.replay\n', []),
        ('[tool]\nreplay = "tool.replay"\n', []),
        ("[tool.replay]\ngame = 5\n", []),
        ("[tool.replay]\ngame = true\n", []),
        ('[tool.replay.game]\nname = "x"\n', []),
    ],
)
def test_a_project_names_games_and_one_that_says_something_else_names_none(elsewhere, monkeypatch, text, named):
    (elsewhere / "pyproject.toml").write_text(text)
    inner = elsewhere / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert named_here() == named


@pytest.mark.parametrize("data", [b"\xff\xfe tool.replay", b"", b"\0tool.replay"])
def test_a_project_file_that_is_no_text_names_none(elsewhere, data):
    (elsewhere / "pyproject.toml").write_bytes(data)
    assert named_here() == []


def test_the_nearest_project_counts_and_the_environment_comes_first(elsewhere, monkeypatch):
    (elsewhere / "pyproject.toml").write_text('[tool.replay]\ngame = "toys:BANK"\n')
    inner = elsewhere / "inner"
    inner.mkdir()
    (inner / "pyproject.toml").write_text("[project]\n")
    monkeypatch.chdir(inner)
    monkeypatch.setenv(VARIABLE, "toys:COUNTER")
    assert named_here() == ["toys:COUNTER"]
    monkeypatch.chdir(elsewhere)
    assert named_here() == ["toys:COUNTER", "toys:BANK"]


def test_a_module_of_the_folder_one_stands_in_can_be_named_and_a_class_is_made_a_game(elsewhere):
    (elsewhere / "my_rules_of_this_test.py").write_text("from toys import Counter\nclass Mine(Counter):\n    name = 'mine'\n")
    assert load_game("my_rules_of_this_test:Mine").name == "mine"


@pytest.mark.parametrize("spec", ["", "toys", "toys:", ":COUNTER", "toys:NOBODY", "toys:EVENT", "toys:random_inputs"])
def test_what_names_no_game_is_a_usage_error(spec):
    with pytest.raises(UsageError):
        load_game(spec)


def test_a_module_that_is_missing_raises_or_leaves_is_the_machines_affair(elsewhere):
    with pytest.raises(MachineError, match="no_such_module"):
        load_game("no_such_module:GAME")
    for name, text in (("raising_module", "1 / 0"), ("broken_module", "def ("), ("leaving_module", "raise SystemExit(3)")):
        (elsewhere / f"{name}.py").write_text(text)
        with pytest.raises(MachineError, match=name):
            load_game(f"{name}:GAME")


@pytest.mark.parametrize("name", ["os", "os:system", "toys:COUNTER", "../x", "antigravity", "this"])
def test_a_name_inside_a_recording_never_names_code_to_import(path, name):
    record(path, COUNTER, ticks=70)
    chunks = take_apart(path.read_bytes())
    chunks[0] = (fmt.KIND_HEADER, header_of(chunks)._replace(game=name).pack())
    path.write_bytes(put_together(chunks))
    before = set(sys.modules)
    assert verify(path).verdict is Verdict.UNVERIFIABLE
    assert not {"antigravity", "this"} & (set(sys.modules) - before)
    with pytest.raises(UnverifiableError, match="not installed"):
        find_game(name)


def test_installed_games_are_found_and_one_that_does_not_load_is_the_machines_affair(installed):
    assert {"counter", "bank", "leaky"} <= set(installed_games())
    assert find_game("counter") is COUNTER
    with pytest.raises(MachineError, match="does not load"):
        find_game("broken")


def test_a_game_named_by_the_project_that_does_not_load_is_said_and_not_passed_over(elsewhere, path):
    """Somebody who named rules must not be told about others of the same name."""
    record(path, COUNTER, ticks=70)
    (elsewhere / "pyproject.toml").write_text('[tool.replay]\ngame = "no_such_module:GAME"\n')
    with pytest.raises(MachineError, match="no_such_module"):
        find_game("counter")
    verification = verify(path)
    assert verification.verdict is Verdict.ENVIRONMENT and "no_such_module" in verification.message


def entry_point_in(folder, distribution, line):
    (folder / f"{distribution}.dist-info").mkdir(parents=True)
    (folder / f"{distribution}.dist-info" / "entry_points.txt").write_text(f"[other]\nx = y:z\n\n[replay.games]\n# no\n{line}\n")
    name, _, version = distribution.partition("-")
    (folder / f"{distribution}.dist-info" / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")


def test_entry_points_are_read_as_the_standard_library_reads_them(tmp_path, monkeypatch):
    entry_point_in(tmp_path / "1", "foo_bar-2.0", "new = foo:NEW")
    entry_point_in(tmp_path / "2", "Foo.Bar-1.0", "old = foo:OLD")  # the same distribution, shadowed
    entry_point_in(tmp_path / "2", "other-1.0", "two words = a.b:C.d [extra]")
    for folder in ("2", "1"):
        monkeypatch.syspath_prepend(str(tmp_path / folder))
    ours = {point.name: point.value for point in _in_folders("replay.games")}
    theirs = {point.name: point.value.partition(" [")[0] for point in metadata.entry_points(group="replay.games")}
    assert ours == theirs and ours["two words"] == "a.b:C.d" and "old" not in ours
    assert entry_point("replay.games", "old") is None and entry_point("replay.games", "new") == ("new", "foo:NEW")


def test_an_entry_point_names_an_attribute_of_an_attribute():
    assert EntryPoint("x", "os:path.join").load() is os.path.join


@pytest.fixture
def adapters(tmp_path, monkeypatch):
    """An installed package with adapters of its own."""
    for name, code in {
        "fine": "def make(rest):\n    import toys\n    game = toys.Counter()\n    game.name = rest\n    return game\n",
        "cross": "1 / 0\n",
    }.items():
        (tmp_path / f"{name}_adapter.py").write_text(code)
        folder = tmp_path / f"{name}_adapter-1.dist-info"
        folder.mkdir()
        (folder / "entry_points.txt").write_text(f"[replay.adapters]\n{name} = {name}_adapter:make\n")
    monkeypatch.syspath_prepend(str(tmp_path))


def test_an_adapter_makes_a_game_of_what_follows_its_prefix(adapters, monkeypatch):
    assert load_game("fine:Pong-v1").name == "Pong-v1"
    monkeypatch.setenv(VARIABLE, "fine:Pong-v1")
    assert find_game("Pong-v1").name == "Pong-v1"
    with pytest.raises(MachineError, match="ZeroDivisionError"):
        load_game("cross:Pong-v1")


def test_a_program_that_a_project_names_lies_beside_its_project_file(elsewhere, monkeypatch):
    (elsewhere / "deep").mkdir()
    (elsewhere / "pyproject.toml").write_text('[tool.replay]\ngame = "games/rocks.py"\n')
    monkeypatch.chdir(elsewhere / "deep")
    assert named_here() == [str(elsewhere / "games/rocks.py")]
