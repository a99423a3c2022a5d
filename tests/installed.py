"""Packages that are installed in no more than name: all that an entry point needs to be found."""

from pathlib import Path


def install(site: Path, points: str, version: str = "1") -> Path:
    """Make `site`, a folder for the module path, in which the entry points (the text of their file) are found. Gives it back."""
    info = site / f"named-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: named\nVersion: {version}\n")
    (info / "entry_points.txt").write_text(points)
    return site
