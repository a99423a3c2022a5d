"""Work in a thread of its own, while somebody watches."""

from __future__ import annotations

import threading

_PATIENCE_SECONDS = 5.0


class Background:
    """Subclass it and give `_run`, which ends soon after `_stop` is set. Start with `start()`, end with `close()`."""

    def __init__(self, name: str) -> None:
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE_SECONDS)

    def wait(self, seconds: float = 60.0) -> None:
        """Until all of it is done; for programs that want the whole at once."""
        self._thread.join(seconds)

    def _run(self) -> None:
        raise NotImplementedError
