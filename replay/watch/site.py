"""A folder of recordings as a folder of pages: an index over all of them, a page for each, and one player for each game.

Needs no server: it works from a disk as well.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from replay.core.errors import ReplayError, UsageError
from replay.core.names import bare_name
from replay.watch.model.session import Session
from replay.watch.pages import drawn_in, header_of, tell
from replay.web.listed import Listed, index_page
from replay.web.made import browser_parts, write_whole
from replay.web.page import film_script, recording_data, shared_page

INDEX = "index.html"
_OURS = b'<meta name="generator" content="deterministic-replay">'
_HEAD_BYTES = 4096  # of a page: its generator is among them
_PICTURE = (320, 180)
_LONGEST_NAME = 80


@dataclass
class Site:
    """What was written. problems: recordings that have no page, and why."""

    index: Path
    pages: int = 0
    bytes: int = 0
    problems: list[tuple[Path, ReplayError | OSError]] = field(default_factory=list)


def export_site(
    files: Sequence[Path], source: Path, folder: Path, *, force: bool = False, progress: Callable[[int, int], object] | None = None
) -> Site:
    """Write pages of the recordings `files`, which lie below `source`, into `folder`. A recording that cannot be read does not stop
    the others.

    Raises UsageError for a page there that somebody else made, unless force; OSError if it cannot be written.
    """
    names = page_names(files, source)
    site = Site(folder / INDEX)
    if not force:
        _refuse_others([site.index, *(folder / name for name in names.values())])
    entries: list[Listed] = []
    for done, (path, name) in enumerate(names.items(), 1):
        try:
            player, script, text, entry = _made(path, name, path.relative_to(source).as_posix())
        except (ReplayError, OSError) as error:
            site.problems.append((path, error))
        else:
            if not (folder / player).exists():
                site.bytes += write_whole(folder / player, script, force=True)
            site.bytes += write_whole(folder / name, text, force=True)
            entries.append(entry)
        if progress is not None:
            progress(done, len(names))
    site.pages = len(entries)
    if entries:
        index = index_page(entries, source.resolve().name or "Recordings")
        site.bytes += write_whole(site.index, index, force=True)
    return site


def _made(path: Path, name: str, shown: str) -> tuple[str, str, str, Listed]:
    """Of a recording: the name of its player and the player, its page, and its entry in the index."""
    with Session(path, check=False) as session:
        header, game = session.recording.header, session.game
        script, begin = browser_parts(game, header)
        if script is None:
            script, data = film_script(game.name, game.rules), tell(path, game).page_data()
        else:
            data = recording_data(path.name, path.read_bytes()) | {"begin": begin}
        facts, end = header_of(session), session.recording.end
        players = [player.name for player in header.players]
        entry = Listed(
            href=quote(name),
            file=shown,
            game=header.game,
            title=f"{header.game}  {facts['config_text']}".strip(),
            players=players,
            result=session.story.result_text(end.result) if end is not None else "",
            created_ms=header.created_ms,
            ticks=session.moments.ticks,
            ticks_per_second=header.ticks_per_second,
            picture=_picture(session),
        )
    player = f"{_plain(header.game)}-{hashlib.sha256(script.encode()).hexdigest()[:12]}.js"
    return (
        player,
        script,
        shared_page(player, data | {"home": True}, game=header.game, title=f"{header.game}: {', '.join(players)}"),
        entry,
    )


def _picture(session: Session) -> str:
    if not drawn_in(session):
        return ""
    from replay.watch.film import thumbnail

    kind, data = thumbnail(session, _PICTURE)
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def page_names(files: Sequence[Path], source: Path) -> Mapping[Path, str]:
    """The page of each recording: `cup/final.replay` is `cup-final.html`. The same folder gives the same names again."""
    names: dict[Path, str] = {}
    taken = {INDEX}
    for path in files:
        words = bare_name("-".join(path.relative_to(source).parts))
        stem = re.sub(r"[^\w.-]+", "-", words).strip("-.")[:_LONGEST_NAME] or "match"
        name, number = f"{stem}.html", 2
        while name.casefold() in taken:
            name, number = f"{stem}-{number}.html", number + 1
        taken.add(name.casefold())
        names[path] = name
    return names


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")[:40] or "game"


def _refuse_others(pages: Sequence[Path]) -> None:
    for page in pages:
        if page.exists() and not (page.is_file() and _is_ours(page)):
            raise UsageError(f"{page} is there and was not exported by replay", "name another folder with -o, or add --force")


def _is_ours(page: Path) -> bool:
    with page.open("rb") as file:
        return _OURS in file.read(_HEAD_BYTES)
