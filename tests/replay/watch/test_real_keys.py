"""Every command of the table, by each of its keys, and every spot, by a real mouse, under a real X server: what comes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from real import Facts, Shown, x_key
from xserver import NEEDS_X, x_server

from replay.watch.model.commands import COMMANDS, SPOTS

pytestmark = NEEDS_X


@pytest.fixture(scope="module")
def shown(tmp_path_factory, counter_bytes):
    with x_server("1200x700") as display:
        program = Shown.in_folder(tmp_path_factory.mktemp("keys"), display, counter_bytes)
        yield program
        program.close()


def at(tick: float) -> Callable[[Facts], bool]:
    return lambda facts: facts["position"] == tick


def speed(value: float) -> Callable[[Facts], bool]:
    return lambda facts: facts["speed"] == value


def named(end: str) -> Callable[[Facts], bool]:
    """A file whose name ends so has come to be, and is whole."""
    return lambda facts: any(name.endswith(end) for name in facts["files"]) and not facts["saves"]


NEARER = "watch.desk.timeline.span.zoom(3.5, 600)"

# By command: what is done first, and what is so afterwards and is not so before.
EFFECTS: dict[str, tuple[str, Callable[[Facts], bool]]] = {
    "play": ("", lambda facts: facts["playing"] and facts["position"] > 600),
    "reverse": ("", lambda facts: facts["playing"] and facts["position"] < 600),
    "slower": ("", speed(0.5)),
    "faster": ("", speed(2)),
    "normal_speed": ("watch.transport.faster(3)", speed(1)),
    "tick_back": ("", at(599)),
    "tick_on": ("", at(601)),
    "back_1": ("", at(540)),
    "on_1": ("", at(660)),
    "back_5": ("", at(300)),
    "on_5": ("", at(900)),
    "back_10": ("", at(0)),
    "on_10": ("", at(1200)),
    "start": ("", at(0)),
    "end": ("", at(1800)),
    **{f"percent_{tenths}0": ("", at(180 * tenths)) for tenths in range(10)},
    "go_to": ("", lambda facts: facts["prompt"] == ""),
    "undo_jump": ("watch.transport.jump(77)", at(600)),
    "next_difference": ("pair()", at(700)),
    "previous_difference": ("pair(at=900)", at(700)),
    "first_difference": ("pair()", at(700)),
    "next_file": ("listed(1)", lambda facts: facts["file"] == "2.replay"),
    "previous_file": ("listed(1)", lambda facts: facts["file"] == "0.replay"),
    "bookmark": ("", lambda facts: len(facts["markers"]) > 0),
    "next_marker": ("", lambda facts: facts["mark"] is not None and facts["mark"] > 600),
    "previous_marker": ("", lambda facts: facts["mark"] is not None and facts["mark"] < 600),
    "filter": ("", lambda facts: facts["card"] == "Filters"),
    "clear_filter": (
        "watch.desk.timeline.choice = watch.desk.timeline.choice.toggled(['luck'], [1])",
        lambda facts: facts["choice"] == [[], []],
    ),
    "highlights": ("", lambda facts: facts["card"] == "Highlights"),
    "lanes": ("", lambda facts: facts["lanes"] == "players"),
    "bar_in": ("", lambda facts: facts["span"][0] > 0 and facts["span"][1] < 1800),
    "bar_out": (NEARER, lambda facts: 0 < facts["span"][0] < 400 and 1000 < facts["span"][1] < 1800),
    "bar_whole": (NEARER, lambda facts: facts["span"] == [0, 1800]),
    "mark_in": ("", lambda facts: facts["loop_in"] == 600),
    "mark_out": ("", lambda facts: facts["loop_out"] == 600),
    "loop": ("", lambda facts: facts["looping"]),
    "save_clip": ("watch.transport.select(600, 720)", named("counter-600-720.replay")),
    "save_page": ("", lambda facts: facts["toast"].startswith("not saved: no browser")),
    "take_over": ("", lambda facts: facts["asks"]),
    "follow_next": ("", lambda facts: facts["player"] == 0 and facts["mode"] == "follow"),
    "follow_previous": ("", lambda facts: facts["player"] == 2 and facts["mode"] == "follow"),
    "free_camera": ("watch.desk.director.follow(1)", lambda facts: facts["mode"] == "free"),
    "auto_camera": ("", lambda facts: facts["mode"] == "auto"),
    "zoom_in": ("", lambda facts: facts["zoom"] > 1),
    "zoom_out": ("", lambda facts: facts["zoom"] < 1),
    "pair_view": ("pair()", lambda facts: facts["pair"] is not None and facts["pair"][0] == "ghost of B over A"),
    "pair_align": ("pair()", lambda facts: facts["pair"] is not None and facts["pair"][1] == "same end"),
    "pair_back": ("pair()", lambda facts: facts["pair"] is not None and facts["pair"][1] == "same tick, B -1 ticks"),
    "pair_on": ("pair()", lambda facts: facts["pair"] is not None and facts["pair"][1] == "same tick, B +1 ticks"),
    "inputs": ("", lambda facts: facts["inputs"]),
    "inspector": ("", lambda facts: facts["inspector"]),
    "find_field": ("", lambda facts: facts["inspector"] and facts["is_typing"]),
    "compare": ("", lambda facts: facts["inspector"] and facts["shows"] == "before"),
    "mark_state": ("", lambda facts: facts["inspector"] and facts["marked"] == 600 and facts["shows"] == "marked"),
    "statistics": ("", lambda facts: facts["statistics"]),
    "shake": ("watch.desk.switches.shake = True", lambda facts: not facts["shake"]),
    "mute": ("watch.desk.switches.muted = False", lambda facts: facts["muted"]),
    "screenshot": ("", named("counter-600.png")),
    "full_screen": ("", lambda facts: facts["full_screen"]),
    "larger_text": ("", lambda facts: facts["text"] == 125),
    "smaller_text": ("", lambda facts: facts["text"] == 85),
    "usual_text": ("window.suit(type(window.legibility)(150))", lambda facts: facts["text"] == 100),
    "contrast": ("", lambda facts: facts["contrast"]),
    "hide": ("", lambda facts: facts["hidden"]),
    "files": ("listed(0)", lambda facts: facts["list"]),
    "browser": ("window.way_back.clear()", lambda facts: facts["screen"] == "Browser"),
    "close": ("", lambda facts: facts["screen"] == "Browser"),
    "help": ("", lambda facts: facts["help"]),
}
HELD = {"scoreboard"}
KEYS = [(command.name, key) for command in COMMANDS for key in command.keys if command.name not in HELD]


def test_every_command_is_pressed_and_every_spot_is_clicked():
    assert EFFECTS.keys() | HELD == {command.name for command in COMMANDS}
    assert set(GESTURES) == {spot.name for spot in SPOTS}


@pytest.mark.parametrize(("name", "key"), KEYS, ids=[f"{name}-{key}" for name, key in KEYS])
def test_a_real_key_does_what_the_table_says(shown, name, key):
    prepare, is_so = EFFECTS[name]
    shown.ask("fresh()")
    shown.ask(prepare or "facts")
    before = shown.until(lambda facts: not is_so(facts))
    assert not is_so(before), before
    shown.x("key", x_key(key))
    facts = shown.until(is_so)
    assert is_so(facts), facts


def test_the_scoreboard_is_there_while_its_key_is_held(shown):
    before = shown.ask("fresh()")["scoreboards"]
    shown.x("keydown", "Tab")
    facts = shown.until(lambda facts: facts["scoreboards"] > before)
    assert facts["scoreboards"] > before
    shown.x("keyup", "Tab")
    shown.x("key", "F2")  # the next picture
    during = shown.until(lambda facts: facts["inputs"])["scoreboards"]
    shown.x("key", "F2")
    assert shown.until(lambda facts: not facts["inputs"])["scoreboards"] == during


def test_a_moment_is_typed(shown):
    shown.ask("fresh()")
    shown.x("key", "g")
    shown.until(lambda facts: facts["prompt"] == "")
    for key in ("1", "5", "period", "5", "s", "9", "BackSpace", "Return"):
        shown.x("key", key)
    assert shown.until(at(930))["position"] == 930


def test_a_held_key_goes_on_and_on_and_is_one_jump(shown):
    shown.ask("fresh()")
    shown.x("keydown", "Right")
    moved = shown.until(lambda facts: facts["position"] > 1500)
    shown.x("keyup", "Right")
    assert moved["position"] > 1500, moved
    shown.x("key", "shift+BackSpace")
    assert shown.until(at(600))["position"] == 600


def test_whom_to_take_over_is_chosen_and_left_again(shown):
    shown.ask("fresh()")
    for key, screen in (("t", "Viewer"), ("Down", "Viewer"), ("Return", "Played"), ("q", "Viewer"), ("ctrl+q", "Browser")):
        shown.x("key", key)
        facts = shown.until(lambda facts, screen=screen: facts["screen"] == screen)
        assert facts["screen"] == screen, key


def test_from_the_list_it_plays(shown):
    shown.ask("fresh()")
    shown.x("key", "F5")
    shown.until(lambda facts: facts["screen"] == "Browser")
    shown.x("key", "Return")
    facts = shown.until(lambda facts: facts.get("position", 0) > 20)
    assert facts["playing"] and 20 < facts["position"] < 600


# --- the mouse ---


def click(shown: Shown, at: tuple[float, float] | list[int], button: int = 1) -> None:
    shown.point(*at, "click", button)


def gesture_on_bar(shown: Shown, facts: Facts) -> None:
    left, top, width, height = facts["bar"]
    click(shown, (left + width * 0.75, top + height / 2))
    assert abs(shown.until(lambda facts: facts["position"] > 1200)["position"] - 1350) < 120


def gesture_wheel(shown: Shown, facts: Facts) -> None:
    left, top, width, height = facts["bar"]
    click(shown, (left + width / 2, top + height / 2), 4)
    first, last = shown.until(lambda facts: facts["span"] != [0, 1800])["span"]
    assert first > 0 and last < 1800 and abs((first + last) / 2 - 900) < 9
    shown.x("keydown", "shift", "click", 5, "keyup", "shift")
    along = shown.until(lambda facts: facts["span"][0] > first)["span"]
    assert along[0] > first and abs(along[1] - along[0] - (last - first)) <= 1
    for _ in range(3):
        shown.x("click", 5)
    assert shown.until(lambda facts: facts["span"] == [0, 1800])["span"] == [0, 1800]


def gesture_pan(shown: Shown, facts: Facts) -> None:
    left, top, width, height = facts["bar"]
    shown.ask(NEARER)
    first, last = shown.ask()["span"]
    shown.point(left + width / 2, top + height / 2, "mousedown", 2)
    shown.point(left + width / 4, top + height / 2, "mouseup", 2)
    moved = shown.until(lambda facts: facts["span"][0] > first)["span"]
    assert abs(moved[0] - first - (last - first) / 4) < 9 and shown.ask()["position"] == 600


def gesture_overview(shown: Shown, facts: Facts) -> None:
    shown.ask(NEARER)
    left, top, width, height = shown.until(lambda facts: facts["overview"] is not None)["overview"]
    shown.point(left + width / 2, top + height / 2, "mousedown", 1)
    shown.point(left + width * 0.75, top + height / 2, "mouseup", 1)
    first, last = shown.until(lambda facts: facts["span"][0] > 900)["span"]
    assert abs((first + last) / 2 - 1350) < 9
    shown.x("click", "--repeat", 2, 1)
    assert shown.until(lambda facts: facts["span"] == [0, 1800])["span"] == [0, 1800]


def gesture_lane(shown: Shown, facts: Facts) -> None:
    for kinds in (["luck"], []):
        click(shown, facts["lane_names"][1])
        chosen = shown.until(lambda facts, kinds=kinds: facts["choice"] == [kinds, []])
        assert chosen["choice"] == [kinds, []]
    click(shown, facts["lane_names"][1], 3)
    assert shown.until(lambda facts: facts["lanes"] == "players")["lanes"] == "players"


def gesture_highlight(shown: Shown, facts: Facts) -> None:
    shown.x("key", "shift+h")
    lines = shown.until(lambda facts: facts["card"] is not None and facts["card_lines"])["card_lines"]
    click(shown, lines[0])
    assert shown.until(lambda facts: facts["position"] < 600)["position"] < 600
    shown.x("key", "Escape")
    assert shown.until(lambda facts: facts["card"] is None)["card"] is None


def gesture_option(shown: Shown, facts: Facts) -> None:
    shown.x("key", "e")
    lines = shown.until(lambda facts: facts["card"] is not None and facts["card_lines"])["card_lines"]
    for line in (1, 3):  # press, luck, markers, Ann
        click(shown, lines[line])
    chosen = shown.until(lambda facts: facts["choice"] == [["luck"], [0]])
    assert chosen["choice"] == [["luck"], [0]]
    shown.x("key", "n")
    toast = shown.until(lambda facts: facts["toast"].startswith("luck with Ann: "))["toast"]
    assert toast.startswith("luck with Ann: ")
    click(shown, shown.ask()["places"]["clear_filter"])
    assert shown.until(lambda facts: facts["choice"] == [[], []])["choice"] == [[], []]


def gesture_range(shown: Shown, facts: Facts) -> None:
    left, top, width, height = facts["bar"]
    shown.point(left + width / 4, top + height / 2, "mousedown", 3)
    shown.point(left + width / 2, top + height / 2, "mouseup", 3)
    marked = shown.until(lambda facts: facts["loop_out"] is not None)
    assert abs(marked["loop_in"] - 450) < 9 and abs(marked["loop_out"] - 900) < 9
    shown.x("click", 3)
    assert shown.until(lambda facts: facts["loop_out"] is None)["loop_in"] is None


def gesture_speed(shown: Shown, facts: Facts) -> None:
    for button, value in ((1, 2), (1, 4), (3, 2)):
        click(shown, shown.ask()["places"]["speed"], button)
        assert shown.until(speed(value))["speed"] == value


def gesture_clock(shown: Shown, facts: Facts) -> None:
    for button, value in ((1, "left"), (1, "tick"), (3, "left")):
        click(shown, facts["places"]["clock"], button)
        assert shown.until(lambda facts, value=value: facts["clock"] == value)["clock"] == value


def gesture_verdict(shown: Shown, facts: Facts) -> None:
    click(shown, facts["places"]["verdict"])
    assert shown.until(lambda facts: facts["toast"] == "verified")["toast"] == "verified"


def gesture_graph(shown: Shown, facts: Facts) -> None:
    left, top, width, height = facts["graph"]
    click(shown, (left + width / 4, top + height / 2))
    assert abs(shown.until(lambda facts: facts["position"] < 500)["position"] - 450) < 20


def gesture_player(shown: Shown, facts: Facts) -> None:
    for player in (1, None):
        click(shown, facts["players"][1])
        assert shown.until(lambda facts, player=player: facts["player"] == player)["player"] == player


def gesture_file(shown: Shown, facts: Facts) -> None:
    for button, file, beside in ((1, "2.replay", False), (3, "0.replay", True)):
        shown.ask("listed(0)")
        shown.x("key", "q")
        places = shown.until(lambda facts: len(facts["files_listed"]) == 3)["files_listed"]
        click(shown, places[2], button)
        facts = shown.until(lambda facts, beside=beside: (facts["pair"] is not None) == beside and facts["position"] < 600)
        assert facts["file"] == file and (facts["pair"] is not None) == beside


def gesture_picture(shown: Shown, facts: Facts) -> None:
    shown.point(200, 150, "mousedown", 1)
    shown.point(260, 190, "mouseup", 1)
    assert shown.until(lambda facts: facts["mode"] == "free")["mode"] == "free"


def opened(shown: Shown) -> Facts:
    """The inspector is open, and has been drawn."""
    shown.x("key", "F3")
    return shown.until(lambda facts: "field_value players[1].sum" in facts["fields"])


def gesture_field_value(shown: Shown, facts: Facts) -> None:
    for chosen in ("players[1].sum", None):
        click(shown, opened(shown)["fields"]["field_value players[1].sum"])
        assert shown.until(lambda facts, chosen=chosen: facts["chosen"] == chosen)["chosen"] == chosen
        shown.x("key", "F3")


def gesture_field_name(shown: Shown, facts: Facts) -> None:
    place = opened(shown)["fields"]["field_name tick"]
    click(shown, place)
    assert shown.until(lambda facts: facts["pins"] == ["tick"])["pins"] == ["tick"]
    click(
        shown, shown.until(lambda facts: facts["fields"].get("field_name tick") not in (None, place))["fields"]["field_name tick"]
    )
    assert shown.until(lambda facts: facts["pins"] == [])["pins"] == []


def gesture_field_changed(shown: Shown, facts: Facts) -> None:
    opened(shown)
    shown.ask("watch.desk.inspector.update(600, 10.0)")
    when = shown.ask("watch.desk.say(str(watch.desk.inspector.changes.of('players[1].last')))")["toast"]
    shown.ask("watch.desk.inspector.search('players[1].last')")
    places = shown.until(lambda facts: "field_changed last" in facts["fields"] and "field_name sum" not in facts["fields"])
    latest = shown.ask("watch.desk.say(str(max(watch.desk.inspector.changes.of(f'players[{n}].last') for n in range(3))))")["toast"]
    assert int(when) <= int(latest) < 600
    click(shown, places["fields"]["field_changed last"])
    assert shown.until(at(int(latest)))["position"] == int(latest)


def gesture_field_chart(shown: Shown, facts: Facts) -> None:
    click(shown, opened(shown)["fields"]["field_value tick"])
    left, top, width, height = shown.until(lambda facts: "chart" in facts["fields"])["fields"]["chart"]
    click(shown, (left + width * 0.75, top + height / 2))
    assert abs(shown.until(lambda facts: facts["position"] > 1200)["position"] - 1350) < 20


def high_lines(shown: Shown, pixels: int) -> None:
    """So that the few fields of the toy do not all fit."""
    shown.ask(f"import replay.watch.view.pairtable as view; view.LINE = {pixels}; window.redraw()")


def gesture_fields(shown: Shown, facts: Facts) -> None:
    opened(shown)
    shown.ask("watch.desk.inspector.show('before'); watch.desk.inspector.show_only(False)")
    high_lines(shown, 90)
    place = shown.until(lambda facts: "field_value random" not in facts["fields"])["fields"]["field_value players[0].sum"]
    shown.point(*place, "click", 5)
    assert shown.until(lambda facts: facts["scroll"] > 0)["scroll"] > 0
    shown.x("click", 4)
    assert shown.until(lambda facts: facts["scroll"] == 0)["scroll"] == 0
    high_lines(shown, 20)


def gesture_sort_fields(shown: Shown, facts: Facts) -> None:
    click(shown, opened(shown)["fields"]["sort_fields"])
    assert shown.until(lambda facts: facts["sort"] == "by name")["sort"] == "by name"


def gesture_only_differences(shown: Shown, facts: Facts) -> None:
    opened(shown)
    click(shown, shown.ask()["fields"]["compare"])
    place = shown.until(lambda facts: "only_differences" in facts["fields"])["fields"]["only_differences"]
    click(shown, place)
    facts = shown.until(lambda facts: not facts["only"])
    assert not facts["only"] and facts["shows"] == "before"


GESTURES: dict[str, Callable[[Shown, Facts], None]] = {
    "bar": gesture_on_bar,
    "bar_wheel": gesture_wheel,
    "bar_pan": gesture_pan,
    "overview": gesture_overview,
    "lane": gesture_lane,
    "highlight": gesture_highlight,
    "option": gesture_option,
    "bar_range": gesture_range,
    "speed": gesture_speed,
    "clock": gesture_clock,
    "verdict": gesture_verdict,
    "graph": gesture_graph,
    "player": gesture_player,
    "file": gesture_file,
    "picture": gesture_picture,
    "field_value": gesture_field_value,
    "field_name": gesture_field_name,
    "field_changed": gesture_field_changed,
    "field_chart": gesture_field_chart,
    "fields": gesture_fields,
    "sort_fields": gesture_sort_fields,
    "only_differences": gesture_only_differences,
}


@pytest.mark.parametrize("name", GESTURES)
def test_a_real_mouse_does_what_the_table_says(shown, name):
    shown.ask("fresh()")
    facts = shown.until(lambda facts: bool(facts["places"]) and facts["graph"] is not None)
    GESTURES[name](shown, facts)


def test_a_list_is_gone_through_and_left_by_keys(shown):
    shown.ask("fresh()")
    for key, is_so in (
        ("e", lambda facts: facts["card"] == "Filters"),
        ("Down", None),
        ("Return", lambda facts: facts["choice"] == [["luck"], []]),
        ("shift+e", lambda facts: facts["choice"] == [[], []]),
        ("shift+h", lambda facts: facts["card"] == "Highlights"),
        ("Home", None),
        ("Return", lambda facts: facts["position"] < 600),
        ("Escape", lambda facts: facts["card"] is None and facts["mode"] == "all"),
    ):
        shown.x("key", key)
        assert is_so is None or is_so(shown.until(is_so)), key
