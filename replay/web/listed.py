"""The index page of a folder of recordings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from replay.web.bundle import in_order, joined
from replay.web.page import data_block, document, hash_of

_GALLERY = Path(__file__).parent / "gallery"


@dataclass(frozen=True)
class Listed:
    """A recording as the list shows it. href: of its page, relative and quoted. picture: as a `data:` URL, "" if there is none."""

    href: str
    file: str
    game: str
    title: str
    players: Sequence[str]
    result: str
    created_ms: int
    ticks: int
    ticks_per_second: int
    picture: str = ""


def index_page(entries: Sequence[Listed], title: str) -> str:
    """A whole page: search, order, a card for each recording."""
    begin = 'new Gallery(JSON.parse(at("data").textContent));'
    script = f'(() => {{\n"use strict";\n{joined(in_order(_GALLERY / "gallery.js"))}{begin}\n}})();\n'
    data = data_block([asdict(entry) for entry in entries])
    return document(_GALLERY / "gallery.html", f"'{hash_of(script)}'", f"{data}<script>{script}</script>", title=title)
