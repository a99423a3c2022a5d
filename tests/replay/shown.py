"""Games to be looked at in pages: one whose screen spells the tick, so that a picture says which it is."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hostile import FORMS

from replay.games.plain import PlainGame

BITS, CELL = 12, 8  # of the tick; pixels of a bit's square


class Dial(PlainGame):
    """The screen is a row of squares, white for each bit of the tick that is set."""

    name = "dial"
    players = 2
    event_kinds = ("beat", "bar")

    class Input(NamedTuple):
        held: bool = False

    def start(self, config):
        self.beats = [0, 0]

    def step(self, inputs):
        for seat, held in enumerate(inputs):
            self.beats[seat] += held.held
        if self.tick % 30 == 0:
            self.emit("bar" if self.tick % 120 == 0 else "beat", player=self.tick // 30 % 2)

    def screen(self):
        bits = self.tick >> np.arange(BITS) & 1
        row = np.repeat(np.repeat(bits[None, :], CELL, 1), CELL * 4, 0)
        return np.repeat((row * 255).astype(np.uint8)[:, :, None], 3, 2)

    def result(self):
        return {"beats": sum(self.beats)}


def tick_in(picture: np.ndarray) -> int:
    """The tick that a picture of the dial shows, in whatever size. picture: shape (height, width, 3)."""
    height, width, _ = picture.shape
    middles = ((np.arange(BITS) + 0.5) * width / BITS).astype(int)
    return int(((picture[height // 2, middles].mean(axis=1) > 127) << np.arange(BITS)).sum())


class Liar(PlainGame):
    """Everything that it tells is hostile: fields, their names, events, results."""

    name = "liar"

    event_kinds = ("said",)

    def start(self, config):
        self.said = dict.fromkeys(FORMS, "")

    def step(self, commands):
        form = FORMS[self.tick % len(FORMS)]
        self.said[form] = form
        self.emit("said", player=self.tick % self.player_count, words=form)

    def result(self):
        return {form: form for form in FORMS}
