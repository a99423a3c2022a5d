"""What `replay watch` and `replay diff` open, without a window that waits."""

import os
import shutil
from pathlib import Path

import pytest
from damage import record
from installed import install
from pairs import variant
from toys import COUNTER


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """A folder with a recording in it, where its game is installed, and no window appears."""
    monkeypatch.syspath_prepend(install(tmp_path / "site", "[replay.games]\ncounter = toys:COUNTER\n"))
    for name in ("SDL_VIDEODRIVER", "SDL_AUDIODRIVER"):
        monkeypatch.setitem(os.environ, name, "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    (tmp_path / "here").mkdir()
    record(tmp_path / "here" / "counter.replay", COUNTER)
    monkeypatch.chdir(tmp_path / "here")


@pytest.fixture
def opened(monkeypatch):
    """The screens that were to be shown, each closed again."""
    from replay.watch.app import App

    screens = []
    monkeypatch.setattr(App, "run", lambda app, screen: screens.append(screen))
    yield screens
    for screen in screens:
        for session in (getattr(screen, "session", None), getattr(getattr(screen, "pairing", None), "b", None)):
            if session is not None:
                session.close()


@pytest.fixture
def other():
    """`counter.replay` with one press more or less, in the current folder."""
    return variant("counter.replay", "other.replay", COUNTER, [100])


def test_one_file_is_watched(call, opened):
    assert call("watch", "counter.replay@50")[0] == 0
    (screen,) = opened
    screen.update(0.0)
    assert screen.session.path.name == "counter.replay" and screen.transport.position == 50 and not screen.desk.playlist.text


def test_two_are_watched_together(call, opened, other):
    assert call("watch", "counter.replay", "--with", other, "--align", "end")[0] == 0
    (screen,) = opened
    assert screen.pairing.b.path.name == other and screen.pairing.alignment.name == "end"


def test_several_are_watched_one_after_the_other(call, opened, other):
    Path("folder").mkdir()
    shutil.copy(other, "folder/last.replay")
    assert call("watch", "*.replay", "folder", "counter.replay@50")[0] == 0
    (screen,) = opened
    names = [file.path.name for file in screen.desk.playlist.files]
    assert names == ["counter.replay", "other.replay", "last.replay"] and screen.desk.playlist.goes_on
    assert screen.desk.playlist.text == "1 of 3"


def test_of_a_folder_one_chooses(call, opened):
    assert call("watch", ".")[0] == 0
    assert type(opened[0]).__name__ == "Browser"


def test_what_differs_is_watched(call, opened, other):
    code, out, _ = call("diff", "counter.replay", other, "--watch")
    assert code == 1 and out.splitlines()[-1] == "watch both: replay watch counter.replay --with other.replay"
    assert opened[0].pairing.b.path.name == other


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ("counter.replay --with counter.replay", 2, "counter.replay is both A and B"),
        ("counter.replay --with none.replay", 3, "none.replay: No such file"),
        ("none.replay --with counter.replay", 3, "none.replay: No such file"),
        ("counter.replay --with broken.replay", 3, "broken.replay: "),
        ("counter.replay other.replay --with other.replay", 2, "--with B takes one other recording"),
        ("--with other.replay", 2, "--with B takes one other recording"),
        ("counter.replay --align end", 2, "--align is for two recordings"),
        ("counter.replay --with other.replay --align press:99999", 2, "no press:99999; counter.replay has"),
        ("counter.replay --with other.replay --align soon", 2, "'soon' is not a time"),
    ],
)
def test_what_cannot_be_watched_together_is_said(call, opened, other, arguments, code, words):
    Path("broken.replay").write_bytes(b"nothing")
    answer, out, err = call("watch", *arguments.split())
    assert answer == code and not out and words in err and not opened


def test_nothing_is_watched_of_one_recording_against_this_code(call, opened):
    code, _, err = call("diff", "counter.replay", "--watch")
    assert code == 2 and "--watch takes two recordings" in err
