import json

import numpy as np
import pytest

from replay.read.readmodel import Grid, Matrix, Series, Table, as_data, as_records, columns_of

TABLE = Table([{"name": "Ann", "points": 2, "by_item": {"a": 1}}, {"name": "Ann", "points": 3}], player="name", facts={"tick": 9})
FEED = Table([{"tick": 5, "who": "Ann", "helpers": ["Ben", "Cem"]}], tick="tick")
SERIES = Series(["a", "b"], [0, 60], {"sum": [[1, 2], [3, 4]], "luck": [[0, 0], [0, 7]]})
GRID = Grid({"steps": [[0, 2], [1, 0]]}, 16, walls=[[1, 0], [0, 0]])
MATRIX = Matrix("hits", ["a", "a"], ["a", "a"], [[0, 2], [1, 0]])
OBLONG = Matrix("uses", ["Ann"], ["rope", "lamp"], [[3, 4]])

# Each with its plain data, and its flat rows.
MODELS = {
    "table of players": (
        TABLE,
        {"tick": 9, "players": [{"name": "Ann", "points": 2, "by_item": {"a": 1}}, {"name": "Ann", "points": 3}]},
        [{"name": "Ann", "points": 2, "by_item": "a:1"}, {"name": "Ann", "points": 3}],
    ),
    "table of happenings": (
        FEED,
        [{"tick": 5, "who": "Ann", "helpers": ["Ben", "Cem"]}],
        [{"tick": 5, "who": "Ann", "helpers": "Ben Cem"}],
    ),
    "series": (
        SERIES,
        {"players": ["a", "b"], "ticks": [0, 60], "sum": [[1, 2], [3, 4]], "luck": [[0, 0], [0, 7]]},
        [
            {"tick": 0, "player": "a", "sum": 1, "luck": 0},
            {"tick": 0, "player": "b", "sum": 3, "luck": 0},
            {"tick": 60, "player": "a", "sum": 2, "luck": 0},
            {"tick": 60, "player": "b", "sum": 4, "luck": 7},
        ],
    ),
    "grid": (
        GRID,
        {"cell_pixels": 16, "walls": [[1, 0], [0, 0]], "steps": [[0, 2], [1, 0]]},
        [
            {"layer": "walls", "row": 0, "column": 0, "count": 1},
            {"layer": "steps", "row": 0, "column": 1, "count": 2},
            {"layer": "steps", "row": 1, "column": 0, "count": 1},
        ],
    ),
    "matrix of players": (
        MATRIX,
        {"players": ["a", "a"], "hits": [[0, 2], [1, 0]]},
        [{"player": "a (1)", "a (1)": 0, "a (2)": 2}, {"player": "a (2)", "a (1)": 1, "a (2)": 0}],
    ),
    "matrix": (
        OBLONG,
        {"rows": ["Ann"], "columns": ["rope", "lamp"], "uses": [[3, 4]]},
        [{"row": "Ann", "rope": 3, "lamp": 4}],
    ),
    "number": (5, 5, [{"name": "result", "value": 5}]),
    "mapping": (
        {"players": 2, "by": {"a": 1}},
        {"players": 2, "by": {"a": 1}},
        [{"name": "players", "value": 2}, {"name": "by", "value": "a:1"}],
    ),
    "list": ([{"a": 1}, 7], [{"a": 1}, 7], [{"name": "1", "value": "a:1"}, {"name": "2", "value": 7}]),
    "nothing": ({}, {}, []),
}


@pytest.mark.parametrize("name", MODELS)
def test_every_result_is_plain_data_and_flat_rows(name):
    result, data, records = MODELS[name]
    assert as_data(result) == data == json.loads(json.dumps(as_data(result)))
    assert as_records(result) == records


def test_columns_are_those_of_all_rows_in_order():
    assert columns_of(TABLE.rows) == ["name", "points", "by_item"]
    assert columns_of([]) == []


def test_a_series_is_narrowed_to_one_of_its_lines():
    assert SERIES.only("luck") == Series(["a", "b"], [0, 60], {"luck": [[0, 0], [0, 7]]})


def test_a_grid_of_arrays_is_that_of_the_same_lists():
    cells, walls = np.array([[0, 2], [1, 0]]), np.array([[1, 0], [0, 0]], np.int8)
    grid = Grid({"steps": cells}, 16, walls)
    assert grid == GRID and grid.as_data() == GRID.as_data() and grid.records() == GRID.records()
    json.dumps([grid.as_data(), grid.records()])
    assert all(np.array_equal(grid.as_arrays()[name], each) for name, each in GRID.as_arrays().items())
    assert grid != Grid({"steps": cells + 1}, 16, walls) and grid != Grid({"steps": cells}, 16, walls, [{"steps": cells}])
