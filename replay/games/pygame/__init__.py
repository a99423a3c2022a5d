"""Unmodified pygame programs as games of the engine: `while True`, sprites, `random`, clocks, and not one line changed.

    from replay.games.pygame import PygameProgram
    game = PygameProgram("rocks.py")          # or a module: PygameProgram("pygame.examples.aliens")

The program runs in a process of its own, without a window, where time, chance, events and the screen are the engine's. To read:

program   the program as a game: its name, its rate, what it is given
match     one run of it: ticks, its screen, its proof, checkpoints that fork the process
process   the process, and what is said to it
inputs    events as commands of a recording, and back
window    a person plays: the window of a program that is being recorded
inside/   what runs in that process: the clocks, dice, events and displays that the program finds there
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.games.pygame.program import PygameProgram

__all__ = ["PygameProgram"]


def __getattr__(name: str) -> Any:
    if name != "PygameProgram":  # light, as the program's process imports this too
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from replay.games.pygame.program import PygameProgram

    return PygameProgram
