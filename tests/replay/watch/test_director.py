import numpy as np
import pytest
from toys import COUNTER

from replay.watch.model.director import AUTO, Director
from replay.watch.model.scene import Camera, Scene
from replay.watch.model.session import Session

AREA = (0, 0, 640, 360)


@pytest.fixture
def director(recording):
    """A director of the toy match, whose `luck` events happen at places, and whose players walk to the right."""
    with Session(recording, COUNTER) as session:
        story = session.story
        story.world = (1280, 720)
        story.marks = {"luck": 2}
        story.place = lambda state, player: (200.0 + float(state), 300.0)
        story.place_of = lambda event: (800.0, 400.0)
        yield Director(story)


def scene(time, before=0.0, after=0.0):
    return Scene(Camera(AREA), before, after, time % 1, time, np.zeros(0, COUNTER.event_dtype))


def event(tick):
    made = np.zeros(1, COUNTER.event_dtype)
    made["tick"], made["kind"] = tick, 1
    return made


def test_everything_is_in_view_at_first(director):
    camera = director.camera(AREA, scene(0), 1 / 60, None, False)
    assert (camera.x, camera.y, camera.scale) == (640, 360, 0.5)
    assert camera.to_world(*camera.to_screen(123.5, 45.25)) == pytest.approx((123.5, 45.25))


def test_a_followed_player_comes_to_the_middle_without_showing_what_lies_outside(director):
    director.follow(1)
    for _ in range(300):
        camera = director.camera(AREA, scene(0.5, 400.0, 420.0), 1 / 60, None, False)
    assert camera.x == pytest.approx(610, abs=1)
    assert camera.y - AREA[3] / camera.scale / 2 >= -0.01


def test_a_jump_snaps(director):
    director.follow(1)
    camera = director.camera(AREA, scene(0.0, 400.0, 400.0), 1 / 60, None, True)
    assert camera.x == pytest.approx(600)


def test_the_automatic_camera_is_there_before_it_happens(director):
    director.auto()
    assert director.mode == AUTO
    for tick in range(600, 780):
        camera = director.camera(AREA, scene(float(tick)), 1 / 60, event(790), False)
    assert camera.to_screen(800, 400)[0] == pytest.approx(320, abs=40)
    assert camera.scale > 0.75 and camera.steady


def test_and_shows_everything_when_nothing_is_to_come(director):
    director.auto()
    for tick in range(200):
        camera = director.camera(AREA, scene(float(tick)), 1 / 60, event(9000), False)
    assert camera.scale == pytest.approx(0.5)
