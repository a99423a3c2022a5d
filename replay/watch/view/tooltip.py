"""A few words, out of the command table, about the thing on which the mouse rests."""

from __future__ import annotations

import pygame

from replay.watch.model.commands import TIPS
from replay.watch.model.desk import Tip
from replay.watch.view.colours import DIM, INK
from replay.watch.view.paint import Paint


def draw_tooltip(surface: pygame.Surface, paint: Paint, tip: Tip) -> None:
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
    surface.blit(what, what.get_rect(midleft=(card.left + edge, card.centery)))
    surface.blit(how, how.get_rect(midright=(card.right - edge, card.centery)))
