"""The process that a program runs in, and those that were forked from it: started, asked, and ended when nobody needs them."""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import secrets
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import weakref
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import msgpack

from replay.core.errors import MachineError
from replay.core.extras import install

_ROOT = str(Path(__file__).parents[3])
_BOOT = """
import sys
root, address, token, task = sys.argv[1:]
known = root in sys.path
sys.path.insert(0, root)
from replay.games.pygame.inside.start import main
if not known:
    sys.path.remove(root)
main(address, token, task)
"""
# What must not differ between two runs: hashes of texts, the drivers, the time zone, the language.
_SAME = {
    "PYTHONHASHSEED": "0",
    "SDL_VIDEODRIVER": "dummy",
    "SDL_AUDIODRIVER": "dummy",
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    "TZ": "UTC",
    "LC_ALL": "C.UTF-8",
}
_START_SECONDS = 60.0
_STALL_SECONDS = 60  # of real time in one tick: no program is that slow


class Process:
    """A process that takes orders at the end of a tick. pid: its number. canvas: the file that its pictures are drawn into."""

    def __init__(self, connection: Connection, pid: int, canvas: Path) -> None:
        self._connection, self.pid = connection, pid
        self._canvas, self._pixels = canvas, cast("mmap.mmap | bytes", b"")
        self._end = weakref.finalize(self, _end, connection, _handle_of(pid), canvas)

    def ask(self, *order: Any) -> bytes:
        """What it answers. Raises MachineError if it is gone, or does not come to the end of its tick."""
        with contextlib.suppress(OSError):  # what it has sent before it went is read first
            self._connection.send_bytes(msgpack.packb(order))
        return self.answer()

    def answer(self) -> bytes:
        """What it says next. Raises MachineError as `ask` does."""
        try:
            return self._connection.recv_bytes()
        except BlockingIOError:  # see `_limit`
            self.close()
            raise MachineError(
                f"the program does not come to the end of its tick within {_STALL_SECONDS} s",
                "a tick ends at Clock.tick, a flip, or a wait; does it wait for something from outside?",
            ) from None
        except (EOFError, OSError) as error:
            raise MachineError("the program's process is gone", "was it killed? There may be too little memory") from error

    def pixels(self, size: int) -> bytes:
        """So many bytes of the picture that it has drawn."""
        if len(self._pixels) < size:
            with self._canvas.open("rb") as file:
                self._pixels = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return self._pixels[:size]

    def close(self) -> None:
        self._end()


def _limit(link: socket.socket) -> None:
    """Give up a read after a while. The system does it: to ask before each answer whether it is there takes as long as a tick."""
    link.setblocking(True)
    limit = _STALL_SECONDS * 1000 if os.name == "nt" else struct.pack("ll", _STALL_SECONDS, 0)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)


def _handle_of(pid: int) -> int | None:
    """What means this very process, also when its number is somebody else's; None where there is no such thing."""
    with contextlib.suppress(OSError, AttributeError):
        return os.pidfd_open(pid)
    return None


def _end(connection: Connection, handle: int | None, canvas: Path) -> None:
    connection.close()  # at the end of its tick it notices, and ends
    if handle is not None:  # the tick may be a long one
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        os.close(handle)
    with contextlib.suppress(OSError):
        canvas.unlink()


class Theatre:
    """Where the processes of one run of a program connect to: a socket in a folder that is nobody else's.

    program: a file, or the name of a module. Raises MachineError if it cannot be started.
    """

    def __init__(self, program: str, arguments: Sequence[str], folder: Path, seed: int, pads: list[Any], *, talks: bool) -> None:
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._folder = tempfile.TemporaryDirectory(prefix="replay-", dir=memory)
        if hasattr(socket, "AF_UNIX"):
            self._listener = socket.socket(socket.AF_UNIX)
            self._address = f"{self._folder.name}/s"
            self._listener.bind(self._address)
        else:
            self._listener = socket.create_server(("127.0.0.1", 0))
            self._address = str(self._listener.getsockname()[1])
        self._listener.listen()
        self._errors = Path(self._folder.name) / "errors"
        task = json.dumps(
            {
                "program": program,
                "arguments": list(arguments),
                "seed": seed,
                "pads": pads,
                "folder": self._folder.name,
                "engine": os.getpid(),
            }
        )
        token = secrets.token_hex(16)
        with open(self._errors, "wb") as errors:
            self._popen = subprocess.Popen(
                [sys.executable, "-P", "-c", _BOOT, _ROOT, self._address, token, task],
                cwd=folder,
                env={**os.environ, **_SAME},
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno() if talks else subprocess.DEVNULL,
                stderr=None if talks else errors,
            )
        self.first = Process(self._accept(token, self._popen), self._popen.pid, self._canvas(token))
        self._end = weakref.finalize(self, _take_down, self._listener, self._folder, self._popen)

    def _accept(self, token: str, started: subprocess.Popen[bytes] | None = None) -> Connection:
        """The process that knows the token. started: it, if it is not a forked one."""
        until = time.monotonic() + _START_SECONDS
        while time.monotonic() < until:
            self._listener.settimeout(0.5)
            try:
                link, _ = self._listener.accept()
            except TimeoutError:
                if started is not None and started.poll() is not None:
                    break
                continue
            _limit(link)
            connection = Connection(link.detach())
            if connection.poll(5.0) and connection.recv_bytes(64) == token.encode():
                return connection
            connection.close()
        hint = f"if it is pygame that is missing: {install('watch')}"
        raise MachineError(f"the program's process does not start: {self._last_words()}", hint)

    def _last_words(self) -> str:
        self._popen.kill()
        self._popen.wait()
        return self._errors.read_text("utf-8", "replace").strip().rpartition("\n")[2] or "it says nothing"

    def _canvas(self, token: str) -> Path:
        """The file that the process of this token draws into."""
        return Path(self._folder.name) / token

    def fork(self, process: Process) -> Process | str:
        """A process in the state that `process` is in, or why there can be none."""
        token = secrets.token_hex(16)
        answer = msgpack.unpackb(process.ask("fork", token))
        return answer if isinstance(answer, str) else Process(self._accept(token), answer, self._canvas(token))

    def close(self) -> None:
        self.first.close()
        self._end()


def _take_down(listener: socket.socket, folder: tempfile.TemporaryDirectory[str], popen: subprocess.Popen[bytes]) -> None:
    listener.close()
    folder.cleanup()
    popen.kill()
    with contextlib.suppress(subprocess.TimeoutExpired):
        popen.wait(5)
