"""What lies over the picture for a moment: the thumbnail above the seek bar, words about what the mouse
rests on, the prompt, a word to the user, damage at the end."""

from __future__ import annotations

from collections.abc import Callable

import pygame

from replay.read.timecode import clock
from replay.watch.model.commands import TIPS
from replay.watch.model.desk import Desk, Tip
from replay.watch.model.places import Thing
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, INK
from replay.watch.view.paint import Paint, put

_THUMB = (256, 144)
_HINT = "1204 (tick), 20.07s, 1:20.5, 50%, end-5s, @marker, death:3"

Thumbnail = Callable[[int, tuple[int, int]], pygame.Surface]


def draw_thumbnail(
    surface: pygame.Surface, paint: Paint, desk: Desk, thing: Thing, bottom: tuple[int, int], thumbnail: Thumbnail
) -> None:
    """Time, tick, the words of the nearest mark and the picture at the moment under the mouse, on a card that ends at `bottom`."""
    width, height = (paint.px(side) for side in _THUMB)
    card = pygame.Rect(0, 0, width + 8, height + paint.px(46 if thing.mark is not None else 28))
    card.midbottom = bottom
    card.clamp_ip(pygame.Rect(4, 4, surface.get_width() - 8, surface.get_height()))
    paint.panel(surface, card, 250)
    surface.blit(thumbnail(thing.tick, (width, height)), (card.left + 4, card.top + 4))
    moment = f"{clock(thing.tick, desk.transport.ticks_per_second)}   tick {thing.tick}"
    paint.text(surface, moment, (card.centerx, card.top + height + paint.px(8)), 14, INK, "midtop", bold=True)
    if thing.mark is not None:
        place = (card.centerx, card.top + height + paint.px(26))
        paint.text(surface, desk.marks.text(thing.mark), place, 13, ACCENT, "midtop", width=width)


def draw_prompt(surface: pygame.Surface, paint: Paint, prompt: str, area: pygame.Rect) -> None:
    """The moment that is being typed."""
    card = pygame.Rect(0, 0, paint.px(430), paint.px(66))
    card.midbottom = (area.centerx, area.bottom - paint.px(16))
    paint.panel(surface, card, 248)
    left = card.left + paint.px(14)
    paint.text(surface, f"go to  {prompt}|", (left, card.top + paint.px(10)), 17, INK)
    paint.text(surface, _HINT, (left, card.top + paint.px(40)), 12, FAINT, width=card.width - paint.px(24))


def draw_toast(surface: pygame.Surface, paint: Paint, toast: str, area: pygame.Rect) -> None:
    """What the user is told for a moment."""
    text = paint.shortened(toast, area.width - 60, 15) if len(toast) > 60 else toast
    paint.note(surface, text, (area.centerx, area.top + paint.px(14)), 15, INK, "midtop", (28, 14), 235)


def draw_damage(surface: pygame.Surface, paint: Paint, damage: str, area: pygame.Rect) -> None:
    """Why the recording ends here."""
    place = (area.centerx, area.bottom - paint.px(14))
    paint.text(surface, damage, place, 14, BAD, "midbottom", width=area.width - 20)


def draw_tooltip(surface: pygame.Surface, paint: Paint, tip: Tip) -> None:
    """What the mouse rests on, out of the command table."""
    if not tip.name:
        return
    keys, text = TIPS[tip.name]
    what, how = paint.label(text, 13, INK), paint.label(keys, 13, DIM)
    gap, edge = paint.px(10), paint.px(8)
    card = pygame.Rect(0, 0, what.get_width() + gap + how.get_width() + 2 * edge, what.get_height() + paint.px(10))
    # Away from the edge of the window, and not under the mouse.
    if tip.at[1] > surface.get_height() // 2:
        card.midbottom = (tip.at[0], tip.at[1] - paint.px(14))
    else:
        card.midtop = (tip.at[0], tip.at[1] + paint.px(22))
    card.clamp_ip(surface.get_rect().inflate(-8, -8))
    paint.panel(surface, card, 250, radius=5)
    put(surface, what, card.left + edge, card.centery, "midleft")
    put(surface, how, card.right - edge, card.centery, "midright")
