"""A recording as one page: computed again in the browser where it can be, else with what a re-simulation gave at export: its
pictures, what happened in it, its fields over time, and what the verifier said."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from replay.core.extras import PACKAGE
from replay.core.game import Game, abilities_of
from replay.core.installed import find_game
from replay.core.recording import Recording
from replay.core.verify import Verification, verify
from replay.prove.jsonable import jsonable
from replay.read.story import Part
from replay.read.timecode import resolve
from replay.watch.model.plugins import load_plugin
from replay.watch.model.session import Session
from replay.watch.telling import Telling
from replay.watch.view.look import Look
from replay.web.made import page_of as computed_page
from replay.web.page import film_data, film_script, page

if TYPE_CHECKING:
    from replay.watch.film import Film

Progress = Callable[[int, int, str], object]


@dataclass(frozen=True)
class Page:
    """verification: what was found when it was exported; None of a page that finds out for itself."""

    text: str
    verification: Verification | None = None


def page_of(
    path: str | os.PathLike[str],
    game: Game | None = None,
    *,
    start: str | None = None,
    pictures: bool = False,
    progress: Progress | None = None,
) -> Page:
    """A recording as a page of its own, which begins at TIME `start`. pictures: even if a browser could run the game.

    Raises what `tell` does, UsageError for a wrong time.
    """
    with Recording(path) as recording:
        game = game or find_game(recording.header.game)
        at = resolve(start, recording, game) if start is not None else None
        header = recording.header
    if not pictures and (computed := computed_page(path, game, at=at)) is not None:
        return Page(computed)
    told = tell(path, game, progress=progress)
    players = ", ".join(player.name for player in header.players)
    text = page(film_script(game.name, game.rules), told.page_data() | {"at": at}, game=game.name, title=f"{game.name}: {players}")
    return Page(text, told.verification)


@dataclass(frozen=True)
class Told:
    """Everything that a page needs. data: plain, for JSON. film: None for a game that has nothing to show but its fields."""

    path: Path
    data: dict[str, Any]
    film: Film | None
    verification: Verification

    def page_data(self) -> dict[str, Any]:
        """What a page holds of it."""
        return film_data(self.path.name, self.path.read_bytes(), self.data, self.film.parts if self.film is not None else ())


def tell(
    path: str | os.PathLike[str], game: Game | None = None, *, progress: Progress | None = None, most_bytes: int | None = None
) -> Told:
    """Simulate a recording: once to verify it, once for what it tells, once for the pictures. most_bytes: of these, together.

    Raises what `Session` does, MachineError where its pictures need pygame and there is none.
    """
    show: Progress = progress or (lambda done, total, unit: None)
    with Session(path, game, check=False) as session:
        verification = verify(path, session.game, progress=lambda done, total: show(done, total, "ticks"))
        telling = Telling(session.game, session.recording, session.story)
        telling.run(lambda done, total: show(done, total, "ticks"))
        look, film = _look_and_film(session, show, most_bytes)
        told = telling.as_data()
        data = {
            "kind": "told",
            "header": header_of(session),
            "start_tick": session.recording.start_tick,
            "ticks": session.moments.ticks,
            "verdict": verdict_of(verification),
            "markers": [[marker.tick, marker.text] for marker in session.recording.markers],
            "look": _look_data(session, look, told),
            "film": _film_data(film),
            **told,
        }
        return Told(Path(path), data, film, verification)


def _look_and_film(session: Session, show: Progress, most_bytes: int | None) -> tuple[Look, Film | None]:
    """The look that names colours and shapes, and the film: a game that has neither look nor screen needs no pygame."""
    if not drawn_in(session):
        return Look(session.story), None
    from replay.watch.film import MOST_BYTES, draw_film
    from replay.watch.view.picture import open_look
    from replay.watch.window import open_nowhere

    limit = MOST_BYTES if most_bytes is None else most_bytes
    film = draw_film(session, most_bytes=limit, progress=lambda done, total: show(done, total, "pictures"))
    open_nowhere()
    return open_look(session), film


def drawn_in(session: Session) -> bool:
    """Whether there is more to see of this match than the fields of its state."""
    return session.moments.has_screen or load_plugin("replay.views", session.game.name) is not None


def header_of(session: Session) -> dict[str, Any]:
    """The header as a page has it: the seed as text, because a browser's numbers are too short for it."""
    header = session.recording.header
    describe = abilities_of(session.game).config_text
    return {
        "game": header.game,
        "rules": header.rules,
        "ticks_per_second": header.ticks_per_second,
        "seed": str(header.seed),
        "config": jsonable(header.config),
        "config_text": describe(header.config) if describe else "",
        "players": [{"name": player.name, "kind": player.kind} for player in header.players],
        "event_kinds": list(header.event_kinds),
        "created_ms": header.created_ms,
        "made_with": jsonable(header.made_with),
    }


def verdict_of(verification: Verification) -> dict[str, Any]:
    """What the verifier said, and when."""
    return {
        "verdict": verification.verdict.value,
        "message": verification.message,
        "first_bad_tick": verification.first_bad_tick,
        "ticks": verification.ticks,
        "hashes_compared": verification.hashes_compared,
        "digests_compared": verification.digests_compared,
        "notes": list(verification.notes),
        "rules": verification.rules,
        "at_ms": int(time.time() * 1000),
        "by": f"{PACKAGE} {version(PACKAGE)}",
    }


def _look_data(session: Session, look: Look, told: dict[str, Any]) -> dict[str, Any]:
    story, kinds = session.story, session.recording.header.event_kinds
    seats = range(len(story.names))
    lines = told["graph"]["lines"] if told["graph"] else ()
    end = session.recording.end
    known = abilities_of(session.game).event_kinds
    return {
        "world": list(story.world),
        "columns": list(story.columns),
        "memory_seconds": story.memory_seconds,
        "weights": dict(story.marks),
        "colours": [list(look.colour(seat)) for seat in seats],
        "shapes": [look.shape(seat) for seat in seats],
        "graph_colours": [list(look.graph_colour(index)) for index in range(len(lines))],
        "marks": {kind: list(look.mark(kind)) for kind in kinds if kind in known},
        "part_colours": _part_colours(look, told),
        "result": story.result_text(end.result) if end is not None else "",
    }


def _part_colours(look: Look, told: dict[str, Any]) -> dict[str, list[int]]:
    """The colour of every kind of part that a sentence here has, by `role:seat`."""
    sentences: Iterable[Any] = [
        *(event[3] for event in told["events"]),
        *(news[1] for news in told["news"] if isinstance(news, list)),
    ]
    kinds = {(role, seat) for sentence in sentences for _, role, seat in sentence}
    return {f"{role}:{seat}": list(look.part_colour(Part("", role, seat))) for role, seat in kinds}


def _film_data(film: Film | None) -> dict[str, Any] | None:
    if film is None:
        return None
    names = ("kind", "size", "pictures", "first_tick", "step_ticks", "fps")
    return {name: getattr(film, name) for name in names}
