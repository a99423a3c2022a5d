"""`replay stats`, `plot`: what projections make of a recording, as text, as data, and as a picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from replay.cli.common import OK, Command, escape, print_json
from replay.cli.inspect import opened
from replay.core.errors import UsageError
from replay.core.installed import find_game
from replay.core.playback import Playback
from replay.core.projection import fold, make_projections, projections_of
from replay.core.recording import Recording
from replay.core.timecode import clock, resolve

FROM = click.option(
    "--from", "start", metavar="TIME", help="Count from here: 1204 (tick), 1:20.5, 50%, @marker, death:3. Default: 0."
)
TO = click.option("--to", "stop", metavar="TIME", default="end", show_default=True, help="Count up to here.")
PLOTS = {"heatmap": "heat_map", "score": "timeline", "timeline": "timeline", "matrix": "kill_matrix"}
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
@click.argument("file")
@click.option("--projection", "names", multiple=True, metavar="NAME", help="Which; may be given again. Default: the game's first.")
@FROM
@TO
@click.option("--json", "as_json", is_flag=True, help="One JSON object: the results by name.")
@click.option("--csv", "as_csv", is_flag=True, help="A table for spreadsheets; of one projection.")
def stats(file: str, names: tuple[str, ...], start: str | None, stop: str, as_json: bool, as_csv: bool) -> int:
    """What happened, in numbers: the match is re-simulated and folded by the game's projections."""
    if as_csv and len(names) > 1:
        raise click.UsageError("--csv gives one table: name one --projection")
    with opened(file) as (recording, moment):
        results = folded(recording, list(names), start or moment, stop)
        rate = recording.header.ticks_per_second
    if as_json:
        print_json(results)
    elif as_csv:
        text = io.StringIO()
        rows = table(next(iter(results.values())))
        writer = csv.DictWriter(text, list(dict.fromkeys(key for row in rows for key in row)), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        click.echo(text.getvalue(), nl=False)
    else:
        for name, result in results.items():
            if len(results) > 1:
                click.secho(f"\n{name}", bold=True)
            for line in lines(result, rate):
                click.echo(line)
    return OK


@click.command(
    cls=Command,
    examples=[
        "replay plot match.replay -o deaths.png --what heatmap",
        "replay plot match.replay -o score.svg --what score",
        "replay plot match.replay -o all.png --what timeline --from 1:00",
    ],
)
@click.argument("file")
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="New file: .png, .svg or .pdf.")
@click.option("--what", type=click.Choice(list(PLOTS)), default="score", show_default=True)
@FROM
@TO
def plot(file: str, output: Path, what: str, start: str | None, stop: str) -> int:
    """What happened, as a picture. Needs the extra `plot`: pip install 'deterministic-replay[plot]'."""
    from replay.watch import plot as drawing

    with opened(file) as (recording, moment):
        result = folded(recording, [PLOTS[what]], start or moment, stop)[PLOTS[what]]
        drawing.save(what, result, output, recording.path.stem, recording.header.ticks_per_second)
    click.echo(escape(str(output)))
    return OK


def folded(recording: Recording, names: list[str], start: str | None, stop: str) -> dict[str, Any]:
    """The results of projections over a stretch of the recording, by name. No names: the game's first projection."""
    game = find_game(recording.header.game)
    known = list(projections_of(game))
    if not known:
        raise UsageError(f"{game.name} has no projections", "what happened, event by event: replay cat")
    first, last = resolve(start or "0", recording, game), resolve(stop, recording, game)
    if first > last:
        raise UsageError(f"--from is tick {first}, behind --to, tick {last}")
    playback = Playback(game, recording)
    playback.seek(first)
    projections = make_projections(playback, names or known[:1])
    fold(playback, projections, last)
    return {projection.name: projection.result() for projection in projections}


# --- results, which are plain data of a few shapes, as rows and as lines ---


def table(result: Any) -> list[dict[str, Any]]:
    """A result as rows: of players, of happenings, of a matrix by players, of samples over time, of the cells of a map."""
    if isinstance(result, list):
        return [_flat(row) for row in result]
    players = result.get("players", [])
    if players and isinstance(players[0], dict):
        return [_flat(row) for row in players]
    grids = {name: value for name, value in result.items() if name not in ("players", "ticks") and isinstance(value, list)}
    if "ticks" in result:
        return [
            {"tick": tick, "player": player, **{name: series[seat][index] for name, series in grids.items()}}
            for index, tick in enumerate(result["ticks"])
            for seat, player in enumerate(players)
        ]
    if players:
        (matrix,) = grids.values()
        heads = [name if players.count(name) == 1 else f"{name} ({seat + 1})" for seat, name in enumerate(players)]
        return [{"player": head, **dict(zip(heads, row, strict=True))} for head, row in zip(heads, matrix, strict=True)]
    return [
        {"layer": name, "row": y, "column": x, "count": count}
        for name, grid in grids.items()
        for y, row in enumerate(grid)
        for x, count in enumerate(row)
        if count
    ]


def lines(result: Any, ticks_per_second: int) -> Iterator[str]:
    """A result for people."""
    if isinstance(result, dict) and "ticks" in result:
        yield from _sparklines(result)
    elif isinstance(result, dict) and "players" not in result:
        yield from _shaded(result)
    else:
        rows = table(result)
        if not rows:
            yield "nothing"
            return
        columns = list(dict.fromkeys(key for row in rows for key in row if not key.endswith("_seat")))
        shown = [[_cell(name, row.get(name, ""), ticks_per_second) for name in columns] for row in rows]
        heads = ["time" if name == "tick" else name.replace("_", " ") for name in columns]
        widths = [max(map(len, column)) for column in zip(heads, *shown, strict=True)]
        is_number = [all(isinstance(row.get(name, 0), int | float) for row in rows) for name in columns]
        for number, cells in enumerate([heads, *shown]):
            text = "  ".join(
                f"{cell:>{width}}" if right else f"{cell:<{width}}"
                for cell, width, right in zip(cells, widths, is_number, strict=True)
            )
            yield click.style(text.rstrip(), bold=number == 0)


def _flat(row: dict[str, Any]) -> dict[str, Any]:
    """A row without maps and lists in it."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, dict):
            flat[name] = " ".join(f"{key}:{item}" for key, item in value.items())
        else:
            flat[name] = " ".join(map(str, value)) if isinstance(value, list) else value
    return flat


def _cell(name: str, value: Any, ticks_per_second: int) -> str:
    if name == "tick":
        return clock(int(value), ticks_per_second)
    return f"{value:,}" if isinstance(value, int) else escape(str(value))


def _sparklines(result: dict[str, Any]) -> Iterator[str]:
    width = max(map(len, result["players"]))
    for name, series in result.items():
        if name in ("players", "ticks"):
            continue
        low, high = min(map(min, series)), max(map(max, series))
        yield click.style(f"{name}  {low} to {high}", bold=True)
        for player, values in zip(result["players"], series, strict=True):
            picked = (
                [values[index * len(values) // _SPARK_CELLS] for index in range(_SPARK_CELLS)]
                if len(values) > _SPARK_CELLS
                else values
            )
            bars = "".join(_BARS[(value - low) * (len(_BARS) - 1) // max(high - low, 1)] for value in picked)
            yield f"  {escape(player):<{width}}  {bars}  {values[-1]:,}"


def _shaded(result: dict[str, Any]) -> Iterator[str]:
    walls = result.get("walls")
    for name, grid in result.items():
        if name == "walls" or not isinstance(grid, list):
            continue
        most = max(map(max, grid))
        yield click.style(f"{name}  up to {most} in a cell", bold=True)
        for y in range(0, len(grid) - 1, 2):  # a character is twice as high as it is wide
            pairs = zip(grid[y], grid[y + 1], strict=True)
            yield "".join(
                "#" if walls and walls[y][x] else _SHADES[-(-max(pair) * (len(_SHADES) - 1) // max(most, 1))]
                for x, pair in enumerate(pairs)
            ).rstrip()
