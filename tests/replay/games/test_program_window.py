"""A person records a program: what is done in the window is what the recording holds, in the program's own pixels."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"

import pygame
import pytest
from patience import PATIENCE_SECONDS, soon
from programs import ROCKS, program

from replay import Recorder, Recording, verify
from replay.games.pygame import PygameProgram
from replay.games.pygame.window import ProgramWindow

ROOT = Path(__file__).parents[3]


@pytest.fixture
def window(tmp_path):
    """The window of a program of 64 x 48 pixels that tells what it sees, being recorded."""
    source = """
    flags = pygame.RESIZABLE
    while True:
        for event in pygame.event.get():
            if event.type == pygame.QUIT:
                raise SystemExit
            if event.type == pygame.KEYDOWN and event.unicode == "b":
                pygame.display.set_mode((100, 80))
                pygame.mouse.set_visible(False)
        show(pygame.mouse.get_pos())
        pygame.display.get_surface().fill((200, 10, 30))
        clock.tick(240)
    """
    with Recorder(tmp_path / "a.replay", program(tmp_path, source), seed=1, players=["Ann"]) as recorder:
        window = ProgramWindow(recorder)
        pygame.event.clear()
        yield window
        window.close()


def post(kind, **attributes):
    pygame.event.post(pygame.event.Event(kind, **attributes))


def step(window):
    commands = window.commands()
    window.recorder.step(None, [(0, command) for command in commands])
    window.show()
    return commands


def test_clicks_are_led_back_to_the_programs_own_pixels(window):
    pygame.display.set_mode((256, 240), pygame.RESIZABLE)  # larger, and of another shape: four times, with bars above and below
    window.show()
    assert window.area == pygame.Rect(0, 24, 256, 192)
    post(pygame.MOUSEBUTTONDOWN, pos=(40, 24 + 80), button=1, touch=False)
    assert step(window) == [["MOUSEBUTTONDOWN", [10, 20], 1, 0]] and window.match.look["caption"] == "(10, 20)"
    post(pygame.MOUSEMOTION, pos=(255, 2), rel=(215, -102), buttons=(1, 0, 0), touch=False)
    assert step(window)[0][1] == [63, 0]  # on the bar: the nearest pixel of the program
    assert pygame.display.get_surface().get_at((128, 120))[:3] == (200, 10, 30)
    assert pygame.display.get_surface().get_at((128, 5))[:3] != (200, 10, 30)


def test_movements_of_a_tick_are_one(window):
    for x in (3, 5, 9):
        post(pygame.MOUSEMOTION, pos=(x, 4), rel=(2, 1), buttons=(0, 0, 0), touch=False)
    post(pygame.KEYDOWN, key=97, mod=0, unicode="a", scancode=4)
    post(pygame.MOUSEMOTION, pos=(20, 4), rel=(11, 0), buttons=(0, 0, 0), touch=False)
    commands = window.commands()
    assert [command[0] for command in commands] == ["MOUSEMOTION", "KEYDOWN", "MOUSEMOTION"] and commands[0][1:3] == [
        [9, 4],
        [6, 3],
    ]


def test_the_window_becomes_what_the_program_wants(window):
    assert pygame.display.get_surface().get_size() == (64, 48)
    post(pygame.KEYDOWN, key=98, mod=0, unicode="b", scancode=5)
    step(window)
    assert pygame.display.get_surface().get_size() == (100, 80) and not pygame.mouse.get_visible()
    assert "recording a.replay" in pygame.display.get_caption()[0]


def test_closing_it_is_told_to_the_program_first_and_ends_the_recording(window, tmp_path):
    post(pygame.QUIT)
    window.run()
    window.recorder.finish()
    assert window.match.ended == ["exit"]
    with Recording(tmp_path / "a.replay") as recording:
        assert [data for _, _, data in recording.commands(0, recording.ticks)] == [["QUIT"]]


def test_events_that_are_no_business_of_a_program_are_left_out(window):
    post(pygame.VIDEORESIZE, size=(300, 300), w=300, h=300)  # its window cannot be resized: ours shows it larger
    post(pygame.JOYAXISMOTION, instance_id=77, axis=0, value=0.5)  # of a joystick that nobody plugged in
    post(pygame.USEREVENT)
    assert window.commands() == []


def test_without_a_display_it_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "nothing_like_that")
    pygame.display.quit()
    with (
        Recorder(tmp_path / "a.replay", PygameProgram(str(ROCKS)), seed=1, players=["Ann"]) as recorder,
        pytest.raises(ValueError, match="no display"),
    ):
        ProgramWindow(recorder)


# --- the command ---


def replay(*arguments, folder, **environment):
    command = [sys.executable, "-m", "replay", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, timeout=120, env={**os.environ, **environment})


def test_a_machine_plays_without_a_window_and_the_same_seed_is_the_same_match(tmp_path):
    shutil.copy(ROCKS, tmp_path / "rocks.py")
    for name in ("a", "b"):
        done = replay("record", "rocks.py", "--random", 90, "--seed", 7, "--headless", "-o", f"{name}.replay", folder=tmp_path)
        assert done.returncode == 0 and re.match(r"recorded  \w.replay: 90 ticks, 00:01.50, ", done.stdout), done.stderr
        assert f"replay verify {name}.replay --game rocks.py" in done.stderr
    with Recording(tmp_path / "a.replay") as first, Recording(tmp_path / "b.replay") as second:
        assert first.end.hash == second.end.hash and first.header.players[0].kind == "bot"
    done = replay("export", "a.replay@50", "-o", "x.png", "--game", "rocks.py", folder=tmp_path)
    assert done.returncode == 0 and (tmp_path / "x.png").stat().st_size > 1000
    again = replay("record", "rocks.py", "--random", 9, "--headless", "-o", "a.replay", folder=tmp_path)
    assert again.returncode != 0 and "a.replay" in again.stderr


def test_arguments_reach_the_program_and_are_kept(tmp_path):
    source = """
    import sys, pygame
    pygame.display.set_mode((9, 9))
    assert sys.argv[1:] == ["--level", "3 4"]
    clock = pygame.time.Clock()
    while True:
        clock.tick(50)
    """
    (tmp_path / "told.py").write_text(dedent(source))
    done = replay("record", "told.py", "--random", 5, "--headless", "-o", "a.replay", "--", "--level", "3 4", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert verify(tmp_path / "a.replay", PygameProgram(str(tmp_path / "told.py"))).is_ok


def test_a_program_that_raises_ends_with_its_own_words_and_exit_code_1(tmp_path):
    (tmp_path / "ill.py").write_text(
        "import pygame\npygame.display.set_mode((9, 9))\npygame.time.wait(100)\nraise ValueError('too ill to play')\n"
    )
    done = replay("record", "ill.py", "--random", 90, "--headless", "-o", "a.replay", folder=tmp_path)
    assert done.returncode == 1 and "too ill to play" in done.stderr and "recorded  a.replay" in done.stdout


def test_a_source_that_follows_the_order_of_a_set_is_a_risk_that_is_named(tmp_path):
    source = """
    import pygame
    pygame.display.set_mode((9, 9))
    bullets = {object(), object()}
    while True:
        for bullet in bullets:
            pygame.time.Clock().tick(60)
    """
    (tmp_path / "sets.py").write_text(dedent(source))
    done = replay("record", "sets.py", "--random", 3, "--headless", "-o", "a.replay", folder=tmp_path)
    assert done.returncode == 0 and "risk      sets.py:6: iterating over the set bullets" in done.stderr


@pytest.mark.skipif(not hasattr(signal, "pidfd_send_signal"), reason="needs Linux")
def test_what_ends_a_job_keeps_the_recording_and_leaves_nothing_behind(tmp_path):
    command = [sys.executable, "-m", "replay", "record", str(ROCKS), "--random", "100000", "--headless", "-o", "a.replay"]
    before = set(Path("/dev/shm").glob("replay-*"))
    child = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert soon(lambda: _has_played_a_second(tmp_path / "a.replay"))
    folders = {folder for folder in Path("/dev/shm").glob("replay-*") if folder not in before}
    child.terminate()
    assert child.wait(PATIENCE_SECONDS) == 130
    with Recording(tmp_path / "a.replay") as recording:
        assert recording.end is not None and recording.end.how == "stopped" and recording.ticks > 0
    assert len([folder for folder in folders if folder.exists()]) < max(len(folders), 1)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "which program?"),
        (["none.py"], "there is no program"),
        (["-m", "no.module"], "there is no module"),
        (["rocks.py", "--headless"], "--random 600"),
        (["arena"], "--random 600"),
        (["no-such-game"], "not installed"),
    ],
)
def test_what_cannot_be_recorded_is_said_and_leaves_no_file(tmp_path, arguments, words):
    shutil.copy(ROCKS, tmp_path / "rocks.py")
    done = replay("record", *arguments, "-o", "a.replay", folder=tmp_path)
    assert done.returncode in (2, 4) and words in done.stderr and not (tmp_path / "a.replay").exists()


def _has_played_a_second(path):
    if not path.exists() or not path.stat().st_size:
        return False
    with Recording(path) as recording:
        return recording.ticks > 0


@pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Debian's xvfb and xdotool")
def test_real_keys_and_clicks_are_recorded_and_verified(tmp_path, display):
    environment = {key: value for key, value in os.environ.items() if not key.startswith("SDL_VIDEO")} | {"DISPLAY": display}
    command = [sys.executable, "-m", "replay", "record", str(ROCKS), "-o", str(tmp_path / "a.replay")]
    child = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def xdotool(*arguments):
        return subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True, timeout=20).stdout

    try:
        assert soon(lambda: _has_played_a_second(tmp_path / "a.replay"))
        xdotool("mousemove", "300", "200", "click", "1")
        for action in (("keydown", "Right"), ("key", "space"), ("keyup", "Right"), ("type", "hi"), ("key", "Escape")):
            xdotool(*action)
            time.sleep(0.15)
        output, errors = child.communicate(timeout=PATIENCE_SECONDS)
    finally:
        child.kill()
    assert child.returncode == 0, errors
    with Recording(tmp_path / "a.replay") as recording:
        names = [data[0] for _, _, data in recording.commands(0, recording.ticks)]
        texts = [data[1] for _, _, data in recording.commands(0, recording.ticks) if data[0] == "TEXTINPUT"]
    assert {"KEYDOWN", "KEYUP", "MOUSEBUTTONDOWN", "MOUSEMOTION"} <= set(names) and "".join(texts).strip() == "hi"
    assert verify(tmp_path / "a.replay", PygameProgram(str(ROCKS))).is_ok and "recorded" in output
