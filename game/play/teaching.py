"""What shows somebody new how to play, while they play: "you" over one's player, and hints with the keys as they are.

A hint is done when the match shows it done: a shot was fired, not a button pressed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

import pygame

from replay.core.game import Events
from replay.watch.model.scene import Camera, Colour
from replay.watch.view.colours import GOOD
from replay.watch.view.paint import Paint, put

from .. import rules
from ..look import ArenaLook
from ..look.palette import INK, WHITE
from ..look.sprites import outlined
from .commands import BY_NAME, KEYS, MOUSE, SHOP_ITEMS
from .controls import Hands
from .countdown import EDGES
from .options import Options
from .shop import draw_key, draw_tick, key_width, offer

_TICKED_TICKS = 54  # a hint that is done is shown so long with a tick
_AIM_PIXELS = 150  # the point has to go so far before aiming is done
_BODY, _NAME = 24, 22  # world pixels from a player's middle to its edge, and of the name above
_WANTED = (rules.SHOTGUN, rules.RIFLE, rules.LAUNCHER, rules.ARMOUR, rules.MEDKIT)  # what is worth a first purchase


class Hint(NamedTuple):
    """keys: as on the keyboard, to press one or all. is_done: it is shown with a tick."""

    name: str
    keys: tuple[str, ...]
    words: str
    is_done: bool


class Pupil:
    """One person: what they have done so far. done: the ticks at which each hint was, by its name."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands
        # The second keyboard aims by itself.
        self.names = ("move", "fire", "dash", "buy") if hands.device == KEYS else ("move", "aim", "fire", "dash", "buy")
        self.done: dict[str, int] = {}
        self._aim: tuple[int, int] | None = None
        self._aimed = 0

    def watch(self, state: Any, player: int, events: Events) -> None:
        """Take in a tick of the match."""
        row, tick = state["players"][player], int(state["tick"])
        aim = int(row["aim_x"]), int(row["aim_y"])
        if self._aim is not None and "aim" in self.hands.done:
            self._aimed += abs(aim[0] - self._aim[0]) + abs(aim[1] - self._aim[1])
        self._aim = aim
        seen = {rules.SHOT: "fire", rules.DASHED: "dash", rules.PURCHASE: "buy"}
        names = {seen[kind] for kind in events["kind"][events["actor"] == player].tolist() if kind in seen}
        if int(row["buttons"]) & rules.MOVES and row["health"] > 0:
            names.add("move")
        if self._aimed >= _AIM_PIXELS:
            names.add("aim")
        for name in names:
            self.done.setdefault(name, tick)

    @property
    def is_done(self) -> bool:
        return all(name in self.done for name in self.names)


class Teaching:
    """Watches the people of a match, and draws what they do not know yet."""

    def __init__(self, look: ArenaLook, hands: Mapping[int, Hands], options: Options) -> None:
        self.look, self.options = look, options
        self.pupils = {player: Pupil(each) for player, each in sorted(hands.items())}

    def watch(self, state: Any, events: Events) -> None:
        for player, pupil in self.pupils.items():
            pupil.watch(state, player, events)

    @property
    def is_done(self) -> bool:
        """Everybody has done everything."""
        return all(pupil.is_done for pupil in self.pupils.values())

    # --- hints ---

    def hints(self, state: Any, player: int) -> list[Hint]:
        """What a person has still to try, and what they just did."""
        if not self.options.hints:
            return []
        pupil, tick = self.pupils[player], int(state["tick"])
        shown = []
        for name in pupil.names:
            done_at = pupil.done.get(name)
            if done_at is not None and tick - done_at > _TICKED_TICKS:
                continue
            keys, words = self._words(name, pupil.hands.device, state["players"][player])
            if done_at is not None:
                shown.append(Hint(name, (), "bought" if name == "buy" else words, True))
            elif words:
                shown.append(Hint(name, keys, words, False))
        return shown

    def _words(self, name: str, device: str, row: Any) -> tuple[tuple[str, ...], str]:
        """The keys of a hint, and what they do; no words if there is nothing to do now."""
        if name == "aim":
            return ("mouse" if device == MOUSE else "right stick",), "aim"
        if name == "move":
            keys = tuple(label for way in ("up", "left", "down", "right") if (label := self.options.label(device, way)))
            return keys or ("left stick",), "move"
        if name != "buy":
            return (self.options.label(device, name),), BY_NAME[name].help
        item = next((item for item in _WANTED if not (what := offer(row, item)).owned and what.possible), None)
        if item is None:
            return (), ""
        steps = tuple(self.options.label(device, command) for command in ("previous", "next", "buy"))
        if all(steps):
            return steps, "choose, buy"
        return (self.options.label(device, f"item_{SHOP_ITEMS.index(item) + 1}"),), f"buy {rules.ITEMS[item]}"

    def draw_hints(self, surface: pygame.Surface, paint: Paint, state: Any, arena: pygame.Rect) -> list[pygame.Rect]:
        """A small card for each person on the lower wall of the arena, with as many hints as it has room for. Returns where."""
        share, cards = arena.width // max(len(self.pupils), 1), []
        for number, player in enumerate(self.pupils):
            hints = self.hints(state, player)
            room = pygame.Rect(arena.left + number * share, arena.top, share, arena.height).inflate(-paint.px(12), 0)
            if hints:
                marker = player if len(self.pupils) > 1 else None
                cards.append(self._draw_card(surface, paint, hints, marker, room))
        return cards

    def _draw_card(
        self, surface: pygame.Surface, paint: Paint, hints: list[Hint], player: int | None, room: pygame.Rect
    ) -> pygame.Rect:
        """player: whose card it is, where there are several."""
        high, inner, between = paint.px(27), paint.px(10), paint.px(18)
        left = inner + (paint.px(18) if player is not None else 0)
        widths: list[int] = []
        for hint in hints:
            wide = _hint_width(paint, hint)
            if widths and left + sum(widths) + between * len(widths) + wide + inner > room.width:
                break
            widths.append(wide)
        card = pygame.Rect(0, 0, left + sum(widths) + between * (len(widths) - 1) + inner, high)
        card.midbottom = room.centerx, room.bottom - 1
        paint.panel(surface, card, 236, radius=5)
        if player is not None:
            at = (card.left + paint.px(14), card.centery)
            paint.shape(surface, self.look.shape(player), at, paint.px(6), self.look.colour(player))
        x = card.left + left
        for hint, wide in zip(hints, widths, strict=False):
            _draw_hint(surface, paint, hint, (x, card.centery))
            x += wide + between
        return card

    # --- you ---

    def draw_you(self, surface: pygame.Surface, paint: Paint, state: Any, camera: Camera, time: float) -> list[pygame.Rect]:
        """A ring, an arrow and a word for everyone who has not moved yet. Returns where the words are."""
        words = []
        for player, pupil in self.pupils.items():
            place = self.look.story.place(state, player)
            if "move" in pupil.done or place is None or not state["players"][player]["health"]:
                continue
            text = "you"
            if len(self.pupils) > 1:
                text = f"you: {self.options.move_label(pupil.hands.device)}"
            words.append(self._draw_mark(surface, paint, text, self.look.colour(player), camera, place, time))
        return words

    @staticmethod
    def _draw_mark(
        surface: pygame.Surface,
        paint: Paint,
        text: str,
        colour: Colour,
        camera: Camera,
        place: tuple[float, float],
        time: float,
    ) -> pygame.Rect:
        x, y = camera.to_screen(*place)
        scale, size = camera.scale, paint.px(9)
        radius = (22 + 2 * math.sin(time / 7)) * scale
        pygame.draw.circle(surface, colour, (x, y), radius, max(2, round(2 * scale)))
        label = paint.cached(("you", text, colour), lambda: outlined(paint, text, 17, colour, EDGES, bold=True))
        top = camera.area[1] + label.get_height() + 3 * size
        above = y - (_BODY + _NAME) * scale - paint.px(4)
        way, tip = (1, above) if above > top else (-1, y + (_BODY + 6) * scale)
        tip -= way * abs(3 * math.sin(time / 9)) * scale
        for grown, ink in ((3, INK), (0, colour)):
            points = [(x, tip + way * grown), (x - size - grown, tip - way * (size * 1.4 + grown)),
                      (x + size + grown, tip - way * (size * 1.4 + grown))]  # fmt: skip
            pygame.draw.polygon(surface, ink, points)
        half, (left, _, width, _) = label.get_width() // 2, camera.area
        x = min(max(x, left + half), left + width - half)
        return put(surface, label, x, tip - way * (size * 1.4 + 4), "midbottom" if way > 0 else "midtop")


def _hint_width(paint: Paint, hint: Hint) -> int:
    keys = sum(key_width(paint, key, 12) for key in hint.keys) + paint.px(3) * max(len(hint.keys) - 1, 0)
    return keys + paint.px(6 if hint.keys else 18) + paint.label(hint.words, 14).get_width()


def _draw_hint(surface: pygame.Surface, paint: Paint, hint: Hint, at: tuple[int, int]) -> None:
    x, y = at
    for key in hint.keys:
        x = draw_key(surface, paint, key, (x, y), 12).right + paint.px(3)
    if hint.is_done:
        x = draw_tick(surface, paint, (x, y), GOOD) + paint.px(4)
    paint.text(surface, hint.words, (x + paint.px(3), y), 14, GOOD if hint.is_done else WHITE, "midleft")
