"""The library: an index over many recordings, by what they are and by what happens in them.

    with Library("recordings/library.sqlite") as library:
        for outcome in library.index(["recordings"]): ...
        library.find("map:duel player:Ann kills>=10")
        library.moments(player="Ann", kind="death", role="actor", item="launcher", within_seconds=5, at_least=3)

A match is one recording whatever its file is called and whatever snapshots it holds: its `identity` is unique by a constraint of
the database, so that of two processes that register it at once one is refused. Everything in it can be computed from the files.

What a game may do for it: projections (a `Table` with a row for each player becomes searchable numbers); a result with `winners`
(seats), `reason`, and `players` (a mapping for each, whose numbers become searchable too); events with the fields `actor` and
`target` (seats), `item` and `amount`; `event_names = {"item": (names ...)}`; `unindexed_kinds`, the events that are too many to be
searched for.

library   the library as its users see it: what goes in, what comes out
indexing  a recording read, verified and folded into rows, without a database
registry  how a match gets into the tables, whole and once, and out of them
query     a search text (its language: `replay.find.search`) as SQL
facts     what comes out of the tables, which can hold anything
tables    the tables, and how they come to be and change
"""

from replay.find.library.library import FILE_NAME, AlreadyIndexedError, CatalogueEntry, Library, Moment, Outcome
from replay.find.library.tables import LibraryError

__all__ = ["FILE_NAME", "AlreadyIndexedError", "CatalogueEntry", "Library", "LibraryError", "Moment", "Outcome"]
