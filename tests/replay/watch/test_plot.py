import sys

import pytest

from replay import UsageError
from replay.core.errors import MachineError
from replay.read.readmodel import Grid, Matrix, Series, Table
from replay.watch.plot import save

CELLS = [[0, 1, 2], [3, 0, 1]]
LINE = Series(["$x$", "b\nb", "Zoë"], [0, 60, 120], {"sum": [[0, 1, 2], [0, 0, 2], [0, 0, -1]]})
RESULTS = {
    "grid": Grid({"presses": CELLS, "luck": CELLS}, 16, [[1, 0, 0], [0, 0, 1]]),
    "line": LINE,
    "series": Series(
        [str(seat) for seat in range(10)],
        list(range(0, 6000, 60)),
        {
            "sum": [list(range(seat, seat + 100)) for seat in range(10)],
            "restless": [[tick % 2 * 100 for tick in range(100)]] * 10,
        },
    ),
    "matrix": Matrix("hits", ["a", "a"], ["a", "a"], [[0, 2], [0, 1]], "by whom", "who was hit"),
    "oblong": Matrix("hits", ["a"], ["x", "y", "z"], [[0, 2, 1]]),
}
EMPTY = {
    "grid": Grid({"presses": [[0, 0]]}, 16),
    "line": Series(["a"], [7], {"sum": [[0]]}),
    "series": Series(["a"], [0], {"sum": [[5]], "luck": [[5]]}),
    "matrix": Matrix("hits", ["a", "b"], ["a", "b"], [[0, 0], [0, 0]]),
}


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("what", RESULTS)
def test_every_plot_in_every_format(tmp_path, what, kind):
    pytest.importorskip("matplotlib")
    save(RESULTS[what], tmp_path / f"x.{kind}", "title", 60)
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
    assert (tmp_path / f"x.{kind}").read_bytes().startswith(start)


@pytest.mark.parametrize("what", EMPTY)
def test_a_match_in_which_nothing_happened_has_a_plot_too(tmp_path, what):
    pytest.importorskip("matplotlib")
    save(EMPTY[what], tmp_path / "x.png", "title", 60)


def test_the_same_match_gives_the_same_picture(tmp_path):
    pytest.importorskip("matplotlib")
    for name in ("a.svg", "b.svg"):
        save(LINE, tmp_path / name, "title", 60)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("name", ["x", "x.gif", ".png"])
def test_an_unknown_format_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="ends in"):
        save(LINE, tmp_path / name, "title", 60)


def test_a_picture_is_not_written_over(tmp_path):
    pytest.importorskip("matplotlib")
    (tmp_path / "x.png").write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        save(LINE, tmp_path / "x.png", "title", 60)


def test_without_matplotlib_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MachineError, match="needs matplotlib, which is not installed") as caught:
        save(LINE, tmp_path / "x.png", "title", 60)
    assert "[plot]" in caught.value.hint


@pytest.mark.parametrize("result", [Table([{"name": "a"}], player="name"), 5, {"players": 2}])
def test_a_result_that_cannot_be_drawn_is_refused(tmp_path, result):
    pytest.importorskip("matplotlib")
    with pytest.raises(UsageError, match="cannot be drawn"):
        save(result, tmp_path / "x.png", "title", 60)
    assert not (tmp_path / "x.png").exists()
