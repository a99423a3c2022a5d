"""Which lines of the rules run, and from where to where: by the interpreter's tracing hook, without coverage.py."""

from __future__ import annotations

import inspect
import os
import sys
import sysconfig
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any, Self

from replay.core.fingerprint import home_of

_ENGINE = Path(__file__).parents[2]
_STANDARD = sysconfig.get_paths()["stdlib"]
_LINES_OF_A_TICK = 1_000_000

Arc = tuple[str, int, int]  # a file, and two lines that ran one after the other in one call; below 0: the first of a function


class EndlessError(Exception):
    """One tick runs so many lines that it may never end."""


class LineTracer:
    """While it is entered, notes each step from line to line in the files of which `is_rules(name)` holds. A context manager that
    may be entered again, and each time limits what follows: EndlessError is raised inside the rules after too many lines.

    arcs: all steps so far, each once. count: of all steps, and of all calls of functions anywhere, because to look at one costs as
    much.
    """

    def __init__(self, is_rules: Callable[[str], bool]) -> None:
        self.arcs: set[Arc] = set()
        self.codes: set[CodeType] = set()
        self.count, self._last_count = 0, sys.maxsize
        self._is_rules = is_rules
        self._known: dict[CodeType, bool] = {}

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        self._last_count = self.count + _LINES_OF_A_TICK
        sys.settrace(self._enter_call)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        sys.settrace(self._before)

    def _enter_call(self, frame: FrameType, event: str, argument: Any) -> Callable[..., Any] | None:
        code = frame.f_code
        self.count += 1
        is_rules = self._known.get(code)
        if is_rules is None:
            is_rules = self._known[code] = self._is_rules(code.co_filename)
            if is_rules:
                self.codes.add(code)
        if not is_rules:
            return None
        file, arcs, before = code.co_filename, self.arcs, -code.co_firstlineno

        def step(frame: FrameType, event: str, argument: Any) -> Callable[..., Any]:
            nonlocal before
            if event == "line":
                line = frame.f_lineno
                arcs.add((file, before, line))
                before = line
                self.count += 1
                if self.count > self._last_count:
                    self._last_count = sys.maxsize
                    raise EndlessError(f"a tick runs more than {_LINES_OF_A_TICK:,} lines, at {Path(file).name}:{line}")
            return step

        return step


def rules_of(game: Any, match: Any) -> Callable[[str], bool]:
    """Whether a file that runs is of the rules: not of Python, of the engine, or of an installed package that is not the game's."""
    kinds = (part if isinstance(part, type) else type(part) for part in (game, match))
    homes = [str(home) for kind in kinds if (home := home_of(kind.__module__)) is not None and home != _ENGINE]

    def is_rules(file: str) -> bool:
        if file.startswith("<") or _is_engine(file):
            return False
        if file.startswith(_STANDARD) or "-packages" in file:
            return "-packages" in file and any(file == home or file.startswith(home + os.sep) for home in homes)
        return True

    return is_rules


def _is_engine(file: str) -> bool:
    inside = Path(file).parts[len(_ENGINE.parts) :] if file.startswith(str(_ENGINE) + os.sep) else ()
    return bool(inside) and inside[0] != "docs"  # whose examples are games


def lines_of(codes: Iterable[CodeType]) -> set[tuple[str, int]]:
    """All lines in functions of the files that these are of."""
    lines: set[tuple[str, int]] = set()
    for file in {code.co_filename for code in codes}:
        try:
            whole = compile(Path(file).read_bytes(), file, "exec")
        except (OSError, SyntaxError, ValueError):  # of no file, or of one that was changed since
            continue
        for code in _nested(whole):
            if code.co_flags & inspect.CO_OPTIMIZED:  # a function; what else there is runs once, at the import
                lines.update((file, line) for _, _, line in code.co_lines() if line and line != code.co_firstlineno)
    return lines


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _nested(constant)


def numbers_in(codes: Iterable[CodeType]) -> list[int | float]:
    """The numbers that are written in this code, sorted: what inputs may be compared with."""
    found = {constant for code in codes for constant in code.co_consts if type(constant) in (int, float)}
    return sorted(number for number in found if abs(number) < 2**63)
