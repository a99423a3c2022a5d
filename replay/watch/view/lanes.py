"""The lanes of the seek bar: their names, and the marks in them; what is near one another as one, with its count."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pygame

from replay.watch.model.lanes import HALF, Lane
from replay.watch.model.marks import Choice
from replay.watch.model.places import LaneRow
from replay.watch.view.colours import DIM, FAINT, GROUND, INK, PANEL, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

_LETTERS, _COUNT_LETTERS = 11, 10
_OTHERS_SHARE = 0.72  # of the ground in marks that are about others than the one who is followed
_OTHERS_GROUP_SHARE = 0.84
_GROUP_SHARES = (0.74, 0.4)  # of the ground in what stands for several marks: for the fewest, and for the most of its lane


def draw_grounds(band: pygame.Surface, rows: Sequence[LaneRow], down: int, look: Look) -> None:
    """Every other lane is a little lighter; one of a player has a touch of its colour. down: from the screen to the band."""
    for index, row in enumerate(rows):
        ground = mix(GROUND, PANEL, 0.55) if index % 2 else GROUND
        if row.lane.player is not None:
            ground = mix(ground, look.colour(row.lane.player), 0.09)
        band.fill(ground, (0, row.top + down, band.get_width(), row.bottom - row.top))


def draw_name(
    band: pygame.Surface, paint: Paint, look: Look, lane: Lane, place: pygame.Rect, choice: Choice, follow: int | None
) -> None:
    """At the left of a lane: its shape and its name; lit if it was chosen, faint if it was left out."""
    if not lane.name:
        return
    chosen = lane.player in choice.players if lane.player is not None else bool(choice.kinds.intersection(lane.kinds))
    is_out = not chosen and bool(choice.players if lane.player is not None else choice.kinds and lane.kinds)
    shape, colour = _style(look, lane)
    if chosen:
        ground = place.inflate(0, -2)
        pygame.draw.rect(band, mix(PANEL, colour, 0.35), ground, border_radius=ground.height // 2)
    size = min(place.height * 0.32, paint.px(5))
    middle, ink = place.centery, FAINT if is_out else INK if chosen or (lane.player is not None and lane.player == follow) else DIM
    paint.shape(band, shape, (place.left + paint.px(9), middle), size, mix(colour, PANEL, 0.6) if is_out else colour)
    left, letters = place.left + paint.px(18), min(_LETTERS, place.height / paint.scale * 0.85)
    band.set_clip(place)  # letters of other fonts may be wider than they were measured
    paint.text(band, lane.name, (left, middle), letters, ink, "midleft", width=max(place.right - left - paint.px(3), 8))
    band.set_clip(None)


def _style(look: Look, lane: Lane) -> tuple[str, tuple[int, int, int]]:
    """What stands for a lane: a player's own, the kind's, or that of markers."""
    if lane.player is not None:
        return look.shape(lane.player), look.colour(lane.player)
    return _mark(look, lane.kinds[-1] if lane.kinds else "")


def _mark(look: Look, kind: str) -> tuple[str, tuple[int, int, int]]:
    return look.mark(kind) if kind else ("down", INK)


def draw_marks(band: pygame.Surface, paint: Paint, look: Look, row: LaneRow, shift: tuple[int, int], mine: Choice) -> None:
    """The clusters of a lane: the more marks, the brighter. shift: from the screen to the band. mine: others are faint."""
    height = row.bottom - row.top
    middle = (row.top + row.bottom) // 2 + shift[1]
    size = min(height * 0.4, HALF * paint.scale)
    most = max((len(spot.cluster.marks) for spot in row.spots), default=1)
    for left, right, cluster in row.spots:
        shape, colour = _mark(look, cluster.mark.kind)
        if row.lane.player is not None and len(cluster.marks) > 1:  # of all kinds: what they have in common is the player
            colour = look.colour(row.lane.player)
        is_mine = not mine.players or any(map(mine.is_about, cluster.marks))
        if len(cluster.marks) == 1:
            x = min(max((left + right) / 2 + shift[0], size), band.get_width() - size - 1)
            paint.shape(band, shape, (x, middle), size, colour if is_mine else mix(colour, GROUND, _OTHERS_SHARE))
            continue
        pill = pygame.Rect(left + shift[0], round(middle - size), max(right - left - 1, 2), round(2 * size))
        faint, full = _GROUP_SHARES
        share = faint + (full - faint) * math.sqrt(len(cluster.marks) / most) if is_mine else _OTHERS_GROUP_SHARE
        ground = mix(colour, GROUND, share)
        pygame.draw.rect(band, ground, pill, border_radius=pill.height // 2)
        count = paint.label(str(len(cluster.marks)), min(_COUNT_LETTERS, height / paint.scale * 0.8), INK if is_mine else DIM, True)
        if count.get_width() < pill.width - 1:
            band.blit(count, count.get_rect(center=pill.center))
