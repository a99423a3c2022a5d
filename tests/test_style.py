"""What people see first: lint, format and types, the README and what it promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text() if (ROOT / "README.md").exists() else ""


@pytest.mark.parametrize("command", ["ruff check .", "ruff format --check .", "mypy"])
def test_the_source_passes(command):
    done = subprocess.run([sys.executable, "-m", *command.split()], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ci_runs_exactly_the_readme_s_test_command():
    commands = re.findall(r"^python3 -m venv .*$", README, re.M)
    assert len(commands) == 2
    assert (ROOT / ".ci" / "run").read_text().splitlines()[-1] == commands[1]
    assert "bash .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text()


def test_no_test_can_keep_the_others_waiting_for_ever(tmp_path):
    assert float(os.environ["PYTEST_TIMEOUT"]) > 0
    (tmp_path / "test_waits.py").write_text("import os\n\ndef test_a():\n    os.read(os.pipe()[0], 1)\n\ndef test_b():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    done = subprocess.run([*command, str(tmp_path)], env=os.environ | {"PYTEST_TIMEOUT": "1"}, capture_output=True, text=True)
    assert "1 failed, 1 passed" in done.stdout and "os.read(os.pipe()[0], 1)" in done.stdout, done.stdout


def test_every_file_is_in_the_readme_s_tree():
    tree = README.split("## The tree")[1].split("\n## ")[0]
    for package in ("replay", "game"):
        for path in sorted((ROOT / package).iterdir()):
            if path.name not in ("__pycache__", "__init__.py", "__main__.py", "py.typed"):
                assert path.name in tree, f"{package}/{path.name} is not in the README's tree"


def test_nothing_names_this_machine():
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if tracked.returncode:
        pytest.skip("not a git checkout")
    for name in tracked.stdout.splitlines():
        path = ROOT / name
        if path.suffix in (".py", ".md", ".toml", ".yml", ".txt") and path.is_file():
            assert str(ROOT) + "/" not in path.read_text(), name
