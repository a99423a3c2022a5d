"""What a test needs of the machine, and the reason for which it is skipped without."""

from __future__ import annotations

from importlib.util import find_spec
from shutil import which

import pytest

from replay.native.making import _WASM_LINKERS

HAS_WASM = find_spec("wasmtime") is not None and any(which(name) for name in _WASM_LINKERS)
WASM = pytest.mark.skipif(not HAS_WASM, reason="needs wasmtime (pip install -e '.[test]') and wasm-ld (apt install lld)")


def needed(packages: str) -> None:
    """Skip the test where one of `packages` is missing, and say which."""
    missing = [name for name in packages.split() if find_spec(name) is None]
    if missing:
        pytest.skip(f"needs {', '.join(missing)} (pip install -e '.[test]')")
