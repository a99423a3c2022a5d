"""What every engine offers: memory that kernels work on, and entries to be called."""

from __future__ import annotations

from collections.abc import Callable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    import numpy.typing as npt

    from replay.native.layout import Layout

    class Engine(Protocol):
        """Runs the entries of one game's rules.

        layouts: of `world`, `state`, `input`, `event` and `tables`.
        """

        name: str
        layouts: dict[str, Layout]

        def buffer(self, size: int) -> Buffer: ...

        def entry(self, name: str) -> Callable[..., int]:
            """The entry to be called: a place in memory is given as the `place` of a buffer, followed by its lengths."""
            ...


MACHINE_CODE, INTERPRETER, WASM = "machine-code", "interpreter", "wasm"


class Buffer:
    """Memory that kernels work on. view: its bytes, to be read and written. place: how an entry is told of it."""

    view: memoryview
    place: Any

    def array(self, dtype: Any, shape: tuple[int, ...], offset: int = 0) -> npt.NDArray[Any]:
        """The same memory for numpy. It must not outlive the buffer's engine."""
        import numpy as np

        return np.ndarray(shape, dtype, self.view, offset)
