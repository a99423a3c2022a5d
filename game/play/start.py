"""The start screen: map, mode, limits, bots, seats and names. With the mouse or with the keys alone.

A click on a row lights it; what changes a value is drawn as an arrow, what can be typed as a name.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pygame

from replay.watch.control.keys import key_word
from replay.watch.control.typing import TextField
from replay.watch.model.menu import Menu, item_at
from replay.watch.model.settings import load_settings, recordings_folder, remember
from replay.watch.model.wish import KEYS, Browse
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, INK, PANEL, PLAYER_COLOURS, mix
from replay.watch.view.look import PLAYER_SHAPES
from replay.watch.view.paint import put
from replay.watch.window import Screen

from .. import rules
from ..arena import arena_names, load_arena
from ..bots import LEVELS
from ..look.ground import Ground
from ..look.palette import GOLD, TEAM_COLOURS, VOID, WALL_EDGE, WHITE
from .cards import draw_keys
from .commands import PAD
from .controls import Gamepads, menu_key
from .options import MOST_LETTERS, Options
from .setup import EMPTY, PEOPLE, SCORE_LIMITS, SECONDS, Setup, title_of
from .wishes import Play, Prefer

T = TypeVar("T")

_SEATS = tuple(f"seat {index}" for index in range(rules.PLAYERS))
_ROWS = ("start", "map", "mode", "score", "time", "level", *_SEATS, "recordings", "options")
_FIELDS = {
    "map": "map",
    "mode": "mode",
    "score": "score_limit",
    "time": "seconds",
    "level": "level",
    **dict.fromkeys(_SEATS, "seats"),
}  # of the set-up, by row
_LEAST_CARD, _LEAST_HEIGHT = 118, 600  # of the layout: with less room there are no controls, or no small maps
# The longest one for which there is room.
_NOTES = ("arrows choose and change   F2 names a seat   Enter plays", "F2 names a seat   Enter plays", "Enter plays")
_MODE_TITLES = {"ffa": "everyone for themselves", "teams": "two teams"}


class StartScreen(Screen):
    """Everything of a `Setup`, to be changed and started. menu: the rows that can be chosen, top to bottom."""

    caption = "arena"

    def __init__(self, options: Options, setup: Setup | None = None) -> None:
        self.options = options
        self.setup = setup or Setup.from_settings(load_settings().get("play"))
        self.menu: Menu[str] = Menu(_ROWS)
        self.pads = Gamepads()
        self._arrows: list[tuple[pygame.Rect, tuple[str, int]]] = []  # of a row: the way that its value goes
        self._maps: list[tuple[pygame.Rect, str]] = []
        self._names: list[tuple[pygame.Rect, int]] = []  # of the seats
        self._chosen: set[str] = set()  # fields of the set-up that were changed here
        self.field: TextField | None = None  # the name of a seat, while it is typed
        self._typed_seat = 0

    def is_at_rest(self) -> bool:
        return True

    def leave(self) -> None:
        """What was chosen here is remembered; what a command line asked for once is not."""
        self._end_typing()
        if self._chosen:
            kept = Setup.from_settings(load_settings().get("play"))
            for name in self._chosen:
                setattr(kept, name, getattr(self.setup, name))
            remember(play=kept.to_settings())

    # --- asking ---

    def handle(self, event: pygame.event.Event) -> None:
        if self.pads.is_echo(event):
            return
        self.pads.handle(event)
        if self.field is not None and self.field.handle(event):
            if not self.field.is_open:
                self._end_typing()
        elif event.type == pygame.KEYDOWN:
            self._key(key_word(event), event.unicode)
        elif event.type == pygame.MOUSEMOTION:
            self.menu.point(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(event.pos)
        elif (key := menu_key(event)) is not None and key != "Escape":  # nobody leaves the game by mistake
            self._key(key, "")

    def type_name(self, seat: int, opener: str = "") -> None:
        """Let the user type the name of a seat that is taken. opener: what the key writes that asked for it."""
        if self.setup.seats[seat] != EMPTY:
            self.menu.chosen = self.menu.items.index(f"seat {seat}")
            self.field, self._typed_seat = TextField(self.setup.called[seat], opener, limit=MOST_LETTERS), seat

    def _end_typing(self) -> None:
        """What was typed is the name."""
        if self.field is None:
            return
        if self.field.is_open:
            self.field.close()
        if self.field.text != self.setup.called[self._typed_seat]:
            self.setup.called[self._typed_seat] = self.field.text
            self._chosen.add("called")
        self.field = None

    def _key(self, word: str, letter: str) -> None:
        row = self.menu.item
        if self.menu.key(word):
            return
        if word in ("Left", "Right"):
            self.change(row, -1 if word == "Left" else 1)
        elif word in ("Enter", "Space") and row in self._actions:
            self._actions[row]()
        elif word == "Enter":
            self.start()
        elif word in ("F2", "N") and row.startswith("seat "):
            self.type_name(int(row[5:]), letter)
        elif word == "O":
            self.prefer()
        elif word in KEYS:
            self.wish = KEYS[word]

    def _click(self, at: tuple[int, int]) -> None:
        self._end_typing()
        name, arrow, seat = item_at(self._maps, at), item_at(self._arrows, at), item_at(self._names, at)
        row = self.menu.point(at)
        if name is not None:
            self.setup.map = name
            self._chosen.add("map")
        elif arrow is not None:
            self.change(*arrow)
        elif seat is not None:
            self.type_name(seat)
        elif row in self._actions:
            self._actions[row]()

    @property
    def _actions(self) -> dict[str, Callable[[], None]]:
        """What the buttons do."""
        return {"start": self.start, "recordings": self.browse, "options": self.prefer}

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
        elif row == "level":
            setup.level = _next(list(LEVELS), setup.level, step)
        elif row.startswith("seat "):
            setup.cycle(int(row[5:]), step)
        self._chosen |= {_FIELDS[row]} if row in _FIELDS else set()
        self.message = ""

    def start(self) -> None:
        self.wish = Play(self.setup)

    def browse(self) -> None:
        self.wish = Browse(recordings_folder())

    def prefer(self) -> None:
        self.wish = Prefer()

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
        self.menu.places, self._arrows, self._maps, self._names = [], [], [], []
        top = paint.px(100)
        bottom = self._draw_map(surface, pygame.Rect(left, top, column, height - top))
        y = bottom + paint.px(12)
        line = min(paint.px(40), (height - y - paint.px(76)) // 4)
        setup = self.setup
        minutes, seconds = divmod(setup.seconds, 60)
        for row, title, value in (
            ("mode", "mode", _MODE_TITLES[setup.mode]),
            ("score", "points to win", str(setup.score_limit)),
            ("time", "time", f"{minutes}:{seconds:02}"),
            ("level", "bots", setup.level),
        ):
            self._draw_row(surface, row, title, value, pygame.Rect(left, y, column, line - paint.px(5)))
            y += line
        right = pygame.Rect(left + column + paint.px(28), top, column, height - top - paint.px(70))
        bottom = self._draw_seats(surface, right)
        self._draw_keys(surface, pygame.Rect(right.left, bottom + paint.px(8), column, right.bottom - bottom - paint.px(8)))
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
        is_low = surface.get_height() < paint.px(_LEAST_HEIGHT)
        room = surface.get_height() - place.top - paint.px(268 if is_low else 326)
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
        fits = paint.label(arena.description, 13, DIM).get_width() <= place.width - 4
        description = arena.description if fits else arena.description.partition(":")[0]
        paint.text(surface, description, (place.left + 2, y), 13, DIM, width=place.width - 4)
        y += paint.px(24)
        if is_low:  # the arrows still change the map
            return y
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

    def _draw_seats(self, surface: pygame.Surface, place: pygame.Rect) -> int:
        """Who plays where. Returns where it ends."""
        paint, setup = self.window.paint, self.setup
        line = min(paint.px(46), place.height // rules.PLAYERS)
        names = iter(setup.names(self.options.name))
        taken = 0
        for index, choice in enumerate(setup.seats):
            row = f"seat {index}"
            spot = pygame.Rect(place.left, place.top + index * line, place.width, line - paint.px(6))
            lit = self.menu.item == row
            paint.panel(surface, spot, 140 if choice == EMPTY and not lit else 238, mix(PANEL, ACCENT, 0.22) if lit else PANEL)
            if choice == EMPTY:
                paint.text(surface, "empty", (spot.left + paint.px(62), spot.centery), 15, FAINT, "midleft")
            else:
                self._draw_player(surface, spot, index, taken, next(names))
                taken += 1
            title = title_of(choice)
            if choice.startswith("pad") and int(choice[-1]) > len(self.pads.ids):
                title += " (plug it in)"
            middle = (spot.left + spot.width * 72 // 100, spot.centery)
            ink = GOLD if choice in PEOPLE else DIM
            paint.text(surface, title, middle, 14, ink, "center", width=spot.width * 42 // 100)
            self._draw_arrows(surface, row, spot, spot.left + spot.width * 46 // 100)
            self.menu.places.append((spot, row))
        return place.top + rules.PLAYERS * line

    def _draw_player(self, surface: pygame.Surface, spot: pygame.Rect, seat: int, number: int, name: str) -> None:
        """Shape, number and name of a seat; the name is where one can type."""
        paint = self.window.paint
        colour = TEAM_COLOURS[number % 2] if self.setup.mode == "teams" else PLAYER_COLOURS[number]
        paint.shape(surface, PLAYER_SHAPES[number], (spot.left + paint.px(24), spot.centery), paint.px(9), colour)
        paint.text(surface, str(number + 1), (spot.left + paint.px(46), spot.centery), 15, DIM, "center")
        box = pygame.Rect(spot.left + paint.px(58), spot.top + paint.px(4), spot.width * 34 // 100, spot.height - paint.px(8))
        is_typed = self.field is not None and self._typed_seat == seat
        lit = is_typed or box.collidepoint(pygame.mouse.get_pos())
        if lit:
            pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.1), box, border_radius=5)
        pygame.draw.rect(surface, ACCENT if lit else mix(PANEL, WHITE, 0.12), box, 1, border_radius=5)
        text = self.field.shown if self.field is not None and is_typed else name
        at, room = (box.left + paint.px(8), box.centery), box.width - paint.px(14)
        paint.text(surface, text, at, 16, INK, "midleft", bold=True, width=room)
        self._names.append((box, seat))

    def _draw_keys(self, surface: pygame.Surface, place: pygame.Rect) -> None:
        """The controls of whoever plays, where there is room for them."""
        paint = self.window.paint
        devices = list(
            dict.fromkeys(PAD if choice.startswith("pad") else choice for choice in self.setup.taken if choice in PEOPLE)
        )
        if place.height < paint.px(_LEAST_CARD) or not devices:
            return
        paint.panel(surface, place, 225)
        draw_keys(surface, paint, self.options, devices[:2], place.inflate(-paint.px(28), -paint.px(20)))

    def _draw_buttons(self, surface: pygame.Surface, left: int, width: int, height: int) -> None:
        paint, right = self.window.paint, width - left
        for row, title, size, shift, letters, shares in (
            ("start", "Play", 200, 200, 22, (0.8, 0.42)),
            ("recordings", "Recordings", 140, 352, 16, (0.4, 0.1)),
            ("options", "Options", 120, 484, 16, (0.4, 0.1)),
        ):
            place = pygame.Rect(right - paint.px(shift), height - paint.px(62), paint.px(size), paint.px(46))
            self.menu.places.append((place, row))
            ground = mix(PANEL, ACCENT, shares[0] if self.menu.item == row else shares[1])
            paint.button(surface, place, title, letters, ground, WHITE, 9)
        problem = self.message or self.setup.problem
        room = width - 2 * left - paint.px(500)
        note = problem or next((note for note in _NOTES if paint.label(note, 13, FAINT).get_width() <= room), "")
        paint.text(surface, note, (left, height - paint.px(40)), 13, BAD if problem else FAINT, "midleft", width=room)


def _next(values: Sequence[T], value: T, step: int) -> T:
    """The neighbour of a value, around the end; the first one for a value that is none of them."""
    return values[(values.index(value) + step) % len(values)] if value in values else values[0]


def _fitted(width: float, height: float, most_width: int, most_height: int) -> tuple[int, int]:
    scale = min(most_width / width, most_height / height)
    return max(round(width * scale), 8), max(round(height * scale), 8)
