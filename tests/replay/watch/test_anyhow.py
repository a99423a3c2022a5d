"""Keys and mouse in any order, on recordings of any length: the bar and its lists stay what they are."""

from __future__ import annotations

import random

import pygame
import pytest
from toys import COUNTER, random_inputs

from replay import Recorder, Recording
from replay.find.edit import clip
from replay.watch.control.keys import post_key
from replay.watch.viewer import Viewer
from replay.watch.window import Window

KEYS = "V Z Shift+Z E Shift+H Down Enter N P A Shift+E Escape Home End I O H Space PageDown F2".split()


def post(kind, **fields):
    pygame.event.post(pygame.event.Event(kind, **fields))


def anything(rng, size):
    """A key, a click or a drag near the bar, and a turn of the wheel."""
    post_key(rng.choice(KEYS))
    x, y, button = rng.randrange(size[0]), rng.randrange(size[1] * 2 // 3, size[1]), rng.choice([1, 2, 3])
    post(pygame.MOUSEMOTION, pos=(x, y), rel=(0, 0), buttons=(0, 0, 0))
    post(pygame.MOUSEBUTTONDOWN, pos=(x, y), button=button)
    if rng.random() < 0.4:
        x += rng.randrange(-90, 90)
        post(pygame.MOUSEMOTION, pos=(x, y), rel=(0, 0), buttons=(0, 0, 0))
    post(pygame.MOUSEBUTTONUP, pos=(x, y), button=button)
    post(pygame.MOUSEWHEEL, x=rng.choice([0, 0, 1]), y=rng.choice([-1, 1, 2]))


@pytest.mark.parametrize("size", [(320, 240), (1280, 720)])
@pytest.mark.parametrize("ticks", [0, 1, 5, 700, "clip"])
def test_keys_and_mouse_in_any_order(tmp_path, ticks, size):
    path = tmp_path / "some.replay"
    with Recorder(path, COUNTER, seed=5, players=["Ann"], config={}) as recorder:
        for row in random_inputs(COUNTER, ticks if isinstance(ticks, int) else 700, 1)[: ticks if isinstance(ticks, int) else None]:
            recorder.step(row)
    if ticks == "clip":
        path = tmp_path / "clip.replay"
        with Recording(tmp_path / "some.replay") as source:
            clip(source, path, 300, 500, COUNTER)
    rng = random.Random(7)
    with Window("test", size) as window:
        watch = Viewer(path, COUNTER, paused=True)
        window.show(watch)
        watch.survey.wait()
        for _ in range(80):
            anything(rng, size)
            window.frame(1 / 60)
            transport, (first, last) = watch.transport, watch.desk.timeline.span.range
            assert transport.start <= first <= last <= transport.ticks
            assert transport.start <= transport.position <= transport.ticks
            rows = watch.places.lanes
            assert all(row.top < row.bottom <= watch.bar.bottom for row in rows)
            assert all(watch.bar.left <= spot.left < spot.right <= watch.bar.right for row in rows for spot in row.spots)
        window.show(None)
