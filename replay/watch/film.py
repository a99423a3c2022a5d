"""The pictures of a whole match for a page that cannot simulate it: a WebM to be scrubbed, or stills where there is no PyAV.

Every picture is that of a whole tick, and the pictures are evenly far apart: which one belongs to a tick is a division. A long or a
busy match gets fewer pictures a second rather than a page that no mail takes.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec

import pygame

from replay.watch.export import Artist, pixels
from replay.watch.model.session import Session
from replay.watch.reel import stretch_shots
from replay.watch.video import Colours, add_pictures
from replay.watch.view.picture import open_look, small_picture
from replay.watch.window import check_pygame, open_nowhere

WIDTH = 640  # pixels; the height follows the world's shape, and is at most as much
MOST_BYTES = 16 * 2**20
_MOST_FPS = 30
_MOST_PICTURES = 9_000  # five minutes at 30 a second; an hour has fewer a second
_MOST_STILLS = 600
_FEWEST_PICTURES = 8
_GROUP = 12  # pictures from one that stands alone to the next: a jump decodes at most so many
_VIDEO = {"crf": "36", "b": "0", "g": str(_GROUP), "cpu-used": "6", "deadline": "realtime", "lag-in-frames": "0", "row-mt": "1"}
_THUMBNAIL_AT = 0.6  # of the match: something has happened by then

Progress = Callable[[int, int], object]


@dataclass(frozen=True)
class Film:
    """kind: the type of `parts`, as browsers name it: one WebM, or a still for each picture.

    Picture i shows state `first_tick + i * step_ticks`. fps: of the WebM.
    """

    kind: str
    parts: list[bytes]
    size: tuple[int, int]
    pictures: int
    first_tick: int
    step_ticks: int
    fps: int = 0

    @property
    def bytes(self) -> int:
        return sum(map(len, self.parts))


def draw_film(session: Session, *, most_bytes: int = MOST_BYTES, progress: Progress | None = None) -> Film:
    """Draw the match as the window would show it, without anything over the picture.

    Raises MachineError where pygame does not work, ReplayError if the game's look does not load.
    """
    check_pygame()
    open_nowhere()
    is_film = find_spec("av") is not None
    start, rate = session.recording.start_tick, session.game.ticks_per_second
    ticks = session.moments.ticks - start
    step = max(1, math.ceil(rate / _MOST_FPS), math.ceil(ticks / (_MOST_PICTURES if is_film else _MOST_STILLS)))
    while True:
        try:
            return _drawn(session, is_film, step, most_bytes, progress)
        except _TooLargeError as error:
            step = math.ceil(step * min(max(error.bytes / most_bytes, 1.5), 16))


class _TooLargeError(Exception):
    """Given up on the way. bytes: what the whole film would have had."""

    def __init__(self, size: int) -> None:
        self.bytes = size


def _drawn(session: Session, is_film: bool, step: int, most_bytes: int, progress: Progress | None) -> Film:
    """A film with a picture every `step` ticks. Raises _TooLargeError; a few pictures are never too large."""
    first, last = session.recording.start_tick, session.moments.ticks
    shots = stretch_shots(first, last, step)
    size = picture_size(session)
    frames = _counted(Artist(session, size, "all", False, False, step).frames(shots), len(shots), progress)
    fps = max(1, round(session.game.ticks_per_second / step))

    def check(size: int, done: int) -> None:
        if size > most_bytes and len(shots) > _FEWEST_PICTURES:
            raise _TooLargeError(size * len(shots) // done)

    kind, parts = _webm(frames, size, fps, check) if is_film else _stills(frames, check)
    return Film(kind, parts, size, len(shots), first, step, fps if is_film else 0)


def _counted(frames: Iterator[pygame.Surface], total: int, progress: Progress | None) -> Iterator[pygame.Surface]:
    for done, frame in enumerate(frames, 1):
        yield frame
        if progress is not None:
            progress(done, total)


def picture_size(session: Session) -> tuple[int, int]:
    """Even, in the shape of the world. A small screen is enlarged by a whole number, so that its pixels stay squares."""
    width, height = session.story.world
    scale = WIDTH / max(width, height)
    if session.moments.has_screen and scale >= 1:
        scale = int(scale)
    return max(round(width * scale / 2) * 2, 16), max(round(height * scale / 2) * 2, 16)


def _webm(
    frames: Iterator[pygame.Surface], size: tuple[int, int], fps: int, check: Callable[[int, int], None]
) -> tuple[str, list[bytes]]:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format="webm") as container:
        stream, colours = add_pictures(container, "libvpx-vp9", size, fps, _VIDEO), Colours()
        for done, frame in enumerate(frames, 1):
            container.mux(stream.encode(colours.of(frame)))
            check(file.tell(), done)
        container.mux(stream.encode())
    return "video/webm", [file.getvalue()]


def _stills(frames: Iterator[pygame.Surface], check: Callable[[int, int], None]) -> tuple[str, list[bytes]]:
    parts: list[bytes] = []
    kind, total = "", 0
    for frame in frames:
        kind, still = still_of(frame)
        parts.append(still)
        total += len(still)
        check(total, len(parts))
    return kind, parts


def still_of(picture: pygame.Surface, quality: int = 70) -> tuple[str, bytes]:
    """A picture as a browser shows it, and its type: WebP, or PNG where Pillow is missing."""
    file = io.BytesIO()
    if find_spec("PIL") is None:
        pygame.image.save(picture, file, "picture.png")
        return "image/png", file.getvalue()
    from PIL import Image

    Image.fromarray(pixels(picture)).save(file, "WEBP", quality=quality, method=4)
    return "image/webp", file.getvalue()


def thumbnail(session: Session, size: tuple[int, int]) -> tuple[str, bytes]:
    """A small picture of a moment that tells what the match looks like, and its type."""
    check_pygame()
    open_nowhere()
    recording = session.recording
    at = recording.start_tick + (recording.ticks - recording.start_tick) * _THUMBNAIL_AT
    return still_of(small_picture(session, open_look(session), at, size), 60)
