"""A game that draws itself is shown by its own picture, and saves no states if it has none."""

import numpy as np
import pygame
import pytest
from toys import random_inputs

from replay import Playback, Recorder, Recording
from replay.core.errors import RulesError
from replay.watch.app import App
from replay.watch.export import export
from replay.watch.model.session import Session
from replay.watch.view.picture import open_look, small_picture
from replay.watch.view.screen import ScreenLook
from replay.watch.viewer import Viewer
from replay.watch.window import Window

WIDTH, HEIGHT, TICKS = 40, 24, 300


class Painter:
    """Every tick paints the pixel at the sum of what was pressed; the state is the picture, and it can only be proved."""

    name, rules, ticks_per_second = "painter", 1, 60
    input_dtype = np.dtype([("step", "u1")])

    def __init__(self):
        self.ticks_run = 0

    def new_match(self, seed, players, config):
        return PainterMatch(self)


class PainterMatch:
    def __init__(self, game):
        self.game, self.at, self.canvas = game, 0, np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    def advance(self, rows):
        for row in rows:
            self.at = (self.at + int(row[0]["step"])) % (WIDTH * HEIGHT)
            self.canvas.reshape(-1, 3)[self.at] += np.array([40, 90, 7], np.uint8)
            self.game.ticks_run += 1

    def proof(self):
        return self.canvas.tobytes()

    def screen(self):
        return self.canvas.copy()


@pytest.fixture
def painted(tmp_path):
    path = tmp_path / "painted.replay"
    with Recorder(path, Painter(), seed=1, players=["Ann"]) as recorder:
        for row in random_inputs(Painter, TICKS, 1):
            recorder.step(row)
    return path


def pictures_of(path):
    """The picture of every state, by the straight run."""
    with Recording(path) as recording:
        playback = Playback(Painter(), recording)
        pictures = [playback.match.screen()]
        while not playback.at_end:
            playback.step()
            pictures.append(playback.match.screen())
    return pictures


def test_the_screen_of_any_tick_in_any_order_is_that_of_the_straight_run(painted):
    truth = pictures_of(painted)
    with Session(painted, Painter(), check=False) as session:
        for tick in [*range(0, 300, 7), *range(300, 200, -1), 3, 299, 150, 149, 148]:
            scene = session.scene(tick + 0.4)
            assert np.array_equal(scene.screen, truth[tick]), tick
        assert session.story.world == (WIDTH, HEIGHT)


def test_going_back_tick_by_tick_runs_again_once_in_sixteen_ticks(painted):
    game = Painter()
    with Session(painted, game, check=False) as session:
        session.scene(300)
        before = game.ticks_run
        for tick in range(299, 139, -1):
            session.scene(tick)
        assert game.ticks_run - before <= 11 * 300  # from the start each time, as it saves nothing; not 160 times


def test_an_exported_picture_is_the_games_own_with_square_pixels(painted, tmp_path):
    truth = pictures_of(painted)[200]
    export(painted, tmp_path / "x.png", Painter(), start="200", size=(WIDTH * 8, HEIGHT * 8), overlay=False)
    picture = pygame.surfarray.array3d(pygame.image.load(tmp_path / "x.png")).swapaxes(0, 1)
    assert np.array_equal(picture[4::8, 4::8], truth) and np.array_equal(picture[0::8, 7::8], truth)


def test_zoomed_in_and_moved_only_what_is_seen_is_drawn_where_it_belongs(painted):
    with Window("test", (320, 240)) as window, Session(painted, Painter(), check=False) as session:
        look = open_look(session)
        assert type(look) is ScreenLook
        scene = session.scene(250)
        scene.camera.area, scene.camera.scale, scene.camera.x, scene.camera.y = (10, 20, 200, 100), 16.0, 11.0, 9.0
        window.surface.fill((1, 2, 3))
        look.draw(window.surface, scene)
        for x, y in ((11.5, 9.5), (8.5, 7.5), (13.5, 11.5)):
            left, top = scene.camera.to_screen(x, y)
            assert window.surface.get_at((int(left), int(top)))[:3] == tuple(scene.screen[int(y), int(x)])
        assert window.surface.get_at((5, 5))[:3] == (1, 2, 3)  # outside of the area nothing is touched


def test_the_window_shows_it_at_any_tick_and_the_thumbnail_is_the_same_moment(painted):
    truth = pictures_of(painted)[120]
    with Window("test", (960, 600)) as window:
        App(window)
        viewer = Viewer(painted, Painter())
        window.show(viewer)
        viewer.transport.playing = False
        viewer.transport.jump(120)
        window.frame(1 / 60)
        window.frame(1 / 60)
        y, x = np.argwhere(truth.any(axis=2))[-1]
        place = viewer.places.camera.to_screen(x + 0.5, y + 0.5)
        assert window.surface.get_at((int(place[0]), int(place[1])))[:3] == tuple(truth[y, x])
        small = small_picture(viewer.session, viewer.look, 120, (WIDTH, HEIGHT))
        assert np.array_equal(pygame.surfarray.array3d(small).swapaxes(0, 1), truth)
        window.show(None)


@pytest.mark.parametrize("bad", [np.zeros((3, 4), np.uint8), np.zeros((3, 4, 4), np.uint8), np.zeros((3, 4, 3)), None])
def test_what_is_no_picture_is_the_rules_fault_and_said(painted, monkeypatch, bad):
    monkeypatch.setattr(PainterMatch, "screen", lambda self: bad)
    with pytest.raises(RulesError, match="height, width, 3"), Session(painted, Painter(), check=False) as session:
        session.scene(0)
