"""Every control of the viewer, in one table: help card, tooltips and the key file come from it, and so does what a key press does.

A key is written as people say it: `Space`, `Shift+Left`, `Ctrl+S`. The window turns a key event into such a word.
"""

from __future__ import annotations

from typing import NamedTuple


class Command(NamedTuple):
    name: str
    keys: tuple[str, ...]
    help: str
    group: str
    repeats: bool = False  # a held key asks again and again


class Spot(NamedTuple):
    """Something on the screen with which the mouse does what no key does."""

    name: str
    gesture: str
    help: str
    group: str


_PLAY, _GO, _MARK, _LOOK, _SHOW = "play", "go", "mark", "look", "show"

COMMANDS = (
    Command("play", ("Space", "K"), "play or pause", _PLAY),
    Command("reverse", ("Shift+Space",), "play backwards", _PLAY),
    Command("slower", ("Down", "["), "slower", _PLAY, True),
    Command("faster", ("Up", "]"), "faster", _PLAY, True),
    Command("normal_speed", ("Backspace",), "normal speed", _PLAY),
    Command("tick_back", (",",), "one tick back", _PLAY, True),
    Command("tick_on", (".",), "one tick on", _PLAY, True),
    Command("back_5", ("Left",), "5 seconds back", _GO, True),
    Command("on_5", ("Right",), "5 seconds on", _GO, True),
    Command("back_10", ("J",), "10 seconds back", _GO, True),
    Command("on_10", ("L",), "10 seconds on", _GO, True),
    Command("back_1", ("Shift+Left",), "1 second back", _GO, True),
    Command("on_1", ("Shift+Right",), "1 second on", _GO, True),
    Command("start", ("Home",), "to the start", _GO),
    Command("end", ("End",), "to the end", _GO),
    *(Command(f"percent_{n}0", (str(n),), f"to {10 * n} %", _GO) for n in range(10)),
    Command("go_to", ("G",), "go to a tick, time or %", _GO),
    Command("undo_jump", ("Shift+Backspace",), "undo the last jump", _GO),
    Command("bookmark", ("B",), "bookmark this tick", _MARK),
    Command("next_marker", ("N", "Ctrl+Right"), "next marker", _MARK, True),
    Command("previous_marker", ("P", "Ctrl+Left"), "previous marker", _MARK, True),
    Command("mark_in", ("I",), "in mark here", _MARK),
    Command("mark_out", ("O",), "out mark here", _MARK),
    Command("loop", ("R",), "loop between them", _MARK),
    Command("save_clip", ("Ctrl+S",), "save the range as a clip", _MARK),
    Command("take_over", ("T",), "play on from here", _MARK),
    Command("follow_next", ("PageDown",), "follow the next player", _LOOK),
    Command("follow_previous", ("PageUp",), "follow the previous player", _LOOK),
    Command("free_camera", ("Escape",), "free camera", _LOOK),
    Command("auto_camera", ("D",), "camera that looks ahead", _LOOK),
    Command("zoom_in", ("+", "="), "nearer (or the wheel)", _LOOK, True),
    Command("zoom_out", ("-",), "further", _LOOK, True),
    Command("scoreboard", ("Tab",), "scoreboard (hold)", _SHOW),
    Command("inputs", ("F2",), "what players hold", _SHOW),
    Command("statistics", ("F3",), "statistics", _SHOW),
    Command("shake", ("F4",), "screen shake on or off", _SHOW),
    Command("mute", ("M",), "sound on or off", _SHOW),
    Command("screenshot", ("S",), "screenshot", _SHOW),
    Command("full_screen", ("F11",), "full screen", _SHOW),
    Command("hide", ("H",), "hide the interface", _SHOW),
    Command("browser", ("F5",), "other recordings", _SHOW),
    Command("close", ("Ctrl+Q", "Ctrl+W"), "close, or back", _SHOW),
    Command("help", ("?", "F1"), "this card", _SHOW),
)

SPOTS = (
    Spot("bar", "Click, drag", "on the bar: jump, scrub; Shift: finely", _GO),
    Spot("graph", "Click", "on the graph: to that moment", _GO),
    Spot("verdict", "Click", "on the verdict: to where it diverged", _GO),
    Spot("picture", "Drag, click", "the picture: pan, follow", _LOOK),
    Spot("player", "Click", "on a player: follow, or no longer", _LOOK),
)

GROUPS = {_PLAY: "Play", _GO: "Go", _MARK: "Mark", _LOOK: "Look", _SHOW: "Show"}
BY_KEY = {key: command for command in COMMANDS for key in command.keys}
# By name: keys or gesture, and what it does.
TIPS = {command.name: (", ".join(command.keys), command.help) for command in COMMANDS} | {
    spot.name: (spot.gesture, spot.help) for spot in SPOTS
}


def key_file() -> str:
    """The table as text, a command a line: name, keys, what it does."""
    width = max(len(command.name) for command in COMMANDS)
    return "\n".join(f"{command.name:<{width}}  {' '.join(command.keys):<22}  {command.help}" for command in COMMANDS) + "\n"
