"""A player who plays under several names is found, counted and ranked as one, by the id."""

import pytest
import sqlalchemy as sa
from shelf import RACE, find
from toys import random_inputs

from replay import Player, Recorder, Recording, UsageError
from replay.find.library import Library
from replay.find.library.database import writing
from replay.find.sieve import Known, KnownPlayer, sieve

SEATS = (
    [Player("Ann", id="u-17"), Player("Ben", id="u-18")],
    [Player("Annie", "bot:hunter", "u-17"), Player("Ann", id="U-17")],
    [Player("Ann"), Player("Cem")],
)


@pytest.fixture
def shelf(tmp_path):
    paths = []
    for number, players in enumerate(SEATS):
        paths.append(tmp_path / "shelf" / f"{number}.replay")
        paths[0].parent.mkdir(exist_ok=True)
        with Recorder(paths[-1], RACE, seed=number, players=players, config={"map": "duel"}) as recorder:
            for row in random_inputs(RACE, 60, 2, number):
                recorder.step(row)
    return paths


@pytest.fixture
def library(tmp_path, shelf):
    with Library(tmp_path / "library.sqlite", find_game=find) as library:
        list(library.index(shelf))
        yield library


SEARCHES = {
    "player_id:u-17": "01",
    "player_id:U-17": "1",
    "player_id=u-18": "0",
    "player_id:u-*": "",
    "player_id:nobody": "",
    "-player_id:u-17": "2",
    "player_id!=u-17": "012",
    "player_id:u-17 player:annie": "1",
    "player_id:u-17 presses>=1": "01",
    "player_id:u-18 presses>=100000": "",
}


@pytest.mark.parametrize("search", SEARCHES)
def test_searches_find_the_id_as_it_is_written(library, search):
    assert "".join(sorted(entry.path.stem for entry in library.find(search))) == SEARCHES[search]


def test_a_list_without_a_library_finds_the_same(library):
    for search, expected in SEARCHES.items():
        if "presses" in search:
            continue
        known = [
            Known(str(number), players=[KnownPlayer(p.name, p.kind, id=p.id) for p in players])
            for number, players in enumerate(SEATS)
        ]
        assert "".join(each.path for each in known if sieve(search)(each)) == expected, search


def test_an_id_has_no_order(library):
    for ask in (library.find, sieve):
        with pytest.raises(UsageError, match="player_id has no order"):
            ask("player_id>u")


def test_entries_name_them_where_there_are_any(library):
    assert [entry.player_ids for entry in library.find(sort="file")] == [("u-17", "u-18"), ("u-17", "U-17"), ()]


def test_tables_have_them_and_a_board_ranks_by_them(library, shelf, tmp_path):
    pytest.importorskip("duckdb")
    from replay.find.tables import Board, Questions, tables_of
    from replay.find.tables import fill as fill_tables

    assert sorted(library.players()["player_id"].to_pylist(), key=str) == [None, None, "U-17", "u-17", "u-17", "u-18"]
    with Recording(shelf[1]) as recording:
        assert tables_of(recording, RACE).players["player_id"].to_pylist() == ["u-17", "U-17"]
    list(fill_tables(tmp_path / "tables", shelf, find))
    with Questions(tmp_path / "tables") as asked:
        ranked = Board(by=("player_id",), of="presses", per="total").answer(asked).to_pylist()
    assert {row["player_id"]: row["matches"] for row in ranked} == {"u-17": 2, "u-18": 1, "U-17": 1}


def test_a_library_of_before_is_brought_up_to_date(library, tmp_path):
    with writing(library._engine) as connection:
        connection.execute(sa.text("DROP INDEX replay_players_by_id"))
        connection.execute(sa.text("ALTER TABLE replay_players DROP COLUMN player_id"))
        connection.execute(sa.text("UPDATE replay_meta SET value = '3'"))
    with Library(tmp_path / "library.sqlite", find_game=find) as again:
        assert len(again.find("player:Ann")) == 3 and not again.find("player_id:u-17")
        again.forget(tmp_path / "shelf" / "0.replay")
        list(again.index([tmp_path / "shelf"]))
        assert [entry.path.name for entry in again.find("player_id:u-17")] == ["0.replay"]
        names = {index["name"] for index in sa.inspect(again._engine).get_indexes("replay_players")}
        assert names == {"replay_players_by_key", "replay_players_by_id"}
