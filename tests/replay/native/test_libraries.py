"""Libraries on disk: made once, kept, and never loaded when they are cut, damaged, of other rules, or somebody else's."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from native_toy import KERNELS, TOY

from replay.core.errors import MachineError
from replay.native import engine as engines
from replay.native import library, making
from replay.native.engine import engine_of
from replay.native.kernels import Kernels
from replay.native.library import CACHE_VARIABLE, HOST, NoLibraryError, cache_folders, library_name, sealed
from replay.native.making import linked, make, ship

ROOT = Path(__file__).parents[3]
HERE = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def code() -> bytes:
    """The toy's library, made for real."""
    return making.make_library(KERNELS, HOST)[1]


@pytest.fixture
def compilations(code, monkeypatch):
    """Each compilation is noted, and takes no time."""
    made: list[str] = []

    def compiled(kernels, target=HOST):
        made.append(target)
        return code

    monkeypatch.setattr(making, "compiled", compiled)
    return made


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty place for libraries."""
    folder = tmp_path / "cache"
    folder.mkdir(0o700)
    monkeypatch.setenv(CACHE_VARIABLE, str(folder))
    monkeypatch.delitem(engines._open, KERNELS, raising=False)
    return folder


def opened_anew(monkeypatch):
    monkeypatch.delitem(engines._open, KERNELS, raising=False)
    engine = engine_of(KERNELS)
    match = TOY.new_match(1, 2, {})
    assert match.result() == {"hits": [0, 0]} and match.engine is engine
    return engine.name


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def emptied(path):
    path.write_bytes(b"")


def of_another_kind(path):
    path.write_text("not a library\n" * 100)


def flipped(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def a_folder(path):
    path.unlink()
    (path / "inside").mkdir(parents=True)


def pointing_nowhere(path):
    path.unlink()
    path.symlink_to(path.with_name("nothing"))


def writable_by_all(path):
    path.chmod(0o666)


def in_a_folder_of_all(path):
    path.parent.chmod(0o777)


def anothers(path):
    if os.geteuid():
        pytest.skip("only root can give a file away")
    os.chown(path, 12345, 12345)


def sealed_but_no_code(path):
    path.write_bytes(sealed(b"\x7fELF" + bytes(12) + b"\x03" + bytes(500)))


DAMAGE = [cut, emptied, of_another_kind, flipped, a_folder, pointing_nowhere, writable_by_all, in_a_folder_of_all, anothers]


@pytest.mark.parametrize("damage", [*DAMAGE, sealed_but_no_code])
def test_a_damaged_or_hostile_library_is_passed_by_and_made_anew(damage, cache, compilations, monkeypatch):
    assert opened_anew(monkeypatch) == "machine-code" and compilations == [HOST]
    assert opened_anew(monkeypatch) == "machine-code" and compilations == [HOST]  # it was kept
    damage(cache / library_name(KERNELS, HOST))
    if damage not in (in_a_folder_of_all, a_folder, sealed_but_no_code):
        assert opened_anew(monkeypatch) == "machine-code" and compilations == [HOST, HOST]
        assert opened_anew(monkeypatch) == "machine-code" and len(compilations) == 2
        return
    # What lies there cannot be trusted, or replaced: each process makes its own.
    monkeypatch.setattr(making, "object_of", lambda kernels, target=HOST: b"object")
    monkeypatch.setattr(making, "placed", lambda code: code)
    assert make(KERNELS) == b"object"


def test_what_cannot_be_kept_is_made_for_this_process_with_one_line_that_names_the_remedy(cache, compilations, caplog, monkeypatch):
    def full(path, code):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(making, "_keep", full)
    monkeypatch.setattr(making, "object_of", lambda kernels, target=HOST: b"object")
    monkeypatch.setattr(making, "placed", lambda code: code)
    with caplog.at_level(logging.WARNING):
        assert make(KERNELS) == b"object"
    (record,) = caplog.records
    assert record.name == "toy" and "Name a folder of your own: REPLAY_CACHE=DIR" in record.getMessage()
    assert list(cache.glob("*.so*")) == []


def test_an_object_without_a_linker_is_loaded_by_llvm(cache, monkeypatch):
    monkeypatch.setattr(making, "linked", lambda code, target=HOST: None)
    assert opened_anew(monkeypatch) == "machine-code"
    assert (cache / library_name(KERNELS, HOST)).read_bytes()[16] == 1  # an object, and no shared library
    monkeypatch.setattr(making, "compiled", lambda *anything: pytest.fail("compiled twice"))
    assert opened_anew(monkeypatch) == "machine-code"


def test_a_folder_that_is_a_file_or_cannot_be_written_leads_to_the_next(tmp_path, compilations, monkeypatch):
    monkeypatch.setattr(library, "cache_folders", lambda kernels: [tmp_path / "file", tmp_path / "next"])
    monkeypatch.setattr(making, "cache_folders", library.cache_folders)
    (tmp_path / "file").write_text("")
    assert opened_anew(monkeypatch) == "machine-code"
    assert [path.name for path in (tmp_path / "next").glob("*.so")] == [library_name(KERNELS, HOST)]


def test_without_a_home_only_the_folder_beside_the_rules_is_left(monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def nobody(self):
        raise RuntimeError("Could not determine home directory.")

    assert len(cache_folders(KERNELS)) == 2
    monkeypatch.setattr(Path, "expanduser", nobody)
    assert cache_folders(KERNELS) == [KERNELS.package / "__pycache__"]


def test_a_changed_rule_or_toolkit_has_another_name(tmp_path):
    def name_with(**replaced):
        for file in ("native_toy.py", "other.py"):
            (tmp_path / file).write_text(replaced.get(file.partition(".")[0], "A = 1\n"))
        return library_name(Kernels("toy", "x", tmp_path, ["*.py"], rules="x:RULES"), HOST)

    before = name_with()
    assert name_with() == before
    assert name_with(other="A = 2\n") != before != name_with(native_toy="A = 2\n")


def test_old_libraries_go(cache, compilations, monkeypatch):
    for number in range(9):
        old = cache / f"toy-{number}-x86_64-linux.so"
        old.write_bytes(b"old")
        os.utime(old, (number, number))
    (cache / "other-1-x86_64-linux.so").write_bytes(b"of another game")
    opened_anew(monkeypatch)
    left = sorted(path.name for path in cache.glob("*.so"))
    assert left == sorted(
        [library_name(KERNELS, HOST), "other-1-x86_64-linux.so", *(f"toy-{n}-x86_64-linux.so" for n in (6, 7, 8))]
    )


COLD = """
import logging, sys
logging.basicConfig(level=logging.INFO)
from native_toy import TOY
match = TOY.new_match(1, 2, {})
print(match.engine.name, match.result())
"""


@pytest.mark.slow
def test_four_cold_starts_at_once_compile_once(tmp_path):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(HERE)]), CACHE_VARIABLE: str(tmp_path / "cache")}
    for name in ("HOME", "XDG_CACHE_HOME"):
        environment.pop(name, None)
    command = [sys.executable, "-c", COLD]
    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    said = [process.communicate() for process in started]
    assert [out for out, _ in said] == ["machine-code {'hits': [0, 0]}\n"] * 4
    assert sum(err.count("compiling the rules") for _, err in said) == 1


def test_what_a_wheel_brings_along_is_used_before_anything_is_made(tmp_path, code, cache, monkeypatch):
    package = tmp_path / "package"
    shutil.copytree(HERE, package, ignore=lambda folder, names: [name for name in names if name != "native_toy.py"])
    kernels = Kernels("toy", "native_toy", package, KERNELS.sources, rules="native_toy:RULES")
    (package / "native").mkdir()
    (package / "native" / library_name(kernels, HOST)).write_bytes(sealed(code))
    monkeypatch.setattr(making, "compiled", lambda *anything: pytest.fail("compiled"))
    assert engine_of(kernels).name == "machine-code"
    assert list(cache.iterdir()) == []


def test_shipping_needs_a_linker_and_says_so(tmp_path, cache, monkeypatch):
    monkeypatch.setattr(making, "compiled", lambda kernels, target: b"\x7fELF" + bytes(12) + b"\x01" + bytes(100))
    with pytest.raises(NoLibraryError, match="no linker for x86_64-linux") as raised:
        ship(KERNELS, tmp_path)
    assert raised.value.hint == "install lld"


def test_a_linker_that_fails_is_none(monkeypatch):
    assert linked(b"no object at all") is None


def test_webassembly_without_a_linker_is_an_error_of_this_machine(cache, monkeypatch):
    monkeypatch.setenv(engines.VARIABLE, "wasm")
    monkeypatch.setattr(making, "compiled", lambda kernels, target: b"\0asm-object: linking")
    with pytest.raises(MachineError, match="no WebAssembly for toy: there is no linker"):
        engine_of(KERNELS)
