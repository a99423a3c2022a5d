"""The kernels as WebAssembly, run by `wasmtime`: what a web page runs, held to the same answers here."""

from __future__ import annotations

import ctypes
import weakref
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgpack

from replay.core.errors import MachineError
from replay.core.extras import optional
from replay.native.interface import WASM, Buffer
from replay.native.library import WASM_TARGET, NoLibraryError, is_linked, libraries

if TYPE_CHECKING:
    from replay.native.kernels import Kernels
    from replay.native.layout import Layout

_PAGES = 2048  # of 64 KiB: what matches, maps and rows can take together
_ALIGNED = 64


def module_of(kernels: Kernels) -> bytes:
    """The WebAssembly module of these kernels, made if need be. Raises MachineError."""
    for code in libraries(kernels, WASM_TARGET):
        return code
    from replay.native.making import make_library

    try:
        code = make_library(kernels, WASM_TARGET)
    except NoLibraryError as error:
        raise MachineError(f"no WebAssembly for {kernels.name}: {error}", error.hint) from error
    if not is_linked(code):
        raise MachineError(f"no WebAssembly for {kernels.name}: there is no linker", "install lld, which has wasm-ld")
    return code


class WebAssembly:
    """The entries of a module in this process. Its memory does not grow: Raises MachineError when it is full."""

    name = WASM

    def __init__(self, kernels: Kernels) -> None:
        with optional():
            import wasmtime
        code = module_of(kernels)
        engine = wasmtime.Engine()
        self._store = wasmtime.Store(engine)
        instance = wasmtime.Instance(self._store, wasmtime.Module(engine, code), [])
        self._exports: Any = instance.exports(self._store)
        memory = self._exports["memory"]
        memory.grow(self._store, _PAGES)
        self._memory = _all_of(memory, self._store)
        self._top = int(self._exports["__heap_base"].value(self._store))
        self._free: dict[int, list[int]] = defaultdict(list)
        place = int(self._exports["rules_manifest"].value(self._store))
        size = int.from_bytes(self._memory[place : place + 4], "little")
        self.manifest: dict[str, Any] = msgpack.unpackb(self._memory[place + 4 : place + 4 + size])
        self.layouts: dict[str, Layout] = self.manifest["layouts"]

    def buffer(self, size: int) -> Buffer:
        room = -(-max(size, 1) // _ALIGNED) * _ALIGNED
        free = self._free[room]
        place = free.pop() if free else self._take(room)
        buffer = _Piece(self._memory[place : place + size], place)
        buffer.view[:] = bytes(size)
        weakref.finalize(buffer, free.append, place)
        return buffer

    def _take(self, room: int) -> int:
        place = -(-self._top // _ALIGNED) * _ALIGNED
        if place + room > len(self._memory):
            raise MachineError("the memory of WebAssembly is full", "close other matches")
        self._top = place + room
        return place

    def entry(self, name: str) -> Callable[..., int]:
        return partial(self._exports[f"rules_{name}"], self._store)


def _all_of(memory: Any, store: Any) -> memoryview:
    start = ctypes.cast(memory.data_ptr(store), ctypes.c_void_p).value
    assert start is not None
    return memoryview((ctypes.c_ubyte * memory.data_len(store)).from_address(start)).cast("B")


class _Piece(Buffer):
    def __init__(self, view: memoryview, place: int) -> None:
        self.view, self.place = view, place
