"""What stands around a match that is being played: the clock, scores, each person's health, weapon and shop, the news."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pygame

from replay.core.game import Events
from replay.watch.model.scene import Camera, Colour
from replay.watch.view import panels
from replay.watch.view.colours import ACCENT, DIM, FAINT, PANEL, mix
from replay.watch.view.paint import Paint, put

from .. import rules
from ..look import ArenaLook
from ..look.palette import GOLD, HURT, INK, SHIELD, WHITE, health_colour
from .controls import Hands
from .feed import draw_feed
from .layout import Layout, lay_out
from .shop import Shop, picture

_CROWDED, _TIGHT = 400, 250  # layout pixels for one person: no dash and reserve; no picture of the weapon


class Hud:
    """Draws for the people of a match. hands: what each of them plays with, by player."""

    def __init__(self, look: ArenaLook, hands: Mapping[int, Hands], shop: Shop) -> None:
        self.look, self.hands, self.shop = look, hands, shop

    def layout(self, size: tuple[int, int], paint: Paint) -> Layout:
        return lay_out(size, paint, self.look.story.world, len(self.hands))

    def draw(self, surface: pygame.Surface, paint: Paint, layout: Layout, state: Any, events: Events, time: float) -> None:
        """The bars above and below, and the news."""
        surface.fill(PANEL, layout.top)
        self._draw_top(surface, paint, layout.top, state)
        surface.fill(PANEL, layout.foot)
        pygame.draw.line(surface, mix(PANEL, WHITE, 0.12), layout.foot.topleft, layout.foot.topright)
        for player, place in zip(sorted(self.hands), layout.people, strict=True):
            self._draw_person(surface, paint, state, player, place, layout.is_stacked)
            if place.left:
                top, bottom = (place.left, place.top + paint.px(10)), (place.left, place.bottom - paint.px(10))
                pygame.draw.line(surface, mix(PANEL, WHITE, 0.12), top, bottom)
        draw_feed(surface, paint, self.look, panels.feed_lines(self.look, events, time), layout.feed)

    def _draw_top(self, surface: pygame.Surface, paint: Paint, place: pygame.Rect, state: Any) -> None:
        # Until the match begins its whole time is left.
        left = max(int(state["tick_limit"]) - max(int(state["tick"]), int(state["starts_at"])), 0)
        minutes, seconds = divmod(-(-left // rules.TICKS_PER_SECOND), 60)
        colour = HURT if left < 15 * rules.TICKS_PER_SECOND else WHITE
        at = (place.left + paint.px(14), place.centery)
        clock = paint.text(surface, f"{minutes}:{seconds:02}", at, 22, colour, "midleft", bold=True)
        x = max(clock.right + paint.px(12), paint.px(74))
        limit = paint.text(surface, f"to {state['score_limit']}", (x, place.centery + 1), 13, DIM, "midleft")
        x = max(limit.right + paint.px(14), paint.px(128))
        chips = pygame.Rect(x, place.top + paint.px(4), place.right - x - 6, place.height - paint.px(8))
        panels.draw_chips(surface, paint, self.look, self.look.story.standings(state), chips)

    def _draw_person(
        self, surface: pygame.Surface, paint: Paint, state: Any, player: int, place: pygame.Rect, is_stacked: bool
    ) -> None:
        """Health and weapon, and the shop: beside them, or below."""
        row, hands, colour, inner = state["players"][player], self.hands[player], self.look.colour(player), paint.px(7)
        if not is_stacked:
            right = self._draw_vitals(surface, paint, state, player, place) + paint.px(18)
            shop = pygame.Rect(right, place.top + inner, place.right - right - inner, place.height - 2 * inner)
        else:
            above = pygame.Rect(place.left, place.top, place.width, place.height * 47 // 100)
            self._draw_vitals(surface, paint, state, player, above)
            shop = pygame.Rect(place.left + inner, above.bottom, place.width - 2 * inner, place.bottom - above.bottom - inner // 2)
        self.shop.draw_row(surface, paint, row, hands, colour, shop)

    def _draw_vitals(self, surface: pygame.Surface, paint: Paint, state: Any, player: int, place: pygame.Rect) -> int:
        """Health, armour, dash, weapon, gold. What there is no room for is left out. Returns where they end."""
        row, colour, middle = state["players"][player], self.look.colour(player), place.centery
        is_crowded, is_tight = place.width < paint.px(_CROWDED), place.width < paint.px(_TIGHT)
        x = place.left + paint.px(14)
        paint.shape(surface, self.look.shape(player), (x + paint.px(6), middle), paint.px(10), colour)
        x += paint.px(24)
        high = min(paint.px(15), (place.height - paint.px(10)) // 2)
        taken = paint.px(146 if is_tight else 188 if is_crowded else 300)
        bar = pygame.Rect(x, middle - high - 1, min(paint.px(150), max(place.width - taken, paint.px(30))), high)
        health, armour = int(row["health"]), int(row["armour"])
        _draw_bar(surface, paint, bar, health / rules.FULL, health_colour(health), f"{health}")
        _draw_bar(surface, paint, bar.move(0, high + paint.px(3)), armour / rules.FULL, SHIELD, f"{armour}" if armour else "")
        x = bar.right + paint.px(12)
        if not is_crowded:
            x = self._draw_dash(surface, paint, state, row, x, middle)
        weapon = int(row["weapon"])
        if not is_tight:
            x = put(surface, picture(paint, weapon, 34 if not is_crowded else 28), x, middle, "midleft").right + paint.px(8)
        x = self._draw_rounds(surface, paint, state, row, (x, middle), is_crowded)
        x = put(surface, picture(paint, rules.COIN, 22), x, middle, "midleft").right + paint.px(4)
        gold = paint.text(surface, str(row["gold"]), (x, middle), 15 if is_crowded else 20, GOLD, "midleft", bold=True)
        # A place for four figures, so that nothing beside it moves while gold comes and goes.
        return max(gold.right, x + (0 if is_crowded else paint.px(40)))

    @staticmethod
    def _draw_rounds(surface: pygame.Surface, paint: Paint, state: Any, row: Any, at: tuple[int, int], is_crowded: bool) -> int:
        """Rounds in the weapon and beside it. Returns where the next thing may stand: the same place for all weapons."""
        weapon, size = int(row["weapon"]), 17 if is_crowded else 25
        rounds = paint.text(surface, f"{row['magazine'][weapon]}", at, size, WHITE, "midleft", bold=True)
        if is_crowded:
            return at[0] + paint.px(32)
        reserve = int(row["reserve"][weapon])
        words = "reloading" if row["reloaded_at"] > state["tick"] else "" if reserve == rules.ENDLESS else f"/ {reserve}"
        paint.text(surface, words, (rounds.right + paint.px(5), at[1] + paint.px(3)), 14, DIM, "midleft")
        return at[0] + paint.px(104)

    @staticmethod
    def _draw_dash(surface: pygame.Surface, paint: Paint, state: Any, row: Any, x: int, middle: int) -> int:
        """A ring that fills until the next dash. Returns where it ends."""
        ready = 1 - max(int(row["can_dash_at"]) - int(state["tick"]), 0) / rules.DASH_COOLDOWN
        around = pygame.Rect(0, 0, paint.px(24), paint.px(24))
        around.center = (x + paint.px(13), middle - paint.px(4))
        pygame.draw.circle(surface, FAINT, around.center, paint.px(12), 2)
        if ready > 0:
            colour = ACCENT if ready >= 1 else DIM
            pygame.draw.arc(surface, colour, around, math.pi / 2 - ready * math.tau, math.pi / 2, paint.px(4))
        paint.text(surface, "dash", (around.centerx, around.bottom), 10, DIM, "midtop")
        return x + paint.px(42)

    def draw_aim(self, surface: pygame.Surface, paint: Paint, state: Any, player: int, camera: Camera, at: tuple[int, int]) -> None:
        """The cross-hair, and where the player was sent."""
        row, colour = state["players"][player], self.look.colour(player)
        if row["order_x"]:
            x, y = camera.to_screen(int(row["order_x"]), int(row["order_y"]))
            pygame.draw.circle(surface, colour, (x, y), paint.px(7), 2)
            pygame.draw.circle(surface, colour, (x, y), paint.px(2))
        reach, gap = paint.px(11), paint.px(4)
        for ink, thick in ((INK, 4), (WHITE, 2)):
            for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
                pygame.draw.line(
                    surface, ink, (at[0] + dx * gap, at[1] + dy * gap), (at[0] + dx * reach, at[1] + dy * reach), thick
                )
        pygame.draw.circle(surface, colour, at, paint.px(2))


def _draw_bar(surface: pygame.Surface, paint: Paint, rect: pygame.Rect, share: float, colour: Colour, text: str) -> None:
    pygame.draw.rect(surface, INK, rect, border_radius=4)
    if share > 0:
        filled = (rect.left, rect.top, max(round(rect.width * share), 4), rect.height)
        pygame.draw.rect(surface, colour, filled, border_radius=4)
    if text:
        ink = INK if share > 0.15 else WHITE
        paint.text(surface, text, (rect.left + paint.px(6), rect.centery), 12, ink, "midleft", bold=True)
