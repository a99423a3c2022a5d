"""`replay watch` and `replay export`: the window, and pictures without one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from replay.cli.common import OK, UNREADABLE, Command, complain, exit_code, naming, progress, recordings
from replay.cli.complete import moments, times
from replay.cli.complete import recordings as found
from replay.cli.output import echo
from replay.core.errors import UsageError
from replay.core.paths import told
from replay.core.text import counted
from replay.core.url import local_path
from replay.core.writer import FORCE, refuse_existing
from replay.read.timecode import split_moment

if TYPE_CHECKING:
    from replay.watch.window import Screen

_MOST = 5  # highlights
# Which options of `export` say something, by what it makes; all of them take a file and --output.
_OBEYED = {
    "pages": {"force"},
    "a page": {"start", "pictures", "force"},
    "pictures": {"start", "stop", "fps", "speed", "size", "camera", "overlay", "sound", "highlights", "most", "force"},
}


@click.command(
    cls=Command,
    examples=[
        "replay watch match.replay",
        "replay watch match.replay --at death:3 --speed 0.5",
        "replay watch --follow live.replay",
        "replay watch before.replay --with after.replay    # side by side, from shortly before they part",
        "replay watch 'recordings/*.replay'    # one after the other; Q lists them",
    ],
)
@click.argument("files", nargs=-1, shell_complete=moments, metavar="[FILE]...")
@click.option("--with", "beside", metavar="B", shell_complete=found, help="Watch B beside it; C: as a ghost over it.")
@click.option(
    "--align",
    metavar="TIME",
    shell_complete=times,
    help="With B: what stands side by side. tick (the same one; default), end, or a TIME that both have, like death:1.",
)
@click.option(
    "--at",
    "moment",
    metavar="TIME",
    shell_complete=times,
    help="Begin there: 1204 (tick), 20.07s, 1:20.5, 50%, end-5s, @marker, death:3.",
)
@click.option("--speed", type=float, default=1.0, show_default=True, help="0.1 to 16, 64: as fast as it goes; negative: backwards.")
@click.option("--follow", is_flag=True, help="Watch a match that is still being recorded, at its live edge.")
@click.option("--fullscreen", is_flag=True, help="Fill the screen.")
@click.option("--size", metavar="WxH", help="Size of the window, as 1280x720.")
@click.option("--keys", is_flag=True, help="List every key and leave.")
def watch(
    files: tuple[str, ...],
    beside: str | None,
    align: str | None,
    moment: str | None,
    speed: float,
    follow: bool,
    fullscreen: bool,
    size: str | None,
    keys: bool,
) -> int:
    """Watch recordings: play, scrub, go backwards, follow players.

    Without a file, or of a folder: choose from the recordings there. Several files, or a glob, are shown one after the other. Press
    ? for the keys.
    """
    if keys:
        from replay.watch.model.commands import key_file

        echo(key_file(), nl=False)
        return OK
    for file in filter(None, (*files, beside)):
        local_path(file)
    from replay.watch.app import App
    from replay.watch.window import Window, check_pygame

    if warning := check_pygame():
        complain("replay", warning)
    window_size = parse_size(size) if size else None
    if beside is not None:
        screen = pair_screen(files, beside, align, at=moment, speed=speed, follow=follow)
    elif align is not None:
        raise UsageError("--align is for two recordings", "add --with B")
    else:
        screen = _screen(files, at=moment, speed=speed, follow=follow)
    with Window("replay", window_size, fullscreen=fullscreen) as window:
        App(window).run(screen)
    return OK


def _screen(files: tuple[str, ...], *, at: str | None, speed: float, follow: bool) -> Screen:
    """A list to choose from, or the first of these files."""
    from replay.watch.browser import Browser
    from replay.watch.model.playlist import Playlist
    from replay.watch.model.settings import recordings_folder
    from replay.watch.viewer import Viewer

    if not files or (len(files) == 1 and Path(files[0]).is_dir()):
        return Browser(files[0] if files else recordings_folder())
    moments_of = {path: named for file, named in map(split_moment, files) for path in recordings((file,))}
    playlist = Playlist.of(list(moments_of), [at or named for named in moments_of.values()])
    path = playlist.current.path
    with naming(path):
        return Viewer(path, at=playlist.moment(0), speed=speed, follow=follow, playlist=playlist)


def pair_screen(
    files: tuple[str, ...],
    beside: str,
    align: str | None = None,
    *,
    at: str | None = None,
    speed: float = 1.0,
    follow: bool = False,
) -> Screen:
    """Two recordings. FILE@TIME: begin there. Raises UsageError unless one file is named, and what the screen raises."""
    from replay.watch.model.alignment import TICK
    from replay.watch.model.session import Session
    from replay.watch.pair import Pair

    if len(files) != 1:
        raise UsageError("--with B takes one other recording", "replay watch A --with B")
    path, named = split_moment(files[0])
    with naming(Path(beside)):
        b = Session(beside)
    with naming(Path(path)):
        return Pair(path, b, align=align or TICK, at=at or named, speed=speed, follow=follow)


@click.command(
    cls=Command,
    examples=[
        "replay export match.replay -o match.gif --from death:1-2s --to death:1",
        "replay export match.replay -o match.mp4 --size 1280x720 --camera auto",
        "replay export match.replay -o reel.mp4 --highlights    # the best five moments, each under its title",
        "replay export match.replay@20s -o picture.png",
        "replay export match.replay -o match.html    # one page: opens in any browser, from a mail as well",
        "replay export recordings/ -o site/          # a page of each, and an index over all",
    ],
)
@click.argument("file", shell_complete=moments)
@click.option(
    "-o",
    "--output",
    required=True,
    metavar="OUT",
    help="x.html, x.gif, x.webp, x.mp4, x.webm, x.png, frames/%05d.png; of a folder, a folder of pages.",
)
@click.option("--from", "start", metavar="TIME", shell_complete=times, help="Begin there (default: the start, or FILE@TIME).")
@click.option("--to", "stop", metavar="TIME", shell_complete=times, help="End there (default: the end).")
@click.option("--fps", type=click.FloatRange(1, 120), help="Pictures a second (default: 25 for gif and webp, else 60).")
@click.option("--speed", type=click.FloatRange(0.1, 64), default=1.0, show_default=True, help="Match seconds for a second.")
@click.option("--size", metavar="WxH", default="640x360", show_default=True, help="Size of the picture.")
@click.option("--camera", default="all", show_default=True, metavar="CAMERA", help="all, auto, or the name or number of a player.")
@click.option("--overlay/--no-overlay", default=True, help="Clock, score and news over the picture.")
@click.option("--sound/--no-sound", default=True, help="Of a film, if the look of the game has sounds.")
@click.option("--highlights", is_flag=True, help="Only the best moments, one after the other, each under its title.")
@click.option("--most", type=click.IntRange(1, 100), help="How many of them at most (default: 5).")
@click.option("--pictures", is_flag=True, help="A page of pictures, even of a game that a browser can run.")
@click.option("--force", is_flag=True, help="Write over files; of a folder: over pages that are not replay's.")
def export(
    file: str,
    output: str,
    start: str | None,
    stop: str | None,
    fps: float | None,
    speed: float,
    size: str,
    camera: str,
    overlay: bool,
    sound: bool,
    highlights: bool,
    most: int | None,
    pictures: bool,
    force: bool,
) -> int:
    """Make a page, a picture or a film of a recording, or pages of a folder of them. Needs no display.

    A page computes the match again in the browser, and proves it; of a game that no browser runs it holds pictures that were drawn
    here. Films and GIFs need the extra `video` (PyAV, Pillow); PNG needs nothing.
    """
    is_page, is_folder = Path(output).suffix.lower() == ".html", Path(file).is_dir()
    _refuse_idle("pages" if is_folder else "a page" if is_page else "pictures")
    if most is not None and not highlights:
        raise UsageError("--most is how many highlights", "add --highlights")
    if is_folder:
        return _export_site(Path(file), Path(output), force)
    path, named = split_moment(file)
    if is_page:
        return _export_page(Path(path), Path(output), start or named, pictures, force)
    from replay.watch.export import export as draw

    with naming(Path(path)), progress("drawing") as show:
        written = draw(
            Path(path),
            Path(output),
            start=start or named,
            stop=stop,
            fps=fps,
            speed=speed,
            size=parse_size(size),
            camera=camera,
            overlay=overlay,
            sound=sound,
            highlights=(most or _MOST) if highlights else 0,
            force=force,
            progress=lambda done, total: show(done, total, "pictures"),
        )
    echo(f"{written.path}  {written.frames} {'pictures' if written.frames > 1 else 'picture'}  {written.bytes:,} bytes", err=True)
    if written.note:
        complain("replay", written.note)
    return OK


def _refuse_idle(kind: str) -> None:
    """Raises UsageError for an option that was given and has no meaning for this kind of output: it would be silently ignored."""
    context = click.get_current_context()
    for option in context.command.params:
        name = option.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and isinstance(option, click.Option) and name not in {"output", "named_game", *_OBEYED[kind]}:
            others = ", ".join(other for other, names in _OBEYED.items() if name in names)
            raise UsageError(f"{option.opts[0]} does nothing for {kind}", f"leave it out: it is for {others}")


def _export_page(path: Path, output: Path, start: str | None, pictures: bool, force: bool) -> int:
    from replay.watch.pages import page_of
    from replay.web.made import write_whole

    if not force:
        refuse_existing(output, FORCE)
    with naming(path), progress("exporting") as show:
        page = page_of(path, start=start, pictures=pictures, progress=show)
        size = write_whole(output, page.text, force=force)
    echo(f"{output}  {size:,} bytes", err=True)
    if page.verification is not None and not page.verification.is_ok:
        complain("replay", f"{path}: {page.verification.verdict}: {page.verification.message}")
    return OK


def _export_site(source: Path, folder: Path, force: bool) -> int:
    from replay.watch.site import export_site

    files = recordings((str(source),))
    with progress("exporting") as show:
        site = export_site(files, source, folder, force=force, progress=lambda done, total: show(done, total, "recordings"))
    if site.pages:
        echo(f"{site.index}  {counted(site.pages, 'page')}  {site.bytes:,} bytes", err=True)
    for path, error in site.problems:
        text, hint = told(error) if isinstance(error, OSError) else (str(error), error.hint)
        complain("replay", text if text.startswith(str(path)) else f"{path}: {text}", hint)
    errors = [error for _, error in site.problems]
    return OK if not errors else UNREADABLE if isinstance(errors[0], OSError) else exit_code(errors[0])


def draw_one(file: str, moment: str | None, output: str, size: str, force: bool) -> int:
    """One picture of a moment, for `replay show --image`."""
    from replay.watch.export import export as draw

    path, named = split_moment(file)
    with naming(Path(path)):
        written = draw(Path(path), Path(output), start=moment or named or "end", size=parse_size(size), force=force)
    echo(f"{written.path}  {written.bytes:,} bytes", err=True)
    return OK


def parse_size(text: str) -> tuple[int, int]:
    """`1280x720` as numbers. Raises UsageError for anything else."""
    width, _, height = text.lower().partition("x")
    if not (width.isdecimal() and height.isdecimal() and 64 <= int(width) <= 7680 and 64 <= int(height) <= 4320):
        raise UsageError(f"{text!r} is not a size", "a size is like 1280x720, from 64x64 to 7680x4320")
    return int(width), int(height)
