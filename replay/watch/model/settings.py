"""What is remembered between two runs (window size, sound, seats ...) and where recordings lie. Nothing a match depends on."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any


def _base(variable: str, windows: str, otherwise: str) -> Path:
    name = "deterministic-replay"
    if sys.platform == "win32":
        return Path(os.environ.get(windows, "~")).expanduser() / name
    return Path(os.environ.get(variable) or otherwise).expanduser() / name


def settings_path() -> Path:
    return _base("XDG_CONFIG_HOME", "APPDATA", "~/.config") / "settings.json"


def recordings_folder() -> Path:
    """Where matches are recorded and the viewer looks: $REPLAY_RECORDINGS, or a folder in the user's data."""
    chosen = os.environ.get("REPLAY_RECORDINGS")
    return Path(chosen).expanduser() if chosen else _base("XDG_DATA_HOME", "LOCALAPPDATA", "~/.local/share") / "recordings"


def load_settings() -> dict[str, Any]:
    """Everything remembered; empty if there is nothing that can be read."""
    try:
        settings = json.loads(settings_path().read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return settings if isinstance(settings, dict) else {}


def remember(**values: Any) -> None:
    """Remember these too. A folder that cannot be written does not stop a game."""
    path = settings_path()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps({**load_settings(), **values}, indent=1), "utf-8")
        fresh.replace(path)
    except OSError:
        return
