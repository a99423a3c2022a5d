"""What stands around the picture: clock and verdict, score table, feed, graph, inputs, statistics."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

import pygame

from replay.core.cache import Bounded
from replay.core.game import Events
from replay.read.readmodel import Series
from replay.read.story import Row, Sentence
from replay.read.timecode import clock
from replay.watch.model.places import Strip
from replay.watch.model.scene import Colour
from replay.watch.model.survey import Survey, badge_of
from replay.watch.model.transport import Transport
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, GOOD, INK, LINE, PANEL, WARN, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

FEED_SECONDS = 6.0
_FEED_LINES = 7
_NARROWEST_CHIP = 44
Words = tuple[tuple[str, Colour], ...]
_BADGE = {"good": GOOD, "bad": BAD, "waiting": DIM, "unknown": WARN}


class FeedLine(NamedTuple):
    """A line of the feed, and how old it is."""

    parts: Sentence
    age_seconds: float


class Graph:
    """The score over the whole match."""

    def __init__(self, look: Look, survey: Survey, transport: Transport) -> None:
        self._look, self._survey, self._transport = look, survey, transport
        self._curves: Bounded[Any, pygame.Surface] = Bounded(1)

    def draw(self, surface: pygame.Surface, paint: Paint, rect: pygame.Rect) -> None:
        timeline = self._survey.timeline
        if rect.width < 20 or timeline is None:
            return
        # Drawn anew when the survey has more of it, and never for a playing match.
        key = (rect.size, self._transport.ticks, len(timeline.ticks))
        surface.blit(self._curves.get(key, lambda: self._draw_curves(paint, rect.size, timeline)), rect)
        x = Strip(rect, self._transport.ticks, self._transport.start).tick_to_x(self._transport.position)
        pygame.draw.line(surface, INK, (x, rect.top + 2), (x, rect.bottom - 3))

    def _draw_curves(self, paint: Paint, size: tuple[int, int], timeline: Series) -> pygame.Surface:
        curves = pygame.Surface(size).convert()
        curves.fill(PANEL)
        inner = pygame.Rect(0, 4, size[0] - 1, size[1] - 8)
        for share in (0.25, 0.5, 0.75):
            y = inner.top + inner.height * share
            pygame.draw.line(curves, LINE, (0, y), (inner.right, y))
        lines, _, _ = graph_points(
            timeline.ticks, self._look.story.graph(timeline), self._transport.ticks, inner, self._transport.start
        )
        for index, points in enumerate(lines):
            if len(points) > 1:
                pygame.draw.lines(curves, self._look.graph_colour(index), False, points, max(1, paint.px(1.6)))
        return curves


def graph_points(
    ticks: Sequence[int], lines: Sequence[Sequence[int]], last_tick: int, rect: pygame.Rect, first_tick: int = 0
) -> tuple[list[list[tuple[float, float]]], int, int]:
    """Where the points of each line lie in `rect`, from `first_tick` to `last_tick`; then the lowest and the highest number
    of its left edge. An hour has more points than there are pixels: no more than can be seen."""
    low = min((0, *(min(line) for line in lines)))
    high = max((low + 1, *(max(line) for line in lines)))
    step = max(1, len(ticks) // (2 * max(rect.width, 1)))
    shown = [*range(0, len(ticks) - 1, step), len(ticks) - 1]
    across, up = rect.width / max(last_tick - first_tick, 1), rect.height / (high - low)
    points = [
        [(rect.left + (ticks[at] - first_tick) * across, rect.bottom - (line[at] - low) * up) for at in shown] for line in lines
    ]
    return points, low, high


def draw_standings(
    surface: pygame.Surface, paint: Paint, look: Look, rows: list[Row], rect: pygame.Rect, follow: int | None
) -> list[tuple[pygame.Rect, int]]:
    """The score table into `rect`; where there is no room for all, the first ones, and the one who is followed. Returns where each
    player's line is."""
    places = []
    right, step = rect.right - paint.px(8), paint.px(31)
    columns = min(len(look.story.columns), max((rect.width - paint.px(90)) // step, 1))  # the first ones are dearer than the last
    for index, heading in enumerate(reversed(look.story.columns[:columns])):
        at = (right - index * step, rect.top + paint.px(5))
        paint.text(surface, heading, at, 11, FAINT, "topright", width=step - paint.px(3))
    room = rect.height - paint.px(21)
    line = min(paint.px(23), max(room // max(len(rows), 1), paint.px(16)))
    shown = _first_rows(rows, room // line, follow)
    y = rect.top + paint.px(21)
    for row in shown:
        place = pygame.Rect(rect.left, y, rect.width, line)
        _draw_standing(surface, paint, look, row, place, columns, row.player == follow)
        places.append((place, row.player))
        y += line
    if len(shown) < len(rows):
        more = f"and {len(rows) - len(shown)} more"
        paint.text(surface, more, (rect.left + paint.px(29), y + line // 2), 12, FAINT, "midleft", width=rect.width - paint.px(36))
    return places


def _first_rows(rows: list[Row], fitting: int, follow: int | None) -> list[Row]:
    """As many rows as fit, with a line below them that counts the others."""
    if len(rows) <= fitting:
        return rows
    first = rows[: max(fitting - 1, 0)]
    followed = [row for row in rows[len(first) :] if row.player == follow]
    return [*first[: len(first) - len(followed)], *followed] if first else first


def _draw_standing(
    surface: pygame.Surface, paint: Paint, look: Look, row: Row, place: pygame.Rect, columns: int, is_followed: bool
) -> None:
    """A player's line of the score table. columns: how many there is room for."""
    middle, step, right = place.centery, paint.px(31), place.right - paint.px(8)
    colour = look.colour(row.player) if row.alive else mix(look.colour(row.player), PANEL, 0.55)
    if is_followed:
        pygame.draw.rect(surface, mix(PANEL, look.colour(row.player), 0.25), place.inflate(-4, -2), border_radius=4)
    letters = min(14.0, place.height / paint.scale * 0.8)
    paint.shape(
        surface, look.shape(row.player), (place.left + paint.px(16), middle), min(paint.px(6), place.height // 2 - 1), colour
    )
    ink = INK if row.alive else FAINT
    number = paint.text(surface, str(row.player + 1), (place.left + paint.px(29), middle), letters, ink, "midleft")
    left = number.right + paint.px(5)  # apart from the name, which may run from right to left
    room = place.right - paint.px(8) - columns * step - left
    paint.text(surface, look.story.names[row.player], (left, middle), letters, ink, "midleft", width=room)
    for index, cell in enumerate(reversed(row.cells[:columns])):
        first = index == columns - 1
        shade = ink if first or not row.alive else DIM
        at = (right - index * step, middle)
        paint.text(surface, cell, at, letters, shade, "midright", bold=first, width=step - paint.px(3))


def draw_scoreboard(
    surface: pygame.Surface, paint: Paint, look: Look, rows: list[Row], centre: tuple[int, int], follow: int | None
) -> None:
    """The score table on a card of its own, over the picture: of many players side by side."""
    edge = paint.px(6)
    most = pygame.Rect(0, 0, min(2 * centre[0], surface.get_width()) - 16, min(2 * centre[1], surface.get_height()) - 16)
    fitting = max((most.height - 2 * edge - paint.px(27)) // paint.px(23), 1)
    columns = min(max(-(-len(rows) // fitting), 1), max(most.width // paint.px(230), 1))
    each = -(-len(rows) // columns)
    width = min(paint.px(460) if columns == 1 else paint.px(320) * columns, most.width)
    height = min(standings_height(paint, each) + 2 * edge, most.height)
    card = paint.card(surface, (width, height), centre, 242, 7)
    for column in range(columns):
        left = card.left + edge + (width - 2 * edge) * column // columns
        part = pygame.Rect(left, card.top + edge, (width - 2 * edge) // columns - edge, height - 2 * edge)
        draw_standings(surface, paint, look, rows[column * each : (column + 1) * each], part, follow)


def standings_height(paint: Paint, rows: int) -> int:
    return paint.px(21) + rows * paint.px(23) + paint.px(6)


def draw_chips(
    surface: pygame.Surface, paint: Paint, look: Look, rows: list[Row], rect: pygame.Rect
) -> list[tuple[pygame.Rect, int]]:
    """The score in one line, for narrow windows: of the first ones, if there are many."""
    places = []
    shown = rows[: max(rect.width // paint.px(_NARROWEST_CHIP), 1)]
    width = rect.width // max(len(shown), 1)
    for index, row in enumerate(shown):
        place = pygame.Rect(rect.left + index * width, rect.top, width - 2, rect.height)
        paint.panel(surface, place, 200, radius=4)
        colour = look.colour(row.player) if row.alive else mix(look.colour(row.player), PANEL, 0.55)
        paint.shape(surface, look.shape(row.player), (place.left + paint.px(11), place.centery), paint.px(6), colour)
        cell, at = row.cells[0] if row.cells else "", (place.right - paint.px(5), place.centery)
        score = paint.text(surface, cell, at, 15, INK, "midright", bold=True, width=place.width - paint.px(24))
        room = score.left - place.left - paint.px(24)
        if room > paint.px(18):
            paint.text(
                surface, look.story.names[row.player], (place.left + paint.px(21), place.centery), 13, DIM, "midleft", width=room
            )
        places.append((place, row.player))
    return places


def feed_lines(look: Look, events: Events, time: float) -> list[FeedLine]:
    """The newest news, newest last."""
    rate = look.story.game.ticks_per_second
    lines = [FeedLine(news.parts, (time - news.tick) / rate) for news in islice(look.story.feed(events), _FEED_LINES)]
    return [line for line in reversed(lines) if line.age_seconds <= FEED_SECONDS]


def draw_feed(surface: pygame.Surface, paint: Paint, look: Look, lines: list[FeedLine], rect: pygame.Rect, *, ground: bool) -> None:
    """News in `rect`, old lines fading. ground: on a panel of their own, where there is no other."""
    y, height = rect.top, paint.px(20)
    for parts, age in lines:
        if y + height > rect.bottom:
            break
        fade = round(min(max((age - FEED_SECONDS + 1.5) / 1.5, 0.0), 0.8) * 5) / 5
        words = tuple((part.text, mix(look.part_colour(part), PANEL, fade)) for part in parts)
        # A line stands for many pictures: what it is made of is looked up at once.
        line = paint.cached(("feed", words, rect.width, ground), partial(_feed_line, paint, words, rect.width, height, ground))
        surface.blits([(picture, (rect.left + left, y + top)) for picture, (left, top) in line], False)
        y += height


def _feed_line(paint: Paint, words: Words, room: int, height: int, ground: bool) -> list[tuple[pygame.Surface, tuple[int, int]]]:
    """What a line of the feed is made of, and where it lies in a line `room` wide: at its right end if it has a panel."""
    width = min(sum(paint.label(text, 13).get_width() for text, _ in words), room - paint.px(20))
    x, edge = room - width - paint.px(8) if ground else paint.px(8), paint.px(6)
    line = []
    if ground and width + paint.px(12) > 0:
        line.append((paint.ground((width + paint.px(12), height), 170, radius=4), (x - edge, 0)))
    for text, colour in words:
        left = room - x - paint.px(4)
        if left < paint.px(8):
            break
        label = paint.label(paint.shortened(text, left, 13), 13, colour)
        line.append((label, (x, height // 2 - label.get_height() // 2)))
        x += label.get_width()
    return line


def draw_status(
    surface: pygame.Surface, paint: Paint, rect: pygame.Rect, transport: Transport, survey: Survey, name: str, mode: str
) -> dict[str, pygame.Rect]:
    """Play button, clock, speed; on the right the file and the verdict. mode: of the clock. Returns what can be clicked, by command
    or spot."""
    middle = rect.centery
    x = rect.left + paint.px(14)
    button = pygame.Rect(x - paint.px(10), rect.top, paint.px(30), rect.height)
    _draw_play(surface, paint, (x + paint.px(4), middle), transport)
    x += paint.px(24)
    time = _draw_clock(surface, paint, pygame.Rect(x, rect.top, rect.right - x, rect.height), transport, mode)
    x = time.right + paint.px(18)
    changed = transport.speed_text != "1x"
    speed = paint.text(surface, transport.speed_text, (x, middle), 16, WARN if changed else DIM, "midleft", bold=changed)
    x = speed.right + paint.px(16)
    if transport.live:
        edge = transport.at_edge
        x = paint.text(
            surface, "LIVE" if edge else "LIVE: End to catch up", (x, middle), 14, BAD if edge else WARN, "midleft", bold=True
        ).right
    if transport.looping:
        x = paint.text(surface, "loop", (x, middle), 14, WARN, "midleft").right + paint.px(14)
    verdict, mood = badge_of(survey)
    if mood == "waiting" and transport.ticks:
        verdict = f"verifying {100 * survey.verified_ticks // max(transport.ticks, 1)} %"
    right = rect.right - paint.px(10)
    verdict = paint.shortened(verdict, max(right - x - paint.px(60), paint.px(60)), 14, bold=True)
    badge = paint.label(verdict, 14, _BADGE[mood], True)
    place = badge.get_rect(midright=(right - paint.px(8), middle))
    ground = place.inflate(paint.px(34), paint.px(9)).move(-paint.px(8), 0)
    pygame.draw.rect(surface, mix(PANEL, _BADGE[mood], 0.16), ground, border_radius=ground.height // 2)
    surface.blit(badge, place)
    icon = {"good": "circle", "bad": "x", "waiting": "ring", "unknown": "diamond"}[mood]
    paint.shape(surface, icon, (place.left - paint.px(13), middle), paint.px(5), _BADGE[mood])
    room = ground.left - x - paint.px(24)
    if room > paint.px(60):
        paint.text(surface, name, (ground.left - paint.px(14), middle), 14, DIM, "midright", width=room)
    return {"play": button, "clock": time, "speed": speed.inflate(paint.px(12), paint.px(10)), "verdict": ground}


def _draw_clock(surface: pygame.Surface, paint: Paint, rect: pygame.Rect, transport: Transport, mode: str) -> pygame.Rect:
    """Where one is and how long it is, as time, time left or tick; where there is room, the tick as well, or beside it the time.
    Returns where it stands."""
    rate, ticks = transport.ticks_per_second, transport.ticks
    time, tick = ("", clock(transport.tick, rate), clock(ticks, rate)), ("tick ", str(transport.tick), str(ticks))
    left = ("-", clock(ticks - transport.tick, rate), time[2])
    large, small = {"time": (time, tick), "left": (left, tick), "tick": (tick, time)}[mode]
    x, middle = rect.left, rect.centery
    for (what, now, whole), size, bold in ((large, 19, True), (small, 15, False)):
        if not bold and rect.width < paint.px(860):
            break
        # A width for the widest number, so that nothing moves while the clock runs.
        widest = paint.label(what + "0" * len(whole), size, bold=bold).get_width()
        x += 0 if bold else paint.px(18)
        paint.text(surface, what + now, (x, middle), size, INK, "midleft", bold=bold)
        x = paint.text(surface, f"/ {whole}", (x + widest + paint.px(6), middle), 15, DIM, "midleft").right
    return pygame.Rect(rect.left, rect.top, x - rect.left, rect.height)


def _draw_play(surface: pygame.Surface, paint: Paint, at: tuple[int, int], transport: Transport) -> None:
    x, y = at
    size = paint.px(8)
    if transport.playing:
        for offset in (-0.75, 0.35):
            pygame.draw.rect(surface, INK, (x + offset * size, y - size, size * 0.5 + 1, 2 * size))
    else:
        way = -1 if transport.reverse else 1
        pygame.draw.polygon(surface, INK, [(x - way * size * 0.8, y - size), (x + way * size, y), (x - way * size * 0.8, y + size)])


def draw_inputs(surface: pygame.Surface, paint: Paint, look: Look, rows: Any, area: pygame.Rect) -> None:
    """What every player holds at this tick."""
    line = paint.px(22)
    width = min(area.width - 8, paint.px(430))
    rows = rows[: max((area.height - paint.px(20)) // line, 1)]
    rect = pygame.Rect(area.left + 8, area.bottom - len(rows) * line - paint.px(14), width, len(rows) * line + paint.px(8))
    paint.panel(surface, rect, 205)
    for player, row in enumerate(rows):
        y = rect.top + paint.px(4) + player * line + line // 2
        paint.shape(surface, look.shape(player), (rect.left + paint.px(14), y), paint.px(5), look.colour(player))
        x = rect.left + paint.px(28)
        for label, lit in look.story.inputs(row):
            colour = INK if lit else FAINT
            written = paint.label(label, 12, colour, lit)
            place = written.get_rect(midleft=(x + paint.px(5), y))
            if place.right > rect.right - 4:
                break
            if lit:
                pygame.draw.rect(
                    surface, mix(PANEL, look.colour(player), 0.45), place.inflate(paint.px(8), paint.px(3)), border_radius=3
                )
            surface.blit(written, place)
            x = place.right + paint.px(7)


def draw_lines(surface: pygame.Surface, paint: Paint, lines: list[str], area: pygame.Rect) -> None:
    """Plain lines on a panel at the top left: statistics."""
    width = max(paint.label(line, 13).get_width() for line in lines) + paint.px(20)
    rect = pygame.Rect(area.left + 8, area.top + 8, width, len(lines) * paint.px(19) + paint.px(12))
    paint.panel(surface, rect, 215)
    for index, line in enumerate(lines):
        paint.text(
            surface, line, (rect.left + paint.px(10), rect.top + paint.px(6) + index * paint.px(19)), 13, INK if index else ACCENT
        )
