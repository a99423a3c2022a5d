"""Pictures and films of a recording, drawn without a window: PNG, GIF, WebP, MP4, WebM, or a folder of frames.

A film of some ticks is always the same film: what is drawn follows from the states alone. GIF, WebP, MP4 and WebM need the extra
`video` (Pillow, PyAV).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pygame

from replay.core.errors import UsageError
from replay.core.extras import optional
from replay.core.game import Game
from replay.core.writer import FORCE, made_file, refuse_existing
from replay.read.story import Row
from replay.read.timecode import clock, resolve
from replay.watch.mix import Soundtrack
from replay.watch.model.director import AUTO, Director
from replay.watch.model.scene import Scene
from replay.watch.model.session import Session, player_of
from replay.watch.reel import Shot, best_moments, reel_shots, stretch_shots
from replay.watch.video import FILMS, Film, picture_surface
from replay.watch.view import panels
from replay.watch.view.colours import GROUND, INK
from replay.watch.view.paint import Paint
from replay.watch.view.picture import open_look
from replay.watch.window import check_pygame, open_nowhere

ANIMATED, STILL = (".gif", ".webp"), ".png"
FORMATS = (*ANIMATED, *FILMS, STILL)
_DEFAULT_FPS = {".gif": 25.0, ".webp": 25.0}
_CLEAR = 255  # the palette's last colour stands for "as before"
_MOST_FRAMES = 100_000
_NEAR = 0.005  # so near to a speed is that speed

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Written:
    """What an export made. note: what it lacks, in words; empty if nothing."""

    path: Path
    frames: int
    bytes: int
    note: str = ""


def export(
    path: str | os.PathLike[str],
    output: str | os.PathLike[str],
    game: Game | None = None,
    *,
    start: str | None = None,
    stop: str | None = None,
    fps: float | None = None,
    speed: float = 1.0,
    size: tuple[int, int] = (640, 360),
    camera: str = "all",
    overlay: bool = True,
    sound: bool = True,
    highlights: int = 0,
    force: bool = False,
    progress: Progress | None = None,
) -> Written:
    """Draw `path` from TIME `start` to TIME `stop` into the new file `output`; its ending says what it becomes.

    A PNG is one picture, at `start` (default: the end); with a `%05d` in its name it is a picture per frame. fps: pictures a second
    (default: 25 for GIF and WebP, else 60). speed: match seconds a second. camera: `all`, `auto`, or a player's name or number.
    sound: of a film, at speed 1, if the game's look has sounds. highlights: only so many of the best moments, each under its title;
    0: all of the match. force: write over a file.

    Raises UsageError for what there is not (a format, time or player), cannot be (a film of an odd size) or exists; ReplayError for
    highlights of a match without; MachineError without the packages that a format needs.
    """
    target = Path(output)
    suffix = target.suffix.lower()
    is_one = suffix == STILL and "%" not in target.name
    if is_one and (stop is not None or fps is not None or speed != 1.0 or highlights):
        raise UsageError(
            f"{target.name!r} is one picture: it has a --from, and no --to, --fps, --speed or --highlights",
            f"for many name it like {target.stem}-%05d.png",
        )
    _check_format(target, size, fps)
    check_pygame()
    open_nowhere()
    with Session(path, game, check=False) as session:
        if is_one:
            shots, step, fps = [Shot(float(resolve(start or "end", session.recording, session.game)), True)], 0.0, 1.0
        else:
            fps = fps or _DEFAULT_FPS.get(suffix, 60.0)
            step = session.game.ticks_per_second * speed / fps
            shots = _shots(session, start, stop, step, highlights)
        # A shaken picture changes every pixel: a GIF of it is ten times as large.
        artist = Artist(session, size, camera, overlay, suffix not in ANIMATED, step)
        frames = _counted(artist.frames(shots), len(shots), progress)
        if suffix == STILL and not is_one:
            return _write_stills(frames, target, len(shots), force)
        with made_file(target, force=force) as part:
            note = ""
            if suffix in FILMS:
                note = _write_film(artist, zip(shots, frames, strict=True), part, fps, speed, sound)
            elif suffix in ANIMATED:
                _write_animated(frames, part, suffix, fps)
            else:
                for frame in frames:
                    pygame.image.save(frame, part)
        return Written(target, len(shots), target.stat().st_size, note)


def _shots(session: Session, start: str | None, stop: str | None, step: float, highlights: int) -> list[Shot]:
    first = resolve(start or "0", session.recording, session.game)
    last = resolve(stop or "end", session.recording, session.game)
    if first > last or not session.recording.ticks:
        raise UsageError(f"nothing lies between tick {first} and tick {last}", "--from must come before --to")
    count = int((last - first) / step) + 1
    if count > _MOST_FRAMES:
        raise UsageError(f"that would be {count:,} pictures; the limit is {_MOST_FRAMES:,}", "choose less with --from, --to, --fps")
    if not highlights:
        return stretch_shots(first, last, step)
    return reel_shots(best_moments(session, first, last, highlights), first, last, step, session.game.ticks_per_second)


def _check_format(target: Path, size: tuple[int, int], fps: float | None) -> None:
    """Raises UsageError for no format or what it cannot hold, and MachineError, with what to install, without a package for it."""
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"cannot write {target.name!r}", f"a name ends in {', '.join(FORMATS)}")
    if suffix in FILMS and (size[0] % 2 or size[1] % 2):
        even = f"{size[0] // 2 * 2}x{size[1] // 2 * 2}"
        raise UsageError(f"{size[0]}x{size[1]}: the width and the height of a film are even numbers", f"--size {even}")
    if suffix == ".gif" and fps is not None and abs(round(100 / fps) * fps / 100 - 1) > _NEAR:
        near = " or ".join(f"{100 / hundredths:.4g}" for hundredths in sorted({max(int(100 / fps), 1), int(100 / fps) + 1}))
        raise UsageError(f"a GIF cannot show {fps:g} pictures a second: it counts in hundredths of a second", f"--fps {near}")
    with optional():
        if suffix in ANIMATED:
            import PIL  # noqa: F401
        elif suffix in FILMS:
            import av  # noqa: F401


class Artist:
    """Draws moments of one session, one after the other, with a camera that moves as it would in the window."""

    def __init__(self, session: Session, size: tuple[int, int], camera: str, overlay: bool, shake: bool, step_ticks: float) -> None:
        self.session = session
        self.look = open_look(session)
        self.surface = picture_surface(size)
        self.scene: Scene | None = None  # what was drawn last
        self.overlay = overlay
        self._options = {"shake": shake}
        self.paint = Paint(size)
        self.director = Director(session.story)
        self._seconds = step_ticks / session.game.ticks_per_second
        if camera == AUTO:
            session.survey.start()
            session.survey.wait()
            self.director.auto()
        elif camera != "all":
            self.director.follow(player_of(camera, session.story.names))

    def frames(self, shots: Iterable[Shot]) -> Iterator[pygame.Surface]:
        """A picture of each, always on the same surface."""
        for shot in shots:
            self.draw(shot)
            yield self.surface

    def draw(self, shot: Shot) -> None:
        self.draw_scene(self.scene_of(shot), shot)

    def scene_of(self, shot: Shot) -> Scene:
        return self.session.scene(shot.time, None, self.director.player, self._options)

    def draw_scene(self, scene: Scene, shot: Shot) -> None:
        """What is drawn at a shot's moment, of that or another state."""
        session, size = self.session, self.surface.get_size()
        self.scene = scene
        scene.camera = self.director.camera((0, 0, *size), scene, self._seconds, session.survey.events, shot.is_cut)
        self.surface.fill(GROUND)
        self.look.draw(self.surface, scene)
        if self.overlay:
            self._draw_overlay(scene)
        if shot.caption:
            at, width = (size[0] // 2, size[1] - self.paint.px(36)), size[0] - self.paint.px(60)
            caption = self.paint.shortened(shot.caption, width, 26, bold=True)
            self.paint.note(self.surface, caption, at, 26, INK, "midbottom", (32, 16), 200, bold=True)

    def _draw_overlay(self, scene: Scene) -> None:
        paint, session, size = self.paint, self.session, self.surface.get_size()
        rows = session.story.standings(scene.before)
        top = 4
        if rows:
            strip = pygame.Rect(4, 3, size[0] - 8, paint.px(28))
            self.surface.blit(paint.cached(("chips", *rows), lambda: self._chips(rows, strip.size)), strip)
            top = strip.bottom + 4
        lines = panels.feed_lines(self.look, session.recent(scene.time, panels.FEED_SECONDS), scene.time)[-4:]
        place = pygame.Rect(size[0] // 2, top, size[0] // 2 - 6, size[1] // 2)
        panels.draw_feed(self.surface, paint, self.look, lines, place, ground=True)
        moment, corner = clock(int(scene.time), session.game.ticks_per_second), (paint.px(12), size[1] - paint.px(9))
        paint.note(self.surface, moment, corner, 15, INK, "bottomleft", (14, 7), 190)

    def _chips(self, rows: list[Row], size: tuple[int, int]) -> pygame.Surface:
        """The score in a line: it is the same for many pictures."""
        chips = pygame.Surface(size, pygame.SRCALPHA)
        panels.draw_chips(chips, self.paint, self.look, rows, chips.get_rect())
        return chips


def _counted(frames: Iterator[pygame.Surface], total: int, progress: Progress | None) -> Iterator[pygame.Surface]:
    for done, frame in enumerate(frames, 1):
        yield frame
        if progress is not None:
            progress(done, total)


def _write_stills(frames: Iterator[pygame.Surface], target: Path, count: int, force: bool) -> Written:
    files = [target.with_name(_numbered(target.name, number)) for number in range(count)]
    for file in files if not force else ():
        refuse_existing(file, FORCE)
    for frame, file in zip(frames, files, strict=True):
        with made_file(file, force=force) as part:
            pygame.image.save(frame, part)
    return Written(target, count, sum(file.stat().st_size for file in files))


def _numbered(pattern: str, number: int) -> str:
    try:
        return pattern % number
    except (TypeError, ValueError) as error:
        raise UsageError(f"{pattern!r} is not a pattern for frames", "write it as frames/%05d.png") from error


def _write_animated(frames: Iterator[pygame.Surface], part: Path, suffix: str, fps: float) -> None:
    from PIL import Image

    pictures: Iterator[Any] = (Image.fromarray(pixels(frame)) for frame in frames)
    # GIF counts in hundredths of a second: 25 and 50 pictures a second are exact.
    options: dict[str, Any] = {"duration": round(1000 / fps), "loop": 0, "save_all": True}
    if suffix == ".gif":
        pictures = _differences(pictures)
        options |= {"optimize": False, "disposal": 1, "transparency": _CLEAR}
    else:
        options |= {"quality": 80, "method": 4}
    next(pictures).save(part, suffix[1:].upper(), append_images=pictures, **options)


def _differences(pictures: Iterator[Any]) -> Iterator[Any]:
    """The same 255 colours for all frames, and every pixel that is as before left clear: nothing flickers, rest costs nothing."""
    from PIL import Image

    early = [picture for picture, _ in zip(pictures, range(50), strict=False)]
    samples = early[:: max(1, len(early) // 6)]
    width, height = early[0].size
    sheet = Image.new("RGB", (width, height * len(samples)))
    for index, sample in enumerate(samples):
        sheet.paste(sample, (0, height * index))
    # Median cut would spend nearly all colours on a dark ground and turn the few bright things brown.
    palette = sheet.quantize(_CLEAR, method=Image.Quantize.FASTOCTREE)
    before = None
    for picture in chain(early, pictures):
        flat = picture.quantize(palette=palette, dither=Image.Dither.NONE)
        now = np.asarray(flat)
        if before is not None:
            flat.putdata(np.where(now == before, _CLEAR, now).ravel().tolist())
        before = now
        yield flat


def _write_film(
    artist: Artist, frames: Iterable[tuple[Shot, pygame.Surface]], part: Path, fps: float, speed: float, sound: bool
) -> str:
    """Returns what is missing in it, in words."""
    rate = artist.look.sample_rate if sound else None
    note = f"the film has no sound at {speed:g}x; it has some at 1x" if rate is not None and speed != 1.0 else ""
    track = Soundtrack(artist.session, artist.look, fps) if rate is not None and not note else None
    with Film(part, artist.surface.get_size(), fps, rate if track is not None else None) as film:
        number = 0
        for number, (shot, frame) in enumerate(frames):
            if track is not None and artist.scene is not None:
                film.add_sound(track.before(number, artist.scene, is_cut=shot.is_cut))
            film.add(frame)
        if track is not None:
            film.add_sound(track.until(number + 1))
    return note


def pixels(surface: pygame.Surface) -> Pixels:
    """A surface as rows of RGB, shape (height, width, 3)."""
    width, height = surface.get_size()
    return np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(height, width, 3)
