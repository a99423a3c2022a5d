"""The start screen: map, mode, limits, seats. With the mouse or with the arrow keys alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import pygame

from replay.watch.control.keys import key_word
from replay.watch.model.menu import Menu, item_at
from replay.watch.model.settings import load_settings, recordings_folder, remember
from replay.watch.model.wish import KEYS, Browse
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, INK, PANEL, PLAYER_COLOURS, mix
from replay.watch.view.look import PLAYER_SHAPES
from replay.watch.view.paint import put
from replay.watch.window import Screen

from .. import rules
from ..arena import arena_names, load_arena
from ..look.ground import Ground
from ..look.palette import GOLD, TEAM_COLOURS, VOID, WALL_EDGE, WHITE
from .controls import Gamepads
from .setup import EMPTY, PEOPLE, SCORE_LIMITS, SECONDS, Setup, title_of
from .wishes import Play

T = TypeVar("T")

_ROWS = ("start", "map", "mode", "score", "time", *(f"seat {index}" for index in range(rules.PLAYERS)), "recordings")
_MODE_TITLES = {"ffa": "everyone for themselves", "teams": "two teams"}


class StartScreen(Screen):
    """Everything of a `Setup`, to be changed and started. menu: the rows that can be chosen, top to bottom."""

    caption = "arena"

    def __init__(self, setup: Setup | None = None) -> None:
        self.setup = setup or Setup.from_settings(load_settings().get("play"))
        self.menu: Menu[str] = Menu(_ROWS)
        self.pads = Gamepads()
        self._arrows: list[tuple[pygame.Rect, tuple[str, int]]] = []  # of a row: the way that its value goes
        self._maps: list[tuple[pygame.Rect, str]] = []

    def leave(self) -> None:
        remember(play=self.setup.to_settings())

    # --- asking ---

    def handle(self, event: pygame.event.Event) -> None:
        self.pads.handle(event)
        if event.type == pygame.KEYDOWN:
            self._key(key_word(event))
        elif event.type == pygame.MOUSEMOTION:
            self.menu.point(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 3):
            self._click(event.pos, 1 if event.button == 1 else -1)
        elif event.type in (pygame.JOYBUTTONDOWN, pygame.CONTROLLERBUTTONDOWN) and event.button in (0, 7):
            self.start()

    def _key(self, word: str) -> None:
        row = self.menu.item
        if self.menu.key(word):
            return
        if word in ("Left", "Right"):
            self.change(row, -1 if word == "Left" else 1)
        elif word in ("Enter", "Space"):
            if row == "start" or (word == "Enter" and row != "recordings"):
                self.start()
            elif row == "recordings":
                self.browse()
            else:
                self.change(row, 1)
        elif word in KEYS:
            self.wish = KEYS[word]

    def _click(self, at: tuple[int, int], step: int) -> None:
        name, arrow, row = item_at(self._maps, at), item_at(self._arrows, at), self.menu.at(at)
        if name is not None:
            self.setup.map = name
        elif arrow is not None:
            self.change(*arrow)
        elif row == "start":
            self.start()
        elif row == "recordings":
            self.browse()
        elif row is not None:
            self.change(row, step)

    def change(self, row: str, step: int) -> None:
        """The next or previous value of a row."""
        setup = self.setup
        if row == "map":
            setup.map = _next(arena_names(), setup.map, step)
        elif row == "mode":
            setup.mode = _next(list(rules.MODES), setup.mode, step)
        elif row == "score":
            setup.score_limit = _next(list(SCORE_LIMITS), setup.score_limit, step)
        elif row == "time":
            setup.seconds = _next(list(SECONDS), setup.seconds, step)
        elif row.startswith("seat "):
            setup.cycle(int(row[5:]), step)
        self.message = ""

    def start(self) -> None:
        self.wish = Play(self.setup)

    def browse(self) -> None:
        self.wish = Browse(recordings_folder())

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        paint, (width, height) = self.window.paint, surface.get_size()
        surface.blit(self._backdrop((width, height)), (0, 0))
        narrow = width < paint.px(1000)
        left = max((width - paint.px(1160)) // 2, paint.px(20))
        column = (width - 2 * left - paint.px(28)) // 2
        paint.text(surface, "ARENA", (left, paint.px(24)), 52, WHITE, bold=True)
        if not narrow:
            promise = "every match is recorded, every moment can be seen again"
            paint.text(surface, promise, (left + paint.px(212), paint.px(54)), 15, DIM)
        self.menu.places, self._arrows, self._maps = [], [], []
        top = paint.px(100)
        bottom = self._draw_map(surface, pygame.Rect(left, top, column, height - top))
        y = bottom + paint.px(12)
        line = min(paint.px(42), (height - y - paint.px(76)) // 3)
        setup = self.setup
        minutes, seconds = divmod(setup.seconds, 60)
        for row, title, value in (
            ("mode", "mode", _MODE_TITLES[setup.mode]),
            ("score", "points to win", str(setup.score_limit)),
            ("time", "time", f"{minutes}:{seconds:02}"),
        ):
            self._draw_row(surface, row, title, value, pygame.Rect(left, y, column, line - paint.px(5)))
            y += line
        right = pygame.Rect(left + column + paint.px(28), top, column, height - top - paint.px(70))
        self._draw_seats(surface, right)
        self._draw_buttons(surface, left, width, height)

    def _backdrop(self, size: tuple[int, int]) -> pygame.Surface:
        """The chosen map, large and dark."""

        def make() -> pygame.Surface:
            arena = load_arena(self.setup.map)
            scale = max(size[0] / arena.width, size[1] / arena.height) * 1.25
            backdrop = pygame.Surface(size).convert()
            Ground(arena).draw(backdrop, (size[0] - arena.width * scale) / 2, (size[1] - arena.height * scale) / 2, scale)
            dark = pygame.Surface(size)
            dark.fill(VOID)
            dark.set_alpha(206)
            backdrop.blit(dark, (0, 0))
            return backdrop

        return self.window.paint.cached(("backdrop", self.setup.map, size), make)

    def _draw_map(self, surface: pygame.Surface, place: pygame.Rect) -> int:
        """The chosen map large, all of them small. Returns where it ends."""
        paint, arena = self.window.paint, load_arena(self.setup.map)
        names = arena_names()
        room = surface.get_height() - place.top - paint.px(290)
        size = _fitted(arena.width, arena.height, place.width, max(room, paint.px(90)))
        frame = pygame.Rect(place.left, place.top, place.width, size[1] + 8)
        self.menu.places.append((frame, "map"))
        lit = self.menu.item == "map"
        paint.panel(surface, frame, 230)
        put(surface, self._picture(arena.name, size), *frame.center)
        pygame.draw.rect(surface, ACCENT if lit else mix(PANEL, WALL_EDGE, 0.4), frame, 2, border_radius=7)
        self._draw_arrows(surface, "map", frame)
        y = frame.bottom + paint.px(7)
        paint.text(surface, arena.name.title(), (place.left + 2, y), 20, WHITE, bold=True)
        y += paint.px(25)
        paint.text(surface, arena.description, (place.left + 2, y), 13, DIM, width=place.width - 4)
        y += paint.px(24)
        small = _fitted(40, 22, min(paint.px(110), place.width // len(names) - 8), paint.px(58))
        for index, name in enumerate(names):
            spot = pygame.Rect(place.left + index * (small[0] + paint.px(10)), y, *small)
            self._maps.append((spot, name))
            surface.fill(VOID, spot)
            put(surface, self._picture(name, small), *spot.center)
            pygame.draw.rect(surface, ACCENT if name == arena.name else mix(PANEL, WALL_EDGE, 0.25), spot, 2, border_radius=4)
        return y + small[1]

    def _picture(self, name: str, size: tuple[int, int]) -> pygame.Surface:
        """A map with the places where players appear."""

        def make() -> pygame.Surface:
            arena = load_arena(name)
            scale = min(size[0] / arena.width, size[1] / arena.height)
            picture = pygame.Surface((round(arena.width * scale), round(arena.height * scale))).convert()
            Ground(arena).draw(picture, 0, 0, scale)
            for number, (x, y) in enumerate(arena.spawns):
                radius, colour = max(2, 6 * scale), PLAYER_COLOURS[number % 8]
                self.window.paint.shape(picture, "circle", (x * scale, y * scale), radius, colour)
            return picture

        return self.window.paint.cached(("map", name, size), make)

    def _draw_row(self, surface: pygame.Surface, row: str, title: str, value: str, place: pygame.Rect) -> None:
        paint, lit = self.window.paint, self.menu.item == row
        self.menu.places.append((place, row))
        paint.panel(surface, place, 235, mix(PANEL, ACCENT, 0.22) if lit else PANEL)
        paint.text(surface, title, (place.left + paint.px(16), place.centery), 14, DIM, "midleft")
        paint.text(surface, value, (place.left + place.width * 62 // 100, place.centery), 16, INK, "center", bold=True)
        self._draw_arrows(surface, row, place, place.left + place.width * 30 // 100)

    def _draw_arrows(self, surface: pygame.Surface, row: str, place: pygame.Rect, left: int | None = None) -> None:
        paint, lit = self.window.paint, self.menu.item == row
        size = paint.px(7)
        for way, x in ((-1, (place.left if left is None else left) + paint.px(18)), (1, place.right - paint.px(18))):
            y = place.centery
            colour = WHITE if lit else FAINT
            pygame.draw.polygon(
                surface, colour, [(x - way * size / 2, y - size), (x + way * size / 2, y), (x - way * size / 2, y + size)]
            )
            self._arrows.append((pygame.Rect(x - paint.px(16), y - paint.px(16), paint.px(32), paint.px(32)), (row, way)))

    def _draw_seats(self, surface: pygame.Surface, place: pygame.Rect) -> None:
        paint, setup = self.window.paint, self.setup
        line = min(paint.px(54), place.height // rules.PLAYERS)
        names = iter(setup.names())
        taken = -1
        for index, choice in enumerate(setup.seats):
            row = f"seat {index}"
            spot = pygame.Rect(place.left, place.top + index * line, place.width, line - paint.px(6))
            lit = self.menu.item == row
            self.menu.places.append((spot, row))
            empty = choice == EMPTY
            paint.panel(surface, spot, 140 if empty and not lit else 238, mix(PANEL, ACCENT, 0.22) if lit else PANEL)
            title = title_of(choice)
            if not empty:
                taken += 1
                team = TEAM_COLOURS[taken % 2] if setup.mode == "teams" else PLAYER_COLOURS[taken]
                paint.shape(surface, PLAYER_SHAPES[taken], (spot.left + paint.px(24), spot.centery), paint.px(9), team)
                paint.text(surface, str(taken + 1), (spot.left + paint.px(46), spot.centery), 15, DIM, "center")
                at, room = (spot.left + paint.px(62), spot.centery), spot.width * 30 // 100
                paint.text(surface, next(names), at, 16, INK, "midleft", bold=True, width=room)
            else:
                paint.text(surface, "empty", (spot.left + paint.px(62), spot.centery), 15, FAINT, "midleft")
            if choice.startswith("pad") and int(choice[-1]) > len(self.pads.ids):
                title += " (plug it in)"
            colour = GOLD if choice in PEOPLE else DIM
            middle = (spot.left + spot.width * 70 // 100, spot.centery)
            paint.text(surface, title, middle, 14, colour, "center", width=spot.width * 44 // 100)
            self._draw_arrows(surface, row, spot, spot.left + spot.width * 44 // 100)

    def _draw_buttons(self, surface: pygame.Surface, left: int, width: int, height: int) -> None:
        paint, right = self.window.paint, width - left
        for row, title, size, shift, letters, shares in (
            ("start", "Play", 210, 210, 22, (0.8, 0.42)),
            ("recordings", "Recordings", 150, 374, 16, (0.4, 0.1)),
        ):
            place = pygame.Rect(right - paint.px(shift), height - paint.px(62), paint.px(size), paint.px(46))
            self.menu.places.append((place, row))
            ground = mix(PANEL, ACCENT, shares[0] if self.menu.item == row else shares[1])
            paint.button(surface, place, title, letters, ground, WHITE, 9)
        problem = self.message or self.setup.problem
        note = problem or "arrows choose and change   Enter plays   Esc leaves"
        room = width - 2 * left - paint.px(400)
        paint.text(surface, note, (left, height - paint.px(40)), 13, BAD if problem else FAINT, "midleft", width=room)


def _next(values: Sequence[T], value: T, step: int) -> T:
    """The neighbour of a value, around the end; the first one for a value that is none of them."""
    return values[(values.index(value) + step) % len(values)] if value in values else values[0]


def _fitted(width: float, height: float, most_width: int, most_height: int) -> tuple[int, int]:
    scale = min(most_width / width, most_height / height)
    return max(round(width * scale), 8), max(round(height * scale), 8)
