"""What goes to stdout, in which colours, and how wide it may be."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from damage import record
from shelf import fill
from terminal import Terminal
from toys import COUNTER

from replay.cli.output import colours, columns
from replay.cli.tables import cells_of, table_lines

ROOT = Path(__file__).parents[3]
NOISY = """
import os
from toys import Counter, CounterMatch
print("hello from the import")
os.system("echo hello from a child")
class NoisyMatch(CounterMatch):
    def advance(self, inputs):
        print("hello from the rules")
        os.write(1, b"hello from C")
        return super().advance(inputs)
class Noisy(Counter):
    match = NoisyMatch
GAME = Noisy()
"""


@pytest.fixture
def replay(tmp_path):
    """Run `replay` as a process; gives exit code, stdout, stderr."""
    record(tmp_path / "counter.replay", COUNTER, ticks=130)
    (tmp_path / "noisy.py").write_text(NOISY)
    places = [ROOT, Path(__file__).parents[1], tmp_path]
    dropped = ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TERM", "COLUMNS")
    clean = {name: value for name, value in os.environ.items() if name not in dropped and not name.startswith("GITHUB")}
    clean |= {"PYTHONPATH": os.pathsep.join(map(str, places)), "TERM": "xterm"}

    def called(*arguments, stdout=subprocess.PIPE, **environment):
        command = [sys.executable, "-m", "replay", *arguments]
        done = subprocess.run(
            command, cwd=tmp_path, env=clean | environment, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    return called


@pytest.mark.parametrize("arguments", [["verify", "--json"], ["cat", "--json"], ["show", "--at", "5", "--json"]])
def test_whatever_a_game_prints_the_output_is_data(replay, arguments):
    code, out, err = replay(*arguments, "counter.replay", "--game", "noisy:GAME")
    assert code == 0 and out
    for line in out.splitlines():
        json.loads(line)
    assert {"import", "child", "rules", "C"} <= set(re.findall(r"hello from (?:the |a )?(import|child|rules|C)", err))


def test_a_plain_verify_that_is_said_early_is_data_too(replay):
    code, out, err = replay("verify", "counter.replay", REPLAY_GAME="noisy:GAME")
    assert code == 0 and out.startswith("ok ") and "hello" not in out and "hello from the import" in err


def test_a_reader_that_has_seen_enough_stops_the_command_without_a_word(replay):
    reading, writing = os.pipe()
    os.close(reading)
    code, _, err = replay("cat", "--inputs", "counter.replay", stdout=writing)
    os.close(writing)
    assert code == 0 and err == ""


def on_a_terminal(replay, *arguments, **environment):
    """What a command writes to a terminal."""
    with Terminal() as terminal:
        replay(*arguments, stdout=terminal.inside, **environment)
    return terminal.text


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False), ({"CLICOLOR": "0"}, False), ({"FORCE_COLOR": "0"}, True)],
)
@pytest.mark.parametrize("command", [["verify", "counter.replay"], ["verify", "counter.replay", "--to", "end"]])
def test_colours_on_a_terminal(replay, command, environment, is_coloured):
    text = on_a_terminal(replay, *command, REPLAY_GAME="toys:COUNTER", **environment)
    assert "ok" in text and ("\x1b[32m" in text) is is_coloured


@pytest.mark.parametrize(
    ("environment", "is_coloured"),
    [
        ({}, False),
        ({"FORCE_COLOR": "1"}, True),
        ({"CLICOLOR_FORCE": "1"}, True),
        ({"CLICOLOR_FORCE": "0"}, False),
        ({"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
@pytest.mark.parametrize("command", [["verify", "counter.replay"], ["verify", "counter.replay", "--to", "end"]])
def test_colours_in_a_pipe(replay, command, environment, is_coloured):
    _, out, _ = replay(*command, REPLAY_GAME="toys:COUNTER", **environment)
    assert out.lstrip("\x1b[321m").startswith("ok") and ("\x1b[32m" in out) is is_coloured


def test_the_environment_is_asked_in_one_place():
    asked = re.compile(r"NO_COLOR|FORCE_COLOR|TERM\b.*dumb|get_terminal_size|click\.echo\(")
    files = [file for top in ("replay", "game") for file in (ROOT / top).rglob("*.py") if asked.search(file.read_text("utf-8"))]
    assert [file.name for file in files] == ["output.py"]


def test_columns_that_are_no_number_are_ignored(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert colours() is True
    for text, expected in (("100", 100), ("0", None), ("wide", None), ("", None)):
        monkeypatch.setenv("COLUMNS", text)
        assert columns() == expected  # pytest's stdout is no terminal


# --- tables ---

HEADS = ["name", "damage dealt", "weapons"]
ROWS = [["Ann", "1,230", "blaster:0.449 rifle:0.271"], ["東京", "7", "shotgun:0.3"]]
NUMBERS = [False, True, False]


def table(width):
    return list(table_lines(HEADS, ROWS, NUMBERS, width))


def plain(lines):
    return [re.sub(r"\x1b\[\d+m", "", line) for line in lines]


def test_a_table_that_fits_has_one_line_a_row():
    for width in (None, 100):
        assert plain(table(width)) == [
            "name  damage dealt  weapons",
            "Ann          1,230  blaster:0.449 rifle:0.271",
            "東京             7  shotgun:0.3",
        ]


def test_a_table_that_is_too_wide_wraps_its_headings_first():
    assert plain(table(40)) == [
        "      damage",
        "name   dealt  weapons",
        "Ann    1,230  blaster:0.449 rifle:0.271",
        "東京       7  shotgun:0.3",
    ]


def test_then_it_comes_in_parts_that_all_say_whose_line_it_is():
    assert plain(table(31)) == [
        "      damage",
        "name   dealt",
        "Ann    1,230",
        "東京       7",
        "",
        "name  weapons",
        "Ann   blaster:0.449 rifle:0.271",
        "東京  shotgun:0.3",
    ]


@pytest.mark.parametrize("width", range(19, 60))
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(width):
    lines = plain(table(width))
    assert max(map(cells_of, lines)) <= width
    words = set(" ".join(HEADS + ROWS[0] + ROWS[1]).split())
    assert words <= set(" ".join(lines).split())


def test_stats_obeys_columns(call, tmp_path, monkeypatch):
    fill(tmp_path / "recordings", 1)
    monkeypatch.setenv("COLUMNS", "24")
    code, out, _ = call("stats", next((tmp_path / "recordings").glob("*.replay")), "--game", "shelf:RACE")
    assert code == 0 and out and max(map(cells_of, out.splitlines())) <= 24
