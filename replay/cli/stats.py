"""`replay stats`, `plot`: what projections make of a recording, as text, as data, and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from replay.cli.common import Command, emit, escape
from replay.cli.complete import moments, times
from replay.cli.inspect import doubted, opened
from replay.cli.output import columns, echo
from replay.cli.spreadsheet import spreadsheet
from replay.cli.tables import cells_of, table_lines
from replay.core.errors import UsageError
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.writer import FORCE, refuse_existing
from replay.read.projection import Projection, first_projection, fold, make_projections, projections_of
from replay.read.readmodel import Grid, Matrix, Series, Table, as_data, as_records, columns_of, named
from replay.read.timecode import clock, resolve
from replay.watch.model.session import player_of

FROM = click.option(
    "--from",
    "start",
    metavar="TIME",
    shell_complete=times,
    help="Count from here: 1204 (tick), 1:20.5, 50%, @marker, death:3. Default: its start.",
)
TO = click.option("--to", "stop", metavar="TIME", shell_complete=times, default="end", show_default=True, help="Count up to here.")
DRAWN: dict[str, type] = {"timeline": Series, "heatmap": Grid, "matrix": Matrix}
_SHADES, _BARS = " ░▒▓█", "▁▂▃▄▅▆▇█"
_SPARK_CELLS = 60


@click.command(
    cls=Command,
    examples=[
        "replay stats match.replay",
        "replay stats match.replay --projection kill_feed --from 1:00 --to 2:00",
        "replay stats match.replay --projection economy --csv > economy.csv",
    ],
)
@click.argument("file", shell_complete=moments)
@click.option("--projection", "names", multiple=True, metavar="NAME", help="Which; may be given again. Default: the game's first.")
@FROM
@TO
@click.option("--json", "as_json", is_flag=True, help="One JSON object: the results by name.")
@click.option("--csv", "as_csv", is_flag=True, help="A table for spreadsheets; of one projection.")
def stats(file: str, names: tuple[str, ...], start: str | None, stop: str, as_json: bool, as_csv: bool) -> int:
    """What happened, in numbers: the match is re-simulated and folded by the game's projections."""
    if as_csv and len(names) > 1:
        raise click.UsageError("--csv gives one table: name one --projection")
    with stretch(file, start, stop) as (playback, last, _):
        projections = make_projections(playback, names or list(projections_of(playback.game))[:1])
        fold(playback, projections, last)
        results = {projection.name: projection.result() for projection in projections}
        data = {name: as_data(result) for name, result in results.items()}
        emit(data, as_json, lambda: csv_lines(results) if as_csv else text_lines(results, playback.game.ticks_per_second))
        return doubted(playback)


@click.command(
    cls=Command,
    examples=[
        "replay plot match.replay -o deaths.png --what heatmap",
        "replay plot match.replay -o score.svg --what score",
        "replay plot match.replay -o all.png --what timeline --from 1:00",
        "replay plot match.replay -o ann.png --what heatmap --player Ann",
    ],
)
@click.argument("file", shell_complete=moments)
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="New file: .png, .svg or .pdf.")
@click.option("--what", metavar="WHAT", help="timeline, heatmap, matrix, or a line of the timeline. Default: its first line.")
@FROM
@TO
@click.option("--player", metavar="PLAYER", help="Only this one, by name or number; not for a matrix.")
@click.option("--force", is_flag=True, help="Write over a file.")
def plot(file: str, output: Path, what: str | None, start: str | None, stop: str, player: str | None, force: bool) -> int:
    """What happened, as a picture. Needs the extra `plot`.

    A timeline is the game's first projection that gives numbers over time; a heatmap shows a map, a matrix a count for each pair.
    """
    from replay.watch import plot as drawing

    if not force:
        refuse_existing(output, FORCE)
    with stretch(file, start, stop) as (playback, last, path):
        header, title = playback.recording.header, path.stem
        seat = None if player is None else player_of(player, [each.name for each in header.players])
        projection = drawable(playback, what)
        fold(playback, [projection], last)
        result = projection.result()
        if isinstance(result, Series) and what not in DRAWN:
            result = result.only(what or next(iter(result.lines)))
        colours = drawing.player_colours(playback.game, header)
        if seat is not None:
            result, colours, title = of_player(result, seat), colours[seat : seat + 1], f"{title}, {header.players[seat].name}"
        drawing.save(result, output, title, playback.game.ticks_per_second, colours, force=force)
        echo(escape(str(output)))
        return doubted(playback)


@contextmanager
def stretch(file: str, start: str | None, stop: str) -> Iterator[tuple[Playback[Any], int, Path]]:
    """A playback of the recording at `start`, the tick of `stop`, and the path. Raises UsageError if nothing can be counted."""
    with opened(file) as (recording, moment):
        game = find_game(recording.header.game)
        if not projections_of(game):
            raise UsageError(f"{game.name} has no projections", "what happened, event by event: replay cat")
        first, last = resolve(start or moment or "start", recording, game), resolve(stop, recording, game)
        if first > last:
            raise UsageError(f"--from is tick {first}, after --to, tick {last}")
        playback = Playback(game, recording)
        playback.seek(first)
        yield playback, last, recording.path


def drawable(playback: Playback[Any], what: str | None) -> Projection:
    """The projection that is drawn as `what`. Raises UsageError if the game has none."""
    wanted = DRAWN.get(what or "", Series)
    projection = first_projection(playback, lambda result: isinstance(result, wanted))
    lines = list(projection.result().lines) if projection is not None and wanted is Series else []
    if projection is None or what not in (None, *DRAWN, *lines):
        hint = f"--what is one of {', '.join([*DRAWN, *lines])}, as far as the game has it"
        raise UsageError(f"{playback.game.name} has no projection for the plot {what or 'timeline'!r}", hint)
    return projection


def of_player(result: Any, seat: int) -> Any:
    """What a series or a grid has of one player. Raises UsageError where nobody can be told apart."""
    match result:
        case Series():
            return result.of_player(seat)
        case Grid() if result.by_player:
            return Grid(result.by_player[seat], result.cell_pixels, result.walls)
    raise UsageError("this plot cannot be of one player", "leave out --player")


# --- results as lines ---


def csv_lines(results: Mapping[str, Any]) -> list[str]:
    """The one result, as comma separated values."""
    (result,) = results.values()
    return spreadsheet(as_records(result))


def text_lines(results: Mapping[str, Any], ticks_per_second: int) -> Iterator[str]:
    """Results for people; each under its name if there are several."""
    width = columns()
    for name, result in results.items():
        if len(results) > 1:
            yield click.style(f"\n{name}", bold=True)
        match result:
            case Table():
                yield from _aligned(result.records(), width, ticks_per_second, result.tick, result.hidden)
            case Matrix():
                yield from _aligned(result.records(), width, ticks_per_second)
            case Series():
                yield from _sparklines(result, width)
            case Grid():
                yield from _shaded(result, width)
            case _:
                values = named(result)
                longest = max((len(name) for name, _ in values), default=0)
                yield from (escape(f"{name:<{longest}}  {value}") for name, value in values)


def _aligned(
    rows: list[dict[str, Any]],
    width: int | None,
    ticks_per_second: int,
    tick: str | None = None,
    hidden: tuple[str, ...] = (),
) -> Iterator[str]:
    """Rows under their headings; the column `tick` is shown as a time."""
    shown = [name for name in columns_of(rows) if name not in hidden]
    if not shown:
        yield "nothing"
        return

    def cell(name: str, value: Any) -> str:
        if name == tick and isinstance(value, int):
            return clock(value, ticks_per_second)
        return f"{value:,}" if isinstance(value, int) else escape(str(value))

    heads = ["time" if name == tick else escape(name.replace("_", " ")) for name in shown]
    cells = [[cell(name, row.get(name, "")) for name in shown] for row in rows]
    is_number = [all(isinstance(row.get(name, 0), int | float) for row in rows) for name in shown]
    yield from table_lines(heads, cells, is_number, width)


def _sparklines(series: Series, width: int | None) -> Iterator[str]:
    if not (series.players and series.ticks):
        yield "nothing"
        return
    players = list(map(escape, series.players))
    longest = max(map(cells_of, players))
    for name, line in series.lines.items():
        low, high = min(map(min, line)), max(map(max, line))
        yield click.style(f"{name}  {low} to {high}", bold=True)
        room = _SPARK_CELLS if width is None else max(width - longest - max(len(f"{row[-1]:,}") for row in line) - 6, 10)
        for player, values in zip(players, line, strict=True):
            count = min(len(values), _SPARK_CELLS, room)
            picked = [values[index * len(values) // count] for index in range(count)]
            bars = "".join(_BARS[int((value - low) * (len(_BARS) - 1) // max(high - low, 1))] for value in picked)
            yield f"  {player}{'':{longest - cells_of(player)}}  {bars}  {values[-1]:,}"


def _shaded(grid: Grid, width: int | None) -> Iterator[str]:
    """A letter for each cell of a map, or for several where the map is wider than `width`."""
    maps = grid.as_data()
    walls = maps.get("walls")
    for name in grid.layers:
        cells = maps[name]
        most = max(map(max, cells), default=0)
        yield click.style(f"{name}  up to {most} in a cell", bold=True)
        step = 1 if width is None or not cells else -(-len(cells[0]) // width)
        for y in range(0, len(cells), 2 * step):  # a letter is twice as high as it is wide
            rows = cells[y : y + 2 * step]
            line = ""
            for x in range(0, len(cells[y]), step):
                value = max(max(row[x : x + step]) for row in rows)
                is_wall = walls and walls[y][x] and (step == 1 or not value)
                line += "#" if is_wall else _SHADES[-(-value * (len(_SHADES) - 1) // max(most, 1))]
            yield line.rstrip()
