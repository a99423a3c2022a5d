"""Pictures for a report: a moment as it is computed here, beside the state that was recorded, what differs between the two framed.

They are JPEG: a report holds dozens, and a PNG of a textured ground takes thirty times as long and is five times as large.
"""

from __future__ import annotations

import io
import os
from dataclasses import replace
from typing import Any, NamedTuple, Self

import numpy as np
import pygame

from replay.core.errors import ReplayError
from replay.core.game import Game, state_record
from replay.watch.export import Artist, pixels
from replay.watch.model.session import Session
from replay.watch.reel import Shot
from replay.watch.view.colours import BAD, GROUND
from replay.watch.window import check_pygame, open_nowhere

SIZE = 960, 540
_MOST_FRAMES = 12
_CELL = 12  # pixels: what lies within two of them is framed together


class Pair(NamedTuple):
    """Two pictures of a tick, as JPEG. frames: how many places differ, at most `_MOST_FRAMES`."""

    recorded: bytes
    computed: bytes
    frames: int


class Stills:
    """Draws moments of one recording, as computed by the rules here. A context manager.

    Raises MachineError without pygame, and what `Session` does.
    """

    def __init__(self, path: str | os.PathLike[str], game: Game | None = None) -> None:
        check_pygame()
        open_nowhere()
        self._session = Session(path, game, check=False)
        self._artist = Artist(self._session, SIZE, "all", True, False, 0.0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def computed(self, tick: int) -> bytes:
        return _jpeg(self._draw(tick))

    def pair(self, tick: int, recorded: Any, has_same_events: bool = True) -> Pair:
        """The recorded state of a tick beside the computed one. recorded: by field names, or as the match saves it.
        has_same_events: those of the last step into it; else the recorded picture is without them.

        Raises ReplayError where the game draws no states, or not this one.
        """
        moments = self._session.moments
        if moments.has_screen:
            raise ReplayError("the program draws its own screen, and no state that was recorded")
        state = state_record(moments.playback.match, recorded) if isinstance(recorded, bytes) else recorded
        if state is None:
            raise ReplayError("what was recorded is not a state of the rules here")
        computed = self._draw(tick).copy()
        try:
            self._draw(tick, state, tick if has_same_events else tick - 1)
        except ReplayError:
            raise
        except Exception as error:  # a look that knows the fields of today
            raise ReplayError(f"the look cannot draw the recorded state: {type(error).__name__}: {error}") from error
        both = self._artist.surface, computed
        boxes = differing_boxes(pixels(both[0]), pixels(both[1]))
        for surface in both:
            for box in boxes:
                pygame.draw.rect(surface, GROUND, pygame.Rect(box).inflate(4, 4), 4, 5)
                pygame.draw.rect(surface, BAD, box, 2, 4)
        return Pair(_jpeg(both[0]), _jpeg(both[1]), len(boxes))

    def _draw(self, tick: int, state: Any = None, events_until: int = 0) -> pygame.Surface:
        shot = Shot(float(tick), True)
        scene = self._artist.scene_of(shot)
        if state is not None:
            events = self._session.recent(events_until, self._session.story.memory_seconds)
            scene = replace(scene, before=state, after=state, events=events)
        self._artist.draw_scene(scene, shot)
        return self._artist.surface


def differing_boxes(left: Any, right: Any) -> list[tuple[int, int, int, int]]:
    """Where two pictures differ, shape (height, width, 3): (left, top, width, height) of each place, the largest first."""
    height, width = left.shape[:2]
    rows, columns = -(-height // _CELL), -(-width // _CELL)
    padded = np.zeros((rows * _CELL, columns * _CELL), bool)
    padded[:height, :width] = (left != right).any(axis=2)
    cells = {(int(row), int(column)) for row, column in np.argwhere(padded.reshape(rows, _CELL, columns, _CELL).any(axis=(1, 3)))}
    boxes = []
    while cells:
        place, edge = [], [cells.pop()]
        while edge:
            row, column = cell = edge.pop()
            place.append(cell)
            near = cells & {(row + down, column + right) for down in range(-2, 3) for right in range(-2, 3)}
            cells -= near
            edge += near
        ys, xs = zip(*place, strict=True)
        top, first = min(ys) * _CELL, min(xs) * _CELL
        box = pygame.Rect(first, top, (max(xs) + 1) * _CELL - first, (max(ys) + 1) * _CELL - top).inflate(6, 6)
        box = box.clip((0, 0, width, height))
        boxes.append((box.left, box.top, box.width, box.height))
    return sorted(boxes, key=lambda box: -box[2] * box[3])[:_MOST_FRAMES]


def _jpeg(surface: pygame.Surface) -> bytes:
    file = io.BytesIO()
    pygame.image.save(surface, file, "still.jpg")
    return file.getvalue()
