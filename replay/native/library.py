"""Libraries: the rules of a game as machine code, found, checked and loaded; made where there is none.

A library is known by the hash of the sources that it was made of, and in a cache by the compiler's version too. It is looked for

1. in `native/` beside the rules: what a wheel brings along;
2. in the `__pycache__` beside the rules, then in the user's cache: what an earlier process made, by this compiler.

Else it is made, by a process of its own, and kept in the first of the places of 2 that can be written; several processes that
start at once make it once. Nothing is loaded that is cut, damaged, or where somebody else can write.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from xxhash import xxh3_128_digest, xxh3_128_hexdigest

from replay.core.folders import CACHE_VARIABLE, is_ours, user_cache
from replay.native.interface import MACHINE_CODE, Buffer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from replay.native.kernels import Kernels
    from replay.native.layout import Layout

HOST = "host"  # the target that is this machine
WASM_TARGET = "wasm32"
SHIPPED = "native"  # the folder in a package
_SEAL_BYTES = 16
_SHARED = b"\x7fELF\x03"  # how a shared library begins, and its type


class NoLibraryError(Exception):
    """There is no machine code, for the reason given; `hint` says what would help."""

    def __init__(self, reason: str, hint: str) -> None:
        super().__init__(reason)
        self.hint = hint


class MachineCode:
    """The entries of a library in this process."""

    name = MACHINE_CODE

    def __init__(self, address_of: Callable[[str], int], keeps: Any) -> None:
        import msgpack

        place = address_of("rules_manifest")
        size = int.from_bytes(ctypes.string_at(place, 4), "little")
        self.manifest: dict[str, Any] = msgpack.unpackb(ctypes.string_at(place + 4, size))
        self.layouts: dict[str, Layout] = self.manifest["layouts"]
        self._selected = address_of("rules_selected") if self.manifest.get("changes") else 0
        self._keeps = keeps  # what holds the code in memory
        kinds = {"p": ctypes.c_void_p, "i": ctypes.c_int64}
        self._entries = {}
        for name, signature in self.manifest["entries"].items():
            kind = ctypes.CFUNCTYPE(ctypes.c_int64, *(kinds[letter] for letter in signature))
            self._entries[name] = kind(address_of(f"rules_{name}"))

    def buffer(self, size: int) -> Buffer:
        return _Memory(size)

    def entry(self, name: str) -> Callable[..., int]:
        return self._entries[name]

    def select(self, number: int) -> bool:
        """Make the change of this number, see `kernels.selected`; whether the library holds any."""
        if self._selected:
            ctypes.c_int64.from_address(self._selected).value = number
        return bool(self._selected)


class _Memory(Buffer):
    def __init__(self, size: int) -> None:
        self._bytes = bytearray(max(size, 1))
        self.view = memoryview(self._bytes)[:size]
        self.place = ctypes.addressof(ctypes.c_char.from_buffer(self._bytes))


def found(kernels: Kernels) -> MachineCode | None:
    """The machine code of these kernels, if there is any yet."""
    for code in libraries(kernels, HOST):
        with suppress(OSError):  # nothing that this machine can run
            return opened(code, kernels)
    return None


def libraries(kernels: Kernels, target: str) -> Iterator[bytes]:
    """The sound libraries of these kernels for a target, best first."""
    if (code := sound_code(kernels.package / SHIPPED / library_name(kernels, target), kernels)) is not None:
        yield code
    name = library_name(kernels, target, compiler_version())
    for folder in cache_folders(kernels):
        if (code := sound_code(folder / name, kernels)) is not None:
            yield code


def library_name(kernels: Kernels, target: str, compiler: str = "") -> str:
    """The name of a library in a cache, which a compiler of this version made; without one, of a library that is shipped."""
    if target == HOST:
        target = f"{os.uname().machine if hasattr(os, 'uname') else 'x86_64'}-{sys.platform}"
    key = xxh3_128_hexdigest((kernels.sources_hash + compiler).encode())[:20]
    return f"{kernels.name}-{key}-{target}.{'wasm' if target == WASM_TARGET else 'so'}"


def compiler_version() -> str:
    """Like "numba-0.61.0.dist-info", without importing it; empty if it is not installed."""
    for folder in sys.path:
        try:
            with os.scandir(folder or os.curdir) as entries:
                for entry in entries:
                    if entry.name.startswith("numba-") and entry.name.endswith(".dist-info"):
                        return entry.name
        except OSError:
            continue
    return ""


def cache_folders(kernels: Kernels) -> list[Path]:
    """Where libraries are kept, best first. `REPLAY_CACHE` names another place for all of them."""
    beside = [] if os.environ.get(CACHE_VARIABLE) else [kernels.package / "__pycache__"]
    return beside + shared_cache()


def shared_cache() -> list[Path]:
    """Where all games' libraries are kept: one place, or none that is known."""
    with suppress(RuntimeError):  # neither HOME nor an entry in passwd
        return [user_cache()]
    return []


# --- loading ----------------------------------------------------------------------------------------------------------


def sealed(code: bytes) -> bytes:
    """The bytes of a library file: at its end a hash of the rest, so that one that is cut or damaged is seen before it is run."""
    return code + xxh3_128_digest(code)


def sound_code(path: Path, kernels: Kernels) -> bytes | None:
    """The code of the library at `path`; None if there is none that is whole, and that nobody else could have written."""
    try:
        if not is_safe(path.parent, kernels) or not is_safe(path, kernels):
            return None
        data = path.read_bytes()
    except OSError:
        return None
    code = data[:-_SEAL_BYTES]
    return code if len(data) > _SEAL_BYTES and sealed(code) == data else None


def is_safe(path: Path, kernels: Kernels) -> bool:
    """Whether nobody but us and the machine's owner can write there. Raises OSError if it is not there.

    Beside the rules it is as safe as they are: who can write there can write them."""
    return path.exists() if kernels.package in path.parents else is_ours(path)


def opened(code: bytes, kernels: Kernels) -> MachineCode:
    """The library in this process. Raises OSError if it cannot be loaded, or is of other sources."""
    if is_linked(code):
        library = ctypes.CDLL(_file_of(code))
        engine = MachineCode(lambda name: ctypes.addressof(ctypes.c_char.in_dll(library, name)), library)
    else:
        engine = placed(code)
    if engine.manifest["sources"] != kernels.sources_hash:
        raise OSError("a library of other sources")
    return engine


def is_linked(code: bytes) -> bool:
    """Whether it is a shared library or a WebAssembly module; else it is an object, for which there was no linker."""
    return code[:4] + code[16:17] == _SHARED or (code.startswith(b"\0asm") and b"linking" not in code[:4096])


def _file_of(code: bytes) -> str:
    """A file in memory that holds what was checked, so that nobody can change it between that and its use, or after. It stays open:
    the loader knows libraries by their names. Raises OSError where there is no such thing."""
    if not hasattr(os, "memfd_create"):
        raise OSError("no files in memory")
    descriptor = os.memfd_create("rules")
    os.write(descriptor, code)
    return f"/proc/self/fd/{descriptor}"


def placed(code: bytes) -> MachineCode:
    """An object file, where there is no linker: LLVM's own loader puts it into memory."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), llvm.Target.from_default_triple().create_target_machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return MachineCode(lambda name: _found(engine.get_function_address(name) or engine.get_global_value_address(name)), engine)


def _found(address: int) -> int:
    if not address:
        raise OSError("the library lacks an entry")
    return address
