"""What recordings are called."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path

SUFFIX = ".replay"
_ANY_CASE = "*." + "".join(f"[{letter}{letter.upper()}]" for letter in SUFFIX[1:])


def is_recording_name(name: str) -> bool:
    """Whether a file of this name should be a recording: x.replay, and X.REPLAY from systems that shout."""
    return name.lower().endswith(SUFFIX)


def recordings_below(folder: Path) -> list[Path]:
    """What is called like a recording in a folder, and in its folders, sorted: whoever opens it says if it is none."""
    return sorted(folder.rglob(_ANY_CASE))


def bare_name(name: str) -> str:
    """The name of a recording without the suffix."""
    return name[: -len(SUFFIX)] if is_recording_name(name) else name


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """A file name that is not taken."""
    path, number = folder / f"{stem}{suffix}", 2
    while path.exists():
        path, number = folder / f"{stem}-{number}{suffix}", number + 1
    return path
