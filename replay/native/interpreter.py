"""The reference: the kernels as Python runs them, on numpy's records. Needs neither a compiler nor a library."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from replay.native import kernels as native
from replay.native.interface import INTERPRETER, Buffer

if TYPE_CHECKING:
    from replay.native.kernels import Kernels
    from replay.native.layout import Layout


class Interpreter:
    """The entries of these kernels, as they are written."""

    name = INTERPRETER

    def __init__(self, kernels: Kernels) -> None:
        module, _, attribute = kernels.rules_spec.partition(":")
        self._rules = getattr(import_module(module), attribute)
        self.layouts: dict[str, Layout] = self._rules.manifest()["layouts"]

    def buffer(self, size: int) -> Buffer:
        return _Plain(size)

    def entry(self, name: str) -> Callable[..., int]:
        function, arguments = self._rules.entries[name]

        def call(*values: Any) -> int:
            given, rest = [], iter(values)
            for argument in arguments:
                value = next(rest)
                if argument is not None:
                    shape = tuple(next(rest) if length is None else length for length in argument.shape)
                    value = _as_records(value.array(argument.dtype, shape))
                given.append(value)
            return int(function(*given))

        return call


class _Plain(Buffer):
    def __init__(self, size: int) -> None:
        self.view = memoryview(bytearray(size))
        self.place = self


def _as_records(array: np.ndarray[Any, Any]) -> Any:
    """So that kernels can write `array[0].field`. A field named like a method of numpy's scalars (`item`) is read as
    `record["item"]`, or the interpreter finds the method. Kernels that a compiler made take the array as it is."""
    return array.view(np.recarray) if array.dtype.names and native.compiling is None else array
