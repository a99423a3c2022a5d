"""Pages in a page: the player of each game once, and moments that it plays in a frame when they are asked for."""

from __future__ import annotations

import os
from pathlib import Path

from replay.core.game import Game
from replay.web.bundle import literal
from replay.web.made import parts_of
from replay.web.page import frame, holding_pages

SCRIPT = Path(__file__).parent / "report" / "report.js"
MOST_BYTES = 4 * 2**20  # of a recording that is played in a report


class Moments:
    """Moments of recordings, each played by a page of its own in a frame without rights: no origin, no network."""

    def __init__(self) -> None:
        self._players: dict[str, str] = {}  # id -> the two halves of the page, as JSON
        self._ids: dict[str, str] = {}  # script -> id
        self._data: list[str] = []

    def add(self, path: str | os.PathLike[str], game: Game | None = None, *, at: int) -> tuple[str, str] | None:
        """The ids of the player and of the data of a moment; None if no browser can run the game, or the recording is too long.
        Raises what `page_of` does."""
        if Path(path).stat().st_size > MOST_BYTES or (parts := parts_of(path, game, at=at)) is None:
            return None
        if parts.script not in self._ids:
            number = self._ids[parts.script] = f"player-{len(self._players)}"
            self._players[number] = literal(frame(parts.script, game=parts.game.name, title=parts.game.name))
        self._data.append(literal(parts.data))
        return self._ids[parts.script], f"moment-{len(self._data) - 1}"

    def document(self, template: Path, body: str, **texts: str) -> str:
        """The template with `body` in it, and all that plays the moments."""
        blocks = {**self._players, **{f"moment-{number}": data for number, data in enumerate(self._data)}}
        parts = [f'<script type="application/json" id="{name}">{text}</script>\n' for name, text in blocks.items()]
        return holding_pages(template, SCRIPT.read_text("utf-8"), body + "\n" + "".join(parts), **texts)

    def __len__(self) -> int:
        return len(self._data)
