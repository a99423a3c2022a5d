"""Every command that can be pressed in a match, by real keys under a real X server, with what comes of it in the match."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_SECONDS
from xserver import NEEDS_X, x_server

from game.play.commands import COMMANDS, KEYS, MATCH, MOUSE, SHOP_ITEMS
from game.rules import AMMUNITION, ARMOUR, BLASTER, RIFLE

pytestmark = NEEDS_X

# X's names where they are not the lower-case letter; the number pad by its key codes, which do not depend on Num Lock.
X_KEYS = {
    "Space": "space",
    "Left Shift": "Shift_L",
    "Right Shift": "Shift_R",
    "Right Ctrl": "Control_R",
    "Enter": "Return",
    ",": "comma",
    ".": "period",
    "/": "slash",
    "-": "minus",
    "?": "question",
    **dict(zip((f"Num {number}" for number in range(1, 8)), ("87", "88", "89", "83", "84", "85", "79"), strict=True)),
    "Num Enter": "104",
}
SEATS = {MOUSE: 0, KEYS: 1}
Facts = dict[str, Any]


class Match:
    """The program `keyed.py`, and the keys that reach it."""

    def __init__(self, display: str, folder: Path) -> None:
        unwanted = ("SDL_", "XDG_", "REPLAY_")
        self.environment = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
        self.environment |= {"DISPLAY": display, "SDL_AUDIODRIVER": "dummy", "XDG_CONFIG_HOME": str(folder / "config")}
        command = [sys.executable, str(Path(__file__).with_name("keyed.py")), str(folder)]
        self.child = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert self.child.stdout.readline().strip().isdecimal(), self.child.stderr.read()
        self.x("mousemove", "320", "200")  # without a window manager keys go to the window under the mouse
        self.until(lambda facts: facts["tick"] > 190, "the match has begun")

    def x(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self.environment, check=True, capture_output=True)

    def ask(self, line: str = "facts") -> Facts:
        self.child.stdin.write(line + "\n")
        self.child.stdin.flush()
        answer = self.child.stdout.readline()
        assert answer, self.child.stderr.read()
        facts: Facts = json.loads(answer)
        return facts

    def until(self, seen: Callable[[Facts], bool], what: str) -> Facts:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not seen(facts := self.ask()):
            assert time.monotonic() < deadline, (what, facts)
            time.sleep(0.02)
        return facts

    def press(self, key: str, seen: Callable[[Facts], bool], what: str) -> Facts:
        """Hold a key until what it does is seen, and let go."""
        if key.startswith("Mouse "):
            down, up = (("mousedown", key[6:]), ("mouseup", key[6:]))
        else:
            name = X_KEYS.get(key, key.lower() if len(key) == 1 else key)
            down, up = (("keydown", name), ("keyup", name))
        self.x(*down)
        try:
            return self.until(seen, f"{key}: {what}")
        finally:
            self.x(*up)

    def close(self) -> None:
        self.child.kill()
        self.child.wait()
        for pipe in (self.child.stdin, self.child.stdout, self.child.stderr):
            pipe.close()


@pytest.fixture(scope="module")
def match(tmp_path_factory):
    with x_server() as display:
        match = Match(display, tmp_path_factory.mktemp("keyed"))
        yield match
        match.close()


def happened(before: Facts, kind: str, player: int, item: int | None = None) -> Callable[[Facts], bool]:
    def count(facts: Facts) -> int:
        start = f"{kind} {player} " + ("" if item is None else str(item))
        return sum(number for name, number in facts["events"].items() if name.startswith(start))

    return lambda facts: count(facts) > count(before)


def prepared(player: int) -> str:
    """Somebody in the open who can move every way, pay for everything and has room for it."""
    place = (300, 350) if player == 0 else (900, 350)
    return (
        f"p = players[{player}]; p['x'], p['y'] = {place[0]} * 256, {place[1]} * 256; p['vx'] = p['vy'] = 0; "
        f"p['gold'] = 500; p['health'] = 50; p['armour'] = 0; p['owned'][2:] = 0; p['weapon'] = {BLASTER}; "
        f"p['magazine'][{BLASTER}] = 9; p['can_dash_at'] = p['reloaded_at'] = p['order_x'] = p['order_y'] = 0"
    )


def check_of(name: str, player: int, before: Facts) -> Callable[[Facts], bool]:
    """What a command of a player does, to be seen after `before`. Raises KeyError for one that nobody thought of."""
    was = before["players"][player]

    def me(facts: Facts) -> Facts:
        return facts["players"][player]

    if name.startswith("item_"):
        item = SHOP_ITEMS[int(name[5:]) - 1]
        if item == BLASTER:
            return lambda facts: me(facts)["weapon"] == BLASTER != was["weapon"]
        return happened(before, "purchase", player, item)
    checks: dict[str, Callable[[Facts], bool]] = {
        "up": lambda facts: me(facts)["y"] < was["y"] - 256,
        "down": lambda facts: me(facts)["y"] > was["y"] + 256,
        "left": lambda facts: me(facts)["x"] < was["x"] - 256,
        "right": lambda facts: me(facts)["x"] > was["x"] + 256,
        "fire": happened(before, "shot", player),
        "order": lambda facts: me(facts)["order_x"] > 0,
        "dash": happened(before, "dash", player),
        "reload": happened(before, "reload", player),
        "next": lambda facts: facts["chosen"][player] == (before["chosen"][player] + 1) % len(SHOP_ITEMS),
        "previous": lambda facts: facts["chosen"][player] == (before["chosen"][player] - 1) % len(SHOP_ITEMS),
        "buy": happened(before, "purchase", player, SHOP_ITEMS[before["chosen"][player]]),
    }
    return checks[name]


def pressed(device: str) -> list[tuple[str, str]]:
    """Every key of every command of a device."""
    return [(command.name, key) for command in COMMANDS for key in command.keys_of(device)]


@pytest.mark.parametrize("device", [MOUSE, KEYS])
def test_every_key_of_a_player_does_what_it_says(match, device):
    player = SEATS[device]
    for name, key in pressed(device):
        line = prepared(player)
        if name == "item_1":
            line += f"; p['owned'][{RIFLE}] = 1; p['weapon'] = {RIFLE}"
        elif name == f"item_{SHOP_ITEMS.index(AMMUNITION) + 1}":
            line += f"; p['owned'][{RIFLE}] = 1; p['reserve'][{RIFLE}] = 0"
        elif name == "buy":
            line += f"; screen.hands[{player}].chosen = {SHOP_ITEMS.index(ARMOUR)}"
        match.press(key, check_of(name, player, match.ask(line)), name)
        match.ask(prepared(player))


def distance(row: Facts, x: int, y: int) -> int:
    return abs(row["x"] - x) + abs(row["y"] - y)


def test_a_key_that_is_let_go_stops_and_nobody_else_is_moved(match):
    before = match.ask(prepared(0) + "; " + prepared(1))
    match.press("D", check_of("right", 0, before), "right")
    stopped = match.until(lambda facts: match.ask()["players"][0]["x"] == facts["players"][0]["x"], "stands still")
    other = [stopped["players"][1][name] for name in ("x", "y", "weapon", "gold")]
    assert other == [before["players"][1][name] for name in ("x", "y", "weapon", "gold")]


def test_the_aim_is_where_the_mouse_is_and_an_order_leads_there(match):
    match.ask(prepared(0))
    match.x("mousemove", "400", "240")
    facts = match.until(lambda facts: facts["aim"][0] == facts["mouse"], "aims at the mouse")
    x, y = (256 * pixels for pixels in facts["mouse"])
    start = distance(facts["players"][0], x, y)
    match.press("Mouse 3", check_of("order", 0, facts), "order")
    match.until(lambda facts: distance(facts["players"][0], x, y) < start // 2, "on the way")
    match.x("mousemove", "320", "200")


SWITCHES = {"mute": "mute", "shake": "shake", "kill_cam": "kill_cam", "full_screen": "full_screen"}
OPENS = {"shop": "shop", "pause": "paused", "help": "help", "look_back": "looks_back"}


def test_every_key_of_the_match_does_what_it_says(match):
    for name, key in pressed(MATCH):
        # Shift and the second player's key of the shop write a `?`: it asks for help only where nobody plays with that half.
        before = match.ask(f"screen.hands[1].device = {(MOUSE if key == '?' else KEYS)!r}")
        if name == "scores":
            match.press(key, lambda facts, was=before["scoreboards"]: facts["scoreboards"] > was, name)
        elif name in SWITCHES:
            fact = SWITCHES[name]
            match.press(key, lambda facts, fact=fact, was=before[fact]: facts[fact] != was, name)
            match.press(key, lambda facts, fact=fact, was=before[fact]: facts[fact] == was, f"{name} back")
        else:
            fact = OPENS[name]
            assert not before[fact]
            match.press(key, lambda facts, fact=fact: facts[fact], name)
            match.press(key, lambda facts, fact=fact: not facts[fact], f"{name} back")


def test_a_command_without_an_effect_is_seen(match):
    """The checks can fail: a key that does nothing, and a command that nobody thought of."""
    before = match.ask(prepared(0))
    for command in COMMANDS:
        if command.keys_of(MOUSE):
            assert not check_of(command.name, 0, before)(before), command.name
    with pytest.raises(KeyError):
        check_of("jump", 0, before)
    assert {command.name for command in COMMANDS if command.keys_of(MATCH)} == {"scores", *SWITCHES, *OPENS}
