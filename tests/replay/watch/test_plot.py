import sys

import pytest

from replay import UsageError
from replay.watch.plot import save

GRID = [[0, 1, 2], [3, 0, 1]]
RESULTS = {
    "heatmap": {"cell_pixels": 16, "walls": [[1, 0, 0], [0, 0, 1]], "deaths": GRID, "shots": GRID},
    "score": {"players": ["$x$", "b\nb", "Zoë"], "ticks": [0, 60, 120], "score": [[0, 1, 2], [0, 0, 2], [0, 0, -1]]},
    "timeline": {
        "players": [str(seat) for seat in range(10)],
        "ticks": list(range(0, 6000, 60)),
        "score": [list(range(seat, seat + 100)) for seat in range(10)],
        "health": [[tick % 2 * 100 for tick in range(100)]] * 10,
    },
    "matrix": {"players": ["a", "a"], "kills": [[0, 2], [0, 1]]},
}
EMPTY = {
    "heatmap": {"deaths": [[0, 0]]},
    "score": {"players": ["a"], "ticks": [7], "score": [[0]]},
    "timeline": {"players": ["a"], "ticks": [0], "gold": [[5]]},
    "matrix": {"players": ["a", "b"], "kills": [[0, 0], [0, 0]]},
}


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
@pytest.mark.parametrize("what", RESULTS)
def test_every_plot_in_every_format(tmp_path, what, kind):
    pytest.importorskip("matplotlib")
    save(what, RESULTS[what], tmp_path / f"x.{kind}", "title", 60)
    start = {"png": b"\x89PNG", "svg": b"<?xml", "pdf": b"%PDF"}[kind]
    assert (tmp_path / f"x.{kind}").read_bytes().startswith(start)


@pytest.mark.parametrize("what", EMPTY)
def test_a_match_in_which_nothing_happened_has_a_plot_too(tmp_path, what):
    pytest.importorskip("matplotlib")
    save(what, EMPTY[what], tmp_path / "x.png", "title", 60)


def test_the_same_match_gives_the_same_picture(tmp_path):
    pytest.importorskip("matplotlib")
    for name in ("a.svg", "b.svg"):
        save("score", RESULTS["score"], tmp_path / name, "title", 60)
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


@pytest.mark.parametrize("name", ["x", "x.gif", ".png"])
def test_an_unknown_format_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match="ends in"):
        save("score", RESULTS["score"], tmp_path / name, "title", 60)


def test_a_picture_is_not_written_over(tmp_path):
    pytest.importorskip("matplotlib")
    (tmp_path / "x.png").write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        save("score", RESULTS["score"], tmp_path / "x.png", "title", 60)


def test_without_matplotlib_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(UsageError, match="need matplotlib") as caught:
        save("score", RESULTS["score"], tmp_path / "x.png", "title", 60)
    assert "[plot]" in caught.value.hint
