"""Strangers' files: verified in a process of its own, behind a wall, and attested in receipts.

untrusted   verifying such a file; begin here
answer      what the process says, taken for data
inside      how the process begins: the wall first. `judging`: what it does then
wall        what it may still do: `landlock`, `seccomp` (by `calls`), `limits`. `places`: what it may read
making      rules compiled before, outside of the wall
receipt     what is attested, as JSON that can be signed and checked later
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from replay.prove.sandbox.untrusted import BUDGET_SECONDS, BUDGET_TICKS, MAX_FILE_BYTES, MEMORY_BYTES, verify_untrusted

__all__ = ["BUDGET_SECONDS", "BUDGET_TICKS", "MAX_FILE_BYTES", "MEMORY_BYTES", "verify_untrusted"]


def __getattr__(name: str) -> Any:
    """Loaded when asked for: the process behind the wall begins without numpy, which starts threads."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from replay.prove.sandbox import untrusted

    return getattr(untrusted, name)
