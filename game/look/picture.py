"""One match of arena as a picture: `ArenaLook`. It is made of a scene alone and changes nothing in it."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pygame

from replay.core.game import Events
from replay.watch.model.scene import Camera, Colour, Mark, Scene, Sound
from replay.watch.view.colours import PLAYER_COLOURS, mix
from replay.watch.view.look import Look
from replay.watch.view.paint import Paint, put

from .. import rules
from ..numbers import SUBPIXELS
from ..story import ArenaStory
from .effects import Effects
from .ground import Ground
from .measures import DULL, JUMP, LEVELS
from .palette import HOT, INK, ITEM_COLOURS, MARKS, ROLE_COLOURS, SHIELD, TEAM_COLOURS, VOID, WHITE, health_colour
from .sound import RATE, Listener, Planner, SoundBoard, Wave, synthesise
from .sprites import Sprites, outlined

_ADD = pygame.BLEND_ADD
_SIGNAL_TICKS = 6  # a signal that is later than that is left out: somebody went on in the midst of a second
_grounds: dict[str, Ground] = {}  # maps look the same in every match
_sprites = Sprites()


class ArenaLook(Look):
    """One match of arena to look at."""

    story: ArenaStory
    marks: Mapping[str, Mark] = MARKS
    role_colours: Mapping[str, Colour] = ROLE_COLOURS
    sample_rate = RATE

    def __init__(self, story: ArenaStory) -> None:
        super().__init__(story)
        in_teams = (mix(TEAM_COLOURS[player % 2], WHITE, 0.12 * (player // 2)) for player in range(8))
        self._colours = tuple(in_teams) if story.in_teams else PLAYER_COLOURS
        self.ground = _grounds.setdefault(story.arena.hash, Ground(story.arena))
        self.sprites = _sprites
        self.effects = Effects(self, self.sprites)
        self._text = Paint()
        self._sounds: SoundBoard | None = None
        self._planner: Planner | None = None  # of a film
        self._waves: dict[str, Wave] = {}
        self._signal_tick = -1  # the tick that the countdown was last heard at

    def colour(self, player: int) -> Colour:
        return self._colours[player % len(self._colours)]

    def team_colour(self, team: int) -> Colour:
        return TEAM_COLOURS[team]

    def graph_colour(self, index: int) -> Colour:
        return TEAM_COLOURS[index] if self.story.in_teams else self.colour(index)

    def prepare(self) -> None:
        self._sounds = self._sounds or SoundBoard()

    def set_volume(self, volume: float) -> None:
        """0..1, at once."""
        self.prepare()
        if self._sounds is not None:
            self._sounds.volume = volume

    def hear(self, events: Events, scene: Scene) -> None:
        self.prepare()
        if self._sounds is None:
            return
        if (signal := self._signal(scene.before)) is not None:
            self._sounds.signal(signal)
        if len(events):
            self._sounds.play(events, scene.camera, self._listener(scene))

    def sounds(self, events: Events, scene: Scene) -> list[Sound]:
        if self._planner is None:
            self._waves = synthesise()
            self._planner = Planner(self._waves)
        now, signal = scene.time / rules.TICKS_PER_SECOND, self._signal(scene.before)
        heard = self._planner.plan_signal(signal, now) if signal is not None else []
        if len(events):
            heard += self._planner.plan(events, scene.camera, self._listener(scene), now)
        return [Sound(self._waves[each.name], each.left, each.right, each.slot) for each in heard]

    def _listener(self, scene: Scene) -> Listener | None:
        """Whom the picture follows, while that player is anywhere."""
        at = self.story.place(scene.before, scene.follow) if scene.follow is not None else None
        return Listener(scene.follow, *at) if scene.follow is not None and at is not None else None

    def _signal(self, state: np.void) -> str | None:
        """What sounds when each second of a countdown begins, and when it is over: once, though frames leave out ticks or repeat
        one. The first tick that is heard is 1."""
        tick, starts_at = int(state["tick"]), int(state["starts_at"])
        seconds = max(-(-(starts_at - tick) // rules.TICKS_PER_SECOND), 0)
        begins = starts_at - seconds * rules.TICKS_PER_SECOND
        is_heard, self._signal_tick = begins <= self._signal_tick <= tick, tick
        if starts_at == 0 or is_heard or tick - begins >= _SIGNAL_TICKS:
            return None
        return "beep" if seconds else "go"

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        camera = scene.camera
        small = bool(scene.options.get("small"))
        if scene.options.get("shake") and not small:
            dx, dy = self.effects.shake(scene)
            camera = Camera(camera.area, camera.x + dx, camera.y + dy, camera.scale, camera.steady)
            scene = Scene(camera, scene.before, scene.after, scene.alpha, scene.time, scene.events, scene.follow, scene.options)
        surface.set_clip(camera.area)
        left, top = camera.to_screen(0, 0)
        world = pygame.Rect(left, top, self.story.world[0] * camera.scale, self.story.world[1] * camera.scale)
        for beside in _around(pygame.Rect(camera.area), world):
            surface.fill(VOID, beside)
        self.ground.draw(surface, left, top, camera.scale, steady=camera.steady)
        if scene.options.get("contrast"):
            surface.fill(DULL, world.clip(camera.area), pygame.BLEND_MULT)
        seen = self.effects.seen(scene)
        self.effects.under(surface, scene, seen)
        self._draw_pickups(surface, scene)
        players = self._places(scene)
        self._draw_players(surface, scene, players)
        self._draw_bullets(surface, scene)
        self.effects.over(surface, scene, seen)
        if not small:
            self._draw_names(surface, scene, players)
        surface.set_clip(None)

    def _places(self, scene: Scene) -> list[tuple[int, float, float]]:
        """(player, x, y on the screen) of everyone alive, between the two states."""
        count = len(self.story.names)
        before, after = scene.before["players"][:count], scene.after["players"][:count]
        x, y = before["x"] / SUBPIXELS, before["y"] / SUBPIXELS
        dx, dy = after["x"] / SUBPIXELS - x, after["y"] / SUBPIXELS - y
        near = (np.abs(dx) + np.abs(dy) < JUMP) & (after["health"] > 0)
        x, y = x + np.where(near, dx, 0) * scene.alpha, y + np.where(near, dy, 0) * scene.alpha
        alive = np.flatnonzero(before["health"] > 0)
        return [(int(index), *scene.camera.to_screen(float(x[index]), float(y[index]))) for index in alive]

    def _draw_pickups(self, surface: pygame.Surface, scene: Scene) -> None:
        camera, scale = scene.camera, _figure_scale(scene)
        rows, shadow = scene.before["pickups"][: int(scene.before["pickup_count"])], self.sprites.shadow(11 * scale)
        for x, y, item in zip(rows["x"].tolist(), rows["y"].tolist(), rows["item"].tolist(), strict=True):
            at = camera.to_screen(x, y)
            bob = math.sin(scene.time / 22 + x) * 2 * scale
            put(surface, shadow, at[0], at[1] + 7 * scale)
            put(surface, self.sprites.glow(20 * scale, mix(ITEM_COLOURS[item], (0, 0, 0), 0.55)), at[0], at[1] + bob, flags=_ADD)
            put(surface, self.sprites.item(item, scale), at[0], at[1] + bob)

    def _draw_players(self, surface: pygame.Surface, scene: Scene, places: list[tuple[int, float, float]]) -> None:
        scale, tick = _figure_scale(scene), int(scene.before["tick"])
        last = scene.events[-12:]
        hurt = {
            target
            for happened, kind, target in zip(*(last[name].tolist() for name in ("tick", "kind", "target")), strict=True)
            if kind in (rules.HIT, rules.CRITICAL) and scene.time - happened < 6
        }
        players, shadow = scene.before["players"], self.sprites.shadow(17 * scale)
        for index, x, y in places:
            row = players[index]
            colour, vx, vy = self.colour(index), int(row["vx"]), int(row["vy"])
            put(surface, self.sprites.glow(40 * scale, mix(colour, (0, 0, 0), 0.62)), x, y, flags=_ADD)
            put(surface, shadow, x, y + 5 * scale)
            if row["dashing_until"] > tick or vx**2 + vy**2 > 1400**2:
                for step in (4, 3, 2, 1):
                    back = step * 1.2 * scale / SUBPIXELS
                    put(surface, self.sprites.ghost(colour, 4 - step, scale), x - vx * back, y - vy * back)
            aim = math.atan2(int(row["aim_y"]) * SUBPIXELS - int(row["y"]), int(row["aim_x"]) * SUBPIXELS - int(row["x"]))
            put(surface, self.sprites.weapon(int(row["weapon"]), aim, scale), x, y)
            put(surface, self.sprites.body(colour, self.shape(index), scale, lit=index in hurt), x, y)
            if scene.options.get("contrast"):
                pygame.draw.circle(surface, WHITE, (round(x), round(y)), round(16 * scale), max(2, round(2.4 * scale)))
            if row["protected_until"] > tick:
                level = 3 + round(3 * math.sin(scene.time / 4) ** 2)
                put(surface, self.sprites.ring(20 * scale, WHITE, level, max(1, round(2 * scale))), x, y, flags=_ADD)
            if index == scene.follow:
                put(surface, self.sprites.ring(24 * scale, colour, LEVELS, max(1, round(1.5 * scale))), x, y, flags=_ADD)

    def _draw_bullets(self, surface: pygame.Surface, scene: Scene) -> None:
        """Bullets fly straight: between two states they are where their speed brings them."""
        camera, scale = scene.camera, scene.camera.scale
        rows = scene.before["bullets"][: int(scene.before["bullet_count"])]
        columns = (*(rows[name] / SUBPIXELS for name in ("x", "y", "vx", "vy")), rows["owner"], rows["weapon"])
        for x, y, vx, vy, owner, weapon in zip(*(column.tolist() for column in columns), strict=True):
            at = camera.to_screen(x + vx * scene.alpha, y + vy * scene.alpha)
            colour = mix(ITEM_COLOURS[weapon], self.colour(owner), 0.35)
            if weapon == rules.LAUNCHER:
                for step in (1, 2, 3, 4, 5):
                    back = step * 0.8 * scale
                    puff = self.sprites.glow((9 - step) * scale, HOT, LEVELS - step)
                    put(surface, puff, at[0] - vx * back, at[1] - vy * back, flags=_ADD)
                put(surface, self.sprites.rocket(math.atan2(vy, vx), scale), at[0], at[1])
                continue
            back = {rules.BLASTER: 1.1, rules.RIFLE: 1.9}.get(weapon, 0.8) * scale
            tail = (at[0] - vx * back, at[1] - vy * back)
            middle = (at[0] - vx * back * 0.45, at[1] - vy * back * 0.45)
            width = max(1, round((3.4 if weapon != rules.RIFLE else 2.4) * scale))
            pygame.draw.line(surface, mix(colour, INK, 0.55), tail, at, width)
            pygame.draw.line(surface, colour, middle, at, width)
            pygame.draw.line(surface, WHITE, ((middle[0] + at[0]) / 2, (middle[1] + at[1]) / 2), at, max(1, width - 2))
            put(surface, self.sprites.glow((13 if weapon == rules.BLASTER else 10) * scale, colour), at[0], at[1], flags=_ADD)

    def _draw_names(self, surface: pygame.Surface, scene: Scene, places: list[tuple[int, float, float]]) -> None:
        """Name, health, armour, and the ring of a reload."""
        scale, tick = scene.camera.scale, int(scene.before["tick"])
        self._text.scale = min(max(scale * 1.1, 0.95), 2.2)
        players, crowned = scene.before["players"], self.story.crowned(scene.before)
        width, height = round(34 * scale), max(2, round(4 * scale))
        for index, x, y in places:
            row = players[index]
            top = round(y - 25 * scale)
            bar = pygame.Rect(round(x) - width // 2, top, width, height)
            # Not `fill`: at the left border of a surface that moves a box instead of cutting it.
            pygame.draw.rect(surface, INK, bar.inflate(2, 2))
            health, armour = int(row["health"]), int(row["armour"])
            pygame.draw.rect(surface, health_colour(health), (bar.left, top, round(width * health / rules.FULL), height))
            if armour:
                pygame.draw.rect(surface, INK, (bar.left - 1, top - height, width + 2, height))
                above = (bar.left, top - height + 1, round(width * armour / rules.FULL), max(height - 1, 1))
                pygame.draw.rect(surface, SHIELD, above)
            foot = top - (height if armour else 0) - 2
            put(surface, self._label(index), x, foot, "midbottom")
            if index == crowned:
                put(surface, self.sprites.crown(scale), x, foot - self._label(index).get_height(), "midbottom")
            if row["reloaded_at"] > tick:
                whole = int(rules.RELOAD[int(row["weapon"])])
                share = 1 - (int(row["reloaded_at"]) - scene.time) / max(whole, 1)
                around = pygame.Rect(0, 0, round(38 * scale), round(38 * scale))
                around.center = (round(x), round(y))
                pygame.draw.arc(surface, WHITE, around, math.pi / 2 - share * math.tau, math.pi / 2, max(1, round(2 * scale)))

    def _label(self, index: int) -> pygame.Surface:
        """Number and name with a dark edge, so that they read on everything."""

        def make() -> pygame.Surface:
            text, colour = f"{index + 1} {self.story.names[index][:14]}", mix(self.colour(index), WHITE, 0.25)
            edge = [(dx, dy) for dx in (1, 2, 3) for dy in (1, 2, 3)]
            return outlined(self._text, text, 12, colour, edge)

        return self._text.cached(("label", index, round(self._text.scale, 2)), make)


def _around(area: pygame.Rect, world: pygame.Rect) -> list[pygame.Rect]:
    """The parts of an area that a world leaves free: what lies under it need not be filled."""
    inner = world.inflate(-2, -2).clip(area)  # its edge may lie between pixels
    if not inner:
        return [area]
    sides = [
        pygame.Rect(area.left, area.top, area.width, inner.top - area.top),
        pygame.Rect(area.left, inner.bottom, area.width, area.bottom - inner.bottom),
        pygame.Rect(area.left, inner.top, inner.left - area.left, inner.height),
        pygame.Rect(inner.right, inner.top, area.right - inner.right, inner.height),
    ]
    return [side for side in sides if side]


def _figure_scale(scene: Scene) -> float:
    """Figures in a thumbnail are larger than the map they stand on, or nobody would see them."""
    return max(scene.camera.scale, 0.42) if scene.options.get("small") else scene.camera.scale
