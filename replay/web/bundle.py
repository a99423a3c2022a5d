"""The script of a page: modules of JavaScript, one after the other in one scope. No part of it is loaded from anywhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from replay.core.errors import UsageError

PLAYER = Path(__file__).parent / "player"
_IMPORT = re.compile(r'^import (?:\{[^}]*\} from )?"([^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function\*?|class|const) (\w+))", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n|[ \t]+// [^\n\"'`]*$", re.MULTILINE)
_INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


def in_order(entry: Path) -> list[Path]:
    """A module and all that it imports, each after what it needs itself."""
    order: list[Path] = []

    def visit(path: Path) -> None:
        for name in _IMPORT.findall(path.read_text("utf-8")):
            if (needed := (path.parent / name).resolve()) not in order:
                visit(needed)
        if path not in order:
            order.append(path)

    visit(entry.resolve())
    return order


def joined(paths: Iterable[Path]) -> str:
    """Modules as one text: without imports, exports, comments of their own lines and indentation."""
    return "".join(_INDENT.sub("", _COMMENT.sub("", _EXPORT.sub("", _IMPORT.sub("", path.read_text("utf-8"))))) for path in paths)


def exported(paths: Iterable[Path]) -> list[str]:
    """The names that modules export."""
    return [name for path in paths for name in _EXPORT.findall(path.read_text("utf-8"))]


def scoped(paths: Iterable[Path]) -> str:
    """Modules as an expression: an object of what they export. Their other names are theirs alone.

    Raises UsageError for an import or export that could not stand there.
    """
    paths = list(paths)
    text = joined(paths)
    if other := _OTHER.search(text):
        names = ", ".join(path.name for path in paths)
        raise UsageError(f"{names}: {other[0]!r} cannot be in a page", "write `export function`, `export class` or `export const`")
    return f"(() => {{\n{text}return {{{', '.join(exported(paths))}}};\n}})()"


def literal(value: Any) -> str:
    """Plain data as an expression that can stand in a script inside a page: nothing in it can end the script."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text
