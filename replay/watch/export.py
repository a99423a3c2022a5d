"""Pictures and films of a recording, drawn without a window: PNG, GIF, WebP, MP4, WebM, or a folder of frames.

A film of some ticks is always the same film: what is drawn follows from the states alone. GIF, WebP, MP4 and WebM need the extra
`video` (Pillow, PyAV).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pygame

from replay.core.errors import UsageError
from replay.core.extras import optional
from replay.core.game import Game
from replay.read.timecode import clock, resolve
from replay.watch.model.director import AUTO, Director
from replay.watch.model.scene import Scene
from replay.watch.model.session import Session, player_of
from replay.watch.view import panels
from replay.watch.view.colours import GROUND, INK
from replay.watch.view.paint import Paint
from replay.watch.view.picture import open_look
from replay.watch.window import check_pygame, open_nowhere

ANIMATED, FILMS, STILL = (".gif", ".webp"), (".mp4", ".webm"), ".png"
FORMATS = (*ANIMATED, *FILMS, STILL)
_DEFAULT_FPS = {".gif": 25.0, ".webp": 25.0}
_CLEAR = 255  # the palette's last colour stands for "as before"
_MOST_FRAMES = 100_000
_CODECS = {
    ".mp4": ("libx264", {"crf": "20", "preset": "medium"}),
    ".webm": ("libvpx-vp9", {"crf": "30", "b": "0", "cpu-used": "4", "deadline": "realtime"}),
}

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Written:
    """What an export made."""

    path: Path
    frames: int
    bytes: int


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
    progress: Progress | None = None,
) -> Written:
    """Draw `path` from TIME `start` to TIME `stop` into `output`; its ending says what it becomes.

    A PNG is one picture, at `start` (default: the end); with a `%05d` in its name it is a picture per frame. fps: pictures a second
    (default: 25 for GIF and WebP, else 60). speed: match seconds a second. camera: `all`, `auto`, or a player's name or number.

    Raises UsageError for a format, time or player that there is not, MachineError without the packages that a format needs.
    """
    target = Path(output)
    suffix = target.suffix.lower()
    if suffix not in FORMATS:
        raise UsageError(f"cannot write {target.name!r}", f"a name ends in {', '.join(FORMATS)}")
    _require(suffix)
    check_pygame()
    open_nowhere()
    with Session(path, game, check=False) as session:
        ticks = session.recording.ticks
        if suffix == STILL and "%" not in target.name:
            moment = resolve(start or "end", session.recording, session.game)
            times = [float(moment)]
        else:
            first = resolve(start or "0", session.recording, session.game)
            last = resolve(stop or "end", session.recording, session.game)
            if first > last or not ticks:
                raise UsageError(f"nothing lies between tick {first} and tick {last}", "--from must come before --to")
            fps = fps or _DEFAULT_FPS.get(suffix, 60.0)
            step = session.game.ticks_per_second * speed / fps
            count = int((last - first) / step) + 1
            if count > _MOST_FRAMES:
                raise UsageError(
                    f"that would be {count:,} pictures; the limit is {_MOST_FRAMES:,}", "choose less with --from, --to, --fps"
                )
            times = [first + index * step for index in range(count)]
        # A shaken picture changes every pixel: a GIF of it is ten times as large.
        artist = Artist(session, size, camera, overlay, suffix not in ANIMATED, times[1] - times[0] if len(times) > 1 else 0.0)
        frames = _counted(artist.frames(times), len(times), progress)
        return _write(frames, target, suffix, size, fps or 1.0, len(times))


class Artist:
    """Draws moments of one session, one after the other, with a camera that moves as it would in the window."""

    def __init__(self, session: Session, size: tuple[int, int], camera: str, overlay: bool, shake: bool, step_ticks: float) -> None:
        self.session = session
        self.look = open_look(session)
        self.surface = pygame.Surface(size).convert()
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

    def frames(self, times: list[float]) -> Iterator[pygame.Surface]:
        for index, time in enumerate(times):
            self.draw(time, first=index == 0)
            yield self.surface

    def draw(self, time: float, *, first: bool) -> None:
        session, size = self.session, self.surface.get_size()
        scene = session.scene(time, None, self.director.player, self._options)
        scene.camera = self.director.camera((0, 0, *size), scene, self._seconds, session.survey.events, first)
        self.surface.fill(GROUND)
        self.look.draw(self.surface, scene)
        if self.overlay:
            self._draw_overlay(scene)

    def _draw_overlay(self, scene: Scene) -> None:
        paint, session, size = self.paint, self.session, self.surface.get_size()
        rows = session.story.standings(scene.before)
        top = 4
        if rows:
            strip = pygame.Rect(4, 3, size[0] - 8, paint.px(28))
            panels.draw_chips(self.surface, paint, self.look, rows, strip)
            top = strip.bottom + 4
        lines = panels.feed_lines(self.look, session.recent(scene.time, panels.FEED_SECONDS), scene.time)[-4:]
        place = pygame.Rect(size[0] // 2, top, size[0] // 2 - 6, size[1] // 2)
        panels.draw_feed(self.surface, paint, self.look, lines, place, ground=True)
        moment, corner = clock(int(scene.time), session.game.ticks_per_second), (paint.px(12), size[1] - paint.px(9))
        paint.note(self.surface, moment, corner, 15, INK, "bottomleft", (14, 7), 190)


def _counted(frames: Iterator[pygame.Surface], total: int, progress: Progress | None) -> Iterator[pygame.Surface]:
    for done, frame in enumerate(frames, 1):
        yield frame
        if progress is not None:
            progress(done, total)


def _require(suffix: str) -> None:
    """Raises MachineError, with what to install, if this format needs a package that is not there."""
    with optional():
        if suffix in ANIMATED:
            import PIL  # noqa: F401
        elif suffix in FILMS:
            import av  # noqa: F401


def _write(frames: Iterator[pygame.Surface], target: Path, suffix: str, size: tuple[int, int], fps: float, count: int) -> Written:
    """Write all frames. The file gets its name when it is whole; an interrupted export leaves nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if suffix == STILL and "%" in target.name:
        total = 0
        for number, frame in enumerate(frames):
            one = target.with_name(_numbered(target.name, number))
            pygame.image.save(frame, one)
            total += one.stat().st_size
        return Written(target, count, total)
    part = target.with_name(f".{target.stem}.part{suffix}")
    try:
        part.touch()
    except OSError as error:
        raise UsageError(f"{target}: cannot be written there: {error.strerror}", "name another place with -o or --image") from None
    try:
        if suffix == STILL:
            pygame.image.save(next(frames), part)
            for _ in frames:
                pass
        elif suffix in ANIMATED:
            _write_animated(frames, part, suffix, fps)
        else:
            _write_film(frames, part, suffix, size, fps)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Written(target, count, target.stat().st_size)


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


def _write_film(frames: Iterator[pygame.Surface], part: Path, suffix: str, size: tuple[int, int], fps: float) -> None:
    import av

    codec, options = _CODECS[suffix]
    even = (size[0] // 2 * 2, size[1] // 2 * 2)  # these codecs halve the colours
    with av.open(str(part), "w") as container:
        stream = container.add_stream(codec, rate=Fraction(fps).limit_denominator(1000), options=options)
        stream.width, stream.height = even
        stream.pix_fmt = "yuv420p"
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels(frame)[: even[1], : even[0]]), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def pixels(surface: pygame.Surface) -> Pixels:
    """A surface as rows of RGB, shape (height, width, 3)."""
    width, height = surface.get_size()
    return np.frombuffer(pygame.image.tobytes(surface, "RGB"), np.uint8).reshape(height, width, 3)
