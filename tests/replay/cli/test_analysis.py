"""The commands `replay tables`, `query` and `board`."""

import csv
import io
import json
import sys

import pytest
from installed import install
from shelf import RACE, fill
from toys import random_inputs

from replay import Recorder
from replay.find.search import FIELDS

FIELDS_ASKED = {*FIELDS} - {"", "verdict"}  # no table has what was not verified


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """A folder with recordings, one of them by strangers, where their game is installed."""
    monkeypatch.syspath_prepend(install(tmp_path / "site", "[replay.games]\nrace = shelf:RACE\n"))
    monkeypatch.delenv("REPLAY_TABLES", raising=False)
    fill(tmp_path / "recordings", 3)
    with Recorder(tmp_path / "recordings" / "evil.replay", RACE, seed=5, players=["\x1b[31m[red]", "=1+1"]) as recorder:
        for row in random_inputs(RACE, 30, 2):
            recorder.step(row)
    monkeypatch.chdir(tmp_path)


def test_recordings_become_tables_once_and_are_asked(call):
    code, out, err = call("tables", "--json")
    assert code == 0 and err.startswith("4 new in")
    assert [json.loads(line)["status"] for line in out.splitlines()] == ["new"] * 4
    assert call("tables")[2].startswith("4 known in")
    code, out, _ = call("query", "select map, count(*) as n, avg(seconds) as s from matches group by map order by map nulls last")
    assert code == 0 and out.split() == ["map", "n", "s", "duel", "1", "2.517", "plaza", "2", "2.517", "1", "0.500"]


def test_a_recording_that_cannot_be_counted_is_named_and_the_others_are_counted(call, tmp_path):
    (tmp_path / "recordings" / "a.replay").write_bytes(b"none")
    code, _, err = call("tables")
    assert code == 1 and "recordings/a.replay" in err and "4 new, 1 skipped" in err


def test_names_of_strangers_reach_neither_the_terminal_nor_a_spreadsheet(call):
    call("tables")
    question = "select player, won, played from players where file like '%evil%' order by seat"
    out = call("query", question)[1]
    assert "\x1b" not in out and "[red]" in out
    rows = list(csv.DictReader(io.StringIO(call("query", question, "--csv")[1])))
    assert rows[1]["player"] == "'=1+1"
    rows = [json.loads(line) for line in call("query", question, "--json")[1].splitlines()]
    assert [row["player"] for row in rows] == ["\x1b[31m[red]", "=1+1"] and type(rows[0]["won"]) is bool


def test_a_board_ranks(call):
    call("tables")
    rows = [json.loads(line) for line in call("board", "--of", "presses", "--json", "--top", "2")[1].splitlines()]
    assert [row["rank"] for row in rows] == [1, 2] and rows[0]["presses per match"] >= rows[1]["presses per match"]
    code, _, err = call("board", "--of", "press")
    assert code == 2 and "did you mean presses?" in err
    assert call("board", "--where", "map = 'nowhere'")[0] == 1


def test_the_schema_names_what_games_bring(call):
    call("tables")
    rows = [json.loads(line) for line in call("query", "--schema", "--json")[1].splitlines()]
    meanings = {(row["table"], row["column"]): row["meaning"] for row in rows}
    assert meanings["players", "presses"] == meanings["events", "amount"] == meanings["players", "map"] == "of the game"
    assert all(row["meaning"] for row in rows) and {row["table"] for row in rows} == {"matches", "players", "events", "states"}
    assert ("events", "second") in meanings and "the key" not in meanings["events", "second"]


def test_the_schema_says_which_term_of_a_search_asks_for_the_same(call):
    call("tables")
    call("index")
    rows = [json.loads(line) for line in call("query", "--schema", "--json")[1].splitlines()]
    asked_by = {term.rstrip(":"): (row["table"], row["column"]) for row in rows for term in row["search"].split()}
    assert asked_by.keys() == FIELDS_ASKED and asked_by["winner"] == ("players", "won")
    for field, value in (("player", "Ann"), ("rules", "1"), ("outcome", "sum"), ("bot", "*"), ("length", "0:02")):
        assert call("ls", f"{field}:{value}")[0] in (0, 1)


def test_recordings_that_are_not_there_leave_no_folder(call, tmp_path):
    code, _, err = call("tables", "nowhere.replay", "-o", "new")
    assert code == 5 and err == "replay: no recordings in nowhere.replay\n" and not (tmp_path / "new").exists()
    code, _, err = call("tables", "recordings", "nowhere.replay")
    assert code == 1 and "nowhere.replay: No such file or directory; look for its name: ls ." in err and "Errno" not in err


def test_what_is_no_question_is_an_error_that_says_what_is(call):
    assert call("query")[0] == 2
    code, _, err = call("query", "select 1")
    assert code == 2 and "replay tables recordings/ -o tables" in err
    call("tables")
    code, _, err = call("query", "drop table matches")
    assert code == 2 and "one SELECT" in err
    code, _, err = call("query", "select presess from players")
    assert code == 2 and "did you mean presses?" in err


@pytest.mark.parametrize(("package", "name"), [("pyarrow", "pyarrow"), ("duckdb", "DuckDB")])
@pytest.mark.parametrize("command", ["tables", "query", "board"])
def test_without_the_extra_a_command_says_which_one(call, monkeypatch, package, name, command):
    for module in [module for module in sys.modules if module.startswith("replay.find.tables")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    code, out, err = call(command, *(["select 1"] if command == "query" else []))
    assert code == 6 and not out
    assert err.splitlines() == [
        f"replay: this needs {name}, which is not installed",
        "        pip install 'deterministic-replay[analysis]'",
    ]
