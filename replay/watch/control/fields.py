"""What the mouse and letters do in the inspector."""

from __future__ import annotations

from replay.watch.model.desk import Desk
from replay.watch.model.places import Sheet, Thing

_LINES = 3  # that a notch of the wheel goes


def press(desk: Desk, thing: Thing) -> bool:
    """A click on something that the inspector shows. Whether it was one."""
    inspector = desk.inspector
    inspector.is_typing = False
    if thing.name == "field_value":
        inspector.choose(thing.path)
    elif thing.name == "field_name":
        inspector.pin(thing.path)
    elif thing.name == "field_changed":
        if words := inspector.go_to_change(thing.path, desk.transport):
            desk.say(words)
    elif thing.name == "field_chart":
        desk.transport.jump(thing.tick)
    else:
        return False
    return True


def turn(desk: Desk, sheet: Sheet, notches: int, *, across: bool) -> None:
    """The wheel: through the lines, or across the players."""
    inspector = desk.inspector
    if across:
        total, seen = sheet.players
        inspector.first_player = min(max(inspector.first_player - notches, 0), max(total - seen, 0))
    else:
        _scroll(desk, sheet, inspector.scroll - notches * _LINES)


def drag(desk: Desk, sheet: Sheet, y: int) -> None:
    """The mouse holds the scroll bar at `y`: the middle of what is seen goes there."""
    total, seen = sheet.lines
    share = (y - sheet.scroll.top) / max(sheet.scroll.bottom - sheet.scroll.top, 1)
    _scroll(desk, sheet, round(share * total - seen / 2))


def _scroll(desk: Desk, sheet: Sheet, line: int) -> None:
    total, seen = sheet.lines
    desk.inspector.scroll = min(max(line, 0), max(total - seen, 0))


def type_text(desk: Desk, text: str) -> None:
    """Letters of what is searched for."""
    if text.isprintable():
        desk.inspector.search((desk.inspector.text + text).lstrip("/"))


def type_key(desk: Desk, word: str) -> bool:
    """A key while one types what to search for. Whether it belongs there: those that write nothing mean what they always do."""
    inspector = desk.inspector
    if word == "Enter":
        inspector.is_typing = False
    elif word == "Escape":
        inspector.is_typing = False
        inspector.search("")
    elif word == "Backspace":
        inspector.search(inspector.text[:-1])
    else:
        return len(word) == 1 or word in ("Space", "Shift+Space") or (word.startswith("Shift+") and len(word) == len("Shift+A"))
    return True
