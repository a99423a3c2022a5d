"""After the match: who won, the table, the score over time, and what to do next."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pygame

from replay.core.errors import ReplayError
from replay.core.timecode import clock
from replay.watch.view import panels
from replay.watch.view.paint import ACCENT, BAD, DIM, FAINT, INK, LINE, PANEL, mix
from replay.watch.viewer import Watch
from replay.watch.window import Screen, key_word

from ..look import TEAM_COLOURS, ArenaView
from ..look.palette import VOID, WHITE
from .live import LiveMatch
from .setup import Setup

if TYPE_CHECKING:
    from .screen import PlayScreen

# Of the projection `scoreboard`, and what stands above it.
_COLUMNS = {
    "score": "points",
    "kills": "kills",
    "deaths": "deaths",
    "assists": "assists",
    "damage_dealt": "damage",
    "accuracy": "hits",
}


class ResultScreen(Screen):
    """The result of a finished (or left) match, with its recording at `path`."""

    def __init__(self, path: Path, live: LiveMatch, view: ArenaView, setup: Setup | None) -> None:
        self.path = path
        self.live, self.view, self.setup = live, view, setup
        self.result = live.recorder.match.result()
        self.players, self.timeline = live.scoreboard().rows, live.timeline()
        self.message = ""
        self.chosen = 0
        self.choices = [("Watch the replay", self.watch), ("Play again", self.again), ("Menu", self.menu)]
        if setup is None:
            self.choices.pop(1)
        self._places: list[pygame.Rect] = []

    def enter(self) -> None:
        pygame.display.set_caption("arena")
        pygame.mouse.set_visible(True)

    # --- asking ---

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN:
            word = key_word(event)
            if word in ("Left", "Up", "Right", "Down", "Tab"):
                self.chosen = (self.chosen + (-1 if word in ("Left", "Up") else 1)) % len(self.choices)
            elif word in ("Enter", "Space"):
                self.choices[self.chosen][1]()
            elif word == "W":
                self.watch()
            elif word == "A" and self.setup is not None:
                self.again()
            elif word in ("Escape", "Ctrl+Q", "Ctrl+W"):
                self.menu()
            elif word == "F11":
                self.window.toggle_fullscreen()
        elif event.type == pygame.MOUSEMOTION:
            for index, place in enumerate(self._places):
                if place.collidepoint(event.pos):
                    self.chosen = index
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            for place, (_, action) in zip(self._places, self.choices, strict=False):
                if place.collidepoint(event.pos):
                    action()
                    return

    def watch(self) -> None:
        try:
            screen = Watch(self.path, back=lambda: self)
        except (ReplayError, OSError) as error:
            self.message = str(error)
        else:
            screen.say("Ctrl+W goes back, ? shows all keys")
            self.next = screen

    def again(self) -> None:
        from .screen import start_match

        assert self.setup is not None
        try:
            screen: PlayScreen = start_match(self.setup)
        except (ReplayError, OSError) as error:
            self.message = str(error)
        else:
            self.next = screen

    def menu(self) -> None:
        from .start import StartScreen

        self.next = StartScreen(self.setup)

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        paint, (width, height) = self.window.paint, surface.get_size()
        surface.fill(VOID)
        left = max((width - paint.px(1060)) // 2, 12)
        right = width - left
        title, colour = self._headline()
        paint.text(surface, title, (width // 2, paint.px(46)), 42, colour, "midtop", bold=True)
        words = f"{clock(self.live.tick, 60)}   {self.path.name}"
        words += "" if self.result["ended"] else "   left before the end"
        paint.text(surface, words, (width // 2, paint.px(104)), 14, DIM, "midtop", width=right - left)
        wide = width >= paint.px(900)
        table = pygame.Rect(left, paint.px(146), (right - left) * 11 // 20 if wide else right - left, height - paint.px(256))
        bottom = self._draw_table(surface, table)
        if wide:
            self._draw_graph(
                surface, pygame.Rect(table.right + paint.px(20), table.top, right - table.right - paint.px(20), paint.px(330))
            )
        elif height - bottom - paint.px(110) > paint.px(70):
            self._draw_graph(surface, pygame.Rect(left, bottom + paint.px(10), right - left, height - bottom - paint.px(110)))
        self._draw_buttons(surface)
        note = self.message or (str(self.live.recorder.error) if self.live.recorder.error is not None else "")
        paint.text(surface, note, (width // 2, height - paint.px(14)), 13, BAD, "midbottom", width=right - left)

    def _headline(self) -> tuple[str, tuple[int, int, int]]:
        winners = self.result["winners"]
        if not winners:
            return "Match left", WHITE
        teams = {self.players[index]["team"] for index in winners}
        if len(teams) > 1:
            return "A draw", WHITE
        if self.view.in_teams:
            team = teams.pop()
            return f"{('Blue', 'Orange')[team]} wins", TEAM_COLOURS[team]
        return f"{self.view.names[winners[0]]} wins", self.view.colour(winners[0])

    def _draw_table(self, surface: pygame.Surface, place: pygame.Rect) -> int:
        paint, players = self.window.paint, self.players
        order = sorted(range(len(players)), key=lambda index: (-players[index]["score"], -players[index]["kills"], index))
        line = min(paint.px(42), (place.height - paint.px(40)) // max(len(order), 1))
        card = pygame.Rect(place.left, place.top, place.width, paint.px(36) + line * len(order) + paint.px(8))
        paint.panel(surface, card, 255)
        step = min(paint.px(62), place.width // 9)
        for column, heading in enumerate(_COLUMNS.values()):
            x = card.right - paint.px(18) - (len(_COLUMNS) - 1 - column) * step
            paint.text(surface, heading, (x, card.top + paint.px(11)), 12, FAINT, "topright")
        for number, index in enumerate(order):
            y = card.top + paint.px(34) + number * line + line // 2
            if index in self.result["winners"]:
                row = pygame.Rect(card.left + 4, y - line // 2 + 2, card.width - 8, line - 4)
                pygame.draw.rect(surface, mix(PANEL, self.view.colour(index), 0.2), row, border_radius=6)
            paint.text(surface, str(number + 1), (card.left + paint.px(22), y), 16, DIM, "center")
            paint.shape(surface, self.view.shape(index), (card.left + paint.px(50), y), paint.px(9), self.view.colour(index))
            room = card.width - paint.px(80) - len(_COLUMNS) * step
            paint.text(
                surface, self.view.names[index], (card.left + paint.px(72), y), 18, INK, "midleft", bold=True, width=max(room, 40)
            )
            for column, (name, value) in enumerate((name, players[index][name]) for name in _COLUMNS):
                x = card.right - paint.px(18) - (len(_COLUMNS) - 1 - column) * step
                words = f"{value:.0%}" if name == "accuracy" else str(value)
                first = column == 0
                paint.text(surface, words, (x, y), 18 if first else 16, WHITE if first else DIM, "midright", bold=first)
        return card.bottom

    def _draw_graph(self, surface: pygame.Surface, place: pygame.Rect) -> None:
        paint = self.window.paint
        paint.panel(surface, place, 255)
        paint.text(surface, "POINTS OVER TIME", (place.left + paint.px(16), place.top + paint.px(11)), 12, FAINT)
        inner = place.inflate(-paint.px(32), -paint.px(64)).move(0, paint.px(12))
        ticks = [*self.timeline.ticks, self.live.tick]
        scores = [[*line, row["score"]] for line, row in zip(self.timeline.lines["score"], self.players, strict=True)]
        lines, low, high = panels.graph_points(ticks, scores, self.live.tick, inner)
        for share in (0.0, 0.5, 1.0):
            y = inner.bottom - share * inner.height
            pygame.draw.line(surface, LINE, (inner.left, y), (inner.right, y))
            paint.text(surface, f"{low + (high - low) * share:g}", (inner.left, y - 1), 11, FAINT, "bottomleft")
        for player, points in enumerate(lines):
            pygame.draw.lines(surface, self.view.colour(player), False, points, paint.px(2))
            paint.shape(surface, self.view.shape(player), points[-1], paint.px(5), self.view.colour(player))

    def _draw_buttons(self, surface: pygame.Surface) -> None:
        paint, (width, height) = self.window.paint, surface.get_size()
        size, gap = (min(paint.px(230), (width - 40) // len(self.choices)), paint.px(50)), paint.px(14)
        x = (width - len(self.choices) * size[0] - (len(self.choices) - 1) * gap) // 2
        self._places = []
        for index, (words, _) in enumerate(self.choices):
            place = pygame.Rect(x + index * (size[0] + gap), height - paint.px(92), *size)
            self._places.append(place)
            lit = index == self.chosen
            pygame.draw.rect(surface, mix(PANEL, ACCENT, 0.55 if lit else 0.12), place, border_radius=8)
            paint.text(surface, words, place.center, 18, WHITE if lit else DIM, "center", bold=True, width=size[0] - 8)
