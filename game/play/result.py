"""After the match: who won, the table, the score over time, the moments worth seeing again, and what to do next."""

from __future__ import annotations

from pathlib import Path

import pygame

from replay.read.timecode import clock
from replay.watch.control.keys import key_word
from replay.watch.model.menu import Menu
from replay.watch.model.scene import Colour
from replay.watch.model.wish import KEYS, Open, Wish
from replay.watch.view.colours import ACCENT, BAD, DIM, FAINT, INK, PANEL, mix
from replay.watch.window import Screen

from .. import rules
from ..look import ArenaLook
from ..look.palette import TEAM_COLOURS, VOID, WHITE
from ..match import ARENA
from ..story import TEAM_NAMES, ArenaStory
from .controls import Gamepads, menu_key
from .film import clips_of
from .graph import ScoreGraph
from .highlights import HighlightList, Moment
from .live import LiveMatch
from .save import SaveCard
from .setup import Setup
from .wishes import Play, ToStart

# Of the projection `scoreboard`, and what stands above it.
_COLUMNS = {
    "score": "points",
    "kills": "kills",
    "crowns": "crowns",
    "deaths": "deaths",
    "assists": "assists",
    "damage_dealt": "damage",
    "accuracy": "hits",
}
_ACROSS = {"Left": -1, "Right": 1, "Shift+Tab": -1, "Tab": 1}
_LEAST_WIDE = 560  # of a window in which table and highlights stand side by side
_LEAST_GRAPH = 150  # height, to stand below the table
_BEFORE_TICKS = 90  # a moment is watched from so long before it
_HINT = "Ctrl+W goes back, ? shows all keys"
WATCH, AGAIN, SAVE, MENU = "Watch", "Play again", "Save", "Menu"
_KEYS = {"W": WATCH, "A": AGAIN, "S": SAVE, "M": MENU}


class ResultScreen(Screen):
    """The result of a finished (or left) match, with its recording at `path`. card: open while one chooses what to save."""

    caption = "arena"

    def __init__(self, path: Path, live: LiveMatch, setup: Setup | None) -> None:
        self.path, self.live, self.setup = path, live, setup
        self.story = ArenaStory(ARENA, live.recorder.header)
        self.look = ArenaLook(self.story)
        self.result = live.recorder.match.result()
        self.players = live.scoreboard().rows
        self.moments = HighlightList(self.look, live.highlights().rows)
        self.graph = ScoreGraph(self.look, live.timeline(), [row["score"] for row in self.players], live.tick)
        names = [name for name in (WATCH, AGAIN, SAVE, MENU) if self._is_possible(name)]
        self.menu: Menu[str] = Menu(names, _ACROSS)
        self.card: SaveCard | None = None
        self.pads = Gamepads()

    def _is_possible(self, name: str) -> bool:
        """There is nothing to see of a match that was left at once, and nothing to play again after a branch."""
        return self.live.tick > 0 if name in (WATCH, SAVE) else name != AGAIN or self.setup is not None

    def is_at_rest(self) -> bool:
        return self.card is None

    def leave(self) -> None:
        if self.card is not None:
            self.card.close()
            self.card = None

    # --- asking ---

    def handle(self, event: pygame.event.Event) -> None:
        if self.pads.is_echo(event):
            return
        self.pads.handle(event)
        if event.type == pygame.KEYDOWN:
            self._key(key_word(event))
        elif event.type == pygame.MOUSEMOTION:
            if self.card is not None:
                self.card.menu.point(event.pos)
                return
            self.menu.point(event.pos)
            self.moments.point(event.pos)
            self.graph.point(event.pos)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(event.pos)
        elif event.type == pygame.MOUSEWHEEL and self.card is None:
            self.moments.scroll(-event.y)
        elif (key := menu_key(event)) is not None:
            self._key(key)

    def _key(self, word: str) -> None:
        if self.card is not None:
            self.card.key(word)
        elif word in ("Enter", "Space"):
            self._enter()
        elif self.menu.key(word):
            self.moments.is_lit = False
            self.graph.let_go()
        elif self.graph.key(word):
            self.moments.is_lit = False
        elif word in _KEYS:
            self._do(_KEYS[word])
        elif word in KEYS:
            self.wish = KEYS[word]
        elif self.moments.key(word):
            self.graph.let_go()
        elif (moment := self.moments.numbered(word)) is not None:
            self._watch_moment(moment)

    def _enter(self) -> None:
        """Watch what the keys have come to, or do what the lit button says."""
        if self.graph.is_lit and self.graph.hovered is not None:
            self.watch(self.graph.hovered)
        elif self.moments.is_lit and self.moments.chosen is not None:
            self._watch_moment(self.moments.chosen)
        else:
            self._do(self.menu.item)

    def _click(self, at: tuple[int, int]) -> None:
        if self.card is not None:
            self.card.click(at)
            return
        name, moment, tick = self.menu.at(at), self.moments.at(at), self.graph.tick_at(at)
        if name is not None:
            self._do(name)
        elif moment is not None:
            self._watch_moment(moment)
        elif tick is not None:
            self.watch(tick)

    def _do(self, name: str) -> None:
        if not self._is_possible(name):
            return
        if name == WATCH:
            self.wish = Open(self.path, _HINT)
        elif name == SAVE:
            self.card = SaveCard(self.path, clips_of(self.live.tick, self.moments.chosen))
        else:
            wishes: dict[str, Wish] = {MENU: ToStart(self.setup)}
            if self.setup is not None:
                wishes[AGAIN] = Play(self.setup)
            self.wish = wishes[name]

    def watch(self, tick: int) -> None:
        """The replay, from a tick on."""
        self.wish = Open(self.path, _HINT, tick)

    def _watch_moment(self, moment: Moment) -> None:
        self.watch(int(moment["tick"]) - _BEFORE_TICKS)

    def update(self, seconds: float) -> None:
        if self.card is not None:
            self.card.update()
            if not self.card.is_open:
                self.card = None

    # --- drawing ---

    def draw(self, surface: pygame.Surface) -> None:
        paint, (width, height) = self.window.paint, surface.get_size()
        surface.fill(VOID)
        left = max((width - paint.px(1120)) // 2, paint.px(14))
        right, gap = width - left, paint.px(16)
        title, colour = self._headline()
        paint.text(surface, title, (width // 2, paint.px(30)), 42, colour, "midtop", bold=True, width=right - left)
        at = (width // 2, paint.px(84))
        paint.text(surface, self._summary(), at, 14, DIM, "midtop", width=right - left)
        buttons = self._draw_buttons(surface, pygame.Rect(left, 0, right - left, height))
        body = pygame.Rect(left, paint.px(118), right - left, buttons.top - paint.px(118) - gap)
        self._draw_body(surface, body, gap)
        problem = self.message or (str(self.live.recorder.error) if self.live.recorder.error is not None else "")
        at = (width // 2, height - paint.px(8))
        paint.text(surface, problem or self._keys(), at, 13, BAD if problem else FAINT, "midbottom", width=right - left)
        if self.card is not None:
            self.card.draw(surface, paint)

    def _keys(self) -> str:
        """What the keys do that do not stand on a button."""
        keys = ["Left Right and Enter: buttons"]
        if self.moments.chosen is not None:
            keys.append("Up Down or 1 ... 9: highlights")
        return "   ".join([*keys, ", . and Enter: along the points"] if self.live.tick else keys)

    def _draw_body(self, surface: pygame.Surface, body: pygame.Rect, gap: int) -> None:
        """Table, graph and highlights: side by side in a wide window, the graph where there is room for it."""
        paint = self.window.paint
        width, height = surface.get_size()
        is_wide = width >= paint.px(_LEAST_WIDE) and width > height
        share = pygame.Rect(body.left, body.top, body.width * 55 // 100, body.height) if is_wide else body.copy()
        share.height = share.height if is_wide else share.height * 6 // 10
        bottom = self._draw_table(surface, share) + gap
        side = pygame.Rect(body.left, bottom, body.width, body.bottom - bottom)
        if is_wide:
            side = pygame.Rect(share.right + gap, body.top, body.right - share.right - gap, body.height)
        if is_wide and body.bottom - bottom >= paint.px(_LEAST_GRAPH):
            graph, rest = pygame.Rect(share.left, bottom, share.width, body.bottom - bottom), side
        else:
            graph = pygame.Rect(side.left, side.top, side.width, (side.height - gap) * 45 // 100)
            rest = pygame.Rect(side.left, graph.bottom + gap, side.width, side.bottom - graph.bottom - gap)
        self.moments.draw(surface, paint, rest, bool(self.result["ended"]))
        self.graph.draw(surface, paint, graph)

    def _summary(self) -> str:
        if not self.live.tick:
            return "left at once: there is nothing to see again"
        left = "" if self.result["ended"] else "   left before the end"
        return f"{clock(self.live.tick, rules.TICKS_PER_SECOND)}{left}   {self.path.name}"

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
        """Returns where it ends."""
        paint, players = self.window.paint, self.players
        order = sorted(range(len(players)), key=lambda index: (-players[index]["score"], -players[index]["kills"], index))
        line = max(min(paint.px(42), (place.height - paint.px(44)) // max(len(order), 1)), 1)
        card = pygame.Rect(place.left, place.top, place.width, paint.px(36) + line * len(order) + paint.px(8))
        paint.panel(surface, card, 255)
        step = min(paint.px(62), place.width // 9)
        for column, heading in enumerate(_COLUMNS.values()):
            x = card.right - paint.px(18) - (len(_COLUMNS) - 1 - column) * step
            paint.text(surface, heading, (x, card.top + paint.px(11)), 12, FAINT, "topright", width=step)
        for number, index in enumerate(order):
            y = card.top + paint.px(34) + number * line + line // 2
            if index in self.result["winners"]:
                row = pygame.Rect(card.left + 4, y - line // 2 + 2, card.width - 8, line - 4)
                pygame.draw.rect(surface, mix(PANEL, self.look.colour(index), 0.2), row, border_radius=6)
            self._draw_line(surface, pygame.Rect(card.left, y - line // 2, card.width, line), number, index, step)
        return card.bottom

    def _draw_line(self, surface: pygame.Surface, place: pygame.Rect, number: int, index: int, step: int) -> None:
        """A player's line of the table."""
        paint, row, y = self.window.paint, self.players[index], place.centery
        paint.text(surface, str(number + 1), (place.left + paint.px(22), y), 16, DIM, "center")
        paint.shape(surface, self.look.shape(index), (place.left + paint.px(50), y), paint.px(9), self.look.colour(index))
        room = max(place.width - paint.px(90) - len(_COLUMNS) * step, paint.px(40))
        name = self.story.names[index]
        paint.text(surface, name, (place.left + paint.px(72), y), 18, INK, "midleft", bold=True, width=room)
        for column, key in enumerate(_COLUMNS):
            x = place.right - paint.px(18) - (len(_COLUMNS) - 1 - column) * step
            cell, first = f"{row[key]:.0%}" if key == "accuracy" else str(row[key]), column == 0
            paint.text(surface, cell, (x, y), 18 if first else 16, WHITE if first else DIM, "midright", bold=first)

    def _draw_buttons(self, surface: pygame.Surface, place: pygame.Rect) -> pygame.Rect:
        """All in one line that is never wider than the screen. Returns where they are."""
        paint, names = self.window.paint, self.menu.items
        keys = {name: key for key, name in _KEYS.items()}
        gap = min(paint.px(14), place.width // 20)
        wide = min(paint.px(230), (place.width - gap * (len(names) - 1)) // len(names))
        line = pygame.Rect(0, 0, wide * len(names) + gap * (len(names) - 1), paint.px(48))
        line.midbottom = place.centerx, place.bottom - paint.px(30)
        self.menu.places = []
        for index, name in enumerate(names):
            spot = pygame.Rect(line.left + index * (wide + gap), line.top, wide, line.height)
            lit = index == self.menu.chosen and not self.moments.is_lit and not self.graph.is_lit
            ground, ink = (mix(PANEL, ACCENT, 0.55), WHITE) if lit else (mix(PANEL, ACCENT, 0.12), DIM)
            paint.button(surface, spot, f"{name}  ({keys[name]})", 17, ground, ink, 8)
            self.menu.places.append((spot, name))
        return line
