"""Pictures of projections, drawn by matplotlib (extra `plot`). Colours are Okabe and Ito's, told apart by every kind of eye; lines
differ in dashes too, and carry their names."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.errors import UsageError
from replay.core.timecode import clock
from replay.core.writer import new_file

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#56B4E9", "#B8A800", "#000000")
DASHES = ("-", "--", "-.", ":")
FORMATS = ("png", "svg", "pdf")
_STEPS_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_INK, _PALE = "#222222", "#DDDDDD"
_STYLE: dict[Any, Any] = {
    "font.size": 10.5,
    "axes.edgecolor": _PALE,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#EEEEEE",
    "text.color": _INK,
    "text.parse_math": False,  # a player may be called $x$
    "xtick.color": "#666666",
    "ytick.color": "#666666",
    "lines.linewidth": 2.0,
    "figure.dpi": 144,
    "svg.hashsalt": "replay",  # the same match gives the same file
}


def save(what: str, result: Any, target: Path, title: str, ticks_per_second: int) -> None:
    """Draw a projection's result into the new file `target`. `what`: heatmap, score, timeline or matrix.

    Raises UsageError without matplotlib, for another file type, or if the file exists.
    """
    kind = target.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise UsageError(f"{target.name!r}: expected a name that ends in .{', .'.join(FORMATS)}")
    try:
        import matplotlib
        from matplotlib.figure import Figure
    except ImportError:
        raise UsageError("plots need matplotlib", "pip install 'deterministic-replay[plot]'") from None
    draw: dict[str, Callable[[Any, Any, str, int], None]] = {
        "heatmap": _heatmap,
        "score": _score,
        "timeline": _timeline,
        "matrix": _matrix,
    }
    with matplotlib.rc_context(_STYLE):
        figure = Figure(layout="constrained")
        draw[what](figure, result, title, ticks_per_second)
        with new_file(target) as file:
            figure.savefig(file, format=kind, metadata={"Date": None} if kind == "svg" else None)


def _score(figure: Any, result: Any, title: str, rate: int) -> None:
    figure.set_size_inches(9, 4.5)
    axes = figure.subplots()
    _series(axes, result, "score", rate)
    axes.set_title(f"{title}: score", loc="left", fontweight="bold")


def _timeline(figure: Any, result: Any, title: str, rate: int) -> None:
    names = [name for name in result if name not in ("players", "ticks")]
    figure.set_size_inches(9, 2.6 * len(names) + 0.6)
    for axes, name in zip(figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0], names, strict=True):
        (_strips if _is_restless(result[name]) else _series)(axes, result, name, rate)
        axes.set_ylabel(name)
    figure.suptitle(title, x=0.02, ha="left", fontweight="bold")


def _is_restless(series: list[list[int]]) -> bool:
    """Whether lines would turn so often that they hide each other."""
    steps = np.sign(np.diff(np.array(series), axis=1))
    return bool(steps.size and (steps[:, 1:] * steps[:, :-1] < 0).mean() > 0.05)


def _strips(axes: Any, result: Any, name: str, rate: int) -> None:
    """A row a player, light where the value is low."""
    values, ticks, names = np.array(result[name]), result["ticks"], result["players"]
    axes.imshow(
        values, cmap="cividis", aspect="auto", extent=(ticks[0], ticks[-1], len(names) - 0.5, -0.5), interpolation="nearest"
    )
    axes.set_yticks(range(len(names)), names)
    axes.grid(False)
    low, high = int(values.min()), int(values.max())
    axes.set_title(f"dark {low:,}, bright {high:,}", loc="right", fontsize="small", color="#666666")
    _time_axis(axes, ticks, rate)


def _series(axes: Any, result: Any, name: str, rate: int) -> None:
    from matplotlib.ticker import MaxNLocator

    ticks = result["ticks"]
    ends = [series[-1] for series in result[name]]
    for seat, (player, colour, dash) in enumerate(zip(result["players"], cycle(COLOURS), cycle(DASHES), strict=False)):
        axes.step(ticks, result[name][seat], where="post", color=colour, linestyle=dash)
        axes.annotate(
            f"{player} {ends[seat]:,}",
            (1, _spread(ends, seat)),
            xycoords="axes fraction",
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            fontweight="bold",
        )
    _time_axis(axes, ticks, rate)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))


def _time_axis(axes: Any, ticks: list[int], rate: int) -> None:
    from matplotlib.ticker import MultipleLocator

    first, last = ticks[0], max(ticks[-1], ticks[0] + 1)
    step = next((step for step in _STEPS_SECONDS if (last - first) / (step * rate) <= 10), _STEPS_SECONDS[-1])
    axes.set_xlim(first, last)
    axes.xaxis.set_major_locator(MultipleLocator(step * rate))
    axes.xaxis.set_major_formatter(lambda tick, _: clock(max(int(tick), 0), rate)[:-3])


def _spread(ends: list[int], seat: int) -> float:
    """Where a line's name stands, as a share of the height: by rank of the last value, so that no two cover each other."""
    rank = sorted(range(len(ends)), key=lambda each: (ends[each], -each)).index(seat)
    return (rank + 0.5) / len(ends)


def _matrix(figure: Any, result: Any, title: str, rate: int) -> None:
    names, kills = result["players"], np.array(result["kills"])
    size = 0.62 * len(names) + 2.2
    figure.set_size_inches(size + 0.8, size)
    axes = figure.subplots()
    axes.imshow(np.ma.masked_equal(kills, 0), cmap="Blues", vmin=-0.15 * kills.max(), vmax=max(int(kills.max()), 1))
    for row, column in np.ndindex(kills.shape):
        if kills[row, column]:
            colour = "white" if kills[row, column] > kills.max() * 0.6 else _INK
            axes.text(column, row, f"{kills[row, column]}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(names)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("who was killed")
    axes.set_ylabel("by whom")
    axes.grid(False)
    axes.set_title(f"{title}: kills", loc="left", fontweight="bold")


def _heatmap(figure: Any, result: Any, title: str, rate: int) -> None:
    layers = {name: np.array(grid) for name, grid in result.items() if isinstance(grid, list) and name != "walls"}
    walls = np.array(result.get("walls", np.zeros_like(next(iter(layers.values())))))
    rows, columns = walls.shape
    figure.set_size_inches(5.2 * len(layers), 5.2 * rows / columns + 0.8)
    for axes, (name, grid) in zip(figure.subplots(1, len(layers), squeeze=False)[0], layers.items(), strict=True):
        axes.imshow(_blurred(grid.astype(float)), cmap="cividis", interpolation="bilinear", vmin=0)
        axes.imshow(np.ma.masked_equal(walls, 0), cmap="Greys", vmin=0, vmax=1.2, interpolation="nearest")
        axes.set_title(f"{name}  {int(grid.sum()):,}", loc="left")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.grid(False)
    figure.suptitle(title, x=0.02, ha="left", fontweight="bold")


def _blurred(grid: Any) -> Any:
    """Each cell shared out to its neighbours, twice: single points become spots that one can see."""
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    for _ in range(2):
        for axis in (0, 1):
            grid = np.apply_along_axis(np.convolve, axis, grid, kernel, "same")
    return grid
