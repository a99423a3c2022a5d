"""A player that presses anything: as much as the game says that its inputs hold."""

from typing import NamedTuple

import numpy as np
from toys import COUNTER

from replay import PlainGame, Recorder, Recording
from replay.prove.machine import machine_inputs
from replay.read.story import Story


class Keys(PlainGame):
    class Input(NamedTuple):
        left: bool = False
        speed: int = 0

    def step(self, inputs):
        pass


def played(path, game):
    with Recorder(path, game, seed=3, players=["Ann", "Ben"]) as recorder:
        for row, commands in machine_inputs(recorder, 200):
            recorder.step(row, commands)
    with Recording(path) as recording:
        return recording.inputs(0, 200), recording.header


def test_a_key_is_pressed_or_not_and_told_by_its_name(path):
    rows, header = played(path, Keys)
    assert set(np.unique(rows["left"])) == {0, 1} and abs(rows["speed"]).max() > 2**32
    row = np.array((1, 5), rows.dtype)
    assert Story(Keys, header).inputs(row) == [("left", True), ("speed 5", True)]


def test_a_game_that_says_nothing_gets_every_value(path):
    assert played(path, COUNTER)[0]["buttons"].max() > 200
