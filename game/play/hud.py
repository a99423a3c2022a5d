"""What stands around a match that is being played: scores, health, weapons, the shop, and what one has to know at once."""

from __future__ import annotations

import math
from typing import Any

import pygame

from replay.core.game import Events
from replay.watch.model.places import Rect
from replay.watch.model.scene import Area, Camera, Colour
from replay.watch.view import panels
from replay.watch.view.colours import ACCENT, DIM, FAINT, GOOD, PANEL, mix
from replay.watch.view.paint import Paint, put

from .. import rules
from ..look import ArenaLook
from ..look.palette import GOLD, HURT, INK, ITEM_COLOURS, SHIELD, WHITE, health_colour
from ..look.sprites import item_picture
from .controls import SHOP_ITEMS

TOP, FOOT = 38, 68
_USES = {rules.AMMUNITION: "rounds for all you own", rules.ARMOUR: "50 armour", rules.MEDKIT: "50 health"}


class Hud:
    """Draws for the players `people` (indices) of a match."""

    def __init__(self, look: ArenaLook, people: list[int]) -> None:
        self.look = look
        self.people = people

    def area(self, size: tuple[int, int], paint: Paint) -> Area:
        """Where the world is drawn: between the bars."""
        top, foot = paint.px(TOP), paint.px(FOOT)
        return 0, top, size[0], max(size[1] - top - foot, 1)

    def draw(self, surface: pygame.Surface, paint: Paint, state: Any, events: Events, time: float) -> None:
        """The bars above and below, and the news."""
        width, height = surface.get_size()
        surface.fill(PANEL, (0, 0, width, paint.px(TOP)))
        self._draw_top(surface, paint, state)
        foot = pygame.Rect(0, height - paint.px(FOOT), width, paint.px(FOOT))
        surface.fill(PANEL, foot)
        pygame.draw.line(surface, mix(PANEL, WHITE, 0.12), foot.topleft, foot.topright)
        share = width // max(len(self.people), 1)
        for number, player in enumerate(self.people):
            place = pygame.Rect(number * share, foot.top, share, foot.height)
            self._draw_person(surface, paint, state, player, place)
        lines = panels.feed_lines(self.look, events, time)
        place = pygame.Rect(width - paint.px(300), paint.px(TOP + 8), paint.px(292), paint.px(170))
        panels.draw_feed(surface, paint, self.look, lines, place, ground=True)

    def _draw_top(self, surface: pygame.Surface, paint: Paint, state: Any) -> None:
        left = max(int(state["tick_limit"]) - int(state["tick"]), 0)
        minutes, seconds = divmod(-(-left // rules.TICKS_PER_SECOND), 60)
        hot = left < 15 * rules.TICKS_PER_SECOND
        room = paint.px(128)
        paint.text(
            surface, f"{minutes}:{seconds:02}", (paint.px(14), paint.px(TOP) // 2), 22, HURT if hot else WHITE, "midleft", bold=True
        )
        paint.text(surface, f"to {state['score_limit']}", (paint.px(74), paint.px(TOP) // 2 + 1), 13, DIM, "midleft")
        chips = pygame.Rect(room, paint.px(4), surface.get_width() - room - 6, paint.px(TOP - 8))
        panels.draw_chips(surface, paint, self.look, self.look.story.standings(state), chips)

    def _draw_person(self, surface: pygame.Surface, paint: Paint, state: Any, player: int, place: pygame.Rect) -> None:
        """One player's bar. What there is no room for, with many at one machine, is left out from the right."""
        row, colour = state["players"][player], self.look.colour(player)
        x, middle = place.left + paint.px(14), place.centery
        paint.shape(surface, self.look.shape(player), (x + paint.px(6), middle), paint.px(10), colour)
        x += paint.px(24)
        crowded = place.width < paint.px(430)
        bar = pygame.Rect(
            x, middle - paint.px(16), min(paint.px(150), max(place.width - paint.px(140), paint.px(30))), paint.px(15)
        )
        health, armour = int(row["health"]), int(row["armour"])
        self._bar(surface, paint, bar, health / rules.FULL, health_colour(health), f"{health}")
        self._bar(surface, paint, bar.move(0, paint.px(19)), armour / rules.FULL, SHIELD, f"{armour}" if armour else "")
        x = bar.right + paint.px(12)
        if not crowded:
            x = self._draw_dash(surface, paint, state, row, x, middle)
        weapon, reserve = int(row["weapon"]), int(row["reserve"][int(row["weapon"])])
        if not crowded:
            put(surface, _picture(paint, weapon, 34), x, middle, "midleft")
            x += paint.px(42)
        rounds = paint.text(surface, f"{row['magazine'][weapon]}", (x, middle), 17 if crowded else 25, WHITE, "midleft", bold=True)
        if not crowded:
            text = "reloading" if row["reloaded_at"] > state["tick"] else "" if reserve == rules.ENDLESS else f"/ {reserve}"
            paint.text(surface, text, (rounds.right + paint.px(5), middle + paint.px(3)), 14, DIM, "midleft")
        x = rounds.right + paint.px(14) if crowded else rounds.right + paint.px(71)
        put(surface, _picture(paint, rules.COIN, 22), x, middle, "midleft")
        size = 15 if crowded else 20
        x = paint.text(surface, str(row["gold"]), (x + paint.px(26), middle), size, GOLD, "midleft", bold=True).right + paint.px(26)
        step = paint.px(66)
        left = place.right - step * len(SHOP_ITEMS) - paint.px(6)
        if left >= x:
            for number, item in enumerate(SHOP_ITEMS):
                slot = pygame.Rect(left + number * step, place.top + paint.px(7), step - paint.px(6), place.height - paint.px(14))
                self._slot(surface, paint, row, item, number, slot)

    @staticmethod
    def _draw_dash(surface: pygame.Surface, paint: Paint, state: Any, row: Any, x: int, middle: int) -> int:
        """A ring that fills until the next dash. Returns where it ends."""
        ready = 1 - max(int(row["can_dash_at"]) - int(state["tick"]), 0) / rules.DASH_COOLDOWN
        around = pygame.Rect(0, 0, paint.px(24), paint.px(24))
        around.center = (x + paint.px(13), middle)
        pygame.draw.circle(surface, FAINT, around.center, paint.px(12), 2)
        if ready > 0:
            colour = ACCENT if ready >= 1 else DIM
            pygame.draw.arc(surface, colour, around, math.pi / 2 - ready * math.tau, math.pi / 2, paint.px(4))
        paint.text(surface, "dash", (around.centerx, middle + paint.px(14)), 10, DIM, "midtop")
        return x + paint.px(42)

    @staticmethod
    def _bar(surface: pygame.Surface, paint: Paint, rect: pygame.Rect, share: float, colour: Colour, text: str) -> None:
        pygame.draw.rect(surface, INK, rect, border_radius=4)
        if share > 0:
            filled = (rect.left, rect.top, max(round(rect.width * share), 4), rect.height)
            pygame.draw.rect(surface, colour, filled, border_radius=4)
        if text:
            ink = INK if share > 0.15 else WHITE
            paint.text(surface, text, (rect.left + paint.px(6), rect.centery), 12, ink, "midleft", bold=True)

    def _slot(self, surface: pygame.Surface, paint: Paint, row: Any, item: int, number: int, place: pygame.Rect) -> None:
        """One thing of the shop, small: its key, its picture, its price; bright if one can have it."""
        owned, affordable = _can_have(row, item)
        held = item == int(row["weapon"])
        edge = self.look.colour(self.people[0]) if held else mix(PANEL, WHITE, 0.22 if affordable else 0.08)
        pygame.draw.rect(surface, mix(PANEL, WHITE, 0.05 if affordable else 0.0), place, border_radius=6)
        pygame.draw.rect(surface, edge, place, 2, border_radius=6)
        corner = (place.left + paint.px(6), place.top + paint.px(3))
        paint.text(surface, str(number + 1), corner, 12, WHITE if affordable else FAINT, bold=True)
        put(surface, _picture(paint, item, 26, affordable), place.centerx + paint.px(3), place.centery - paint.px(5))
        price, colour = ("own", GOOD) if owned else (str(int(rules.PRICES[item])), GOLD if affordable else FAINT)
        paint.text(surface, price, (place.centerx, place.bottom - paint.px(2)), 12, colour, "midbottom", bold=True)

    def draw_shop(
        self, surface: pygame.Surface, paint: Paint, state: Any, player: int, chosen: int | None
    ) -> list[tuple[Rect, int]]:
        """The shop as a card: what there is, what it does, what it costs, what one can afford. Returns where each item is."""
        row, line = state["players"][player], paint.px(52)
        size = (min(paint.px(560), surface.get_width() - 16), line * len(SHOP_ITEMS) + paint.px(84))
        card = paint.card(surface, size, (surface.get_width() // 2, surface.get_height() // 2), 240, 10)
        paint.text(surface, "Shop", (card.left + paint.px(22), card.top + paint.px(14)), 24, WHITE, bold=True)
        right = (card.right - paint.px(22), card.top + paint.px(18))
        paint.text(surface, f"{row['gold']} gold", right, 19, GOLD, "topright", bold=True)
        first = pygame.Rect(card.left + paint.px(12), card.top + paint.px(52), card.width - paint.px(24), line - paint.px(5))
        places: list[tuple[Rect, int]] = []
        for number, item in enumerate(SHOP_ITEMS):
            place = first.move(0, number * line)
            places.append((place, item))
            lit = number == chosen or place.collidepoint(pygame.mouse.get_pos())
            self._draw_ware(surface, paint, row, item, number, place, lit)
        hint = "1 to 7 or a click buys or draws   B closes   the match goes on"
        paint.text(surface, hint, (card.centerx, card.bottom - paint.px(9)), 13, FAINT, "midbottom")
        return places

    @staticmethod
    def _draw_ware(surface: pygame.Surface, paint: Paint, row: Any, item: int, number: int, place: pygame.Rect, lit: bool) -> None:
        """A line of the shop."""
        owned, affordable = _can_have(row, item)
        pygame.draw.rect(surface, mix(PANEL, ITEM_COLOURS[item], 0.16 if affordable else 0.03), place, border_radius=7)
        if lit:
            pygame.draw.rect(surface, ITEM_COLOURS[item], place, 2, border_radius=7)
        key = pygame.Rect(place.left + paint.px(9), place.centery - paint.px(12), paint.px(24), paint.px(24))
        ink = WHITE if affordable else FAINT
        pygame.draw.rect(surface, mix(PANEL, WHITE, 0.16), key, border_radius=5)
        paint.text(surface, str(number + 1), key.center, 15, ink, "center", bold=True)
        put(surface, _picture(paint, item, 36, affordable), place.left + paint.px(62), place.centery)
        x = place.left + paint.px(92)
        paint.text(surface, rules.ITEMS[item].title(), (x, place.top + paint.px(5)), 17, WHITE if affordable else DIM, bold=True)
        paint.text(surface, describe(item), (x, place.top + paint.px(26)), 13, DIM if affordable else FAINT)
        price, colour = str(int(rules.PRICES[item])), GOLD if affordable else HURT
        if owned:
            price, colour = "draw" if item != row["weapon"] else "in hand", GOOD
        right = paint.text(surface, price, (place.right - paint.px(14), place.centery), 19, colour, "midright", bold=True)
        if not affordable:
            need = int(rules.PRICES[item]) - int(row["gold"])
            paint.text(surface, f"{need} short", (right.left - paint.px(12), place.centery), 13, FAINT, "midright")

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


def describe(item: int) -> str:
    """What an item is good for, in the rules' own numbers."""
    if item in _USES:
        return _USES[item]
    pellets = f"{rules.PELLETS[item]} x " if item == rules.SHOTGUN else ""
    reserve = "endless" if rules.RESERVE[item] == rules.ENDLESS else f"{rules.RESERVE[item]} more"
    return f"damage {pellets}{rules.DAMAGE[item]}, {rules.MAGAZINE[item]} rounds, {reserve}"


def _can_have(row: Any, item: int) -> tuple[bool, bool]:
    """Whether a player owns something of the shop, and whether it can be had: it is owned, or there is gold for it."""
    owned = item <= rules.LAUNCHER and bool(row["owned"][item])
    return owned, owned or int(row["gold"]) >= int(rules.PRICES[item])


def _picture(paint: Paint, item: int, size: int, bright: bool = True) -> pygame.Surface:
    """Something of the shop, `size` of the layout wide; dim if it cannot be had."""

    def make() -> pygame.Surface:
        picture = item_picture(item, paint.px(size))
        if not bright:
            picture.fill((110, 110, 120, 150), special_flags=pygame.BLEND_RGBA_MULT)
        return picture

    return paint.cached(("item", item, paint.px(size), bright), make)
