"""A pygame program as a game of the engine: its name, its rate, and how a run of it begins."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import PathFinder
from pathlib import Path
from statistics import mode
from typing import Any

import numpy as np

from replay.core.errors import ReplayError, UsageError
from replay.core.origin import version_of
from replay.games.pygame.hand import Hand, keys_named_in
from replay.games.pygame.inputs import attributes_of
from replay.games.pygame.match import ProgramMatch

os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")  # to look for pygame.examples.aliens imports pygame, which greets
_PROBED_TICKS = 8
_USUAL_RATE = 60
_MOST_PADS = 8
_MOST_ARGUMENTS = 4096  # characters
_rates: dict[tuple[str, int, int], int] = {}  # by program, its size and the time of its last change


class PygameProgram:
    """program: a file that ends in .py, or the name of a module that `python -m` runs.

    ticks_per_second: of its frames; by default as it asks for itself, which takes a short run to see. folder: where it is started,
    by default the current one. forks: whether checkpoints may fork its process. talks: whether what it prints goes to stderr.

    Raises UsageError if there is no such program.
    """

    rules = 1
    input_dtype = None
    takes_commands = True
    event_dtype = None
    event_kinds = ("sound", "over")

    def __init__(
        self,
        program: str,
        *,
        ticks_per_second: int | None = None,
        folder: Path | None = None,
        forks: bool = True,
        talks: bool = False,
    ) -> None:
        self.folder = Path.cwd() if folder is None else Path(folder).absolute()
        self.source = _source_of(program, self.folder)
        self.program = str(self.source) if program.endswith(".py") else program
        self.name = self.source.stem if program.endswith(".py") else program
        self._rate = ticks_per_second
        self._forks, self._talks = forks, talks
        self._keys: list[str] | None = None

    @property
    def made_with(self) -> dict[str, str]:
        """Another pygame may draw a pixel differently, and has other fonts."""
        ce = version_of("pygame-ce")
        return {"pygame": f"ce {ce}" if ce is not None else version_of("pygame") or "of nobody"}

    @property
    def ticks_per_second(self) -> int:
        """The frames that it asks for, started without arguments; 60 if it asks for none."""
        if self._rate is None:
            facts = self.source.stat()
            key = (self.program, facts.st_size, facts.st_mtime_ns)
            if key not in _rates:
                _rates[key] = self._probed_rate()
            self._rate = _rates[key]
        return self._rate

    def _probed_rate(self) -> int:
        try:
            match = ProgramMatch(self.program, (), self.folder, 0, [], can_fork=False, talks=False)
        except ReplayError:  # it may need arguments, and then has the usual rate
            return _USUAL_RATE
        lengths = [match.tick_ns]
        try:
            for _ in range(_PROBED_TICKS):
                if match.ended is None:
                    match.advance(np.zeros((1, 1), np.dtype([])), [])
                    lengths.append(match.tick_ns)
        except Exception:  # what it raises, the match will say that is recorded
            pass
        finally:
            match.close()
        return min(max(round(1e9 / max(mode(lengths), 1)), 1), 1000)

    def new_match(self, seed: int, players: int, config: Mapping[str, int | str]) -> ProgramMatch:
        """config: `arguments`, as one would type them; `pads`, the joysticks at the start, as JSON."""
        if players != 1:
            raise ValueError(f"a program has one player, who has the keyboard; not {players}")
        if unknown := config.keys() - {"arguments", "pads"}:
            raise ValueError(f"a program has the settings arguments and pads, not {', '.join(sorted(unknown))}")
        text = str(config.get("arguments", ""))
        if len(text) > _MOST_ARGUMENTS or "\0" in text:
            raise ValueError(f"the arguments of a program are up to {_MOST_ARGUMENTS} characters, and none of them is NUL")
        arguments = shlex.split(text)
        pads = _pads(str(config.get("pads", "[]")))
        return ProgramMatch(self.program, arguments, self.folder, seed, pads, can_fork=self._forks, talks=self._talks)

    def inputs(self, match: ProgramMatch, rng: np.random.Generator) -> tuple[None, list[tuple[int, Any]]]:
        """Any keys that its source names, clicks and movements."""
        if self._keys is None:
            is_file = self.program.endswith(".py")
            siblings = sorted(self.source.parent.rglob("*.py")) if is_file else [self.source]
            self._keys = keys_named_in([self.source, *siblings])
        if match.hand is None:
            match.hand = Hand(self._keys)
        width, height = match.look.get("size", (640, 480))
        return None, [(0, command) for command in match.hand.events(rng, (width, height))]


def _source_of(program: str, folder: Path) -> Path:
    """The file that runs first."""
    if program.endswith(".py"):
        file = folder / program
        if not file.is_file():
            raise UsageError(f"there is no program {program}", "name a file that ends in .py, or a module: -m package.module")
        return file
    places: Sequence[str] | None = [str(folder), *sys.path]
    for part in program.split("."):  # without importing anything: importing may be to run it
        spec = PathFinder.find_spec(part, places)
        places = spec.submodule_search_locations if spec is not None else None
        if spec is None or not (places or part == program.rpartition(".")[2]):
            break
    else:
        assert spec is not None
        file = Path(places[0], "__main__.py") if places else Path(spec.origin or "")
        if file.is_file():
            return file
    raise UsageError(f"there is no module {program!r} to run", "name it as for python -m, or a file that ends in .py")


def _pads(text: str) -> list[dict[str, Any]]:
    """The joysticks that are plugged in at the start: a JSON list of commands JOYDEVICEADDED."""
    try:
        commands: Any = json.loads(text)
    except RecursionError:
        raise ValueError("pads are a list of joysticks, and not lists in lists") from None
    if not isinstance(commands, list) or len(commands) > _MOST_PADS:
        raise ValueError(f"pads are a list of at most {_MOST_PADS} joysticks")
    pads = [attributes_of(command) for command in commands]
    joysticks = [attributes for name, attributes in pads if name == "JOYDEVICEADDED"]
    if not all(isinstance(pad.get(part, 0), int) for pad in joysticks for part in ("axes", "buttons", "hats", "balls")):
        raise ValueError("the axes, buttons, hats and balls of a joystick are whole numbers")
    return joysticks
