"""Text as people are shown it: file names, player names and messages of strangers made safe, and counts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def escape(text: str) -> str:
    """`text` for one line of a terminal, a log or a report: what could move a cursor, colour a line, hide, or be no XML is shown
    as an escape, and `##[`, a command to GitHub's runner wherever it stands in a line, is broken up."""
    shown = "".join(f"\\x{ord(letter):02x}" if unicodedata.category(letter) in _HIDDEN else letter for letter in text)
    return shown.replace("##[", "#\\x23[")


def counted(number: int, noun: str) -> str:
    """`1 file`, `1,200 files`, `2 hashes`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "es" if noun.endswith("sh") else "s")


def nearest(name: str, names: Iterable[str]) -> str:
    """`did you mean NAME?`, for a name that there is not; empty if none that there is comes near."""
    import difflib

    near = difflib.get_close_matches(name, sorted(names), 1)
    return f"did you mean {near[0]}?" if near else ""


def meant(name: str, names: Iterable[str]) -> str:
    """A hint for a name that there is not: the one that may be meant, or all that there are."""
    there_is = sorted({*names} - {""})
    return nearest(name, there_is) or (f"there is: {', '.join(there_is)}" if there_is else "there is none yet")


def proved_line(path: str, ticks: int, hashes: int, seconds: float | None, message: str = "", width: int = 0) -> str:
    """What is said of a recording that is ok: how much was proved. seconds: None for one that is unchanged since it was proved.
    width: of the names in a list."""
    rate = "unchanged" if seconds is None else f"{ticks / max(seconds, 1e-9):>12,.0f} ticks/s"
    text = f"{ticks:>9,} ticks  {hashes:>6,} hashes  {rate}"
    return f"{'ok':<13}{escape(path):<{width}}  {text}  {message}".rstrip()
