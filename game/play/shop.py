"""The shop while a match is played: the row in each person's bar, and the card with what everything does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pygame

from replay.watch.model.menu import item_at
from replay.watch.model.places import Rect
from replay.watch.model.scene import Colour
from replay.watch.view.colours import DIM, FAINT, GOOD, PANEL, mix
from replay.watch.view.paint import Paint, put

from .. import rules
from ..look.palette import GOLD, HURT, INK, ITEM_COLOURS, WHITE
from ..look.sprites import item_picture
from ..simulation.orders import is_useful
from .commands import MATCH, SHOP_ITEMS, said
from .controls import Hands
from .options import Options

_USES = {rules.AMMUNITION: "rounds for all you own", rules.ARMOUR: "50 armour", rules.MEDKIT: "50 health"}
_SHORT = {rules.AMMUNITION: "ammo"}
_ARROWS = {said("Up"): (0, -1), said("Down"): (0, 1), said("Left"): (-1, 0), said("Right"): (1, 0)}
_FULL = {
    rules.AMMUNITION: "none of your weapons has room for rounds",
    rules.ARMOUR: "your armour is full",
    rules.MEDKIT: "your health is full",
}
_WIDEST, _WIDE, _NARROWEST = 124, 56, 26  # of a slot; a wide one has a name
_EDGE = 5  # left and right in a slot


class Offer(NamedTuple):
    """What the shop says to a player who wants something. reason: why that is not possible."""

    owned: bool
    possible: bool
    reason: str = ""


def offer(row: Any, item: int) -> Offer:
    """Whether a player could buy or draw an item now, as the rules will decide it. row: of the state's players."""
    owned = item <= rules.LAUNCHER and bool(row["owned"][item])
    missing = int(rules.PRICES[item]) - int(row["gold"])
    if row["health"] == 0:
        return Offer(owned, False, "not while you wait")
    if owned:
        return Offer(True, True)
    if missing > 0:
        return Offer(False, False, f"{missing} gold short")
    return Offer(False, True) if is_useful(_Row(row), item) else Offer(False, False, _FULL[item])


class _Row:
    """A player of the state, as kernels read it."""

    def __init__(self, row: Any) -> None:
        for name in ("health", "armour", "owned", "reserve"):
            setattr(self, name, row[name])


def describe(item: int) -> str:
    """What an item is good for, in the rules' own numbers."""
    if item in _USES:
        return _USES[item]
    pellets = f"{rules.PELLETS[item]} x " if item == rules.SHOTGUN else ""
    reserve = "endless" if rules.RESERVE[item] == rules.ENDLESS else f"{rules.RESERVE[item]} more"
    return f"damage {pellets}{rules.DAMAGE[item]}, {rules.MAGAZINE[item]} rounds, {reserve}"


def picture(paint: Paint, item: int, size: int, bright: bool = True) -> pygame.Surface:
    """An item, `size` of the layout wide; dim if it cannot be had."""

    def make() -> pygame.Surface:
        drawn = item_picture(item, paint.px(size))
        if not bright:
            drawn.fill((110, 110, 120, 150), special_flags=pygame.BLEND_RGBA_MULT)
        return drawn

    return paint.cached(("item", item, paint.px(size), bright), make)


class Shop:
    """Draws the shop for whoever plays with `hands`. places: where each item of the card was drawn last."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.places: list[tuple[Rect, int]] = []

    def key(self, hands: Hands, number: int) -> str:
        """The key of an item, from its number in the row (0 and up); "" for a device that steps through the row."""
        return self.options.label(hands.device, f"item_{number + 1}")

    def item_at(self, point: tuple[int, int]) -> int | None:
        """The item of the card at a point of the screen."""
        return item_at(self.places, point)

    # --- the row ---

    def draw_row(self, surface: pygame.Surface, paint: Paint, row: Any, hands: Hands, colour: Colour, place: pygame.Rect) -> None:
        """All of the shop in one line, at the right of `place`; every slot is written the same way. colour: the player's."""
        step = min(place.width // len(SHOP_ITEMS), paint.px(_WIDEST))
        if step < paint.px(_NARROWEST):
            return
        left, gap = place.right - step * len(SHOP_ITEMS), min(paint.px(5), step // 10)
        keys = [self.key(hands, number) for number in range(len(SHOP_ITEMS))]
        draw = _style(paint, keys, step - gap)
        for number, (item, key) in enumerate(zip(SHOP_ITEMS, keys, strict=True)):
            slot = pygame.Rect(left + number * step + gap, place.top, step - gap, place.height)
            what = offer(row, item)
            self._draw_ground(surface, row, item, colour, what, slot)
            if self._steps(hands) and number == hands.chosen:
                pygame.draw.rect(surface, WHITE, slot.inflate(2, 2), 2, border_radius=7)
            draw(surface, paint, item, key, what, slot)

    def _steps(self, hands: Hands) -> bool:
        return bool(self.options.label(hands.device, "next"))

    @staticmethod
    def _draw_ground(surface: pygame.Surface, row: Any, item: int, colour: Colour, what: Offer, slot: pygame.Rect) -> None:
        edge = colour if item == int(row["weapon"]) else mix(PANEL, WHITE, 0.22 if what.possible else 0.08)
        pygame.draw.rect(surface, mix(PANEL, WHITE, 0.06 if what.possible else 0.0), slot, border_radius=6)
        pygame.draw.rect(surface, edge, slot, 2, border_radius=6)

    # --- the card ---

    def draw_card(self, surface: pygame.Surface, paint: Paint, row: Any, hands: Hands, middle: tuple[int, int]) -> None:
        """What there is, what it does, what it costs; of the lit one that cannot be had, why."""
        line = min(paint.px(52), (surface.get_height() - paint.px(100)) // len(SHOP_ITEMS))
        size = (min(paint.px(580), surface.get_width() - 16), line * len(SHOP_ITEMS) + paint.px(84))
        card = paint.card(surface, size, middle, 240, 10)
        paint.text(surface, "Shop", (card.left + paint.px(22), card.top + paint.px(14)), 24, WHITE, bold=True)
        right = (card.right - paint.px(22), card.top + paint.px(18))
        paint.text(surface, f"{row['gold']} gold", right, 19, GOLD, "topright", bold=True)
        first = pygame.Rect(card.left + paint.px(12), card.top + paint.px(52), card.width - paint.px(24), line - paint.px(5))
        self.places = []
        for number, item in enumerate(SHOP_ITEMS):
            place = first.move(0, number * line)
            self.places.append((place, item))
            lit = place.collidepoint(pygame.mouse.get_pos()) or (self._steps(hands) and number == hands.chosen)
            self._draw_ware(surface, paint, row, item, self.key(hands, number), place, lit)
        hint = (card.centerx, card.bottom - paint.px(9))
        paint.text(surface, self._hint(hands), hint, 13, FAINT, "midbottom", width=card.width - paint.px(24))

    def _hint(self, hands: Hands) -> str:
        first, last = self.key(hands, 0), self.key(hands, len(SHOP_ITEMS) - 1)
        ways = [f"{first} to {last}"] if first else []
        if self._steps(hands):
            previous, following, buy = (self.options.label(hands.device, name) for name in ("previous", "next", "buy"))
            ways.append(f"{previous} {following} and {buy}")
        closes = self.options.label(MATCH, "shop")
        return f"{' or '.join([*ways, 'a click'])}: buy or draw   {closes}: close   the match goes on"

    @staticmethod
    def _draw_ware(surface: pygame.Surface, paint: Paint, row: Any, item: int, label: str, place: pygame.Rect, lit: bool) -> None:
        """A line of the card."""
        what = offer(row, item)
        pygame.draw.rect(surface, mix(PANEL, ITEM_COLOURS[item], 0.16 if what.possible else 0.03), place, border_radius=7)
        if lit:
            pygame.draw.rect(surface, ITEM_COLOURS[item] if what.possible else FAINT, place, 2, border_radius=7)
        ink, bright = (WHITE, what.possible) if what.possible else (DIM, False)
        x = place.left + paint.px(9)
        if label:
            x = draw_key(surface, paint, label, (x, place.centery), 14, ink if bright else FAINT).right
        x = max(x + paint.px(8), place.left + paint.px(44))
        put(surface, picture(paint, item, 36, bright), x + paint.px(18), place.centery)
        x += paint.px(48)
        price, tint = _price(item, what)
        if what.owned and bright:
            price = "draw" if item != row["weapon"] else "in hand"
        right = paint.text(surface, price, (place.right - paint.px(14), place.centery), 19, tint, "midright", bold=True)
        room = right.left - x - paint.px(10)
        paint.text(surface, rules.ITEMS[item].title(), (x, place.centery - 1), 17, ink, "bottomleft", bold=True, width=room)
        words, shade = (what.reason, HURT) if lit and what.reason else (describe(item), DIM if bright else FAINT)
        paint.text(surface, words, (x, place.centery + 2), 13, shade, width=room)


# --- a slot of the row ---


def _style(paint: Paint, keys: Sequence[str], width: int) -> Callable[[pygame.Surface, Paint, int, str, Offer, pygame.Rect], None]:
    """How all slots of a row are drawn: the first way that has room for every name."""
    if width < paint.px(_WIDE):
        return _draw_narrow
    pairs = list(zip(keys, SHOP_ITEMS, strict=True))
    if all(_name(paint, item, width - _key_room(paint, key)) for key, item in pairs):
        return _draw_beside
    return _draw_above if all(_name(paint, item, width - 2 * paint.px(_EDGE)) for item in SHOP_ITEMS) else _draw_narrow


def _name(paint: Paint, item: int, room: int) -> str:
    """The longest name of an item that fits; "" if none does."""
    names = (rules.ITEMS[item].title(), _SHORT.get(item, "").title())
    return next((name for name in names if paint.label(name, 13, WHITE, True).get_width() <= room), "")


def _key_room(paint: Paint, key: str) -> int:
    """The part of a slot's width that a key takes before a name, and the edges."""
    return paint.label(key, 12, WHITE, True).get_width() + 2 * paint.px(_EDGE) + paint.px(4)


def _draw_beside(surface: pygame.Surface, paint: Paint, item: int, key: str, what: Offer, slot: pygame.Rect) -> None:
    """Key and name above, picture and price below."""
    ink, edge = WHITE if what.possible else FAINT, paint.px(_EDGE)
    written = paint.text(surface, key, (slot.left + edge, slot.top + paint.px(5)), 12, ink, bold=True)
    name = _name(paint, item, slot.width - _key_room(paint, key))
    x = written.right + paint.px(4) if key else slot.left + edge
    paint.text(surface, name, (x, written.centery), 13, ink, "midleft", bold=True)
    foot = slot.bottom - paint.px(16)
    drawn = put(surface, picture(paint, item, 28, what.possible), slot.left + paint.px(20), foot)
    price, tint = _price(item, what)
    paint.text(surface, price, (drawn.right + paint.px(7), foot), 14, tint, "midleft", bold=True)


def _draw_above(surface: pygame.Surface, paint: Paint, item: int, key: str, what: Offer, slot: pygame.Rect) -> None:
    """The name above; below it the key, the picture if there is room, and the price."""
    ink, edge, foot = WHITE if what.possible else FAINT, paint.px(_EDGE), slot.bottom - paint.px(15)
    name = _name(paint, item, slot.width - 2 * edge)
    paint.text(surface, name, (slot.centerx, slot.top + paint.px(4)), 13, ink, "midtop", bold=True)
    left = paint.text(surface, key, (slot.left + edge, foot), 12, ink, "midleft", bold=True).right if key else slot.left
    _draw_short_price(surface, paint, item, what, (slot.right - edge, foot), "midright")
    # As wide as any price, so that all slots of a row have a picture or none has.
    right = slot.right - edge - paint.label("00", 13, WHITE, True).get_width()
    drawn = picture(paint, item, 20, what.possible)
    if right - left >= drawn.get_width() + 2:
        put(surface, drawn, (left + right) / 2, foot)


def _draw_narrow(surface: pygame.Surface, paint: Paint, item: int, key: str, what: Offer, slot: pygame.Rect) -> None:
    """Key, picture, price, one below the other."""
    ink, inner = WHITE if what.possible else FAINT, paint.px(4)
    if paint.label(key, 12, ink, True).get_width() > slot.width - 2 * inner:
        *words, last = key.split()
        key = "".join(word[0] for word in words) + last  # "N1", for it is not the key 1
    paint.text(surface, key, (slot.centerx, slot.top + inner), 12, ink, "midtop", bold=True, width=slot.width - 2)
    put(surface, picture(paint, item, 18, what.possible), slot.centerx, slot.centery + paint.px(1))
    _draw_short_price(surface, paint, item, what, (slot.centerx, slot.bottom - inner + 1), "midbottom", 11)


def _draw_short_price(
    surface: pygame.Surface, paint: Paint, item: int, what: Offer, at: tuple[int, int], anchor: str, size: int = 13
) -> None:
    """The price, or a tick for what one owns."""
    price, tint = _price(item, what)
    if not what.owned:
        paint.text(surface, price, at, size, tint, anchor, bold=True)
        return
    place = pygame.Rect(0, 0, paint.px(12), paint.px(11))
    setattr(place, anchor, at)
    draw_tick(surface, paint, place.midleft, tint)


# --- marks ---


def draw_key(
    surface: pygame.Surface, paint: Paint, label: str, at: tuple[int, int], size: float, ink: Colour = WHITE
) -> pygame.Rect:
    """A key as it looks on a keyboard, its left edge's middle at a point. Returns where it is."""
    high = paint.label("W", size, ink, True).get_height() + paint.px(5)
    place = pygame.Rect(at[0], at[1] - high // 2, key_width(paint, label, size), high)
    pygame.draw.rect(surface, mix(PANEL, WHITE, 0.2), place, border_radius=paint.px(4))
    pygame.draw.rect(surface, mix(PANEL, WHITE, 0.36), place, 1, border_radius=paint.px(4))
    if label in _ARROWS:
        draw_arrow(surface, _ARROWS[label], place.center, high * 0.26, ink)
    else:
        paint.text(surface, label, place.center, size, ink, "center", bold=True)
    return place


def key_width(paint: Paint, label: str, size: float) -> int:
    """Of a key that `draw_key` draws."""
    written = paint.label("W" if label in _ARROWS else label, size, WHITE, True)
    return max(written.get_width() + paint.px(10), written.get_height() + paint.px(5))


def draw_arrow(surface: pygame.Surface, way: tuple[int, int], at: tuple[int, int], size: float, ink: Colour) -> None:
    """A triangle that points a way: not every font has arrows."""
    (dx, dy), (x, y) = way, at
    tip, left = (x + dx * size, y + dy * size), (x - dx * size + dy * size * 1.1, y - dy * size + dx * size * 1.1)
    right = (x - dx * size - dy * size * 1.1, y - dy * size - dx * size * 1.1)
    pygame.draw.polygon(surface, ink, [tip, left, right])


def draw_tick(surface: pygame.Surface, paint: Paint, at: tuple[int, int], colour: Colour) -> int:
    """Done, or owned; its left end at a point. Returns where it ends."""
    (x, y), size = at, paint.px(5)
    corners = [(x, y), (x + size * 0.8, y + size * 0.8), (x + size * 2.2, y - size)]
    pygame.draw.lines(surface, colour, False, corners, max(2, paint.px(2.5)))
    return x + round(size * 2.2)


def _price(item: int, what: Offer) -> tuple[str, Colour]:
    if what.owned:
        return "own", GOOD if what.possible else FAINT
    return str(int(rules.PRICES[item])), GOLD if what.possible else mix(FAINT, INK, 0.1)
