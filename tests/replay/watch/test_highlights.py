"""The list of highlights, and what the bar shows while the survey is on its way."""

from __future__ import annotations

import time
from typing import ClassVar

import pytest
from toys import Counter

from replay.read.projection import Fold
from replay.read.readmodel import Table
from replay.watch.model.highlights import Highlights
from replay.watch.view.paint import Paint


class Sixth(Fold):
    """A moment every sixth second."""

    name, version = "sixth", 1

    def __init__(self, match, players):
        self.ticks = []

    def observe(self, events, match):
        tick = int(match.state["tick"][0])
        if tick % 360 == 0:
            self.ticks.append(tick)

    def result(self):
        rows = [{"tick": tick, "title": f"moment {tick}", "worth": 1} for tick in self.ticks]
        return Table(rows, tick="tick", title="title", worth="worth")


class Moving(Counter):
    projections: ClassVar = {"sixth": Sixth}


moving = pytest.mark.parametrize("look", [Moving()], indirect=True, ids=["moving"])


@moving
def test_the_moments_that_the_game_names_are_listed_and_gone_to(look, monkeypatch):
    look.transport.position = 800
    look.frame()
    look.press("Shift+H")
    card = look.desk.timeline.card
    assert [moment.tick for moment in card.menu.items] == [360, 720, 1080, 1440, 1800]
    assert (card.current, card.menu.chosen) == (1, 1)
    written = look.texts(monkeypatch)
    assert "Highlights 5" in written and "moment 1080" in written and "00:18" in written
    look.press("Down")
    look.press("Enter")
    assert look.transport.position == 1080 - 90 and look.desk.toast == "moment 1080"
    place, line = look.places.card_lines[3]
    look.click(place.center)
    assert look.transport.position == 1440 - 90 and line == 3
    look.press("Shift+H")
    assert look.desk.timeline.card is None


@moving
def test_the_one_that_is_on_is_lit_while_the_match_goes_on(look):
    look.press("Shift+H")
    card = look.desk.timeline.card
    seen = []
    for tick in (0, 359, 360, 719, 720, 1799, 1800, 400):
        look.transport.position = float(tick)
        look.frame()
        seen.append(card.current)
    assert seen == [None, None, 0, 0, 1, 3, 4, 0]


@moving
def test_a_held_key_goes_on_through_the_list(look, monkeypatch):
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    look.press("Shift+H")
    look.press("Home")
    look.press("Down", up=False)
    for _ in range(2):
        now[0] += 1
        look.frame()
    assert look.desk.timeline.card.menu.chosen == 3 and look.transport.speed == 1


def test_a_game_that_names_none_has_its_weightiest_marks(look):
    look.watch.session.story.marks = {"press": 1, "luck": 2}
    look.desk.marks._events.clear()
    look.desk.marks._counts = (-1, -1)
    look.press("Shift+H")
    moments = look.desk.timeline.card.menu.items
    assert len(moments) == 40 and [moment.tick for moment in moments] == sorted(moment.tick for moment in moments)
    assert {moment.worth for moment in moments} == {2}


def test_a_long_list_is_scrolled_and_comes_along_unless_it_was_moved_away(look, monkeypatch):
    look.press("Shift+H")
    card = look.desk.timeline.card
    assert isinstance(card, Highlights) and len(card.seen) < len(card.menu.items) == 40
    look.press("End")
    assert card.seen.stop == 40 and card.menu.chosen == 39
    look.mouse("MOUSEMOTION", look.places.card.center)
    look.mouse("MOUSEWHEEL", None, y=100)
    assert card.seen.start == 0 and look.desk.director.zoom == 1
    look.press("Home")
    last = card.menu.items[-1].tick
    for tick in range(0, last, 50):
        look.transport.position = float(tick)
        look.frame()
        assert card.current is None or card.current in card.seen
    look.mouse("MOUSEWHEEL", None, y=100)
    look.transport.position = float(last + 1)
    look.frame()
    assert card.seen.start == 0


# --- on the way ---


def half_way(look, share=0.5):
    """As if the survey had come to a share of the match."""
    survey = look.watch.survey
    tick = round(1800 * share)
    survey._joined = survey.events[survey.events["tick"] <= tick]
    survey.busy, survey.ticks = survey.busy[: tick // 60], tick
    look.desk.marks._events.clear()
    look.desk.marks._counts = (-1, -1)


def test_what_was_not_looked_at_yet_is_plain_and_the_bar_says_how_far_it_is(look, monkeypatch):
    labels, make = [], Paint.label
    monkeypatch.setattr(Paint, "label", lambda paint, text, *a, **b: (labels.append(text), make(paint, text, *a, **b))[1])
    half_way(look)
    look.frame()
    assert "finding events: 50 %" in labels
    bar = look.watch.bar
    x = round(look.places.bar.tick_to_x(1500))
    assert len({tuple(look.window.surface.get_at((x, y))) for y in range(bar.top, bar.bottom - 6)}) == 1
    assert all(mark.tick <= 900 for row in look.places.lanes for mark in row.lane.marks)
    look.transport.position = 1200
    look.press("N")
    assert look.desk.toast == "no marker further on yet"
    look.press("P")
    assert " so far   " in look.desk.toast
    look.press("Shift+H")
    assert "Highlights 40 so far (50 %)" in look.texts(monkeypatch)


def test_the_bar_is_made_in_few_stages_and_a_paused_picture_drawn_percent_by_percent(look, monkeypatch):
    half_way(look)
    look.frame(3)
    made, make = [], look.watch._seek_bar._make_band
    monkeypatch.setattr(look.watch._seek_bar, "_make_band", lambda *args: (made.append(1), make(*args))[1])
    pictures, draw = [], look.watch.draw
    monkeypatch.setattr(look.watch, "draw", lambda surface: (pictures.append(1), draw(surface)))
    for tick in range(900, 1801):  # second by second, in truth
        look.watch.survey.ticks = tick
        look.frame()
    assert 12 <= len(made) <= 13 and 50 <= len(pictures) <= 104  # a picture for each percent, once more where it comes to rest
    look.frame()
    before = len(pictures)
    look.frame(10)
    assert len(pictures) == before


def test_nothing_of_the_bar_is_made_again_while_the_match_plays(look, monkeypatch):
    look.press("Space")
    timeline = look.desk.timeline
    before = timeline.version
    look.frame(60)
    assert timeline.version == before
    for _ in range(200):  # and of what was made little is kept
        timeline.span.zoom(1.1, 900)
        look.frame()
        if timeline.span.range[1] - timeline.span.range[0] < 200:
            timeline.span.reset()
    assert len(timeline._lanes) == len(timeline._rows) == len(look.watch._seek_bar._bands) == 1


def test_the_words_at_the_mouse_say_of_how_many_it_is_one(look, monkeypatch):
    for mode, tail in (("kinds", ""), ("together", ": ")):
        look.desk.timeline.mode = mode
        look.frame()
        row = look.places.lanes[0]
        spot = max(row.spots, key=lambda spot: len({mark.kind for mark in spot.cluster.marks}))
        kinds = {mark.kind for mark in spot.cluster.marks}
        look.mouse("MOUSEMOTION", ((spot.left + spot.right) // 2, (row.top + row.bottom) // 2))
        said = [text for text in look.texts(monkeypatch) if text.startswith(f"one of {len(spot.cluster.marks)} here{tail}")]
        assert len(said) == 1 and (said[0].endswith("here") if len(kinds) == 1 else all(kind in said[0] for kind in kinds))
