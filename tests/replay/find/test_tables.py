"""Matches as tables: right values, every match once whenever the writer is killed, and SQL that reaches nothing else."""

from __future__ import annotations

import os
from collections import Counter as Counts
from contextlib import nullcontext
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from patience import PATIENCE_SECONDS
from shelf import RACE, Presses, Race, RaceMatch, fill, find
from talk import Talk, record_talk
from toys import random_inputs

from replay import Playback, Recorder, Recording, ReplayError, UnverifiableError, UsageError
from replay.find.library import Library
from replay.find.tables import Board, Questions, TablesError, filling, tables_of
from replay.find.tables import fill as fill_tables
from replay.find.tables.columns import array_of, joined
from replay.find.tables.schema import MOST_COLUMNS, TABLES, column_names
from replay.find.tables.store import MANIFEST, MOST_FILES, Store, Writer
from replay.prove.child import Child

HERE = Path(__file__).parents[1]


@pytest.fixture
def shelf(tmp_path):
    return fill(tmp_path / "shelf", 8)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "tables"


def filled(folder, paths, game=find, **options):
    return [filed.status for filed in fill_tables(folder, paths, game, **options)]


def content(folder):
    """All rows that a question sees."""
    with Questions(folder) as asked:
        return {name: sorted(map(repr, asked.ask(f"select * from {name}").to_pylist())) for name in TABLES}


def stored(folder):
    """The rows of the tables as they are in files, by match."""
    tables = {
        name: [pq.ParquetFile(path).read() for path in Store(folder).files(name)] for name in ("matches", "players", "events")
    }
    return {name: Counts(match for part in parts for match in part["match"].to_pylist()) for name, parts in tables.items()}


# --- one match ---


def test_the_rows_of_a_match_are_what_a_loop_over_its_events_counts(shelf):
    with Recording(shelf[3]) as recording:
        tables = tables_of(recording, RACE)
        playback = Playback(RACE, recording)
        events = playback.step(playback.ticks)
        identity, winners = recording.identity(), playback.match.result()["winners"]
    names = ("Zoë", "Ann")
    (match,) = tables.matches.to_pylist()
    assert (match["match"], match["game"], match["rules"], match["map"], match["seed"]) == (identity, "race", 1, "duel", "3")
    assert (match["seats"], match["ticks"], match["seconds"]) == (2, 153, 153 / 60)
    assert match["winners"] == [names[seat] for seat in winners] and match["outcome"] == playback.match.result()["reason"]
    rows = tables.events.to_pylist()
    assert [(row["tick"], row["kind"], row["actor"], row["actor_seat"], row["amount"]) for row in rows] == [
        (int(event["tick"]), RACE.event_kinds[event["kind"]], names[event["actor"]], int(event["actor"]), int(event["amount"]))
        for event in events
    ]
    order = [(row["tick"], row["place"]) for row in rows]
    assert order == sorted(order) and len(set(order)) == len(order) and {row["target"] for row in rows} == {None}
    presses = Counts(row["actor"] for row in rows if row["kind"] == "press")
    assert [(row["player"], row["seat"], row["won"], row["presses"]) for row in tables.players.to_pylist()] == [
        (name, seat, seat in winners, presses[name]) for seat, name in enumerate(names)
    ]


def test_states_are_those_of_every_so_many_ticks_and_of_the_last(shelf):
    with Recording(shelf[0]) as recording:
        states = tables_of(recording, RACE, every=60).states.to_pylist()
        playback = Playback(RACE, recording)
        for row in states:
            playback.seek(row["tick"])
            assert row["players_sum"] == playback.match.state["players"]["sum"][0].tolist()
    assert [row["tick"] for row in states] == [0, 60, 120, 150]


def test_a_game_with_listed_events_has_tables_and_none_of_states_without_fields(tmp_path):
    path = tmp_path / "talk.replay"
    record_talk(path)
    with Recording(path) as recording:
        rows = tables_of(recording, Talk()).events.to_pylist()
        assert rows and {row["kind"] for row in rows} == {"said"} and all(type(row["amount"]) is int for row in rows)
        assert {row["actor_seat"] for row in rows} <= {0, 1}
        with pytest.raises(UsageError, match="no fields"):
            tables_of(recording, Talk(), every=10)


class Other(Race):
    rules = 2


class CrookedMatch(RaceMatch):
    def advance(self, inputs):
        events = super().advance(inputs)
        self.state["players"]["luck"] += 1
        return events


class Crooked(Race):
    match = CrookedMatch


class Stumbling(Presses):
    def observe(self, events, match):
        raise IndexError("a stranger's")


class Stumbled(Race):
    projections = MappingProxyType({"presses": Stumbling})


def test_what_does_not_agree_or_cannot_be_counted_gives_no_rows(shelf, folder):
    with Recording(shelf[0]) as recording:
        with pytest.raises(UnverifiableError, match="rules 1; here is race, rules 2"):
            tables_of(recording, Other())
        with pytest.raises(ReplayError, match="diverged"):
            tables_of(recording, Crooked())
        with pytest.raises(ReplayError, match="a projection of race cannot count it"):
            tables_of(recording, Stumbled())
    assert filled(folder, shelf[:2], lambda name: Crooked()) == ["skipped"] * 2
    assert filled(folder, shelf[:2]) == ["new"] * 2


# --- names and values of strangers ---


def test_names_of_columns_are_plain_and_none_comes_twice():
    names = ["map", "Map", "MAP ", "seconds", "", "1", 'a"; drop table b --', "a.b", "a_b", "größe", "match", "x" * 300]
    columns = column_names(names, ["match", "seconds"], "config")
    assert [*columns] == sorted(names) and len({*columns.values()}) == len(names)
    assert all(column.isascii() and column.replace("_", "a").isalnum() and column[0].isalpha() for column in columns.values())
    assert not {*columns.values()} & {"match", "seconds"} and columns["seconds"] == "config_seconds"
    assert len(column_names(map(str, range(9999)), [], "n")) == MOST_COLUMNS


@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        ([1, None, -5], pa.int64(), [1, None, -5]),
        ([1, 2.5], pa.float64(), [1.0, 2.5]),
        ([True, None], pa.bool_(), [True, None]),
        ([True, 1], pa.string(), ["true", "1"]),
        ([2**63, 1], pa.string(), [str(2**63), "1"]),
        ([2**60, 0.5], pa.string(), [str(2**60), "0.5"]),
        (["a", 1, [2, {"b": None}]], pa.string(), ["a", "1", '[2, {"b": null}]']),
        (["\ud800", b"\0"], pa.string(), ["?", "\"b'\\\\x00'\""]),
        ([None], pa.null(), [None]),
        ([], pa.null(), []),
    ],
)
def test_plain_data_gets_a_type(values, kind, expected):
    array = array_of(values)
    assert (array.type, array.to_pylist()) == (kind, expected)


def test_tables_whose_columns_have_other_types_are_joined():
    parts = [pa.table({"a": [1], "b": ["x"]}), pa.table({"a": [2.5], "c": [1]}), pa.table({"b": [7], "c": [None]})]
    assert joined(parts).to_pylist() == [
        {"a": 1.0, "b": "x", "c": None},
        {"a": 2.5, "b": None, "c": 1},
        {"a": None, "b": "7", "c": None},
    ]


def test_settings_and_names_of_strangers_are_data(tmp_path, folder):
    path, evil = tmp_path / "evil.replay", 'x"); drop table players; --'
    config = {"map": evil, "Map": 1, "match": "no", "rank": 2, "kind": "k", "seat": 9, evil: "y"}
    with Recorder(path, RACE, seed=1, players=[evil, "=1+1"], config=config) as recorder:
        for row in random_inputs(RACE, 30, 2):
            recorder.step(row)
    assert filled(folder, [path], find) == ["new"]
    with Questions(folder) as asked:
        (match,) = asked.ask("select * from matches").to_pylist()
        assert (
            match["map_2"] == evil and match["map"] == 1 and match["config_match"] == "no" and match["x_drop_table_players"] == "y"
        )
        players = asked.ask("select player, seat, kind, map_2, rank from players order by seat").to_pylist()
        assert [(row["player"], row["seat"], row["rank"]) for row in players] == [(evil, 0, 2), ("=1+1", 1, 2)]
        assert Board(of="rank", per="total").answer(asked).to_pylist()[0]["rank total"] == 2


def test_a_setting_that_is_a_number_here_and_a_word_there_is_text(tmp_path, folder):
    for number, size in enumerate((1, "big", 2)):
        path = tmp_path / f"{number}.replay"
        with Recorder(path, RACE, seed=1, players=["a", "b"], config={"size": size, f"only{number}": 1}) as recorder:
            recorder.step(random_inputs(RACE, 1, 2)[0])
        if number:
            filled(folder, [tmp_path / "0.replay", path])  # together, and in another file
    with Questions(folder) as asked:
        rows = asked.ask("select size, only0, only2 from matches order by size").to_pylist()
    assert rows == [
        {"size": "1", "only0": 1, "only2": None},
        {"size": "2", "only0": None, "only2": 1},
        {"size": "big", "only0": None, "only2": None},
    ]


# --- every match once ---


def test_a_match_is_added_once_whatever_its_files(folder, shelf, tmp_path):
    assert filled(folder, shelf[:5]) == ["new"] * 5
    before = content(folder)
    (tmp_path / "copy.replay").write_bytes(shelf[0].read_bytes())
    (tmp_path / "broken.replay").write_bytes(b"no recording")
    files = [*shelf[:5], tmp_path / "copy.replay", tmp_path / "broken.replay", tmp_path / "none.replay"]
    assert filled(folder, files) == ["known"] * 5 + ["copy", "skipped", "skipped"]
    assert content(folder) == before
    assert filled(folder, shelf) == ["known"] * 5 + ["new"] * 3
    assert len(content(folder)["matches"]) == 8 and not set(before["events"]) - set(content(folder)["events"])


def test_what_is_known_is_not_read_again(folder, shelf, monkeypatch):
    filled(folder, shelf)
    monkeypatch.setattr(filling, "Recording", None)
    assert filled(folder, shelf) == ["known"] * 8


class Newer(Presses):
    version = 2

    def result(self):
        table = super().result()
        for row in table.rows:
            row["presses"] += 1000
        return table


class Renewed(Race):
    projections = MappingProxyType({"presses": Newer})


def test_newer_projections_count_again_and_a_question_sees_the_newest_only(folder, shelf):
    filled(folder, shelf[:4])
    assert filled(folder, shelf[:2], lambda name: Renewed()) == ["again"] * 2
    assert filled(folder, shelf[:2], lambda name: Renewed()) == ["known"] * 2
    with Questions(folder) as asked:
        rows = asked.ask("select m.file, presses >= 1000 as newer from players p join matches m using (match)").to_pylist()
        assert asked.ask("select count(*) n from events").to_pylist() == [{"n": len(_events_of(shelf[:4]))}]
    assert sorted((row["file"][-10:], row["newer"]) for row in rows) == [
        (f"{number:03}.replay", number < 2) for number in range(4) for _ in range(2)
    ]


def _events_of(paths):
    rows = []
    for path in paths:
        with Recording(path) as recording:
            rows += tables_of(recording, RACE).events.to_pylist()
    return rows


class Stopped(BaseException):
    pass


def test_a_writer_that_is_stopped_at_any_call_of_the_system_leaves_all_of_a_batch_or_nothing(shelf, tmp_path, monkeypatch):
    monkeypatch.setattr(filling, "BATCH_MATCHES", 1)
    monkeypatch.setattr("replay.find.tables.store.MOST_FILES", 1)
    whole = tmp_path / "whole"
    filled(whole, shelf[:2])
    expected = stored(whole)
    calls = [(os, "fsync"), (os, "write"), (Path, "replace"), (Path, "unlink"), (pq, "write_table"), (os, "ftruncate")]
    left = [0]

    def counting(real):
        def call(*arguments, **options):
            left[0] -= 1
            if left[0] == 0:
                raise Stopped
            return real(*arguments, **options)

        return call

    for owner, name in calls:
        monkeypatch.setattr(owner, name, counting(getattr(owner, name)))
    stops = 0
    for stop in range(1, 1000):
        folder, left[0] = tmp_path / f"{stop}", stop
        try:
            filled(folder, shelf[:2])
        except Stopped:
            stops += 1
        else:
            break
        seen = stored(folder)
        assert len(seen["matches"]) in (0, 1, 2) and all(seen[name].keys() == seen["matches"].keys() for name in seen), stop
        assert all(seen[name].items() <= expected[name].items() for name in seen), stop
        filled(folder, shelf[:2])
        assert stored(folder) == expected, stop
        files = {path.relative_to(folder).as_posix() for path in folder.rglob("*.parquet*")}
        assert files == {path.relative_to(folder).as_posix() for name in TABLES for path in Store(folder).files(name)}, stop
    assert stops > 20


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from shelf import find
from replay.find.tables import filling
filling.BATCH_MATCHES = 2
folder, shelf, seed = sys.stdin.read().split("\\n")
chance, paths, killed, longest = random.Random(int(seed)), sorted(Path(shelf).glob("*.replay")), 0, 0.5
while killed < 10:
    child = os.fork()
    if not child:
        list(filling.fill(folder, paths, find))
        os._exit(0)
    time.sleep(chance.uniform(0, longest))
    os.kill(child, signal.SIGKILL)
    status = os.waitpid(child, 0)[1]
    killed += os.WIFSIGNALED(status)
    longest *= 0.9 if not os.WIFSIGNALED(status) else 1.05
list(filling.fill(folder, paths, find))
answers.write(b"%d" % killed)
answers.flush()
"""


def test_a_writer_that_is_killed_ten_times_adds_every_match_once(shelf, folder, tmp_path):
    whole = tmp_path / "whole"
    filled(whole, shelf)
    task = "\n".join(map(str, (folder, shelf[0].parent, 7))).encode()
    with Child(KILLED, environment={"PYTHONWARNINGS": "ignore"}) as child:
        assert child.run(task, PATIENCE_SECONDS) == b"10", child.last_words()
    assert content(folder) == content(whole)


def test_many_small_files_become_one(folder, shelf):
    for path in shelf:
        filled(folder, [path])
    before = content(folder)
    assert len(Store(folder).files("players")) == 8
    extra = fill(shelf[0].parent, 10)[8:]
    for path in extra:
        filled(folder, [path])
    assert len(Store(folder).files("players")) <= MOST_FILES < 10
    after = content(folder)
    assert all(set(before[name]) <= set(after[name]) for name in TABLES) and len(after["matches"]) == 10


def test_the_file_that_many_become_has_its_events_by_kind(folder, shelf):
    for path in fill(shelf[0].parent, MOST_FILES + 1):
        filled(folder, [path])
    (path,) = Store(folder).files("events")
    kinds = pq.ParquetFile(path).read()["kind"].to_pylist()
    assert kinds == sorted(kinds) and len(set(kinds)) > 1


def test_what_a_list_holds_is_in_a_dictionary_as_other_columns_are(folder, shelf):
    filled(folder, shelf, every=30)
    (path,) = Store(folder).files("states")
    group = pq.ParquetFile(path).metadata.row_group(0)
    columns = {group.column(index).path_in_schema: group.column(index).encodings for index in range(group.num_columns)}
    lists = {name: encodings for name, encodings in columns.items() if name.endswith(".list.element")}
    assert lists and all("RLE_DICTIONARY" in encodings for encodings in lists.values())


def test_each_file_is_looked_into_before_a_question_only_if_columns_differ(folder, shelf, tmp_path):
    def looked_into():
        files = Store(folder).files
        with Questions(folder) as asked:
            return [name for name in TABLES if "union_by_name = True" in asked._source(name, files(name))]

    filled(folder, shelf[:4])
    filled(folder, shelf[4:])
    assert looked_into() == []
    with Recorder(path := tmp_path / "other.replay", RACE, seed=1, players=["a", "b"], config={"other": 1}) as recorder:
        recorder.step(random_inputs(RACE, 1, 2)[0])
    filled(folder, [path])
    assert looked_into() == ["matches"]
    with Questions(folder) as asked:
        rows = asked.ask(
            "select map, other from matches where other is not null or map = 'duel' group by all order by all"
        ).to_pylist()
    assert [row["other"] for row in rows] == [None, 1]


def test_files_that_a_question_counts_on_stay_as_long_as_somebody_asks(folder, shelf):
    def on_disk():
        return {path for name in TABLES for path in (folder / name).rglob("*.parquet")}

    def named():
        return {path for name in TABLES for path in Store(folder).files(name)}

    for path in shelf:
        filled(folder, [path])
    with Questions(folder) as early:
        before = named()
        for path in fill(shelf[0].parent, 10)[8:]:
            filled(folder, [path])
        assert not before & named() and before < on_disk()
        assert early.ask("select count(*) as n from matches").to_pylist() == [{"n": 8}]
        assert early.ask("select count(*) as n from events").to_pylist() == [{"n": len(_events_of(shelf))}]
        with Questions(folder) as late:
            assert late.ask("select count(*) as n from matches").to_pylist() == [{"n": 10}]
    filled(folder, [])
    assert on_disk() == named()


def test_without_the_reader_s_lock_they_would_go(folder, shelf, monkeypatch):
    monkeypatch.setattr("replay.find.tables.sql.kept_for_reading", lambda folder: nullcontext())
    for path in shelf:
        filled(folder, [path])
    with Questions(folder) as early:
        for path in fill(shelf[0].parent, 10)[8:]:
            filled(folder, [path])
        with pytest.raises(UsageError):
            early.ask("select count(*) as n from events where kind = 'press'")


def test_two_writers_keep_apart(folder, shelf):
    with Writer(folder), pytest.raises(ReplayError, match="somebody else is writing"):
        filled(folder, shelf)
    assert filled(folder, shelf[:1]) == ["new"]


def test_a_folder_that_holds_something_else_is_left_alone(folder, shelf):
    folder.mkdir()
    (folder / "photo.png").write_bytes(b"")
    with pytest.raises(TablesError, match="something else"):
        filled(folder, shelf)
    assert [path.name for path in folder.iterdir()] == ["photo.png"]


@pytest.mark.parametrize(
    "line",
    [
        "[]",
        "{}",
        "no",
        '{"files": ["../../../../../etc"], "replaces": []}',
        '{"files": ["/a/b/c/d/e/f"], "replaces": []}',
        '{"files": [1], "replaces": []}',
    ],
)
def test_a_manifest_of_a_stranger_is_refused(folder, line):
    folder.mkdir()
    (folder / MANIFEST).write_text(line + "\n")
    with pytest.raises(TablesError, match="none of a manifest"):
        Questions(folder)


# --- the library ---


def test_a_library_gives_the_same_rows_of_what_it_knows(shelf, tmp_path):
    (tmp_path / "broken.replay").write_bytes(b"none")
    with Library(tmp_path / "library.sqlite", tmp_path, find) as library:
        list(library.index([*shelf, tmp_path / "broken.replay"]))
        given = {name: getattr(library, name)("map:duel").to_pylist() for name in ("matches", "players", "events")}
        assert len(library.matches()) == 8 and len(library.events("player:Ann player:Ben map:duel map:plaza")) == 0
    for name, key in (("matches", ("match",)), ("players", ("match", "seat")), ("events", ("match", "tick", "place"))):
        expected = []
        for path in shelf[1::2]:
            with Recording(path) as recording:
                expected += getattr(tables_of(recording, RACE), name).to_pylist()
        rows = {tuple(row[each] for each in key): row for row in given[name]}
        assert len(rows) == len(given[name]) == len(expected) > 0
        unlike = {"fold", "file", "bytes", "changed_ns", "luck"}
        for row in expected:
            other = rows[tuple(row[each] for each in key)]
            assert {field: row[field] for field in row.keys() - unlike} == {field: other[field] for field in row.keys() - unlike}


# --- questions ---


@pytest.fixture
def asked(folder, shelf):
    filled(folder, shelf, every=30)
    with Questions(folder) as asked:
        yield asked


def test_a_question_is_answered_as_a_loop_answers_it(asked, shelf):
    presses = Counts()
    for path in shelf:
        with Recording(path) as recording:
            for row in tables_of(recording, RACE).players.to_pylist():
                presses[row["player"], "duel" if int(path.stem) % 2 else "plaza"] += row["presses"]
    rows = asked.ask("select player, map, sum(presses) n from players group by all").to_pylist()
    assert {(row["player"], row["map"]): row["n"] for row in rows} == presses
    assert all(type(row["n"]) is int for row in rows)
    states = asked.ask("select count(distinct match) n, max(players_sum[2]) top from states").to_pylist()
    assert states[0]["n"] == 8 and type(states[0]["top"]) is int


@pytest.mark.parametrize(
    "question",
    [
        "select * from read_text('/etc/passwd')",
        "select * from '/etc/passwd'",
        "select * from glob('/*')",
        "select * from read_csv('https://127.0.0.1:1/a.csv')",
        "copy (select 1) to 'out.csv'",
        "explain analyze copy (select 1) to 'out.csv'",
        "attach 'out.db'",
        "set enable_external_access = true",
        "create table a as select 1",
        "select 1; select 2",
        "install httpfs",
        "select * from secret",
        "",
    ],
)
def test_a_question_reaches_nothing_but_the_tables_and_changes_nothing(asked, question, monkeypatch, tmp_path):
    secret = pa.table({"a": [1]})  # a variable of Python is no table
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(UsageError):
        asked.ask(question)
    assert sorted(tmp_path.rglob("*")) == before and secret


def test_a_question_cannot_write_over_the_tables(asked, folder):
    path = Store(folder).files("events")[0]
    with pytest.raises(UsageError):
        asked.ask(f"copy (select 1) to '{path}'")
    assert asked.ask(f"select count(*) > 0 as n from read_parquet('{path}')").to_pylist() == [{"n": True}]


def test_a_wrong_name_says_which_may_be_meant(asked):
    with pytest.raises(UsageError, match="presses"):
        asked.ask("select preses from players")
    with pytest.raises(UsageError, match="no 'preses' to rank by") as caught:
        Board(of="preses").answer(asked)
    assert "did you mean presses?" in caught.value.hint


@pytest.mark.parametrize("per", ["match", "minute", "total", "best"])
def test_a_board_ranks_as_a_loop_does(asked, shelf, per):
    rows = asked.ask("select * from players").to_pylist()
    presses, seconds = {}, Counts()
    for row in rows:
        presses.setdefault(row["player"], []).append(row["presses"])
        seconds[row["player"]] += row["seconds"]
    numbers = {
        name: {"match": np.mean(each), "minute": 60 * sum(each) / seconds[name], "total": sum(each), "best": max(each)}[per]
        for name, each in presses.items()
    }
    answer = Board(of="presses", per=per, top=3).answer(asked).to_pylist()
    best = sorted(numbers, key=lambda name: (-numbers[name], name))[:3]
    title = f"presses {per}" if per in ("total", "best") else f"presses per {per}"
    assert [(row["player"], pytest.approx(row[title])) for row in answer] == [(name, numbers[name]) for name in best]
    assert answer[0]["rank"] == 1 and answer[0]["matches"] == len(presses[best[0]])
    assert Board(of="presses", per=per, at_least=99).answer(asked).num_rows == 0


def test_there_is_nothing_to_ask_without_tables(tmp_path):
    with pytest.raises(UsageError, match="no tables in"):
        Questions(tmp_path)
