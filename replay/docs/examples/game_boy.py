"""A Game Boy game in PyBoy, recorded with save states and a cheap proof of every tick.

    game = GameBoy("game.gb")
    with replay.Recorder("run.replay", game, seed=0, players=["Ann"], config=game.default_config()) as recorder:
        recorder.step(np.array([(0b0001_0000,)], game.input_dtype))   # of BUTTONS: a is held

To verify it, say `GAME = GameBoy("game.gb")` in a module of your own: `replay verify run.replay --game MODULE:GAME`.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import numpy as np
from pyboy import PyBoy

from replay import UnverifiableError

BUTTONS = ("up", "down", "left", "right", "a", "b", "start", "select")


class GameBoyMatch:
    def __init__(self, rom: str) -> None:
        self.boy = PyBoy(rom, window="null", sound_emulated=False, no_input=True)

    def advance(self, rows: Any) -> None:
        for held in rows["held"][:, 0].tolist():
            for bit, button in enumerate(BUTTONS):
                (self.boy.button_press if held >> bit & 1 else self.boy.button_release)(button)
            self.boy.tick(sound=False)

    def proof(self) -> bytes:
        """The work memory: to save a whole state takes 80 times as long as a tick."""
        return bytes(self.boy.memory[0xC000:0xE000]) + bytes(self.boy.memory[0xFF80:0xFFFF])

    def save(self) -> bytes:
        self.boy.save_state(file := io.BytesIO())
        return file.getvalue()

    def load(self, saved: bytes) -> None:
        before = self.save()
        try:
            self.boy.load_state(io.BytesIO(saved))
            if self.save() != saved:
                raise ValueError("other bytes come back")
        except Exception as error:  # whatever the emulator raises: the bytes may come from a stranger
            self.boy.load_state(io.BytesIO(before))
            raise ValueError(f"no state of this game: {error}") from error

    def screen(self) -> Any:
        return self.boy.screen.ndarray[:, :, :3].copy()


class GameBoy:
    name, rules, ticks_per_second = "game-boy", 1, 60
    input_dtype = np.dtype([("held", "u1")])  # a bit for each of BUTTONS

    def __init__(self, rom: str | Path) -> None:
        self.rom = str(rom)

    def default_config(self) -> dict[str, int | str]:
        """Which cartridge it is, by its content."""
        return {"rom": hashlib.sha256(Path(self.rom).read_bytes()).hexdigest()}

    def new_match(self, seed: int, players: int, config: dict[str, int | str]) -> GameBoyMatch:
        if config != self.default_config():
            raise UnverifiableError("this is another cartridge than the one recorded")
        if players != 1:
            raise ValueError("a Game Boy has one player")
        return GameBoyMatch(self.rom)
