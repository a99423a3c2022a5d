"""What a match of arena tells: who shot whom with what, who leads, who won. Words and numbers; no pygame."""

# replay: allow float, fraction - nothing here is part of the rules: places are told in pixels
from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from replay.core.game import Events, Game
from replay.core.records import Header
from replay.read.readmodel import Series
from replay.read.story import News, Part, Row, Sentence, Story

from . import rules
from .arena import load_arena
from .numbers import SUBPIXELS
from .projections import kills_of

TEAM_NAMES = ("Blue", "Orange")
NEWS = (rules.DEATH, rules.STREAKING, rules.PURCHASE, rules.MATCH_END)
_TOLD = np.isin(np.arange(len(rules.EVENT_KINDS)), (*NEWS, rules.ASSIST, rules.CROWN))  # by kind: a kill is told with its helpers
KEYS = (
    ("W", rules.UP),
    ("A", rules.LEFT),
    ("S", rules.DOWN),
    ("D", rules.RIGHT),
    ("fire", rules.FIRE),
    ("dash", rules.DASH),
    ("reload", rules.RELOAD_KEY),
    ("order", rules.ORDER),
)
# What an actor does, with {item} and {amount}, and the role of these words. Kinds that are told otherwise are not here.
DEEDS = {
    rules.SHOT: ("fires {item}", ""),
    rules.SPAWN: ("appears", ""),
    rules.PICKUP: ("takes {item}, worth {amount}", "gain"),
    rules.REFUSED: ("cannot buy {item} for {amount}", ""),
    rules.DASHED: ("dashes", ""),
    rules.RELOADING: ("reloads {item}", ""),
    rules.STREAKING: ("{amount} in a row", "honour"),
    rules.EXPLOSION: ("rocket explodes", ""),
}


class ArenaStory(Story):
    """One match of arena, told."""

    marks: Mapping[str, int] = {"death": 2, "streak": 2, "purchase": 1, "explosion": 1, "match_end": 3}
    columns = ("pts", "kills", "died")
    per_player = ("players",)

    def __init__(self, game: Game, header: Header) -> None:
        super().__init__(game, header)
        self.arena = load_arena(str(header.config["map"]))
        self.world = (self.arena.width, self.arena.height)
        self.state_names = {
            "item": rules.ITEMS,
            "weapon": rules.ITEMS,
            "mode": ("free for all", "teams"),
            "ended": ("no", "by score", "by time"),
            "owner": self.names,
        }
        self.in_teams = header.config["mode"] == "teams"
        self._fed_key, self._fed = b"", list[News]()  # the last feed, and what it was made of

    # --- events ---

    def tell(self, event: Any) -> Sentence:
        kind, actor, target, amount = (int(event[name]) for name in ("kind", "actor", "target", "amount"))
        item = rules.ITEMS[int(event["item"])]
        if kind == rules.MATCH_END:
            if actor == rules.NOBODY:
                return [Part("the match ends in a draw", "outcome")]
            winner = Part(TEAM_NAMES[actor], "team", actor) if self.in_teams else self._player(actor)
            return [winner, Part(f" wins with {amount}", "outcome")]
        if kind == rules.DROP:
            return [self._player(target), Part(f"  drops {item}, worth {amount}")]
        if kind == rules.DEATH:
            if actor == target:
                return [self._player(actor), Part(" blew up")]
            return [self._player(actor), Part(f"  {item}  "), self._player(target)]
        if kind in (rules.HIT, rules.CRITICAL):
            harm = Part(f"  {amount}{'!' if kind == rules.CRITICAL else ''}", "harm")
            return [self._player(actor), Part(f"  {item} hits  "), self._player(target), harm]
        if kind == rules.ASSIST:
            return [self._player(actor), Part("  helped to kill  "), self._player(target), Part(f"  +{amount}", "gain")]
        if kind == rules.CROWN:
            return [self._player(actor), Part("  takes the crown of  "), self._player(target), Part(f"  +{amount}", "honour")]
        if kind == rules.PURCHASE:
            return [self._player(actor), Part("  bought "), Part(item, "gain")]
        deed, role = DEEDS[kind]
        return [self._player(actor), Part("  " + deed.format(item=item, amount=amount), role)]

    def _player(self, seat: int) -> Part:
        return Part(self.names[seat], "player", seat)

    def feed(self, events: Events) -> Iterator[News]:
        told = events[_TOLD[events["kind"]]]
        if (key := told.tobytes()) != self._fed_key:  # the news are the same for many pictures
            self._fed_key, self._fed = key, list(self._news(told))
        return iter(self._fed)

    def _news(self, events: Events) -> Iterator[News]:
        kills = kills_of(events, self.names)
        for event in events[np.isin(events["kind"], NEWS)][::-1]:
            parts = self.tell(event)
            kill: dict[str, Any] = kills.pop() if event["kind"] == rules.DEATH else {"assists": [], "crown": 0}
            if kill["assists"] and event["actor"] != event["target"]:
                parts.append(Part(f"  with {' and '.join(kill['assists'])}"))
            if kill["crown"]:
                parts.append(Part(f"  crown +{kill['crown']}", "honour"))
            yield News(int(event["tick"]), parts)

    def players_of(self, event: Any) -> tuple[int, ...]:
        if event["kind"] == rules.MATCH_END:
            return ()
        return tuple(int(event[name]) for name in ("actor", "target") if event[name] != rules.NOBODY)

    def place_of(self, event: Any) -> tuple[float, float] | None:
        return (float(event["x"]), float(event["y"])) if event["x"] or event["y"] else None

    # --- states ---

    def place(self, state: Any, player: int) -> tuple[float, float] | None:
        row = state["players"][player]
        if not row["x"] and not row["y"]:
            return None
        return int(row["x"]) / SUBPIXELS, int(row["y"]) / SUBPIXELS

    def standings(self, state: Any) -> list[Row]:
        players = state["players"]
        rows = [
            Row(
                index,
                tuple(str(players[name][index]) for name in ("score", "kills", "deaths")),
                int(players["team"][index]),
                bool(players["health"][index] > 0),
            )
            for index in range(len(self.names))
        ]
        scores = state["scores"]
        return sorted(rows, key=lambda row: (-int(scores[row.team]), row.team, -int(row.cells[0]), row.player))

    def crowned(self, state: Any) -> int | None:
        """Who wears the crown, as `simulation.standing` decides it."""
        if self.in_teams:
            return None
        scores = np.asarray(state["players"]["score"][: len(self.names)], np.int64)
        best, second = np.sort(scores)[[-1, -2]]
        return int(scores.argmax()) if best >= second + rules.CROWN_LEAD else None

    def details(self, state: Any, player: int) -> list[str]:
        row = state["players"][player]
        weapon = int(row["weapon"])
        reserve = int(row["reserve"][weapon])
        rounds = "endless" if reserve == rules.ENDLESS else str(reserve)
        return [
            f"health {row['health']}   armour {row['armour']}   gold {row['gold']}",
            f"{rules.ITEMS[weapon]}  {row['magazine'][weapon]} / {rounds}   streak {row['streak']}",
        ]

    def inputs(self, row: Any) -> list[tuple[str, bool]]:
        buttons, item = int(row["buttons"]), int(row["item"])
        is_using = bool(buttons & rules.USE)
        used = rules.ITEMS[item] if is_using and 0 < item < len(rules.ITEMS) else "use"
        held = [(label, bool(buttons & bit)) for label, bit in KEYS]
        return [*held, (used, is_using), (f"{row['x']},{row['y']}", False)]

    # --- what it comes to ---

    def graph(self, timeline: Series) -> Sequence[Sequence[int]]:
        scores = timeline.lines["score"]
        return np.array([np.sum(scores[team::2], axis=0) for team in (0, 1)]).tolist() if self.in_teams else scores

    def result_text(self, result: Mapping[str, Any]) -> str:
        try:
            points = [int(row["score"]) for row in result["players"]]
            winners = [self.names[index] for index in result["winners"]]
            teams = {result["players"][index]["team"] for index in result["winners"]}
        except (KeyError, TypeError, ValueError, IndexError):  # it comes from a file
            return ""
        if not winners:
            return "left before the end"
        verb = "win" if len(winners) > 1 else "wins"
        outcome = "a draw" if len(teams) > 1 else f"{' and '.join(winners)} {verb}"
        return f"{outcome}   " + " : ".join(map(str, sorted(points, reverse=True)))
