"""What `arena play` is asked for once holds this time, and is not remembered."""

import pytest
from click.testing import CliRunner
from playing import press, resize, show

from game.bots import TEMPERAMENTS
from game.cli.commands import arena
from game.play import app as app_module
from game.play.app import ArenaApp
from game.play.options import Options
from game.play.screen import start_match
from game.play.setup import Setup
from game.play.start import StartScreen
from replay.core.errors import UsageError
from replay.watch.model.settings import remember, settings_path
from replay.watch.viewer import Viewer
from replay.watch.window import Window


@pytest.fixture(autouse=True)
def always_own_folders(own_folders):
    """Nobody's settings are read or written."""


@pytest.fixture
def recording(tmp_path):
    screen = start_match(Setup(map="duel"), Options(), seed=1, folder=tmp_path / "made")
    while screen.live.tick < 240:
        screen.live.step()
    return screen.live.finish()


def run(monkeypatch, *arguments, frames=12):
    """`arena play` for some frames. Returns its first screen."""
    shown = []

    def few(self, screen):
        shown.append((screen, self.window.surface.get_size(), self.window.fullscreen, self.options))
        self.window.run(screen, frames)

    monkeypatch.setattr(app_module.ArenaApp, "run", few)
    done = CliRunner().invoke(arena, ["play", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return shown[0]


ONCE = {
    "map_name": ["--map", "duel"],
    "bots": ["--bots", "3"],
    "level": ["--level", "merciless"],
    "mode": ["--mode", "teams"],
    "score_limit": ["--score-limit", "5"],
    "seconds": ["--seconds", "77"],
    "seed": ["--seed", "5"],
    "source": ["--from", "RECORDING@1s"],
    "name": ["--from", "RECORDING@1s", "--as", "2"],
    "fullscreen": ["--fullscreen"],
    "size": ["--size", "800x600"],
    "mute": ["--mute"],
    "out": ["--out", "FOLDER"],
    "named_game": ["--game", "game.match:ARENA"],
}


def test_every_option_of_the_command_is_looked_at_here():
    options = {parameter.name for parameter in arena.get_command(None, "play").params}
    assert options == set(ONCE)


@pytest.mark.parametrize("name", ONCE)
@pytest.mark.parametrize("bots", [[], ["--bots", "2"]], ids=["start screen", "match"])
@pytest.mark.parametrize(
    "before", [{}, {"play": Setup(map="plaza", level="fair").to_settings(), "mute": False, "window": [900, 700]}]
)
def test_what_was_asked_for_once_is_not_remembered(monkeypatch, tmp_path, recording, name, bots, before):
    if before:
        remember(**before)
    kept = settings_path().read_text() if before else None
    words = [word.replace("RECORDING", str(recording)).replace("FOLDER", str(tmp_path / "out")) for word in ONCE[name]]
    run(monkeypatch, *words, *bots)
    assert (settings_path().read_text() if settings_path().exists() else None) == kept


def test_what_was_asked_for_once_holds_this_time(monkeypatch, recording):
    words = "--map duel --mute --bots 3 --score-limit 5 --seconds 77 --mode teams --level merciless --size 800x600 --seed 9".split()
    screen, size, _, options = run(monkeypatch, *words)
    config = screen.live.recorder.header.config
    assert (config["map"], config["score_limit"], config["seconds"], config["mode"]) == ("duel", 5, 77, "teams")
    assert [seat.bot for seat in screen.live.seats[1:]] == [f"{bot}:merciless" for bot in TEMPERAMENTS[:3]]
    assert size == (800, 600) and options.is_muted and options.loudness == 0 and screen.live.recorder.header.seed == 9


def test_silence_for_once_holds_in_the_viewer_too(window, recording):
    app = ArenaApp(window, Options(muted_once=True, volume=30))
    app._suit(viewer := Viewer(recording))
    assert viewer.desk.switches.muted and viewer.look._sounds.volume == 0.3
    window.show(viewer)
    press(window, "F4")
    assert "mute" not in settings_path().read_text()


def test_what_was_chosen_in_the_menu_is_remembered_without_what_was_asked_for_once(window):
    screen = show(window, StartScreen(Options(), Setup(map="duel", seconds=77)))
    screen.menu.chosen = screen.menu.items.index("score")
    press(window, "Right")
    window.show(None)
    assert StartScreen(Options()).setup == Setup(score_limit=25)


def test_only_a_size_that_somebody_made_by_hand_is_remembered():
    with Window("test", (800, 600)):
        pass
    assert not settings_path().exists()
    with Window("test", (800, 600)) as window:
        resize(window, (900, 640))
    with Window("test") as window:
        assert window.surface.get_size() == (900, 640)


def test_a_size_that_is_none_is_refused_in_words():
    with pytest.raises(UsageError, match="'big' is not a size"):
        CliRunner().invoke(arena, ["play", "--size", "big"], catch_exceptions=False)
    assert not settings_path().exists()
