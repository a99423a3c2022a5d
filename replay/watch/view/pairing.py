"""What stands around two recordings that are watched together: a head for each, in what they differ, and both on one bar."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pygame

from replay.core.cache import Bounded
from replay.read.story import Row
from replay.read.timecode import clock
from replay.watch.model.contrast import Line
from replay.watch.model.pairing import ONLY_A, ONLY_B, SIDES, Pairing
from replay.watch.model.places import Strip
from replay.watch.model.scene import Colour, Scene
from replay.watch.model.session import Session
from replay.watch.model.survey import badge_of
from replay.watch.view import panels
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GOOD, GROUND, INK, LINE, PANEL, WARN, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

A_COLOUR, B_COLOUR = ACCENT, WARN
DIFFERENT: Colour = (214, 110, 176)
_MOODS = {"good": GOOD, "bad": BAD, "waiting": DIM, "unknown": WARN}
_WIDE = 1000  # pixels: so wide a window has room beside the picture
_GHOST = 96  # of 255: how much of B is seen over A
_FAR = 6  # world pixels: so far apart a line leads from A's player to B's


class Frames(NamedTuple):
    """Where things go. heads: of A and of B. pictures: of A and of B, the same place unless they stand side by side. words: in what
    they differ."""

    heads: tuple[pygame.Rect, pygame.Rect]
    pictures: tuple[pygame.Rect, pygame.Rect]
    words: pygame.Rect


def frames(stage: pygame.Rect, paint: Paint, pairing: Pairing, *, hidden: bool) -> Frames:
    """stage: all but the bar and what is below it. hidden: nothing but the pictures."""
    view, world = pairing.view, pairing.a.story.world
    has_scores = pairing.a.story.columns or pairing.b.story.columns
    half, least = stage.width // 2, 0 if hidden else paint.px(104)
    head = 0 if hidden else paint.px(54 if has_scores else 28)
    left = pygame.Rect(stage.left, stage.top, half - 1, head)
    halves = (left, pygame.Rect(left.right + 2, stage.top, stage.right - left.right - 2, head))
    below = pygame.Rect(stage.left, stage.top + head, stage.width, stage.height - head)
    if view == SIDES:
        room = max(below.height - least, 1)
        height = room if hidden else min(room, max(half * world[1] // world[0], paint.px(120)))
        pictures = tuple(pygame.Rect(rect.left, below.top, rect.width, height) for rect in halves)
        words = pygame.Rect(stage.left, below.top + height, stage.width, below.height - height)
        return Frames(halves, (pictures[0], pictures[1]), words)
    if stage.width < _WIDE or hidden:
        picture = pygame.Rect(below.left, below.top, below.width, max(below.height - least, 1))
        return Frames(halves, (picture, picture), pygame.Rect(below.left, picture.bottom, below.width, least))
    side = paint.px(330)
    picture = pygame.Rect(stage.left, stage.top, stage.width - side, stage.height)
    heads = tuple(pygame.Rect(picture.right, stage.top + index * head, side, head) for index in (0, 1))
    words = pygame.Rect(picture.right, heads[1].bottom, side, stage.bottom - heads[1].bottom)
    return Frames((heads[0], heads[1]), (picture, picture), words)


def draw_badge(surface: pygame.Surface, paint: Paint, letter: str, at: tuple[int, int], colour: Colour, size: int = 20) -> None:
    """The letter of a recording on its colour, its left top corner at a point."""
    place = pygame.Rect(*at, paint.px(size), paint.px(size))
    pygame.draw.rect(surface, colour, place, border_radius=paint.px(4))
    paint.text(surface, letter, place.center, size * 0.72, GROUND, "center", bold=True)


def draw_head(
    surface: pygame.Surface, paint: Paint, rect: pygame.Rect, pairing: Pairing, look: Look, rows: list[Row], position: float
) -> list[tuple[pygame.Rect, int]]:
    """Name, moment and verdict of one of the two, and its score in a line. position: in ticks of it, what it does not have as well.
    Returns where each player's score is."""
    is_a = look.story is pairing.a.story
    session, letter, colour = (pairing.a, "A", A_COLOUR) if is_a else (pairing.b, "B", B_COLOUR)
    is_shown = pairing.view != (ONLY_B if is_a else ONLY_A)
    surface.fill(PANEL, rect)
    draw_badge(surface, paint, letter, (rect.left + paint.px(6), rect.top + paint.px(4)), colour if is_shown else FAINT)
    text, mood = badge_of(session.survey)
    middle, left = rect.top + paint.px(14), rect.left + paint.px(34)
    verdict = paint.text(surface, text, (rect.right - paint.px(8), middle), 12, _MOODS[mood], "midright", width=rect.width // 3)
    told, shade = _moment(session, position)
    place = paint.text(surface, told, (verdict.left - paint.px(12), middle), 12, shade, "midright", width=rect.width // 3)
    paint.text(surface, session.path.name, (left, middle), 14, INK if is_shown else DIM, "midleft", bold=True,
               width=max(place.left - left - paint.px(10), paint.px(16)))  # fmt: skip
    if not rows:
        return []
    chips = pygame.Rect(rect.left + paint.px(4), rect.top + paint.px(27), rect.width - paint.px(8), rect.height - paint.px(29))
    return panels.draw_chips(surface, paint, look, rows, chips)


def _moment(session: Session, position: float) -> tuple[str, Colour]:
    """The tick, or by how much the moment is outside of what there is."""
    recording, rate = session.recording, session.game.ticks_per_second
    if position > recording.ticks:
        return f"ended at {clock(recording.ticks, rate)}", WARN
    if position < recording.start_tick:
        return f"begins in {(recording.start_tick - position) / rate:.1f} s", WARN
    return f"tick {int(position)}", DIM


def draw_lines(surface: pygame.Surface, paint: Paint, rect: pygame.Rect, head: tuple[str, str], lines: Sequence[Line]) -> None:
    """In what the two moments differ, a line each, as far as there is room. head: the heading, and what else is known."""
    surface.fill(PANEL, rect)
    if rect.height < paint.px(20):
        return
    edge, row = paint.px(12), paint.px(20)
    pygame.draw.line(surface, LINE, rect.topleft, (rect.right, rect.top))
    colour, room = DIFFERENT if lines else INK, rect.width - 2 * edge
    first = paint.text(surface, head[0], (rect.left + edge, rect.top + paint.px(7)), 14, colour, bold=True, width=room)
    is_wide = rect.width > paint.px(640)
    if is_wide:
        room = max(rect.right - first.right - 3 * edge, 1)
        paint.text(surface, head[1], (rect.right - edge, rect.top + paint.px(8)), 13, DIM, "topright", width=room)
    else:
        paint.text(surface, head[1], (rect.left + edge, rect.top + paint.px(25)), 12, DIM, width=rect.width - 2 * edge)
    top = rect.top + paint.px(28 if is_wide else 46)
    fitting = max((rect.bottom - top) // row, 0)
    columns = 2 if is_wide else 1
    width = (rect.width - edge) // columns
    for index, line in enumerate(lines[: fitting * columns]):
        place = pygame.Rect(rect.left + edge + index // fitting * width, top + index % fitting * row, width - edge, row)
        _draw_line(surface, paint, place, line)


def _draw_line(surface: pygame.Surface, paint: Paint, place: pygame.Rect, line: Line) -> None:
    what = round(place.width * (0.14 if line.kind == "event" else 0.4))
    each = (place.width - what) // 2
    if line.kind == "event":  # one of the two: the sentence has the room of both
        text, x, colour, letter = (line.a, 0, A_COLOUR, "A") if line.a else (line.b, 0, B_COLOUR, "B")
        paint.text(surface, f"only {letter}", (place.left, place.centery), 13, colour, "midleft", bold=True, width=what)
        paint.text(surface, text, (place.left + what + x, place.centery), 13, INK, "midleft", width=place.width - what)
        return
    ink = INK if line.kind == "input" else DIM
    paint.text(surface, line.what, (place.left, place.centery), 13, ink, "midleft", width=what - paint.px(8))
    for text, index, colour in ((line.a, 0, A_COLOUR), (line.b, 1, B_COLOUR)):
        at = (place.left + what + index * each, place.centery)
        paint.text(surface, text or "nothing", at, 13, colour if text else FAINT, "midleft", width=each - paint.px(8))


class Ghost:
    """B over A, each seen through the other where they differ; where both are the same, nothing changes."""

    def __init__(self) -> None:
        self._layers: Bounded[Any, pygame.Surface] = Bounded(1)

    def draw(self, surface: pygame.Surface, look: Look, scene: Scene) -> None:
        left, top, width, height = scene.camera.area
        layer = self._layers.get((width, height), lambda: pygame.Surface((width, height)).convert())
        layer.fill(GROUND)
        scene.camera.area = (0, 0, width, height)
        look.draw(layer, scene)
        scene.camera.area = (left, top, width, height)
        layer.set_alpha(_GHOST)
        surface.blit(layer, (left, top))


def draw_outlines(
    surface: pygame.Surface, paint: Paint, look: Look, spots: tuple[dict[int, tuple[float, float]], dict[int, tuple[float, float]]],
    scale: float, area: pygame.Rect,
) -> None:  # fmt: skip
    """B's players as rings, and how far each is from where A has it. spots: on the screen, of A and of B."""
    surface.set_clip(area)
    for player, (x, y) in spots[1].items():
        here = spots[0].get(player)
        if here is None or abs(here[0] - x) + abs(here[1] - y) < _FAR * scale:
            continue
        colour = look.colour(player)
        pygame.draw.line(surface, mix(colour, GROUND, 0.25), here, (x, y), paint.px(2))
        for wide, ink in ((paint.px(4), GROUND), (paint.px(2), colour)):
            pygame.draw.circle(surface, ink, (x, y), max(22 * scale, paint.px(8)) + (wide - paint.px(2)) / 2, wide)
    surface.set_clip(None)


class PairStrip:
    """Below A's bar: the ticks in which the two differ, and B's marks, at the moments of A that they stand beside."""

    def __init__(self, pairing: Pairing, look: Look) -> None:
        self._pairing, self._look = pairing, look
        self._strips: Bounded[Any, pygame.Surface] = Bounded(1)

    def draw(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect, strip: Strip, position: float) -> None:
        """strip: A's, whose times count."""
        pairing = self._pairing
        differences, alignment = pairing.differences, pairing.alignment
        survey, ticks, markers = pairing.b.survey, pairing.b.recording.ticks, len(pairing.b.recording.markers)
        # While the survey and the comparison run: anew at every sixteenth of the way.
        seen = -1 if survey.ticks >= ticks else survey.ticks * 16 // max(ticks, 1)
        compared = -1 if differences.is_done else int(differences.progress * 16)
        place = (rect.size, strip.rect.left, strip.rect.width, strip.start, strip.ticks)
        of_b = (seen, ticks, markers, survey.first_bad_tick, alignment.anchors, alignment.shift)
        key = (place, of_b, compared, differences.first, differences.span)
        surface.blit(self._strips.get(key, lambda: self._make(paint, rect, strip)), rect)
        x = round(strip.tick_to_x(position))
        if rect.left <= x < rect.right:  # a bar may show a part of the match
            pygame.draw.line(surface, INK, (x, rect.top), (x, rect.bottom - 1), paint.px(2))

    def _make(self, paint: Paint, rect: pygame.Rect, strip: Strip) -> pygame.Surface:
        picture = pygame.Surface(rect.size).convert()
        picture.fill(PANEL)
        band = paint.px(6)
        picture.fill(GROUND, (0, band + 1, rect.width, rect.height - band - 1))
        self._draw_band(picture, rect, strip, band)
        pairing, drawn = self._pairing, set()
        for mark in sorted(pairing.marks.all(), key=lambda mark: mark.weight):
            x = round(strip.tick_to_x(pairing.alignment.to_a(mark.tick))) - rect.left
            if not 0 <= x < rect.width or (x // 2, mark.kind) in drawn:
                continue
            drawn.add((x // 2, mark.kind))
            shape, colour = self._look.mark(mark.kind) if mark.kind else ("down", INK)
            paint.shape(picture, shape, (x, (band + rect.height) / 2), paint.px(2.2 + min(mark.weight, 3)), colour)
        if (bad := pairing.b.survey.first_bad_tick) is not None:  # from there on B is not what was recorded
            left = round(strip.tick_to_x(pairing.alignment.to_a(bad))) - rect.left
            picture.fill(BAD, (left, rect.height - paint.px(4), rect.width, paint.px(4)))
        return picture

    def _draw_band(self, picture: pygame.Surface, rect: pygame.Rect, strip: Strip, band: int) -> None:
        """Where states differ, and brighter where inputs do; what is not compared yet is darker."""
        differences = self._pairing.differences

        def bar(first: float, stop: float, colour: Colour, top: int, height: int) -> None:
            left, right = (round(strip.tick_to_x(tick)) - rect.left for tick in (first, stop))
            picture.fill(colour, (left, top, max(right - left, 2), height))

        picture.fill(GROUND, (0, 0, rect.width, band))
        if not differences.span[1]:
            return
        bar(differences.span[0], differences.tick, LINE, 0, band)
        for run in differences.state_runs:
            bar(*run, mix(DIFFERENT, GROUND, 0.45), 0, band)
        for run in differences.input_runs:
            bar(*run, DIFFERENT, 0, band // 2)
