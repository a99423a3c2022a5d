"""Arena's films: what is heard in them is what the window's board would play, and the best moments come first."""

from __future__ import annotations

import os

os.environ["SDL_VIDEODRIVER"] = os.environ["SDL_AUDIODRIVER"] = "dummy"

import numpy as np
import pygame
import pytest
from golden import RECORDINGS

from game.look.sound import RATE, Planner, synthesise
from game.match import ARENA
from replay.watch.export import Artist
from replay.watch.mix import Soundtrack
from replay.watch.model.session import Session
from replay.watch.reel import best_moments, stretch_shots
from replay.watch.window import open_nowhere


@pytest.fixture
def duel():
    open_nowhere()
    with Session(RECORDINGS / "duel.replay", ARENA, check=False) as session:
        yield session


def mixed(session, stop, fps=60.0):
    artist = Artist(session, (160, 90), "all", False, False, 60 / fps)
    track = Soundtrack(session, artist.look, fps)
    parts = []
    for number, shot in enumerate(stretch_shots(0, stop, 60 / fps)):
        artist.draw(shot)
        parts.append(track.before(number, artist.scene, is_cut=shot.is_cut))
    return np.concatenate(parts)


def test_a_countdown_beeps_at_the_samples_of_its_ticks_without_a_device(duel, monkeypatch):
    monkeypatch.setattr(pygame.mixer, "init", lambda *_, **__: pytest.fail("no device is needed"))
    beep = synthesise()["beep"]
    for fps in (60.0, 30.0):
        samples = mixed(duel, 170, fps)[:, 0]
        for tick in (1, 60, 120):
            first = tick * RATE // 60
            likeness = {lag: float(samples[first + lag :][: len(beep)] @ beep) for lag in range(-40, 41)}
            assert max(likeness, key=likeness.get) == 0 and likeness[0] > 0.5 * beep @ beep  # others sound with it


def test_a_fight_is_loud_and_not_clipped_and_is_planned_at_the_time_of_the_match(duel, monkeypatch):
    times = []
    plan = Planner.plan

    def noted(self, events, camera, listener, now):
        times.append((now, events["tick"].tolist()))
        return plan(self, events, camera, listener, now)

    monkeypatch.setattr(Planner, "plan", noted)
    samples = mixed(duel, 900)
    assert 0.2 < np.abs(samples).max() < 0.8
    assert times and all(set(ticks) == {round(now * 60) - 1} for now, ticks in times)


def test_the_best_moments_of_a_golden_match():
    with Session(RECORDINGS / "every-weapon.replay", ARENA, check=False) as session:
        everything = best_moments(session, 0, session.recording.ticks, 100)
        best = best_moments(session, 0, session.recording.ticks, 2)
    assert len(everything) > 2 and best == sorted(best) and set(best) < set(everything)
    assert min(moment.worth for moment in best) >= max(moment.worth for moment in set(everything) - set(best))
