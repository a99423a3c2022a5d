import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from lists import settle
from toys import COUNTER, random_inputs

from replay.core.errors import ReplayError
from replay.core.recorder import Recorder
from replay.watch import window as module
from replay.watch.app import App
from replay.watch.browser import Browser
from replay.watch.control.keys import post_key
from replay.watch.model.files import ListedFile, read_facts
from replay.watch.model.settings import load_settings, recordings_folder, remember, settings_path
from replay.watch.window import Window, check_pygame

ROOT = Path(__file__).parents[3]


def run(*arguments, **environment):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("SDL_", "DISPLAY", "WAYLAND", "PYGAME"))}
    return subprocess.run(
        [sys.executable, "-m", "replay", *arguments], cwd=ROOT, capture_output=True, text=True, env=env | environment
    )


def test_without_a_display_watch_says_what_to_do_instead():
    done = run("watch")
    assert done.returncode == 6 and "Traceback" not in done.stderr
    assert "no display" in done.stderr and "replay export" in done.stderr
    assert done.stdout == ""


def test_a_broken_file_is_named_without_a_traceback(tmp_path):
    broken = tmp_path / "broken.replay"
    broken.write_bytes(b"\x00" * 50)
    done = run("watch", str(broken), SDL_VIDEODRIVER="dummy")
    assert done.returncode == 3 and "is not a recording" in done.stderr and "Traceback" not in done.stderr


def test_two_pygames_in_one_folder_are_noticed(monkeypatch):
    monkeypatch.setattr(module, "_installed", lambda name: True)
    assert "overwrite each other" in check_pygame()
    monkeypatch.setattr(module.pygame, "font", None)
    with pytest.raises(ReplayError, match="broken"):
        check_pygame()


def test_the_key_list_needs_no_window():
    from replay.cli.watch import watch

    done = CliRunner().invoke(watch, ["--keys"])
    assert done.exit_code == 0 and "Shift+Backspace" in done.output


def test_the_size_of_the_window_is_remembered():
    import pygame

    with Window("test", (1280, 720)) as window:
        window.show(Browser(Path("nowhere")))
        pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, w=900, h=700, size=(900, 700)))
        window.frame(0.01)
        window.show(None)
    assert load_settings()["window"] == [900, 700]
    with Window("test") as window:
        assert window.surface.get_size() == (900, 700)


def test_settings_that_cannot_be_read_or_written_stop_nothing(monkeypatch, tmp_path):
    settings_path().parent.mkdir(parents=True)
    settings_path().write_text("{ not json")
    assert load_settings() == {}
    remember(mute=True)
    assert load_settings() == {"mute": True}
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    remember(mute=False)
    assert load_settings() == {}


def test_the_browser_lists_good_and_broken_files(recording, installed):
    folder = recording.parent
    (folder / "broken.replay").write_bytes(b"no")
    with Window("test", (800, 600)) as window:
        App(window)
        browser = Browser(folder)
        window.show(browser)
        settle(window)
        by_name = {file.path.name: file for file in browser.menu.items if isinstance(file, ListedFile)}
        assert by_name["counter.replay"].verdict == "ok" and "Ann" in by_name["counter.replay"].lines[0]
        assert "is not a recording" in by_name["broken.replay"].problem
        browser.light(folder / "broken.replay")
        post_key("Enter")
        window.frame(0.01)
        assert window.screen is browser and "is not a recording" in browser.message
        browser.light(folder / "counter.replay")
        post_key("Enter")
        window.frame(0.01)
        assert type(window.screen).__name__ == "Viewer"
        post_key("Ctrl+W")
        window.frame(0.01)
        assert window.screen is browser and browser.menu.item.path.name == "counter.replay"
        window.show(None)


def test_an_empty_folder_says_what_to_do():
    with Window("test", (320, 240)) as window:
        window.show(Browser(recordings_folder()))
        window.frame(0.01)
        post_key("Escape")
        window.frame(0.01)
        assert window.screen is None


def test_only_a_file_that_somebody_writes_is_being_recorded(recording, tmp_path, installed):
    cut = tmp_path / "cut.replay"
    cut.write_bytes(recording.read_bytes()[:-40])  # a moment ago
    with Recorder(tmp_path / "live.replay", COUNTER, seed=1, players=["a"], config={}) as recorder:
        recorder.step(random_inputs(COUNTER, 1, 1)[0])
        verdicts = {}
        for path in (cut, recorder.path):
            verdicts[path.name] = read_facts(path).verdict
    assert verdicts == {"cut.replay": "no end", "live.replay": "being recorded"}
