"""Libraries on disk: made once, kept, and never loaded when they are cut, damaged, of other rules, or somebody else's."""

from __future__ import annotations

import errno
import logging
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from native_toy import KERNELS, TOY

from replay.core.errors import MachineError
from replay.core.folders import CACHE_VARIABLE
from replay.native import engine as engines
from replay.native import library, making
from replay.native.engine import engine_of
from replay.native.kernels import Kernels
from replay.native.library import HOST, NoLibraryError, cache_folders, compiler_version, library_name, sealed
from replay.native.making import linked, ship

ROOT = Path(__file__).parents[3]
CACHED = library_name(KERNELS, HOST, compiler_version())
HERE = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def code() -> bytes:
    """The toy's library, made for real."""
    return making.make_library(KERNELS, HOST)


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
    damage(cache / CACHED)
    assert opened_anew(monkeypatch) == "machine-code"
    if damage is sealed_but_no_code:  # which no accident makes: it is compiled, and left alone
        return
    assert compilations == [HOST, HOST]
    assert opened_anew(monkeypatch) == "machine-code"
    # What lies there cannot be trusted, or not be replaced: then each process makes its own, once.
    assert len(compilations) == (3 if damage in (in_a_folder_of_all, a_folder) else 2)


@pytest.mark.parametrize("why", ["full", "others", "a file"])
def test_what_cannot_be_kept_is_made_once_for_this_process_with_one_line_that_names_the_remedy(
    why, cache, compilations, caplog, monkeypatch
):
    def full(path, code):
        raise OSError(errno.ENOSPC, "No space left on device")

    if why == "full":
        monkeypatch.setattr(making, "_keep", full)
    elif why == "others":
        cache.chmod(0o777)
    else:
        cache.rmdir()
        cache.write_text("")
    with caplog.at_level(logging.WARNING):
        assert opened_anew(monkeypatch) == "machine-code"
    assert compilations == [HOST]
    (record,) = caplog.records
    reason = {"full": "No space left on device", "others": "others can write there", "a file": "File exists"}[why]
    assert record.name == "toy" and f"cannot be kept ({cache}: {reason}); each start" in record.getMessage()
    assert "Name a folder of your own: REPLAY_CACHE=DIR" in record.getMessage()
    assert why == "a file" or list(cache.glob("*.so*")) == []


def test_a_lock_that_is_somebody_s_link_is_not_followed(cache, compilations, tmp_path, monkeypatch):
    (tmp_path / "victim").write_text("precious")
    (cache / "toy.lock").symlink_to(tmp_path / "victim")
    assert opened_anew(monkeypatch) == "machine-code"
    assert (tmp_path / "victim").read_text() == "precious" and compilations == [HOST]


def test_threads_that_begin_at_once_have_one_engine(cache, compilations, monkeypatch):
    barrier, found = threading.Barrier(4), []

    def begin():
        barrier.wait()
        found.append(engine_of(KERNELS))

    threads = [threading.Thread(target=begin) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and len(set(map(id, found))) == 1 and compilations == [HOST]


def test_an_object_without_a_linker_is_loaded_by_llvm(cache, monkeypatch):
    monkeypatch.setattr(making, "linked", lambda code, target=HOST: None)
    assert opened_anew(monkeypatch) == "machine-code"
    assert (cache / CACHED).read_bytes()[16] == 1  # an object, and no shared library
    monkeypatch.setattr(making, "compiled", lambda *anything: pytest.fail("compiled twice"))
    assert opened_anew(monkeypatch) == "machine-code"


def test_a_folder_that_is_a_file_or_cannot_be_written_leads_to_the_next(tmp_path, compilations, monkeypatch):
    monkeypatch.setattr(library, "cache_folders", lambda kernels: [tmp_path / "file", tmp_path / "next"])
    monkeypatch.setattr(making, "cache_folders", library.cache_folders)
    (tmp_path / "file").write_text("")
    assert opened_anew(monkeypatch) == "machine-code"
    assert [path.name for path in (tmp_path / "next").glob("*.so")] == [CACHED]


def test_without_a_home_only_the_folder_beside_the_rules_is_left(monkeypatch):
    monkeypatch.delenv(CACHE_VARIABLE, raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)

    def nobody(self):
        raise RuntimeError("Could not determine home directory.")

    assert len(cache_folders(KERNELS)) == 2
    monkeypatch.setattr(Path, "expanduser", nobody)
    assert cache_folders(KERNELS) == [KERNELS.package / "__pycache__"]


def test_a_changed_rule_has_another_name(tmp_path):
    def name_with(**replaced):
        for file in ("native_toy.py", "other.py"):
            (tmp_path / file).write_text(replaced.get(file.partition(".")[0], "A = 1\n"))
        return library_name(Kernels("toy", "x", tmp_path, ["*.py"], rules="x:RULES"), HOST)

    before = name_with()
    assert name_with() == before
    assert name_with(other="A = 2\n") != before != name_with(native_toy="A = 2\n")


def test_another_compiler_has_a_library_of_its_own(tmp_path, monkeypatch):
    import numba

    assert compiler_version() == f"numba-{numba.__version__}.dist-info"
    assert len({library_name(KERNELS, HOST, version) for version in ("", compiler_version(), "numba-9.9.dist-info")}) == 3
    (tmp_path / "numba-9.9.dist-info").mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    assert compiler_version() == "numba-9.9.dist-info"
    monkeypatch.setattr(sys, "path", [str(tmp_path / "nothing")])
    assert compiler_version() == ""


def test_what_one_place_cannot_keep_the_next_one_does(tmp_path, compilations, monkeypatch):
    folders = [tmp_path / "full", tmp_path / "next"]
    monkeypatch.setattr(library, "cache_folders", lambda kernels: folders)
    monkeypatch.setattr(making, "cache_folders", library.cache_folders)
    keep = making._keep

    def first_is_full(path, code):
        if path.parent == folders[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        keep(path, code)

    monkeypatch.setattr(making, "_keep", first_is_full)
    assert opened_anew(monkeypatch) == "machine-code" and compilations == [HOST]
    assert (folders[1] / CACHED).exists() and opened_anew(monkeypatch) == "machine-code" and compilations == [HOST]


def test_a_pattern_that_no_file_matches_is_an_error(tmp_path):
    with pytest.raises(ValueError, match=r"the kernels of toy: no file in .* matches 'simulatoin.py'"):
        library_name(Kernels("toy", "x", tmp_path, ["simulatoin.py"], rules="x:RULES"), HOST)


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ("from toy_a_speed import SPEED", "the rules import toy_a_speed, and toy_a_speed.py is not among their sources"),
        ("EIGHTHS = np.arange(64)[::8]", "toy_a.EIGHTHS is a view with gaps, which no library can hold"),
    ],
)
def test_rules_that_a_library_would_get_wrong_do_not_compile(tmp_path, line, problem):
    source = (HERE / "native_toy.py").read_text().replace("native_toy", "toy_a").replace("U1 = np", f"{line}\nU1 = np")
    (tmp_path / "toy_a.py").write_text(source)
    (tmp_path / "toy_a_speed.py").write_text("SPEED = 1\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(tmp_path)])}
    command = [sys.executable, "-m", "replay.native.compiler", "toy_a:RULES", "host"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace")
    assert done.returncode == 1 and problem in done.stderr


def test_old_libraries_go(cache, compilations, monkeypatch):
    for number in range(9):
        old = cache / f"toy-{number:020x}-x86_64-linux.so"
        old.write_bytes(b"old")
        os.utime(old, (number, number))
    other = f"toy-2-{0:020x}-x86_64-linux.so"
    (cache / other).write_bytes(b"of another game")
    os.utime(cache / other, (0, 0))
    opened_anew(monkeypatch)
    left = sorted(path.name for path in cache.glob("*.so"))
    kept = [f"toy-{number:020x}-x86_64-linux.so" for number in (6, 7, 8)]
    assert left == sorted([CACHED, other, *kept])


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
