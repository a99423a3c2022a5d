"""Pictures of the guide on its site: they lie in `.github/pictures`, so that no wheel brings them along, and pages link to them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

_LINK = re.compile(r"\]\(\.\./\.\./\.github/pictures/")
_FOLDER = Path(__file__).parent.parent / ".github" / "pictures"


def on_files(files: Files, config: Any) -> Files:
    for path in sorted(_FOLDER.glob("*.png")):
        files.append(File.generated(config, f"pictures/{path.name}", abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    return _LINK.sub("](pictures/", markdown)
