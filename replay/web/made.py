"""Pages made of recordings: which games a browser can run, and what a page of one of them holds."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from replay.core.cache import Bounded
from replay.core.errors import UnverifiableError, UsageError
from replay.core.game import Game
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.core.records import Header
from replay.core.writer import made_file
from replay.native.kernels import Kernels
from replay.native.match import CompiledMatch
from replay.watch.model.plugins import load_plugin
from replay.web.bundle import exported
from replay.web.page import GamePage, game_script, packed, page, recording_data

_scripts: Bounded[Any, str] = Bounded(8)


class PlainPage:
    """The page of a compiled game that says nothing of pages: its fields, its events, and state 0 as it was made here."""

    modules: Sequence[Path] = ()

    def __init__(self, kernels: Kernels) -> None:
        self.kernels = kernels

    def constants(self) -> dict[str, Any]:
        return {}


def page_of(path: str | os.PathLike[str], game: Game | None = None, *, at: int | None = None) -> str | None:
    """A recording as a page that computes it again; None if no browser can run this game. at: the tick where it begins.

    Raises FormatError, UnverifiableError and OSError as `Recording` does; MachineError if there is no WebAssembly of the rules.
    """
    if (parts := parts_of(path, game, at=at)) is None:
        return None
    players = ", ".join(player.name for player in parts.header.players)
    return page(parts.script, parts.data, game=parts.game.name, title=f"{parts.game.name}: {players}")


class PageParts(NamedTuple):
    """script: of all pages of the game. data: plain, what this one holds."""

    game: Game
    header: Header
    script: str
    data: dict[str, Any]


def parts_of(path: str | os.PathLike[str], game: Game | None = None, *, at: int | None = None) -> PageParts | None:
    """What `page_of` makes a page of; the same arguments, and it raises the same."""
    with Recording(path) as recording:
        header = recording.header
        game = game or find_game(header.game)
        if (header.game, header.rules) != (game.name, game.rules):
            raise UnverifiableError(
                f"needs {header.game} rules {header.rules}; installed: {game.name} rules {game.rules}",
                "install the version that recorded it",
            )
        script, begin = browser_parts(game, header)
    if script is None:
        return None
    data = recording_data(Path(path).name, Path(path).read_bytes()) | {"begin": begin, "at": at}
    return PageParts(game, header, script, data)


def write_page(path: str | os.PathLike[str], output: Path, game: Game | None = None, *, at: int | None = None) -> int:
    """`page_of` into a new file. Returns its bytes. Raises UsageError for a game that no browser can run, or if the file exists,
    and what `page_of` raises."""
    text = page_of(path, game, at=at)
    if text is None:
        raise UsageError("no browser can run this game", f"a page of pictures: replay export {path} -o {output}")
    return write_whole(output, text)


def write_whole(path: Path, text: str, *, force: bool = False) -> int:
    """Write a file, which gets its name when it is whole. Returns its bytes. Raises UsageError where none can be, or, without
    force, where there is one."""
    data = text.encode("utf-8", "backslashreplace")
    with made_file(path, force=force) as part:
        part.write_bytes(data)
    return len(data)


def browser_parts(game: Game, header: Header) -> tuple[str | None, dict[str, Any] | None]:
    """The script that runs a game in a browser, None if there can be none; and how this match begins, if the script cannot tell."""
    parts: GamePage | None = load_plugin("replay.web", game.name)
    names = exported(parts.modules) if parts is not None else []
    if header.start_tick and "check" not in names:  # a state out of a file, which nobody there could tell from nonsense
        return None, None
    if parts is not None and "newMatch" in names:
        return _script(game, parts), None
    match = game.new_match(header.seed, len(header.players), dict(header.config))
    if not isinstance(match, CompiledMatch) or getattr(match, "proof", None) is not None:
        return None, None
    state, tables = match.save(), bytes(match.tables.view)
    begin = {
        "identity": _identity(header),
        "state": packed(state),
        "state_size": len(state),
        "tables": packed(tables),
        "tables_size": len(tables),
    }
    return _script(game, parts or PlainPage(match.kernels)), begin


def _identity(header: Header) -> str:
    """What state 0 depends on, as `given.js` writes it."""
    config = [[key, str(header.config[key])] for key in sorted(header.config)]
    return json.dumps([str(header.seed), len(header.players), config], separators=(",", ":"), ensure_ascii=False)


def _script(game: Game, parts: GamePage) -> str:
    key = (game.name, game.rules, parts.kernels.sources_hash, *((path, path.stat().st_mtime_ns) for path in parts.modules))
    return _scripts.get(key, lambda: game_script(game, parts))
