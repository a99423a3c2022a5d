"""The wheel and the sdist as pip installs them into environments where nothing else is, used from another folder.

Once a run, and only where pip reaches a package index: what comes along is fetched for real.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from shipped import once

ROOT = Path(__file__).parent.parent
DUEL = ROOT / "recordings" / "duel.replay"
MOST_MEGABYTES = 130

pytestmark = pytest.mark.slow


class Fresh:
    """A virtual environment that pip has installed something into; commands run in `away`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.away = folder / "environment", folder / "away"
        dropped = ("PYTHON", "PYTEST", "REPLAY", "CI", "GITHUB_", "VIRTUAL_ENV")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
        home = {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache"), "SDL_VIDEODRIVER": "dummy"}
        self.environment = clean | home

    @property
    def site(self) -> Path:
        (site,) = self.folder.glob("lib/python*/site-packages")
        return site

    @property
    def megabytes(self) -> float:
        return sum(path.stat().st_size for path in self.site.rglob("*") if path.is_file()) / 1e6

    def pip(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        pip = [sys.executable, "-m", "pip", "--python", str(self.folder / "bin" / "python"), "install", "-q"]
        command = [*pip, "--disable-pip-version-check", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def run(self, program: str, *arguments: object) -> tuple[int, str, str]:
        command = [str(self.folder / "bin" / program), *map(str, arguments)]
        done = subprocess.run(command, cwd=self.away, env=self.environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout, done.stderr


def fresh(tmp_path_factory, name, *, first, then=()):
    """An environment with `first` in it, and its size; afterwards with `then`, too. Skips where there is no index."""

    def make(folder):
        environment = Fresh(folder)
        environment.away.mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment.folder], check=True)
        before = environment.megabytes
        if environment.pip("xxhash").returncode:  # small, and wanted anyway
            return
        for packages in filter(None, (first, then)):
            done = environment.pip(*packages)
            assert done.returncode == 0, done.stderr
            if packages is first:
                (folder / "megabytes").write_text(str(environment.megabytes - before))

    folder = once(tmp_path_factory, name, make)
    if not (folder / "megabytes").exists():
        pytest.skip("pip reaches no package index here")
    return Fresh(folder)


@pytest.fixture(scope="session")
def core(wheel, tmp_path_factory):
    """The wheel and what it brings, measured; then pytest, with which the project that has it would run its tests."""
    return fresh(tmp_path_factory, "core", first=[wheel], then=["pytest"])


@pytest.fixture(scope="session")
def source(sdist_file, tmp_path_factory):
    """The sdist, built by pip in an environment of its own: without numba, so that it brings no compiled rules."""
    return fresh(tmp_path_factory, "source", first=[sdist_file], then=["pytest", "hypothesis"])


def test_the_core_alone_is_small(core):
    assert 1 < float((core.folder.parent / "megabytes").read_text()) <= MOST_MEGABYTES
    brought = {path.name.split("-")[0] for path in core.site.glob("*.dist-info")}
    assert not brought & {"pygame", "pygame_ce", "numba", "sqlalchemy", "SQLAlchemy", "matplotlib", "pillow"}


def test_the_core_alone_verifies_checks_and_tests(core):
    code, out, err = core.run("replay", "verify", DUEL)
    assert code == 0 and out.startswith("ok ") and not err
    code, out, err = core.run("replay", "check", "arena", "--ticks", "20", "--players", "2")
    assert code == 0 and "FAILED" not in out and "level 4" in out, out + err
    (core.away / "recordings").mkdir()
    shutil.copy(DUEL, core.away / "recordings")
    code, out, err = core.run("python", "-m", "pytest", "recordings", "-p", "no:cacheprovider")
    assert code == 0 and "1 passed" in out, out + err


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("info", "arena rules 2"),
        ("cat", "spawn"),
        ("stats", "Ada"),
        ("show", "tick 3660"),
        ("events", "spawn"),
        ("mark --list", "the end"),
        ("diff", "ok "),
        ("bisect --when tick>5", "tick 6"),
        ("migrate --dry-run", "arena rules 2 -> 2"),
    ],
)
def test_the_core_alone_answers(core, command, words):
    name, *options = command.split(" ")
    code, out, err = core.run("replay", name, DUEL, *options)
    assert code == 0 and words in out, out + err


@pytest.mark.parametrize(
    ("command", "extra"),
    [
        ("watch {}", "watch"),
        ("export {} -o x.png", "watch"),
        ("show {} --image x.png", "watch"),
        ("plot {} -o x.png", "plot"),
        ("index {}", "library"),
        ("ls", "library"),
        ("search --kind death", "library"),
        ("receipt key x.pem", "sign"),
    ],
)
def test_what_the_core_lacks_is_named_exactly(core, command, extra):
    if list(core.site.glob("pygame*")) and extra == "watch":
        pytest.fail("something brought a pygame")
    code, out, err = core.run("replay", *command.format(DUEL).split(" "))
    assert code == 6 and not out and f"pip install 'deterministic-replay[{extra}]'" in err and len(err.splitlines()) <= 3


def test_the_demo_goes_on_without_a_picture(core):
    code, out, err = core.run("arena", "demo", "--out", "played")
    assert code == 0 and "verified  " in out and "next:" in out and "no picture" in err, out + err


def test_a_pygame_ce_that_is_there_is_used_as_it_is(core, tmp_path):
    """It is put beside the environment, where the other tests do not see it."""
    done = core.pip("--target", tmp_path / "ce", "--no-deps", "pygame-ce")
    assert done.returncode == 0, done.stderr
    other = Fresh(core.folder.parent)
    other.environment = core.environment | {"PYTHONPATH": str(tmp_path / "ce")}
    code, out, err = other.run("replay", "export", DUEL, "-o", tmp_path / "x.png")
    assert code == 0 and (tmp_path / "x.png").read_bytes().startswith(b"\x89PNG") and "pip" not in err, out + err
    assert not list(core.site.glob("pygame*"))


def test_the_sdist_installs_and_works_from_another_folder(source):
    code, out, err = source.run("replay", "verify", DUEL, "--to", "2s")
    assert code == 0 and out.startswith("ok ") and "interpreted" in err, out + err
    code, out, _ = source.run("arena", "maps")
    assert code == 0 and "plaza" in out


def test_the_tests_in_the_sdist_pass_in_its_own_environment(source, sdist):
    assert (sdist / "recordings" / "duel.replay").is_file()
    chosen = [sdist / "tests" / "replay" / "core" / name for name in ("test_extras.py", "test_foreign.py", "test_installed.py")]
    command = ["-m", "pytest", "-p", "no:cacheprovider", f"--rootdir={sdist}", "-c", sdist / "pyproject.toml", *chosen]
    code, out, err = source.run("python", *command)
    assert code == 0 and "[100%]" in out, out + err
