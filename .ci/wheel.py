"""What the wheel calls otherwise than the checkout, told to hatchling: `game` is `replay_arena` there (see pyproject.toml).

The pytest plug-in becomes a module of its own at the top. pytest imports it in every project of the environment, also beside
somebody's own `replay.py`, where nothing inside the package `replay` could be imported.

A wheel also brings along arena's rules as machine code and as WebAssembly, if it is built where numba and a linker are: with
`hatchling build` in the project's environment, not in the empty one that pip makes for a build. Without them it is sound, too: then
the rules are compiled at the first start.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PLUGIN = "replay.cli.pytest_plugin"
INSTALLED_PLUGIN = "pytest_deterministic_replay"


class WheelHook(BuildHookInterface):
    """Changes a standard wheel. An editable install points at the checkout, and keeps its names."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "standard":
            return
        build_data["force_include"][f"{PLUGIN.replace('.', '/')}.py"] = f"{INSTALLED_PLUGIN}.py"
        for file in self._libraries():
            build_data["force_include"][str(file)] = f"replay_arena/native/{file.name}"
        core = self.metadata.core
        for points in (core.scripts, *core.entry_points.values()):
            points.update({name: installed(target) for name, target in points.items()})

    def _libraries(self) -> list[Path]:
        """Arena's rules, compiled; none where that is not possible."""
        self._folder = tempfile.TemporaryDirectory()
        command = [sys.executable, "-m", "replay.native.making", "game.kernels:KERNELS", self._folder.name]
        done = subprocess.run(command, cwd=self.root, capture_output=True, text=True)
        if done.returncode:
            reason = (done.stderr.strip().splitlines() or ["?"])[-1]
            self.app.display_warning(f"the wheel brings no compiled rules along: {reason}")
            return []
        return [Path(line) for line in done.stdout.splitlines()]

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        if version == "standard":
            self._folder.cleanup()


def installed(target: str) -> str:
    """An entry point of the checkout as it is in the wheel."""
    if target == PLUGIN:
        return INSTALLED_PLUGIN
    return f"replay_arena.{target.removeprefix('game.')}" if target.startswith("game.") else target
