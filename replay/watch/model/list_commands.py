"""Every control of the list of recordings, in one table, as `commands` is the viewer's. What else is typed is searched for."""

from __future__ import annotations

from replay.watch.model.commands import KeyCommand, Spot

_CHOOSE, _FIND, _FILE, _SHOW = "choose", "find", "file", "show"

LIST_COMMANDS = (
    KeyCommand("up", ("Up",), "the one above", _CHOOSE, True),
    KeyCommand("down", ("Down",), "the one below", _CHOOSE, True),
    KeyCommand("page_up", ("PageUp",), "a page up", _CHOOSE, True),
    KeyCommand("page_down", ("PageDown",), "a page down", _CHOOSE, True),
    KeyCommand("first", ("Home",), "the first", _CHOOSE),
    KeyCommand("last", ("End",), "the last", _CHOOSE),
    KeyCommand("open", ("Enter", "Space"), "watch it, or into the folder", _CHOOSE),
    KeyCommand("out", ("Backspace",), "out of the folder", _CHOOSE),
    KeyCommand("search", ("/",), "search, as does typing at once", _FIND),
    KeyCommand("clear", ("Ctrl+Backspace",), "clear the search", _FIND),
    KeyCommand("sort", ("Tab",), "sort by the next head", _FIND),
    KeyCommand("turn", ("Shift+Tab",), "sort the other way round", _FIND),
    KeyCommand("rename", ("F2", "Ctrl+R"), "rename", _FILE),
    KeyCommand("delete", ("Delete",), "to the trash", _FILE),
    KeyCommand("undo", ("Ctrl+Z",), "back from the trash", _FILE),
    KeyCommand("larger_text", ("Ctrl+=", "Ctrl++"), "larger text", _SHOW),
    KeyCommand("smaller_text", ("Ctrl+-",), "smaller text", _SHOW),
    KeyCommand("usual_text", ("Ctrl+0",), "text as usual", _SHOW),
    KeyCommand("contrast", ("Ctrl+H",), "more contrast", _SHOW),
    KeyCommand("full_screen", ("F11",), "full screen", _SHOW),
    KeyCommand("leave", ("Escape",), "clear the search; back", _SHOW),
    KeyCommand("close", ("Ctrl+Q", "Ctrl+W"), "close, or back", _SHOW),
    KeyCommand("help", ("?", "F1"), "this card", _SHOW),
)

LIST_SPOTS = (
    Spot("line", "Click", "line: watch it, or into it", _CHOOSE),
    Spot("scroll_bar", "Wheel, drag", "list, its bar: move", _CHOOSE),
    Spot("head", "Click", "head: sort by it; again: turn", _FIND),
    Spot("drop", "Drop", "a file: watch it", _FILE),
)

LIST_GROUPS = {_CHOOSE: "Choose", _FIND: "Find", _FILE: "Files", _SHOW: "Show"}
LIST_BY_KEY = {key: command.name for command in LIST_COMMANDS for key in command.keys}
LIST_TIPS = {command.name: (", ".join(command.keys), command.help) for command in LIST_COMMANDS} | {
    spot.name: (spot.gesture, spot.help) for spot in LIST_SPOTS
}
SEARCH_HINT = "map:duel   player:Ann   winner:Ann   kills>=10   length>=1:30   after:2026-01-31   verdict:ok   -word"
