"""What events look like for a moment. Every effect is a function of the event and its age alone: nothing is remembered from picture
to picture, so that a moment looks the same played, reached by a jump, backwards, in slow motion and in an export."""

from __future__ import annotations

import math
from itertools import cycle
from typing import Any, NamedTuple

import numpy as np
import pygame

from replay.watch.model.scene import Camera, Colour, Scene
from replay.watch.view.colours import mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint, put

from .. import rules
from ..numbers import SUBPIXELS
from .chance import SPARK_ANGLES, SPARK_LIVES, SPARK_REACHES, shares
from .measures import BURSTS, LASTS, LEVELS, SHAKES, SPARKS
from .palette import GOLD, HOT, HURT, INK, ITEM_COLOURS, WHITE
from .sprites import Sprites, outlined

# Directions, reaches and lives of sparks: a few bursts to choose from, so that drawing needs no random numbers.
_REACHES, _LIVES = (
    low + (1 - low) * shares(stream, BURSTS * SPARKS).reshape(BURSTS, SPARKS)
    for low, stream in ((0.25, SPARK_REACHES), (0.5, SPARK_LIVES))
)
_ANGLES = shares(SPARK_ANGLES, BURSTS * SPARKS).reshape(BURSTS, SPARKS) * math.tau
_DIRECTIONS = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=2)
_ADD = pygame.BLEND_ADD
_EDGE = ((1, 2), (3, 2), (2, 1), (2, 3), (3, 3))
_LASTS = np.array([LASTS.get(kind, 0) for kind in range(len(rules.EVENT_KINDS))])  # by kind


class Seen(NamedTuple):
    """An event that still shows, in plain numbers: the fields of a record are slow to read. age: in ticks."""

    tick: int
    kind: int
    actor: int
    target: int
    item: int
    amount: int
    x: int
    y: int
    age: float


class Effects:
    """Draws the effects of a scene, those that are `seen` in it: `under` the players, then `over` them."""

    def __init__(self, look: Look, sprites: Sprites) -> None:
        self._look = look
        self._sprites = sprites
        self._text = Paint()
        self._blits: list[tuple[Any, ...]] = []

    def shake(self, scene: Scene) -> tuple[float, float]:
        """How far the picture is off its place, in world pixels. Loud things that are near count; they add up, up to a limit."""
        x = y = 0.0
        for event in scene.events[::-1]:
            age = scene.time - int(event["tick"])
            if age > 24:
                break
            strength, lasts = SHAKES.get(int(event["kind"]), (0.0, 1))
            if age < lasts:
                left = strength * (1 - age / lasts) ** 2
                x += left * math.sin(age * 1.9 + int(event["x"]))
                y += left * math.cos(age * 2.3 + int(event["y"]))
        return max(-9.0, min(9.0, x)), max(-9.0, min(9.0, y))

    @staticmethod
    def seen(scene: Scene) -> list[Seen]:
        events = scene.events
        if not len(events):
            return []
        ages = scene.time - events["tick"] - 1
        shown = np.flatnonzero((ages >= 0) & (ages < _LASTS[events["kind"]]))  # few: looked at one by one, the others took longest
        return [Seen._make((*event, age)) for event, age in zip(events[shown].tolist(), ages[shown].tolist(), strict=True)]

    def under(self, surface: pygame.Surface, scene: Scene, seen: list[Seen]) -> None:
        """Stains and scorch marks on the floor."""
        camera, scale = scene.camera, scene.camera.scale
        for event in seen:
            kind = event.kind
            if kind not in (rules.DEATH, rules.EXPLOSION):
                continue
            level = max(1, round(LEVELS * min(1.0, (LASTS[kind] - event.age) / 60)))
            colour = INK if kind == rules.EXPLOSION else mix(self._look.colour(event.target), INK, 0.7)
            size, variant = 34 if kind == rules.EXPLOSION else 24, event.tick % 16
            put(surface, self._sprites.scorch(size * scale, colour, level, variant), *self._at(camera, event))

    def over(self, surface: pygame.Surface, scene: Scene, seen: list[Seen]) -> None:
        """Light, sparks, numbers."""
        self._blits = []
        told: list[Seen] = []
        for event in seen:
            kind, age = event.kind, event.age
            if kind == rules.SHOT:
                self._muzzle(scene, event)
            elif kind in (rules.HIT, rules.CRITICAL):
                self._hit(scene, event)
                told.append(event)
            elif kind == rules.DEATH:
                self._death(scene, event)
            elif kind == rules.EXPLOSION:
                self._explosion(scene, event)
            elif kind == rules.SPAWN:
                share = age / LASTS[rules.SPAWN]
                colour = self._look.colour(event.actor)
                self._ring(scene, event, 10 + 34 * (1 - share), colour, 1 - share)
                self._light(scene, event, 40 * (1 - share) + 8, colour, 1 - share)
            elif kind == rules.PICKUP:
                self._ring(scene, event, 8 + age * 0.8, ITEM_COLOURS[event.item], 1 - age / 26)
                told.append(event)
            elif kind in (rules.PURCHASE, rules.STREAKING, rules.CROWN):
                told.append(event)
            elif kind == rules.DASHED:
                self._ring(scene, event, 8 + age * 1.7, self._look.colour(event.actor), 1 - age / LASTS[rules.DASHED])
        surface.blits(self._blits, False)
        if not scene.options.get("small"):
            for event in told:
                self._draw_text(surface, scene, event)

    # --- single effects ---

    @staticmethod
    def _at(camera: Camera, event: Seen) -> tuple[float, float]:
        return camera.to_screen(event.x, event.y)

    def _add(self, light: pygame.Surface, at: tuple[float, float]) -> None:
        self._blits.append((light, (round(at[0] - light.get_width() / 2), round(at[1] - light.get_height() / 2)), None, _ADD))

    def _light(self, scene: Scene, event: Seen, radius: float, colour: Colour, strength: float) -> None:
        level = math.ceil(strength * LEVELS)
        if level > 0:
            self._add(self._sprites.glow(radius * scene.camera.scale, colour, level), self._at(scene.camera, event))

    def _ring(self, scene: Scene, event: Seen, radius: float, colour: Colour, strength: float) -> None:
        level = math.ceil(strength * LEVELS)
        if level > 0:
            width = max(1, round(2 * scene.camera.scale))
            self._add(self._sprites.ring(radius * scene.camera.scale, colour, level, width), self._at(scene.camera, event))

    def _sparks(
        self, scene: Scene, event: Seen, count: int, reach: float, lasts: float, size: float, colours: tuple[Colour, ...]
    ) -> None:
        """Dots that fly out, slow down and go out."""
        burst = (event.tick * 7 + event.actor * 13 + event.x) % BURSTS
        share = event.age / (lasts * _LIVES[burst, :count])
        alive = np.flatnonzero(share < 1)
        if not len(alive):
            return
        share = share[alive]
        way = reach * _REACHES[burst, alive] * (1 - (1 - share) ** 3)
        x, y = self._at(scene.camera, event)
        scale = scene.camera.scale
        places = _DIRECTIONS[burst, alive] * (way * scale)[:, None]
        levels = np.ceil((1 - share) * LEVELS).astype(int)
        if scene.options.get("small"):
            places, levels = places[::2], levels[::2]
        kinds = list(zip(cycle(colours), levels.tolist(), strict=False))
        lights = {kind: self._sprites.glow(max(size * scale, 2), *kind) for kind in dict.fromkeys(kinds)}
        corners = np.rint(places + np.array((x, y)) - lights[kinds[0]].get_width() / 2).astype(int).tolist()  # one size for all
        self._blits += [(lights[kind], corner, None, _ADD) for kind, corner in zip(kinds, corners, strict=True)]

    def _muzzle(self, scene: Scene, event: Seen) -> None:
        item = event.item
        player = scene.before["players"][event.actor]
        x, y = int(player["x"]) / SUBPIXELS, int(player["y"]) / SUBPIXELS
        dx, dy = int(player["aim_x"]) - x, int(player["aim_y"]) - y
        length = math.hypot(dx, dy) or 1.0
        strength = 1 - event.age / LASTS[rules.SHOT]
        size = {rules.SHOTGUN: 34, rules.LAUNCHER: 38}.get(item, 24)
        for reach, share in ((27, 1.0), (36, 0.6)):
            at = scene.camera.to_screen(x + dx / length * reach, y + dy / length * reach)
            level = math.ceil(strength * LEVELS * share)
            self._add(self._sprites.glow(size * share * scene.camera.scale, ITEM_COLOURS[item], level), at)
        faint = mix(ITEM_COLOURS[item], (0, 0, 0), 0.72)
        light = self._sprites.glow(70 * scene.camera.scale, faint, math.ceil(strength * LEVELS))
        self._add(light, scene.camera.to_screen(x, y))

    def _hit(self, scene: Scene, event: Seen) -> None:
        age, kind = event.age, event.kind
        colour = self._look.colour(event.target)
        if age < 22:
            count = 14 if kind == rules.CRITICAL else 8
            self._sparks(scene, event, count, 34 if kind == rules.CRITICAL else 24, 22, 4.5, (WHITE, colour, HOT))
        if age < 7:
            self._light(scene, event, 26, WHITE, 0.8 * (1 - age / 7))

    def _death(self, scene: Scene, event: Seen) -> None:
        age = event.age
        colour = self._look.colour(event.target)
        if age < 50:
            self._sparks(scene, event, 34, 76, 50, 6.5, (colour, colour, WHITE))
        if age < 24:
            self._ring(scene, event, 10 + 46 * (1 - (1 - age / 24) ** 2), colour, 1 - age / 24)
            self._light(scene, event, 74, colour, 0.9 * (1 - age / 24))
        if age < 6:
            self._light(scene, event, 40, WHITE, 1 - age / 6)

    def _explosion(self, scene: Scene, event: Seen) -> None:
        age = event.age
        if age < 46:
            self._sparks(scene, event, 40, 92, 46, 8, (HOT, (255, 214, 120), HURT))
        if age < 22:
            share = age / 22
            self._light(scene, event, 110 - 30 * share, HOT, (1 - share) ** 1.4)
            self._ring(scene, event, 14 + 74 * (1 - (1 - share) ** 2), (255, 190, 110), 1 - share)
        if age < 8:
            self._light(scene, event, 62, WHITE, 1 - age / 8)

    def _draw_text(self, surface: pygame.Surface, scene: Scene, event: Seen) -> None:
        """Numbers and words that rise and fade."""
        kind, amount, item = event.kind, event.amount, event.item
        share = event.age / LASTS[kind]
        size = 15.0
        if kind in (rules.HIT, rules.CRITICAL):
            text, colour = (f"{amount}!", HOT) if kind == rules.CRITICAL else (str(amount), WHITE)
            size = 19.0 if kind == rules.CRITICAL else 14.0
        elif kind == rules.PICKUP:
            text, colour = (f"+{amount}" if item == rules.COIN else f"+ {rules.ITEMS[item]}"), ITEM_COLOURS[item]
        elif kind == rules.PURCHASE:
            text, colour = f"{rules.ITEMS[item]}  -{amount}", GOLD
        elif kind == rules.CROWN:
            text, colour, size = f"crown +{amount}", GOLD, 18.0
        else:
            text, colour, size = f"{amount} in a row", GOLD, 17.0
        spread = (event.tick * 17 % 23 - 11) if kind in (rules.HIT, rules.CRITICAL) else 0
        rise = 26 * (1 - (1 - share) ** 2)
        # Harm above the player, what it gains below.
        above = -24 - rise if kind in (rules.HIT, rules.CRITICAL) else 42 - rise / 2
        x, y = scene.camera.to_screen(event.x + spread, event.y + above)
        self._text.scale = min(max(scene.camera.scale, 0.75), 2.2)
        # Alpha by steps, so that the faded surfaces can be used again.
        fade = min(LEVELS, math.ceil((1 - share) * LEVELS * 2))

        def make() -> pygame.Surface:
            label = outlined(self._text, text, size, colour, _EDGE)
            label.set_alpha(round(255 * fade / LEVELS))
            return label

        put(surface, self._text.cached(("fading", text, size, round(self._text.scale, 2), colour, fade), make), x, y)
