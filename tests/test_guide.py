"""The guide and the README say what is: their blocks run, their links lead somewhere, and a site can be made of them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from pages import LANGUAGES, blocks, is_output, run

from replay.cli.guide import topics

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "replay" / "docs"
PAGES = {path.stem: path for path in sorted(DOCS.glob("*.md"))} | {"README": ROOT / "README.md"}
NOT_RUN = {
    "arena": ["needs a display"],
    "determinism": ["it fetches another processor's Python, and takes an hour"],
    "contributing": ["it is the run", "the tests build it in a folder of their own"],
    "pygame": ["needs a display, and somebody who plays"],
    "tests": ["it changes the settings of a repository"],
    "window": ["it installs into the environment; the tests name the entry points without"],
    "README": ["needs a display"],
}


def stand_in(folder: Path) -> dict[str, str]:
    """A folder to run a page in, and the environment for it."""
    shutil.copytree(ROOT / "recordings", folder / "recordings")
    (folder / "home").mkdir()
    path = [str(Path(sys.executable).parent), os.environ["PATH"]]
    own = {"PATH": os.pathsep.join(path), "PYTHONPATH": str(ROOT), "HOME": str(folder / "home"), "SDL_VIDEODRIVER": "dummy"}
    unwanted = ("REPLAY_", "XDG_", "FORCE_COLOR", "COLUMNS", "CI", "GITHUB_", "PYTEST_")
    return {name: value for name, value in os.environ.items() if not name.startswith(unwanted)} | own


@pytest.mark.parametrize("name", PAGES)
def test_every_block_of_a_page_runs_and_prints_what_the_page_says(name, tmp_path):
    environment = stand_in(tmp_path)
    command = [sys.executable, str(ROOT / "tests" / "pages.py"), str(PAGES[name])]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{PAGES[name]}\n{done.stdout}{done.stderr}"


def test_few_blocks_are_not_run_and_each_says_why():
    not_run = {
        name: reasons for name, path in PAGES.items() if (reasons := [b.not_run for b in blocks(path.read_text()) if b.not_run])
    }
    assert not_run == NOT_RUN
    assert {block.language for path in PAGES.values() for block in blocks(path.read_text())} <= LANGUAGES


def test_a_block_that_is_wrong_is_seen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page = "```python\nx = 1\nprint(x + 1)  # 3\n```\n```text\n3\n```\n```console\n$ false\n$ echo a; echo b\na\n...\nc\n```\n"
    problems = list(run(page + '```py title="a/b.py"\nx\n```\n```python\nnot_there\n```\n'))
    assert [problem.partition(":")[0] for problem in problems] == ["line 1", "line 5", "line 8", "line 18"]
    assert "$ false" in problems[2] and "$ echo" in problems[2] and (tmp_path / "a" / "b.py").read_text() == "x\n"
    assert not list(run("```python\nprint(1)  # 1\n```\n```text\n1\n```\n<!-- not run: why -->\n```python\n1/0\n```\n"))
    assert is_output("ok  a  5 ticks/s\n...", "ok a 6,000 ticks/s\nmore\nand more") and not is_output("ok 5", "ok 6")


def test_every_page_is_in_the_list_of_topics_and_in_the_site():
    assert [*topics()] == re.findall(r"^  - (\w[\w-]*)\.md$", (ROOT / ".ci" / "mkdocs.yml").read_text(), re.M)[1:]
    assert {*topics(), "index", "README"} == {*PAGES}


def test_every_path_that_a_page_links_to_is_there():
    for path in PAGES.values():
        for link in re.findall(r"\]\(([^)#\s]+)", path.read_text()):
            assert "://" in link or (path.parent / link).exists(), f"{path.name}: {link}"


def site(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    pytest.importorskip("mkdocs", reason="needs mkdocs: pip install -e '.[docs]'")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-f", str(config), "-d", str(folder / "site")]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


def test_a_site_is_made_of_it_without_a_warning_and_needs_no_network(tmp_path):
    done = site(tmp_path, ROOT / ".ci" / "mkdocs.yml")
    assert done.returncode == 0, done.stderr
    for name in (*topics(), "index"):
        html = (tmp_path / "site" / f"{name}.html").read_text()
        loaded = re.findall(r'<(?:script|img|iframe)[^>]* src="([^"]+)|<link[^>]* rel="stylesheet"[^>]* href="([^"]+)', html)
        assert loaded and not [link for pair in loaded for link in pair if "//" in link], name
    assert "replay.Recorder" in (tmp_path / "site" / "api.html").read_text()


@pytest.mark.parametrize("text", ["[a page](nowhere.md)", "[a part](index.md#nowhere)", "::: replay.nobody"])
def test_a_site_is_not_made_of_a_page_that_leads_nowhere(tmp_path, text):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.md").write_text(f"# A page\n\n{text}\n")
    ci = ROOT / ".ci"
    theme = f"theme: {{custom_dir: {ci / 'site'}}}"
    (tmp_path / "mkdocs.yml").write_text(
        f"INHERIT: {ci / 'mkdocs.yml'}\ndocs_dir: pages\nnav: [index.md]\nwatch: []\nhooks: []\n{theme}\n"
    )
    done = site(tmp_path, tmp_path / "mkdocs.yml")
    assert done.returncode == 1 and re.search("nowhere|nobody", done.stderr), done.stderr
