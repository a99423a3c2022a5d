"""The commands that read: stats, plot, index, ls, search, events, clip, strip, pack, mark."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from installed import install
from patience import PATIENCE_SECONDS
from shelf import RACE, fill
from toys import COUNTER, random_inputs

from replay import Player, Recorder, Recording, verify
from replay.find.edit import clip_start
from replay.read.readmodel import Grid, Matrix, Series, Table

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """A folder with recordings in it, where their games are installed."""
    games = "race = shelf:RACE\ncounter = toys:COUNTER\n"
    monkeypatch.syspath_prepend(install(tmp_path / "site", f"[replay.games]\n{games}"))
    monkeypatch.delenv("REPLAY_LIBRARY", raising=False)
    fill(tmp_path / "recordings", 4)
    monkeypatch.chdir(tmp_path)


FILE = Path("recordings/001.replay")


def test_stats_is_a_table_with_the_names_of_the_players(call):
    code, out, _ = call("stats", FILE)
    head, *rows = out.splitlines()
    assert code == 0 and head.split() == ["name", "presses"]
    assert [row.split()[0] for row in rows] == ["Ben", "Cem"]


def test_stats_as_json_and_as_csv_say_the_same(call):
    data = json.loads(call("stats", FILE, "--json")[1])["presses"]["players"]
    rows = list(csv.DictReader(io.StringIO(call("stats", FILE, "--csv")[1])))
    assert [(row["name"], int(row["presses"])) for row in rows] == [(row["name"], row["presses"]) for row in data]


def test_stats_of_two_halves_add_up(call):
    def presses(*options):
        return [row["presses"] for row in json.loads(call("stats", FILE, "--json", *options)[1])["presses"]["players"]]

    first, second = presses("--to", "1s"), presses("--from", "60")
    assert [a + b for a, b in zip(first, second, strict=True)] == presses()


@pytest.mark.parametrize(
    ("result", "line"), [(5, "result  5"), ({"players": 2}, "players  2"), ({"presses": 5}, "presses  5"), ([{"a": 1}], "1  a:1")]
)
def test_stats_shows_any_plain_result_by_name_and_value(call, monkeypatch, result, line):
    monkeypatch.setattr("shelf.Presses.result", lambda self: result)
    assert call("stats", FILE) == (0, f"{line}\n", "")
    assert json.loads(call("stats", FILE, "--json")[1]) == {"presses": result}
    assert call("stats", FILE, "--csv")[:2] == (0, "name,value\n" + ",".join(line.split()) + "\n")
    assert call("index")[0] == 0


def test_results_are_shown_by_their_type_whatever_they_are_called(call, monkeypatch):
    def shown(result):
        monkeypatch.setattr("shelf.Presses.result", lambda self: result)
        code, out, err = call("stats", FILE)
        assert code == 0 and not err
        return out.splitlines()

    feed = Table([{"tick": 90, "hit_by": "Ann", "seat": 0}], tick="tick", hidden=("seat",))
    assert shown(feed) == ["    time  hit by", "00:01.50  Ann"]
    assert shown(Table([], tick="tick")) == ["nothing"]
    assert shown(Matrix("hits", ["a", "b"], ["x", "y"], [[1, 20], [3, 4]])) == ["row  x   y", "a    1  20", "b    3   4"]
    assert shown(Series(["Ann"], [0, 60], {"sum": [[0, 7]]})) == ["sum  0 to 7", "  Ann  ▁█  7"]
    assert shown(Grid({"steps": [[0, 4], [0, 0]]}, 16, [[1, 0], [0, 0]])) == ["steps  up to 4 in a cell", "#█"]


@pytest.mark.parametrize(
    "options", ["--projection nosuch", "--from 100 --to 50", "--from 99999", "--csv --projection presses --projection presses"]
)
def test_stats_that_cannot_be_are_refused(call, options):
    code, out, err = call("stats", FILE, *options.split())
    assert code == 2 and not out and err.startswith("replay: ")


def test_a_library_is_made_listed_and_searched(call):
    code, _, err = call("index")
    assert code == 0 and err.startswith("4 new in")
    assert Path("recordings/library.sqlite").exists()
    assert call("index")[2].startswith("4 known in")
    code, out, _ = call("ls", "map:duel", "--sort", "file")
    assert code == 0 and [line.split()[4:6] for line in out.splitlines()] == [["duel", f"recordings/00{n}.replay"] for n in (1, 3)]
    code, out, _ = call("ls", "--json", "--player", "Zoë", "--longer", "2.5s")
    assert code == 0 and {json.loads(line)["path"] for line in out.splitlines()} == {
        "recordings/002.replay",
        "recordings/003.replay",
    }
    code, out, err = call("ls", "--map", "nowhere")
    assert code == 1 and not out and "no recording matches" in err


def test_what_must_not_hold_may_be_said_first(call):
    call("index")
    code, out, _ = call("ls", "-map:duel", "--sort", "file")
    assert code == 0 and [line.split()[4] for line in out.splitlines()] == ["plaza", "plaza"]
    code, out, _ = call("search", "-player:Ann", "--kind", "press", "-l", "--limit", 5)
    assert code == 0 and len(out.splitlines()) == 5 and " in 0.0 s" in out and "/001" not in out


def test_a_list_says_where_it_goes_on_and_is_a_table_for_spreadsheets(call):
    call("index")
    code, out, err = call("ls", "--sort", "file", "--limit", 3, "--csv")
    rows = list(csv.DictReader(out.splitlines()))
    assert code == 0 and [row["path"] for row in rows] == [f"recordings/00{n}.replay" for n in range(3)]
    assert rows[0]["players"] == "Ann, Ben" and rows[0]["verdict"] == "ok"
    rest = call("ls", "--sort", "file", "--csv", *err.split()[-2:])
    assert [row["path"] for row in csv.DictReader(rest[1].splitlines())] == ["recordings/003.replay"] and not rest[2]
    code, out, _ = call("search", "--kind", "press", "--limit", 2, "--csv")
    assert code == 0 and ["@" in row["moment"] for row in csv.DictReader(out.splitlines())] == [True, True]
    code, _, err = call("ls", "--from", "here")
    assert code == 2 and "no cursor" in err


def test_a_library_is_found_from_folders_inside_of_it(call, monkeypatch):
    call("index")
    inside = Path("recordings/deep/inside")
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    code, out, _ = call("ls", "map:duel", "--sort", "file")
    assert code == 0 and [line.split()[5] for line in out.splitlines()] == ["../../001.replay", "../../003.replay"]


def test_search_prints_moments_that_other_commands_take(call):
    call("index")
    code, out, _ = call(
        "search", "--kind", "press", "--player", "Ann", "--as", "actor", "--within", "1s", "--at-least", 3, "--limit", 2
    )
    moments = out.splitlines()
    assert code == 0 and len(moments) == 2
    for moment in moments:
        code, out, _ = call("show", moment)
        assert code == 0 and f"tick {moment.split('@')[1]} " in out
    code, out, err = call("search", "--kind", "pres")
    assert code == 2 and not out and "no match here has the kind 'pres'" in err and "did you mean press?" in err
    code, out, err = call("search", "--kind", "press", "--within", "0s", "--at-least", 99)
    assert code == 1 and "no such moment" in err
    assert "1 in 0.0 s" in call("search", "--kind", "luck", "--long")[1]
    told = json.loads(call("search", "--kind", "luck", "--json", "--limit", 1)[1])
    assert told["moment"] == f"{told['path']}@{told['tick']}"


def test_index_tells_what_is_broken_and_goes_on(call):
    Path("recordings/bad.replay").write_text("nonsense")
    code, out, err = call("index", "--json")
    assert code == 3 and "bad.replay: unreadable: is not a recording" in err and "4 new, 1 broken" in err
    assert {json.loads(line)["status"] for line in out.splitlines()} == {"new", "broken"}
    Path("recordings/bad.replay").unlink()
    for options, said in ((["--dry-run"], "1 file would be forgotten"), ([], "1 file forgotten"), ([], "0 files forgotten")):
        code, out, err = call("prune", *options)
        assert code == 0 and said in err and len(out.splitlines()) == int(said[0])


def test_without_a_library_or_recordings_there_is_nothing_to_do(call, monkeypatch, tmp_path):
    assert call("ls")[0] == 5
    assert call("index", "nowhere")[0] == 5
    (tmp_path / "empty").mkdir()
    assert call("index", "empty")[0] == 5
    monkeypatch.setenv("REPLAY_LIBRARY", "elsewhere.sqlite")
    assert call("ls")[0] == 5
    assert not Path("elsewhere.sqlite").exists()
    monkeypatch.setenv("REPLAY_LIBRARY", "nonsense://")
    assert call("ls")[0] == 2


def test_the_library_can_be_elsewhere(call, monkeypatch):
    monkeypatch.setenv("REPLAY_LIBRARY", "sqlite:///other.sqlite")
    call("index")
    assert Path("other.sqlite").exists() and not Path("recordings/library.sqlite").exists()
    assert len(call("ls")[1].splitlines()) == 4


def test_events_are_lines_with_positions_to_go_on_from(call):
    code, out, _ = call("events", FILE, "--json")
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and len(events) > 20
    rest = [json.loads(line) for line in call("events", FILE, "--json", "--after", events[10]["position"])[1].splitlines()]
    assert rest == events[11:]
    code, out, _ = call("events", FILE, "--kind", "luck")
    assert code == 0 and all("luck" in line for line in out.splitlines())
    assert call("events", FILE, "--after", "soon")[0] == 2


def test_clip_strip_pack_and_mark(call, tmp_path):
    assert call("mark", FILE, "--at", "1s", "here")[0] == 0
    assert call("mark", FILE, "--list")[1].split() == ["00:01.00", "tick", "60", "here"]
    assert call("clip", FILE, "--from", "@here", "--to", "2s", "-o", "clip.replay")[0] == 0
    assert call("clip", FILE, "--from", "@here", "--to", "2s", "--whole", "-o", "whole.replay")[0] == 0
    for name, start in (("clip", 60), ("whole", 0)):
        with Recording(f"{name}.replay") as new:
            assert (clip_start(new), new.start_tick, new.ticks) == (60, start, 120)
        assert verify(f"{name}.replay", RACE).is_ok
    for command in ("strip", "pack"):
        code, out, _ = call(command, FILE, "-o", f"{command}.replay")
        assert code == 0 and "bytes" in out
        assert verify(f"{command}.replay", RACE).is_ok
        code, out, err = call(command, FILE, "-o", f"{command}.replay")
        assert code == 2 and "exists" in err
    assert call("mark", FILE)[0] == call("mark", FILE, "text")[0] == call("mark", FILE, "--auto")[0] == 2


def test_mark_auto_marks_the_rows_that_have_a_title(call, monkeypatch):
    rows = [{"at": 30, "what": "a lead"}, {"at": 60, "what": "x" * 9999}]
    monkeypatch.setattr("shelf.Presses.result", lambda self: Table(rows, tick="at", title="what"))
    code, out, _ = call("mark", FILE, "--auto")
    assert code == 0 and out.splitlines()[0] == "00:00.50  tick 30  a lead"
    assert call("mark", FILE, "--auto") == (0, "", "")
    assert len(call("mark", FILE, "--list", "--json")[1].splitlines()) == 2


def test_cat_and_events_name_the_players_and_keep_the_fields(call):
    names = {0: "Ben", 1: "Cem"}
    for arguments in (["cat", FILE], ["events", FILE]):
        code, out, _ = call(*arguments)
        events = [json.loads(line) for line in call(*arguments, "--json")[1].splitlines()]
        assert code == 0 and len(events) > 20
        for line, event in zip(out.splitlines(), events, strict=True):
            assert line.endswith(f"  {event['kind']:<10}  actor {names[event['actor']]}  amount {event['amount']}")
    for number, line in enumerate(call("cat", "--inputs", FILE)[1].splitlines(), 1):
        version, _, _, word, name = line.split()[:5]
        assert (int(version), word) == (number, "player")
        assert name in names.values()


def test_a_plot_is_chosen_by_type_or_by_the_name_of_a_line(call, monkeypatch):
    pytest.importorskip("matplotlib")
    series = Series(["a", "b"], [0, 60], {"sum": [[0, 1], [0, 2]], "luck": [[0, 0], [0, 1]]})
    monkeypatch.setattr("shelf.Presses.result", lambda self: series)
    drawn = []
    monkeypatch.setattr("replay.watch.plot.save", lambda result, *_, **__: drawn.append(list(result.lines)))
    for what in ([], ["--what", "luck"], ["--what", "timeline"]):
        assert call("plot", FILE, "-o", "x.png", *what)[0] == 0
    assert drawn == [["sum"], ["luck"], ["sum", "luck"]]
    code, _, err = call("plot", FILE, "-o", "x.png", "--what", "score")
    assert code == 2 and "timeline, heatmap, matrix, sum, luck" in err


def test_plot_of_what_the_game_does_not_offer_is_refused(call):
    code, _, err = call("plot", FILE, "-o", "x.png", "--what", "heatmap")
    assert code == 2 and "no projection for the plot 'heatmap'" in err and not Path("x.png").exists()


@pytest.mark.parametrize("command", ["ls", "search --kind death", "events x", "stats x", "clip x -o y", "index"])
def test_reading_commands_start_without_what_they_do_not_use(command, tmp_path):
    heavy = {"pygame", "numba", "rich", "matplotlib", "multiprocessing"} | (
        {"sqlalchemy"} if command[:2] in ("ev", "st", "cl") else set()
    )
    script = (
        f"import sys; sys.argv = ['replay', *{command.split()!r}]\n"
        f"from replay.cli.commands import replay\nfrom replay.cli.common import run\nrun(replay, 'replay')\n"
        f"print([name for name in {sorted(heavy)!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True
    )
    assert done.stdout == "[]\n", done.stderr


def test_events_reach_a_pipe_as_they_are_written(call, tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path / "site"), str(ROOT), str(Path(__file__).parents[1])])}
    command = [sys.executable, "-m", "replay", "events", str(FILE), "--follow", "--json"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        first = json.loads(process.stdout.readline())
        assert len(process.stdout.readlines()) > 20
        assert process.wait(PATIENCE_SECONDS) == 0
    assert first["position"].endswith(":0")


def test_ids_of_players_are_shown_and_listed(call, tmp_path):
    for number, seat in enumerate((Player("Ann", id="u-17"), Player("Ann"))):
        with Recorder(tmp_path / f"{number}.replay", COUNTER, seed=1, players=[seat, "Ben"], config={}) as recorder:
            recorder.step(random_inputs(COUNTER, 1, 2)[0])
    assert "Ann  (human)  u-17" in call("info", tmp_path / "0.replay")[1]
    assert json.loads(call("info", tmp_path / "1.replay", "--json")[1])["players"][0] == {"name": "Ann", "kind": "human"}
    assert call("index", tmp_path)[0] == 0
    line = call("ls", "player_id:u-17", "--json", "--library", tmp_path / "library.sqlite")[1]
    assert json.loads(line)["player_ids"] == ["u-17", ""]
