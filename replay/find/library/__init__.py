"""The library: an index over many recordings, by what they are and by what happens in them.

    with Library("recordings/library.sqlite") as library:
        for outcome in library.index(["recordings"]): ...
        library.find("map:duel player:Ann kills>=10")
        library.moments(player="Ann", kind="death", role="actor", item="launcher", within_seconds=5, at_least=3)

A match is one recording whatever its file is called and whatever snapshots it holds: its `identity` is unique by a constraint of
the database, so that of two processes that register it at once one is refused. Everything here can be made again from the files.

What a game may do for it: its projections (results of the form `{"players": [{name: number}]}` become searchable numbers); a result
with `winners` (seats) and `reason`; events with the fields `actor` and `target` (seats), `item` and `amount`;
`event_names = {"item": (names ...)}`; `unindexed_kinds`, the events that are too many to be searched for.
"""

from replay.find.library.library import FILE_NAME, AlreadyIndexedError, Entry, Library, Moment, Outcome
from replay.find.library.tables import LibraryError

__all__ = ["FILE_NAME", "AlreadyIndexedError", "Entry", "Library", "LibraryError", "Moment", "Outcome"]
