"""A viewer under a real X server, told of by lines: run as a program by `test_real_keys`. It answers each line of stdin with one of
stdout: `facts` with what can be seen from outside; anything else is done first, as preparation."""

from __future__ import annotations

import json
import os
import queue
import shutil
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[3]))

import pygame
from pairs import variant
from toys import Counter

from replay.read.projection import Fold
from replay.read.readmodel import Series
from replay.read.story import Row, Story
from replay.watch.app import App
from replay.watch.browser import Browser
from replay.watch.model.legibility import Legibility
from replay.watch.model.playlist import Playlist
from replay.watch.model.session import Session
from replay.watch.model.timeline import KINDS
from replay.watch.pair import Pair
from replay.watch.view import panels
from replay.watch.viewer import Viewer
from replay.watch.window import Window


class Sums(Fold):
    """The sum of every player, second by second."""

    name, version = "sums", 1

    def __init__(self, match: Any, players: Any) -> None:
        self.players = list(players)
        self.sums: list[list[int]] = []

    def observe(self, events: Any, match: Any) -> None:
        self.sums.append([int(value) for value in match.state["players"]["sum"][0]])

    def result(self) -> Series:
        return Series(
            self.players, [60 * (index + 1) for index in range(len(self.sums))], {"sum": list(zip(*self.sums, strict=True))}
        )


class Scores(Story):
    columns = ("sum",)

    def standings(self, state: Any) -> list[Row]:
        return [Row(player, (str(row["sum"]),), player) for player, row in enumerate(state["players"])]


class Scored(Counter):
    """With everything that the window can show of a game."""

    story, projections = Scores, {"sums": Sums}


class Told:
    """The window, and what can be asked of it."""

    def __init__(self, window: Window, path: Path) -> None:
        self.window, self.path = window, path
        self.scoreboards = 0
        self._original = path.read_bytes()
        self._asked: queue.Queue[str] = queue.Queue()
        frame, draw = window.frame, panels.draw_scoreboard

        def drawn(*arguments: Any) -> None:
            self.scoreboards += 1
            draw(*arguments)

        def framed(seconds: float) -> None:
            while not self._asked.empty():  # between two frames, not in the midst of one
                self._answer(self._asked.get())
            frame(seconds)

        window.frame, panels.draw_scoreboard = framed, drawn

    def fresh(self) -> None:
        """A paused viewer at tick 600 that has seen the whole match, behind which is a list; and nothing else in the folder."""
        for other in self.path.parent.iterdir():
            shutil.rmtree(other) if other.is_dir() else other.unlink()
        self.path.write_bytes(self._original)
        if self.window.fullscreen:
            self.window.toggle_fullscreen()
        self.window.suit(Legibility())
        self.window.way_back[:] = [Browser(self.path.parent)]
        viewer = Viewer(self.path, Scored(), at=600, paused=True)
        viewer.desk.timeline.mode = KINDS
        self.window.show(viewer)
        viewer.survey.wait()
        viewer.desk.switches.inspector = False  # so that there is a picture
        viewer.update(0.0)

    def pair(self, at: int = 600) -> None:
        """This recording, paused, beside one in which the last player presses otherwise from tick 700 to 709."""
        self.fresh()
        other = variant(self.path, self.path.with_name("other.replay"), Scored(), range(700, 710))
        pair = Pair(self.path, Session(other, Scored()), Scored(), at=at, paused=True)
        self.window.show(pair)
        for survey in (pair.survey, pair.pairing.b.survey, pair.pairing.differences):
            survey.wait()
        pair.update(0.0)

    def listed(self, at: int) -> None:
        """One of three in a list."""
        self.fresh()
        paths = [self.path.with_name(f"{number}.replay") for number in range(3)]
        for path in paths:
            path.write_bytes(self._original)
        playlist = Playlist.of(paths)
        playlist.at = at
        self.window.show(Viewer(paths[at], Scored(), at=600, paused=True, playlist=playlist))

    def facts(self) -> dict[str, Any]:
        screen = self.window.screen
        facts: dict[str, Any] = {"screen": type(screen).__name__, "full_screen": self.window.fullscreen}
        facts |= asdict(self.window.legibility)
        facts["window"] = pygame.display.get_wm_info()["window"]  # another one after the full screen
        if isinstance(screen, Browser):
            return facts | self._listed(screen)
        if not isinstance(screen, Viewer):
            return facts
        desk, transport = screen.desk, screen.transport
        moves = ("position", "playing", "reverse", "speed", "loop_in", "loop_out", "looping")
        switches = ("muted", "shake", "hidden", "help", "inputs", "inspector", "statistics", "clock")
        return facts | {
            **{name: getattr(transport, name) for name in moves},
            **{name: getattr(desk.director, name) for name in ("mode", "player", "zoom")},
            **{name: getattr(desk.switches, name) for name in switches},
            **{name: getattr(desk.inspector, name) for name in ("is_typing", "shows", "sort", "only", "chosen", "pins", "scroll")},
            "marked": desk.inspector.marked,
            "fields": self._fields(screen),
            "file": screen.session.path.name,
            "pair": None if desk.pairing is None else [desk.pairing.view, desk.pairing.alignment.text],
            "list": desk.playlist is not None and desk.playlist.is_shown,
            "files_listed": [] if desk.playlist is None else [list(place.center) for place, _ in desk.playlist.places],
            "prompt": desk.prompt,
            "asks": desk.question is not None,
            "toast": desk.toast,
            "mark": None if desk.last_mark is None else desk.last_mark.tick,
            "saves": desk.saving is not None and desk.saving.is_alive(),
            "scoreboards": self.scoreboards,
            "files": sorted(path.name for path in self.path.parent.iterdir()),
            "markers": [marker.text for marker in screen.session.recording.markers],
            "places": {name: list(place.center) for name, place in screen.places.buttons.items()},
            "bar": list(screen.bar),
            "lanes": desk.timeline.mode,
            "lane_names": [[screen.bar.left - 20, (row.top + row.bottom) // 2] for row in screen.places.lanes],
            "span": list(desk.timeline.span.range),
            "overview": None if screen.places.overview is None else list(screen.places.overview.rect),
            "choice": [sorted(desk.timeline.choice.kinds), sorted(desk.timeline.choice.players)],
            "card": None if desk.timeline.card is None else type(desk.timeline.card).__name__,
            "card_lines": [list(place.center) for place, _ in screen.places.card_lines],
            "graph": None if screen.places.graph is None else list(screen.places.graph.rect),
            "players": [list(place.center) for place, _ in screen.places.players],
        }

    @staticmethod
    def _fields(screen: Viewer) -> dict[str, Any]:
        """Where in the inspector is what, by spot and path, and its chart and scroll bar."""
        sheet = screen.places.sheet
        if sheet is None:
            return {}
        chart = {} if sheet.chart is None else {"chart": list(sheet.chart.rect)}
        return {f"{thing.name} {thing.path}".strip(): list(place.center) for place, thing in sheet.things} | chart

    def fresh_list(self) -> None:
        """A list of ten recordings, the newest last in the alphabet, and of a folder with one more; the fourth one is lit."""
        self.fresh()
        self.path.unlink()
        names = [*(f"r{number}.replay" for number in range(10)), "inner/deep.replay"]
        for number, name in enumerate(names):
            path = self.path.parent / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(self._original)
            os.utime(path, (1.6e9 + number, 1.6e9 + number))
        browser = Browser(self.path.parent)
        self.window.way_back[:] = [Browser(self.path.parent)]
        self.window.show(browser)
        browser.light(self.path.parent / "r7.replay")

    def _listed(self, browser: Browser) -> dict[str, Any]:
        listing, shelf = browser.listing, browser.shelf
        return {
            "lit": browser.menu.item.path.name if browser.menu.items else "",
            "names": [entry.path.name for entry in browser.menu.items],
            "folder": browser.folder.name,
            "search": listing.search,
            "typing": browser.is_typing,
            "sorted": f"{listing.head} {'down' if listing.is_falling else 'up'}",
            "new_name": None if browser.field is None else browser.field.text,
            "asks": browser.asks is not None,
            "message": browser.message,
            "helps": browser.help is not None,
            "scroll": shelf.scroll,
            "heads": {name: list(place.center) for name, place in shelf.heads.items()},
            "lines": {entry.path.name: list(place.center) for place, entry in browser.menu.places},
            "thumb": list(shelf.thumb),
            "box": [shelf.search.left + 30, shelf.search.top + 9],
        }

    def listen(self) -> None:
        for line in sys.stdin:
            self._asked.put(line)

    def _answer(self, line: str) -> None:
        if line.strip() != "facts":
            exec(
                line,
                {
                    "pygame": pygame,
                    "fresh": self.fresh,
                    "fresh_list": self.fresh_list,
                    "pair": self.pair,
                    "listed": self.listed,
                    "watch": self.window.screen,
                    "window": self.window,
                },
            )
        print(json.dumps(self.facts()), flush=True)


def main() -> None:
    with Window("keys", (1100, 620)) as window:
        App(window)
        told = Told(window, Path(sys.argv[1]))
        threading.Thread(target=told.listen, daemon=True).start()
        window.run(Browser(Path(sys.argv[1]).parent))


if __name__ == "__main__":
    main()
