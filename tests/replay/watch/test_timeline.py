"""The seek bar on the screen: zoom, lanes, filters, highlights, and what it shows while the survey is on its way."""

from __future__ import annotations

import time
from typing import ClassVar

import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from toys import COUNTER, Counter, random_inputs

from replay import Recorder
from replay.read.story import Story
from replay.watch.app import App
from replay.watch.control.keys import post_key
from replay.watch.model.filters import Filters, told
from replay.watch.model.marks import Choice
from replay.watch.model.span import LEAST_SECONDS, Span
from replay.watch.model.timeline import MODES
from replay.watch.model.transport import Transport
from replay.watch.viewer import Viewer
from replay.watch.window import Window

HOSTILE = ("a" * 200, "漢字かな" * 40, "\u202eשלום עולם" * 15, "new line\u200b", " ", "🎉" * 50, "<b>&amp;")


def over_bar(look, share, y=None):
    """The mouse over a place of the bar."""
    bar = look.watch.bar
    at = (round(bar.left + bar.width * share), bar.centery if y is None else y)
    look.mouse("MOUSEMOTION", at)
    return at


def turn(look, notches):
    look.mouse("MOUSEWHEEL", None, y=notches)


def span(look):
    return look.desk.timeline.span.range


# --- the part that is seen ---


@settings(max_examples=200, deadline=None)
@given(
    st.integers(0, 5000),
    st.integers(0, 300_000),
    st.lists(st.tuples(st.sampled_from(["zoom", "pan", "centre"]), st.floats(-3, 3), st.floats(0, 1)), max_size=30),
)
def test_a_part_is_inside_the_match_and_never_too_short(start, length, asked):
    transport = Transport(start + length, 60, float(start), start=start)
    part = Span(transport)
    for what, by, share in asked:
        first, last = part.range
        tick = first + share * (last - first)
        if what == "zoom":
            part.zoom(2**by, tick)
            now = part.range
            if not part.is_whole and now[0] > start and now[1] < start + length:  # what is under the mouse stays there
                assert abs((tick - now[0]) / (now[1] - now[0]) - share) < 3 / (now[1] - now[0])
        elif what == "pan":
            part.pan(by * length)
        else:
            part.centre(start + share * length)
        first, last = part.range
        assert start <= first <= last <= start + length
        assert part.is_whole or last - first >= LEAST_SECONDS * 60 - 1
    part.reset()
    assert part.range == (start, start + length)


def test_the_wheel_zooms_the_bar_around_the_mouse_and_goes_along_with_shift(look):
    at = over_bar(look, 0.25)
    tick = look.places.bar.x_to_tick(at[0])
    turn(look, 3)
    first, last = span(look)
    assert last - first < 1100 and abs(look.places.bar.x_to_tick(at[0]) - tick) <= 2
    assert look.desk.director.zoom == 1 and look.transport.position == 1
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_LSHIFT, mod=0, unicode=""))
    turn(look, -1)
    assert span(look)[0] - first == pytest.approx((last - first) / 10, abs=2)
    pygame.event.post(pygame.event.Event(pygame.KEYUP, key=pygame.K_LSHIFT, mod=0, unicode=""))
    turn(look, -9)
    assert span(look) == (0, 1800) and look.places.overview is None


def test_keys_zoom_the_bar_around_where_one_is(look):
    look.transport.position = 450
    for _ in range(4):
        look.press("Z")
    first, last = span(look)
    assert (450 - first) / (last - first) == pytest.approx(0.25, abs=0.01)
    look.press("Shift+Z")
    assert span(look)[0] < first
    look.press("A")
    assert span(look) == (0, 1800)


def test_the_middle_button_drags_the_bar_along(look):
    over_bar(look, 0.5)
    turn(look, 5)
    first, _ = span(look)
    x, y = over_bar(look, 0.5)
    each = look.places.bar.pixels_per_tick
    look.mouse("MOUSEBUTTONDOWN", (x, y), button=2)
    look.mouse("MOUSEMOTION", (x - 200, y))
    look.mouse("MOUSEBUTTONUP", (x - 200, y), button=2)
    assert span(look)[0] == pytest.approx(first + 200 / each, abs=2) and look.transport.position == 1


def test_the_overview_is_dragged_and_clicked_twice_for_all_of_it(look, monkeypatch):
    over_bar(look, 0.5)
    turn(look, 5)
    overview = look.places.overview
    y = overview.rect.centery
    look.mouse("MOUSEBUTTONDOWN", (overview.rect.left + 100, y))
    for tick in (300, 1200):
        look.mouse("MOUSEMOTION", (round(overview.tick_to_x(tick)), y))
        assert sum(span(look)) / 2 == pytest.approx(max(tick, (span(look)[1] - span(look)[0]) / 2), abs=3)
    look.mouse("MOUSEBUTTONUP", (round(overview.tick_to_x(1200)), y))
    look.click((round(overview.tick_to_x(1200)), y))
    look.click((round(overview.tick_to_x(1200)), y))
    assert span(look) == (0, 1800)


def test_two_clicks_at_two_places_are_not_a_double_click(look):
    over_bar(look, 0.5)
    turn(look, 5)
    before = span(look)
    for x in (500, 700):
        look.click((x, look.watch.bar.bottom - 2))
    assert span(look) == before
    for _ in range(2):
        look.click((700, look.watch.bar.bottom - 2))
    assert span(look) == (0, 1800)


def test_playing_past_the_edge_takes_the_bar_along_both_ways(look):
    look.transport.position = 900
    look.frame()
    look.desk.timeline.span.zoom(10, 900)
    length = span(look)[1] - span(look)[0]
    look.press("Space")
    look.transport.speed_index += 3
    look.frame(20)
    first, last = span(look)
    assert first <= look.transport.position <= last and last - first == pytest.approx(length, abs=1)
    assert look.transport.position - first < 0.5 * length  # most of it lies ahead
    look.press("Shift+Space")
    look.frame(40)
    first, last = span(look)
    assert first <= look.transport.position <= last and last - look.transport.position < 0.6 * length


def test_who_has_moved_the_bar_away_is_left_alone_until_a_jump(look):
    look.transport.position = 900
    look.frame()
    look.desk.timeline.span.zoom(10, 900)
    look.desk.timeline.span.pan(500)
    away = span(look)
    look.press("Space")
    look.frame(30)
    assert span(look) == away
    look.transport.jump(300)
    look.frame(2)
    assert span(look)[0] <= 300 <= span(look)[1]


def test_a_fine_drag_is_fine_for_the_part_that_is_seen(look):
    over_bar(look, 0.5)
    turn(look, 8)
    y = look.watch.bar.bottom - 2
    look.mouse("MOUSEBUTTONDOWN", (600, y))
    start = look.transport.position
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_LSHIFT, mod=0, unicode=""))
    look.mouse("MOUSEMOTION", (700, y))
    assert look.transport.position - start == pytest.approx(10 / look.places.bar.pixels_per_tick, abs=1)


def test_a_hand_that_trembles_still_goes_to_the_mark(look):
    row = look.places.lanes[1]
    spot = next(spot for spot in row.spots if len(spot.cluster.marks) == 1 and spot.cluster.mark.tick > 200)
    at = ((spot.left + spot.right) // 2, (row.top + row.bottom) // 2)
    look.mouse("MOUSEBUTTONDOWN", at)
    look.mouse("MOUSEMOTION", (at[0] + 2, at[1] + 1))
    look.mouse("MOUSEBUTTONUP", (at[0] + 2, at[1] + 1))
    assert look.transport.position == spot.cluster.mark.tick - 90


# --- what one goes through ---


def test_the_next_of_the_chosen_ones_is_visited_one_by_one_and_counted(look):
    """Every luck of Ann, in order, also those that share a tick; the window says which of them it is."""
    expected = [mark.tick for mark in look.desk.marks.all() if mark.kind == "luck" and 0 in mark.players]
    assert len(expected) > 10
    look.desk.timeline.choice = Choice(frozenset(["luck"]), frozenset([0]))
    look.transport.position = 0
    for number, tick in enumerate(expected, 1):
        look.press("N")
        assert look.desk.last_mark.tick == tick
        assert look.desk.toast.startswith(f"luck with Ann: {number} of {len(expected)}   luck")
    look.press("N")
    assert look.desk.toast == "no luck with Ann further on"
    for tick in reversed(expected[:-1]):
        look.press("P")
        assert look.desk.last_mark.tick == tick
    look.press("P")
    assert look.desk.toast == "no luck with Ann before"


def test_following_somebody_goes_through_what_is_about_them(look):
    look.press("PageDown")
    look.press("PageDown")
    look.transport.position = 600
    look.press("N")
    assert look.desk.last_mark.players == (1,) and look.desk.toast.startswith("marker with Ben: ")
    look.desk.timeline.choice = Choice(players=frozenset([0]))
    look.press("N")
    assert look.desk.last_mark.players == (0,)


def test_kinds_that_do_not_matter_by_themselves_are_gone_through_if_chosen(look):
    look.watch.session.story.marks = {"press": 2, "luck": 1}
    look.desk.marks._events.clear()
    look.desk.marks._counts = (-1, -1)
    look.transport.position = 600
    look.press("N")
    assert look.desk.last_mark.kind == "press"
    look.desk.timeline.choice = Choice(frozenset(["luck"]))
    look.press("N")
    assert look.desk.last_mark.kind == "luck"


def test_the_card_chooses_by_keys_and_leaves_the_other_keys_alone(look, monkeypatch):
    look.press("E")
    card = look.desk.timeline.card
    assert isinstance(card, Filters) and [option.kind for option in card.menu.items][:3] == ["press", "luck", ""]
    for word in ("Down", "Enter", "End", "Up", "Enter"):
        look.press(word)
    assert look.desk.timeline.choice == Choice(frozenset(["luck"]), frozenset([1])) and look.transport.speed == 1
    assert "Only luck with Ben" in look.texts(monkeypatch)
    look.press("Space")
    assert look.transport.playing and look.desk.timeline.card is card
    look.press("Enter")
    assert look.desk.timeline.choice == Choice(frozenset(["luck"]))
    look.press("Escape")
    assert look.desk.timeline.card is None and look.desk.director.mode == "all"
    look.press("Shift+E")
    assert not look.desk.timeline.choice and look.desk.toast == "all events"


def test_the_card_counts_what_each_choice_would_give(look):
    look.press("E")
    marks, card = look.desk.marks.all(), look.desk.timeline.card
    luck = frozenset(["luck"])
    for choice in (Choice(), Choice(luck), Choice(players=frozenset([0, 2])), Choice(luck, frozenset([1]))):
        counts = card.counts(choice)
        for option in card.menu.items:
            alone = (
                Choice(frozenset([option.kind]), choice.players)
                if option.player is None
                else Choice(choice.kinds, frozenset([option.player]))
            )
            assert counts[option] == sum(map(alone.admits, marks)), (choice, option)


def test_a_click_on_the_name_of_a_lane_leaves_the_others_out_and_the_note_brings_them_back(look, monkeypatch):
    row = look.places.lanes[1]
    look.click((look.watch.bar.left - 20, (row.top + row.bottom) // 2))
    assert look.desk.timeline.choice == Choice(frozenset(["luck"]))
    assert [(row.lane.name, bool(row.spots)) for row in look.places.lanes] == [("press", False), ("luck", True)]
    count = len(look.places.lanes[1].lane.marks)
    assert look.desk.toast == "only luck" and f"only luck: {count}" not in look.texts(monkeypatch)  # it is a label
    look.click(look.places.buttons["clear_filter"].center)
    assert not look.desk.timeline.choice and "clear_filter" not in look.places.buttons
    look.frame()
    assert all(row.spots for row in look.places.lanes)


def test_choices_are_told_in_few_words():
    names = ["Ann", "Ben", "a" * 50]
    assert told(Choice(), names) == "marker"
    assert told(Choice(frozenset(["match_end", "death"])), names) == "death or match end"
    assert told(Choice(frozenset("abc"), frozenset([0, 2])), names) == f"3 kinds with Ann or {'a' * 19}…"
    assert told(Choice(frozenset([""]), frozenset([0, 1, 2])), names) == "markers with 3 players"


# --- lanes ---


def test_lanes_are_switched_and_remembered(look, recording):
    for names in (["match", "Ann", "Ben", "Cléo 漢字"], ["", ""], ["press", "luck"], ["match", "Ann", "Ben", "Cléo 漢字"]):
        look.press("V")
        assert [row.lane.name for row in look.places.lanes] == names
    again = Viewer(recording, COUNTER)
    assert again.desk.timeline.mode == "players"
    again.session.close()


@pytest.mark.parametrize("size", [(320, 240), (800, 600), (1280, 720), (2560, 1440)])
@pytest.mark.parametrize("mode", MODES)
def test_the_bar_leaves_the_picture_its_room_and_does_not_change_its_height_on_the_way(tmp_path, size, mode):
    path = tmp_path / "many.replay"
    with Recorder(path, COUNTER, seed=5, players=[f"player {number}" for number in range(40)], config={}) as recorder:
        for row in random_inputs(COUNTER, 300, 40):
            recorder.step(row)
    with Window("test", size) as window:
        watch = Viewer(path, COUNTER, paused=True)
        watch.desk.timeline.mode = mode
        watch.survey.start, start = (lambda: None), watch.survey.start
        window.show(watch)
        window.frame(1 / 60)
        before = watch.bar.copy()
        start()
        watch.survey.wait()
        window.frame(1 / 60)
        assert watch.bar == before
        assert watch.area.height >= size[1] * 0.5 and watch.bar.height <= max(size[1] * 0.3, 34)
        rows = watch.places.lanes
        assert rows[0].top == watch.bar.top and rows[-1].bottom < watch.bar.bottom
        assert all(row.bottom > row.top for row in rows)
        if mode == "players":
            told = {each for row in rows for each in row.lane.marks}
            assert len(told) == len(watch.desk.marks.all())
        window.show(None)


class Loud(Story):
    marks: ClassVar = {"press": 2, "luck": 1, "no such kind": 3}


class LoudCounter(Counter):
    story = Loud


@pytest.mark.parametrize("size", [(320, 240), (800, 600), (1280, 720)])
def test_whatever_names_there_are_everything_stays_in_its_place(tmp_path, size):
    path = tmp_path / "hostile.replay"
    with Recorder(path, LoudCounter(), seed=5, players=HOSTILE, config={}) as recorder:
        for row in random_inputs(COUNTER, 300, len(HOSTILE)):
            recorder.step(row)
        for text in HOSTILE[:4]:
            recorder.mark(text)
    with Window("test", size) as window:
        App(window)
        watch = Viewer(path, LoudCounter(), paused=True)
        window.show(watch)
        watch.survey.wait()
        whole = window.surface.get_rect()
        for word in (
            "V",
            "E",
            "End",
            "Enter",
            "Up",
            "Enter",
            "N",
            "V",
            "V",
            "Shift+H",
            "End",
            "Enter",
            "Escape",
            "P",
            "Shift+E",
            "N",
        ):
            post_key(word)
            window.frame(1 / 60)
            window.frame(1 / 60)
            places = watch.places
            assert places.card is None or whole.contains(places.card)
            assert all(places.card.contains(line) for line, _ in places.card_lines)
            assert all(whole.contains(place) for name, place in places.buttons.items() if name == "clear_filter"), word
        window.show(None)


def test_what_can_be_clicked_on_the_bar_says_what_it_does(look, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    row = look.places.lanes[0]
    look.mouse("MOUSEMOTION", (look.watch.bar.left - 20, (row.top + row.bottom) // 2))
    now[0] += 1
    look.frame()
    assert look.desk.tip.name == "lane"


def test_what_lies_beside_the_bar_means_nothing(look):
    story = look.watch.session.story
    row = look.places.lanes[0]
    assert look.places.thing_at((look.watch.bar.right + 5, row.top + 2), story).name == ""
    assert look.places.thing_at((2, row.top + 2), story).name == ""
