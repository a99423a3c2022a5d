"""The same questions of every wrapped package: is it recorded, verified, sought, checked, drawn, and collected by pytest?"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import warnings
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from cartridge import cartridge
from needs import needed
from played import ROWS, Row

from replay import Playback, Recording, verify
from replay.prove.conformance import check_game
from replay.watch.model.session import Session

ROOT = Path(__file__).parents[3]
SLOW = ("pong", "pyboy")  # to start


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A project with the recordings of all rows, a cartridge and the game that plays it."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "tiny.gb").write_bytes(cartridge())
    game = f"from replay.docs.examples.game_boy import GameBoy\nGAME = GameBoy({str(folder / 'tiny.gb')!r})\n"
    (folder / "gb_game.py").write_text(game)
    sys.path.insert(0, str(folder))
    with warnings.catch_warnings(action="ignore"):  # it says which SDL it found
        if find_spec("pyboy"):
            import_module("pyboy")
    yield folder
    sys.path.remove(str(folder))
    sys.modules.pop("gb_game", None)


@pytest.fixture(scope="module", params=ROWS)
def row(request) -> Row:
    row = ROWS[request.param]
    needed(row.needs)
    return row


@pytest.fixture(scope="module")
def path(row, folder):
    path = folder / f"{next(name for name, other in ROWS.items() if other is row)}.replay"
    row.record(path, row.ticks)
    return path


@pytest.fixture
def recording(path):
    with Recording(path) as recording:
        yield recording


def test_it_is_recorded_to_the_end(row, recording):
    assert recording.end is not None and recording.end.how == "finished"
    assert recording.ticks >= row.ticks and recording.header.game == row.game().name


def test_it_verifies(row, path):
    verification = verify(path, row.game())
    assert verification.is_ok and verification.digests_compared >= row.ticks, verification.message


def test_every_seek_comes_to_the_state_of_the_straight_run(row, recording):
    game, chance = row.game(), random.Random(1)
    straight, playback = Playback(game, recording), Playback(game, recording)
    states = {}
    for tick in range(recording.ticks + 1):
        states[tick] = straight.simulation.hash()
        if tick < recording.ticks:
            straight.step()
    assert straight.divergence is None and len(set(states.values())) > recording.ticks // 3
    for tick in [recording.ticks, recording.ticks - 1, 0, *(chance.randrange(recording.ticks + 1) for _ in range(12))]:
        playback.seek(tick)
        assert playback.simulation.hash() == states[tick]
    assert not playback.warning and playback.divergence is None


@pytest.mark.parametrize("row", [pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW)) for name in ROWS], indirect=True)
def test_it_keeps_its_promises(row, folder):
    report = check_game(row.game(), ticks=row.checked, players=row.players, config=row.settings or None)
    assert {finding.check for finding in report.findings} == set(row.broken), report
    assert {"two-runs", "other-process", "instances"} <= set(report.passed), report


def test_it_draws_itself(row, recording):
    playback = Playback(row.game(), recording)
    playback.seek(playback.ticks // 2)
    before, picture = playback.simulation.hash(), playback.simulation.screen()
    assert picture is not None and picture.min() < picture.max()
    assert playback.simulation.hash() == before
    playback.seek(playback.ticks)
    assert playback.divergence is None and not playback.warning


def test_the_window_shows_its_own_picture_of_a_tick(row, path):
    with Session(path, row.game(), check=False) as session:
        tick = session.recording.ticks // 2
        playback = Playback(session.game, session.recording)
        playback.seek(tick)
        assert np.array_equal(session.scene(tick).screen, playback.match.screen())
        assert session.story.world == playback.match.screen().shape[1::-1]


def test_pytest_collects_them_where_the_project_names_the_games(folder):
    rows = {name: row for name, row in ROWS.items() if all(find_spec(package) for package in row.needs.split())}
    for name, row in rows.items():
        if not (folder / f"{name}.replay").exists():
            row.record(folder / f"{name}.replay", row.ticks)
    specs = ", ".join(f'"{row.spec}"' for row in rows.values())
    (folder / "pyproject.toml").write_text(f"[tool.replay]\ngame = [{specs}]\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    assert f"{len(rows)} passed" in done.stdout, done.stdout + done.stderr
