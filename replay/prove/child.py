"""A Python process to ask, and to end: another environment, this one with another hash seed, a stranger's file under the rules."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

# Runs before the script. What a game prints goes to stderr: only the script has the file that answers.
_PRELUDE = """
import os
answers = os.fdopen(os.dup(1), "wb")
os.dup2(2, 1)
"""
_TO_START = ("SYSTEMROOT", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")  # without which some interpreters do not even start
_LAST_WORDS_SECONDS = 1.0  # between the end of its answers and the end of the process


class Child:
    """A Python process that runs `script`. A context manager: with the block the process is killed and reaped.

    The script reads `sys.stdin.buffer` and writes to `answers`, a binary file that is there already.

    python: the interpreter of another environment, which runs what is installed there: it is given neither this process's
        PYTHONPATH nor its working folder to import from. By default this interpreter, which imports from the same places as here.
    environment: variables beyond the ones here. flags: of the interpreter. folder: where it runs, if not here.
    alone: it has no environment at all, and writes no bytecode.

    Raises OSError if there is no such interpreter.
    """

    def __init__(
        self,
        script: str,
        *,
        python: str | None = None,
        environment: Mapping[str, str] | None = None,
        flags: Sequence[str] = (),
        folder: str | os.PathLike[str] | None = None,
        alone: bool = False,
    ) -> None:
        variables = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        imports_from = [place or str(Path.cwd()) for place in sys.path] if python is None else []
        prelude = _PRELUDE
        if alone:
            variables = {name: value for name, value in variables.items() if name in _TO_START}
            flags, prelude = [*flags, "-I", "-B"], f"import sys\nsys.path[:] = {imports_from!r}\n{_PRELUDE}"
        elif imports_from:
            variables["PYTHONPATH"] = os.pathsep.join(imports_from)
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed on exit; a pipe that nobody reads could block
        try:
            self._process = subprocess.Popen(
                [python or sys.executable, "-P", *flags, "-c", prelude + script],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env={**variables, **(environment or {})},
                cwd=folder,
            )
        except OSError:
            self._errors.close()
            raise
        self.timed_out = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe is not None:
                with suppress(OSError):  # requests that it never read
                    pipe.close()

    def kill(self) -> None:
        """End it, from any thread: whoever waits for an answer gets an empty one."""
        self._process.kill()

    @property
    def returncode(self) -> int | None:
        """None while it runs; negative if a signal ended it."""
        return self._process.poll()

    def ask(self, line: bytes) -> bytes:
        """Send a line of request and return the first line of the answer; empty if the process ended. Raises OSError if it ended
        before it could be asked."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(line + b"\n")
        self._process.stdin.flush()
        return self._process.stdout.readline()

    def line(self) -> bytes:
        """The rest of a line of the answer; empty if the process ended."""
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def read(self, size: int) -> bytes:
        """The next bytes of the answer; fewer than `size` if the process ended."""
        assert self._process.stdout is not None
        return self._process.stdout.read(size)

    def run(self, task: bytes, seconds: float, most: int | None = None) -> bytes:
        """Send `task` as all there is to read, and return all that the process answers until it ends. One that takes longer than
        `seconds` is killed, and what it had answered by then is returned: `timed_out`. Of one that answers more than `most` bytes,
        the first of them are returned, and it is killed."""
        assert self._process.stdin is not None and self._process.stdout is not None
        stdin, stdout, answer = self._process.stdin, self._process.stdout, bytearray()

        def send() -> None:
            with suppress(OSError):  # it ended without reading all of it
                stdin.write(task)
            with suppress(OSError):
                stdin.close()

        def receive() -> None:
            while data := os.read(stdout.fileno(), 2**16 if most is None else min(2**16, most - len(answer))):
                answer.extend(data)
            if len(answer) == most:
                self._process.kill()

        talk = [Thread(target=each, daemon=True) for each in (send, receive)]
        for thread in talk:
            thread.start()
        end = time.monotonic() + seconds
        talk[1].join(seconds)
        try:
            self._process.wait(max(end - time.monotonic(), _LAST_WORDS_SECONDS))
        except subprocess.TimeoutExpired:  # whether or not it has closed its answers
            self.timed_out = True
            self._process.kill()
            self._process.wait()
        for thread in talk:
            thread.join(_LAST_WORDS_SECONDS)  # what it started may hold its pipes open
        return bytes(answer)

    def last_words(self) -> str:
        """Of a process that ended, or whose answers did: the last line on stderr, or how it ended."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_LAST_WORDS_SECONDS)
        self._errors.seek(0)
        if lines := self._errors.read().decode(errors="replace").strip().splitlines():
            return lines[-1]
        code = self.returncode
        return "it said nothing" if code is None else f"ended by signal {-code}" if code < 0 else f"exit code {code}"
