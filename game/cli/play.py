"""`arena play`: the window. Loads pygame only when called."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from replay.cli.common import OK, Command, complain, naming
from replay.cli.complete import moments
from replay.core.errors import UsageError
from replay.read.timecode import resolve, split_moment

from .. import rules
from ..arena import arena_names
from ..bots import LEVELS
from ..play.setup import Setup

if TYPE_CHECKING:
    from ..play.options import Options
    from ..play.screen import PlayScreen


@click.command(
    cls=Command, examples=["arena play", "arena play --bots 3 --map duel", "arena play --from match.replay@death:3-2s --as Ada"]
)
@click.option("--map", "map_name", type=click.Choice(arena_names()), help="Default: the last one.")
@click.option("--bots", type=click.IntRange(1, 7), help="Start at once, against so many bots.")
@click.option("--level", type=click.Choice(LEVELS), help="How well the bots play. Default: the last one.")
@click.option("--mode", type=click.Choice(rules.MODES), help="Everyone for themselves, or two teams.")
@click.option("--score-limit", type=click.IntRange(1, 999), help="Points to win.")
@click.option("--seconds", type=click.IntRange(1, 24 * 3600), help="Time limit.")
@click.option("--seed", type=click.IntRange(0, 2**64 - 1), help="Default: a random one.")
@click.option("--from", "source", metavar="FILE@TIME", shell_complete=moments, help="Take over in a recording at that moment.")
@click.option("--as", "name", metavar="PLAYER", help="With --from: whom, by name or number.")
@click.option("--fullscreen", is_flag=True, help="Fill the screen.")
@click.option("--size", metavar="WxH", help="Size of the window, as 1280x720.")
@click.option("--mute", is_flag=True, help="No sound.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), help="Folder for the recording.")
def play(
    map_name: str | None,
    bots: int | None,
    level: str | None,
    mode: str | None,
    score_limit: int | None,
    seconds: int | None,
    seed: int | None,
    source: str | None,
    name: str | None,
    fullscreen: bool,
    size: str | None,
    mute: bool,
    out: Path | None,
) -> int:
    """Play against bots or friends at this machine. Every match is recorded from its first tick.

    Esc pauses and shows all keys; a start screen asks what --bots and --from do not say. What is given here holds for this time;
    what is chosen in the menus is remembered.
    """
    if name is not None and source is None:
        raise UsageError("--as needs --from", "arena play --from match.replay@20s --as Ada")
    from replay.cli.watch import parse_size
    from replay.watch.model.settings import load_settings
    from replay.watch.window import Screen, Window, check_pygame

    from ..play.app import ArenaApp
    from ..play.options import Options
    from ..play.screen import start_match
    from ..play.start import StartScreen

    if warning := check_pygame():
        complain("arena", warning)
    setup = Setup.from_settings(load_settings().get("play"))
    for key, value in {"map": map_name, "level": level, "mode": mode, "score_limit": score_limit, "seconds": seconds}.items():
        if value is not None:
            setattr(setup, key, value)
    if bots is not None:
        setup.with_bots(bots)
    options = Options.load()
    options.muted_once = mute
    with Window("arena", parse_size(size) if size else None, fullscreen=fullscreen) as window:
        screen: Screen
        if source is not None:
            screen = _branch(source, name, out, options)
        elif bots is not None:
            screen = start_match(setup, options, seed=seed, folder=out)
        else:
            screen = StartScreen(options, setup)
        ArenaApp(window, options).run(screen)
    return OK


def _branch(source: str, name: str | None, out: Path | None, options: Options) -> PlayScreen:
    from replay.core.recording import Recording
    from replay.watch.model.session import player_of

    from ..play.screen import branch_match

    file, moment = split_moment(source)
    path = Path(file)
    with naming(path), Recording(path) as recording:
        tick = resolve(moment or "0", recording)
        names = [player.name for player in recording.header.players]
    player = player_of(name, names) if name is not None else None
    return branch_match(path, tick, player, options, folder=out)
