"""After the match: who won, the table, the score over time, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pygame

from replay.read.timecode import clock
from replay.watch.control.keys import key_word
from replay.watch.model.menu import ACROSS, Menu
from replay.watch.model.scene import Colour
from replay.watch.model.wish import KEYS, Back, Open, Wish
from replay.watch.view import panels
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, INK, LINE, PANEL, mix
from replay.watch.window import Screen

from .. import rules
from ..look import ArenaLook
from ..look.palette import TEAM_COLOURS, VOID, WHITE
from ..match import ARENA
from ..story import TEAM_NAMES, ArenaStory
from .live import LiveMatch
from .setup import Setup
from .wishes import Play, ToStart

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

    caption = "arena"

    def __init__(self, path: Path, live: LiveMatch, setup: Setup | None) -> None:
        self.path, self.live = path, live
        self.story = ArenaStory(ARENA, live.recorder.header)
        self.look = ArenaLook(self.story)
        self.result = live.recorder.match.result()
        self.players, self.timeline = live.scoreboard().rows, live.timeline()
        watch: tuple[str, Wish] = ("Watch the replay", Open(path, "Ctrl+W goes back, ? shows all keys"))
        again = [("Play again", Play(setup))] if setup is not None else []
        self.menu: Menu[tuple[str, Wish]] = Menu([watch, *again, ("Menu", ToStart(setup))], ACROSS)
        to_start = {word: ToStart(setup) if wish == Back() else wish for word, wish in KEYS.items()}
        self._keys: dict[str, Wish] = {"W": watch[1], **to_start, **({"A": again[0][1]} if again else {})}

    def handle(self, event: pygame.event.Event) -> None:
        if event.type == pygame.KEYDOWN:
            word = key_word(event)
            if word in ("Enter", "Space"):
                self.wish = self.menu.item[1]
            elif not self.menu.key(word) and word in self._keys:
                self.wish = self._keys[word]
        elif event.type == pygame.MOUSEMOTION:
            self.menu.point(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and (choice := self.menu.at(event.pos)) is not None:
            self.wish = choice[1]

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        paint, (width, height) = self.window.paint, surface.get_size()
        surface.fill(VOID)
        left = max((width - paint.px(1060)) // 2, 12)
        right = width - left
        title, colour = self._headline()
        paint.text(surface, title, (width // 2, paint.px(46)), 42, colour, "midtop", bold=True)
        summary = f"{clock(self.live.tick, rules.TICKS_PER_SECOND)}   {self.path.name}"
        summary += "" if self.result["ended"] else "   left before the end"
        paint.text(surface, summary, (width // 2, paint.px(104)), 14, DIM, "midtop", width=right - left)
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

    def _headline(self) -> tuple[str, Colour]:
        winners = self.result["winners"]
        if not winners:
            return "Match left", WHITE
        teams = {self.players[index]["team"] for index in winners}
        if len(teams) > 1:
            return "A draw", WHITE
        if self.story.in_teams:
            team = teams.pop()
            return f"{TEAM_NAMES[team]} wins", TEAM_COLOURS[team]
        return f"{self.story.names[winners[0]]} wins", self.look.colour(winners[0])

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
                pygame.draw.rect(surface, mix(PANEL, self.look.colour(index), 0.2), row, border_radius=6)
            paint.text(surface, str(number + 1), (card.left + paint.px(22), y), 16, DIM, "center")
            paint.shape(surface, self.look.shape(index), (card.left + paint.px(50), y), paint.px(9), self.look.colour(index))
            room = card.width - paint.px(80) - len(_COLUMNS) * step
            paint.text(
                surface, self.story.names[index], (card.left + paint.px(72), y), 18, INK, "midleft", bold=True, width=max(room, 40)
            )
            for column, (name, value) in enumerate((name, players[index][name]) for name in _COLUMNS):
                x = card.right - paint.px(18) - (len(_COLUMNS) - 1 - column) * step
                cell = f"{value:.0%}" if name == "accuracy" else str(value)
                first = column == 0
                paint.text(surface, cell, (x, y), 18 if first else 16, WHITE if first else DIM, "midright", bold=first)
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
            pygame.draw.lines(surface, self.look.colour(player), False, points, paint.px(2))
            paint.shape(surface, self.look.shape(player), points[-1], paint.px(5), self.look.colour(player))

    def _draw_buttons(self, surface: pygame.Surface) -> None:
        paint, (width, height), choices = self.window.paint, surface.get_size(), self.menu.items
        size, gap = (min(paint.px(230), (width - 40) // len(choices)), paint.px(50)), paint.px(14)
        x = (width - len(choices) * size[0] - (len(choices) - 1) * gap) // 2
        self.menu.places = []
        for index, choice in enumerate(choices):
            place = pygame.Rect(x + index * (size[0] + gap), height - paint.px(92), *size)
            self.menu.places.append((place, choice))
            ground, ink = (mix(PANEL, ACCENT, 0.55), WHITE) if index == self.menu.chosen else (mix(PANEL, ACCENT, 0.12), DIM)
            paint.button(surface, place, choice[0], 18, ground, ink, 8)
