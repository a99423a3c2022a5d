"""What the wheel calls otherwise than the checkout, told to hatchling: `game` is `replay_arena` there (see pyproject.toml).

The pytest plug-in becomes a module of its own at the top. pytest imports it in every project of the environment, also beside
somebody's own `replay.py`, where nothing inside the package `replay` could be imported.
"""

from __future__ import annotations

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
        core = self.metadata.core
        for points in (core.scripts, *core.entry_points.values()):
            points.update({name: installed(target) for name, target in points.items()})


def installed(target: str) -> str:
    """An entry point of the checkout as it is in the wheel."""
    if target == PLUGIN:
        return INSTALLED_PLUGIN
    return f"replay_arena.{target.removeprefix('game.')}" if target.startswith("game.") else target
