"""What a notebook shows of a value: a small table, whose texts may be strangers'."""

from __future__ import annotations

from html import escape as escape_html

from replay.core.text import escape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping


def facts_html(facts: Mapping[str, object]) -> str:
    """A row for each fact that says something."""
    rows = (
        f"<tr><th style='text-align: left'>{_safe(name)}</th><td style='text-align: left'>{_safe(fact)}</td></tr>"
        for name, fact in facts.items()
        if fact not in (None, "")
    )
    return f"<table>{''.join(rows)}</table>"


def _safe(text: object) -> str:
    return escape_html(escape(str(text)))
