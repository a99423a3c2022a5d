"""Cards of keys: what the people of a match press, and what everybody can. All of it comes from the table of commands."""

from __future__ import annotations

from collections.abc import Sequence

import pygame

from replay.watch.view.colours import ACCENT, INK
from replay.watch.view.paint import Paint

from .commands import COMMANDS, DEVICES, KEYS, MATCH, MOUSE, PAD, said
from .options import Options


def key_lines(options: Options, device: str) -> list[tuple[str, str]]:
    """(keys, what they do) of a device, as few lines as tell it all; nothing of what has no key."""
    keys = options.keys_of(device)

    def words(*names: str) -> str:
        return " ".join(filter(None, (options.label(device, name) for name in names)))

    def every(name: str) -> str:
        return " or ".join(said(key) for key in keys.get(name, ()))

    if device == MATCH:
        lines = [(every(command.name), command.help) for command in COMMANDS if command.name in keys]
    else:
        aim = {PAD: "right stick", MOUSE: "mouse"}.get(device, "")
        fire = "shoot the nearest" if device == KEYS else "shoot"
        lines = [
            (options.move_label(device), "move"),
            (aim, "aim"),
            (every("fire"), fire),
            (every("order"), "walk there"),
            (every("dash"), "dash"),
            (every("reload"), "reload"),
            (options.shop_label(device), "buy or draw"),
            (words("previous", "next", "buy"), "choose and buy"),
            (every("pause"), "pause"),
        ]
    return [(label, text) for label, text in lines if label]


def draw_keys(surface: pygame.Surface, paint: Paint, options: Options, devices: Sequence[str], place: pygame.Rect) -> int:
    """A column for each device. Returns where the longest one ends."""
    width, bottom = place.width // max(len(devices), 1), place.top
    tables = [key_lines(options, device) for device in devices]
    most = max(len(lines) for lines in tables)
    line = min(paint.px(27), (place.height - paint.px(28)) // max(most, 1))
    for number, (device, lines) in enumerate(zip(devices, tables, strict=True)):
        left = place.left + number * width
        paint.text(surface, DEVICES[device], (left, place.top), 16, INK, bold=True, width=width - paint.px(10))
        y = place.top + paint.px(28)
        longest = max(paint.label(keys, 14, ACCENT, True).get_width() for keys, _ in lines)
        keys_width = min(longest + paint.px(16), width * 55 // 100)
        for keys, text in lines:
            paint.text(surface, keys, (left, y), 14, ACCENT, bold=True, width=keys_width - paint.px(8))
            paint.text(surface, text, (left + keys_width, y), 14, INK, width=width - keys_width - paint.px(10))
            y += line
        bottom = max(bottom, y)
    return bottom
