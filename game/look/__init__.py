"""How arena looks and sounds: `ArenaView`. Pictures are made of a scene alone and change nothing in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pygame

from replay.core.game import Events, Game, Match
from replay.core.readmodel import Series
from replay.watch.view.paint import DIM, Paint, mix
from replay.watch.view.view import Camera, Mark, News, Row, Scene, View

from .. import rules
from ..arena import load_arena
from ..fixed import SUBPIXELS
from ..projections import kills_of
from .effects import Effects
from .ground import Ground
from .palette import GOLD, HEAL, HOT, HURT, INK, ITEM_COLOURS, SHIELD, VOID, WHITE, Colour
from .sound import SoundBoard
from .sprites import LEVELS, Sprites

TEAM_COLOURS: tuple[Colour, Colour] = ((86, 180, 233), (230, 159, 0))
_TEAM_NAMES = ("Blue", "Orange")
_KEYS = (
    ("W", rules.UP),
    ("A", rules.LEFT),
    ("S", rules.DOWN),
    ("D", rules.RIGHT),
    ("fire", rules.FIRE),
    ("dash", rules.DASH),
    ("reload", rules.RELOAD_KEY),
    ("order", rules.ORDER),
    ("use", rules.USE),
)
_ADD = pygame.BLEND_ADD
_JUMP = 100  # pixels in a tick: not a way but a new life
_grounds: dict[str, Ground] = {}  # maps look the same in every match
_sprites = Sprites()


class ArenaView(View):
    """One match of arena to look at."""

    marks: ClassVar = {
        "death": Mark("x", HURT, 2),
        "streak": Mark("star", GOLD, 2),
        "purchase": Mark("triangle", HEAL, 1),
        "explosion": Mark("burst", HOT, 1),
        "match_end": Mark("square", WHITE, 3),
    }
    columns = ("pts", "kills", "died")

    def __init__(self, game: Game, header: Header, match: Match) -> None:
        super().__init__(game, header, match)
        self.arena = load_arena(str(header.config["map"]))
        self.world = (self.arena.width, self.arena.height)
        self.in_teams = header.config["mode"] == "teams"
        self.ground = _grounds.setdefault(self.arena.hash, Ground(self.arena))
        self.sprites = _sprites
        self.effects = Effects(self, self.sprites)
        self._text = Paint()
        self._sounds: SoundBoard | None = None

    # --- what the viewer asks ---

    def colour(self, player: int) -> Colour:
        if self.in_teams:
            base = TEAM_COLOURS[player % 2]
            return mix(base, WHITE, 0.12 * (player // 2 % 4))
        return super().colour(player)

    def place(self, state: Any, player: int) -> tuple[float, float] | None:
        row = state["players"][player]
        if not row["x"] and not row["y"]:
            return None
        return int(row["x"]) / SUBPIXELS, int(row["y"]) / SUBPIXELS

    def place_of(self, event: Any) -> tuple[float, float] | None:
        return (float(event["x"]), float(event["y"])) if event["x"] or event["y"] else None

    def players_of(self, event: Any) -> tuple[int, ...]:
        if event["kind"] == rules.MATCH_END:
            return ()
        return tuple(int(event[name]) for name in ("actor", "target") if event[name] != rules.NOBODY)

    def standings(self, state: Any) -> list[Row]:
        players = state["players"]
        rows = [
            Row(
                index,
                (str(players["score"][index]), str(players["kills"][index]), str(players["deaths"][index])),
                int(players["team"][index]),
                bool(players["health"][index] > 0),
            )
            for index in range(len(self.names))
        ]
        scores = state["scores"]
        return sorted(rows, key=lambda row: (-int(scores[row.team]), row.team, -int(row.cells[0]), row.player))

    def graph(self, timeline: Series) -> Sequence[Sequence[int]]:
        scores = timeline.lines["score"]
        return np.array([np.sum(scores[team::2], axis=0) for team in (0, 1)]).tolist() if self.in_teams else scores

    def graph_colour(self, index: int) -> Colour:
        return TEAM_COLOURS[index] if self.in_teams else self.colour(index)

    def feed(self, events: Events) -> Iterator[News]:
        kinds = events["kind"]
        kills = kills_of(events, self.names)
        news = (kinds == rules.DEATH) | (kinds == rules.STREAKING) | (kinds == rules.PURCHASE) | (kinds == rules.MATCH_END)
        for event in events[news][::-1]:
            yield int(event["tick"]), self._kill(kills.pop()) if event["kind"] == rules.DEATH else self._words(event)

    def _kill(self, kill: Mapping[str, Any]) -> list[tuple[str, Colour]]:
        killer = (kill["killer"], self.colour(kill["killer_seat"]))
        if kill["killer_seat"] == kill["victim_seat"]:
            return [killer, (" blew up", DIM)]
        words = [killer, (f"  {kill['item']}  ", DIM), (kill["victim"], self.colour(kill["victim_seat"]))]
        return [*words, (f"  with {' and '.join(kill['assists'])}", DIM)] if kill["assists"] else words

    def _words(self, event: Any) -> list[tuple[str, Colour]]:
        kind, actor = int(event["kind"]), int(event["actor"])
        if kind == rules.STREAKING:
            return [(self.names[actor], self.colour(actor)), (f"  {event['amount']} in a row", GOLD)]
        if kind == rules.PURCHASE:
            return [(self.names[actor], self.colour(actor)), ("  bought ", DIM), (rules.ITEMS[int(event["item"])], HEAL)]
        if actor == rules.NOBODY:
            return [("the match ends in a draw", WHITE)]
        who = _TEAM_NAMES[actor] if self.in_teams else self.names[actor]
        return [(who, TEAM_COLOURS[actor] if self.in_teams else self.colour(actor)), (f" wins with {event['amount']}", WHITE)]

    def inputs(self, row: Any) -> list[tuple[str, bool]]:
        buttons = int(row["buttons"])
        held = [(label, bool(buttons & bit)) for label, bit in _KEYS]
        item = int(row["item"])
        held[-1] = (rules.ITEMS[item] if buttons & rules.USE and 0 < item < len(rules.ITEMS) else "use", bool(buttons & rules.USE))
        return [*held, (f"{row['x']},{row['y']}", False)]

    def details(self, state: Any, player: int) -> list[str]:
        row = state["players"][player]
        weapon = int(row["weapon"])
        reserve = int(row["reserve"][weapon])
        rounds = "endless" if reserve == rules.ENDLESS else str(reserve)
        return [
            f"health {row['health']}   armour {row['armour']}   gold {row['gold']}",
            f"{rules.ITEMS[weapon]}  {row['magazine'][weapon]} / {rounds}   streak {row['streak']}",
        ]

    def result_text(self, result: Mapping[str, Any]) -> str:
        try:
            points = [int(row["score"]) for row in result["players"]]
            winners = [self.names[index] for index in result["winners"]]
            teams = {result["players"][index]["team"] for index in result["winners"]}
        except (KeyError, TypeError, ValueError, IndexError):  # out of a file
            return ""
        if not winners:
            return "left before the end"
        verb = "win" if len(winners) > 1 else "wins"
        outcome = "a draw" if len(teams) > 1 else f"{' and '.join(winners)} {verb}"
        return f"{outcome}   " + " : ".join(map(str, sorted(points, reverse=True)))

    def prepare(self) -> None:
        self._sounds = self._sounds or SoundBoard()

    def hear(self, events: Events, scene: Scene) -> None:
        self.prepare()
        if self._sounds is not None:
            self._sounds.play(events, scene.camera)

    def take_over(self, path: Path, tick: int, player: int | None) -> Any:
        from ..play.screen import take_over

        return take_over(path, tick, player)

    # --- the picture ---

    def draw(self, surface: pygame.Surface, scene: Scene) -> None:
        camera = scene.camera
        small = bool(scene.options.get("small"))
        if scene.options.get("shake") and not small:
            dx, dy = self.effects.shake(scene)
            camera = Camera(camera.area, camera.x + dx, camera.y + dy, camera.scale, camera.steady)
            scene = Scene(camera, scene.before, scene.after, scene.alpha, scene.time, scene.events, scene.follow, scene.options)
        surface.set_clip(camera.area)
        left, top = camera.to_screen(0, 0)
        world = pygame.Rect(left, top, self.world[0] * camera.scale, self.world[1] * camera.scale)
        if not world.contains(pygame.Rect(camera.area)):
            surface.fill(VOID, camera.area)
        self.ground.draw(surface, left, top, camera.scale, steady=camera.steady)
        self.effects.under(surface, scene)
        self._draw_pickups(surface, scene)
        players = self._places(scene)
        self._draw_players(surface, scene, players)
        self._draw_bullets(surface, scene)
        self.effects.over(surface, scene)
        if not small:
            self._draw_names(surface, scene, players)
        surface.set_clip(None)

    def _places(self, scene: Scene) -> list[tuple[int, float, float]]:
        """(player, x, y on the screen) of everyone alive, between the two states."""
        count = len(self.names)
        before, after = scene.before["players"][:count], scene.after["players"][:count]
        x, y = before["x"] / SUBPIXELS, before["y"] / SUBPIXELS
        dx, dy = after["x"] / SUBPIXELS - x, after["y"] / SUBPIXELS - y
        near = (np.abs(dx) + np.abs(dy) < _JUMP) & (after["health"] > 0)
        x, y = x + np.where(near, dx, 0) * scene.alpha, y + np.where(near, dy, 0) * scene.alpha
        alive = np.flatnonzero(before["health"] > 0)
        return [(int(index), *scene.camera.to_screen(float(x[index]), float(y[index]))) for index in alive]

    def _draw_pickups(self, surface: pygame.Surface, scene: Scene) -> None:
        camera, scale = scene.camera, _figure_scale(scene)
        rows = scene.before["pickups"][: int(scene.before["pickup_count"])]
        for x, y, item in zip(rows["x"].tolist(), rows["y"].tolist(), rows["item"].tolist(), strict=True):
            at = camera.to_screen(x, y)
            bob = math.sin(scene.time / 22 + x) * 2 * scale
            shadow = self.sprites.shadow(11 * scale)
            surface.blit(shadow, shadow.get_rect(center=(round(at[0]), round(at[1] + 7 * scale))))
            light = self.sprites.glow(20 * scale, mix(ITEM_COLOURS[item], (0, 0, 0), 0.55))
            surface.blit(light, light.get_rect(center=(round(at[0]), round(at[1] + bob))), None, _ADD)
            made = self.sprites.item(item, scale)
            surface.blit(made, made.get_rect(center=(round(at[0]), round(at[1] + bob))))

    def _draw_players(self, surface: pygame.Surface, scene: Scene, places: list[tuple[int, float, float]]) -> None:
        scale, tick = _figure_scale(scene), int(scene.before["tick"])
        hurt = {
            int(event["target"])
            for event in scene.events[-12:]
            if self.game.event_kinds[int(event["kind"])] in ("hit", "critical") and scene.time - int(event["tick"]) < 6
        }
        players = scene.before["players"]
        for index, x, y in places:
            row = players[index]
            colour = self.colour(index)
            light = self.sprites.glow(40 * scale, mix(colour, (0, 0, 0), 0.62))
            surface.blit(light, light.get_rect(center=(round(x), round(y))), None, _ADD)
            shadow = self.sprites.shadow(17 * scale)
            surface.blit(shadow, shadow.get_rect(center=(round(x), round(y + 5 * scale))))
            if row["dashing_until"] > tick or int(row["vx"]) ** 2 + int(row["vy"]) ** 2 > 1400**2:
                for step in (4, 3, 2, 1):
                    ghost = self.sprites.ghost(colour, 4 - step, scale)
                    back = step * 1.2 * scale / SUBPIXELS
                    surface.blit(ghost, ghost.get_rect(center=(round(x - row["vx"] * back), round(y - row["vy"] * back))))
            aim = math.atan2(int(row["aim_y"]) * SUBPIXELS - int(row["y"]), int(row["aim_x"]) * SUBPIXELS - int(row["x"]))
            weapon = self.sprites.weapon(int(row["weapon"]), aim, scale)
            surface.blit(weapon, weapon.get_rect(center=(round(x), round(y))))
            body = self.sprites.body(colour, self.shape(index), scale, lit=index in hurt)
            surface.blit(body, body.get_rect(center=(round(x), round(y))))
            if row["protected_until"] > tick:
                ring = self.sprites.ring(20 * scale, WHITE, 3 + round(3 * math.sin(scene.time / 4) ** 2), max(1, round(2 * scale)))
                surface.blit(ring, ring.get_rect(center=(round(x), round(y))), None, _ADD)
            if index == scene.follow:
                ring = self.sprites.ring(24 * scale, colour, LEVELS, max(1, round(1.5 * scale)))
                surface.blit(ring, ring.get_rect(center=(round(x), round(y))), None, _ADD)

    def _draw_bullets(self, surface: pygame.Surface, scene: Scene) -> None:
        """Bullets fly straight: between two states they are where their speed brings them."""
        camera, scale = scene.camera, scene.camera.scale
        rows = scene.before["bullets"][: int(scene.before["bullet_count"])]
        columns = (
            rows["x"] / SUBPIXELS,
            rows["y"] / SUBPIXELS,
            rows["vx"] / SUBPIXELS,
            rows["vy"] / SUBPIXELS,
            rows["owner"],
            rows["weapon"],
        )
        for x, y, vx, vy, owner, weapon in zip(*(column.tolist() for column in columns), strict=True):
            at = camera.to_screen(x + vx * scene.alpha, y + vy * scene.alpha)
            colour = mix(ITEM_COLOURS[weapon], self.colour(owner), 0.35)
            if weapon == rules.LAUNCHER:
                for step in (1, 2, 3, 4, 5):
                    puff = self.sprites.glow((9 - step) * scale, HOT, LEVELS - step)
                    back = (at[0] - vx * step * 0.8 * scale, at[1] - vy * step * 0.8 * scale)
                    surface.blit(puff, puff.get_rect(center=(round(back[0]), round(back[1]))), None, _ADD)
                made = self.sprites.rocket(math.atan2(vy, vx), scale)
                surface.blit(made, made.get_rect(center=(round(at[0]), round(at[1]))))
                continue
            back = {rules.BLASTER: 1.1, rules.RIFLE: 1.9}.get(weapon, 0.8) * scale
            tail = (at[0] - vx * back, at[1] - vy * back)
            middle = (at[0] - vx * back * 0.45, at[1] - vy * back * 0.45)
            width = max(1, round((3.4 if weapon != rules.RIFLE else 2.4) * scale))
            pygame.draw.line(surface, mix(colour, INK, 0.55), tail, at, width)
            pygame.draw.line(surface, colour, middle, at, width)
            pygame.draw.line(surface, WHITE, ((middle[0] + at[0]) / 2, (middle[1] + at[1]) / 2), at, max(1, width - 2))
            light = self.sprites.glow((13 if weapon == rules.BLASTER else 10) * scale, colour)
            surface.blit(light, light.get_rect(center=(round(at[0]), round(at[1]))), None, _ADD)

    def _draw_names(self, surface: pygame.Surface, scene: Scene, places: list[tuple[int, float, float]]) -> None:
        """Name, health, armour, and the ring of a reload."""
        scale, tick = scene.camera.scale, int(scene.before["tick"])
        self._text.scale = min(max(scale * 1.1, 0.95), 2.2)
        players = scene.before["players"]
        width, height = round(34 * scale), max(2, round(4 * scale))
        for index, x, y in places:
            row = players[index]
            top = round(y - 25 * scale)
            bar = pygame.Rect(round(x) - width // 2, top, width, height)
            surface.fill(INK, bar.inflate(2, 2))
            health, armour = int(row["health"]), int(row["armour"])
            surface.fill(
                HEAL if health > 50 else GOLD if health > 25 else HURT, (bar.left, top, round(width * health / rules.FULL), height)
            )
            if armour:
                surface.fill(INK, (bar.left - 1, top - height, width + 2, height))
                surface.fill(SHIELD, (bar.left, top - height + 1, round(width * armour / rules.FULL), max(height - 1, 1)))
            name = self._label(index)
            surface.blit(name, name.get_rect(midbottom=(round(x), top - (height if armour else 0) - 2)))
            if row["reloaded_at"] > tick:
                whole = int(rules.RELOAD[int(row["weapon"])])
                share = 1 - (int(row["reloaded_at"]) - scene.time) / max(whole, 1)
                around = pygame.Rect(0, 0, round(38 * scale), round(38 * scale))
                around.center = (round(x), round(y))
                pygame.draw.arc(surface, WHITE, around, math.pi / 2 - share * math.tau, math.pi / 2, max(1, round(2 * scale)))

    def _label(self, index: int) -> pygame.Surface:
        """Number and name with a dark edge, so that they read on everything."""
        text, colour = f"{index + 1} {self.names[index][:14]}", self.colour(index)

        def make() -> pygame.Surface:
            ink, front = self._text.words(text, 12, INK), self._text.words(text, 12, mix(colour, WHITE, 0.25))
            made = pygame.Surface((front.get_width() + 4, front.get_height() + 4), pygame.SRCALPHA)
            for dx in (1, 2, 3):
                for dy in (1, 2, 3):
                    made.blit(ink, (dx, dy))
            made.blit(front, (2, 2))
            return made

        return self._text.kept(("label", text, colour, round(self._text.scale, 2)), make)


def _figure_scale(scene: Scene) -> float:
    """Figures in a thumbnail are larger than the map they stand on, or nobody would see them."""
    return max(scene.camera.scale, 0.42) if scene.options.get("small") else scene.camera.scale
