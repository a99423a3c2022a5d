"""What a damaged recording is put through, and what counts as a finding."""

from __future__ import annotations

import contextlib
import ctypes
import io
import random
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any
from unittest import mock

from damage import put_together
from patience import TooLongError, within

from replay import FormatError, Playback, Recording, ReplayError, state_hash, verify
from replay.cli.commands import replay as command_line
from replay.cli.common import run
from replay.core import format as fmt
from replay.core.records import InputChunk, Snapshot

from .damage import Case
from .seeds import game_of, recorded

MOST_SECONDS = 1.0
MOST_BYTES = 256 * 2**20  # of the whole process, rules and their compiler included
MOST_BYTES_ADDED = 100 * 2**20  # by a command: here all of them share one process, whose libraries alone take 200 MB
_TIDY_ABOVE_BYTES = 160 * 2**20
_HANGS_AFTER_SECONDS = 60


class FindingError(Exception):
    """A promise is broken."""


def loader(path: Path, case: Case, *, shared: bool = False) -> str:
    """Open, verify, read, seek and look into one case. Returns what came of it; raises FindingError.

    shared: this process holds more than the loader (other tests), so that only what is added counts."""
    path.write_bytes(case.data)
    return watched("loading", lambda: _load(path, case), shared=shared or bool(_load_libraries.cache_info().currsize))


def _load(path: Path, case: Case) -> str:
    try:
        with Recording(path) as recording:
            _check_limits(recording)
            if not case.checksums_hold and recording.damage is None:
                raise FindingError("bytes were changed, and nothing was said")
            state = recording.state
            game = game_of(recording.header)
            _play(recording, game)
    except FormatError:
        state, game = "refused", None
    except ReplayError:  # no such game, no such match
        game = None
    found = verify(path, game, budget_ticks=100_000)
    if found.is_ok and state != "complete":
        raise FindingError(f"verified, and it is {state}")
    return found.verdict.value


def _play(recording: Recording, game: Any) -> None:
    start = recording.start_tick
    rows = recording.inputs(start, min(recording.ticks, start + recording.header.group_ticks * 2))
    _check_commands(recording)
    for _ in zip(range(1000), recording.input_events(), strict=False):
        pass
    recording.identity(), recording.match_identity()
    if verify(recording.path, game, budget_ticks=100_000).is_ok:
        _check_verified(recording, game, rows)
    playback = Playback(game, recording)
    stop = min(recording.ticks, start + 20_000)
    for tick in (stop, start, (start + stop) // 2):
        playback.seek(tick)
    if stop == recording.ticks:
        playback.seek(version=recording.version // 2)


def _check_verified(recording: Recording, game: Any, rows: Any) -> None:
    """Once more without the engine's help: what verifies is what its inputs say."""
    start, end = recording.start_tick, recording.end
    if end is None or recording.ticks - start > len(rows):
        return
    match = game.new_match(recording.header.seed, len(recording.header.players), recording.header.config)
    if start:
        match.load(recording.start_state)
    commands = recording.commands(start, recording.ticks)
    match.advance(rows, commands) if getattr(game, "takes_commands", False) else match.advance(rows)
    if end.hash not in (state_hash(match), None) or len(rows) != end.ticks - start:
        raise FindingError("verified, and its inputs lead elsewhere")
    if not sum(1 for _ in recording.input_events()) == recording.version == end.version:
        raise FindingError("verified, and it holds another number of input events")


def _check_commands(recording: Recording) -> None:
    """What the format promises of commands, as far as they can be read."""
    before = recording.start_tick
    for tick, player, data in recording.commands(recording.start_tick, recording.ticks):
        if type(tick) is not int or not before <= tick < recording.ticks:
            raise FindingError("commands out of order")
        if type(player) is not int or not 0 <= player < len(recording.header.players):
            raise FindingError("a command of nobody")
        if _depth(data) > 8:
            raise FindingError("a command nested deeper than promised")
        before = tick


def _depth(data: Any) -> int:
    if isinstance(data, list | dict):
        return 1 + max(map(_depth, data.values() if isinstance(data, dict) else data), default=0)
    return 0


def _check_limits(recording: Recording) -> None:
    """What the format promises of anything that opens."""
    header = recording.header
    numbers = [header.rules, header.ticks_per_second, header.seed, header.chunk_ticks, header.group_ticks, header.created_ms]
    numbers += [marker.tick for marker in recording.markers] + recording.snapshot_ticks + [recording.ticks]
    numbers += [header.start_tick, header.proof_ticks]
    if recording.end is not None:
        hashes = (recording.end.hash, recording.end.events_hash)
        numbers += [recording.end.ticks, recording.end.version, *(each for each in hashes if each is not None)]
    texts = [header.game, *(part for player in header.players for part in (player.name, player.kind))]
    texts += [marker.text for marker in recording.markers]
    promises = {
        "whole numbers": all(type(number) is int and 0 <= number < 2**64 for number in numbers),
        "1 to 64 players": 1 <= len(header.players) <= 64,
        "short texts": all(type(text) is str and 1 <= len(text) <= 200 for text in texts),
        "an id": type(header.id) is bytes and len(header.id) == 16,
        "small rows": 0 <= header.input_dtype.itemsize <= 1024,
        "a small session": type(header.session) is bytes and len(header.session) <= 64,
        "proofs that divide a chunk": header.chunk_ticks % header.proof_ticks == 0,
        "a start": header.start_tick <= recording.ticks,
        "an end of a known kind": recording.end is None
        or (
            recording.end.how in ("finished", "stopped", "crashed")
            and (recording.end.how == "crashed") == bool(recording.end.crash)
        ),
        "a shallow result": recording.end is None or _depth(recording.end.result) <= 8,
        "a crash of one row": recording.end is None
        or recording.end.crash is None
        or len(recording.end.crash.row) == header.row_bytes * len(header.players),
        "whole groups": 1 <= header.chunk_ticks <= header.group_ticks and header.group_ticks % header.chunk_ticks == 0,
        "ticks in order": recording.snapshot_ticks == sorted(set(recording.snapshot_ticks)),
        "no tick twice or missing": _ticks_of(recording) == recording.ticks,
        "bases that are there": _bases_of(recording) <= set(recording.snapshot_ticks),
        "ticks inside": all(tick <= recording.ticks for tick in [*recording.snapshot_ticks, *(m.tick for m in recording.markers)]),
        "an end of these ticks": recording.end is None or recording.end.ticks == recording.ticks,
    }
    for promise, holds in promises.items():
        if not holds:
            raise FindingError(f"opened without: {promise}")


def _ticks_of(recording: Recording) -> int:
    """Read once more by the plainest means: chunks of inputs that follow one another, up to the first that does not."""
    ticks = recording.start_tick
    with contextlib.suppress(FormatError):
        for payload in _payloads_of(recording, fmt.KIND_INPUTS):
            part = InputChunk.unpack(payload, recording.header)
            if part.first_tick != ticks:
                return -1
            ticks += part.tick_count
    return ticks


def _bases_of(recording: Recording) -> set[int]:
    """The ticks that snapshots are differences to."""
    snapshots = [Snapshot.unpack(payload, recording.header) for payload in _payloads_of(recording, fmt.KIND_SNAPSHOT)]
    return {snapshot.base for snapshot in snapshots if snapshot.base is not None}


def _payloads_of(recording: Recording, kind: int) -> Iterator[bytes]:
    data, offset, check = recording.path.read_bytes(), len(fmt.MAGIC), fmt.MAGIC_CHECK
    for _ in range(recording.chunk_count):
        chunk = fmt.read_chunk(data, offset, check)
        offset, check = chunk.end, chunk.check
        if chunk.kind == kind:
            yield chunk.payload


# --- the command line -------------------------------------------------------------------------------------------------

COMMANDS = (
    "info {0}",
    "info --json {0}",
    "verify {0}",
    "verify --json --every-second {0}",
    "show {0} --at end",
    "show {0}@1",
    "show {0} --at v:1",
    "cat {0}",
    "cat --inputs {0}",
    "cat --events {0}",
    "stats {0}",
    "ls --library {1} {0}",
    "index --library {1} {0}",
    "events {0}",
    "export {0} -o {2}.png --size 160x90",
    "clip {0} --from start --to end -o {2}.clip.replay",
    "strip {0} -o {2}.strip.replay",
    "pack {0} -o {2}.pack.replay",
    "migrate {0} -o {2}.new.replay",
    "mark {0} --at start x",
    "watch {0} --size 320x200",
    "watch {0}@end --size 320x200",
)
_EXIT_CODES = {0, 1, 2, 3, 4, 5}  # 6 is the machine's affair: no file makes it one


def commands(path: Path, case: Case, rng: random.Random, count: int = 2) -> list[str]:
    """Put one case through some commands. Raises FindingError for anything but an exit code and at most three lines."""
    _load_libraries(path)
    path.write_bytes(case.data)
    said = []
    for command in rng.sample(COMMANDS, count):

        def run(command: str = command) -> str:  # a second time it writes elsewhere: it writes nothing over
            line = command.format(path, path.parent / "library.db", path.with_suffix(f".{rng.randrange(10**9)}"))
            return _command(line.split())

        said.append(watched(command.partition(" ")[0], run, shared=True))
    return said


@cache
def _load_libraries(path: Path) -> None:
    """Every command once, with a sound recording."""
    path.write_bytes(put_together(recorded()[0]))
    for number, command in enumerate(COMMANDS):
        _command(command.format(path, path.parent / "library.db", path.with_suffix(f".first{number}")).split())


def _command(arguments: list[str]) -> str:
    out, err = _Stream(), _Stream()
    before, sys.argv = sys.argv, ["replay", *arguments]
    try:
        windows = _closing_windows() if arguments[0] == "watch" else contextlib.nullcontext()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), windows:
            code = run(command_line, "replay")
    finally:
        sys.argv = before
    complaint = err.getvalue()
    if code not in _EXIT_CODES:
        raise FindingError(f"exit code {code} of {arguments[0]}")
    if code > 1 and len(complaint.splitlines()) > 3 * sum(line.startswith("replay: ") for line in complaint.splitlines()):
        raise FindingError(f"{arguments[0]} says more than three lines: {complaint[:500]}")
    for text in (complaint, out.getvalue()):
        if "Traceback" in text or any(letter in text for letter in "\x1b\x07\x00\u202e"):
            raise FindingError(f"{arguments[0]} lets through what a terminal obeys: {text[:500]!r}")
    return f"{arguments[0]}: {code}"


class _Stream(io.StringIO):
    """Also takes what is written as bytes."""

    @property
    def buffer(self) -> Any:
        return self

    def write(self, text: Any) -> int:
        return super().write(text.decode(errors="backslashreplace") if isinstance(text, bytes | bytearray | memoryview) else text)


@contextlib.contextmanager
def _closing_windows() -> Iterator[None]:
    """A window under the dummy driver that closes by itself after a few pictures."""
    from replay.watch.window import Window

    stay = Window.run
    with mock.patch.object(Window, "run", lambda window, screen: stay(window, screen, frames=3)):
        yield


# --- limits -----------------------------------------------------------------------------------------------------------


def watched(what: str, run: Callable[[], str], *, shared: bool) -> str:
    """Time and memory of one case, and nothing but the errors that are promised. shared: with other work in this process."""
    _tidy()
    before = held_bytes()
    signal.signal(signal.SIGALRM, _hangs)
    signal.alarm(_HANGS_AFTER_SECONDS)
    try:
        outcome = within(MOST_SECONDS, run)
    except FindingError:
        raise
    except TooLongError as error:
        raise FindingError(f"{what}: {error}") from error
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        raise FindingError(f"{what}: {type(error).__name__}: {error}") from error
    finally:
        signal.alarm(0)
    peak = peak_bytes()
    if peak > MOST_BYTES and (not shared or peak - before > MOST_BYTES_ADDED):
        raise FindingError(f"{what}: took {(peak - before) / 2**20:.0f} MB, {peak / 2**20:.0f} in all")
    return outcome


def peak_bytes() -> int:
    """The most memory that this process held, since the peak was forgotten."""
    return _memory("VmHWM:", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def held_bytes() -> int:
    return _memory("VmRSS:", 0)


def _memory(name: str, otherwise: int) -> int:
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return otherwise
    return int(status.partition(name)[2].split()[0]) * 1024


def _tidy() -> None:
    """What it took to make a case, and what earlier ones left in the allocator, is no fault of the loader."""
    if held_bytes() > _TIDY_ABOVE_BYTES:
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).malloc_trim(0)
    with contextlib.suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def _hangs(number: int, frame: FrameType | None) -> None:
    raise FindingError(f"hangs for {_HANGS_AFTER_SECONDS} s")
