"""Every control of the viewer, in one table: help card, tooltips and the key file come from it, and so does what a key press does.

A key is written as people say it: `Space`, `Shift+Left`, `Ctrl+S`. The window turns a key event into such a word.
"""

from __future__ import annotations

from typing import NamedTuple


class KeyCommand(NamedTuple):
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
    KeyCommand("play", ("Space", "K"), "play or pause", _PLAY),
    KeyCommand("reverse", ("Shift+Space",), "play backwards", _PLAY),
    KeyCommand("slower", ("Down", "["), "slower", _PLAY, True),
    KeyCommand("faster", ("Up", "]"), "faster", _PLAY, True),
    KeyCommand("normal_speed", ("Backspace",), "normal speed", _PLAY),
    KeyCommand("tick_back", (",",), "one tick back", _PLAY, True),
    KeyCommand("tick_on", (".",), "one tick on", _PLAY, True),
    KeyCommand("back_5", ("Left",), "5 seconds back", _GO, True),
    KeyCommand("on_5", ("Right",), "5 seconds on", _GO, True),
    KeyCommand("back_10", ("J",), "10 seconds back", _GO, True),
    KeyCommand("on_10", ("L",), "10 seconds on", _GO, True),
    KeyCommand("back_1", ("Shift+Left",), "1 second back", _GO, True),
    KeyCommand("on_1", ("Shift+Right",), "1 second on", _GO, True),
    KeyCommand("start", ("Home",), "to the start", _GO),
    KeyCommand("end", ("End",), "to the end", _GO),
    *(KeyCommand(f"percent_{n}0", (str(n),), f"to {10 * n} %", _GO) for n in range(10)),
    KeyCommand("go_to", ("G",), "go to a tick, time or %", _GO),
    KeyCommand("undo_jump", ("Shift+Backspace",), "undo the last jump", _GO),
    KeyCommand("next_difference", ("X",), "next difference of two recordings", _GO, True),
    KeyCommand("previous_difference", ("Shift+X",), "previous difference", _GO, True),
    KeyCommand("first_difference", ("Ctrl+X",), "first difference", _GO),
    KeyCommand("next_file", ("Shift+N",), "next recording of the list", _GO),
    KeyCommand("previous_file", ("Shift+P",), "previous recording", _GO),
    KeyCommand("bookmark", ("B",), "bookmark this tick", _MARK),
    KeyCommand("next_marker", ("N", "Ctrl+Right"), "next marker", _MARK, True),
    KeyCommand("previous_marker", ("P", "Ctrl+Left"), "previous marker", _MARK, True),
    KeyCommand("filter", ("E",), "choose kinds and players", _MARK),
    KeyCommand("clear_filter", ("Shift+E",), "all kinds and players", _MARK),
    KeyCommand("highlights", ("Shift+H",), "highlights", _MARK),
    KeyCommand("mark_in", ("I",), "in mark here", _MARK),
    KeyCommand("mark_out", ("O",), "out mark here", _MARK),
    KeyCommand("loop", ("R",), "loop between them", _MARK),
    KeyCommand("save_clip", ("Ctrl+S",), "save the range as a clip", _MARK),
    KeyCommand("save_page", ("W",), "save as a web page", _MARK),
    KeyCommand("take_over", ("T",), "play on from here, as anyone", _MARK),
    KeyCommand("follow_next", ("PageDown",), "follow the next player", _LOOK),
    KeyCommand("follow_previous", ("PageUp",), "follow the previous player", _LOOK),
    KeyCommand("free_camera", ("Escape",), "free camera", _LOOK),
    KeyCommand("auto_camera", ("D",), "camera that looks ahead", _LOOK),
    KeyCommand("zoom_in", ("+", "="), "nearer (or the wheel)", _LOOK, True),
    KeyCommand("zoom_out", ("-",), "further", _LOOK, True),
    KeyCommand("lanes", ("V",), "lanes: kinds, players, none", _LOOK),
    KeyCommand("bar_in", ("Z",), "bar: nearer", _LOOK, True),
    KeyCommand("bar_out", ("Shift+Z",), "bar: further", _LOOK, True),
    KeyCommand("bar_whole", ("A",), "bar: the whole match", _LOOK),
    KeyCommand("pair_view", ("C",), "two: side by side, ghost, A, B", _LOOK),
    KeyCommand("pair_align", ("Shift+C",), "two: by tick, end, event", _LOOK),
    KeyCommand("pair_back", ("Ctrl+,",), "two: B a tick back", _LOOK, True),
    KeyCommand("pair_on", ("Ctrl+.",), "two: B a tick on", _LOOK, True),
    KeyCommand("scoreboard", ("Tab",), "scoreboard (hold)", _SHOW),
    KeyCommand("inputs", ("F2",), "what players hold", _SHOW),
    KeyCommand("inspector", ("F3",), "fields of the state", _SHOW),
    KeyCommand("find_field", ("/",), "fields: search", _SHOW),
    KeyCommand("compare", ("Shift+F3",), "fields: two states", _SHOW),
    KeyCommand("mark_state", ("Ctrl+F3",), "fields: compare with this tick", _SHOW),
    KeyCommand("statistics", ("F6",), "statistics", _SHOW),
    KeyCommand("shake", ("F4",), "screen shake on or off", _SHOW),
    KeyCommand("mute", ("M",), "sound on or off", _SHOW),
    KeyCommand("screenshot", ("S",), "screenshot", _SHOW),
    KeyCommand("full_screen", ("F11",), "full screen", _SHOW),
    KeyCommand("larger_text", ("Ctrl+=", "Ctrl++"), "larger text", _SHOW),
    KeyCommand("smaller_text", ("Ctrl+-",), "smaller text", _SHOW),
    KeyCommand("usual_text", ("Ctrl+0",), "text as usual", _SHOW),
    KeyCommand("contrast", ("Ctrl+H",), "more contrast", _SHOW),
    KeyCommand("hide", ("H",), "hide the interface", _SHOW),
    KeyCommand("files", ("Q",), "list of recordings", _SHOW),
    KeyCommand("browser", ("F5",), "other recordings", _SHOW),
    KeyCommand("close", ("Ctrl+Q", "Ctrl+W"), "close, or back", _SHOW),
    KeyCommand("help", ("?", "F1"), "this card", _SHOW),
)

SPOTS = (
    Spot("bar", "Click, drag", "bar: jump, scrub; Shift: finely", _GO),
    Spot("bar_wheel", "Wheel", "bar: nearer; Shift: along", _LOOK),
    Spot("bar_pan", "Middle drag", "bar: along", _LOOK),
    Spot("overview", "Drag", "overview: along; twice: all", _LOOK),
    Spot("lane", "Click", "lane: only this; right: next lanes", _MARK),
    Spot("highlight", "Click", "highlight: to that moment", _GO),
    Spot("option", "Click", "kind, player: only this", _MARK),
    Spot("bar_range", "Right drag", "bar: in and out; a click: none", _MARK),
    Spot("speed", "Click", "speed: next; right: previous", _PLAY),
    Spot("clock", "Click", "clock: time, time left, tick", _SHOW),
    Spot("graph", "Click", "graph: to that moment", _GO),
    Spot("verdict", "Click", "verdict: where it diverged", _GO),
    Spot("file", "Click", "list: watch; right: beside this one", _SHOW),
    Spot("picture", "Drag, click", "picture: pan, follow", _LOOK),
    Spot("player", "Click", "player: follow, or no longer", _LOOK),
    Spot("field_value", "Click", "value: chart over time, or none", _SHOW),
    Spot("field_name", "Click", "field: keep first, or no longer", _SHOW),
    Spot("field_changed", "Click", "changed: to that tick", _GO),
    Spot("field_chart", "Click", "chart: to that moment", _GO),
    Spot("fields", "Wheel, drag", "fields: scroll; Shift: players", _SHOW),
    Spot("sort_fields", "Click", "fields: in another order", _SHOW),
    Spot("only_differences", "Click", "two states: all fields, or not", _SHOW),
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
