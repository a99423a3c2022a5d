"""Fields of any state as rows: names as reports give them, values as they are, and what differs, against brute force."""

import math

import numpy as np
import pytest
from toys import COUNTER

from replay.core.divergence import differences
from replay.watch.model import fields as fields_module
from replay.watch.model.fields import Seats, fields_of, value_text

NESTED = np.dtype(
    [
        ("tick", "<i4"),
        ("world", [("wind", "<f4", (2,)), ("name", "S6")]),
        ("players", [("health", "<i2"), ("ammo", "<i2", (3,)), ("at", [("x", "<f8"), ("y", "<f8")])], (4,)),
        ("shots", [("x", "<i4"), ("owner", "i1")], (5,)),
        ("board", "u1", (3, 4)),
        ("memory", "u1", (40,)),
    ]
)
PATHS = {"tick": 1, "ball.x": 0.5, "score[0]": 3, "score[1]": 5, "pos[0]": 1.0, "pos[1]": 2.0, "board['e4']": "P", "log[0]": "a"}


def random_state(dtype, seed):
    return np.random.default_rng(seed).integers(0, 256, dtype.itemsize, np.uint8).tobytes()


def changed_bytes(state, seed, count):
    rng, out = np.random.default_rng(seed), bytearray(state)
    for at in rng.integers(0, len(state), count).tolist():
        out[at] ^= int(rng.integers(1, 256))
    return bytes(out)


def leaves(dtype, prefix=""):
    """Every leaf by the path that reports give it, with where it lies: the slow and plain way."""

    def inside(kind, path, at):
        if kind.shape:
            for number, index in enumerate(np.ndindex(kind.shape)):
                yield from inside(kind.base, f"{path}[{','.join(map(str, index))}]", at + number * kind.base.itemsize)
        elif kind.names:
            for name in kind.names:
                yield from inside(kind.fields[name][0], f"{path}.{name}" if path else name, at + kind.fields[name][1])
        else:
            yield path, at, kind

    return inside(dtype, prefix, 0)


def holds(cell_path, leaf):
    """Whether a cell is, or has among others, what a report names so."""
    if cell_path == leaf:
        return True
    if ".." in cell_path:
        owner, _, bounds = cell_path[:-1].rpartition("[")
        first, last = map(int, bounds.split(".."))
        return (
            leaf.startswith(f"{owner}[") and leaf[len(owner) + 1 : -1].isdigit() and first <= int(leaf[len(owner) + 1 : -1]) <= last
        )
    inner = leaf.removeprefix(cell_path)
    return (inner != leaf and inner.startswith("[")) or (cell_path.endswith("]") and leaf.startswith(f"{cell_path[:-1]},"))


@pytest.mark.parametrize("players", [0, 3, 4, 64])
def test_every_value_of_a_record_is_in_one_cell_and_is_the_states(players):
    fields, state = fields_of(bytes(NESTED.itemsize), NESTED, Seats(players)), random_state(NESTED, 1)
    cells = {cell.path: number for number, cell in enumerate(fields.cells)}
    assert len(cells) == len(fields.cells)
    shown = sorted(cell for row in fields.rows for cell in row.cells)
    assert shown == list(range(len(fields.cells)))  # each in one row
    for path, at, kind in leaves(NESTED):
        (owner,) = [cell for cell in cells if holds(cell, path)]
        value, wanted = fields.value(state, cells[owner]), np.frombuffer(state, kind, 1, at)[0]
        values = value if isinstance(value, list) else [value]
        wanted = float(str(wanted)) if kind == np.float32 else wanted.item()
        assert any(each == wanted or (each != each and wanted != wanted) for each in values), path


def test_players_are_columns_by_name_and_what_lies_beyond_them_is_not_lost():
    fields = fields_of(bytes(NESTED.itemsize), NESTED, Seats(3))
    rows = {row.name: row for row in fields.rows}
    assert [fields.cells[cell].path for cell in rows["health"].cells] == [f"players[{seat}].health" for seat in range(3)]
    assert rows["at.x"].of_players and rows["ammo"].of_players and not rows["players[3].health"].of_players
    assert fields.seats[rows["ammo"].cells[2]] == 2
    assert "world.wind" in rows and "shots[4].owner" in rows and "board[2]" in rows
    assert [name for name in rows if name.startswith("memory")] == ["memory[0..15]", "memory[16..31]", "memory[32..39]"]


@pytest.mark.parametrize("seed", range(20))
def test_what_differs_between_records_is_what_a_report_names(seed):
    fields, state = fields_of(bytes(NESTED.itemsize), NESTED, Seats(3)), random_state(NESTED, seed)
    other = changed_bytes(state, seed, seed)
    found = {fields.cells[cell].path for cell in fields.differing(state, other)}
    brute = [path for path, at, kind in leaves(NESTED) if state[at : at + kind.itemsize] != other[at : at + kind.itemsize]]
    assert {cell.path for cell in fields.cells if any(holds(cell.path, path) for path in brute)} == found
    records = [np.frombuffer(each, NESTED)[0] for each in (state, other)]
    named = {part.path for part in differences(*records) if not is_nan(part.recorded) and not is_nan(part.computed)}
    assert named <= set(brute)


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


def test_bits_count_not_what_is_equal():
    dtype = np.dtype([("a", "<f8"), ("b", "<f8")])
    fields = fields_of(bytes(16), dtype, Seats())
    states = [np.array([pair], dtype).tobytes() for pair in ((0.0, math.nan), (-0.0, math.nan))]
    assert fields.differing(*states) == {0}
    paths = fields_of({"a": 0.0, "b": math.nan, "c": 1}, None, Seats())
    assert paths.differing({"a": 0.0, "b": math.nan, "c": 1}, {"a": -0.0, "b": math.nan, "c": True}) == {0, 2}


def test_gaps_of_an_aligned_record_are_no_fields():
    dtype = np.dtype([("a", "i1"), ("b", "<i8")], align=True)
    fields = fields_of(bytes(16), dtype, Seats())
    assert fields.differing(bytes(16), b"\0\xff" + bytes(14)) == set()
    assert fields.differing(bytes(16), bytes(15) + b"\1") == {1}


def test_fields_by_paths_are_rows_lists_and_columns():
    fields = fields_of(PATHS, None, Seats(2))
    rows = {row.name: [fields.value(PATHS, cell) for cell in row.cells] for row in fields.rows}
    assert rows == {"score": [3, 5], "tick": [1], "ball.x": [0.5], "pos": [[1.0, 2.0]], "board['e4']": ["P"], "log": [["a"]]}
    assert fields_of(PATHS, None, Seats(2, ())).rows[0].of_players is False
    assert [row.name for row in fields_of(PATHS, None, Seats(2, ("pos",))).rows if row.of_players] == ["pos"]


def test_objects_of_players_by_paths_have_their_lists_in_one_cell():
    state = {f"ships[{ship}].{name}": ship for ship in range(2) for name in ("hull", "pos[0]", "pos[1]")}
    fields = fields_of(state, None, Seats(2))
    rows = {row.name: [fields.value(state, cell) for cell in row.cells] for row in fields.rows if row.of_players}
    assert rows == {"ships.hull": [0, 1], "ships.pos": [[0, 0], [1, 1]]}


def test_what_is_gone_or_new_differs():
    one, two = {"a[0]": 1, "a[1]": 2, "b": 3}, {"a[0]": 1, "c": 4}
    fields = fields_of(two, None, Seats(), one)
    assert {fields.cells[cell].path for cell in fields.differing(one, two)} == {"a", "b", "c"}
    gone = next(number for number, cell in enumerate(fields.cells) if cell.path == "b")
    assert (fields.text(one, gone, {}), fields.text(two, gone, {})) == ("3", "(none)")


def test_parts_of_arrays_that_hold_nothing_are_told_apart():
    fields, state = fields_of(bytes(NESTED.itemsize), NESTED, Seats(4)), np.zeros(1, NESTED)
    state["shots"]["owner"][0, 2] = 1
    names = [row.name for row, is_filled in zip(fields.rows, fields.filled(state.tobytes()), strict=True) if is_filled]
    assert [name for name in names if name[:4] in ("shot", "boar", "memo")] == ["shots[2].x", "shots[2].owner"]
    assert {"tick", "health", "world.name"} <= set(names)


def test_numbers_have_the_words_that_the_story_gives():
    fields = fields_of({"weapon": 1, "guns[0]": 1, "other": 9}, None, Seats())
    words = {"weapon": ("none", "rifle"), "other": ("none",)}
    assert [fields.text({"weapon": 1, "guns[0]": 1, "other": 9}, cell, words) for cell in range(3)] == ["1 rifle", "1", "9"]


ODD = {
    "huge": (1 << 20_000, "0x1000"),
    "long": ("x" * 10_000, "xxx"),
    "empty": ("", '""'),
    "none": (None, "(none)"),
    "nan": (math.nan, "nan"),
    "bytes": (b"\0\1", "0001"),
}


@pytest.mark.parametrize("name", ODD)
def test_any_value_is_told_in_few_letters(name):
    value, text = ODD[name]
    assert value_text(value).startswith(text) and len(value_text(value)) <= 120


def test_what_no_table_could_hold_is_counted(monkeypatch):
    monkeypatch.setattr(fields_module, "MOST_CELLS", 50)
    wide = np.dtype([(f"f{number}", "<i4") for number in range(30)] + [("many", [("x", "<i4"), ("y", "<i4")], (100,))])
    fields = fields_of(bytes(wide.itemsize), wide, Seats(2))
    assert 50 <= len(fields.cells) <= 52 and len(fields.cells) + fields.hidden == 230
    paths = {f"a.f{number}": number for number in range(70)}
    assert fields_of(paths, None, Seats()).hidden == 20


def test_the_toy_has_a_row_for_each_field_and_its_players_columns():
    dtype = COUNTER.new_match(1, 3, {}).state_dtype
    fields = fields_of(bytes(dtype.itemsize), dtype, Seats(3))
    assert [(row.name, len(row.cells)) for row in fields.rows] == [("tick", 1), ("random", 1), ("sum", 3), ("last", 3), ("luck", 3)]
