"""A window in which arena is played, under SDL's dummy drivers, and the command lines."""

import os
import sys

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"
os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")

import pytest
from browsers import Shown
from installed import install
from paged import url_of

from game.cli.commands import arena
from game.play.app import ArenaApp
from replay.cli.commands import replay
from replay.cli.common import run
from replay.watch.window import Window


@pytest.fixture
def own_folders(tmp_path, monkeypatch):
    """Settings and recordings of a user who has none."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("REPLAY_RECORDINGS", str(tmp_path / "recordings"))


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Arena by its entry points, as after an installation."""
    site = install(
        tmp_path / "site",
        "[replay.games]\narena = game.match:ARENA\n[replay.views]\narena = game.look:ArenaLook\n"
        "[replay.takeovers]\narena = game.play.app:take_over\n",
    )
    monkeypatch.syspath_prepend(site)


@pytest.fixture
def window(own_folders, installed):
    with Window("test", (1280, 720)) as window:
        ArenaApp(window)
        yield window
        window.show(None)


@pytest.fixture
def call(capsys, monkeypatch, tmp_path):
    """Run a command line of `arena` or `replay` in an empty folder; gives exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def called(program, *arguments):
        monkeypatch.setattr(sys, "argv", [program, *map(str, arguments)])
        code = run({"arena": arena, "replay": replay}[program], program)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return called


@pytest.fixture(scope="session")
def pages(tmp_path_factory):
    """A folder for pages of recordings."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture
def shown(browser, pages):
    """The page of the eight players, paused at the start."""
    with Shown(browser, url_of(pages, "recordings/eight-players.replay"), reduced_motion="reduce") as page:
        yield page.ready()
