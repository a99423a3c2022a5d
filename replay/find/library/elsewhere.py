"""Facts of recordings of older rules, which only another environment can judge: it verifies and folds them in a process of its own.

What comes back is data, and nothing of it is believed that has not the form it must have.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

from replay.core.errors import FormatError, MachineError, ReplayError
from replay.core.plain import expect, integer, sequence, text
from replay.core.recording import Recording
from replay.core.verify import Verdict
from replay.find.library.facts import Facts
from replay.find.library.indexing import Elsewhere, Examined, FindGame, clean, folding, rows_of
from replay.prove.reference import References
from replay.read.readmodel import Table
from replay.read.verified import player_numbers

_OTHER = "name the revision or environment that has them"
_LONGEST_MESSAGE = 4000
_COLUMNS = ("tick", "kind", "actor", "target", "item", "amount")


@contextmanager
def other_rules(named: str | os.PathLike[str], find_game: FindGame) -> Iterator[Elsewhere]:
    """What fills in what the reference of this name says of recordings whose rules are not here.

    named: see `replay.prove.reference.open_reference`.
    """
    with References(named) as references:
        yield partial(_ask, references, find_game)


def _ask(references: References, find_game: FindGame, recording: Recording, examined: Examined) -> None:
    game = None
    with suppress(ReplayError):  # an interpreter can be asked all the same
        game = find_game(recording.header.game)
    try:
        _take(references.of(recording, game).facts(recording.path), recording, examined)
    except MachineError as error:
        examined.verdict, examined.message, examined.is_settled = Verdict.ENVIRONMENT, clean(str(error)), False
    except (FormatError, UnicodeEncodeError, OverflowError, RecursionError) as error:
        examined.verdict, examined.message = Verdict.UNVERIFIABLE, clean(f"the reference says what cannot be: {error}")
    except ReplayError as error:
        examined.verdict, examined.message = Verdict.UNVERIFIABLE, clean(f"{error}; {error.hint}" if error.hint else str(error))


def _take(told: Any, recording: Recording, examined: Examined) -> None:
    """Raises FormatError for what cannot be, ReplayError if these are not the rules either."""
    header = recording.header
    json.dumps(told, ensure_ascii=False).encode()  # raises for half a character, which no database takes
    told = _map(told, ("rules", "verdict", "message", "versions", "counted"), "an answer")
    if told["rules"] != [header.game, header.rules]:
        name, rules = sequence(told["rules"], 2, "the name and number of the rules")
        name, rules = text(name, "the name of the rules"), integer(rules, 0, 2**63, "the number of the rules")
        raise ReplayError(f"needs {header.game} rules {header.rules}; the reference has {name} rules {rules}", _OTHER)
    expect(told["verdict"] in [verdict.value for verdict in Verdict], "a verdict", told["verdict"])
    examined.verdict = Verdict(told["verdict"])
    examined.message = clean(text(told["message"], "a message", _LONGEST_MESSAGE, empty=True))
    examined.is_settled = examined.verdict is not Verdict.ENVIRONMENT
    if examined.verdict not in (Verdict.OK, Verdict.INCOMPLETE):
        return
    versions = _map(told["versions"], (), "versions of projections")
    for name, version in versions.items():
        expect(" " not in text(name, "the name of a projection"), "a name without spaces", name)
        integer(version, 0, 2**31, "the version of a projection")
    if told["counted"] is not None:
        _count(_map(told["counted"], ("projections", "events", "keys", "result"), "facts"), recording, examined)
    examined.folded_by = folding(versions)


def _count(counted: Mapping[str, Any], recording: Recording, examined: Examined) -> None:
    """What the reference counted, as facts. Raises FormatError and OverflowError for what cannot be."""
    players, result = len(recording.header.players), _map(counted["result"], (), "a result")
    projections, tables = dict[str, tuple[int, Any]](), dict[str, Table]()
    for name, value in _map(counted["projections"], (), "projections").items():
        version, data, is_of_players = sequence(value, 3, "a projection")
        projections[text(name, "the name of a projection")] = integer(version, 0, 2**31, "the version of a projection"), data
        if is_of_players is True:
            rows = _map(data, ("players",), "a table of players")["players"]
            expect(type(rows) is list and all(type(row) is dict for row in rows), "rows of players", rows)
            tables[name] = Table(rows, player="player")
    events = counted["events"]
    expect(type(events) is list, "events", events)
    for tick, kind, *_, item, _ in (sequence(event, len(_COLUMNS), "an event") for event in events):
        integer(tick, recording.start_tick, recording.ticks - 1, "the tick of an event")
        text(kind, "the kind of an event")
        text(str(item), "the item of an event", empty=True)
    columns = dict(zip(_COLUMNS, map(list, zip(*events, strict=True)), strict=True)) if events else {}
    expect(type(counted["keys"]) is list, "unique keys", counted["keys"])
    keys = [clean(text(key, "a unique key", _LONGEST_MESSAGE, empty=True)) for key in counted["keys"]]
    numbers = player_numbers(tables, result.get("players"), players)
    facts = Facts(result, projections, {(seat, clean(name)): float(value) for (seat, name), value in numbers.items()})
    rows = rows_of(columns, players) if events else []
    examined.facts, examined.events, examined.keys, examined.plain = facts, rows, keys, facts.plain()


def _map(value: Any, names: tuple[str, ...], what: str) -> dict[str, Any]:
    expect(isinstance(value, dict) and value.keys() >= set(names), what, value)
    return dict(value)
