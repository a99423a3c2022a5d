"""Debian's Firefox, driven by its own protocol (Marionette: frames of `length:JSON`), for what must hold in a second browser."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from patience import PATIENCE_SECONDS

FIREFOX = shutil.which("firefox-esr") or shutil.which("firefox")
NEEDS_FIREFOX = pytest.mark.skipif(FIREFOX is None, reason="needs Firefox (apt install firefox-esr)")


class Firefox:
    """One window of it."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection, self._number = connection, 0
        self._receive()  # it says who it is
        self._call("WebDriver:NewSession", {})

    def _receive(self) -> Any:
        digits = b""
        while not digits.endswith(b":"):
            digits += self._read(1)
        data = bytearray()
        while len(data) < int(digits[:-1]):
            data += self._read(int(digits[:-1]) - len(data))
        return json.loads(data)

    def _read(self, most: int) -> bytes:
        data = self._connection.recv(most)
        assert data, "Firefox has ended"
        return data

    def _call(self, name: str, given: dict[str, Any]) -> Any:
        self._number += 1
        message = json.dumps([0, self._number, name, given]).encode()
        self._connection.sendall(b"%d:" % len(message) + message)
        _, _, error, result = self._receive()
        assert error is None, error
        return result

    def open(self, url: str) -> None:
        self._call("WebDriver:Navigate", {"url": url})

    def ask(self, script: str) -> Any:
        """What a script returns that runs beside the page's own and sees its document."""
        return self._call("WebDriver:ExecuteScript", {"script": f"return {script}", "args": []})["value"]

    def until(self, expression: str) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not self.ask(f"Boolean({expression})"):
            assert time.monotonic() < end, f"still not: {expression}"
            time.sleep(0.05)


@contextmanager
def open_firefox(profile: Path) -> Iterator[Firefox]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    assert FIREFOX is not None
    command = [FIREFOX, "--headless", "--marionette", "--no-remote", "--profile", str(profile)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with _connected(port) as connection:
            yield Firefox(connection)
    finally:
        process.kill()  # it keeps nothing that is worth an orderly end
        process.wait(PATIENCE_SECONDS)


def _connected(port: int) -> socket.socket:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS)
        except OSError:
            assert time.monotonic() < end, "Firefox does not answer"
            time.sleep(0.1)
