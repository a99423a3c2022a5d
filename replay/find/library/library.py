"""The library as its users see it; the package says what it is for."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import sqlalchemy as sa

from replay.core.errors import ReplayError, UsageError
from replay.core.fingerprint import Fingerprint, fingerprint_of
from replay.core.game import Config, Game
from replay.core.installed import find_game as installed_game
from replay.core.names import recordings_below
from replay.core.records import Player
from replay.core.url import path_of
from replay.core.verdict import Verdict
from replay.find.library import query
from replay.find.library.asked import AskedForTables
from replay.find.library.blocks import gather
from replay.find.library.catalogue import Catalogue
from replay.find.library.database import connect, is_race, naming_errors, reading, writing
from replay.find.library.entries import CatalogueEntry, Moment, Outcome, position_of
from replay.find.library.indexing import Elsewhere, Examined, FindGame, absolute, examine, folding_of, keys_of, relative
from replay.find.library.keys import KeyTakenError, Reservation, release, reserve
from replay.find.library.moments import Asked, find_moments
from replay.find.library.registry import facts_of, held, make_again, remove, remove_orphans, store
from replay.find.library.tables import files, words
from replay.find.library.words import Vocabulary, Words
from replay.find.library.working import AnyReference, SharedIndexing
from replay.find.search import parse

if TYPE_CHECKING:
    from replay.core.visits import Every
    from replay.find.scan import Hit, Look
    from replay.find.when import When

FILE_NAME = "library.sqlite"
ROLES = ("actor", "target")
_MOMENT_SECONDS = 0.2  # that the files of one transaction may take
_RACES = 20
T = TypeVar("T")


class AlreadyIndexedError(ReplayError):
    """The match is in the library already, perhaps under another file name."""


class Library(AskedForTables, SharedIndexing):
    """An open library. `location`: a file (created if need be), or any SQLAlchemy URL. Use it as a context manager.

    to_read: only what comes out is asked for; it must be there, and need not be writable.
    root: the folder that paths are kept relative to; by default that of the file, and the current one for a server.
    find_game: gives the rules for a game's name.

    Raises LibraryError if it cannot be used, UsageError for a location that is none.
    """

    def __init__(
        self,
        location: str | os.PathLike[str],
        root: str | os.PathLike[str] | None = None,
        find_game: FindGame = installed_game,
        *,
        to_read: bool = False,
    ) -> None:
        text = os.fspath(location)
        self.url = text if "://" in text else sa.URL.create("sqlite", database=text).render_as_string()
        self._engine = connect(self.url, to_read=to_read)
        database = self._engine.url.database if self._engine.dialect.name == "sqlite" else None
        self.root = Path(root or (Path(database).parent if database else ".")).absolute()
        self._find_game_anew = find_game
        self._find_game = cache(find_game)
        self._fingerprint = cache(self._fingerprint_of)
        self._words = Words()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._engine.dispose()

    # --- what goes in ---

    def reserve(self, game: Game, players: Sequence[str | Player], config: Config, *, seconds: float = 3600) -> Reservation:
        """Reserve the unique keys of a match that is about to be recorded: of two that share one, the second is never written.

            with library.reserve(GAME, ["Ann", "Ben"], config) as reservation:
                with Recorder(path, GAME, seed=seed, players=["Ann", "Ben"], config=config) as recorder: ...
                reservation.keep(path)

        What is not kept is released at the end of the block; of a process that was killed, after `seconds`.

        Raises KeyTakenError if another match has one of the keys.
        """
        holder, now_ms = secrets.token_hex(16), round(time.time() * 1000)
        seats = [Player(each) if isinstance(each, str) else each for each in players]
        texts = keys_of(game, seats, config, now_ms)

        def write(connection: sa.Connection) -> None:
            game_id = self._words.name(connection, "game", [game.name])[game.name]
            reserve(connection, game_id, texts, holder, now_ms, now_ms + round(seconds * 1000))

        self._written(write)
        return Reservation(partial(self.add, holder=holder), partial(self._written, partial(release, holder=holder)))

    def add(self, path: str | os.PathLike[str], *, holder: str = "") -> CatalogueEntry:
        """Register one recording. A file that cannot be read is remembered with the reason. holder: of a reservation of its keys.

        Raises AlreadyIndexedError if the match is there already, KeyTakenError if another one has one of its keys,
        FileNotFoundError if there is no such file.
        """
        path = path_of(path)
        path.stat()
        (outcome,) = self._registered([path], holder=holder)
        if outcome.status == "refused":
            raise KeyTakenError(outcome.message)
        if outcome.status in ("known", "copy"):
            raise AlreadyIndexedError(f"{path}: the match is in the library already", "a match counts once, whatever its files")
        with naming_errors(self._engine), self._engine.connect() as connection:
            known = Vocabulary.read(connection)
            is_it = files.c.path == relative(path, self.root)
            return Catalogue(connection, query.Where([is_it], [], []), self._here(connection, known)).entries(self.root)[0]

    def index(
        self,
        paths: Iterable[str | os.PathLike[str]],
        *,
        jobs: int = 1,
        executor: Executor | None = None,
        rebuild: bool = False,
        reference: AnyReference = None,
        progress: Callable[[int, int], object] | None = None,
    ) -> Iterator[Outcome]:
        """Register what is new or changed of these files and folders, and say of each file what became of it.

        The files of a moment are one transaction: killed anywhere, the next call goes on. Several processes that index the same
        folder at once share it: what another one is at is waited for, and done if that one does not.

        jobs: processes. executor: where to work instead; see `replay.prove.workers`. It is not shut down; its workers must see the
        files and reach the library. rebuild: make everything again, not only what has changed. reference: who verifies and counts
        recordings whose rules are not here, as `replay.prove.reference` names it. progress: called with (files done, in all).
        """
        if rebuild:
            self._written(lambda connection: make_again(connection, self._words))
        compared = list(self._compared(named_files(paths), reference is not None))
        waiting = [path for path, is_known in compared if not is_known]
        yield from (Outcome(path, "known") for path, is_known in compared if is_known)
        outcomes = self._outcomes(waiting, jobs, executor, reference)
        for done, outcome in enumerate(outcomes, len(compared) - len(waiting) + 1):
            if progress is not None:
                progress(done, len(compared))
            yield outcome

    def forget(self, path: str | os.PathLike[str]) -> bool:
        """Remove a file from the library, and with its last file the recording. The file stays. False if it was not there."""
        with naming_errors(self._engine), writing(self._engine) as connection:
            return remove(connection, [relative(path_of(path), self.root)]) > 0

    def prune(self, *, dry_run: bool = False) -> list[Path]:
        """Forget the files that are gone, and the matches that are in no file, with all that is known of them. Gives those files.

        dry_run: change nothing.
        """
        with naming_errors(self._engine), writing(self._engine) as connection:
            gone = [path for (path,) in connection.execute(sa.select(files.c.path)) if not self._path(path).exists()]
            if not dry_run:
                remove(connection, gone)
                remove_orphans(connection)
        return [self._path(path) for path in gone]

    def _game(self, name: str, rules: int) -> Game | None:
        """The installed game, if it has these rules."""
        try:
            game = self._find_game(name)
        except ReplayError:
            return None
        return game if game.rules == rules else None

    def _fingerprint_of(self, name: str) -> Fingerprint | None:
        """What decides about verdicts on matches of this game, here and now; None if it cannot be told, or the game is not here."""
        try:
            return fingerprint_of(self._find_game(name))
        except ReplayError:
            return None

    def _verified_by(self, name: str, *, now: bool = True) -> str:
        """The fingerprint of a game that is here, as it is kept. now: if it is that of what this process runs, else ""."""
        fingerprint = self._fingerprint(name)
        return "" if fingerprint is None or (now and not fingerprint.is_of_this_process()) else fingerprint.digest

    def _path(self, name: str) -> Path:
        return absolute(name, self.root)

    def _registered(self, paths: Iterable[Path], elsewhere: Elsewhere | None = None, holder: str = "") -> Iterator[Outcome]:
        waiting = iter(paths)
        while batch := self._examined(waiting, elsewhere):
            yield from self._stored(batch, holder)

    def _examined(self, waiting: Iterator[Path], elsewhere: Elsewhere | None) -> list[tuple[Path, str, Examined]]:
        """As many of the files as can be read and verified in a moment, each with its name here."""
        batch: list[tuple[Path, str, Examined]] = []
        began = time.monotonic()
        with naming_errors(self._engine), self._engine.connect() as connection:

            def wants(identity: str, game: Game) -> bool:
                """Whether the library lacks facts of a match that this game can give."""
                there = held(connection, identity)
                return there is None or not there.has(folding_of(game))

            for path in waiting:
                try:
                    batch.append((path, relative(path, self.root), examine(path, self._find_game, wants, elsewhere)))
                except ReplayError as error:
                    batch.append((path, "", Examined(0, 0, Verdict.UNREADABLE, str(error))))
                if time.monotonic() - began >= _MOMENT_SECONDS:
                    break
        return batch

    def _stored(self, batch: Sequence[tuple[Path, str, Examined]], holder: str) -> list[Outcome]:
        """What became of these files, which are one transaction, unless one of them is refused."""
        verified_by = cache(self._verified_by)  # once for all of them: it looks at every file of the game
        for _, _, each in batch:
            if each.header is not None and self._game(each.header.game, each.header.rules) is not None:
                each.verified_by = verified_by(each.header.game)

        def write(connection: sa.Connection) -> list[str]:
            gather(connection)
            return [store(connection, self._words, name, each, holder) if name else "broken" for _, name, each in batch]

        try:
            statuses = self._written(write)
        except KeyTakenError as error:
            if len(batch) > 1:
                return [outcome for each in batch for outcome in self._stored([each], holder)]
            statuses, batch[0][2].message = ["refused"], f"{error}; {error.hint}"
        return [
            Outcome(path, status, each.verdict.value, each.message) for (path, _, each), status in zip(batch, statuses, strict=True)
        ]

    def _written(self, write: Callable[[sa.Connection], T]) -> T:
        """What `write` gives, in a transaction of its own. If another process was faster, it is tried again."""
        with naming_errors(self._engine):
            for race in range(_RACES):
                try:
                    with writing(self._engine) as connection:
                        written = write(connection)
                    self._words.committed()
                    break
                except BaseException as error:
                    self._words.rolled_back()
                    if not is_race(error) or race == _RACES - 1:
                        raise
        return written

    # --- what comes out ---

    def find(self, search: str = "", *, sort: str = "-date", limit: int | None = None, after: str = "") -> list[CatalogueEntry]:
        """The recordings that match a search text (see `replay.find.search`), and the broken files that do.

        sort: `date`, `length`, `file`, or a number that projections count (the best player's); `-` for descending.
        after: the `cursor` of an entry: go on behind it, whatever has come or gone since.

        Raises UsageError for a text that is not a search, a sort or a name that no match has, and a cursor that is none.
        """
        with reading(self._engine) as connection:
            known = Vocabulary.read(connection)
            order, here = query.order(sort, known), self._here(connection, known)
            catalogue = Catalogue(connection, query.where(parse(search), known, here), here)
            return catalogue.entries(self.root, order, position_of(after) if after else None, limit)

    def _here(self, connection: sa.Connection, known: Vocabulary) -> query.Here:
        verified_by = {}
        for name, number in known.of("game").items():
            with suppress(ReplayError):
                which = sa.select(words.c.id).where(words.c.text == self._verified_by(name, now=False))
                verified_by[number, self._find_game(name).rules] = connection.scalar(which) or -1
        return query.Here(verified_by)

    def moments(
        self,
        search: str = "",
        *,
        kind: str,
        player: str | None = None,
        role: str | None = None,
        item: str | None = None,
        within_seconds: float | None = None,
        at_least: int = 1,
        limit: int | None = None,
    ) -> list[Moment]:
        """Where events of this kind happen, `at_least` so many `within_seconds` (None: in one match); moments that overlap are one.

        player: a name, with * for anything. role: `actor` or `target`: in which part; then the events of a moment all have the same
        player in it. Default: either part. search: only in recordings that match this text.
        """
        if role not in (None, *ROLES):
            raise UsageError(f"no role {role!r}", f"roles are {' and '.join(ROLES)}")
        if at_least < 1 or (within_seconds is not None and not within_seconds >= 0):
            raise UsageError(f"at least {at_least} within {within_seconds} s is not a moment", "at least 1, within 0 s or more")
        asked = Asked(search, kind, player, role, item, within_seconds, at_least, limit)
        with reading(self._engine) as connection:
            return find_moments(connection, Vocabulary.read(connection), asked, self._path)

    def scan(self, search: str, look: Look | When, *, every: Every | None = None, **options: Any) -> Iterator[Hit]:
        """What re-simulating the recordings that match a search text finds: see `replay.find.scan`, whose options these are."""
        from replay.find.scan import scan

        paths = [entry.path for entry in self.find(search, sort="file") if entry.identity]
        return scan(paths, look, every=every, **options)

    def projection(self, path: str | os.PathLike[str], name: str) -> Any:
        """The stored result of a projection for the match in this file. Raises UsageError if there is none."""
        statement = sa.select(files.c.recording_id).where(files.c.path == relative(path_of(path), self.root))
        with reading(self._engine) as connection:
            recording_id = connection.scalar(statement)
            facts = None if recording_id is None else facts_of(connection, recording_id)
        if facts is None or name not in facts.projections:
            raise UsageError(f"the library has no {name!r} of {os.fspath(path)}", "index it first: replay index")
        return facts.projections[name][1]


def named_files(paths: Iterable[str | os.PathLike[str]]) -> list[Path]:
    """Files as they are named, and all recordings in folders; once each."""
    files_named: dict[Path, None] = {}
    for path in map(path_of, paths):
        files_named.update(dict.fromkeys(recordings_below(path) if path.is_dir() else [path]))
    return list(files_named)
