"""Playing, in a real window under SDL's dummy drivers, driven by posted events."""

import os
import subprocess
import sys
from pathlib import Path

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import numpy as np
import pygame
import pytest
from playing import frames, play, press, setup

from game.look.sound import SoundBoard
from game.match import ARENA
from game.play.options import Options
from game.play.result import ResultScreen
from game.play.screen import PlayScreen, start_match
from game.play.setup import EMPTY, Setup
from game.play.start import StartScreen
from replay import Playback, Recording, verify
from replay.core.errors import UsageError
from replay.watch.app import App
from replay.watch.browser import Browser
from replay.watch.model.scene import Camera
from replay.watch.model.session import Session
from replay.watch.view.picture import open_look
from replay.watch.viewer import Viewer

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.usefixtures("own_folders", "installed")


def test_the_start_screen_is_driven_by_keys_alone_and_remembers(window):
    screen = StartScreen(Options(), Setup())
    window.show(screen)
    window.frame(0.01)
    before = screen.setup.map
    press(window, "Down", "Right", "Down", "Right", "Down", "Right", "Down", "Left")
    assert screen.setup.map != before and screen.setup.mode == "teams"
    press(window, "Down", "Right", "Down", "Down", "Right")
    assert (screen.setup.score_limit, screen.setup.seconds, screen.setup.level) == (25, 120, "fair")
    assert screen.setup.seats[1] == "brawler"
    press(window, "Enter")
    assert isinstance(window.screen, PlayScreen)
    assert StartScreen(Options()).setup == screen.setup


def test_the_start_screen_says_what_is_missing(window):
    screen = StartScreen(Options(), Setup(seats=["mouse", *[EMPTY] * 7]))
    window.show(screen)
    press(window, "Enter")
    assert window.screen is screen and "two players" in screen.message
    with pytest.raises(UsageError):
        start_match(screen.setup, Options())


def test_no_two_seats_share_a_device():
    made = Setup()
    made.seats[1] = EMPTY
    made.cycle(1, 1)
    assert made.seats[1] == "keys"


def test_what_was_remembered_is_believed_only_as_far_as_it_makes_sense():
    odd = {"map": "../x", "mode": "ffa", "score_limit": -5, "seconds": "x", "seats": ["mouse"] * 9}
    assert Setup.from_settings(odd) == Setup()
    assert Setup.from_settings([1]) == Setup()


def test_keys_and_mouse_move_aim_fire_and_buy(window):
    screen = play(window)
    frames(window, 30)
    me = screen.live.state["players"][0]
    x = int(me["x"])
    press(window, "D" if x < 640 * 256 else "A", up=False)
    pygame.event.post(pygame.event.Event(pygame.MOUSEBUTTONDOWN, pos=(640, 300), button=1))
    frames(window, 60)
    assert int(me["x"]) != x
    assert me["magazine"][1] < 14 or me["deaths"]
    world = screen.camera.to_world(640, 300)
    assert (int(me["aim_x"]), int(me["aim_y"])) == (round(world[0]), round(world[1]))
    press(window, "B")
    assert screen.shop_open
    press(window, "Escape")
    assert not screen.shop_open and not screen.paused


def test_time_is_fixed_however_fast_the_screen_is(window):
    screen = play(window)
    frames(window, 1)
    start = screen.live.tick
    frames(window, 40, 1 / 240)
    assert screen.live.tick - start == 10
    frames(window, 4, 1 / 15)
    assert screen.live.tick - start == 26
    window.frame(5.0)
    assert screen.live.tick - start <= 37


def test_losing_the_focus_pauses_and_lets_go(window):
    screen = play(window)
    press(window, "D", up=False)
    pygame.event.post(pygame.event.Event(pygame.WINDOWFOCUSLOST))
    window.frame(0.1)
    tick = screen.live.tick
    frames(window, 10)
    assert screen.paused and screen.live.tick == tick and not window.held
    press(window, "Escape")
    frames(window, 5)
    assert not screen.paused and screen.live.tick > tick
    assert not screen.hands[0].row(screen.live.state, 0)["buttons"]


def test_an_instant_replay_shows_the_last_eight_seconds_and_returns(window):
    screen = play(window)
    frames(window, 300, 1 / 30)
    tick = screen.live.tick
    press(window, "V")
    assert screen.look_back is not None and tick - screen.look_back.tick <= 8 * 60 + 1
    frames(window, 60)
    assert screen.live.tick == tick
    press(window, "V")
    assert screen.look_back is None
    frames(window, 10)
    assert screen.live.tick > tick
    screen.start_look_back()
    frames(window, 620)
    assert screen.look_back is None


def test_a_match_ends_with_its_result_its_replay_and_another_one(window):
    screen = play(window, seconds=5)
    frames(window, 60, 0.15)
    result = window.screen
    assert isinstance(result, ResultScreen)
    assert verify(result.path, ARENA).is_ok
    window.frame(0.01)
    press(window, "W")
    assert isinstance(window.screen, Viewer)
    press(window, "Ctrl+W")
    assert window.screen is result
    press(window, "A")
    assert isinstance(window.screen, PlayScreen) and window.screen.live is not screen.live


def test_the_score_graph_and_the_players_of_the_viewer_have_tooltips(window, monkeypatch):
    play(window, seconds=5)
    frames(window, 60, 0.15)
    press(window, "W")
    watch = window.screen
    watch.survey.wait()
    window.frame(0.01)
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    for at, name in ((watch.places.graph.rect.center, "graph"), (watch.places.players[1][0].center, "player")):
        pygame.event.post(pygame.event.Event(pygame.MOUSEMOTION, pos=at, rel=(0, 0), buttons=(0, 0, 0)))
        window.frame(0.01)
        assert watch.desk.tip.name == ""
        now[0] += 0.6
        window.frame(0.01)
        assert watch.desk.tip.name == name


def test_every_way_leads_back_to_where_one_came_from(window):
    start = StartScreen(Options(), setup())
    start.menu.chosen = start.menu.items.index("recordings")
    play(window)
    frames(window, 30)
    press(window, "Escape", "Q")
    window.show(start)
    press(window, "Enter")
    assert isinstance(window.screen, Browser)
    browser = window.screen
    press(window, "Enter")
    assert isinstance(window.screen, Viewer)
    press(window, "Ctrl+W")
    assert window.screen is browser
    press(window, "Escape")
    assert window.screen is start
    press(window, "Escape")
    assert window.screen is None


def test_a_viewer_s_window_goes_on_with_the_game_s_own_screens(window):
    """`replay watch` knows no game: it finds arena's way to take over by its entry point."""
    play(window)
    frames(window, 200, 1 / 30)
    press(window, "Escape", "Q")
    path = window.screen.path
    App(window)
    window.show(Viewer(path, at="2s"))
    frames(window, 2)
    press(window, "T", "2")
    assert isinstance(window.screen, PlayScreen) and list(window.screen.hands) == [1]
    press(window, "Escape", "Q")
    assert isinstance(window.screen, ResultScreen) and window.screen.path != path
    press(window, "Escape")
    assert isinstance(window.screen, Viewer) and window.screen.session.path == path
    press(window, "Ctrl+W")
    assert window.screen is None


def test_from_a_branch_one_comes_back_to_the_replay_and_to_the_result_it_came_from(window):
    play(window)
    frames(window, 200, 1 / 30)
    press(window, "Escape", "Q")
    result = window.screen
    press(window, "W")
    assert isinstance(window.screen, Viewer) and window.screen.transport.playing
    frames(window, 30)
    press(window, "Space", "T", "Enter", "Escape", "Q")
    assert isinstance(window.screen, ResultScreen) and window.screen is not result
    press(window, "Escape")
    viewer = window.screen
    assert isinstance(viewer, Viewer) and viewer.session.path == result.path
    assert viewer.transport.tick >= 29 and not viewer.transport.playing  # as it was left
    press(window, "Ctrl+Q")
    assert window.screen is result
    press(window, "Escape")
    assert isinstance(window.screen, StartScreen)


def test_what_is_open_while_a_window_closes_is_whole(window):
    """A viewer, left for a branch, that was reached from the options of a match that waits: nothing is lost."""
    screen = play(window)
    frames(window, 60)
    press(window, "Escape", "O")
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.frame(0.0)
    assert window.way_back == [] and verify(screen.live.recorder.path, ARENA).is_ok


def test_leaving_and_closing_leave_a_recording_that_verifies(window, tmp_path):
    screen = play(window)
    frames(window, 100)
    press(window, "Escape", "Q")
    assert isinstance(window.screen, ResultScreen) and verify(window.screen.path, ARENA).is_ok
    screen = play(window)
    frames(window, 100)
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    window.frame(0.01)
    assert window.screen is None
    assert verify(screen.live.recorder.path, ARENA).is_ok


def test_taking_over_from_the_viewer_makes_a_branch(window):
    first = play(window)
    frames(window, 200, 1 / 30)
    press(window, "Escape", "Q")
    watch = Viewer(window.screen.path, at="2s")
    window.show(watch)
    watch.transport.playing = False
    frames(window, 2)
    press(window, "PageDown", "PageDown", "T", "Enter")
    branch = window.screen
    assert isinstance(branch, PlayScreen) and branch.live.tick >= 120 and list(branch.hands) == [1]
    frames(window, 60)
    path = branch.live.finish()
    with Recording(path) as made:
        assert made.header.parent == (first.live.recorder.header.id, 120)
    assert verify(path, ARENA).is_ok


def test_drawing_and_sound_change_no_state(window, tmp_path):
    """The same match with and without a window, at another size, with everything on screen."""
    screen = play(window, seconds=10)
    press(window, "W", up=False)
    for size in ((1280, 720), (800, 600), (320, 240), (1920, 1080)):
        pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=size[0], h=size[1], size=size))
        press(window, "B", "F4", "M")
        frames(window, 50)
    path = screen.live.finish()
    assert verify(path, ARENA, every_tick=True).is_ok
    with Session(path) as session, Recording(path) as again:
        states = []
        look, playback = open_look(session), Playback(ARENA, again)
        for tick in range(0, session.moments.ticks, 7):
            look.draw(window.surface, session.scene(tick + 0.5, options={"shake": True}))
            playback.seek(tick)
            states.append(session.moments.saved(tick) == playback.match.save())
        assert all(states)


def test_a_moment_looks_the_same_played_jumped_to_and_backwards(window):
    screen = play(window, seconds=8, bots=5)
    frames(window, 150, 1 / 30)
    path = screen.live.finish()
    with Session(path) as session:
        surface = pygame.Surface((640, 360)).convert()
        camera, look = Camera.fit((0, 0, 640, 360), session.story.world), open_look(session)

        def picture(position):
            surface.fill(0)
            look.draw(surface, session.scene(position, camera, None, {"shake": True}))
            return pygame.surfarray.array3d(surface)

        straight = {tick: picture(tick + 0.25) for tick in range(0, 270, 15)}
        for tick in reversed(straight):
            assert (picture(tick + 0.25) == straight[tick]).all()


def test_gamepads_come_and_go_without_a_word(window):
    made = Setup(map="duel", seats=["pad1", "hunter", *[EMPTY] * 6])
    screen = start_match(made, Options(), seed=1)
    window.show(screen)
    pygame.event.post(pygame.event.Event(pygame.JOYDEVICEREMOVED, instance_id=99))
    frames(window, 20)
    assert screen.live.tick > 10


def test_without_a_sound_device_it_is_silent(monkeypatch):
    pygame.mixer.quit()
    monkeypatch.setattr(pygame.mixer, "init", lambda *_: (_ for _ in ()).throw(pygame.error("no device")))
    board = SoundBoard()
    assert not board.works
    board.play(np.zeros(3, ARENA.event_dtype), Camera((0, 0, 100, 100)))
    board.stop()


def test_without_a_display_play_says_so():
    env = {key: value for key, value in os.environ.items() if not key.startswith(("SDL_", "DISPLAY", "WAYLAND", "PYGAME"))}
    done = subprocess.run([sys.executable, "-m", "game", "play", "--bots", "1"], cwd=ROOT, capture_output=True, text=True, env=env)
    assert done.returncode == 6 and "no display" in done.stderr and not done.stdout and "Traceback" not in done.stderr


def test_the_command_line_names_whom_to_take_over(window, monkeypatch):
    from game.cli.play import _branch

    screen = play(window)
    frames(window, 120)
    path = screen.live.finish()
    with pytest.raises(UsageError, match="not a player 'Zoe'"):
        _branch(f"{path}@1s", "Zoe", None, Options())
    for name, player in (("Bo", 2), ("2", 1)):
        branch = _branch(f"{path}@1s", name, None, Options())
        assert list(branch.hands) == [player] and branch.live.tick == 60
        branch.live.finish()
