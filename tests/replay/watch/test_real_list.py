"""Every command of the table of the list, by each of its keys, and every spot, by a real mouse, under a real X server."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from real import Facts, Shown, x_key
from xserver import NEEDS_X, x_server

from replay.watch.model.list_commands import LIST_COMMANDS, LIST_SPOTS

pytestmark = NEEDS_X

# By command: what is done first, and what is so afterwards and is not so before.
EFFECTS: dict[str, tuple[str, Callable[[Facts], bool]]] = {
    "up": ("", lambda facts: facts["lit"] == "r8.replay"),
    "down": ("", lambda facts: facts["lit"] == "r6.replay"),
    "page_up": ("", lambda facts: facts["lit"] == "inner"),
    "page_down": ("", lambda facts: facts["lit"] == "r2.replay"),
    "first": ("", lambda facts: facts["lit"] == "inner"),
    "last": ("", lambda facts: facts["lit"] == "r0.replay"),
    "open": ("", lambda facts: facts["screen"] == "Viewer"),
    "out": ("watch._go(watch.folder / 'inner')", lambda facts: facts["folder"] != "inner" and facts["lit"] == "inner"),
    "search": ("", lambda facts: facts["typing"] and facts["search"] == ""),
    "clear": ("watch._search('r5')", lambda facts: facts["search"] == "" and len(facts["names"]) == 11),
    "sort": ("", lambda facts: facts["sorted"] == "name up" and facts["names"][1] == "r0.replay"),
    "turn": ("", lambda facts: facts["sorted"] == "date up" and facts["names"][1] == "r0.replay"),
    "rename": ("", lambda facts: facts["new_name"] == "r7"),
    "delete": ("", lambda facts: facts["asks"]),
    "undo": ("watch._throw_away(watch.menu.item)", lambda facts: "r7.replay" in facts["names"]),
    "larger_text": ("", lambda facts: facts["text"] == 125),
    "smaller_text": ("", lambda facts: facts["text"] == 85),
    "usual_text": ("window.suit(type(window.legibility)(150))", lambda facts: facts["text"] == 100),
    "contrast": ("", lambda facts: facts["contrast"]),
    "full_screen": ("", lambda facts: facts["full_screen"]),
    "leave": ("watch._search('r5')", lambda facts: facts["screen"] == "Browser" and facts["search"] == ""),
    "close": ("window.way_back[0].folder", lambda facts: facts["names"] != [] and facts["lit"] == "inner"),
    "help": ("", lambda facts: facts["helps"]),
}
KEYS = [(command.name, key) for command in LIST_COMMANDS for key in command.keys]


@pytest.fixture(scope="module")
def shown(tmp_path_factory, counter_bytes):
    with x_server("1200x700") as display:
        program = Shown.in_folder(tmp_path_factory.mktemp("list"), display, counter_bytes)
        yield program
        program.close()


def test_every_command_is_pressed_and_every_spot_is_clicked():
    assert EFFECTS.keys() == {command.name for command in LIST_COMMANDS}
    assert set(GESTURES) == {spot.name for spot in LIST_SPOTS}


def test_no_two_commands_share_a_key():
    keys = [key for _, key in KEYS]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(("name", "key"), KEYS, ids=[f"{name}-{key}" for name, key in KEYS])
def test_a_real_key_does_what_the_table_says(shown, name, key):
    prepare, is_so = EFFECTS[name]
    shown.ask("fresh_list()")
    shown.ask(prepare or "facts")
    before = shown.until(lambda facts: not is_so(facts))
    assert not is_so(before), before
    shown.x("key", x_key(key))
    facts = shown.until(is_so)
    assert is_so(facts), facts


def test_what_is_typed_is_searched_for_and_escape_clears_it(shown):
    shown.ask("fresh_list()")
    shown.x("type", "--delay", "20", "file:r* -R3 deep")
    assert shown.until(lambda facts: facts["search"] == "file:r* -R3 deep")["names"] == []
    for _ in "deep":
        shown.x("key", "BackSpace")
    facts = shown.until(lambda facts: facts["search"] == "file:r* -R3 ")
    assert facts["names"] == [f"r{number}.replay" for number in (9, 8, 7, 6, 5, 4, 2, 1, 0)]
    shown.x("key", "Escape")
    assert len(shown.until(lambda facts: not facts["search"])["names"]) == 11


def test_a_slash_opens_the_search_and_is_no_part_of_it(shown):
    shown.ask("fresh_list()")
    shown.x("type", "--delay", "20", "/deep")
    facts = shown.until(lambda facts: facts["search"] == "deep" and facts["names"] == ["deep.replay"])
    assert facts["search"] == "deep" and facts["names"] == ["deep.replay"]


def test_a_recording_gets_another_name_and_keeps_its_suffix(shown):
    shown.ask("fresh_list()")
    shown.x("key", "F2")
    shown.until(lambda facts: facts["new_name"] == "r7")
    shown.x("type", "--delay", "20", " final")
    shown.until(lambda facts: facts["new_name"] == "r7 final")
    shown.x("key", "Return")
    facts = shown.until(lambda facts: facts["lit"] == "r7 final.replay")
    assert facts["lit"] == "r7 final.replay" and "r7.replay" not in facts["names"]
    shown.x("key", "F2", "ctrl+BackSpace")
    shown.x("type", "r6")
    shown.until(lambda facts: facts["new_name"] == "r6")
    shown.x("key", "Return")
    assert "there is a r6.replay already" in shown.until(lambda facts: "already" in facts["message"])["message"]


def test_it_is_asked_before_a_recording_goes_to_the_trash(shown):
    shown.ask("fresh_list()")
    shown.x("key", "Delete")
    shown.until(lambda facts: facts["asks"])
    shown.x("key", "x")
    facts = shown.until(lambda facts: not facts["asks"])
    assert "r7.replay" in facts["names"] and not facts["search"]
    shown.x("key", "Delete", "Return")
    facts = shown.until(lambda facts: "r7.replay" not in facts["names"])
    assert "r7.replay" not in facts["names"] and facts["lit"] == "r6.replay" and "Ctrl+Z" in facts["message"]


def test_a_folder_is_entered_and_left(shown):
    shown.ask("fresh_list()")
    shown.x("key", "Home", "Return")
    facts = shown.until(lambda facts: facts["folder"] == "inner")
    assert facts["names"][1:] == ["deep.replay"]
    shown.x("key", "BackSpace")
    assert shown.until(lambda facts: facts["folder"] != "inner")["lit"] == "inner"


# --- the mouse ---


def gesture_line(shown: Shown, facts: Facts) -> None:
    shown.point(*facts["lines"]["r8.replay"], "click", 1)
    assert shown.until(lambda facts: facts["screen"] == "Viewer")["screen"] == "Viewer"


def gesture_scroll_bar(shown: Shown, facts: Facts) -> None:
    left, top, width, height = facts["thumb"]
    shown.point(left + width / 2, top + height / 2, "mousedown", 1)
    shown.point(left + width / 2, top + height / 2 + 100)
    assert shown.until(lambda facts: facts["scroll"] > 100)["scroll"] > 100
    shown.x("mouseup", 1)
    shown.point(300, 400, "click", "--repeat", 30, 4)
    assert shown.until(lambda facts: facts["scroll"] == 0)["scroll"] == 0
    shown.x("click", 5)
    assert shown.until(lambda facts: facts["scroll"] > 0)["scroll"] > 0


def gesture_head(shown: Shown, facts: Facts) -> None:
    for expected in ("size down", "size up"):
        shown.point(*facts["heads"]["size"], "click", 1)
        assert shown.until(lambda facts, expected=expected: facts["sorted"] == expected)["sorted"] == expected


def gesture_drop(shown: Shown, facts: Facts) -> None:
    """As SDL tells of it: xdotool drags no files from one program to another."""
    shown.ask("pygame.event.post(pygame.event.Event(pygame.DROPFILE, file=str(watch.menu.item.path)))")
    assert shown.until(lambda facts: facts["screen"] == "Viewer")["screen"] == "Viewer"


GESTURES: dict[str, Callable[[Shown, Facts], None]] = {
    "line": gesture_line,
    "scroll_bar": gesture_scroll_bar,
    "head": gesture_head,
    "drop": gesture_drop,
}


@pytest.mark.parametrize("name", GESTURES)
def test_a_real_mouse_does_what_the_table_says(shown, name):
    shown.ask("fresh_list()")
    facts = shown.until(lambda facts: bool(facts["lines"]))
    GESTURES[name](shown, facts)


def test_a_click_into_the_search_opens_it(shown):
    shown.ask("fresh_list()")
    facts: dict[str, Any] = shown.until(lambda facts: bool(facts["lines"]))
    shown.point(*facts["box"], "click", 1)
    assert shown.until(lambda facts: facts["typing"])["typing"]
