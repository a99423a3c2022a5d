"""How a match gets into the tables, whole and once, and out of them. Every function runs inside a transaction of its caller.

What is known of a verified match stays: a file that cannot be verified here, by other rules or without the game, takes nothing
away, and an older projection nothing from a newer one.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa

from replay.core.verify import Verdict
from replay.find.library import blocks
from replay.find.library.facts import Facts, Numbers, expand
from replay.find.library.indexing import EventRow, Examined, clean, covers, versions_in
from replay.find.library.keys import claim
from replay.find.library.tables import dictionaries, facts, files, keys, players, recordings, settings, words
from replay.find.library.words import Vocabulary, Words, enter, insert_missing, insert_tuples

NO_JUDGE = (Verdict.UNVERIFIABLE.value, Verdict.ENVIRONMENT.value)  # verdicts of who could not look


AGAIN = "again"  # the fingerprint of a file that is to be made again


class Held(NamedTuple):
    """A match that is there. folded_by: "" for one without facts. is_again: one of its files is to be made again."""

    id: int
    folded_by: str
    is_again: bool

    def has(self, folded_by: str) -> bool:
        """Whether nothing is to be done for facts that are folded so."""
        return not self.is_again and covers(self.folded_by, folded_by)


_mark = words.alias()
_AGAIN_TOO = sa.exists(
    sa.select(files.c.id)
    .join(_mark, _mark.c.id == files.c.verified_by_id)
    .where(files.c.recording_id == recordings.c.id, _mark.c.text == AGAIN)
)
_HELD = (
    sa.select(recordings.c.id, words.c.text, _AGAIN_TOO)
    .join(words, words.c.id == recordings.c.folded_by_id)
    .where(recordings.c.identity == sa.bindparam("the_identity"))
)
_BEFORE = sa.select(files).where(files.c.path == sa.bindparam("the_path"))


def held(connection: sa.Connection, identity: str) -> Held | None:
    row = connection.execute(_HELD, {"the_identity": identity}).one_or_none()
    return None if row is None else Held(*row)


def make_again(connection: sa.Connection, known: Words) -> None:
    """All files, those of matches and those that nobody could read: the next look at each is a new one."""
    connection.execute(sa.update(files).values(verified_by_id=known.numbers(connection, [AGAIN])[AGAIN]))
    connection.execute(sa.update(files).where(files.c.recording_id.is_(None)).values(size=-1))


def store(connection: sa.Connection, known: Words, path: str, examined: Examined, holder: str = "") -> str:
    """Put a file, and its match with the facts if there are any, into the tables. Returns the status of an Outcome.

    holder: of the reservation of the match's keys.

    Raises IntegrityError if another process did the same at the same time: look and try again. Raises KeyTakenError if another
    match has a key of this one.
    """
    before = connection.execute(_BEFORE, {"the_path": path}).one_or_none()
    if before is not None and examined.header is None and examined.verdict is Verdict.ENVIRONMENT:
        return "known"  # it could not be reached: that says nothing of it
    owner, status = (None, "broken") if examined.header is None else _store_match(connection, known, examined, holder)
    row = {
        "path_key": path.casefold(),
        "recording_id": owner,
        "size": examined.size if examined.is_settled else -1,
        "mtime_ns": examined.mtime_ns,
        "verdict": examined.verdict.value,
        "message": examined.message,
        "verified_by_id": known.numbers(connection, [examined.verified_by])[examined.verified_by],
    }
    if before is None:
        enter(connection, files, {"path": path, **row})
    else:
        is_same = (before.recording_id, before.size, before.mtime_ns) == (owner, examined.size, examined.mtime_ns)
        if not (is_same and row["verdict"] in NO_JUDGE and before.verdict not in NO_JUDGE):
            connection.execute(sa.update(files).where(files.c.id == before.id).values(**row))
            if before.recording_id == owner and before.verdict != row["verdict"]:
                status = "updated"
        if before.recording_id != owner:
            drop_orphan(connection, before.recording_id, with_facts=before.verdict == Verdict.INCOMPLETE.value)
            status = "updated" if status == "new" else status
    if status == "known" and (before is None or before.recording_id != owner):
        return "copy"
    return status


def remove(connection: sa.Connection, paths: Iterable[str]) -> int:
    """Take files out, with the matches that have no other. Returns how many files there were."""
    removed = 0
    for path in paths:
        owner = connection.scalar(sa.select(files.c.recording_id).where(files.c.path == path))
        removed += connection.execute(sa.delete(files).where(files.c.path == path)).rowcount
        drop_orphan(connection, owner)
    return removed


def remove_orphans(connection: sa.Connection) -> None:
    """Remove the matches that are in no file."""
    held_somewhere = sa.exists(sa.select(files.c.id).where(files.c.recording_id == recordings.c.id))
    for recording_id in connection.scalars(sa.select(recordings.c.id).where(~held_somewhere)).all():
        drop_orphan(connection, recording_id)


def drop_orphan(connection: sa.Connection, recording_id: int | None, *, with_facts: bool = True) -> None:
    """Remove a match that no file holds any more. with_facts: even if something is known of it."""
    if recording_id is None or connection.scalar(sa.select(files.c.id).where(files.c.recording_id == recording_id).limit(1)):
        return
    has_facts = connection.scalar(sa.select(facts.c.recording_id).where(facts.c.recording_id == recording_id)) is not None
    if has_facts and not with_facts:
        return
    if has_facts:
        _take_out(connection, recording_id)
    for table in (players, keys):
        connection.execute(sa.delete(table).where(table.c.recording_id == recording_id))
    connection.execute(sa.delete(recordings).where(recordings.c.id == recording_id))


def facts_of(connection: sa.Connection, recording_id: int) -> Facts | None:
    """What is known of a match; None if nothing is. Raises ValueError and zlib.error for nonsense."""
    source = facts.join(recordings, recordings.c.id == facts.c.recording_id)
    source = source.outerjoin(dictionaries, dictionaries.c.folded_by_id == recordings.c.folded_by_id)
    statement = sa.select(facts.c.data, dictionaries.c.data).select_from(source).where(facts.c.recording_id == recording_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else Facts.of(expand(row[0], row[1] or b""))


def _store_match(connection: sa.Connection, known: Words, examined: Examined, holder: str) -> tuple[int, str]:
    """The match's row and `new`, `updated` or `known`."""
    there = held(connection, examined.identity)
    folded_by, its, plain = examined.folded_by, examined.facts, examined.plain
    if there is None:
        number = _enter(connection, known, examined, holder)
        if its is not None:
            _put_in(connection, known, number, folded_by, its, plain, examined.events)
        return number, "new"
    if its is None or there.has(folded_by):
        return there.id, "known"
    if not covers(folded_by, there.folded_by) and (before := facts_of(connection, there.id)) is not None:
        before.numbers = _numbers_of(connection, there.id)
        folded_by, its = _united(there.folded_by, before, folded_by, its)
        plain = its.plain()
    _take_out(connection, there.id)
    is_it, is_theirs = recordings.c.id == there.id, players.c.recording_id == there.id
    row = {"match_identity": examined.match_identity, **_folded(connection, known, folded_by, its)}
    connection.execute(sa.update(recordings).where(is_it).values(**row))
    connection.execute(sa.update(players).where(is_theirs).values(is_winner=players.c.seat.in_(its.winners())))
    _put_in(connection, known, there.id, folded_by, its, plain, examined.events)
    return there.id, "updated"


def _united(old_by: str, old: Facts, new_by: str, new: Facts) -> tuple[str, Facts]:
    """Of each projection the newer version, and all numbers: of two environments, each with projections that the other lacks."""
    versions = versions_in(old_by)
    kept = {name: each for name, each in old.projections.items() if versions.get(name, -1) > versions_in(new_by).get(name, -1)}
    for name, version in versions_in(new_by).items():
        versions[name] = max(version, versions.get(name, -1))
    folded_by = " ".join(f"{name}={versions[name]}" for name in sorted(versions))
    return folded_by, Facts(new.result, new.projections | kept, old.numbers | new.numbers)


def _enter(connection: sa.Connection, known: Words, examined: Examined, holder: str) -> int:
    """A new match with what its header says."""
    header = examined.header
    assert header is not None
    named = [(clean(each.name), clean(each.name).casefold(), clean(each.kind), clean(each.id)) for each in header.players]
    options = {clean(name).lower(): clean(str(value)).casefold() for name, value in header.config.items()}
    game = clean(header.game)
    number = known.numbers(connection, [*options.values(), *(text for texts in named for text in texts)])
    number |= known.name(connection, "game", [game]) | known.name(connection, "setting", options)
    config, is_new = known.config(connection, json.dumps(header.config))
    if is_new and options:
        rows = [{"config_id": config, "name_id": number[name], "value_id": number[value]} for name, value in options.items()]
        insert_missing(connection, settings, rows)
    row = {
        "identity": examined.identity,
        "match_identity": examined.match_identity,
        "game_id": number[game],
        "rules": header.rules,
        "seed": str(header.seed),
        "config_id": config,
        "created_ms": header.created_ms,
        "ticks": examined.ticks,
        "ticks_per_second": header.ticks_per_second,
        "seconds": (examined.ticks - header.start_tick) / header.ticks_per_second,
        **_folded(connection, known, examined.folded_by, examined.facts),
    }
    recording_id = enter(connection, recordings, row)
    winners = [] if examined.facts is None else examined.facts.winners()
    seats = [
        (recording_id, seat, number[name], number[key], number[kind], seat in winners, number[player_id] if player_id else None)
        for seat, (name, key, kind, player_id) in enumerate(named)
    ]
    insert_tuples(connection, players, seats)
    claim(connection, number[game], examined.keys, holder, recording_id, round(time.time() * 1000))
    return recording_id


def _folded(connection: sa.Connection, known: Words, folded_by: str, its: Facts | None) -> dict[str, Any]:
    """What the match's row says of its facts."""
    outcome = "" if its is None else clean(str(its.result.get("reason") or ""))
    number = known.numbers(connection, [folded_by]) | known.name(connection, "outcome", [outcome])
    return {"outcome_id": number[outcome], "folded_by_id": number[folded_by]}


def _take_out(connection: sa.Connection, recording_id: int) -> None:
    """All that is known of a match."""
    blocks.take_out(connection, recording_id)
    connection.execute(sa.delete(facts).where(facts.c.recording_id == recording_id))


def _put_in(
    connection: sa.Connection,
    known: Words,
    recording_id: int,
    folded_by: str,
    its: Facts,
    plain: bytes,
    happened: list[EventRow],
) -> None:
    """What is known of a match. plain: the facts as bytes."""
    squeezed = known.squeezed(connection, known.numbers(connection, [folded_by])[folded_by], plain)
    insert_tuples(connection, facts, [(recording_id, squeezed)])
    number = known.name(connection, "number", {name for _, name in its.numbers})
    number |= known.name(connection, "kind", {kind for _, kind, *_ in happened})
    number |= known.name(connection, "item", {item for *_, item, _ in happened if item is not None})
    numbers = ((number[name], seat, value) for (seat, name), value in its.numbers.items())
    rows = (
        (tick, (number[kind], actor, target, None if item is None else number[item], amount))
        for tick, kind, actor, target, item, amount in happened
    )
    blocks.put_in(connection, recording_id, numbers, blocks.placed(rows))


def _numbers_of(connection: sa.Connection, recording_id: int) -> Numbers:
    """By seat and name, of one match."""
    there = blocks.Searchable(connection)
    found: Numbers = {}
    for text, name in Vocabulary.read(connection).of("number").items():
        its = there.numbers([name], (recording_id, recording_id))
        found.update(((seat, text), value) for seat, value in zip(its.seat.tolist(), its.value.tolist(), strict=True))
    return found
