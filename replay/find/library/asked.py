"""What a library knows, asked for as Arrow tables: the part of `Library` that needs the extra `analysis` too."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from replay.find.library.database import reading
from replay.find.library.entries import CatalogueEntry

if TYPE_CHECKING:
    import pyarrow as pa
    import sqlalchemy as sa

    from replay.find.library.arrow import KnownMatches


class AskedForTables(ABC):
    """Each takes a search text. The columns: see `replay.find.tables.schema`. Raises what `find` raises."""

    _engine: sa.Engine

    @abstractmethod
    def find(self, search: str = "") -> list[CatalogueEntry]: ...

    def matches(self, search: str = "") -> pa.Table:
        """The matches that fit, of which something is known."""
        with self._known(search) as known:
            return known.matches()

    def players(self, search: str = "") -> pa.Table:
        """Their players, with every number that was counted of them."""
        with self._known(search) as known:
            return known.players()

    def events(self, search: str = "") -> pa.Table:
        """What happened in them, of what can be searched for."""
        with self._known(search) as known:
            return known.events()

    @contextmanager
    def _known(self, search: str) -> Iterator[KnownMatches]:
        from replay.find.library.arrow import KnownMatches

        entries = self.find(search)
        with reading(self._engine) as connection:
            yield KnownMatches(connection, entries)
