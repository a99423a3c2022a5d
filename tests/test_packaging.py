"""What is shipped: the sdist, the wheel made of it, and the wheel at work beside packages of the same names.

No network and no fresh environment: the wheel is unpacked into .cache, and its Python starts without `site`, so that the editable
install of this checkout does not count.
"""

from __future__ import annotations

import configparser
import hashlib
import os
import re
import resource
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from installed import install
from needs import WASM
from shipped import build

from replay.core.errors import MachineError
from replay.core.installed import find_game
from replay.web.made import page_of

ROOT = Path(__file__).parent.parent
GOLDEN = sorted(re.findall(r"^!/(recordings/.*)$", (ROOT / ".gitignore").read_text(), re.M))
SCRIPT = "import sys\nfrom {module} import {name}\nsys.exit({name}())\n"
QUICK = ["-p", "no:hypothesispytest", "-p", "no:xdist", "-p", "no:cacheprovider"]  # plug-ins that others bring, and start slowly


class Installed:
    """The wheel, unpacked, with the scripts that an installer would write."""

    def __init__(self, site: Path) -> None:
        self.site = site
        places = [site, *dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))]
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GITHUB_", "PYTEST", "REPLAY_"))}
        self.environment = clean | {"PYTHONPATH": os.pathsep.join(map(str, places)), "SDL_VIDEODRIVER": "dummy"}

    def python(self, *arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-S", *map(str, arguments)]
        return subprocess.run(command, cwd=cwd, env=self.environment, capture_output=True, text=True)

    def script(self, name: str, *arguments: object, cwd: Path) -> str:
        done = self.python(self.site / "bin" / name, *arguments, cwd=cwd)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pytest(self, *arguments: object, cwd: Path) -> tuple[int, str]:
        done = self.python("-m", "pytest", *QUICK, *arguments, cwd=cwd)
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="session")
def installed(wheel):
    """Kept from run to run under a name made of its bytes: its rules compile once."""
    place = ROOT / ".cache" / "installed"
    site = place / hashlib.sha256(wheel.read_bytes()).hexdigest()[:16]
    if not site.exists():
        making = place / f"{site.name}.{os.getpid()}"
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(making)
        (making / "bin").mkdir()
        for name, target in entry_points(wheel)["console_scripts"].items():
            module, _, function = target.partition(":")
            (making / "bin" / name).write_text(SCRIPT.format(module=module, name=function))
        try:
            making.rename(site)
        except OSError:  # another worker was faster
            shutil.rmtree(making)
        for old in place.iterdir():
            if not old.name.startswith(site.name):
                shutil.rmtree(old, ignore_errors=True)
    return Installed(site)


def read(wheel: Path, name: str) -> str:
    """A file of the wheel's dist-info."""
    with zipfile.ZipFile(wheel) as archive:
        (path,) = (path for path in archive.namelist() if path.endswith(f".dist-info/{name}"))
        return archive.read(path).decode()


def entry_points(wheel: Path) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser(delimiters="=")
    parser.read_string(read(wheel, "entry_points.txt"))
    return {section: dict(parser[section]) for section in parser.sections()}


def files_of(folder: str) -> set[str]:
    """The files that a folder of the checkout holds for good."""
    return {
        str(path.relative_to(ROOT)) for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }


# --- what is in them ----------------------------------------------------------------------------------------------------


def test_the_sdist_holds_all_that_its_tests_need_and_no_match_but_the_golden_ones(sdist):
    held = {str(path.relative_to(sdist)) for path in sdist.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    single = {"PKG-INFO", "pyproject.toml", "README.md", "LICENSE", ".gitignore", ".gitattributes", ".pre-commit-hooks.yaml"}
    expected = single | set(GOLDEN)
    for folder in ("replay", "game", "tests", ".ci", ".github"):
        expected |= {name for name in files_of(folder) if "/." not in name or folder.startswith(".")}
    assert held == expected
    assert len(GOLDEN) == 17


def test_a_match_that_somebody_played_is_in_no_sdist(sdist, tmp_path):
    copy = tmp_path / "checkout"
    shutil.copytree(sdist, copy)
    (copy / "recordings" / "mine.replay").write_bytes(b"private")
    with tarfile.open(build(copy, "sdist", tmp_path)) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert set(GOLDEN) <= names and "recordings/mine.replay" not in names


def test_an_unpacked_sdist_passes_its_tests(sdist):
    """The quick ones, here; all of them pass there too, by the README's command."""
    chosen = ["tests/test_style.py", "tests/replay/core/test_format.py", "-k", "not source and not python"]
    done = subprocess.run([sys.executable, "-m", "pytest", *QUICK, "-rs", *chosen], cwd=sdist, capture_output=True, text=True)
    assert done.returncode == 0 and "1 skipped" in done.stdout and "not a git checkout" in done.stdout, done.stdout


def test_the_wheel_holds_the_game_under_a_name_that_is_nobody_elses(wheel):
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name and not name.startswith("replay_arena/native/")}
    expected = {re.sub("^game/", "replay_arena/", name) for name in files_of("replay") | files_of("game")}
    assert held == expected - {"replay/cli/pytest_plugin.py"} | {"pytest_deterministic_replay.py"}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    groups = {"console_scripts": project["scripts"], **project["entry-points"]}
    renamed = {
        group: {name: re.sub(r"^game\.", "replay_arena.", to) for name, to in points.items()} for group, points in groups.items()
    }
    assert entry_points(wheel) == renamed | {"pytest11": {"replay": "pytest_deterministic_replay"}}
    assert renamed["console_scripts"]["arena"] == "replay_arena.cli:main" and {"replay.games", "replay.views"} <= set(renamed)
    assert renamed["replay.web"] == {"arena": "replay_arena.web:ArenaPage"}
    for name in ("player/page.js", "player/page.css", "player/page.html", "gallery/gallery.js"):
        assert f"replay/web/{name}" in held
    assert "replay_arena/web/look.js" in held


def test_the_metadata_says_what_it_is_and_what_it_needs(wheel):
    facts = Parser().parsestr(read(wheel, "METADATA"))
    assert (facts["Name"], facts["Version"], facts["License-Expression"]) == ("deterministic-replay", "0.2.0", "MIT")
    assert facts["Requires-Python"] == ">=3.11" and facts["Description-Content-Type"] == "text/markdown"
    needs = facts.get_all("Requires-Dist")
    plain = {re.split(r"[<>=;\[ ]", need)[0] for need in needs if "extra ==" not in need}
    assert plain == {"click", "msgpack", "numpy", "rich", "xxhash"}
    extras = "all analysis arena cluster cover docs env fuzz library plot postgres sign test video wasm watch"
    assert set(facts.get_all("Provides-Extra")) == set(extras.split())
    assert facts.get_payload().startswith("# deterministic-replay")
    assert "MIT License" in read(wheel, "licenses/LICENSE")


# --- at work ------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_an_installed_wheel_plays_and_verifies_in_any_folder(installed, tmp_path):
    assert "verified  re-simulated from tick 0" in installed.script("arena", "demo", cwd=tmp_path)
    assert installed.script("replay", "verify", "recordings/", cwd=tmp_path).startswith("ok ")
    done = installed.python("-m", "replay_arena", "maps", cwd=tmp_path)
    assert done.returncode == 0 and "plaza" in done.stdout
    code, out = installed.pytest("recordings", cwd=tmp_path)
    assert code == 0 and "1 passed" in out
    assert installed.script("replay", "guide", "pygame", cwd=tmp_path).startswith("# Your pygame program")


NEVER_COMPILED = """
import sys
for name in ("numba", "llvmlite", "numpy"):
    sys.modules[name] = None
sys.argv = ["replay", "verify", sys.argv[1]]
from replay.cli import main
main()
"""


@WASM
def test_a_machine_that_never_compiled_anything_verifies_by_the_library_that_the_wheel_brings(installed, wheel, tmp_path):
    with zipfile.ZipFile(wheel) as archive:
        brought = sorted(name for name in archive.namelist() if name.startswith("replay_arena/native/"))
    assert [name.rpartition("-")[2] for name in brought] == ["wasm32.wasm", "linux.so"]
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        pytest.skip("the library is for Linux on x86-64")
    before = sorted(str(path) for path in installed.site.rglob("*.so"))
    done = installed.python("-c", NEVER_COMPILED, ROOT / "recordings" / "duel.replay", cwd=tmp_path)
    assert done.returncode == 0 and done.stdout.startswith("ok ") and done.stderr == ""
    assert sorted(str(path) for path in installed.site.rglob("*.so")) == before  # nothing was made


@WASM
def test_a_wheel_makes_pages_of_the_rules_that_it_brings(installed, wheel, tmp_path):
    before = sorted(str(path) for path in installed.site.rglob("*.wasm"))
    assert before
    installed.script("replay", "export", ROOT / "recordings" / "duel.replay", "-o", "duel.html", cwd=tmp_path)
    installed.script("replay", "export", ROOT / "recordings", "-o", "site", cwd=tmp_path)
    assert sorted(str(path) for path in installed.site.rglob("*.wasm")) == before  # nothing was made
    assert (tmp_path / "duel.html").read_text() == page_of(ROOT / "recordings" / "duel.replay")
    assert len(list((tmp_path / "site").glob("*.html"))) == len(GOLDEN) + 1


BESIDE = """
import sys
import game
from replay import find_game, verify
assert game.value == 42
arena = find_game("arena")
assert verify(sys.argv[1]).is_ok
assert type(arena).__module__ == "replay_arena.match"
import replay_arena.look, replay.watch.viewer
assert game.value == 42 and [name for name in sys.modules if name.split(".")[0] == "game"] == ["game"]
loaded = [getattr(module, "__file__", None) or "" for module in list(sys.modules.values())]
ours = [file for file in loaded if file.startswith(sys.argv[2])]
assert len(ours) == len(set(ours)) > 20, "a module under two names"
"""


@pytest.mark.slow
def test_a_package_game_of_ones_own_stays_ones_own(installed, tmp_path):
    (tmp_path / "game").mkdir()
    (tmp_path / "game" / "__init__.py").write_text("value = 42\n")
    done = installed.python("-c", BESIDE, ROOT / "recordings" / "duel.replay", installed.site, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.fixture
def project(tmp_path):
    """Somebody's project, with a module `replay` of its own."""
    (tmp_path / "replay.py").write_text("value = 42\n")
    (tmp_path / "test_mine.py").write_text("import replay\n\ndef test_mine():\n    assert replay.value == 42\n")
    return tmp_path


def test_a_module_replay_of_ones_own_does_not_stop_the_command(installed, project):
    assert "arena" in installed.script("replay", "info", ROOT / "recordings" / "duel.replay", cwd=project)


def test_a_module_replay_of_ones_own_does_not_stop_its_tests(installed, project):
    code, out = installed.pytest(cwd=project)
    assert code == 0 and "1 passed" in out, out


OTHERS = {
    "goal.replay": b"\x10\x05\x00\x00TAGame.Replay_Soccar_TA",
    "match.replay": b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a2146\nsize 12345\n",
    "old.REPLAY": b"REPLAY 1\nmove e4\n",
    "none.replay": b"",
}


@pytest.mark.parametrize("game", ["game.py", "game/__init__.py"])
def test_a_foreign_repository_is_tested_as_it_is_without_us(installed, project, game):
    (project / game).parent.mkdir(exist_ok=True)
    (project / game).write_text("value = 43\n")
    (project / "data").mkdir()
    for name, content in OTHERS.items():
        (project / "data" / name).write_bytes(content)
    (project / "test_game.py").write_text(
        "import game\n\ndef test_game():\n    assert game.value == 43\n\ndef test_fails():\n    assert game.value == 0\n"
    )
    with_us, without = (installed.pytest("-v", *more, cwd=project) for more in ((), ("-p", "no:replay")))
    lines = [
        [re.sub(r" in [\d.]+s", "", line) for line in out.splitlines() if "plugins:" not in line] for _, out in (with_us, without)
    ]
    assert with_us[0] == without[0] == 1 and "1 failed, 2 passed" in with_us[1]
    assert lines[0] == lines[1]


def test_where_replay_is_another_module_the_plug_in_says_so(installed, project):
    shutil.copy(ROOT / "recordings" / "duel.replay", project)
    (project / "test_fixture.py").write_text("def test_fixture(replay_check):\n    pass\n")
    code, out = installed.pytest("--continue-on-collection-errors", cwd=project)
    said = f"needs the package `replay` of deterministic-replay; `import replay` gives {project / 'replay.py'} here"
    assert code == 1 and "1 passed, 2 errors" in out, out
    assert f"duel.replay {said}" in out and f"this fixture {said}" in out and "Traceback" not in out
    code, out = installed.pytest("--replay-checks=seek", cwd=project)
    assert code == 4 and said in out and "Traceback" not in out


# --- what it costs, and what is stale -----------------------------------------------------------------------------------


def cpu_of(command: list[str], cwd: Path, environment: dict[str, str]) -> float:
    """Milliseconds of user and system time."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=cwd, env=environment, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def test_importing_costs_10_milliseconds_at_most(installed, tmp_path):
    python = [sys.executable, "-S", "-c"]
    pairs = [[cpu_of([*python, code], tmp_path, installed.environment) for code in ("import replay", "pass")] for _ in range(15)]
    costs = [min(times) for times in zip(*pairs, strict=True)]  # of the runs that were disturbed least
    assert costs[0] - costs[1] <= 10, costs


# Inside pytest: a whole run takes 200 ms, give or take more than the plug-in costs.
PLUGIN = """
import time
from importlib.metadata import entry_points
from _pytest.config import get_config
manager = get_config().pluginmanager
(point,) = entry_points(group="pytest11", name="replay")
start = time.process_time()
manager.register(point.load(), "replay")
print(1000 * (time.process_time() - start))
"""


def test_the_plug_in_costs_10_milliseconds_at_most(installed, tmp_path):
    runs = [installed.python("-c", PLUGIN, cwd=tmp_path) for _ in range(5)]
    costs = [float(done.stdout) for done in runs]
    assert min(costs) <= 10, costs


def test_an_entry_point_that_has_moved_says_to_install_again(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(install(tmp_path, "[replay.games]\nold = replay.batch:GAME\n", "0.1"))
    with pytest.raises(MachineError, match="installed but does not load") as raised:
        find_game("old")
    assert "replay.batch:GAME" in raised.value.hint and raised.value.hint.endswith("install it again: pip install -e .")
