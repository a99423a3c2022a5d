"""`arena demo`, `arena bots`, `arena maps`: arena without a window."""

from __future__ import annotations

import secrets
import time
from pathlib import Path

import click

from replay.cli.common import OK, UNREADABLE, Command, complain, escape, progress
from replay.cli.output import columns as width
from replay.cli.output import echo
from replay.cli.tables import table_lines
from replay.core.errors import ReplayError
from replay.core.game import state_hash
from replay.core.playback import Playback
from replay.core.recorder import Recorder
from replay.core.recording import Recording
from replay.core.records import Player
from replay.core.verify import verify
from replay.core.writer import refuse_existing
from replay.read.projection import fold
from replay.read.timecode import clock

from .. import rules
from ..arena import arena_names, load_arena
from ..bots import LEVELS, TEMPERAMENTS, USUAL_LEVEL, Bots
from ..match import ARENA
from ..play.live import recording_path
from ..play.setup import NAMES

DEMO_SEED = 7


@click.command(cls=Command, examples=["arena demo", "arena demo --map duel", "arena demo --out /tmp/matches --seed 3"])
@click.option("--map", "map_name", type=click.Choice(arena_names()), default="plaza", show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), default=DEMO_SEED, show_default=True)
@click.option(
    "--out", type=click.Path(file_okay=False, path_type=Path), default=Path("recordings"), show_default=True, help="Folder."
)
def demo(map_name: str, seed: int, out: Path) -> int:
    """Play, record, re-simulate, verify and seek in a match of bots; a few seconds.

    Sixty seconds of four bots at full speed, then everything the engine is for, on that recording.
    """
    config = ARENA.default_config(map=map_name, score_limit=99, seconds=60)
    path = recording_path(out, map_name, NAMES[:4])
    seconds = play_bots(path, config, 4, seed)
    with Recording(path) as recording:
        size = path.stat().st_size
        echo(f"played    {ARENA.config_text(config)}: {recording.ticks:,} ticks in {seconds:.2f} s")
        echo(f"recorded  {path}: {recording.version:,} input events and the seed, {size / 1000:.1f} kB")

        start = time.perf_counter()
        verification = verify(path)
        seconds = time.perf_counter() - start
        rate = f"{verification.ticks / seconds:,.0f} ticks/s"
        if not verification.is_ok:
            raise ReplayError(f"{path}: {verification.verdict}: {verification.message}", f"replay verify {path}")
        echo(f"verified  re-simulated from tick 0: {verification.hashes_compared} state hashes equal, {rate}")

        playback = Playback(ARENA, recording)
        for percent in (90, 10, 50):
            tick = recording.ticks * percent // 100
            start = time.perf_counter()
            playback.seek(tick)
            milliseconds = (time.perf_counter() - start) * 1e3
            at = clock(tick, ARENA.ticks_per_second)
            echo(f"sought    {percent}% = {at} = tick {tick}: {milliseconds:.2f} ms, state {state_hash(playback.match):016x}")
        echo()
        print_scores(recording)
    picture = _draw(path)
    if picture is not None:
        echo(f"\npicture   {picture}")
    echo("\nnext:")
    for command in ("replay watch {}@death:1", "replay stats {}", "replay cat {} | head", "arena play --bots 3"):
        echo("  " + command.format(path))
    return OK


def _draw(path: Path) -> Path | None:
    """One picture of the match, beside its recording; without pygame that works there is none, and the demo goes on."""
    try:
        from replay.watch.export import export

        return export(path, path.with_suffix(".png"), ARENA, start="death:3", size=(1280, 720)).path
    except (ReplayError, ImportError) as error:
        complain("arena", f"no picture: {error}")
        return None


@click.command(
    cls=Command,
    examples=[
        "arena bots --players 8 --seconds 180 --seed 7 -o match.replay",
        "arena bots --map duel --players 2 --score-limit 5",
        "arena bots --mode teams --players 6 --temperament hunter --level merciless",
    ],
)
@click.option("--players", type=click.IntRange(2, 8), default=4, show_default=True)
@click.option("--seconds", type=click.IntRange(1, 24 * 3600), default=180, show_default=True, help="Time limit.")
@click.option("--score-limit", type=click.IntRange(1, 999), default=25, show_default=True)
@click.option("--mode", type=click.Choice(rules.MODES), default="ffa", show_default=True)
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="Default: a random one.")
@click.option("--map", "map_name", type=click.Choice(arena_names()), default="plaza", show_default=True)
@click.option("--temperament", type=click.Choice(TEMPERAMENTS), help="Of all bots. Default: all of them in turn.")
@click.option("--level", type=click.Choice(LEVELS), default=USUAL_LEVEL, show_default=True, help="How well all bots play.")
@click.option("-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="New file. Default: one in recordings/.")
def bots(
    players: int,
    seconds: int,
    score_limit: int,
    mode: str,
    seed: int | None,
    map_name: str,
    temperament: str | None,
    level: str,
    output: Path | None,
) -> int:
    """Record a match of bots, without a window and at full speed."""
    config = ARENA.default_config(map=map_name, mode=mode, score_limit=score_limit, seconds=seconds)
    path = output or recording_path(Path("recordings"), map_name, NAMES[:players])
    refuse_existing(path)
    play_bots(path, config, players, secrets.randbits(32) if seed is None else seed, temperament, level)
    with Recording(path) as recording:
        print_scores(recording)
        if recording.damage is not None:
            return UNREADABLE
    echo(path)
    return OK


@click.command(cls=Command, examples=["arena maps", "arena maps | less", "arena bots --map duel"])
def maps() -> int:
    """The maps, drawn with letters."""
    for name in arena_names():
        arena = load_arena(name)
        echo(f"{name}  {arena.columns} x {arena.rows}  {arena.hash}\n{arena.description}\n")
        echo("\n".join("".join(row) for row in arena.tiles) + "\n")
    return OK


def play_bots(
    path: Path,
    config: dict[str, int | str],
    players: int,
    seed: int,
    temperament: str | None = None,
    level: str = USUAL_LEVEL,
) -> float:
    """Record a match of bots until it has ended and a second more. Returns the seconds it took, compiling left out."""
    kinds = [f"{temperament or TEMPERAMENTS[index % len(TEMPERAMENTS)]}:{level}" for index in range(players)]
    seats = [Player(NAMES[index], f"bot:{kind}") for index, kind in enumerate(kinds)]
    limit = int(config["seconds"]) * ARENA.ticks_per_second
    with progress("playing") as show, Recorder(path, ARENA, seed=seed, players=seats, config=config) as recorder:
        crowd = Bots(recorder.match, kinds, seed)
        start = 0.0
        ended_at = None
        while ended_at is None or recorder.tick < ended_at + ARENA.ticks_per_second:
            recorder.step(crowd.inputs(recorder.match))
            start = start or time.perf_counter()
            if ended_at is None and recorder.match.state["ended"][0]:
                ended_at = recorder.tick
            if recorder.tick % 600 == 0:
                show(recorder.tick, limit)
        if recorder.error is not None:
            complain("arena", str(recorder.error), recorder.error.hint)
        return time.perf_counter() - start


def print_scores(recording: Recording) -> None:
    """The final table, folded from the events of the re-simulated match."""
    playback = Playback(ARENA, recording)
    names = [player.name for player in recording.header.players]
    board = ARENA.projections["scoreboard"](playback.match, names)
    fold(playback, [board])
    columns = (
        "score",
        "kills",
        "crowns",
        "deaths",
        "assists",
        "damage_dealt",
        "accuracy",
        "gold_earned",
        "gold_spent",
        "best_streak",
    )
    heads = [name.replace("_", " ") for name in columns]
    ranked = sorted(board.result().rows, key=lambda row: (-row["score"], -row["kills"]))
    rows = []
    for place, row in enumerate(ranked, 1):
        rows.append([f"{place:>2}  {escape(row['name']):12}", *(format_cell(row[name]) for name in columns)])
    for line in table_lines(["    player", *heads], rows, [False, *[True] * len(columns)], width()):
        echo(line)


def format_cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.0%}" if isinstance(value, float) else f"{value:,}"
