"""What runs the kernels of a game: machine code, or the interpreter. One way to call them, and the same bytes from each.

`REPLAY_ENGINE` in the environment chooses: `machine-code`, `interpreter`, `wasm`, or (as if it were not set) the first two in turn.
"""

from __future__ import annotations

import atexit
import os
from _thread import allocate_lock  # `threading` takes longer to import than to open a library

from replay.core.errors import MachineError
from replay.native import library
from replay.native.interface import INTERPRETER, MACHINE_CODE, WASM
from replay.native.kernels import Kernels

TYPE_CHECKING = False
if TYPE_CHECKING:
    from replay.native.interface import Engine

VARIABLE = "REPLAY_ENGINE"

_open: dict[Kernels, Engine] = {}
_opening = allocate_lock()
makes = True  # False: only what is ready is used, because there is somebody else who says that something has to be made


class NotMadeError(MachineError):
    """The library that was asked for has to be made first, and this process does not make any."""


def engine_of(kernels: Kernels) -> Engine:
    """The engine of these kernels in this process. Raises MachineError for one that was asked for and cannot be had."""
    if kernels not in _open:
        with _opening:
            if kernels not in _open:
                _open[kernels] = _opened(kernels, os.environ.get(VARIABLE, ""))
    return _open[kernels]


def select(number: int) -> None:
    """From now on make change `number` of the rules, 0 for none, in the libraries of this process that hold changes. Raises
    MachineError if none does."""
    engines = [engine for engine in _open.values() if isinstance(engine, library.MachineCode)]
    if not [engine for engine in engines if engine.select(number)]:
        raise MachineError("no library in this process holds changes of its rules")


def _opened(kernels: Kernels, wanted: str) -> Engine:
    if wanted not in ("", MACHINE_CODE, INTERPRETER, WASM):
        raise MachineError(f"{VARIABLE} is {wanted!r}", f"it can be {MACHINE_CODE}, {INTERPRETER} or {WASM}")
    if wanted == WASM:
        from replay.native.wasm import WebAssembly

        if not makes and next(library.libraries(kernels, library.WASM_TARGET), None) is None:
            raise _not_made(kernels)
        atexit.register(_open.clear)  # while what it was made by is still there
        return WebAssembly(kernels)
    if wanted != INTERPRETER:
        try:
            return library.found(kernels) or _made(kernels)
        except library.NoLibraryError as error:
            if wanted:
                raise MachineError(f"no machine code for {kernels.name}: {error}", error.hint) from error
            import logging

            logging.getLogger(kernels.name).warning("the rules run interpreted, which is slow: %s. %s", error, error.hint)
    from replay.native.interpreter import Interpreter

    return Interpreter(kernels)


def _made(kernels: Kernels) -> Engine:
    if not makes:
        raise _not_made(kernels)
    from replay.native.making import make

    return make(kernels)


def _not_made(kernels: Kernels) -> NotMadeError:
    return NotMadeError(f"the rules of {kernels.name} are not compiled yet", "replay verify of a recording compiles them")
