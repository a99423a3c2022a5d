"""The lanes of the bar, the clusters in them, and that one answer serves picture, words and click, at any zoom."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pygame
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replay.read.story import Story
from replay.watch.model.lanes import NEAR, WIDE, Lane, clusters, lanes_by_kind, lanes_by_player, lanes_together, spots
from replay.watch.model.marks import EVERYTHING, Choice, MarkAt, index_of
from replay.watch.model.places import LaneRow, Places, Strip

WEIGHTS = {"end": 3, "death": 2, "streak": 2, "purchase": 1, "shot": 1, "hit": 1, "": 3}


def mark(tick, kind="death", players=(0,)):
    return MarkAt(tick, kind or f"marker {tick}", WEIGHTS[kind], kind, players)


def marks_of(*counts):
    """As many marks of each kind as is said."""
    return [mark(10 * index, kind) for kind, count in counts for index in range(count)]


MARKS = st.lists(st.builds(mark, st.integers(0, 5000), st.sampled_from(sorted(WEIGHTS))), max_size=120).map(
    lambda marks: sorted(marks, key=lambda each: each.tick)
)
PARTS = st.tuples(st.integers(0, 4900), st.integers(60, 5000)).map(lambda part: (part[0], min(part[0] + part[1], 5000)))
UNITS = st.sampled_from([0.4, 0.72, 1.0, 2.0])


def test_weighty_kinds_are_above_rare_ones_together_on_top_and_the_last_lane_is_of_what_one_looks_for():
    marks = marks_of(("end", 1), ("death", 5), ("streak", 4), ("purchase", 9), ("shot", 50), ("hit", 40), ("", 2))
    assert [lane.kinds for lane in lanes_by_kind(marks, 9, EVERYTHING)] == [
        ("", "end"),
        ("death",),
        ("streak",),
        ("purchase",),
        ("shot",),
        ("hit",),
    ]
    assert [lane.kinds for lane in lanes_by_kind(marks, 2, EVERYTHING)] == [("", "end"), ("death", "streak")]
    assert [lane.kinds for lane in lanes_by_kind(marks, 4, EVERYTHING)][-1] == ("purchase", "shot", "hit")


def test_a_lane_whose_kind_is_left_out_stays_and_is_empty():
    marks = marks_of(("death", 5), ("purchase", 9))
    lanes = lanes_by_kind(marks, 5, Choice(frozenset(["death"])))
    assert [(lane.name, len(lane.marks)) for lane in lanes] == [("death", 5), ("purchase", 0)]


def test_a_mark_is_in_the_lane_of_each_of_its_players_and_in_the_uppermost_if_it_is_about_nobody():
    marks = [mark(1, "death", (0, 1)), mark(2, "end", ()), mark(3, "purchase", (2,))]
    names = ["Ann", "Ben", "Cleo", "Dan"]
    lanes = lanes_by_player(marks, names, 5, EVERYTHING)
    assert [(lane.name, lane.ticks.tolist()) for lane in lanes] == [
        ("match", [2]),
        ("Ann", [1]),
        ("Ben", [1]),
        ("Cleo", [3]),
        ("Dan", []),
    ]
    few = lanes_by_player(marks, names, 3, EVERYTHING)
    assert [(lane.name, lane.ticks.tolist()) for lane in few] == [("match", [2]), ("Ann", [1]), ("3 others", [1, 3])]


def test_without_lanes_what_one_looks_for_is_above():
    marks = marks_of(("death", 2), ("shot", 3), ("", 1))
    assert [{each.kind for each in lane.marks} for lane in lanes_together(marks, EVERYTHING)] == [{"death", ""}, {"shot"}]


@settings(max_examples=150, deadline=None)
@given(MARKS, st.floats(0.01, 3), UNITS)
def test_every_mark_is_in_one_cluster_and_clusters_are_as_wide_and_as_far_apart_as_they_say(marks, scale, unit):
    lane = Lane("", marks)
    found = clusters(lane, 0, 5000, scale, unit)
    assert [each for cluster in found for each in cluster.marks] == marks
    for cluster in found:
        ticks = [each.tick for each in cluster.marks]
        assert all(b - a < NEAR * unit / scale + 1e-6 for a, b in pairwise(ticks))
        assert ticks[-1] - ticks[0] < WIDE * unit / scale + 1e-6
        assert cluster.mark.weight == max(each.weight for each in cluster.marks) and cluster.mark in cluster.marks
    for one, other in pairwise(found):
        gap, width = other.marks[0].tick - one.marks[-1].tick, other.marks[0].tick - one.marks[0].tick
        assert gap >= NEAR * unit / scale - 1e-6 or width >= WIDE * unit / scale - 1e-6


@settings(max_examples=150, deadline=None)
@given(MARKS, PARTS, UNITS)
def test_a_part_shows_the_clusters_of_the_whole(marks, part, unit):
    """Otherwise they would dance while one moves along."""
    lane, scale = Lane("", marks), 1000 / (part[1] - part[0])
    whole = [each.marks for each in clusters(lane, 0, 5000, scale, unit)]
    seen = [each.marks for each in clusters(lane, *part, scale, unit)]
    assert seen == [each for each in whole if each[-1].tick >= part[0] and each[0].tick <= part[1]]


def bar_of(marks, part, unit, mode):
    """A bar of a window, as the screen lays it out."""
    rect = pygame.Rect(100, 600, 1000, 76)
    strip = Strip(rect, part[1], part[0])
    if mode == "kinds":
        lanes = lanes_by_kind(marks, 5, EVERYTHING) or [Lane("", [])]
    else:
        lanes = lanes_together(marks, EVERYTHING) if mode == "together" else lanes_by_player(marks, ["Ann", "Ben"], 5, EVERYTHING)
    edges = [600 + 70 * index // len(lanes) for index in range(len(lanes) + 1)]
    rows = []
    for lane, top, bottom in zip(lanes, edges[:-1], edges[1:], strict=True):
        found = clusters(lane, *part, strip.pixels_per_tick, unit)
        placed = spots(found, rect.left, rect.width, part[0], strip.pixels_per_tick, unit)
        rows.append(LaneRow(lane, top, bottom, placed))
    overview = Strip(pygame.Rect(100, 593, 1000, 5), 5000)
    return Places(bar=strip, overview=overview, lanes=rows, names_left=10, scale=unit)


def agrees(places, drawn, at):
    """Whether what a click is about is what these rows show at a pixel."""
    thing, (x, y) = places.moment_at(at), at
    row = next((row for row in drawn if row.top <= y < row.bottom), None)
    here = [spot.cluster for spot in row.spots if spot.left <= x < spot.right] if row is not None else []
    if not here:
        return thing.mark is None and thing.cluster is None and thing.tick == places.bar.x_to_tick(x)
    return len(here) == 1 and thing.cluster is here[0] and thing.mark in here[0].marks and thing.tick == thing.mark.tick


@settings(max_examples=150, deadline=None)
@given(MARKS, PARTS, UNITS, st.sampled_from(["kinds", "players", "together"]), st.integers(0, 10**9))
def test_what_is_drawn_at_a_pixel_is_what_a_click_there_is_about(marks, part, unit, mode, seed):
    places = bar_of(marks, part, unit, mode)
    for x, y in np.random.default_rng(seed).integers((100, 600), (1100, 676), (60, 2)).tolist():
        assert places.thing_at((x, y), Story) == places.moment_at((x, y))
        assert agrees(places, places.lanes, (x, y))


def test_a_click_that_is_about_something_else_would_be_seen():
    places = bar_of([mark(tick) for tick in range(0, 5000, 200)], (0, 5000), 1.0, "kinds")
    row = places.lanes[0]
    shifted = [row._replace(spots=[spot._replace(left=spot.left + 3, right=spot.right + 3) for spot in row.spots])]
    assert all(agrees(places, places.lanes, (x, 610)) for x in range(100, 1100))
    assert not all(agrees(places, shifted, (x, 610)) for x in range(100, 1100))


@settings(max_examples=100, deadline=None)
@given(MARKS, PARTS, UNITS)
def test_spots_lie_inside_the_bar_in_order_and_each_mark_that_is_seen_is_under_one(marks, part, unit):
    places = bar_of(marks, part, unit, "together")
    for row in places.lanes:
        edges = [edge for spot in row.spots for edge in (spot.left, spot.right)]
        assert edges == sorted(edges) and all(100 <= edge <= 1100 for edge in edges)
        for each in row.lane.marks:
            if part[0] <= each.tick <= part[1]:
                x = places.bar.tick_to_x(each.tick)
                # Where clusters crowd, the next one covers the last pixels of the one before.
                assert any(
                    spot.left - 12 * unit <= x <= spot.right + 12 * unit and each in spot.cluster.marks for spot in row.spots
                )


def test_below_the_lanes_it_is_always_the_tick():
    places = bar_of([mark(tick) for tick in range(0, 5000, 7)], (0, 5000), 1.0, "kinds")
    assert places.moment_at((555, 610)).mark is not None
    below = places.moment_at((555, 674))
    assert below.mark is None and below.tick == places.bar.x_to_tick(555)


def test_where_marks_of_a_cluster_crowd_the_weightier_one_is_meant():
    places = bar_of([mark(2500, "death"), mark(2505, "end"), mark(2507, "death")], (0, 5000), 1.0, "together")
    assert places.moment_at((round(places.bar.tick_to_x(2500)), 605)).mark.kind == "end"


@pytest.mark.parametrize("marker", [True, False])
def test_a_mark_is_found_again_among_others_of_its_tick(marker):
    marks = [mark(5), mark(5), mark(5, "") if marker else mark(5), mark(9)]
    sought = MarkAt(*marks[2]) if marker else marks[2]  # markers are read again
    assert index_of(sought, marks) == 2
    assert index_of(mark(5), marks) is None and index_of(mark(7), marks) is None
