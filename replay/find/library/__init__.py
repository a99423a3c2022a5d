"""The library: an index over many recordings, by what they are and by what happens in them.

    with Library("recordings/library.sqlite") as library:
        for outcome in library.index(["recordings"]): ...
        library.find("map:duel player:Ann kills>=10")
        library.moments(player="Ann", kind="death", role="actor", item="launcher", within_seconds=5, at_least=3)

A match is one recording whatever its file is called and whatever snapshots it holds: its `identity` is unique by a constraint of
the database, so that of two processes that register it at once one is refused. What was found out of a verified match stays, with
its rules and the versions of the projections: other rules, a game that is gone or another environment take nothing away.

What a game may do for it: projections (a `Table` with a row for each player becomes searchable numbers); a result with `winners`
(seats), `reason`, and `players` (a mapping for each, whose numbers become searchable too); events with the fields `actor` and
`target` (seats), `item` and `amount`; `event_names = {"item": (names ...)}`; `unindexed_kinds`, the events that are too many to be
searched for.

library     the library as its users see it: what goes in, what comes out
entries     what comes out, as values; following: the library as a consumer of what is recorded
catalogue   matches in the order that is asked for; moments: where events happen close together
query       a search text (its language: `replay.find.search`) as SQL; counted: what it asks of numbers
blocks      numbers and events of thousands of matches, in columns; columns: as bytes
database    the database: opened, brought up to date, read and written
migrations  how the tables of earlier versions become those of this one
registry    how a match gets into the tables, whole and once, and out of them
indexing    a recording read, verified and folded into facts, without a database
elsewhere   facts of recordings of older rules, which another environment gives
keys        what no two matches may share: reserved, kept, released
claims      which files somebody is at, so that several share a folder; `working`: how they do
words       texts that many rows share, kept once
asked       what is known, as tables; arrow: they are made
facts       what is known of a match, and what comes out of tables, which can hold anything
tables      the tables
"""

from replay.find.library.database import LibraryError
from replay.find.library.entries import CatalogueEntry, Moment, Outcome
from replay.find.library.keys import KeyTakenError
from replay.find.library.library import FILE_NAME, AlreadyIndexedError, Library

__all__ = ["FILE_NAME", "AlreadyIndexedError", "CatalogueEntry", "KeyTakenError", "Library", "LibraryError", "Moment", "Outcome"]
