"""Text from strangers - file names, player names, messages that quote them - made safe to show."""

from __future__ import annotations

import unicodedata

_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def escape(text: str) -> str:
    """`text` for one line of a terminal, a log or a report: what could move a cursor, colour a line, hide, or be no XML is shown
    as an escape, and `##[`, a command to GitHub's runner wherever it stands in a line, is broken up."""
    shown = "".join(f"\\x{ord(letter):02x}" if unicodedata.category(letter) in _HIDDEN else letter for letter in text)
    return shown.replace("##[", "#\\x23[")
