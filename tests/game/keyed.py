"""A match under a real X server, told of by lines: run as a program by `test_real_keys`. It answers each line of stdin with one of
stdout: `facts` with what can be seen from outside, anything else is done to the match first, as preparation."""

from __future__ import annotations

import json
import queue
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2]))

import pygame

from game.play import screen as screens
from game.play.app import ArenaApp
from game.play.controls import whole
from game.play.options import Options
from game.play.screen import PlayScreen, start_match
from game.play.setup import EMPTY, Setup
from game.rules import EVENT_KINDS
from replay.watch.window import Window

FIELDS = ("x", "y", "weapon", "gold", "health", "armour", "order_x", "magazine", "reserve")


class Told:
    """What has happened so far, to be asked for."""

    def __init__(self, window: Window, screen: PlayScreen) -> None:
        self.window, self.screen = window, screen
        self.events: dict[str, int] = {}
        self.scoreboards = 0
        self._asked: queue.Queue[str] = queue.Queue()
        take, draw, update = screen._take, screens.panels.draw_scoreboard, screen.update

        def counted(events: Any) -> None:
            take(events)
            for event in events:
                name = f"{EVENT_KINDS[event['kind']]} {event['actor']} {event['item']}"
                self.events[name] = self.events.get(name, 0) + 1

        def drawn(*arguments: Any) -> Any:
            self.scoreboards += 1
            return draw(*arguments)

        def updated(seconds: float) -> None:
            while not self._asked.empty():  # between two ticks, not in the midst of one
                self._answer(self._asked.get())
            update(seconds)

        screen._take, screens.panels.draw_scoreboard, screen.update = counted, drawn, updated

    def facts(self) -> dict[str, Any]:
        screen, state = self.screen, self.screen.live.state
        switches = {name: getattr(screen.options, name) for name in ("mute", "shake", "kill_cam")}
        return {
            "tick": int(state["tick"]),
            "players": [{name: row[name].tolist() for name in FIELDS} for row in state["players"][:2]],
            "events": dict(self.events),
            "aim": [[int(row["aim_x"]), int(row["aim_y"])] for row in state["players"][:2]],
            "mouse": [whole(value) for value in screen.camera.to_world(*pygame.mouse.get_pos())],
            "chosen": [screen.hands[player].chosen for player in (0, 1)],
            "paused": screen.paused,
            "help": screen.help,
            "shop": screen.shop_open,
            "looks_back": screen.look_back is not None,
            "full_screen": self.window.fullscreen,
            "scoreboards": self.scoreboards,
            **switches,
        }

    def listen(self) -> None:
        for line in sys.stdin:
            self._asked.put(line)

    def _answer(self, line: str) -> None:
        if line.strip() != "facts":
            exec(line, {"players": self.screen.live.state["players"], "screen": self.screen, "window": self.window})
        print(json.dumps(self.facts()), flush=True)


def main() -> None:
    options = Options(hints=False)
    setup = Setup(map="plaza", seats=["mouse", "keys", *[EMPTY] * 6], seconds=900, score_limit=99)
    with Window("keys", (640, 480)) as window:
        ArenaApp(window, options)
        screen = start_match(setup, options, seed=3, folder=Path(sys.argv[1]))
        told = Told(window, screen)
        print(pygame.display.get_wm_info()["window"], flush=True)
        threading.Thread(target=told.listen, daemon=True).start()
        window.run(screen)


if __name__ == "__main__":
    main()
