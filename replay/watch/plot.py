"""Pictures of read models, drawn by matplotlib (extra `plot`), on the ground of the window and in the colours that the players have
there. Lines differ in dashes too, and carry their names."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np

from replay.core.errors import ReplayError, UsageError
from replay.core.extras import optional
from replay.core.game import Game
from replay.core.records import Header
from replay.core.writer import made_file
from replay.read.readmodel import Grid, Matrix, Series
from replay.read.story import story_of
from replay.read.timecode import clock
from replay.watch.model.plugins import load_plugin
from replay.watch.model.scene import Colour
from replay.watch.view.colours import DIM, GROUND, INK, LINE, PANEL, PLAYER_COLOURS

DASHES = ("-", "--", "-.", ":")
FORMATS = ("png", "svg", "pdf")
_LEAST_SPOT = 0.01  # the scale of a map on which nothing happened ends there
_STEPS_SECONDS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


_INK, _DIM, _PALE, _GROUND = _hex(INK), _hex(DIM), _hex(LINE), _hex(GROUND)
_STYLE: dict[Any, Any] = {
    "font.size": 10.5,
    "axes.edgecolor": _PALE,
    "axes.facecolor": _GROUND,
    "figure.facecolor": _GROUND,
    "savefig.facecolor": _GROUND,
    "axes.labelcolor": _INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": _hex(PANEL),
    "text.color": _INK,
    "text.parse_math": False,  # a player may be called $x$
    "xtick.color": _DIM,
    "ytick.color": _DIM,
    "lines.linewidth": 2.0,
    "figure.dpi": 144,
    "svg.hashsalt": "replay",  # the same match gives the same file
}


class Plot:
    """A picture that a notebook shows. figure: matplotlib's."""

    def __init__(self, figure: Any) -> None:
        self.figure = figure

    def _repr_png_(self) -> bytes:
        picture = BytesIO()
        self.write(picture, "png")
        return picture.getvalue()

    def write(self, target: Path | BytesIO, kind: str) -> None:
        """kind: one of FORMATS."""
        import matplotlib

        with matplotlib.rc_context(_STYLE):
            self.figure.savefig(target, format=kind, metadata={"Date": None} if kind == "svg" else None)


def plot(result: Any, title: str, ticks_per_second: int, colours: Sequence[Colour] = PLAYER_COLOURS) -> Plot:
    """A read model, drawn: a series, a grid or a matrix. colours: of the lines of a series.

    Raises MachineError without matplotlib, UsageError for another result.
    """
    with optional():
        import matplotlib
        from matplotlib.figure import Figure
    with matplotlib.rc_context(_STYLE):
        figure = Figure(layout="constrained")
        match result:
            case Series():
                _series(figure, result, title, ticks_per_second, list(map(_hex, colours)))
            case Grid():
                _grid(figure, result, title)
            case Matrix():
                _matrix(figure, result, title)
            case _:
                raise UsageError(f"a {type(result).__name__} cannot be drawn", "its numbers: replay stats")
    return Plot(figure)


def save(
    result: Any,
    target: Path,
    title: str,
    ticks_per_second: int,
    colours: Sequence[Colour] = PLAYER_COLOURS,
    *,
    force: bool = False,
) -> None:
    """`plot` into the new file `target`. Raises UsageError for another file type, or if the file exists, unless force."""
    kind = target.suffix.lstrip(".").lower()
    if kind not in FORMATS:
        raise UsageError(f"{target.name!r}: expected a name that ends in .{', .'.join(FORMATS)}")
    drawn = plot(result, title, ticks_per_second, colours)
    with made_file(target, force=force) as part:
        drawn.write(part, kind)


def player_colours(game: Game, header: Header) -> list[Colour]:
    """What the players of a match look like in the window, in seat order; without pygame, what they look like in most games."""
    try:
        factory = load_plugin("replay.views", game.name)
        look = factory(story_of(game, header)) if factory is not None else None
    except ReplayError:
        look = None
    of_most = [PLAYER_COLOURS[seat % len(PLAYER_COLOURS)] for seat in range(len(header.players))]
    return of_most if look is None else [look.colour(seat) for seat in range(len(header.players))]


def _series(figure: Any, series: Series, title: str, rate: int, colours: Sequence[str]) -> None:
    """One line fills the figure; several stand one above the other, over the same time."""
    names = list(series.lines)
    if len(names) == 1:
        figure.set_size_inches(9, 4.5)
        axes = figure.subplots()
        _steps(axes, series, names[0], rate, colours)
        axes.set_title(f"{title}: {names[0]}", loc="left", fontweight="bold")
        return
    figure.set_size_inches(9, 2.6 * len(names) + 0.6)
    for axes, name in zip(figure.subplots(len(names), 1, sharex=True, squeeze=False)[:, 0], names, strict=True):
        if _is_restless(series.lines[name]):
            _strips(axes, series, name, rate)
        else:
            _steps(axes, series, name, rate, colours)
        axes.set_ylabel(name)
    figure.suptitle(title, x=0.02, ha="left", fontweight="bold")


def _is_restless(line: Sequence[Sequence[int]]) -> bool:
    """Whether lines would turn so often that they hide each other."""
    steps = np.sign(np.diff(np.array(line), axis=1))
    return bool(steps.size and (steps[:, 1:] * steps[:, :-1] < 0).mean() > 0.05)


def _strips(axes: Any, series: Series, name: str, rate: int) -> None:
    """A row a player, light where the value is low."""
    values, ticks, names = np.array(series.lines[name]), series.ticks, series.players
    axes.imshow(
        values, cmap="cividis", aspect="auto", extent=(ticks[0], ticks[-1], len(names) - 0.5, -0.5), interpolation="nearest"
    )
    axes.set_yticks(range(len(names)), names)
    axes.grid(False)
    low, high = int(values.min()), int(values.max())
    axes.set_title(f"dark {low:,}, bright {high:,}", loc="right", fontsize="small", color=_DIM)
    _time_axis(axes, ticks, rate)


def _steps(axes: Any, series: Series, name: str, rate: int, colours: Sequence[str]) -> None:
    from matplotlib.ticker import MaxNLocator

    line = series.lines[name]
    ends = [values[-1] for values in line]
    for seat, (player, colour, dash) in enumerate(zip(series.players, cycle(colours), cycle(DASHES), strict=False)):
        axes.step(series.ticks, line[seat], where="post", color=colour, linestyle=dash)
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
    _time_axis(axes, series.ticks, rate)
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))


def _time_axis(axes: Any, ticks: Sequence[int], rate: int) -> None:
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


def _matrix(figure: Any, matrix: Matrix, title: str) -> None:
    counts = np.array(matrix.values)
    most = int(counts.max())
    figure.set_size_inches(0.62 * len(matrix.columns) + 3.0, 0.62 * len(matrix.rows) + 2.2)
    axes = figure.subplots()
    axes.imshow(np.ma.masked_equal(counts, 0), cmap="cividis", vmin=0, vmax=max(most, 1))
    for row, column in np.argwhere(counts):
        colour = _GROUND if counts[row, column] > most * 0.6 else _INK
        axes.text(column, row, f"{counts[row, column]}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(matrix.columns)), matrix.columns, rotation=45, ha="right")
    axes.set_yticks(range(len(matrix.rows)), matrix.rows)
    axes.set_xlabel(matrix.column_title)
    axes.set_ylabel(matrix.row_title)
    axes.grid(False)
    axes.set_title(f"{title}: {matrix.counts}", loc="left", fontweight="bold")


def _grid(figure: Any, grid: Grid, title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    layers = {name: np.array(cells) for name, cells in grid.layers.items()}
    walls = np.zeros_like(next(iter(layers.values()))) if grid.walls is None else np.array(grid.walls)
    rows, columns = walls.shape
    figure.set_size_inches(5.2 * len(layers), 5.2 * rows / columns + 1.3)
    for axes, (name, cells) in zip(figure.subplots(1, len(layers), squeeze=False)[0], layers.items(), strict=True):
        spots = _blurred(cells.astype(float))
        shown = axes.imshow(spots, cmap="cividis", interpolation="bilinear", vmin=0, vmax=max(float(spots.max()), _LEAST_SPOT))
        axes.imshow(np.ma.masked_equal(walls, 0), cmap="Greys_r", vmin=-1, vmax=6, interpolation="nearest")
        scale = figure.colorbar(shown, ax=axes, orientation="horizontal", shrink=0.8, aspect=40, pad=0.02)
        scale.set_label(f"{name} in a cell of {grid.cell_pixels} pixels, smoothed", color=_DIM, fontsize="small")
        scale.outline.set_visible(False)
        scale.locator = MaxNLocator(5)
        axes.set_title(f"{name}  {int(cells.sum()):,}", loc="left")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.grid(False)
    figure.suptitle(title, x=0.02, ha="left", fontweight="bold")


def _blurred(cells: Any) -> Any:
    """Each cell shared out to its neighbours, twice: single points become spots that one can see."""
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    for _ in range(2):
        for axis in (0, 1):
            cells = np.apply_along_axis(np.convolve, axis, cells, kernel, "same")
    return cells
