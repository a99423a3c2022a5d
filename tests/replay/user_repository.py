"""The git repository of somebody who writes a game: rules in `src/`, a history, recordings, and the commands they type."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Repository:
    """A user's repository, with the rules in a folder of it, and their commands."""

    def __init__(self, folder, rules):
        self.folder = folder
        (folder / "src").mkdir(parents=True)
        (folder / "pyproject.toml").write_text('[tool.replay]\ngame = "walk:Walk"\n')
        (folder / "src" / "walk.py").write_text(rules)
        self.git("init", "-q", "-b", "main")
        (folder / ".git" / "hooks" / "post-checkout").write_text(f"#!/bin/sh\ntouch {folder}/hooked\n")
        (folder / ".git" / "hooks" / "post-checkout").chmod(0o755)

    def git(self, *arguments):
        settings = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
        subprocess.run(["git", *settings, *arguments], cwd=self.folder, check=True, capture_output=True)

    def commit(self, gold, message="change"):
        (self.folder / "src" / "mine.py").write_text(f"GOLD = {gold}\n")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def replay(self, *arguments, keys=""):
        return self.python("-m", "replay", *arguments, keys=keys)

    def python(self, *arguments, keys=""):
        """Exit code, and all that was printed. keys: lines on stdin."""
        places = os.pathsep.join([str(self.folder / "src"), str(ROOT)])
        clean = {name: value for name, value in os.environ.items() if not name.startswith(("CI", "GITHUB_", "REPLAY_"))}
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=self.folder,
            input=keys,
            capture_output=True,
            text=True,
            env={**clean, "PYTHONPATH": places, "REPLAY_CACHE": str(self.folder.parent / "cache"), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        return done.returncode, done.stdout + done.stderr
