"""Everything that can be pressed while arena is played, in one table. Hands, hints, help, the shop row and the settings use it.

A key is a word, as `replay.watch.control.keys` writes it: "W", "Space", "Num 1". "Mouse 1" is the left button; a gamepad's buttons
are called as on most of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from .. import rules

Keys = Mapping[str, tuple[str, ...]]  # by the name of the command

# In the order of the number keys.
SHOP_ITEMS = (rules.BLASTER, rules.SHOTGUN, rules.RIFLE, rules.LAUNCHER, rules.AMMUNITION, rules.ARMOUR, rules.MEDKIT)
MOVE, FIGHT, SHOP, MATCH = "move", "fight", "shop", "match"
MOUSE, KEYS, PAD = "mouse", "keys", "pad"  # devices of a player: keyboard and mouse, the other half of the keyboard, a gamepad
DEVICES = {MOUSE: "Keyboard and mouse", KEYS: "Second keyboard", PAD: "Gamepad", MATCH: "Everyone"}
ON_KEYBOARD = (MOUSE, KEYS, MATCH)  # these share their keys


class PlayCommand(NamedTuple):
    """button: of an input. item: what is bought or drawn. mouse, keys, pad, match: the keys of each device, without remapping."""

    name: str
    help: str
    group: str
    button: int = 0
    item: int = 0
    mouse: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    pad: tuple[str, ...] = ()
    match: tuple[str, ...] = ()

    def keys_of(self, device: str) -> tuple[str, ...]:
        return {MOUSE: self.mouse, KEYS: self.keys, PAD: self.pad, MATCH: self.match}[device]


COMMANDS = (
    PlayCommand("up", "up", MOVE, rules.UP, mouse=("W",), keys=("Up",)),
    PlayCommand("left", "left", MOVE, rules.LEFT, mouse=("A",), keys=("Left",)),
    PlayCommand("down", "down", MOVE, rules.DOWN, mouse=("S",), keys=("Down",)),
    PlayCommand("right", "right", MOVE, rules.RIGHT, mouse=("D",), keys=("Right",)),
    PlayCommand(
        "fire",
        "shoot",
        FIGHT,
        rules.FIRE,
        mouse=("Mouse 1",),
        keys=("Right Ctrl", "Enter"),
        pad=("Right Trigger", "Right Shoulder"),
    ),
    PlayCommand("order", "go there by yourself", FIGHT, rules.ORDER, mouse=("Mouse 3",)),
    PlayCommand(
        "dash",
        "dash",
        FIGHT,
        rules.DASH,
        mouse=("Space", "Left Shift"),
        keys=("Right Shift",),
        pad=("A", "Left Trigger", "Left Shoulder"),
    ),
    PlayCommand("reload", "reload", FIGHT, rules.RELOAD_KEY, mouse=("R",), keys=("Delete", "-"), pad=("X",)),
    *(
        PlayCommand(f"item_{number}", rules.ITEMS[item], SHOP, item=item, mouse=(str(number),), keys=(f"Num {number}",))
        for number, item in enumerate(SHOP_ITEMS, 1)
    ),
    PlayCommand("previous", "previous in the shop row", SHOP, keys=(",",), pad=("Pad Left",)),
    PlayCommand("next", "next in the shop row", SHOP, keys=(".",), pad=("Pad Right",)),
    PlayCommand("buy", "buy or draw the chosen one", SHOP, keys=("/", "Num Enter"), pad=("Y",)),
    PlayCommand("shop", "the shop, with what everything does", MATCH, match=("B",)),
    PlayCommand("pause", "pause", MATCH, pad=("Start",), match=("Escape", "P", "Pause")),
    PlayCommand("look_back", "the last eight seconds again", MATCH, match=("V",)),
    PlayCommand("scores", "scores, while it is held", MATCH, match=("Tab",)),
    PlayCommand("help", "all keys", MATCH, match=("F1", "?")),
    PlayCommand("mute", "sound on or off", MATCH, match=("M",)),
    PlayCommand("shake", "screen shake on or off", MATCH, match=("F4",)),
    PlayCommand("kill_cam", "kill-cam on or off", MATCH, match=("F6",)),
    PlayCommand("full_screen", "full screen", MATCH, match=("F11",)),
)
BY_NAME = {command.name: command for command in COMMANDS}
NEEDED = ("up", "left", "down", "right", "fire", "pause")  # they always have a key

_SAID = {
    "Mouse 1": "left button",
    "Mouse 2": "middle button",
    "Mouse 3": "right button",
    "Escape": "Esc",
    "Left Shift": "left Shift",
    "Right Shift": "right Shift",
    "Left Ctrl": "left Ctrl",
    "Right Ctrl": "right Ctrl",
}


def can_have(device: str, key: str) -> bool:
    """Whether a device has such a key; the mouse belongs to the first keyboard."""
    return device == MOUSE or not key.startswith("Mouse ")


def said(key: str) -> str:
    """A key as it is shown: "right Ctrl"."""
    return _SAID.get(key, key)


def default_keys(device: str) -> dict[str, tuple[str, ...]]:
    """The commands of a device, and their keys."""
    return {command.name: keys for command in COMMANDS if (keys := command.keys_of(device))}


def command_of(keys: Keys, key: str) -> PlayCommand | None:
    """What a key does among these."""
    return next((BY_NAME[name] for name, words in keys.items() if key in words), None)
