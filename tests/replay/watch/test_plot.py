import sys

import pytest
from toys import COUNTER

from replay import UsageError
from replay.cli.stats import of_player
from replay.core.errors import MachineError
from replay.core.records import Header, Player
from replay.read.readmodel import Grid, Matrix, Series, Table
from replay.watch.plot import player_colours, plot, save
from replay.watch.view.colours import PLAYER_COLOURS
from replay.watch.view.look import Look

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


@pytest.mark.parametrize("what", RESULTS)
def test_a_notebook_is_given_the_picture_that_is_in_the_file(tmp_path, what):
    pytest.importorskip("matplotlib")
    save(RESULTS[what], tmp_path / "x.png", "title", 60)
    assert plot(RESULTS[what], "title", 60)._repr_png_() == (tmp_path / "x.png").read_bytes()


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
    with pytest.raises(UsageError, match="exists") as caught:
        save(LINE, tmp_path / "x.png", "title", 60)
    assert "--force" in caught.value.hint and (tmp_path / "x.png").read_text() == "mine"
    save(LINE, tmp_path / "x.png", "title", 60, force=True)
    save(LINE, tmp_path / "new" / "x.png", "title", 60)
    assert (tmp_path / "new" / "x.png").read_bytes() == (tmp_path / "x.png").read_bytes()


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


def test_lines_have_the_colours_that_the_players_have_in_the_window(tmp_path, monkeypatch):
    pytest.importorskip("matplotlib")
    save(LINE, tmp_path / "x.svg", "title", 60, [(1, 2, 3), (250, 0, 9), (7, 99, 7)])
    drawn = (tmp_path / "x.svg").read_text()
    assert all(f"stroke: {colour}" in drawn for colour in ("#010203", "#fa0009", "#076307"))
    header = Header("counter", 1, 60, 5, {}, tuple(Player(name) for name in "abc"), ())

    class ReddishLook(Look):
        def colour(self, player):
            return (200, player, 0)

    monkeypatch.setattr("replay.watch.plot.load_plugin", lambda *_: ReddishLook)
    assert player_colours(COUNTER, header) == [(200, 0, 0), (200, 1, 0), (200, 2, 0)]
    monkeypatch.setattr("replay.watch.plot.load_plugin", lambda *_: None)
    assert player_colours(COUNTER, header) == list(PLAYER_COLOURS[:3])


def test_a_map_has_a_scale(tmp_path):
    pytest.importorskip("matplotlib")
    save(RESULTS["grid"], tmp_path / "x.svg", "title", 60)
    assert (tmp_path / "x.svg").read_text().count("in a cell of 16 pixels, smoothed") == 2


def test_one_player_s_line_and_map_and_nobody_s_in_a_matrix():
    assert of_player(LINE, 2) == Series(["Zoë"], LINE.ticks, {"sum": [[0, 0, -1]]})
    grid = Grid({"presses": CELLS}, 16, None, [{"presses": [[0, 1]]}, {"presses": [[5, 0]]}])
    assert of_player(grid, 1) == Grid({"presses": [[5, 0]]}, 16)
    for result in (RESULTS["matrix"], RESULTS["grid"]):
        with pytest.raises(UsageError, match="cannot be of one player"):
            of_player(result, 0)
