"""The examples of the guide do what they say."""

import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import replay.docs.examples
from replay import Playback, Recorder, Recording, verify
from replay.docs.examples import chess_game
from replay.docs.examples.bank import Bank
from replay.docs.examples.chess_game import OPERA, Chess
from replay.prove.conformance import check_game
from replay.prove.scrub import rewind_equals, seek_equals

ROOT = Path(replay.__file__).parent.parent
EXAMPLES = Path(replay.docs.examples.__file__).parent


def run(module, *arguments):
    command = [sys.executable, "-m", f"replay.docs.examples.{module}", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_examples_import_only_what_a_user_may():
    for file in EXAMPLES.glob("*.py"):
        for module, names in re.findall(r"^from (replay\S*) import (.*)$", file.read_text(), re.M):
            assert module in ("replay", "replay.games.plain"), file
            assert all(name.strip() in replay.__all__ for name in names.split(",")) or module != "replay", file


# --- the bank ---


def order(do, cents, at=0):
    return [(0, {"do": do, "cents": cents, "at": at})]


def account(path, *orders):
    with Recorder(path, Bank, seed=0, players=["Ann"], snapshot_seconds=10) as recorder:
        kinds = [event[1] for one in orders for event in recorder.step(commands=one)]
    return kinds, recorder.match.balance


def test_two_equal_withdrawals_are_two_and_an_overdraft_is_refused(path):
    kinds, balance = account(
        path, order("deposit", 10000), *[order("withdraw", 3000)] * 2, order("withdraw", 4001), order("withdraw", 4000)
    )
    assert kinds == ["deposited", "withdrawn", "withdrawn", "refused", "withdrawn"] and balance == 0
    assert verify(path, Bank).is_ok


def test_an_order_of_nonsense_or_of_an_earlier_time_is_refused(path):
    wrong = [
        order("deposit", -5),
        order("deposit", 0),
        order("withdraw", -5),
        order("steal", 5),
        order("deposit", "5"),
        [(0, None)],
        [(0, [])],
    ]
    kinds, balance = account(path, order("deposit", 7, at=100), *wrong, order("deposit", 1, at=99), order("deposit", 1, at=100))
    assert kinds == ["deposited", *["refused"] * 8, "deposited"] and balance == 8


def test_the_balance_at_any_version(path):
    amounts = [random.Random(1).randrange(1, 999) for _ in range(45)]
    account(path, *[order("deposit", cents) for cents in amounts])
    with Recording(path) as recording:
        playback = Playback(Bank, recording)
        for version in random.Random(2).sample(range(46), 46):
            playback.seek(version=version)
            assert playback.match.balance == sum(amounts[:version])


def test_state_20_from_snapshot_10_applies_exactly_10_orders(path, monkeypatch):
    account(path, *[order("deposit", 1)] * 25)
    applied = []
    monkeypatch.setattr(Bank, "step", lambda self, commands, step=Bank.step: (applied.append(self.tick), step(self, commands)))
    with Recording(path) as recording:
        rebuilt = Bank()
        rebuilt.load(recording.snapshot(10))
        rebuilt.advance(recording.inputs(10, 20), recording.commands(10, 20))
        assert applied == list(range(10, 20)) and rebuilt.balance == 20 and rebuilt.save() == recording.snapshot(20)
        applied.clear()
        playback = Playback(Bank, recording)  # and the engine does so by itself, where the file has no nearer snapshot
        playback.seek(19)
        assert playback.match.balance == 19 and len(applied) <= 19


def test_the_bank_as_a_command():
    text = run("bank")
    assert "refused      50.00" in text and "version  3: the balance was 40.00" in text
    assert "state 10 and the 10 orders since give the same as state 20" in text and text.endswith("verified: ok\n")
    code = (EXAMPLES / "bank.py").read_text().split('"""', 2)[2]
    assert len([line for line in code.splitlines() if line.strip()]) <= 65


# --- chess ---


def play(path, moves, ms=1000, **options):
    events = []
    with Recorder(path, Chess, seed=0, players=["White", "Black"], **options) as recorder:
        for ply, text in enumerate(moves):
            events += recorder.step(commands=[(ply % 2, {"move": text, "ms": ms})])
    return recorder.match, events


def test_the_opera_game_is_proved_and_sought_to_every_move(path):
    match, events = play(path, OPERA.split(), snapshot_seconds=5)
    assert match.result() == {"winner": "white", "by": "checkmate"} and events[-1][1:] == (
        "ended",
        {"winner": "white", "by": "checkmate"},
    )
    assert [data["move"] for _, kind, data in events if kind == "moved"] == OPERA.split()
    for verification in (verify(path, Chess), seek_equals(path, Chess), rewind_equals(path, Chess)):
        assert verification.is_ok, verification
    with Recording(path) as recording:
        playback = Playback(Chess, recording)
        for ply in (33, 0, 17, 16, 5):
            playback.seek(ply)
            assert (
                playback.match.board.ply() == ply
                and chess_game.moves_of(playback.match.board) == chess_game.moves_of(match.board)[:ply]
            )
    assert match.board.board_fen() == "1n1Rkb1r/p4ppp/4q3/4p1B1/4P3/8/PPP2PPP/2K5"


def test_illegal_moves_are_refused_and_the_turn_stays(path):
    match, events = play(path, ["e5", "e5", "e4", "Ke7", "Nc3"])
    assert [kind for _, kind, _ in events] == ["refused", "refused", "moved", "refused", "refused"]
    assert "illegal san: 'e5'" in events[0][2]["why"] and "turn" in events[1][2]["why"]
    assert [move.uci() for move in match.board.move_stack] == ["e2e4"] and verify(path, Chess).is_ok


def test_who_thinks_too_long_has_lost(path):
    match, events = play(path, ["e4", "e5", "Nf3", "Nc6"], ms=40_000, config={"minutes": 1})
    assert [kind for _, kind, _ in events] == ["moved", "moved", "ended", "refused"]
    assert match.result() == {"winner": "black", "by": "time"} and match.clocks_ms == [0, 20_000]


def test_a_position_that_comes_three_times_is_a_draw_after_a_seek_too(path):
    match, _ = play(path, ["Nf3", "Nf6", "Ng1", "Ng8"] * 2, snapshot_seconds=3)
    assert match.result() == {"winner": "nobody", "by": "threefold_repetition"}
    assert seek_equals(path, Chess).is_ok


def test_the_examples_keep_every_promise():
    orders = [(tick, 0, {"do": "withdraw" if tick % 3 else "deposit", "cents": tick, "at": tick // 2}) for tick in range(60)]
    bank = check_game(Bank, np.zeros((60, 1), []), commands=orders)
    chess = check_game(Chess, ticks=60)
    assert bank.is_ok and chess.is_ok, (bank, chess)
    assert not any("commands" in note for note in bank.notes + chess.notes)


def test_chess_as_a_command():
    text = run("chess_game", "20")
    assert text.splitlines()[3] == ". p . . p . B ." and "after 20 of 33 moves" in text and text.endswith("verified: ok\n")


# --- instant replay ---


@pytest.fixture
def app(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame = pytest.importorskip("pygame")
    from replay.docs.examples.instant_replay import App

    pygame.display.init()
    pygame.event.clear()
    yield App(seed=5)
    pygame.display.quit()


def picture(app):
    import pygame

    return pygame.image.tobytes(app.screen, "RGB")


def press(key, kind="KEYDOWN"):
    import pygame

    pygame.event.post(pygame.event.Event(getattr(pygame, kind), key=getattr(pygame, key)))


def test_f5_shows_the_last_five_seconds_at_half_speed_pixel_by_pixel_and_then_the_game_goes_on(app):
    shown = {}
    for frame in range(420):
        if frame % 40 == 0:
            press("K_SPACE", "KEYDOWN" if frame % 80 == 0 else "KEYUP")
            press("K_LEFT" if frame % 120 else "K_RIGHT", "KEYDOWN" if frame % 80 == 0 else "KEYUP")
        assert app.frame()
        shown[app.ring.tick] = picture(app)
    assert len(set(shown.values())) > 400 and app.ring.match.score > 0
    before = app.ring.match.save()
    press("K_F5")
    for index in range(601):
        app.frame()
        assert picture(app) == shown[120 + index // 2], index
    assert app.ring.tick == 420 and app.ring.match.save() == before
    app.frame()
    assert app.ring.tick == 421


def test_the_replay_takes_at_most_fifteen_lines():
    lines = (EXAMPLES / "instant_replay.py").read_text().splitlines()
    marked = [line for line in lines if line.endswith("# replay")]
    assert 0 < len(marked) <= 15
    without = "\n".join(line for line in lines if line not in marked)
    assert "again" not in re.sub(r'^""".*?"""', "", without, flags=re.S)


def test_the_window_closes(app):
    import pygame

    pygame.event.post(pygame.event.Event(pygame.QUIT))
    assert app.frame() is False


def test_aliens_keep_every_promise():
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    from replay.docs.examples.instant_replay import Aliens

    report = check_game(Aliens, ticks=200)
    assert report.is_ok, report
