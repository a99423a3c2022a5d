"""What the machine lacks is the machine's affair: exit code 6, never that of a finding or of wrong usage."""

import os
import sys

import pytest
from damage import record
from installed import install
from shelf import fill
from toys import COUNTER

from replay.read.readmodel import Series


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """A folder with recordings in it, where their games are installed, and no window appears."""
    games = "race = shelf:RACE\ncounter = toys:COUNTER\n"
    monkeypatch.syspath_prepend(install(tmp_path / "site", f"[replay.games]\n{games}"))
    monkeypatch.delenv("REPLAY_LIBRARY", raising=False)
    monkeypatch.setitem(os.environ, "SDL_VIDEODRIVER", "dummy")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    fill(tmp_path / "recordings", 4)
    record(tmp_path / "counter.replay", COUNTER)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("package", "extra", "arguments"),
    [
        ("matplotlib", "plot", ["plot", "recordings/003.replay", "-o", "x.png"]),
        ("PIL", "video", ["export", "counter.replay", "-o", "x.gif"]),
        ("PIL", "video", ["export", "counter.replay", "-o", "x.webp"]),
        ("av", "video", ["export", "counter.replay", "-o", "x.mp4"]),
        ("psycopg", "postgres", ["ls", "--library", "postgresql://localhost/matches"]),
        ("cryptography.hazmat.primitives", "sign", ["receipt", "key", "x.pem"]),
        ("cryptography.hazmat.primitives", "sign", ["verify", "--sign", "x.pem", "counter.replay"]),
    ],
)
def test_an_extra_that_is_not_installed(call, monkeypatch, package, extra, arguments):
    monkeypatch.setattr("shelf.Presses.result", lambda self: Series(["a"], [0, 60], {"sum": [[0, 1]]}))  # something to plot
    monkeypatch.setitem(sys.modules, package, None)
    code, out, err = call(*arguments)
    assert code == 6 and not out and f"pip install 'deterministic-replay[{extra}]'" in err


def test_a_command_that_cannot_even_be_imported(call, monkeypatch):
    for name in [name for name in sys.modules if name.startswith(("replay.find.library", "replay.cli.library"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    code, out, err = call("ls")
    assert code == 6 and not out
    assert err.splitlines() == [
        "replay: this needs SQLAlchemy, which is not installed",
        "        pip install 'deterministic-replay[library]'",
    ]


def test_a_receipt_cannot_be_checked_without_the_extra(call, monkeypatch):
    pytest.importorskip("cryptography")
    assert call("receipt", "key", "x.pem")[0] == 0
    code, out, _ = call("verify", "--sign", "x.pem", "counter.replay")
    assert code == 0
    with open("receipt.json", "w", encoding="utf-8") as file:
        file.write(out)
    check = ("receipt", "check", "receipt.json", "--key")
    assert call(*check, "x.pub")[0] == 0
    code, _, err = call(*check, "receipt.json")
    assert code == 2 and "holds no public key" in err  # the caller's own mistake
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives", None)
    code, _, err = call(*check, "x.pub")
    assert code == 6 and "[sign]" in err


def test_a_pygame_that_is_broken(call, monkeypatch):
    from replay.watch import window

    monkeypatch.setattr(window.pygame, "font", None)
    code, out, err = call("watch", "counter.replay")
    assert code == 6 and not out and "pygame is broken" in err


@pytest.mark.parametrize("text", ["1 / 0", "def (", "raise SystemExit(3)", "import no_such_package", None])
def test_a_game_that_does_not_import(call, monkeypatch, tmp_path, text):
    name = f"rules_{abs(hash(text))}"
    if text is not None:
        (tmp_path / f"{name}.py").write_text(text)
    code, out, err = call("check", f"{name}:GAME")
    assert code == 6 and not out and name in err


@pytest.mark.parametrize(("spec", "said"), [("toys:NOBODY", "toys has no NOBODY"), ("toys:", "does not name a game")])
def test_a_game_that_is_named_wrongly_is_wrong_usage(call, spec, said):
    code, out, err = call("check", spec)
    assert code == 2 and not out and said in err


def test_a_library_that_cannot_be_used(call, tmp_path):
    (tmp_path / "library.sqlite").write_bytes(b"this is not a database, but it is long enough to look at" * 20)
    code, out, err = call("ls", "--library", "library.sqlite")
    assert code == 6 and not out and "not a database" in err
