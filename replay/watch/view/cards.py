"""Lists on a card over the picture: the highlights, and what can be chosen to go through."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pygame

from replay.read.timecode import clock
from replay.watch.model.card import ListCard
from replay.watch.model.desk import Desk
from replay.watch.model.filters import Filters, Option, told
from replay.watch.model.highlights import Highlights
from replay.watch.model.lanes import kind_name
from replay.watch.view.colours import ACCENT, DIM, FAINT, INK, LINE, PANEL, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint

Lines = list[tuple[pygame.Rect, int]]
_WIDTH, _LINE, _HEAD, _FOOT, _EDGE = 300, 22, 34, 24, 12


def draw_card(surface: pygame.Surface, paint: Paint, look: Look, desk: Desk, area: pygame.Rect) -> tuple[pygame.Rect, Lines, str]:
    """The list that is open, at the left of the area. Returns where it is, where its lines are by number, and the spot of the table
    that a line is."""
    card = desk.timeline.card
    assert card is not None
    if isinstance(card, Highlights):
        return (*_draw_highlights(surface, paint, desk, card, area), "highlight")
    return (*_draw_filters(surface, paint, look, desk, card, area), "option")


def _draw_highlights(
    surface: pygame.Surface, paint: Paint, desk: Desk, card: Highlights, area: pygame.Rect
) -> tuple[pygame.Rect, Lines]:
    def draw(place: pygame.Rect, index: int) -> None:
        moment = card.menu.items[index]
        is_now = index == card.current
        if is_now:
            pygame.draw.rect(surface, ACCENT, (place.left, place.top + 2, paint.px(3), place.height - 4), border_radius=1)
        left, middle = place.left + paint.px(9), place.centery
        at = clock(moment.tick, desk.transport.ticks_per_second).rpartition(".")[0]
        time = paint.text(surface, at, (left, middle), 13, ACCENT if is_now else DIM, "midleft")
        left = max(time.right, left + paint.px(36)) + paint.px(8)
        paint.text(surface, moment.title, (left, middle), 13, INK, "midleft", bold=is_now, width=place.right - left - paint.px(6))

    percent, count = desk.timeline.progress, len(card.menu.items)
    title = f"Highlights {count}" if percent is None else f"Highlights {count} so far ({percent} %)"
    empty = "none so far" if percent is not None else "nothing of note happened"
    return _draw_list(surface, paint, card, area, (title, "Enter: go there   Esc: close", empty), draw)


def _draw_filters(
    surface: pygame.Surface, paint: Paint, look: Look, desk: Desk, card: Filters, area: pygame.Rect
) -> tuple[pygame.Rect, Lines]:
    choice, wanted, names = desk.timeline.choice, desk.timeline.wanted, desk.marks.story.names
    counts = card.counts(wanted)

    def draw(place: pygame.Rect, index: int) -> None:
        option = card.menu.items[index]
        count, chosen, followed = counts[option], option.is_chosen(choice), option.is_chosen(wanted)
        if option.player == 0:
            pygame.draw.line(surface, LINE, place.topleft, (place.right, place.top))
        shape, colour, name = _told(look, option, names)
        ink = INK if followed else DIM if count else FAINT
        middle = place.centery
        box = pygame.Rect(0, 0, paint.px(11), paint.px(11))
        box.midleft = (place.left + paint.px(9), middle)
        # Whom the camera follows is meant as long as nobody was chosen.
        pygame.draw.rect(surface, ACCENT if followed else FAINT, box, 0 if chosen else 1, border_radius=2)
        paint.shape(surface, shape, (box.right + paint.px(15), middle), paint.px(5), colour if count else mix(colour, PANEL, 0.6))
        number = paint.text(surface, str(count), (place.right - paint.px(8), middle), 13, ink, "midright")
        left = box.right + paint.px(28)
        room = max(number.left - left - paint.px(6), 8)
        surface.set_clip((left, place.top, room, place.height))  # letters of other fonts may be wider than they were measured
        paint.text(surface, name, (left, middle), 13, ink, "midleft", bold=chosen, width=room)
        surface.set_clip(None)

    title = f"Only {told(wanted, names)}" if wanted else "All kinds and players"
    hint = "Enter: only this   Shift+E: all   N P: go"
    return _draw_list(surface, paint, card, area, (title, hint, ""), draw)


def _told(look: Look, option: Option, names: Sequence[str]) -> tuple[str, tuple[int, int, int], str]:
    """Shape, colour and name."""
    if option.player is not None:
        return look.shape(option.player), look.colour(option.player), names[option.player]
    shape, colour = look.mark(option.kind) if option.kind else ("down", INK)
    return shape, colour, kind_name(option.kind or "")


def _draw_list(
    surface: pygame.Surface,
    paint: Paint,
    card: ListCard[Any],
    area: pygame.Rect,
    words: tuple[str, str, str],
    draw: Callable[[pygame.Rect, int], None],
) -> tuple[pygame.Rect, Lines]:
    """words: the title, the hint below, and what to say of an empty list. draw: a line into its place, by number."""
    (title, hint, empty), edge, line = words, paint.px(_EDGE), paint.px(_LINE)
    gap, head, foot = paint.px(8), paint.px(_HEAD), paint.px(_FOOT)
    room = max(area.height - 2 * gap - head - foot, line)
    seen = card.fit(room // line)
    width = min(paint.px(_WIDTH), area.width - 2 * gap)
    place = pygame.Rect(area.left + gap, area.top + gap, width, head + max(len(seen), 1) * line + foot)
    paint.panel(surface, place, 238)
    paint.text(surface, title, (place.left + edge, place.top + paint.px(10)), 15, INK, bold=True, width=width - 2 * edge)
    at = (place.left + edge, place.bottom - paint.px(7))
    paint.text(surface, hint, at, 11, FAINT, "bottomleft", width=width - 2 * edge)
    lines: Lines = []
    for index in seen:
        spot = pygame.Rect(place.left + edge // 2, place.top + head + (index - seen.start) * line, width - edge, line)
        if index == card.menu.chosen:
            pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.24), spot, border_radius=paint.px(4))
        draw(spot, index)
        lines.append((spot, index))
    if not card.menu.items:
        paint.text(surface, empty, (place.left + edge, place.top + head + line // 2), 13, DIM, "midleft", width=width - 2 * edge)
    elif len(seen) < len(card.menu.items):
        _draw_scrollbar(
            surface, paint, card, pygame.Rect(place.right - paint.px(5), place.top + head, paint.px(3), len(seen) * line)
        )
    return place, lines


def _draw_scrollbar(surface: pygame.Surface, paint: Paint, card: ListCard[Any], place: pygame.Rect) -> None:
    """How much of the list is seen."""
    count = len(card.menu.items)
    height = max(place.height * len(card.seen) // count, paint.px(12))
    top = place.top + (place.height - height) * card.seen.start // (count - len(card.seen))
    pygame.draw.rect(surface, FAINT, (place.left, top, place.width, height), border_radius=place.width // 2)


def draw_chosen(surface: pygame.Surface, paint: Paint, desk: Desk, area: pygame.Rect) -> pygame.Rect | None:
    """What is left of the marks while not all are shown, at the lower left of the picture; a click on it shows all again. Returns
    where it is; None if all are shown."""
    wanted = desk.timeline.wanted
    if not desk.timeline.choice:
        return None
    text = f"only {told(wanted, desk.marks.story.names)}: {len(desk.marks.goals(wanted))}"
    label, cross = paint.label(paint.shortened(text, area.width - paint.px(62), 13), 13, INK), paint.px(4)
    place = pygame.Rect(0, 0, label.get_width() + paint.px(34), label.get_height() + paint.px(8))
    place.bottomleft = (area.left + paint.px(14), area.bottom - paint.px(8))
    if desk.switches.inputs:  # they stand there
        place.right = area.right - paint.px(14)
    paint.panel(surface, place, 235, mix(PANEL, ACCENT, 0.25), radius=10)
    surface.blit(label, label.get_rect(midleft=(place.left + paint.px(10), place.centery)))
    paint.shape(surface, "x", (place.right - paint.px(12), place.centery), cross, DIM)
    return place
