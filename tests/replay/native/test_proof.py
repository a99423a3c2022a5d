"""The proof while reading says ok where the verifier does, in the same words, and never where it does not."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from damage import put_together, take_apart
from native_toy import INPUT, KERNELS, TOY

from replay import Recorder, Recording, verify
from replay.cli import quick
from replay.core import format as fmt
from replay.core.errors import ReplayError
from replay.core.proof import _ProvedFile, proved
from replay.core.records import InputChunk
from replay.core.verdict import Verification
from replay.core.verifier import Verifier
from replay.native.engine import engine_of

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """25 seconds of two players: three groups, two snapshots that are differences, a marker, a short last chunk."""
    file = tmp_path_factory.mktemp("proof") / "toy.replay"
    rng = np.random.default_rng(4)
    with Recorder(file, TOY, seed=3, players=["a", "b"], snapshot_seconds=10) as recorder:
        for tick in range(1230):
            row = np.zeros(2, INPUT)
            row["push"], row["jump"] = rng.integers(-90, 90, 2), (tick % 40 == 0, 0)
            recorder.step(row)
            if tick == 700:
                recorder.mark("here")
    return file


def verified(path: Path) -> Verification | None:
    """By the verifier; None for a file without a header that it can begin with."""
    try:
        with Recording(path) as recording:
            return Verifier(recording, TOY, True, None).run()
    except ReplayError:
        return None


def flipped(path: Path, seed: int, folder: Path) -> Path:
    """A copy in which a bit of a payload is another, with checks that fit."""
    rng = random.Random(seed)
    chunks = take_apart(path.read_bytes())
    at = rng.randrange(len(chunks)) if rng.random() < 0.7 else rng.choice([0, 1, -1])
    kind, payload = chunks[at]
    place = rng.randrange(len(payload))
    chunks[at] = (kind, payload[:place] + bytes([payload[place] ^ 1 << rng.randrange(8)]) + payload[place + 1 :])
    copy = folder / "copy.replay"
    copy.write_bytes(put_together(chunks))
    return copy


def disagreements(path: Path, folder: Path, seeds: range) -> tuple[list[int], int]:
    """Where the proof says ok and the verifier does not; and how often both do."""
    wrong, both = [], 0
    for seed in seeds:
        copy = flipped(path, seed, folder)
        if proved(copy, TOY, None) is None:
            continue
        verification = verified(copy)
        if verification is None or not verification.is_ok:
            wrong.append(seed)
        else:
            both += 1
    return wrong, both


def test_it_says_what_the_verifier_says_in_every_field(path):
    quickly, slowly = verify(path, TOY), verified(path)
    assert proved(path, TOY, None) is not None and slowly is not None
    assert dataclasses.replace(quickly, seconds=0.0) == slowly and slowly.is_ok
    assert quickly.digests_compared == 1230 and quickly.result == {"hits": slowly.result["hits"]}


def test_progress_is_told_at_every_group_and_reaches_the_whole_at_the_end_only(path):
    told: list[tuple[int, int]] = []
    verification = verify(path, TOY, progress=lambda done, total: told.append((done, total)))
    assert verification.is_ok and [done for done, _ in told] == [500, 1000, 1230]
    for done, total in told[:-1]:
        assert done < total and 615 < total < 2 * 1230  # by the bytes: not exact, but no nonsense
    assert told[-1] == (1230, 1230)


def test_of_a_thousand_flipped_bits_none_is_ok_that_the_verifier_does_not_call_so(path, tmp_path):
    wrong, both = disagreements(path, tmp_path, range(1000))
    assert wrong == []
    assert 3 < both < 100  # an id, a date, a name: annotations


@pytest.mark.parametrize("part", ["_take_snapshot", "hashes", "events"])
def test_a_comparison_that_were_missing_would_show(part, path, tmp_path, monkeypatch):
    if part == "_take_snapshot":
        monkeypatch.delattr(_ProvedFile, "_take_snapshot")
    else:
        take, blind = _ProvedFile._take_inputs, {"hash" if part == "hashes" else "events_hash": None}
        monkeypatch.setattr(_ProvedFile, "_take_inputs", lambda self, chunk, place: take(self, chunk._replace(**blind), place))
    wrong, _ = disagreements(path, tmp_path, range(1500))
    assert wrong


@pytest.mark.parametrize("what", ["cut", "stripped", "of other rules", "of another rate"])
def test_what_it_cannot_say_it_leaves_to_the_verifier(what, path, tmp_path):
    game = TOY
    copy = tmp_path / "copy.replay"
    chunks = take_apart(path.read_bytes())
    if what == "cut":
        chunks.pop()
    elif what == "stripped":
        with Recording(path) as recording:
            header = recording.header
        for index, (kind, payload) in enumerate(chunks):
            if kind == fmt.KIND_INPUTS:
                part = InputChunk.unpack(payload, header)
                chunks[index] = (kind, part._replace(digests=b"", hash=None, events_hash=None).pack())
    elif what == "of other rules":
        game = type("Other", (type(TOY),), {"rules": 2})()
    elif what == "of another rate":
        game = type("Other", (type(TOY),), {"ticks_per_second": 51})()
    copy.write_bytes(put_together(chunks))
    assert proved(copy, game, None) is None
    assert verify(copy, game).is_ok == (what == "stripped")  # of which only the seal is proved


# --- `replay verify FILE` -----------------------------------------------------------------------------------------------

GOLDEN = ROOT / "recordings" / "long-idle.replay"
LOADED = """
import sys
sys.argv = ["replay", "verify", sys.argv[1]]
from replay.cli import main
try:
    main()
except SystemExit as stop:
    heavy = {"numpy", "numba", "llvmlite", "click", "rich", "pygame", "dataclasses", "inspect", "importlib.metadata", "logging"}
    print(stop.code, sorted(heavy & set(sys.modules)), file=sys.stderr)
"""


def run(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if name != "GITHUB_ACTIONS"} | environment
    return subprocess.run([sys.executable, *map(str, arguments)], cwd=ROOT, env=clean, capture_output=True, text=True)


def test_a_compiled_game_is_verified_without_numpy_numba_click_and_their_like():
    assert run("-m", "replay", "verify", GOLDEN).returncode == 0  # compiled by now
    done = run("-c", LOADED, GOLDEN)
    assert done.stderr == "0 []\n"
    assert done.stdout.startswith("ok           ")


def test_it_says_what_the_command_line_says():
    quickly, slowly = (run("-m", "replay", "verify", GOLDEN, *options) for options in ([], ["--jobs", "1", "--no-cache"]))
    assert (quickly.returncode, quickly.stderr) == (slowly.returncode, slowly.stderr) == (0, "")

    def without_rate(out: str) -> list[str]:
        return [" ".join(line.split()[:-2] if line.endswith("ticks/s") else line.split()) for line in out.splitlines()]

    assert without_rate(quickly.stdout) == without_rate(slowly.stdout)
    assert len(quickly.stdout.splitlines()) > 1  # a note, too


@pytest.mark.parametrize("arguments", ["", "verify", "verify --help", "info README.md", "verify a b", "verify no-file", "verify ."])
def test_anything_else_is_the_command_line_s(arguments):
    assert not quick.is_plain(arguments.split())


def test_on_github_the_command_line_annotates(monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert not quick.is_plain(["verify", str(GOLDEN)])


def test_a_recording_that_is_not_ok_is_reported_by_the_command_line(tmp_path, path):
    (tmp_path / "cut.replay").write_bytes(GOLDEN.read_bytes()[:-30])
    done = run("-m", "replay", "verify", tmp_path / "cut.replay")
    assert done.returncode == 3 and done.stdout.startswith("incomplete"), done.stdout + done.stderr


def test_without_a_library_that_is_ready_the_command_line_compiles_and_says_so(tmp_path, path):
    command = ("-m", "replay", "verify", path, "--game", "native_toy:TOY")
    done = run(*command, REPLAY_CACHE=str(tmp_path / "cache"), REPLAY_ENGINE="", PYTHONPATH=os.pathsep.join(sys.path))
    assert done.returncode == 0 and done.stdout.startswith("ok "), done.stderr
    assert done.stderr == "toy: compiling the rules for this machine, once; this takes some seconds, arena 10 to 20\n"


@pytest.mark.parametrize(("redirect", "code"), [(">&-", 0), ("> /dev/full", 6)])
def test_a_stream_that_takes_nothing_is_not_a_divergence(redirect, code):
    done = subprocess.run(
        f"{sys.executable} -m replay verify {GOLDEN} {redirect}", shell=True, cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == code and "Traceback" not in done.stderr, done.stderr


def test_a_name_that_the_stream_cannot_spell_is_said_by_the_command_line(tmp_path):
    (tmp_path / "é.replay").write_bytes(GOLDEN.read_bytes())
    done = run("-m", "replay", "verify", tmp_path / "é.replay", PYTHONIOENCODING="ascii")
    assert done.returncode == 0 and "Traceback" not in done.stderr


def test_a_match_that_proves_itself_otherwise_is_the_verifier_s(path):
    from native_toy import ToyMatch

    class Own(ToyMatch):
        def proof(self):
            return b"p" + self.save()

    game = type(
        "Game", (type(TOY),), {"new_match": staticmethod(lambda seed, players, config: Own(engine_of(KERNELS), seed, players))}
    )()
    assert proved(path, game, None) is None and not verify(path, game).is_ok


def test_colours_are_for_people(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert quick.verified(str(GOLDEN))
    assert capsys.readouterr().out.startswith("\x1b[32m\x1b[1mok           \x1b[0m")
