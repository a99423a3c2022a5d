"""Highlights: which moments, how long, in what order, and what stands under them."""

from __future__ import annotations

from itertools import pairwise

import pytest
from toys import COUNTER

from replay.core.errors import ReplayError
from replay.read.projection import Fold
from replay.read.readmodel import Table
from replay.watch.export import Artist, export
from replay.watch.model.session import Session
from replay.watch.reel import Moment, Shot, best_moments, reel_shots
from replay.watch.window import open_nowhere

RATE = 60


def test_each_moment_is_shown_four_seconds_before_and_after():
    shots = reel_shots([Moment(600, "one", 1), Moment(1500, "two", 1)], 0, 1600, 1.0, RATE)
    assert [shot.time for shot in shots] == [*range(360, 841), *range(1260, 1601)]
    assert [shot.time for shot in shots if shot.is_cut] == [360, 1260]
    assert {shot.caption for shot in shots if shot.time < 1000} == {"one"} and shots[-1].caption == "two"


@pytest.mark.parametrize("step", [1.0, 2.4, 7.0])
def test_moments_near_one_another_are_one_stretch_that_shows_nothing_twice(step):
    shots = reel_shots([Moment(600, "one", 1), Moment(700, "two", 1), Moment(1100, "three", 1)], 0, 3600, step, RATE)
    times = [shot.time for shot in shots]
    assert times == sorted(set(times)) and [shot.time for shot in shots if shot.is_cut] == [360]
    assert max(later - earlier for earlier, later in pairwise(times)) <= 2 * step
    titles = {shot.time: shot.caption for shot in shots}
    assert {titles[time] for time in times if time < 650} == {"one"}
    assert {titles[time] for time in times if 650 + step < time < 900} == {"two"}


class Told(Fold):
    name, version = "told", 1
    rows = ((100, "low", 1), (400, "high", 9), (700, "middle", 5), (1790, "late", 9))

    def __init__(self, match, names):
        pass

    def observe(self, events, match):
        pass

    def result(self):
        rows = [dict(zip(("at", "what", "points"), row, strict=True)) for row in self.rows]
        return Table(rows, tick="at", title="what", worth="points")


@pytest.fixture
def telling(monkeypatch):
    monkeypatch.setattr(type(COUNTER), "projections", {"told": Told}, raising=False)


def moments(recording, *arguments):
    with Session(recording, COUNTER, check=False) as session:
        return [moment.title for moment in best_moments(session, *arguments)]


def test_the_best_come_in_the_order_of_the_match(recording, telling):
    assert moments(recording, 0, 1800, 2) == ["high", "late"]
    assert moments(recording, 0, 1800, 9) == ["low", "high", "middle", "late"]
    assert moments(recording, 0, 1000, 2) == ["high", "middle"]
    with pytest.raises(ReplayError, match="nothing happened"):
        moments(recording, 1000, 1500, 5)


def test_a_reel_is_as_long_as_its_moments(recording, telling, tmp_path):
    pytest.importorskip("PIL")
    written = export(recording, tmp_path / "x.gif", COUNTER, highlights=2, fps=5, size=(64, 64))
    assert written.frames == 41 + 21  # the match ends ten ticks after the last one


def test_the_caption_is_drawn_over_the_picture_whatever_its_length(recording):
    import pygame

    open_nowhere()
    with Session(recording, COUNTER, check=False) as session:
        artist = Artist(session, (320, 180), "all", False, False, 1.0)

        def drawn(caption):
            artist.draw(Shot(100.0, True, caption))
            return pygame.surfarray.array3d(artist.surface)

        changed = (drawn("") != drawn("Ann: triple kill " * 20)).any(2)
    columns, rows = changed.any(1).nonzero()[0], changed.any(0).nonzero()[0]
    assert rows.min() > 100 and 0 < columns.min() < 40 and 280 < columns.max() < 319
